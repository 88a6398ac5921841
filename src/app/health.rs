//! Owns what is known of each integration: what edges saw of it, the account that follows, and what is to be looked at.
//!
//! It never asks and never decides a state: [`crate::capability::judge`] does. Invariants: nothing is judged more often than
//! once a second, nor while nobody looks at the terminal; no key waits for it; in a dump there is nothing to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::session::Origin;
use super::{App, Effect, Now, Page, Session};
use crate::capability::wish::{Attention, Wish};
use crate::capability::{Act, Board, Capability, Chronicle, Health, Scope, Sight};
use crate::rollout::Key;
use crate::rollout::delta::Delta;
use crate::store::Store;
use crate::text::Printable;

mod places;
mod told;
pub mod trial;
pub mod visit;

use places::Grants;
use told::Told;
use trial::Attempt;
pub use visit::Visit;

/// Least time between two judgements.
const BETWEEN: Duration = Duration::from_secs(1);
/// After how long everything is judged anew, because ages pass their limits.
const SWEEP: Duration = Duration::from_secs(10);
/// How many namespaces are judged at a time.
const SHARE: usize = 50;
/// For how long after attention came back what is not known is no news: nobody looked.
const GRACE: Duration = Duration::from_secs(30);

/// What is known of each integration.
#[derive(Debug, Default)]
pub struct Checks {
    /// What edges saw.
    pub board: Board,
    /// How the health screen is browsed.
    pub visit: Visit,
    accounts: BTreeMap<(Capability, Scope), Health>,
    namespaces: Vec<Arc<str>>,
    chronicle: Chronicle,
    told: Told,
    grants: Grants,
    /// Namespaces that are to be judged.
    due: BTreeSet<Arc<str>>,
    /// Whether something came since it was last judged.
    news: bool,
    judged: Option<Duration>,
    swept: Option<Duration>,
    hidden: bool,
    shown: Duration,
    wish: Wish,
    attempt: Option<Attempt>,
    obstacle: Option<Printable>,
    minded: u8,
}

impl Checks {
    /// Returns the account of a row, somewhere; `None` until it was judged.
    pub fn account(&self, capability: Capability, namespace: &Arc<str>) -> Option<&Health> {
        let scope = if capability.is_of_cluster() {
            Scope::Cluster
        } else {
            Scope::Namespace(namespace.clone())
        };
        self.accounts.get(&(capability, scope))
    }

    /// Lists the accounts of a row, the one that needs a person most first.
    pub fn accounts(&self, capability: Capability) -> Vec<&Health> {
        let from = (capability, Scope::Cluster);
        let range = self.accounts.range(from..).take_while(|((row, _), _)| *row == capability);
        let mut accounts: Vec<&Health> = range.map(|(_, account)| account).collect();
        accounts.sort_by_key(|account| std::cmp::Reverse(account.state.severity()));
        accounts
    }

    /// Returns the account of a row that needs a person most.
    pub fn worst(&self, capability: Capability) -> Option<&Health> {
        let from = (capability, Scope::Cluster);
        let range = self.accounts.range(from..).take_while(|((row, _), _)| *row == capability);
        range.map(|(_, account)| account).rev().max_by_key(|account| account.state.severity())
    }

    /// Lists the namespaces, in the order of their names.
    pub fn namespaces(&self) -> &[Arc<str>] {
        &self.namespaces
    }

    /// Tells whether anything was judged.
    pub fn is_judged(&self) -> bool {
        self.judged.is_some()
    }

    /// Says what makes the open confirmation pointless now.
    pub fn obstacle(&self) -> Option<&Printable> {
        self.obstacle.as_ref()
    }

    /// Notes that a namespace is to be judged anew, or all.
    fn mark(&mut self, namespace: Option<&Arc<str>>) {
        self.news = true;
        match namespace {
            Some(namespace) => _ = self.due.insert(namespace.clone()),
            None => self.due.extend(self.namespaces.iter().cloned()),
        }
    }

    /// Returns when it is to be judged next.
    fn next(&self) -> Option<Duration> {
        if self.hidden {
            return None;
        }
        let Some(judged) = self.judged else { return Some(Duration::ZERO) };
        let sweep = self.swept.map_or(judged, |swept| swept + SWEEP);
        let waits = self.news || !self.due.is_empty();
        Some(if waits { judged + BETWEEN } else { sweep.max(judged + BETWEEN) })
    }

    /// Judges what is due; tells whether an account changed.
    fn judge(&mut self, (store, session): (&Store, &Session), now: Now) -> Vec<Health> {
        let places = places::of((store, session), &mut self.grants, now.wall);
        self.namespaces = places.iter().map(|place| place.namespace.clone()).collect();
        if self.swept.is_none_or(|swept| now.mono >= swept + SWEEP) {
            self.swept = Some(now.mono);
            self.due.extend(self.namespaces.iter().cloned());
        }
        let unjudged = |name: &Arc<str>| self.account(Capability::ReadRollouts, name).is_none();
        let new: Vec<_> = self.namespaces.iter().filter(|name| unjudged(name)).cloned().collect();
        self.due.extend(new);
        let mut picked: BTreeSet<Arc<str>> = self.attended(&self.wish).into_iter().cloned().collect();
        picked.retain(|name| self.due.contains(name));
        picked.extend(self.due.iter().take(SHARE).cloned());
        self.due.retain(|name| !picked.contains(name));
        let mut list = Vec::new();
        for place in places.iter().filter(|place| picked.contains(&place.namespace)) {
            let rows = Capability::ALL.into_iter().filter(|row| !row.is_of_cluster());
            list.extend(rows.map(|row| {
                crate::capability::judge(row, Some(place), &places, &self.board, now.wall)
            }));
        }
        let rows = Capability::ALL.into_iter().filter(|row| row.is_of_cluster());
        list.extend(rows.map(|row| crate::capability::judge(row, None, &places, &self.board, now.wall)));
        self.chronicle.settle(&mut list, now.wall);
        self.judged = Some(now.mono);
        self.news = false;
        list
    }

