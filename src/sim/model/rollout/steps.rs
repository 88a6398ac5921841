//! The step in progress, and when it is done.
//!
//! It never moves the index; `canary` does. Invariant: a person's pause lets no step finish (Argo: rollout/canary.go
//! `completedCurrentCanaryStep`).

use super::pass::Pass;
use super::replicas::are_reached;
use super::spec::Step;

impl Pass<'_> {
    /// Gives the index of the step in progress, or the number of steps; `None` without steps.
    pub fn step_index(&self) -> Option<i64> {
        self.spec().end().map(|_| self.was().current_step_index.unwrap_or(0))
    }

    /// Gives the step in progress; `None` when all are done.
    pub fn step(&self) -> Option<&Step> {
        let index = self.step_index()?;
        self.spec().steps().get(usize::try_from(index).ok()?)
    }

    /// Tells whether the step in progress is done.
    pub fn step_is_done(&self) -> bool {
        let (Some(step), false) = (self.step(), self.spec().paused) else { return false };
        if step.pause.is_some() {
            return self.pause_step_is_over(step);
        }
        let weights = self.next.canary.weights.as_ref();
        if step.set_canary_scale.is_some() {
            return are_reached(&self.rollout, &self.sets, weights);
        }
        if step.set_weight.is_some() {
            let refused = weights.is_some_and(|weights| weights.verified == Some(false));
            return are_reached(&self.rollout, &self.sets, weights) && !refused;
        }
        if step.experiment.is_some() {
            return self.runs.experiment_phase() == Some("Successful");
        }
        if step.analysis.is_some() {
            return self.runs.step.as_ref().is_some_and(|run| run.phase == "Successful");
        }
        // Routes and plugins are taken as set at once.
        step.set_header_route.is_some() || step.set_mirror_route.is_some() || step.plugin.is_some()
    }
}
