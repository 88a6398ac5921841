//! A Rollout's conditions: reading, setting, and the words in them.
//!
//! It owns types, reasons and messages, byte for byte as people and programs know them (Argo:
//! utils/conditions/conditions.go). It never decides when a condition holds. Invariant: setting a condition that has the
//! same status and reason changes nothing, and a changed condition moves to the end.

use jiff::{SignedDuration, Timestamp};

use super::status::{Condition, Status};

/// Whether the Rollout moves.
pub const PROGRESSING: &str = "Progressing";
/// Whether enough pods serve.
pub const AVAILABLE: &str = "Available";
/// Whether the Rollout waits.
pub const PAUSED: &str = "Paused";
/// Whether the wanted version is the stable one.
pub const COMPLETED: &str = "Completed";
/// Whether all is done and well.
pub const HEALTHY: &str = "Healthy";
/// Whether the spec makes no sense.
pub const INVALID_SPEC: &str = "InvalidSpec";
/// Whether pods cannot be made.
pub const REPLICA_FAILURE: &str = "ReplicaFailure";

/// Reason: aborted.
pub const ABORTED: &str = "RolloutAborted";
/// Reason: no progress for too long.
pub const TIMED_OUT: &str = "ProgressDeadlineExceeded";
/// Reason: waits.
pub const ROLLOUT_PAUSED: &str = "RolloutPaused";
/// Reason: waits no more.
pub const RESUMED: &str = "RolloutResumed";
/// Reason: tries again after an abort.
pub const RETRY: &str = "RolloutRetry";

/// Gives a condition as it stands when something was seen now.
pub fn condition(
    kind: &str,
    status: &str,
    reason: &str,
    message: impl Into<String>,
    now: Timestamp,
) -> Condition {
    let now = whole(now);
    Condition {
        kind: kind.to_owned(),
        status: status.to_owned(),
        last_update_time: now,
        last_transition_time: now,
        reason: reason.to_owned(),
        message: message.into(),
    }
}

/// Gives a time in whole seconds, as the API writes times.
pub fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Gives the time some seconds later.
pub fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

impl Status {
    /// Gives the condition of a type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Tells whether a condition of a type stands with a reason.
    pub fn has_reason(&self, kind: &str, reason: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition.reason == reason)
    }

    /// Sets a condition and tells whether that changed something.
    pub fn set(&mut self, mut condition: Condition) -> bool {
        if let Some(known) = self.condition(&condition.kind) {
            if known.status == condition.status && known.reason == condition.reason {
                return false;
            }
            if known.status == condition.status {
                condition.last_transition_time = known.last_transition_time;
            }
        }
        self.unset(&condition.kind.clone());
        self.conditions.push(condition);
        true
    }

    /// Takes the condition of a type away.
    pub fn unset(&mut self, kind: &str) {
        self.conditions.retain(|condition| condition.kind != kind);
    }
}
