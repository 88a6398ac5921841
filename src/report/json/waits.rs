//! Owns the JSON of what a Rollout waits for: one kind, one sentence, and the time when it ends by itself.
//!
//! It never adds a judgement of its own to [`mod@step::wait`]. Invariant: `person` is the kind exactly where only a person
//! can end the wait.

use jiff::Timestamp;
use serde::Serialize;

use crate::rollout::Rollout;
use crate::rollout::step::{self, Decision, Wait};
use crate::text::Printable;

/// What a Rollout waits for.
#[derive(Serialize)]
pub struct WaitsFor {
    kind: &'static str,
    decision: Option<&'static str>,
    text: Printable,
    until: Option<Timestamp>,
}

impl WaitsFor {
    /// Tells what a Rollout waits for.
    pub fn of(rollout: &Rollout, now: Timestamp) -> Self {
        let wait = step::wait(rollout);
        let until = if let Wait::Timer(end) = &wait { *end } else { None };
        let decision = if let Wait::Person(decision) = &wait { Some(word(decision)) } else { None };
        Self { kind: kind(&wait), decision, text: wait.text(now), until }
    }
}

fn kind(wait: &Wait) -> &'static str {
    match wait {
        Wait::Nothing => "nothing",
        Wait::Person(_) => "person",
        Wait::Timer(_) => "time",
        Wait::Analysis(_) => "analysis",
        Wait::Experiment(_) => "experiment",
        Wait::Plugin(_) => "plugin",
        Wait::Confirmation(_) => "router",
        Wait::Weight(_)
        | Wait::Scale
        | Wait::NewPods { .. }
        | Wait::Availability { .. }
        | Wait::OldPods(_)
        | Wait::Restart => "pods",
        Wait::Switch | Wait::Verification | Wait::Controller(_) => "controller",
    }
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::PauseStep => "pause_step",
        Decision::Switch => "switch",
        Decision::ManualPause => "manual_pause",
        Decision::InconclusiveAnalysis => "inconclusive_analysis",
        Decision::InconclusiveExperiment => "inconclusive_experiment",
        Decision::OtherPause(_) => "other_pause",
        Decision::Aborted => "aborted",
        Decision::InvalidSpec => "invalid_spec",
        Decision::TimedOut => "timed_out",
        Decision::Degraded => "degraded",
    }
}
