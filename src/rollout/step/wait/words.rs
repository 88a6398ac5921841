//! Owns the words for what a Rollout waits for.
//!
//! It never decides what that is, and reads no clock. Invariant: every text completes "waits for …".

use jiff::Timestamp;

use super::{Act, Decision, Wait};
use crate::rollout::age;
use crate::text::Printable;

impl Wait {
    /// Writes what is awaited so that it completes "waits for …".
    pub fn text(&self, now: Timestamp) -> Printable {
        Printable::from(match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Person(decision) => return decision.text(),
            Self::Timer(end) => timer(*end, now),
            Self::Analysis(Some(run)) if run.status.is_empty() => format!("analysis {}", run.name),
            Self::Analysis(Some(run)) => format!("analysis {} ({})", run.name, run.status),
            Self::Analysis(None) => "an analysis to begin".to_owned(),
            Self::Experiment(Some(name)) => format!("experiment {name}"),
            Self::Experiment(None) => "an experiment to begin".to_owned(),
            Self::Plugin(name) => format!("step plugin {name}"),
            Self::Weight(weight) => format!("the canary to reach weight {weight}"),
            Self::Confirmation(weight) => format!("the router to confirm weight {weight}"),
            Self::Scale => "the canary to reach its size".to_owned(),
            Self::NewPods { updated, desired } => format!("new pods: {updated} of {desired} made"),
            Self::Availability { available, updated } => format!("pods: {available} of {updated} available"),
            Self::OldPods(old) => format!("old pods to end: {old}"),
            Self::Restart => "pods to restart".to_owned(),
            Self::Switch => "the active service to switch".to_owned(),
            Self::Verification => "the switch to be verified".to_owned(),
            Self::Controller(act) => return Printable::ours(act.text()),
        })
    }
}

fn timer(end: Option<Timestamp>, now: Timestamp) -> String {
    match end.map(|end| end.duration_since(now)) {
        None => "the pause to end".to_owned(),
        Some(left) if left.is_negative() => format!("the pause to end, {} overdue", age::human(-left)),
        Some(left) => format!("the pause to end in {}", age::human(left)),
    }
}

impl Decision {
    /// Writes what a person has to decide so that it completes "waits for …".
    pub fn text(&self) -> Printable {
        Printable::ours(match self {
            Self::PauseStep => "a person to end the pause",
            Self::Switch => "a person to switch to the new version",
            Self::ManualPause => "a person to resume: paused by hand",
            Self::InconclusiveAnalysis => "a person to judge an inconclusive analysis",
            Self::InconclusiveExperiment => "a person to judge an inconclusive experiment",
            Self::OtherPause(reason) => return Printable::from(format!("a person: paused by {reason}")),
            Self::Aborted => "a person to retry or revert: aborted",
            Self::InvalidSpec => "a person: the spec is refused",
            Self::TimedOut => "a person: no progress before the deadline",
            Self::Degraded => "a person: degraded",
        })
    }
}

impl Act {
    fn text(self) -> &'static str {
        match self {
            Self::ObserveSpec => "the controller to see the new spec",
            Self::ObserveWorkload => "the controller to see the new workload",
            Self::Resume => "the controller to resume",
            Self::Abort => "the controller to abort",
            Self::Proceed => "the controller to go on",
        }
    }
}
