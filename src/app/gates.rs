//! Owns the gates of what is under way: which Rollout is judged by what, what came of it, and what is to be gathered for that.
//!
//! It never gathers and never orders: edges are wished for, an abort is proposed. Invariants: a Rollout that does not change costs
//! nothing, however many there are; what was gathered is judged once, when it comes; no key waits for a wish.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::session::Origin;
use super::{App, Effect, Now, Page};
use crate::gate::judge::score::Word;
use crate::gate::shelf::Choice;
use crate::gate::stage::{self, Seen, Stage};
use crate::gate::watched::Told;
use crate::gate::wish::{Canary, Gathered, Wish};
use crate::gate::{Gate, Shelf};
use crate::operation::{Id, Judged};
use crate::rollout::delta::{Delta, Kind as Watched, Object};
use crate::rollout::{Key, Rollout, weight};
use crate::text::Printable;
use crate::timeline::Sighting;

mod heard;
mod proposal;
pub mod ruling;
mod told;

pub use proposal::Proposed;
pub use ruling::Ruling;

/// Least time between two wishes, where nobody looks at something else by now.
const BETWEEN: Duration = Duration::from_secs(1);
/// How long after a key a wish waits, so that the key is drawn first.
const AFTER_KEY: Duration = Duration::from_millis(50);

/// A gate, and the word that was last told of it.
#[derive(Debug)]
struct Watch {
    uid: Arc<str>,
    gate: Gate,
    word: Word,
    /// When it has been watched to the end, once it is the stable version.
    ends: Option<Timestamp>,
    heard: heard::Heard,
}

/// The gates of what is under way.
#[derive(Debug, Default)]
pub struct Gates {
    shelf: Shelf,
    watches: BTreeMap<Key, Watch>,
    /// Those that are asked about.
    canaries: BTreeMap<Key, Canary>,
    /// Keys of the judged by uid, to whom ReplicaSets belong.
    by_uid: BTreeMap<Arc<str>, Key>,
    proposals: Vec<Proposed>,
    /// Whether an abort is newly proposed, which nobody was called to yet.
    calls: bool,
    /// When time alone may change a word next.
    next: Option<Timestamp>,
    wishes: Wishes,
    asked: Option<Asked>,
    obstacle: Option<Printable>,
}

/// What is known of wishes.
#[derive(Debug, Default)]
struct Wishes {
    /// Whether other canaries are judged than the last wish says.
    changed: bool,
    stance: Stance,
    /// When the next wish goes out, if one is to.
    due: Option<Duration>,
    sent: Option<Duration>,
}

/// Who is looked at, and how.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stance {
    first: Option<Key>,
    close: bool,
    attended: bool,
}

/// The order that the open confirmation asks about, and how it was judged when it was staged.
#[derive(Debug)]
struct Asked {
    id: Id,
    word: Word,
    /// What is said by now, until a frame shows it.
    newer: Option<Judged>,
}

impl Gates {
    /// Begins with policies, and with nothing under way.
    pub fn by(shelf: Shelf) -> Self {
        Self { shelf, ..Self::default() }
    }

    /// Returns the policies.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Returns the gate of a Rollout; `None` where nothing of it is judged.
    pub fn of(&self, key: &Key) -> Option<&Gate> {
        self.watches.get(key).map(|watch| &watch.gate)
    }

