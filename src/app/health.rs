//! Owns what is known of each integration: what edges saw of it, the account that follows, and what is to be looked at.
//!
//! It never asks and never decides a state: [`crate::capability::judge`] does. Invariants: nothing is judged more often than
//! once a second, nor while nobody looks at the terminal; no key waits for it; in a dump there is nothing to judge.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::session::Origin;
use super::witness::Before;
use super::{App, Effect, FLEET_CHROME, Now, Page, Session};
use crate::capability;
use crate::capability::wish::{Attention, Wish};
use crate::capability::{
    Act, Board, Capability, Change, Chronicle, Health, Mark, Scope, Sight, Viewer, marks,
};
use crate::rollout::delta::{Delta, Kind as Watched, Object};
use crate::rollout::{Event, Key};
use crate::store::Store;
use crate::text::Printable;

pub mod aside;
pub mod places;
mod told;
pub mod trial;
pub mod visit;

use places::{Grants, Ground};
use trial::Attempt;
pub use visit::Visit;

/// Least time between two judgements.
const BETWEEN: Duration = Duration::from_secs(1);
/// After how long everything is judged anew, because ages pass their limits.
const SWEEP: Duration = Duration::from_secs(10);
/// How many namespaces are judged at a time.
const SHARE: usize = 50;
/// After how long it is judged anew where a row moved: what holds for [`crate::capability::chronicle::HOLD`] is told.
const HELD: Duration = Duration::from_secs(4);

/// What is known of each integration.
#[derive(Debug, Default)]
pub struct Checks {
    /// What edges saw.
    pub board: Board,
    /// How the health screen is browsed.
    pub visit: Visit,
    /// In the order of row and scope.
    accounts: Vec<Health>,
    marks: Vec<Mark>,
    namespaces: Vec<Arc<str>>,
    chronicle: Chronicle,
    grants: Grants,
    /// Namespaces that are to be judged.
    due: BTreeSet<Arc<str>>,
    /// Whether something came since it was last judged.
    news: bool,
    judged: Option<Duration>,
    swept: Option<Duration>,
    hidden: bool,
    wish: Wish,
    /// How often a person has asked for a look.
    urged: u32,
    attempt: Option<Attempt>,
    obstacle: Option<Printable>,
    minded: u8,
}

impl Checks {
    /// Returns the account of a row, somewhere; `None` until it was judged.
    pub fn account(&self, capability: Capability, namespace: &Arc<str>) -> Option<&Health> {
        let scope =
            if capability.is_of_cluster() { Scope::Cluster } else { Scope::Namespace(namespace.clone()) };
        let at = self.find(capability, &scope).ok()?;
        self.accounts.get(at)
    }

    /// Lists the accounts of a row, the one that needs a person most first.
    pub fn accounts(&self, capability: Capability) -> Vec<&Health> {
        let mut accounts: Vec<&Health> = self.of(capability).iter().collect();
        accounts.sort_by_key(|account| Reverse(account.state.severity()));
        accounts
    }

    /// Returns the account of a row that needs a person most.
    pub fn worst(&self, capability: Capability) -> Option<&Health> {
        self.of(capability).iter().min_by_key(|account| Reverse(account.state.severity()))
    }

    fn of(&self, capability: Capability) -> &[Health] {
        let from = self.accounts.partition_point(|account| account.capability < capability);
        let to = self.accounts.partition_point(|account| account.capability <= capability);
        self.accounts.get(from..to).unwrap_or_default()
    }

    fn find(&self, capability: Capability, scope: &Scope) -> Result<usize, usize> {
        let wanted = (capability, scope);
        self.accounts.binary_search_by(|account| (account.capability, &account.scope).cmp(&wanted))
    }

    /// Lists the marks of families of rows, those that need a person most first.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
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