    /// Lists what is looked at first.
    fn attended<'a>(&self, wish: &'a Wish) -> impl IntoIterator<Item = &'a Arc<str>> + use<'a> {
        wish.namespaces.first()
    }

    /// Takes in what was judged; tells whether an account changed.
    fn enter(&mut self, list: Vec<Health>) -> bool {
        let mut changed = false;
        for health in list {
            let at = (health.capability, health.scope.clone());
            changed |= self.accounts.get(&at) != Some(&health);
            self.accounts.insert(at, health);
        }
        let known: BTreeSet<&Arc<str>> = self.namespaces.iter().collect();
        self.due.retain(|name| known.contains(name));
        self.accounts.retain(|(_, scope), _| match scope {
            Scope::Cluster => true,
            Scope::Namespace(name) => known.contains(name),
        });
        changed
    }
}

impl App {
    /// Takes in what an edge saw.
    pub(super) fn sighted(&mut self, sight: Sight, at: Timestamp) {
        let namespace = match &sight {
            Sight::Right(namespace, ..) | Sight::Provider(namespace, ..) => Some(namespace.clone()),
            Sight::Trial(key, ..) | Sight::Traffic(key, ..) => Some(key.namespace.clone()),
            _ => None,
        };
        self.health.board.note(sight, at);
        self.health.mark(namespace.as_ref());
    }

    /// Notes what a delta means for health.
    pub(super) fn unsettle(&mut self, delta: &Delta) {
        match delta {
            Delta::Seen(_, crate::rollout::delta::Object::Rollout(rollout)) => {
                self.health.mark(Some(&rollout.meta.key.namespace));
            }
            Delta::Gone(source, key) if source.kind == crate::rollout::delta::Kind::Rollouts => {
                self.health.board.forget(key);
                self.health.mark(Some(&key.namespace));
            }
            Delta::Done(_) | Delta::Closed(_) | Delta::Contact(..) | Delta::Link { answered: false, .. } => {
                self.health.mark(None);
            }
            _ => {}
        }
    }

    /// Notes whether anybody looks at the terminal.
    pub(super) fn attend(&mut self, gained: bool, now: Now) {
        self.health.hidden = !gained;
        self.health.shown = now.mono;
        self.health.mark(None);
    }

    /// Judges what is due, and says what is to be looked at and tried.
    pub(super) fn check(&mut self, now: Now) -> Vec<Effect> {
        if self.session.origin != Origin::Cluster {
            return Vec::new();
        }
        let due = self.health.next().is_some_and(|at| at <= now.mono);
        if due {
            let list = self.health.judge((&self.store, &self.session), now);
            let quiet = now.mono < self.health.shown + GRACE;
            for sighting in self.health.told.lines(&list, quiet, (&self.session.scene(), now.wall)) {
                self.timeline.see(sighting);
            }
            self.dirty |= self.health.enter(list);
        }
        let mut effects = self.wish(due);
        effects.extend(self.try_out(now));
        effects.extend(self.mind(now));
        effects
    }

    /// Returns when [`super::Event::Tick`] is next needed for it.
    pub(super) fn checks_wake(&self) -> Option<Duration> {
        if self.session.origin != Origin::Cluster {
            return None;
        }
        self.health.next().into_iter().chain(self.next_trial()).min()
    }

    fn attention(&self) -> Attention {
        match &self.page {
            _ if self.health.hidden => Attention::None,
            Page::Health => Attention::Close,
            _ if self.modal.is_some() => Attention::Close,
            _ => Attention::Glance,
        }
    }

    /// Says what is to be looked at, where that changed.
    fn wish(&mut self, anew: bool) -> Vec<Effect> {
        let attention = self.attention();
        if !anew && attention == self.health.wish.attention {
            return Vec::new();
        }
        let mut wish = Wish { attention, ..self.health.wish.clone() };
        if anew {
            wish.namespaces = self.namespaces_to_look_at();
            wish.traffic = places::traffic(&self.store, self.subject());
        }
        if wish == self.health.wish {
            return Vec::new();
        }
        self.health.wish = wish.clone();
        vec![Effect::Look(Box::new(wish))]
    }

    fn namespaces_to_look_at(&self) -> Vec<Arc<str>> {
        let visited = self.health.visit.namespace.as_ref().filter(|_| self.page == Page::Health);
        let first = visited.or_else(|| self.subject().map(|key: &Key| &key.namespace)).cloned();
        let others = self.health.namespaces.iter().filter(|name| Some(*name) != first.as_ref());
        let others = others.filter(|name| !name.is_empty()).cloned();
        first.iter().cloned().chain(others).collect()
    }
}

/// Returns the act that a kind of operation is, by endpoint and rights; a run that is ended is none.
pub fn act_of(kind: crate::operation::Kind) -> Option<Act> {
    use crate::operation::Kind;
    match kind {
        Kind::Promote | Kind::PromoteTo | Kind::PromoteFull => Some(Act::Promote),
        Kind::Pause | Kind::Resume => Some(Act::PauseResume),
        Kind::Abort | Kind::Retry => Some(Act::AbortRetry),
        Kind::Cancel | Kind::Undo | Kind::SetImage | Kind::Restart => Some(Act::ChangeTemplate),
        Kind::Terminate => None,
    }
}
