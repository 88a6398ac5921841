//! The end of a look: what both strategies' statuses share, full promotion, and the write.
//!
//! It owns when an update counts as promoted. Conditions stand in `judge`. Invariant: a status is written only where it
//! differs, and an Event about pausing only follows a written status (Argo: rollout/sync.go).

use super::conditions::INVALID_SPEC;
use super::pass::Pass;
use super::phase::phase;
use super::replicas::is_enough;

impl Pass<'_> {
    /// Writes into the status to come what both strategies share (Argo: `calculateBaseStatus`).
    pub fn settle_base(&mut self) {
        let was = self.was();
        let (collisions, promote_full) = (was.collision_count, was.promote_full);
        let mut conditions = was.conditions.clone();
        conditions.retain(|condition| condition.kind != INVALID_SPEC);
        let stable = was.stable_rs.clone();
        let hash = self.current_hash();
        self.next.replicas = self.sets.replicas();
        self.next.updated_replicas = self.sets.new_set().map_or(0, |set| set.status.replicas);
        self.next.ready_replicas = self.sets.all.iter().map(|set| set.status.ready_replicas).sum();
        self.next.collision_count = collisions;
        self.next.conditions = conditions;
        // Argo compares with the stable version of the status to come, which has none yet.
        self.next.promote_full = hash != self.next.stable_rs && promote_full;
        self.next.stable_rs = stable;
        self.next.current_pod_hash = hash;
    }

    /// Begins a new update (Argo: `resetRolloutStatus`).
    pub fn start_over(&mut self) {
        self.intent.start_over();
        self.next.restarted_at = self.spec().restart_at;
        self.next.promote_full = false;
        self.next.blue_green.pre_promotion_analysis_run_status = None;
        self.next.blue_green.post_promotion_analysis_run_status = None;
        self.next.blue_green.scale_up_preview_check_point = false;
        self.next.canary.current_step_analysis_run_status = None;
        self.next.canary.current_background_analysis_run_status = None;
        self.next.current_step_index = self.spec().end().map(|_| 0);
    }

    /// Tells whether the wanted version is older than the stable one and close enough to skip the steps.
    pub fn is_rollback_within_window(&self) -> bool {
        let (Some(new), Some(stable)) = (self.sets.new_set(), self.sets.stable_set()) else { return false };
        let Some(window) = self.spec().rollback_window.as_ref().filter(|window| window.revisions > 0) else {
            return false;
        };
        let (from, to) = (new.metadata.creation_timestamp, stable.metadata.creation_timestamp);
        let times = self.sets.all.iter().map(|set| set.metadata.creation_timestamp);
        let between = times.filter(|time| from < *time && *time < to).count();
        from < to && i64::try_from(between).is_ok_and(|between| between < window.revisions)
    }

    /// Gives why the wanted version is now the stable one, if it is (Argo: `shouldFullPromote`).
    pub fn full_promotion(&self) -> Option<String> {
        if self.sets.stable_set().is_none() {
            return Some("Initial deploy".to_owned());
        }
        if self.spec().strategy.canary.is_some() {
            self.canary_promotion()
        } else {
            self.blue_green_promotion()
        }
    }

    fn canary_promotion(&self) -> Option<String> {
        let (new, wanted) = (self.sets.new_set()?, self.spec().wanted());
        let has_enough =
            new.status.available_replicas >= wanted || is_enough(&self.rollout, Some(new), wanted);
        if self.is_aborted() || !has_enough {
            return None;
        }
        if let Some(reason) = self.short_cut() {
            return Some(reason);
        }
        let end = self.spec().end();
        (end.is_none() || self.step_index() == end)
            .then(|| format!("Completed all {} canary steps", end.unwrap_or(0)))
    }

    /// Gives why an update need not take the whole way.
    pub fn short_cut(&self) -> Option<String> {
        if self.was().promote_full {
            return Some("Full promotion requested".to_owned());
        }
        self.is_rollback_within_window().then(|| "Rollback within window".to_owned())
    }

    /// Makes the wanted version the stable one (Argo: `promoteStable`).
    pub fn promote(&mut self, reason: &str) {
        self.intent.start_over();
        self.next.promote_full = false;
        self.next.blue_green.scale_up_preview_check_point = false;
        if self.spec().strategy.canary.is_some() {
            self.next.current_step_index = self.spec().end();
        }
        if self.next.stable_rs != self.next.current_pod_hash {
            self.next.stable_rs = self.next.current_pod_hash.clone();
            let (revision, hash) = (self.revision(), self.next.current_pod_hash.clone());
            let message = format!("Rollout completed update to revision {revision} ({hash}): {reason}");
            self.tell("RolloutCompleted", message);
        }
    }

    /// Judges and writes.
    pub fn finish(&mut self) {
        self.judge();
        self.persist();
    }

    /// Writes the status if it differs, and tells of a pause that began or ended (Argo: `persistRolloutStatus`).
    pub fn persist(&mut self) {
        let mut next = std::mem::take(&mut self.next);
        self.intent.settle(self.was(), &mut next, self.now);
        next.workload_observed_generation = self.workload_generation();
        next.observed_generation = self.rollout.metadata.generation.to_string();
        let (phase, message) = phase(self.spec(), &next);
        next.phase = phase.to_owned();
        next.message = message;
        let old = self.was().to_value();
        if !self.write_status(&old, &next) {
            return self.look_for_stuck(&next);
        }
        match (self.was().pause_conditions.is_empty(), next.pause_conditions.first()) {
            (true, Some(pause)) => {
                self.tell("RolloutPaused", format!("Rollout is paused ({})", pause.reason))
            }
            (false, None) if next.aborted_at.is_none() => self.tell("RolloutResumed", "Rollout is resumed"),
            _ => {}
        }
    }

    fn workload_generation(&self) -> String {
        let noted = self.rollout.metadata.annotations.get("rollout.argoproj.io/workload-generation");
        noted.filter(|_| self.spec().workload_ref.is_some()).cloned().unwrap_or_default()
    }
}