    /// Lists the Rollouts that are judged, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Gate)> {
        self.watches.iter().map(|(key, watch)| (key, &watch.gate))
    }

    /// Lists the Rollouts whose abort is proposed, the one that is so for longest first.
    pub fn proposals(&self) -> &[Proposed] {
        &self.proposals
    }

    /// Says what of the evidence stands in the way of the open confirmation.
    pub fn obstacle(&self) -> Option<&Printable> {
        self.obstacle.as_ref()
    }

    /// Follows a Rollout from one version to the next, and says what is worth a line.
    fn follow(&mut self, rollout: &Rollout, seen: &Seen, now: Timestamp) -> Vec<Told> {
        let key = &rollout.meta.key;
        let canary = match self.shelf.choose(rollout) {
            Choice::By(policy) => Canary::of(rollout, &policy),
            Choice::Nothing | Choice::Missing(_) => None,
        };
        match canary {
            Some(canary) => {
                let known = self.watches.get(key).map(|watch| &watch.gate);
                let same = known.is_some_and(|gate| {
                    gate.canary == canary.hash && Arc::ptr_eq(&gate.policy, &canary.policy)
                });
                if !same {
                    let gate = Gate::new(canary.policy.clone(), canary.hash.clone());
                    let (uid, heard) = (canary.uid.clone(), heard::Heard::default());
                    let watch = Watch { uid, gate, word: Word::CannotTell, ends: None, heard };
                    self.forget(key);
                    self.by_uid.insert(canary.uid.clone(), key.clone());
                    self.watches.insert(key.clone(), watch);
                }
                self.ask(key, Some(canary).filter(|_| !seen.aborted));
                self.see(key, seen, now)
            }
            None => {
                self.ask(key, None);
                self.leave(rollout, seen, now)
            }
        }
    }

    /// Watches what became stable to the end of its business cycle, and forgets all else that is no longer under way.
    fn leave(&mut self, rollout: &Rollout, seen: &Seen, now: Timestamp) -> Vec<Told> {
        let key = &rollout.meta.key;
        let Some(watch) = self.watches.get(key) else { return Vec::new() };
        // It goes on, and no policy is meant for it any more: there is nothing to say.
        if seen.under_way {
            self.forget(key);
            return Vec::new();
        }
        let hash = rollout.status.current_pod_hash.as_ref().filter(|hash| !hash.is_empty());
        let Some(arrived) = hash.map(|hash| *hash == watch.gate.canary) else { return Vec::new() };
        if !arrived {
            let back = Seen { aborted: true, ..*seen };
            let told = self.see(key, &back, now);
            self.forget(key);
            return told;
        }
        // The controller tells that it is healthy a moment after it made the version the stable one.
        let Some(since) = seen.full_since else { return Vec::new() };
        if let Some(watch) = self.watches.get_mut(key) {
            watch.ends = Some(stage::end(&watch.gate.policy.ladder.cycle, since));
        }
        let told = self.see(key, seen, now);
        let stage = self.of(key).and_then(|gate| gate.standing.as_ref()).map(|standing| standing.stage);
        if !matches!(stage, Some(Stage::Full)) {
            self.forget(key);
        }
        told
    }

    fn forget(&mut self, key: &Key) {
        self.ask(key, None);
        if let Some(watch) = self.watches.remove(key) {
            self.by_uid.remove(&watch.uid);
            self.proposals.retain(|proposed| proposed.key != *key);
        }
    }

    /// Has evidence for a canary asked for, or for none of this Rollout.
    fn ask(&mut self, key: &Key, canary: Option<Canary>) {
        let known = self.canaries.get(key);
        let same = match (known, &canary) {
            (None, None) => true,
            (Some(known), Some(canary)) => is_same(known, canary),
            _ => false,
        };
        if same {
            return;
        }
        self.wishes.changed = true;
        match canary {
            Some(canary) => _ = self.canaries.insert(key.clone(), canary),
            None => _ = self.canaries.remove(key),
        }
    }

    fn see(&mut self, key: &Key, seen: &Seen, now: Timestamp) -> Vec<Told> {
        let Some(watch) = self.watches.get_mut(key) else { return Vec::new() };
        let mut told: Vec<Told> = watch.gate.see(seen, now).into_iter().collect();
        told.extend(watch.retell(now));
        self.propose(key, now);
        self.look_again(key);
        told
    }

    fn take(&mut self, gathered: Gathered, seen: &Seen, now: Timestamp) -> Vec<Told> {
        let key = gathered.key.clone();
        let Some(watch) = self.watches.get_mut(&key) else { return Vec::new() };
        let mut told = watch.gate.take(gathered, seen, now);
        // The word is told as it was told before, which may be before it grew too old.
        told.retain(|told| !matches!(told, Told::Judged { .. }));
        told.extend(watch.retell(now));
        self.propose(&key, now);
        self.look_again(&key);
        told
    }

    /// Notes when time alone may change what is said of a gate.
    fn look_again(&mut self, key: &Key) {
        let turns = self.watches.get(key).into_iter().flat_map(Watch::turns);
        self.next = turns.chain(self.next).min();
    }

    /// Lists those that have been watched to the end.
    fn ended(&self, now: Timestamp) -> Vec<Key> {
        if self.next.is_none_or(|next| now < next) {
            return Vec::new();
        }
        let ended = self.watches.iter().filter(|(_, watch)| watch.ends.is_some_and(|ends| ends <= now));
        ended.map(|(key, _)| key.clone()).collect()
    }

    /// Says which words time alone has changed.
    fn lapse(&mut self, now: Timestamp) -> Vec<(Key, Told)> {
        if self.next.is_none_or(|next| now < next) {
            return Vec::new();
        }
        let watches = self.watches.iter_mut();
        let told = watches.filter_map(|(key, watch)| Some((key.clone(), watch.retell(now)?))).collect();
        let ahead = self.watches.values().flat_map(Watch::turns);
        self.next = ahead.filter(|at| *at > now).min();
        told
    }
}

