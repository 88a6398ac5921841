//! Owns what is seen of a canary: whether it is under way, its share of the traffic, and since when it stands.
//!
//! It follows from the Rollout as observed, never from what was ordered. Invariant: a share that cannot be told is none.

use jiff::Timestamp;

use crate::rollout::{Rollout, Strategy, weight};

/// What is seen of a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether a version other than the stable one is wanted.
    pub under_way: bool,
    /// Whether it was aborted.
    pub aborted: bool,
    /// The canary's share of traffic in per cent; `None` where it is not known.
    pub weight: Option<i64>,
    /// Since when all traffic is the new version's; `None` where it is not.
    pub full_since: Option<Timestamp>,
    /// Since when the Rollout itself says that nothing moved its weight; `None` where it does not say.
    pub since: Option<Timestamp>,
}

impl Seen {
    /// Sees a Rollout; `canary_available` counts the available pods of the canary where pods alone carry the weight
    /// ([`weight::actual`]).
    pub fn of(rollout: &Rollout, canary_available: Option<i64>) -> Self {
        let status = &rollout.status;
        let hash = status.current_pod_hash.as_ref().filter(|hash| !hash.is_empty());
        let stable = status.stable_hash.as_ref().filter(|hash| !hash.is_empty());
        let under_way = matches!((hash, stable), (Some(hash), Some(stable)) if hash != stable);
        let share = match &rollout.spec.strategy {
            Strategy::BlueGreen(_) => Some(if status.active_selector.as_ref() == hash { 100 } else { 0 }),
            _ => share(rollout, canary_available),
        };
        let healthy = status.conditions.iter().find(|it| it.kind.as_str() == "Healthy");
        let since = healthy.filter(|it| it.status.as_str() == "True").and_then(|it| it.since);
        let seen = Self {
            under_way,
            aborted: status.abort == Some(true) && under_way,
            weight: share,
            full_since: since.filter(|_| !under_way && hash.is_some() && rollout.meta.revision > Some(1)),
            since: None,
        };
        Self { since: seen.stands_since(rollout), ..seen }
    }

    /// Tells since when a Rollout stands as it does: while it pauses, and after an abort, nothing moves its weight (Argo:
    /// rollout/canary.go, rollout/trafficrouting.go).
    pub(in crate::gate) fn stands_since(&self, rollout: &Rollout) -> Option<Timestamp> {
        let status = &rollout.status;
        if self.aborted {
            return status.aborted_at.as_deref()?.parse().ok();
        }
        if !self.under_way {
            return self.full_since;
        }
        let pauses: Option<Vec<Timestamp>> = status.pauses.list.iter().map(|pause| pause.since).collect();
        pauses?.into_iter().max()
    }
}

/// Returns the canary's share in per cent, rounded up but for what is not all: a little traffic is no shadow, and nearly all is not all.
/// Where its step asks for traffic and no pod is there to take any, nothing is known: that is no shadow either.
fn share(rollout: &Rollout, canary_available: Option<i64>) -> Option<i64> {
    let wanted = weight::desired(rollout).is_some_and(|desired| desired > 0);
    let max = weight::max(rollout)?;
    let actual = weight::actual(rollout, canary_available)?;
    if actual <= 0 && wanted && rollout.status.replicas.available <= 0 {
        return None;
    }
    let routed = matches!(&rollout.spec.strategy, Strategy::Canary(canary) if canary.traffic_routed);
    // A pod of very many has a share of less than one.
    let has_pods = !routed && canary_available.is_some_and(|pods| pods > 0);
    let actual = if has_pods { actual.max(1) } else { actual };
    let up = actual.checked_mul(100)?.checked_add(max.checked_sub(1)?)?.checked_div(max)?;
    Some(if actual < max { up.min(99) } else { up })
}
