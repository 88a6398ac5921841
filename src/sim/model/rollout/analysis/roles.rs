//! The run of each role: step, background, before and after promotion.
//!
//! It owns when a role has a run and when that counts. Invariant: a role that has no run now leaves none current (Argo:
//! rollout/analysis.go `reconcileStepBasedAnalysisRun` and its siblings).

use super::Role;
use crate::sim::model::rollout::pass::Pass;
use crate::sim::model::rollout::pause::INCONCLUSIVE_ANALYSIS;
use crate::sim::model::rollout::runs::Run;
use crate::sim::model::rollout::spec::{Analysis, BlueGreen};

impl<'a> Pass<'a> {
    /// Brings the runs of step and background up to date.
    pub(super) fn canary_runs(&mut self) -> bool {
        let Some(step) = self.step_run() else { return false };
        let Some(background) = self.background_run() else { return false };
        self.runs.step = step;
        self.runs.background = background;
        true
    }

    /// Brings the runs before and after promotion up to date.
    pub(super) fn blue_green_runs(&mut self) -> bool {
        let Some(strategy) = self.spec().strategy.blue_green.clone() else { return true };
        let (pre, post) =
            (strategy.pre_promotion_analysis.as_ref(), strategy.post_promotion_analysis.as_ref());
        let skips = self.skips_pre_promotion(&strategy);
        let Some(pre) = self.promotion_run(Role::PrePromotion, pre, skips) else { return false };
        if let Some(run) = &pre {
            self.heed(run, "Blue/green pre-promotion analysis phase error/failed");
        }
        self.runs.pre_promotion = pre;
        let skips = self.skips_post_promotion();
        let Some(post) = self.promotion_run(Role::PostPromotion, post, skips) else { return false };
        if let Some(run) = &post {
            self.heed(run, "Blue/green post-promotion analysis phase error/failed");
        }
        self.runs.post_promotion = post;
        true
    }

    /// Gives the step's run; `None` where it could not be made.
    fn step_run(&mut self) -> Option<Option<Run<'a>>> {
        let current = self.runs.step.clone();
        if !self.was().pause_conditions.is_empty() || self.was().abort {
            return Some(current);
        }
        let analysis =
            self.step().and_then(|step| step.analysis.clone()).filter(|it| !it.templates.is_empty());
        let index = self.step_index().unwrap_or(0);
        let of_step = |run: &Run<'_>| run.metadata.labels.get("step-index") == Some(&index.to_string());
        let Some(analysis) = analysis.filter(|_| current.as_ref().is_none_or(of_step)) else {
            self.end_runs(current.as_slice());
            return Some(None);
        };
        if self.needs_new_run(current.as_ref()) {
            return self.make_run(Role::Step(index), &analysis).map(Some);
        }
        if let Some(run) = &current {
            self.heed(run, "Step-based analysis phase error/failed");
        }
        Some(current)
    }

    /// Gives the background run; `None` where it could not be made.
    fn background_run(&mut self) -> Option<Option<Run<'a>>> {
        let current = self.runs.background.clone();
        let background = self.spec().strategy.canary.as_ref().and_then(|canary| canary.analysis.clone());
        let Some(background) = background.filter(|it| !it.analysis.templates.is_empty()) else {
            self.end_runs(current.as_slice());
            return Some(None);
        };
        let was = self.was();
        let index = self.step_index();
        let is_early = background.starting_step.zip(index).is_some_and(|(start, index)| index < start);
        if was.is_promoted() || was.stable_rs.is_empty() || was.current_pod_hash.is_empty() || is_early {
            return Some(None);
        }
        if was.pause(INCONCLUSIVE_ANALYSIS).is_some() {
            return Some(current);
        }
        if self.needs_new_run(current.as_ref()) {
            return self.make_run(Role::Background, &background.analysis).map(Some);
        }
        if let Some(run) = &current {
            self.heed(run, "Background analysis phase error/failed");
        }
        Some(current)
    }

    fn promotion_run(
        &mut self,
        role: Role,
        analysis: Option<&Analysis>,
        skips: bool,
    ) -> Option<Option<Run<'a>>> {
        let is_pre = role == Role::PrePromotion;
        let current = if is_pre { self.runs.pre_promotion.clone() } else { self.runs.post_promotion.clone() };
        let Some(analysis) = analysis.filter(|analysis| !analysis.templates.is_empty()) else {
            self.end_runs(current.as_slice());
            return Some(None);
        };
        if skips {
            self.end_runs(current.as_slice());
            return Some(current);
        }
        if self.was().pause(INCONCLUSIVE_ANALYSIS).is_none() && self.needs_new_run(current.as_ref()) {
            return self.make_run(role, analysis).map(Some);
        }
        Some(current)
    }

    fn skips_pre_promotion(&self, strategy: &BlueGreen) -> bool {
        let (was, hash) = (self.was(), self.current_hash());
        let active = &was.blue_green.active_selector;
        if was.stable_rs == hash || active.is_empty() || *active == hash {
            return true;
        }
        if self.runs.pre_promotion.is_some() {
            return false;
        }
        self.sets.new_set().is_none_or(|new| match strategy.preview_replica_count {
            Some(few) => new.replicas != few || new.status.available_replicas != few,
            None => !new.is_saturated(self.spec().wanted()),
        })
    }

    fn skips_post_promotion(&self) -> bool {
        let (was, hash) = (self.was(), self.current_hash());
        if was.stable_rs == hash || was.blue_green.active_selector != hash {
            return true;
        }
        let saturated = self.sets.new_set().is_some_and(|new| new.is_saturated(self.spec().wanted()));
        self.runs.post_promotion.is_none() && !saturated
    }

    /// Tells whether old versions stay because an analysis after promotion has not succeeded, or could not tell.
    pub fn old_must_wait_for_analysis(&self) -> bool {
        if self.was().pause(INCONCLUSIVE_ANALYSIS).is_some() {
            return true;
        }
        let Some(strategy) = &self.spec().strategy.blue_green else { return false };
        let waits = strategy.post_promotion_analysis.is_some() && strategy.scale_down_delay_seconds.is_none();
        let succeeded = self.runs.post_promotion.as_ref().is_some_and(|run| run.phase == "Successful");
        waits && !self.skips_post_promotion() && !succeeded
    }
}
