//! Owns what a Rollout waits for at this moment, as one thing.
//!
//! Derived from what the controller tells and from how its completion rules read (Argo `rollout/canary.go`,
//! `rollout/pause.go`, `rollout/bluegreen.go`). It never promises that what is awaited will come. Invariant: what only
//! a person can end is [`Wait::Person`], and nothing else is.

use jiff::Timestamp;

use super::{BLUE_GREEN_PAUSE, CANARY_PAUSE, INCONCLUSIVE_ANALYSIS, INCONCLUSIVE_EXPERIMENT};
use super::{current, end_of};
use crate::rollout::phase::{self, Phase, Reader, Trouble};
use crate::rollout::{AnalysisStatus, BlueGreen, Canary, Pause, Rollout, Step, Strategy};
use crate::text::Printable;

mod words;

/// What a Rollout waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nothing: it is done.
    Nothing,
    /// A person.
    Person(Decision),
    /// A pause that ends by itself; `None` where its end cannot be known.
    Timer(Option<Timestamp>),
    /// An analysis; `None` where its run is not there yet.
    Analysis(Option<Running>),
    /// An experiment, by name; `None` where it is not there yet.
    Experiment(Option<Printable>),
    /// A step plugin, by name.
    Plugin(Printable),
    /// Pods of the canary, until it can carry this weight.
    Weight(i64),
    /// A router, to confirm this weight.
    Confirmation(i64),
    /// Pods of the canary, until it has the size that its step asks for.
    Scale,
    /// Pods of the new version to be made.
    NewPods {
        /// Made so far.
        updated: i64,
        /// Wanted.
        desired: i64,
    },
    /// Pods to become available.
    Availability {
        /// Available so far.
        available: i64,
        /// Pods of the new version.
        updated: i64,
    },
    /// This many old pods to end.
    OldPods(i64),
    /// Pods to be replaced because a restart was asked for.
    Restart,
    /// The active service to select the new version.
    Switch,
    /// The target group behind the active service to be verified.
    Verification,
    /// The controller.
    Controller(Act),
}

/// What only a person can end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A pause step without duration.
    PauseStep,
    /// The switch of a blue-green Rollout without automatic promotion.
    Switch,
    /// `spec.paused`.
    ManualPause,
    /// An analysis without verdict.
    InconclusiveAnalysis,
    /// An experiment without verdict.
    InconclusiveExperiment,
    /// A pause of a reason or at a step that this program cannot place; the reason.
    OtherPause(Printable),
    /// An aborted update.
    Aborted,
    /// A spec that the controller refuses.
    InvalidSpec,
    /// A passed progress deadline.
    TimedOut,
    /// A degraded state that says no more.
    Degraded,
}

/// An analysis that is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Name of the AnalysisRun.
    pub name: Printable,
    /// Its phase.
    pub status: Printable,
}

/// What the controller is expected to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To see the newest spec.
    ObserveSpec,
    /// To see the newest version of the referenced workload.
    ObserveWorkload,
    /// To go on after a pause was cleared.
    Resume,
    /// To act on an abort.
    Abort,
    /// To go on with its steps.
    Proceed,
}

/// Tells what a Rollout waits for.
pub fn wait(rollout: &Rollout) -> Wait {
    if !phase::is_spec_observed(rollout) {
        return Wait::Controller(Act::ObserveSpec);
    }
    if phase::is_resuming(rollout) {
        return Wait::Controller(Act::Resume);
    }
    if !phase::is_workload_observed(rollout) {
        return Wait::Controller(Act::ObserveWorkload);
    }
    match phase::phase_only(rollout, Reader::Screen) {
        Phase::Degraded => return Wait::Person(degraded(rollout)),
        Phase::Healthy => return Wait::Nothing,
        Phase::Progressing | Phase::Paused | Phase::Unknown => {}
    }
    if rollout.status.abort == Some(true) {
        return Wait::Controller(Act::Abort);
    }
    if rollout.spec.paused == Some(true) {
        return Wait::Person(Decision::ManualPause);
    }
    if let Some(wait) = pause(rollout) {
        return wait;
    }
    progress(rollout)
}

fn degraded(rollout: &Rollout) -> Decision {
    match phase::trouble(rollout) {
        Some(Trouble::Aborted) => Decision::Aborted,
        Some(Trouble::InvalidSpec) => Decision::InvalidSpec,
        Some(Trouble::TimedOut) => Decision::TimedOut,
        None => Decision::Degraded,
    }
}

/// Of several pauses, one that a person must end counts before one that ends by itself.
fn pause(rollout: &Rollout) -> Option<Wait> {
    let waits = rollout.status.pauses.list.iter().map(|pause| of_pause(rollout, pause));
    waits.min_by_key(|wait| match wait {
        Wait::Person(Decision::InconclusiveAnalysis | Decision::InconclusiveExperiment) => 0,
        Wait::Person(_) => 1,
        _ => 2,
    })
}

