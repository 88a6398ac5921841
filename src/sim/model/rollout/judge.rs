//! The conditions that follow from a look: healthy, progressing, timed out, aborted, available, completed, paused.
//!
//! It owns when each holds; their words stand in `conditions`. Invariant: progress is what differs between the status that
//! was and the status to come, and a passed deadline counts only where nothing is waited for (Argo: rollout/sync.go
//! `calculateRolloutConditions`, utils/conditions).

use super::conditions::{
    ABORTED, AVAILABLE, COMPLETED, HEALTHY, PAUSED, PROGRESSING, REPLICA_FAILURE, RESUMED, RETRY,
    ROLLOUT_PAUSED, TIMED_OUT, condition, later,
};
use super::pass::Pass;
use super::phase::phase;
use super::status::{Condition, Status};

impl Pass<'_> {
    /// Notes a pause, its end, or a retry before anything else is looked at (Argo: `checkPausedConditions`).
    pub fn note_pause(&mut self) {
        let was = self.was();
        let (now, paused) = (self.now, self.is_paused());
        let aborted = was.has_reason(PROGRESSING, ABORTED);
        let mut next = was.clone();
        let noted = was.has_reason(PROGRESSING, ROLLOUT_PAUSED);
        let completed = !was.stable_rs.is_empty() && was.is_promoted();
        if paused != noted && !aborted && !completed {
            let (reason, message) =
                if paused { (ROLLOUT_PAUSED, "Rollout is paused") } else { (RESUMED, "Rollout is resumed") };
            next.set(condition(PROGRESSING, "Unknown", reason, message, now));
        }
        if !was.abort && aborted {
            next.set(condition(PROGRESSING, "Unknown", RETRY, "Retrying Rollout after abort", now));
        }
        let shown = was.condition(PAUSED).is_some_and(|condition| condition.status == "True");
        if paused != shown && !aborted {
            let status = if paused { "True" } else { "False" };
            next.set(condition(PAUSED, status, ROLLOUT_PAUSED, "Rollout is paused", now));
        }
        if next != *was {
            self.write_conditions(next);
        }
    }

    /// Writes conditions at once, with the phase that follows (Argo: `patchCondition`).
    pub fn write_conditions(&mut self, mut next: Status) {
        next.observed_generation = self.rollout.metadata.generation.to_string();
        let (phase, message) = phase(self.spec(), &next);
        next.phase = phase.to_owned();
        next.message = message;
        let old = self.was().to_value();
        self.write_status(&old, &next);
    }

    fn is_paused(&self) -> bool {
        !self.was().pause_conditions.is_empty() || self.spec().paused
    }

    /// Works out the conditions of the status to come.
    pub fn judge(&mut self) {
        let now = self.now;
        let healthy = self.is_healthy(&self.next);
        let mut fell_ill = false;
        if !self.is_paused() && healthy {
            self.next.set(condition(HEALTHY, "True", "RolloutHealthy", "Rollout is healthy", now));
        } else if self.was().condition(HEALTHY).is_some() {
            fell_ill =
                self.next.set(condition(HEALTHY, "False", "RolloutHealthy", "Rollout is not healthy", now));
        }
        if self.is_aborted() {
            self.note_abort();
        } else {
            self.note_progress_made(healthy, fell_ill);
        }
        self.note_availability();
        self.note_failures();
        let completed = !self.next.stable_rs.is_empty() && self.next.is_promoted();
        let status = if completed { "True" } else { "False" };
        if self.next.set(condition(COMPLETED, status, "RolloutCompleted", "RolloutCompleted", now))
            && !completed
        {
            let (revision, hash) = (self.revision(), self.next.current_pod_hash.clone());
            let message = format!("Rollout not completed, started update to revision {revision} ({hash})");
            self.tell("RolloutNotCompleted", message);
        }
    }

    fn note_abort(&mut self) {
        let mut message = format!("Rollout aborted update to revision {}", self.revision());
        if let Some(why) = self.intent.abort_message() {
            message = format!("{message}: {why}");
        }
        if self.next.set(condition(PROGRESSING, "False", ABORTED, message.clone(), self.now)) {
            self.warn(ABORTED, message);
        }
    }

    fn note_progress_made(&mut self, healthy: bool, fell_ill: bool) {
        let now = self.now;
        let name = self.sets.new_set().map(|set| set.name().to_owned());
        if healthy {
            let message = format!("ReplicaSet \"{}\" has successfully progressed.", name.unwrap_or_default());
            self.next.set(condition(PROGRESSING, "True", "NewReplicaSetAvailable", message, now));
        } else if self.has_progressed() || fell_ill {
            let (reason, message) = if self.next.is_promoted() && fell_ill {
                ("ReplicaSetNotAvailable", "Rollout does not have minimum availability".to_owned())
            } else {
                ("ReplicaSetUpdated", self.about(name.as_deref(), "is progressing."))
            };
            let mut fresh = condition(PROGRESSING, "True", reason, message, now);
            // Progress is noted anew each time: only the time of the transition stays.
            if let Some(known) = self.was().condition(PROGRESSING) {
                if known.status == "True" {
                    fresh.last_transition_time = known.last_transition_time;
                }
                self.next.unset(PROGRESSING);
            }
            self.next.set(fresh);
        } else if self.is_timed_out() {
            let message = self.about(name.as_deref(), "has timed out progressing.");
            self.next.set(condition(PROGRESSING, "False", TIMED_OUT, message.clone(), now));
            if self.spec().progress_deadline_abort {
                self.intent.abort(message.clone());
                self.warn(ABORTED, message);
            }
        }
    }

    fn about(&self, set: Option<&str>, what: &str) -> String {
        match set {
            Some(name) => format!("ReplicaSet \"{name}\" {what}"),
            None => format!("Rollout \"{}\" {what}", self.rollout.name()),
        }
    }

    /// Tells whether all wanted pods are new, available and in service (Argo: `RolloutHealthy`).
    fn is_healthy(&self, next: &Status) -> bool {
        let wanted = self.spec().wanted();
        let strategy = &self.spec().strategy;
        let done = match (&strategy.blue_green, self.spec().end()) {
            (Some(it), _) => {
                let (selectors, hash) = (&next.blue_green, &next.current_pod_hash);
                let previews = it.preview_service.is_empty() || selectors.preview_selector == *hash;
                selectors.active_selector == *hash && previews
            }
            (None, end) => {
                let all_steps =
                    end.is_none() || next.current_step_index.is_none() || next.current_step_index == end;
                all_steps && !next.stable_rs.is_empty() && next.is_promoted() && next.replicas == wanted
            }
        };
        let observed = self.was().observed_generation == self.rollout.metadata.generation.to_string();
        done && next.updated_replicas == wanted && next.available_replicas == wanted && observed
    }

    /// Tells whether the status to come is further on than the one that was (Argo: `RolloutProgressing`).
    fn has_progressed(&self) -> bool {
        let (old, new) = (self.was(), &self.next);
        let further = if self.spec().strategy.blue_green.is_some() {
            let selectors = |status: &Status| {
                (status.blue_green.active_selector.clone(), status.blue_green.preview_selector.clone())
            };
            selectors(old) != selectors(new)
        } else {
            let both = old.current_step_index.zip(new.current_step_index);
            old.stable_rs != new.stable_rs
                || both.is_some_and(|(old, new)| old != new)
                || old.current_step_hash != new.current_step_hash
        };
        let outdated = |status: &Status| status.replicas - status.updated_replicas;
        further
            || new.updated_replicas != old.updated_replicas
            || outdated(new) < outdated(old)
            || new.ready_replicas > old.ready_replicas
            || new.available_replicas > old.available_replicas
    }

    fn is_timed_out(&self) -> bool {
        let indefinite = self.is_indefinite();
        let waits_for_old = self.sets.others().any(|set| set.deadline().is_some());
        let Some(known) = self.next.condition(PROGRESSING) else { return false };
        if indefinite || waits_for_old || known.reason == ABORTED || known.reason == ROLLOUT_PAUSED {
            return false;
        }
        known.reason == TIMED_OUT || later(known.last_update_time, self.spec().deadline()) < self.now
    }

    fn is_indefinite(&self) -> bool {
        let paused = self.was().condition(PAUSED).is_some_and(|condition| condition.status == "True");
        paused || self.step().is_some_and(super::spec::Step::is_indefinite)
    }

    fn note_availability(&mut self) {
        let wanted = self.spec().wanted();
        let enough = if self.spec().strategy.blue_green.is_some() {
            let active = self.sets.of(&self.next.blue_green.active_selector);
            active.is_some_and(|set| set.is_saturated(wanted))
        } else {
            self.sets.available() >= wanted
        };
        let (status, message) = if enough {
            ("True", "Rollout has minimum availability")
        } else {
            ("False", "Rollout does not have minimum availability")
        };
        self.next.set(condition(AVAILABLE, status, "AvailableReason", message, self.now));
    }

    fn note_failures(&mut self) {
        let new_first = self.sets.new_set().into_iter().chain(&self.sets.all);
        let failure =
            new_first.flat_map(|set| &set.status.conditions).find(|known| known.kind == REPLICA_FAILURE);
        match failure {
            None => self.next.unset(REPLICA_FAILURE),
            Some(known) => {
                let at = known.last_transition_time;
                let carried = Condition {
                    last_update_time: at,
                    ..condition(REPLICA_FAILURE, &known.status, &known.reason, known.message.clone(), at)
                };
                self.next.set(carried);
            }
        }
    }

    /// Looks again when the deadline of progress passes, where one counts (Argo: `requeueStuckRollout`).
    pub fn look_for_stuck(&mut self, next: &Status) {
        let Some(known) = self.was().condition(PROGRESSING) else { return };
        if self.is_healthy(next)
            || known.reason == TIMED_OUT
            || self.is_paused()
            || self.was().abort
            || self.is_indefinite()
        {
            return;
        }
        let end = later(known.last_update_time, self.spec().deadline().saturating_add(1));
        if end > self.now {
            self.out.look_again(end);
        }
    }
}
