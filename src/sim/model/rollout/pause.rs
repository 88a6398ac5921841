//! What a look found out about pausing and aborting, and what becomes of the status by it.
//!
//! It never writes; conditions and Events follow elsewhere. Invariant: an abort takes every pause away, and a pause that
//! stands keeps the time at which it began (Argo: rollout/pause.go).

use jiff::Timestamp;

use super::conditions::{later, whole};
use super::pass::Pass;
use super::spec::Step;
use super::status::{PauseCondition, Status};

/// Waits at a step.
pub const CANARY_PAUSE: &str = "CanaryPauseStep";
/// Waits before promotion.
pub const BLUE_GREEN_PAUSE: &str = "BlueGreenPause";
/// Waits because an analysis could not tell.
pub const INCONCLUSIVE_ANALYSIS: &str = "InconclusiveAnalysisRun";
/// Waits because an Experiment could not tell.
pub const INCONCLUSIVE_EXPERIMENT: &str = "InconclusiveExperiment";

/// What is to become of pauses and of the abort.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    add: Vec<&'static str>,
    remove: Vec<&'static str>,
    clear: bool,
    abort: Option<String>,
    unabort: bool,
}

impl Intent {
    /// Tells whether the update is aborted.
    pub fn is_aborted(&self, was: &Status) -> bool {
        !self.unabort && (self.abort.is_some() || was.abort)
    }

    /// Tells whether this look adds a pause.
    pub fn adds_pause(&self) -> bool {
        !self.add.is_empty()
    }

    /// Pauses.
    pub fn pause(&mut self, reason: &'static str) {
        self.add.push(reason);
    }

    /// Ends a pause.
    pub fn resume(&mut self, reason: &'static str) {
        self.remove.push(reason);
    }

    /// Ends every pause and the abort.
    pub fn start_over(&mut self) {
        self.clear = true;
        self.unabort = true;
    }

    /// Aborts, with words on why.
    pub fn abort(&mut self, message: String) {
        self.abort = Some(message);
    }

    /// Takes the abort back.
    pub fn unabort(&mut self) {
        self.unabort = true;
    }

    /// Gives why this look aborts.
    pub fn abort_message(&self) -> Option<&str> {
        self.abort.as_deref().filter(|message| !message.is_empty())
    }

    /// Writes pauses and abort into the status to come.
    pub fn settle(&self, was: &Status, next: &mut Status, now: Timestamp) {
        let aborts = self.abort.is_some() || (!self.unabort && was.abort);
        next.abort = aborts;
        next.aborted_at = aborts.then(|| was.aborted_at.unwrap_or(whole(now)));
        if aborts || self.clear {
            return;
        }
        let kept = was.pause_conditions.iter().filter(|pause| !self.remove.contains(&pause.reason.as_str()));
        let mut pauses: Vec<PauseCondition> = kept.cloned().collect();
        let mut by_controller = was.controller_pause;
        for reason in self.add.iter().filter(|reason| was.pause(reason).is_none()) {
            pauses.push(PauseCondition { reason: (*reason).to_owned(), start_time: whole(now) });
            by_controller = true;
        }
        if !pauses.is_empty() {
            next.controller_pause = by_controller;
            next.pause_conditions = pauses;
        }
    }
}

impl Pass<'_> {
    /// Gives why nothing may be scaled or switched, if so (Argo: rollout/context.go `haltProgress`).
    pub fn is_halted(&self) -> bool {
        self.spec().paused || self.was().pause(INCONCLUSIVE_ANALYSIS).is_some()
    }

    /// Tells whether the pause of a step is over: by a person or by time.
    pub fn pause_step_is_over(&self, step: &Step) -> bool {
        let Some(pause) = self.was().pause(CANARY_PAUSE) else { return self.was().controller_pause };
        let seconds = step.pause.as_ref().and_then(|pause| pause.seconds());
        seconds.is_some_and(|seconds| self.now >= later(pause.start_time, seconds))
    }

    /// Pauses at a pause step, or sees to it that its end is not missed; tells whether the step is one.
    pub fn reconcile_pause_step(&mut self) -> bool {
        let (Some(step), false) = (self.step().cloned(), self.spec().paused || self.was().promote_full)
        else {
            return false;
        };
        let Some(asked) = &step.pause else { return false };
        match self.was().pause(CANARY_PAUSE).map(|pause| pause.start_time) {
            None if !self.was().controller_pause => self.intent.pause(CANARY_PAUSE),
            None => {}
            Some(since) => {
                if let Some(seconds) = asked.seconds() {
                    self.wait_until(since, seconds);
                }
            }
        }
        true
    }

    /// Looks again some seconds after a time, if that is still to come.
    pub fn wait_until(&mut self, since: Timestamp, seconds: i64) {
        let end = later(since, seconds);
        if end > self.now {
            self.out.look_again(end);
        }
    }
}
