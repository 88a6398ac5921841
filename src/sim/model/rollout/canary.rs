//! A canary's look: services, router, runs, ReplicaSets, pause, and then the step.
//!
//! It owns the order, and the status that follows. Invariant: a changed template or changed steps start the steps over
//! before anything else is touched (Argo: rollout/canary.go `rolloutCanary`, `syncRolloutStatusCanary`).

use super::hash::steps_hash;
use super::pass::Pass;
use super::pause::CANARY_PAUSE;

impl Pass<'_> {
    /// Looks at a canary.
    pub fn look_at_canary(&mut self) {
        self.sync_revision();
        if self.has_changed() {
            return self.settle_canary();
        }
        if self.restart_pods() > 0 {
            return;
        }
        self.reconcile_metadata();
        self.forget_old_sets();
        if !self.point_canary_services() {
            return;
        }
        self.route();
        if !self.reconcile_experiment() {
            return;
        }
        let measured = self.reconcile_runs();
        if self.intent.adds_pause() {
            return self.settle_canary();
        }
        if !measured {
            return;
        }
        if !self.reconcile_canary_sets() {
            self.reconcile_pause_step();
        }
        self.settle_canary();
    }

    /// Tells whether template or steps differ from those that the status speaks of.
    fn has_changed(&self) -> bool {
        self.was().current_step_hash != self.steps_hash() || self.template_has_changed()
    }

    /// Tells whether the wanted version differs from the one that the status speaks of.
    pub fn template_has_changed(&self) -> bool {
        let known = &self.was().current_pod_hash;
        !known.is_empty() && *known != self.current_hash()
    }

    /// Gives the hash of the wanted version.
    pub fn current_hash(&self) -> String {
        self.sets.new_set().map_or_else(|| self.rollout.wanted_hash(), |set| set.hash().to_owned())
    }

    fn steps_hash(&self) -> String {
        steps_hash(self.rollout.stored.value.pointer("/spec/strategy/canary/steps"))
    }

    /// Works out a canary's status and writes it.
    pub fn settle_canary(&mut self) {
        self.settle_base();
        self.next.available_replicas = self.sets.available();
        self.next.hpa_replicas = self.sets.replicas();
        self.next.selector = self.spec().selector_text();
        self.next.canary.stable_ping_pong = self.was().canary.stable_ping_pong.clone();
        self.next.stable_rs = self.was().stable_rs.clone();
        self.next.current_step_hash = self.steps_hash();
        let end = self.spec().end();
        if self.has_changed() {
            self.start_over();
            if end.is_some() {
                self.skip_steps_of_rollback();
            }
            return self.finish();
        }
        let mut index = self.step_index();
        if self.was().promote_full || self.is_rollback_within_window() {
            self.intent.start_over();
            index = end.or(index);
        }
        if let Some(reason) = self.full_promotion() {
            self.promote(&reason);
            return self.finish();
        }
        if self.is_aborted() {
            if let Some(end) = end {
                let back = if self.next.stable_rs == self.next.current_pod_hash { end } else { 0 };
                self.next.current_step_index = Some(back);
            }
            return self.finish();
        }
        if self.step_is_done() {
            index = self.complete_step(index);
        }
        self.next.current_step_index = index;
        self.finish();
    }

    fn complete_step(&mut self, index: Option<i64>) -> Option<i64> {
        let text = self.step().map(ToString::to_string).unwrap_or_default();
        let (next, end) = (index.unwrap_or(0).saturating_add(1), self.spec().end().unwrap_or(0));
        self.next.canary.current_step_analysis_run_status = None;
        self.tell("RolloutStepCompleted", format!("Rollout step {next}/{end} completed ({text})"));
        self.intent.resume(CANARY_PAUSE);
        Some(next)
    }

    fn skip_steps_of_rollback(&mut self) {
        let Some(new) = self.sets.new_set() else { return };
        let message = if self.was().stable_rs == new.hash() {
            "Rollback to stable ReplicaSets"
        } else if self.is_rollback_within_window() && new.replicas > 0 {
            "Rollback to active ReplicaSets within RollbackWindow"
        } else {
            return;
        };
        self.next.current_step_index = self.spec().end();
        self.tell("SkipSteps", message);
    }
}