    /// Tells whether nobody looks at the terminal.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Notes what the controller said, whatever it is about.
    pub(super) fn hear(&mut self, said: &Event, now: Timestamp) {
        let before = self.board.said.as_ref().map(|(.., at)| *at);
        self.board.hear(said, now);
        self.news |= self.board.said.as_ref().map(|(.., at)| *at) != before;
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

    /// Chooses the namespaces that are judged now: the one that is looked at, and a share of the others.
    fn pick(&mut self, now: Now) -> BTreeSet<Arc<str>> {
        if self.swept.is_none_or(|swept| now.mono >= swept + SWEEP) {
            self.swept = Some(now.mono);
            self.due.extend(self.namespaces.iter().cloned());
        }
        let unjudged = |name: &&Arc<str>| self.account(Capability::ReadRollouts, name).is_none();
        let new: Vec<Arc<str>> = self.namespaces.iter().filter(unjudged).cloned().collect();
        self.due.extend(new);
        let known: BTreeSet<&Arc<str>> = self.namespaces.iter().collect();
        self.due.retain(|name| known.contains(name));
        let first = self.wish.namespaces.first().filter(|name| self.due.contains(*name));
        let picked: BTreeSet<Arc<str>> =
            first.into_iter().chain(self.due.iter().take(SHARE)).cloned().collect();
        self.due.retain(|name| !picked.contains(name));
        picked
    }

    /// Judges what is due, and says what changed.
    fn judge(&mut self, (store, session): (&Store, &Session), now: Now) -> (Vec<Health>, Vec<Change>) {
        if self.board.viewer == Viewer::default() {
            let user = Arc::from(session.user.as_str());
            self.board.viewer = Viewer { context: session.context.clone(), user };
        }
        let heard = |kind, namespace: &str| store.heard_in(kind, namespace);
        let (namespaces, policy, context) = (&*session.namespaces, &*session.policy, &*session.context);
        let ground = Ground { store, namespaces, policy, context, heard: &heard };
        let mut places = places::of(ground, &mut self.grants, now.wall);
        self.namespaces = places.iter().map(|place| place.namespace.clone()).collect();
        let picked = self.pick(now);
        for place in places.iter_mut().filter(|place| picked.contains(&place.namespace)) {
            place.targets = places::targets(store, place);
        }
        let (wide, narrow): (Vec<Capability>, Vec<Capability>) =
            Capability::ALL.into_iter().partition(|row| row.is_of_cluster());
        let board = &self.board;
        let judge = |row: Capability, place| capability::judge(row, place, &places, board, now.wall);
        let mut list: Vec<Health> = wide.into_iter().map(|row| judge(row, None)).collect();
        for place in places.iter().filter(|place| picked.contains(&place.namespace)) {
            list.extend(narrow.iter().map(|row| judge(*row, Some(place))));
        }
        let changes = self.chronicle.settle(&mut list, now.wall);
        self.judged = Some(now.mono);
        self.news = false;
        (list, changes)
    }

    /// Takes in what was judged; tells whether an account changed.
    fn enter(&mut self, list: Vec<Health>, now: Now) -> bool {
        let (mut changed, mut moved) = (false, false);
        let mut new = Vec::new();
        for health in list {
            let at = self.find(health.capability, &health.scope);
            let Some(known) = at.ok().and_then(|at| self.accounts.get_mut(at)) else {
                new.push(health);
                continue;
            };
            moved |= known.state.word() != health.state.word();
            changed |= *known != health;
            *known = health;
        }
        let before = self.accounts.len();
        let known: BTreeSet<&Arc<str>> = self.namespaces.iter().collect();
        self.accounts.retain(|account| match &account.scope {
            Scope::Cluster => true,
            Scope::Namespace(name) => known.contains(name),
        });
        if self.accounts.len() < before {
            self.chronicle.keep_only(&self.namespaces);
            changed = true;
        }
        if !new.is_empty() {
            self.accounts.extend(new);
            self.accounts
                .sort_by(|one, other| (one.capability, &one.scope).cmp(&(other.capability, &other.scope)));
            (changed, moved) = (true, true);
        }
        if moved {
            self.swept = Some(now.mono.saturating_sub(SWEEP.saturating_sub(HELD)));
        }
        if changed {
            self.marks = marks(&self.accounts);
        }
        changed
    }
}

impl App {
    /// Takes in what an edge saw.
    pub(super) fn sighted(&mut self, sight: Sight, at: Timestamp) {
        let namespace = match &sight {
            Sight::Right(namespace, ..) | Sight::Provider(namespace, ..) => Some(namespace.clone()),
            Sight::Trial(key, ..) | Sight::Traffic(key, ..) | Sight::Chosen(key, ..) => {
                Some(key.namespace.clone())
            }
            _ => None,
        };
        self.health.board.note(sight, at);
        self.health.mark(namespace.as_ref());
    }