fn of_pause(rollout: &Rollout, pause: &Pause) -> Wait {
    let other = || Wait::Person(Decision::OtherPause(pause.reason.clone()));
    match (pause.reason.as_str(), &rollout.spec.strategy) {
        (INCONCLUSIVE_ANALYSIS, _) => Wait::Person(Decision::InconclusiveAnalysis),
        (INCONCLUSIVE_EXPERIMENT, _) => Wait::Person(Decision::InconclusiveExperiment),
        (CANARY_PAUSE, Strategy::Canary(_)) => match current(rollout) {
            Some((_, Step::Pause(None))) => Wait::Person(Decision::PauseStep),
            Some((_, Step::Pause(Some(_)))) => Wait::Timer(end_of(rollout, pause)),
            _ => other(),
        },
        (BLUE_GREEN_PAUSE, Strategy::BlueGreen(blue_green)) => match blue_green.auto_promotion {
            Some(false) => Wait::Person(Decision::Switch),
            _ => Wait::Timer(end_of(rollout, pause)),
        },
        _ => other(),
    }
}

fn progress(rollout: &Rollout) -> Wait {
    if phase::is_restarting(rollout) {
        return Wait::Restart;
    }
    let between_versions = !phase::is_settled(rollout);
    let on_ladder = between_versions && rollout.status.promote_full != Some(true);
    if let Some((_, step)) = current(rollout).filter(|_| on_ladder) {
        return of_step(rollout, step);
    }
    // A preview may be smaller than the Rollout, so its analysis counts before its pods.
    if let Some(run) = rollout.status.pre_promotion.as_ref().filter(|run| is_under_way(run)) {
        return analysis(Some(run));
    }
    if let Some(wait) = pods(rollout) {
        return wait;
    }
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => after_ladder(rollout, canary, between_versions),
        Strategy::BlueGreen(blue_green) => after_switch(rollout, blue_green, between_versions),
        Strategy::Unknown => Wait::Nothing,
    }
}

fn is_under_way(run: &AnalysisStatus) -> bool {
    matches!(run.status.as_str(), "" | "Pending" | "Running")
}

fn of_step(rollout: &Rollout, step: &Step) -> Wait {
    let status = &rollout.status;
    match step {
        Step::SetWeight(weight) => match (availability(rollout), status.weights.and_then(|it| it.verified)) {
            (Some(wait), _) => wait,
            (None, Some(false)) => Wait::Confirmation(*weight),
            (None, _) => Wait::Weight(*weight),
        },
        Step::SetCanaryScale(_) => availability(rollout).unwrap_or(Wait::Scale),
        Step::Analysis(_) => analysis(status.step_analysis.as_ref()),
        Step::Experiment => Wait::Experiment(status.experiment.clone().filter(|name| !name.is_empty())),
        Step::Plugin(name) => Wait::Plugin(name.clone()),
        Step::Pause(_) | Step::SetHeaderRoute(_) | Step::SetMirrorRoute(_) | Step::Unknown => {
            Wait::Controller(Act::Proceed)
        }
    }
}

fn analysis(run: Option<&AnalysisStatus>) -> Wait {
    let named = run.filter(|run| !run.name.is_empty());
    Wait::Analysis(named.map(|run| Running { name: run.name.clone(), status: run.status.clone() }))
}

fn pods(rollout: &Rollout) -> Option<Wait> {
    let (updated, desired) = (rollout.status.replicas.updated, rollout.spec.replicas.unwrap_or(1));
    if updated < desired {
        return Some(Wait::NewPods { updated, desired });
    }
    availability(rollout)
}

fn availability(rollout: &Rollout) -> Option<Wait> {
    let (available, updated) = (rollout.status.replicas.available, rollout.status.replicas.updated);
    (available < updated).then_some(Wait::Availability { available, updated })
}

fn after_ladder(rollout: &Rollout, canary: &Canary, between_versions: bool) -> Wait {
    let replicas = &rollout.status.replicas;
    let old = replicas.current.saturating_sub(replicas.updated);
    if !canary.traffic_routed && old > 0 {
        return Wait::OldPods(old);
    }
    if between_versions { Wait::Controller(Act::Proceed) } else { Wait::Nothing }
}

fn after_switch(rollout: &Rollout, blue_green: &BlueGreen, between_versions: bool) -> Wait {
    if !phase::is_switched(rollout) {
        return Wait::Switch;
    }
    match (between_versions, phase::is_judging_switch(rollout, blue_green)) {
        (false, _) => Wait::Nothing,
        (true, true) => analysis(rollout.status.post_promotion.as_ref()),
        (true, false) => Wait::Verification,
    }
}
