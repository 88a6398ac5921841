//! What counts where a person left a field out, and what several fields say together.
//!
//! It reads the spec alone. Invariant: the defaults are Argo's (Argo: utils/defaults/defaults.go).

use super::{Amount, Spec, Step, TrafficRouting, labels_text};

impl Spec {
    /// Gives the wanted number of pods.
    pub fn wanted(&self) -> i64 {
        self.replicas.unwrap_or(1)
    }

    /// Gives the deadline of progress in seconds.
    pub fn deadline(&self) -> i64 {
        self.progress_deadline_seconds.unwrap_or(600)
    }

    /// Gives how many old ReplicaSets are kept.
    pub fn history(&self) -> i64 {
        self.revision_history_limit.unwrap_or(10)
    }

    /// Gives the canary's steps; none for blue-green.
    pub fn steps(&self) -> &[Step] {
        self.strategy.canary.as_ref().map_or(&[], |canary| canary.steps.as_slice())
    }

    /// Gives the index behind the last step, where there are steps.
    pub fn end(&self) -> Option<i64> {
        Some(self.steps().len()).filter(|count| *count > 0).and_then(|count| i64::try_from(count).ok())
    }

    /// Gives the canary's router, if it has one.
    pub fn routing(&self) -> Option<&TrafficRouting> {
        self.strategy.canary.as_ref()?.traffic_routing.as_ref()
    }

    /// Gives the weight that stands for all traffic.
    pub fn whole_weight(&self) -> i64 {
        self.routing().and_then(|routing| routing.max_traffic_weight).unwrap_or(100)
    }

    /// Tells whether the stable version shrinks as traffic leaves it.
    pub fn is_dynamic(&self) -> bool {
        self.routing().is_some()
            && self.strategy.canary.as_ref().is_some_and(|canary| canary.dynamic_stable_scale)
    }

    /// Gives the pods allowed above and below the wanted number (Argo: utils/replicaset `resolveFenceposts`).
    pub fn fences(&self) -> (i64, i64) {
        let wanted = self.wanted();
        let default = Amount::Text("25".to_owned());
        if let Some(canary) = &self.strategy.canary {
            let surge = canary.max_surge.as_ref().unwrap_or(&default).of(wanted, true);
            let missing = canary.max_unavailable.as_ref().unwrap_or(&default).of(wanted, false);
            let missing = if surge == 0 && missing == 0 { 1 } else { missing };
            return (surge, missing.min(wanted));
        }
        let blue_green = self.strategy.blue_green.as_ref();
        let missing = blue_green.and_then(|it| it.max_unavailable.as_ref()).unwrap_or(&default);
        (0, missing.of(wanted, false).min(wanted))
    }

    /// Gives the seconds that an old ReplicaSet stays after promotion.
    pub fn scale_down_delay(&self) -> i64 {
        match (&self.strategy.canary, &self.strategy.blue_green) {
            (Some(canary), _) if canary.traffic_routing.is_some() => {
                canary.scale_down_delay_seconds.unwrap_or(30)
            }
            (None, Some(blue_green)) => blue_green.scale_down_delay_seconds.unwrap_or(30),
            _ => 0,
        }
    }

    /// Gives how many old ReplicaSets may wait for their end at once.
    pub fn scale_down_limit(&self) -> usize {
        let blue_green = self.strategy.blue_green.as_ref().and_then(|it| it.scale_down_delay_revision_limit);
        let canary = self.strategy.canary.as_ref().and_then(|it| it.scale_down_delay_revision_limit);
        blue_green.or(canary).unwrap_or(usize::MAX)
    }

    /// Gives the seconds that the new version stays after an abort; `None` for ever.
    pub fn abort_delay(&self) -> Option<i64> {
        let written = self.written_abort_delay();
        match (&self.strategy.canary, written) {
            (_, Some(0)) => None,
            (Some(canary), _) if canary.traffic_routing.is_none() => Some(0),
            (_, written) => Some(written.unwrap_or(30)),
        }
    }

    /// Gives the delay after an abort as written, where it counts.
    pub fn written_abort_delay(&self) -> Option<i64> {
        match (&self.strategy.blue_green, &self.strategy.canary) {
            (Some(blue_green), _) => blue_green.abort_scale_down_delay_seconds,
            (None, Some(canary)) if canary.traffic_routing.is_some() => canary.abort_scale_down_delay_seconds,
            _ => None,
        }
    }

    /// Gives the selector as `kubectl` writes it: labels in order, joined by commas.
    pub fn selector_text(&self) -> String {
        self.selector.as_ref().map(|selector| labels_text(&selector.match_labels)).unwrap_or_default()
    }
}
