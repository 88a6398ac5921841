//! Owns what gates mean for an order, and what of them stands in the way of the open confirmation.
//!
//! It never hinders what stops or takes back. Invariants: a policy that is meant but cannot judge is an override, never a pass; a word
//! that turned worse since the order was staged voids its confirmation.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Asked;
use crate::app::{App, Effect, Now};
use crate::gate::judge::score::Word;
use crate::gate::shelf::Choice;
use crate::gate::stage::scored;
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, record};
use crate::operation::{Bar, Judged, Kind, Operation};
use crate::rollout::{Key, Rollout, Strategy};
use crate::text::Printable;

/// What gates say of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The word.
    pub word: Word,
    /// Why, in one sentence.
    pub why: Printable,
    /// The policy that is meant, whether it is there or not.
    pub policy: Printable,
}

impl Ruling {
    /// Returns what it takes to go on.
    pub fn bar(&self) -> Bar {
        match self.word {
            Word::Pass => Bar::Open,
            Word::Hold => Bar::Reason,
            Word::CannotTell | Word::Fail => Bar::Override,
        }
    }

    /// Says word and reason.
    pub fn words(&self) -> Printable {
        Printable::from(format!("{}: {}", record::word(self.word), self.why))
    }
}

impl App {
    /// Says what the gates mean for a kind of order on a Rollout; `None` where no policy is meant for it.
    pub fn ruling(&self, kind: Kind, rollout: &Rollout, now: Timestamp) -> Option<Ruling> {
        let policy = match self.gates.shelf.choose(rollout) {
            Choice::Nothing => return None,
            Choice::Missing(policy) => {
                let why =
                    Printable::from(format!("it is to be judged by {policy}, and there is no such policy"));
                return Some(Ruling { word: Word::CannotTell, why, policy });
            }
            Choice::By(policy) => Printable::from(&*policy.name),
        };
        let (word, why) = match (kind, self.gates.of(&rollout.meta.key)) {
            // What is under way speaks of another version.
            (Kind::SetImage, _) => (Word::Pass, Printable::ours("a new version: nothing to judge yet")),
            (_, None) => (Word::CannotTell, Printable::ours("nothing was judged yet")),
            (Kind::Retry, Some(gate)) => again(gate, now),
            // A blue-green version has no stages between: it is switched to at once, by any promotion.
            (Kind::PromoteFull | Kind::PromoteTo, Some(gate)) if is_canary(rollout) => {
                gate.word_on_a_leap(now)
            }
            (_, Some(gate)) => (gate.word(now), gate.why(now)),
        };
        Some(Ruling { word, why, policy })
    }

    /// Judges an order; `None` where no policy is meant for the Rollout.
    pub(in crate::app) fn judged(&self, kind: Kind, rollout: &Rollout, now: Timestamp) -> Option<Judged> {
        let ruling = self.ruling(kind, rollout, now)?;
        let gate = self.gates.of(&rollout.meta.key).filter(|_| kind != Kind::SetImage);
        let record = match gate {
            Some(gate) => of_order(record::of(gate, now), &ruling),
            None => json!({
                "v": record::VERSION,
                "policy": ruling.policy.as_str(),
                "word": record::word(ruling.word),
                "why": ruling.why.as_str(),
            }),
        };
        Some(Judged { bar: ruling.bar(), words: ruling.words(), record })
    }

    /// Notes how the order was judged that a confirmation was opened for.
    pub(in crate::app) fn ask_over_gates(
        &mut self,
        operation: &Operation,
        rollout: &Rollout,
        now: Timestamp,
    ) {
        let word = self.ruling(operation.kind(), rollout, now).map_or(Word::Pass, |ruling| ruling.word);
        self.gates.asked = Some(Asked { id: operation.id().clone(), word, newer: None });
    }

    /// Says what stands in the way of the open confirmation, of whatever kind.
    pub fn obstacle(&self) -> Option<&Printable> {
        self.health.obstacle().or(self.gates.obstacle())
    }

