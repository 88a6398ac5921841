//! Owns which aborts are proposed, and the key that goes to the first of them.
//!
//! It never sends: the key opens the confirmation, as the abort key would. Invariant: what is proposed for longest stands first.

use jiff::Timestamp;

use super::Gates;
use crate::app::{App, Effect, Notice, Now, Page};
use crate::gate::Gate;
use crate::gate::stage::{Outcome, Requirement};
use crate::operation::Order;
use crate::rollout::Key;
use crate::text::Printable;

/// A Rollout whose abort is proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// Namespace and name.
    pub key: Key,
    /// Why, in one sentence: the trigger that fires, or the score that fails.
    pub why: Printable,
    /// Since when.
    pub since: Timestamp,
}

impl Gates {
    /// Notes whether the abort of a Rollout is proposed.
    pub(super) fn propose(&mut self, key: &Key, now: Timestamp) {
        // What became stable can no longer be aborted, and what was aborted is.
        let may_go_back = self.canaries.contains_key(key);
        let gate = self.of(key).filter(|gate| may_go_back && gate.proposes_abort());
        let why = gate.map(|gate| why(gate).clone());
        let known = self.proposals.iter().position(|proposed| proposed.key == *key);
        match (known, why) {
            (None, None) => {}
            (None, Some(why)) => {
                self.proposals.push(Proposed { key: key.clone(), why, since: now });
                self.calls = true;
            }
            (Some(at), None) => _ = self.proposals.remove(at),
            (Some(at), Some(why)) => {
                if let Some(proposed) = self.proposals.get_mut(at) {
                    proposed.why = why;
                }
            }
        }
    }
}

impl Gates {
    /// Calls the person once to what is newly proposed.
    pub(in crate::app) fn chime(&mut self) -> Option<Effect> {
        std::mem::take(&mut self.calls).then_some(Effect::Chime)
    }
}

/// Says why the abort is proposed.
fn why(gate: &Gate) -> Printable {
    let standing = gate.standing.iter().flat_map(|standing| &standing.requirements);
    let score = standing.into_iter().find_map(|(requirement, outcome)| match (requirement, outcome) {
        (Requirement::Score, Outcome::Failed(why)) => Some(why),
        _ => None,
    });
    gate.firing().map(|(_, why)| why).next().or(score).cloned().unwrap_or_default()
}

impl App {
    /// Goes to the Rollout whose abort is proposed, and opens its confirmation.
    pub(in crate::app) fn abort_proposed(&mut self, now: Now) -> Vec<Effect> {
        let proposals = self.gates.proposals();
        let here = self.subject().and_then(|key| proposals.iter().find(|proposed| proposed.key == *key));
        let Some(key) = here.or(proposals.first()).map(|proposed| proposed.key.clone()) else {
            self.notice = Some(Notice::good("No abort is proposed."));
            return Vec::new();
        };
        let mut effects = Vec::new();
        // Its own pages stay as they are: what they show speaks of the same Rollout.
        let is_here = matches!(&self.page, Page::Rollout(open) | Page::Gate(open) if *open == key);
        if !is_here {
            self.browse.pin();
            self.page = Page::Rollout(key.clone());
            self.scroll = 0;
            self.help = false;
            effects.push(Effect::Open(key));
        }
        effects.extend(self.stage(Order::Abort, now));
        effects
    }
}