impl Watch {
    /// Says the word, where it is another one than was told; nothing once it is no longer asked whether it goes on.
    fn retell(&mut self, now: Timestamp) -> Option<Told> {
        let stage = self.gate.standing.as_ref().map(|standing| standing.stage);
        if !matches!(stage, None | Some(Stage::Shadow | Stage::First | Stage::Second)) {
            return None;
        }
        let (was, is) = (self.word, self.gate.word(now));
        self.word = is;
        (was != is).then(|| Told::Judged { was, is, why: self.gate.why(now) })
    }

    /// Lists when time alone changes what is said of it: its newest verdict is too old to speak of now, or it has been watched to the end.
    fn turns(&self) -> impl Iterator<Item = Timestamp> {
        let just_after = |until: Timestamp| until.checked_add(SignedDuration::from_millis(1)).ok();
        self.gate.fresh_until().and_then(just_after).into_iter().chain(self.ends)
    }
}

/// Tells whether the same is to be gathered for two canaries.
fn is_same(one: &Canary, other: &Canary) -> bool {
    (&one.key, &one.uid, &one.hash, &one.stable, &one.runs)
        == (&other.key, &other.uid, &other.hash, &other.stable, &other.runs)
        && Arc::ptr_eq(&one.policy, &other.policy)
}

impl App {
    /// Lists the Rollouts whose abort is proposed, the one that is so for longest first.
    pub fn proposals(&self) -> &[Proposed] {
        self.gates.proposals()
    }

    /// Sees a Rollout as its gate does.
    pub fn seen_by_gate(&self, rollout: &Rollout) -> Seen {
        let sets = self.store.replica_sets_of(rollout);
        let known = self.store.is_known(Watched::ReplicaSets, &rollout.meta.key.namespace);
        Seen::of(rollout, known.then(|| weight::canary_available(rollout, sets)))
    }

    /// Takes in what was gathered for a canary.
    pub(super) fn gathered(&mut self, gathered: Gathered, now: Now) {
        let key = gathered.key.clone();
        let Some(rollout) = self.store.rollout(&key) else { return };
        let seen = self.seen_by_gate(rollout);
        if let Some(answer) = self.gates.hear(&gathered, now.wall) {
            self.timeline.answered(answer);
        }
        let told = self.gates.take(gathered, &seen, now.wall);
        self.note_told(&key, told, &seen, now.wall);
        self.rejudge(&key, now.wall);
        self.dirty |= self.gates.of(&key).is_some();
    }

    /// Follows a Rollout that was seen in a new version, or is gone.
    pub(super) fn follow_gate(&mut self, key: &Key, now: Timestamp) {
        if self.gates.shelf.policies().is_empty() || self.session.origin != Origin::Cluster {
            return;
        }
        let Some(rollout) = self.store.rollout(key).cloned() else {
            self.gates.forget(key);
            return;
        };
        let status = &rollout.status;
        let rests = status.current_pod_hash == status.stable_hash;
        // Most Rollouts rest most of the time, and whatever is told of them costs nothing here.
        if rests && self.gates.of(key).is_none() {
            return;
        }
        let seen = self.seen_by_gate(&rollout);
        let told = self.gates.follow(&rollout, &seen, now);
        self.note_told(key, told, &seen, now);
        self.rejudge(key, now);
    }

