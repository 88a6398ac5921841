//! How a Rollout stands, read from its object for the record: phase, step, weight.
//!
//! It owns a second, small reading of a Rollout, for histories and verdicts alone. It never decides anything about the
//! Rollout. Invariant: what is not there is nothing, not zero.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// How a Rollout stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// `status.phase`.
    pub phase: Arc<str>,
    /// `status.message`.
    pub message: Arc<str>,
    /// `status.currentStepIndex` of how many steps.
    pub step: Option<(i64, usize)>,
    /// Per cent of the traffic that the new version is meant to get: 100 where it is the stable one.
    pub weight: i64,
    /// Whether `status.abort` is set.
    pub aborted: bool,
    /// Whether the version that is asked for is the stable one.
    pub settled: bool,
    /// Hash of the stable version.
    pub stable: Arc<str>,
    /// Whether the controller has seen the spec as it stands: until then the rest is of the spec before.
    pub observed: bool,
}

impl Standing {
    /// Reads a Rollout's object.
    pub fn of(rollout: &Value) -> Self {
        let text = |path: &str| rollout.pointer(path).and_then(Value::as_str);
        let flag = |path: &str| rollout.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let steps = rollout.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
        let count = steps.map_or(0, Vec::len);
        let index = rollout.pointer("/status/currentStepIndex").and_then(Value::as_i64);
        let current = text("/status/currentPodHash");
        let mut standing = Self {
            phase: text("/status/phase").unwrap_or_default().into(),
            message: text("/status/message").unwrap_or_default().into(),
            step: index.filter(|_| count > 0).map(|index| (index, count)),
            weight: 0,
            aborted: flag("/status/abort"),
            settled: current.is_some() && current == text("/status/stableRS"),
            stable: text("/status/stableRS").unwrap_or_default().into(),
            observed: text("/status/observedGeneration").and_then(|seen| seen.parse::<i64>().ok())
                == rollout.pointer("/metadata/generation").and_then(Value::as_i64),
        };
        standing.weight = standing.weighed(rollout, steps.map(Vec::as_slice).unwrap_or_default());
        standing
    }

    /// The weight that a router was told, else that of the last `setWeight` begun (Argo: utils/replicaset/canary.go,
    /// `GetCurrentSetWeight`).
    fn weighed(&self, rollout: &Value, steps: &[Value]) -> i64 {
        if self.settled {
            return 100;
        }
        if self.aborted {
            return 0;
        }
        if let Some(told) = rollout.pointer("/status/canary/weights/canary/weight").and_then(Value::as_i64) {
            return told;
        }
        let Some((index, count)) = self.step else { return 0 };
        if usize::try_from(index).is_ok_and(|index| index >= count) {
            return 100;
        }
        let begun = usize::try_from(index).unwrap_or(0) + 1;
        let mut weights = steps.iter().take(begun).filter_map(|step| step.get("setWeight")?.as_i64());
        weights.next_back().unwrap_or(0)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if self.phase.is_empty() { "no phase" } else { &self.phase })?;
        if let Some((index, count)) = self.step {
            write!(f, " step {index}/{count}")?;
        }
        write!(f, " {} %", self.weight)?;
        if !self.message.is_empty() {
            write!(f, " ({})", self.message)?;
        }
        Ok(())
    }
}
