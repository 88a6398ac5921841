//! What an order on a Rollout amounts to, told from the object before and after it.
//!
//! It owns the words by which a scenario speaks of orders, whichever client sent them in whichever form. It never judges
//! whether an order was wise. Invariant: an order that changed nothing is no deed.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::history::Verb;
use crate::sim::objects::Stored;

/// What an order on a Rollout amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The update was aborted.
    Abort,
    /// An aborted update was taken up again.
    Retry,
    /// A pause was ended, or a step skipped.
    Promote,
    /// All steps were skipped.
    PromoteFull,
    /// It was paused by hand.
    Pause,
    /// A pause by hand was ended.
    Resume,
    /// Another version was asked for.
    SetImage,
    /// Another number of replicas was asked for.
    Scale,
    /// A restart was asked for.
    Restart,
    /// It was created.
    Create,
    /// It was deleted.
    Delete,
    /// Something else in it was changed.
    Other,
}

impl Deed {
    /// Says what an order did to a Rollout.
    pub(super) fn of(before: Option<&Stored>, after: &Stored, verb: Verb) -> Option<Self> {
        let Some(before) = before else { return Some(Self::Create) };
        if verb == Verb::Delete {
            return Some(Self::Delete);
        }
        if before.version == after.version {
            return None;
        }
        Some(told(&before.value, &after.value))
    }
}

pub(super) fn told(was: &Value, is: &Value) -> Deed {
    let flag = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_bool).unwrap_or(false);
    let differs = |path: &str| was.pointer(path) != is.pointer(path);
    let raised = |path: &str| (flag(was, path), flag(is, path)) == (false, true);
    let lowered = |path: &str| (flag(was, path), flag(is, path)) == (true, false);
    let pauses = |value: &Value| {
        value.pointer("/status/pauseConditions").and_then(Value::as_array).map_or(0, Vec::len)
    };
    let step = |value: &Value| value.pointer("/status/currentStepIndex").and_then(Value::as_i64).unwrap_or(0);
    match () {
        () if raised("/status/abort") => Deed::Abort,
        () if lowered("/status/abort") => Deed::Retry,
        () if raised("/status/promoteFull") => Deed::PromoteFull,
        () if pauses(is) < pauses(was) || step(is) > step(was) => Deed::Promote,
        () if raised("/spec/paused") => Deed::Pause,
        () if lowered("/spec/paused") => Deed::Resume,
        () if differs("/spec/template") => Deed::SetImage,
        () if differs("/spec/replicas") => Deed::Scale,
        () if differs("/spec/restartAt") => Deed::Restart,
        () => Deed::Other,
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Abort => "abort",
            Self::Retry => "retry",
            Self::Promote => "promote",
            Self::PromoteFull => "promote in full",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::SetImage => "set image",
            Self::Scale => "scale",
            Self::Restart => "restart",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Other => "change",
        })
    }
}