    /// Notes what a delta means for health.
    pub(super) fn unsettle(&mut self, delta: &Delta) {
        match delta {
            Delta::Seen(_, Object::Rollout(rollout)) => {
                self.health.mark(Some(&rollout.meta.key.namespace));
            }
            Delta::Gone(source, key) if source.kind == Watched::Rollouts => {
                self.health.board.forget(key);
                self.health.mark(Some(&key.namespace));
            }
            Delta::Done(_) | Delta::Closed(_) | Delta::Contact(..) | Delta::Link { answered: false, .. } => {
                self.health.mark(None);
            }
            _ => {}
        }
    }

    /// Tells whether the fleet's header carries the strip of health marks: where there is a cluster to look at.
    pub fn has_strip(&self) -> bool {
        self.session.origin == Origin::Cluster
    }

    /// Counts the rows of the fleet screen that are not Rollouts.
    pub(super) fn chrome(&self) -> u16 {
        FLEET_CHROME + u16::from(self.has_strip())
    }

    /// Tells whether the watch of a Rollout that is seen was open until now.
    pub(super) fn was_live(&self, delta: &Delta, now: Timestamp) -> bool {
        match delta {
            Delta::Seen(_, Object::Rollout(rollout)) => {
                self.store.freshness_in(Watched::Rollouts, &rollout.meta.key.namespace, now).is_live()
            }
            _ => false,
        }
    }

    /// Follows a Rollout from one version to the next; `before` only where the watch was open between the two.
    pub(super) fn trail(&mut self, before: Option<&Before>, key: &Key, now: Timestamp) {
        let before = before.and_then(|before| match before {
            Before::Rollout(rollout) => Some(&**rollout),
            Before::Run(_) => None,
        });
        if let Some(after) = self.store.rollout(key) {
            self.health.board.follow(before, after, now);
        }
    }

    /// Has all asked anew: the lists, and where health is looked at what it rests on too.
    pub(super) fn refresh(&mut self) -> Vec<Effect> {
        if self.is_checking() {
            self.health.urged = self.health.urged.wrapping_add(1);
        }
        vec![Effect::Refresh]
    }

    /// Notes whether anybody looks at the terminal.
    pub(super) fn attend(&mut self, gained: bool) {
        self.health.hidden = !gained;
        self.health.mark(None);
    }

    /// Judges what is due, and says what is to be looked at and tried.
    pub(super) fn check(&mut self, now: Now) -> Vec<Effect> {
        if self.session.origin != Origin::Cluster {
            return Vec::new();
        }
        let due = self.health.next().is_some_and(|at| at <= now.mono);
        if due {
            let (list, changes) = self.health.judge((&self.store, &self.session), now);
            for sighting in told::lines(&changes, &self.session.scene()) {
                self.timeline.see(sighting);
                self.dirty = true;
            }
            self.dirty |= self.health.enter(list, now);
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
        let (known, urged) = (&self.health.wish, self.health.urged);
        if !anew && attention == known.attention && urged == known.urged {
            return Vec::new();
        }
        let mut wish = Wish { attention, urged, ..known.clone() };
        if anew {
            wish.namespaces = self.namespaces_to_look_at();
            wish.traffic = places::traffic(&self.store, self.subject());
            wish.providers = self.health.board.providers.keys().cloned().collect();
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
