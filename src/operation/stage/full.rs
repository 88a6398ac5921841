//! Owns when a full promotion may be staged.
//!
//! It is one flag that makes the controller skip all that is left. Where that flag would override an abort, or where one
//! request is not enough, it is refused. Invariant: it is staged only for an update that is under way and not aborted.

use super::promote::check_orders;
use super::{Refusal, first_version, unknown_strategy, wait_for_observation};
use crate::operation::facts::known;
use crate::operation::{Course, Facts};
use crate::rollout::{Rollout, Strategy};

/// Decides whether `rollout` may be promoted fully.
///
/// # Errors
/// Refuses where there is nothing to promote, where it would cancel an abort, or where a pause by hand would hold it.
pub(super) fn course(rollout: &Rollout, facts: &Facts) -> Result<Course, Refusal> {
    let steps = match &rollout.spec.strategy {
        Strategy::Canary(canary) if canary.steps.is_empty() => None,
        Strategy::Canary(canary) => i64::try_from(canary.steps.len()).ok(),
        Strategy::BlueGreen(_) => None,
        Strategy::Unknown => return Err(unknown_strategy()),
    };
    // Right after an undo or a new image both hashes are still equal, and the controller would wipe the flag.
    wait_for_observation(rollout, facts)?;
    if facts.abort == Some(true) {
        return Err(Refusal::new(
            "This update was aborted: a full promotion would cancel the abort and ship the aborted version.",
            "Retry it first if it is wanted after all; then promote it fully.",
        ));
    }
    check_orders(facts)?;
    if known(&facts.stable_hash).is_none() {
        return Err(first_version("is promoted as soon as its pods are available"));
    }
    Ok(Course::PromoteFull { steps })
}
