//! Owns which answers of the policy service are kept, so that a canary's past can be judged again.
//!
//! It never asks. Invariant: an answer that is not handed over to be kept breaks the row of those that are.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Gates, Watch};
use crate::gate::answered::Answered;
use crate::gate::wish::Gathered;
use crate::timeline::Answer;

/// What was kept last of one canary.
#[derive(Debug, Default)]
pub(super) struct Heard(Option<Answered>);

impl Gates {
    /// Returns what the policy service answered, where that is to be kept: it is another answer than before, or the one that was kept
    /// last is nearly too old to count.
    pub(super) fn hear(&mut self, gathered: &Gathered, now: Timestamp) -> Option<Answer> {
        let Watch { uid, gate, heard, .. } = self.watches.get_mut(&gathered.key)?;
        if gathered.hash != gate.canary || !Arc::ptr_eq(&gathered.policy, &gate.policy) {
            return None;
        }
        let answered = Answered::of(gathered, now)?;
        if heard.0.as_ref().is_some_and(|last| !answered.is_news(last, &gate.policy)) {
            return None;
        }
        let Some(body) = answered.written() else {
            heard.0 = None;
            return None;
        };
        let breaks = heard.0.replace(answered).is_none();
        let (key, uid, version) = (gathered.key.clone(), uid.clone(), gathered.hash.clone());
        Some(Answer { key, uid, version, at: now, body, breaks })
    }
}