    /// Lists the judged Rollouts whose weight a delta of ReplicaSets may change.
    pub(super) fn weighed_by(&self, delta: &Delta) -> Vec<Key> {
        match delta {
            Delta::Seen(_, Object::ReplicaSet(set)) => {
                set.meta.owners.iter().filter_map(|uid| self.gates.by_uid.get(uid)).cloned().collect()
            }
            Delta::Done(source) if source.kind == Watched::ReplicaSets => {
                self.gates.watches.keys().cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Says which words time alone has changed, and who has been watched to the end.
    pub(super) fn lapse_gates(&mut self, now: Timestamp) {
        for key in self.gates.ended(now) {
            self.follow_gate(&key, now);
            self.dirty = true;
        }
        for (key, told) in self.gates.lapse(now) {
            let Some(rollout) = self.store.rollout(&key) else { continue };
            let seen = self.seen_by_gate(rollout);
            self.note_told(&key, vec![told], &seen, now);
            self.dirty = true;
        }
    }

    fn note_told(&mut self, key: &Key, told: Vec<Told>, seen: &Seen, now: Timestamp) {
        let scene = self.session.scene();
        let uid = self.store.rollout(key).map(|rollout| rollout.meta.uid.clone()).unwrap_or_default();
        for told in &told {
            let line = told::line(told, key, seen, &scene, now);
            self.timeline.see(Sighting { mark: told::mark(told, &uid), ..line });
        }
        self.dirty |= !told.is_empty();
    }

    fn stance(&self) -> Stance {
        let first = self.asked_on().or(match &self.page {
            Page::Rollout(key) | Page::Gate(key) => Some(key),
            _ => None,
        });
        let first = first.filter(|key| self.gates.canaries.contains_key(*key)).cloned();
        Stance { close: first.is_some(), first, attended: !self.health.is_hidden() }
    }

    /// Notes when the next wish is to go out, where something else is to be gathered than was wished.
    pub(super) fn plan_wish(&mut self, now: Now) {
        let stance = self.stance();
        let wishes = &self.gates.wishes;
        let turned = stance != wishes.stance && (!self.gates.canaries.is_empty() || stance.first.is_some());
        let due = match (turned, wishes.changed) {
            (true, _) => Some(now.mono + AFTER_KEY),
            (false, true) => Some(wishes.sent.map_or(now.mono, |sent| sent + BETWEEN).max(now.mono)),
            (false, false) => None,
        };
        let before = wishes.due;
        // What was planned earlier stays planned, however often something else changes meanwhile.
        self.gates.wishes.due = due.map(|due| before.map_or(due, |before| before.min(due)));
    }

    /// Says what is to be gathered, where it is time for that.
    pub(super) fn wish_evidence(&mut self, now: Now) -> Vec<Effect> {
        if self.gates.wishes.due.is_none_or(|due| now.mono < due) {
            return Vec::new();
        }
        let stance = self.stance();
        let first = stance.first.as_ref().and_then(|key| self.gates.canaries.get(key));
        let others = self.gates.canaries.values().filter(|canary| Some(&canary.key) != stance.first.as_ref());
        let wish = Wish {
            canaries: first.into_iter().chain(others).cloned().collect(),
            close: stance.close,
            attended: stance.attended,
        };
        self.gates.wishes = Wishes { changed: false, stance, due: None, sent: Some(now.mono) };
        vec![Effect::Gather(Box::new(wish))]
    }

    /// Returns when [`super::Event::Tick`] is next needed for a wish.
    pub(super) fn wish_wake(&self) -> Option<Duration> {
        self.gates.wishes.due
    }

    /// Returns when [`super::Event::Tick`] is next needed because evidence grows old, or a business cycle ends.
    pub(super) fn gates_wake(&self) -> Option<Timestamp> {
        self.gates.next
    }
}