    /// Keeps what the gates say by now for the next frame, where it is no worse than what was asked about.
    pub(super) fn rejudge(&mut self, key: &Key, now: Timestamp) {
        let Some(operation) = self.asked_about().filter(|operation| operation.target().key == *key) else {
            return;
        };
        let Some(rollout) = self.store.rollout(key) else { return };
        let (kind, id) = (operation.kind(), operation.id().clone());
        let word = self.ruling(kind, rollout, now).map(|ruling| ruling.word);
        let newer = self.judged(kind, rollout, now).map(|judged| match kind.promotes() {
            true => judged,
            false => judged.hindering_nothing(),
        });
        if let Some(asked) = self.gates.asked.as_mut().filter(|asked| asked.id == id)
            && (word <= Some(asked.word) || !kind.promotes())
        {
            asked.newer = newer;
        }
    }

    /// Has the order rest on what the frame shows that is being made.
    pub(in crate::app) fn show_judged(&mut self) {
        let Some(asked) = self.gates.asked.as_mut() else { return };
        if let Some(newer) = asked.newer.take() {
            self.operations.rejudge(&asked.id, newer);
        }
    }

    /// Notes what of the evidence stands in the way of the open confirmation; it is void where something new does.
    pub(in crate::app) fn mind_gates(&mut self, now: Now) -> Vec<Effect> {
        let obstacle = self.asked_about().and_then(|operation| self.worse(operation, now.wall));
        if self.modal.is_none() {
            self.gates.asked = None;
        }
        if obstacle == self.gates.obstacle {
            return Vec::new();
        }
        let moved = obstacle.is_some() != self.gates.obstacle.is_some();
        self.gates.obstacle = obstacle;
        self.dirty = true;
        if moved { self.disarm(now) } else { Vec::new() }
    }

    /// Says that the word on an order is worse than when it was staged.
    fn worse(&self, operation: &Operation, now: Timestamp) -> Option<Printable> {
        let asked = self.gates.asked.as_ref().filter(|asked| asked.id == *operation.id())?;
        if !operation.kind().promotes() {
            return None;
        }
        let rollout = self.store.rollout(&operation.target().key)?;
        let ruling = self.ruling(operation.kind(), rollout, now)?;
        (ruling.word > asked.word).then(|| {
            let words = ruling.words();
            Printable::from(match ruling.bar() {
                Bar::Override => format!("The gates now say {words}. Stage it anew to go against them."),
                _ => format!("The gates now say {words}. Stage it anew to say why."),
            })
        })
    }
}

fn is_canary(rollout: &Rollout) -> bool {
    matches!(rollout.spec.strategy, Strategy::Canary(_))
}

/// Has a record say the word on the order, which may be another than that on going on by one step.
fn of_order(mut written: Value, ruling: &Ruling) -> Value {
    if let Value::Object(fields) = &mut written {
        fields.insert("word".to_owned(), json!(record::word(ruling.word)));
        fields.insert("why".to_owned(), json!(ruling.why.as_str()));
    }
    written
}

/// Says what was last judged of a canary that was taken back and is to begin anew.
fn again(gate: &Gate, now: Timestamp) -> (Word, Printable) {
    let before = |verdict: &Verdict| {
        let score = verdict.score.map_or_else(|| "no score".to_owned(), scored);
        let part = verdict.parts.iter().find(|part| part.class != crate::gate::judge::metric::Class::Pass);
        let part = part.map(|part| format!(": {}: {}", part.name, part.why)).unwrap_or_default();
        Printable::from(format!("before it was taken back: {score}{part}"))
    };
    let verdict = gate.verdict.as_ref();
    let word = verdict.map_or(Word::CannotTell, |verdict| verdict.word).max(gate.word(now));
    let why = match verdict {
        _ if gate.firing().next().is_some() => gate.why(now),
        Some(verdict) => before(verdict),
        None => Printable::ours("nothing was judged before it was taken back"),
    };
    (word, why)
}
