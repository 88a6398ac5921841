//! The AnalysisRuns and Experiments that a Rollout owns, and which of them its status calls current.
//!
//! It never makes or ends one. Invariant: a run is current by its name in the status alone; all others are old (Argo:
//! utils/analysis/filter.go, utils/experiment/filter.go).

use serde_json::Value;

use super::pass::Rollout;
use super::phase::is_over;
use super::set::Metadata;
use super::status::RunStatus;
use crate::sim::objects::kind::{ANALYSIS_RUN, EXPERIMENT};
use crate::sim::objects::{Objects, Place, Stored};

/// An AnalysisRun or an Experiment.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    /// Where it lives.
    pub place: Place,
    /// Its metadata.
    pub metadata: Metadata,
    /// Its phase; empty before its controller has seen it.
    pub phase: String,
    /// Its message.
    pub message: String,
    /// Whether it was told to end.
    pub terminates: bool,
    /// The object, where it was stored before this look.
    pub value: Option<&'a Value>,
}

/// All of a Rollout's runs.
#[derive(Clone, Debug, Default)]
pub struct Runs<'a> {
    /// The run of the step in progress.
    pub step: Option<Run<'a>>,
    /// The run beside the steps.
    pub background: Option<Run<'a>>,
    /// The run before promotion.
    pub pre_promotion: Option<Run<'a>>,
    /// The run after promotion.
    pub post_promotion: Option<Run<'a>>,
    /// The other AnalysisRuns.
    pub others: Vec<Run<'a>>,
    /// The Experiment in progress.
    pub experiment: Option<Run<'a>>,
    /// The other Experiments.
    pub other_experiments: Vec<Run<'a>>,
}

impl<'a> Run<'a> {
    fn read(stored: &'a Stored) -> Self {
        let text = |path| stored.value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            place: stored.place.clone(),
            metadata: Metadata::read(&stored.value),
            phase: text("/status/phase"),
            message: text("/status/message"),
            terminates: stored.value.pointer("/spec/terminate").and_then(Value::as_bool).unwrap_or(false),
            value: Some(&stored.value),
        }
    }

    /// Tells whether it still runs and was not told to end.
    pub fn can_be_ended(&self) -> bool {
        !self.terminates && !is_over(&self.phase)
    }

    /// Gives what a Rollout's status notes of it.
    pub fn note(&self) -> RunStatus {
        RunStatus {
            name: self.place.name.to_string(),
            status: self.phase.clone(),
            message: self.message.clone(),
        }
    }

    /// Joins what it died of to a sentence.
    pub fn explain(&self, sentence: &str) -> String {
        if self.message.is_empty() { sentence.to_owned() } else { format!("{sentence}: {}", self.message) }
    }
}

impl<'a> Runs<'a> {
    /// Reads a Rollout's runs.
    pub fn read(objects: &'a Objects, rollout: &Rollout<'_>) -> Self {
        let (canary, blue_green) = (&rollout.status.canary, &rollout.status.blue_green);
        let is = |known: &Option<RunStatus>, run: &Run<'_>| {
            known.as_ref().is_some_and(|it| *it.name == *run.place.name)
        };
        let mut runs = Self::default();
        for run in objects.owned_by(&ANALYSIS_RUN, rollout.stored).map(|stored| Run::read(stored)) {
            let role = if is(&canary.current_step_analysis_run_status, &run) {
                &mut runs.step
            } else if is(&canary.current_background_analysis_run_status, &run) {
                &mut runs.background
            } else if is(&blue_green.pre_promotion_analysis_run_status, &run) {
                &mut runs.pre_promotion
            } else if is(&blue_green.post_promotion_analysis_run_status, &run) {
                &mut runs.post_promotion
            } else {
                runs.others.push(run);
                continue;
            };
            *role = Some(run);
        }
        for run in objects.owned_by(&EXPERIMENT, rollout.stored).map(|stored| Run::read(stored)) {
            if *run.place.name == *canary.current_experiment {
                runs.experiment = Some(run);
            } else {
                runs.other_experiments.push(run);
            }
        }
        runs
    }

    /// Gives the phase of the Experiment in progress.
    pub fn experiment_phase(&self) -> Option<&str> {
        self.experiment.as_ref().map(|run| run.phase.as_str())
    }

    /// Gives the AnalysisRuns that the status calls current.
    pub fn current(&self) -> impl Iterator<Item = &Run<'a>> {
        [&self.step, &self.background, &self.pre_promotion, &self.post_promotion].into_iter().flatten()
    }

    /// Gives the old runs of a version.
    pub fn others_of(&self, hash: &str) -> impl Iterator<Item = Place> {
        let all = self.others.iter().chain(&self.other_experiments);
        all.filter(move |run| run.metadata.hash() == hash).map(|run| run.place.clone())
    }
}

/// Gives those of the old runs that are one too many, or whose version is gone (Argo: `FilterAnalysisRunsToDelete`).
pub fn surplus(old: &[Run<'_>], hashes: &[String], limits: (usize, usize)) -> Vec<Place> {
    let mut sorted: Vec<&Run<'_>> = old.iter().collect();
    sorted.sort_by_key(|run| std::cmp::Reverse(run.metadata.creation_timestamp));
    let ((mut well, mut badly), mut running) = (limits, usize::MAX);
    let mut gone = Vec::new();
    for run in sorted {
        let left = match run.phase.as_str() {
            "Successful" => &mut well,
            "Failed" | "Error" | "Inconclusive" => &mut badly,
            _ => &mut running,
        };
        if !hashes.iter().any(|hash| hash == run.metadata.hash()) || *left == 0 {
            gone.push(run.place.clone());
        } else {
            *left -= 1;
        }
    }
    gone
}
