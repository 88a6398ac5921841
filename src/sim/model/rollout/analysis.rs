//! AnalysisRuns from the Rollout's side: which shall run, making and ending them, and what their end means.
//!
//! It never measures. Invariant: at most one run for each role is current; every other is told to end (Argo:
//! rollout/analysis.go).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pass::Pass;
use super::pause::{BLUE_GREEN_PAUSE, CANARY_PAUSE, INCONCLUSIVE_ANALYSIS};
use super::phase::is_over;
use super::runs::{Run, surplus};
use super::set::{HASH, Metadata, REVISION};
use super::spec::Analysis;
use super::status::RunStatus;
use super::templates::{Hashes, arguments, find, run_spec};
use crate::sim::model::Write;
use crate::sim::objects::kind::ANALYSIS_RUN;
use crate::sim::objects::{Part, Place};

mod roles;

/// Which run of a Rollout it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Step(i64),
    Background,
    PrePromotion,
    PostPromotion,
}

impl Role {
    fn label(self) -> &'static str {
        match self {
            Self::Step(_) => "Step",
            Self::Background => "Background",
            Self::PrePromotion => "PrePromotion",
            Self::PostPromotion => "PostPromotion",
        }
    }

    fn suffix(self) -> String {
        match self {
            Self::Step(index) => format!("-{index}"),
            Self::Background => String::new(),
            Self::PrePromotion => "-pre".to_owned(),
            Self::PostPromotion => "-post".to_owned(),
        }
    }
}

impl<'a> Pass<'a> {
    /// Brings the AnalysisRuns to what the update needs; false where one could not be made.
    pub fn reconcile_runs(&mut self) -> bool {
        let fast = self.sets.new_set().is_some_and(|set| set.deadline().is_some());
        let (full, first) = (self.was().promote_full, self.was().stable_rs.is_empty());
        if self.is_aborted() || full || fast || first || self.is_rollback_within_window() {
            self.note_runs();
            let all: Vec<Run<'a>> = self.runs.current().chain(&self.runs.others).cloned().collect();
            self.end_runs(&all);
            return true;
        }
        let made =
            if self.spec().strategy.canary.is_some() { self.canary_runs() } else { self.blue_green_runs() };
        if !made {
            return false;
        }
        self.note_runs();
        let current: Vec<Place> = self.runs.current().map(|run| run.place.clone()).collect();
        let mut others = self.runs.others.clone();
        others.retain(|run| !current.contains(&run.place));
        self.end_runs(&others);
        let hashes = self.living_hashes();
        let gone = surplus(&others, &hashes, self.run_limits());
        self.out.writes.extend(gone.into_iter().map(|place| Write::Delete { place }));
        self.tell_of_runs();
        true
    }

    /// Gives how many finished runs are kept: successful ones and others.
    pub fn run_limits(&self) -> (usize, usize) {
        let limits = self.spec().analysis.clone().unwrap_or_default();
        (limits.successful_run_history_limit.unwrap_or(5), limits.unsuccessful_run_history_limit.unwrap_or(5))
    }

    /// Gives the hashes of versions that are not being deleted.
    pub fn living_hashes(&self) -> Vec<String> {
        let living = self.sets.all.iter().filter(|set| set.metadata.deletion_timestamp.is_none());
        living.map(|set| set.hash().to_owned()).collect()
    }

    /// Tells runs to end that have not.
    pub fn end_runs(&mut self, runs: &[Run<'_>]) {
        for run in runs.iter().filter(|run| run.can_be_ended()) {
            self.merge(run.place.clone(), Part::Whole, json!({ "spec": { "terminate": true } }));
        }
    }

    /// Notes the current runs in the status to come.
    fn note_runs(&mut self) {
        let note = |run: &Option<Run<'_>>| run.as_ref().map(Run::note);
        if self.spec().strategy.canary.is_some() {
            self.next.canary.current_step_analysis_run_status = note(&self.runs.step);
            self.next.canary.current_background_analysis_run_status = note(&self.runs.background);
        } else {
            self.next.blue_green.pre_promotion_analysis_run_status = note(&self.runs.pre_promotion);
            self.next.blue_green.post_promotion_analysis_run_status = note(&self.runs.post_promotion);
        }
    }

    /// Tells of runs whose phase has changed since the last look (Argo: `emitAnalysisRunStatusChanges`).
    fn tell_of_runs(&mut self) {
        let was = self.was().clone();
        let (canary, blue_green) = (&was.canary, &was.blue_green);
        let all = [
            (
                &blue_green.post_promotion_analysis_run_status,
                self.runs.post_promotion.clone(),
                "PostPromotion",
            ),
            (&blue_green.pre_promotion_analysis_run_status, self.runs.pre_promotion.clone(), "PrePromotion"),
            (&canary.current_step_analysis_run_status, self.runs.step.clone(), "Step"),
            (&canary.current_background_analysis_run_status, self.runs.background.clone(), "Background"),
        ];
        for (before, run, role) in all {
            if let Some(run) = run.filter(|run| !run.phase.is_empty()) {
                self.tell_of_run(before.as_ref(), &run, role);
            }
        }
    }

    fn tell_of_run(&mut self, before: Option<&RunStatus>, run: &Run<'_>, role: &str) {
        if before.is_some_and(|before| *before.name != *run.place.name || before.status == run.phase) {
            return;
        }
        let (name, new) = (&run.place.name, &run.phase);
        let old = before.map_or("NoPreviousStatus", |before| before.status.as_str());
        let message = format!("{role} Analysis Run '{name}' Status New: '{new}' Previous: '{old}'");
        match run.phase.as_str() {
            "Failed" => self.warn("AnalysisRunFailed", message),
            "Error" => self.warn("AnalysisRunError", message),
            "Successful" => self.tell("AnalysisRunSuccessful", message),
            "Inconclusive" => self.tell("AnalysisRunInconclusive", message),
            "Pending" => self.tell("AnalysisRunPending", message),
            _ => self.tell("AnalysisRunRunning", message),
        }
    }

    /// Tells whether a role needs another run than its current one (Argo: `needsNewAnalysisRun`).
    fn needs_new_run(&self, current: Option<&Run<'_>>) -> bool {
        let Some(current) = current else { return true };
        let was = self.was();
        if was.controller_pause && was.pause(CANARY_PAUSE).is_none() && was.pause(BLUE_GREEN_PAUSE).is_none()
        {
            return current.phase == "Inconclusive";
        }
        was.aborted_at.is_some()
    }

    /// Makes a run; `None` where its templates or arguments fail.
    fn make_run(&mut self, role: Role, analysis: &Analysis) -> Option<Run<'a>> {
        let namespace = self.place().namespace.clone();
        let hash = self.current_hash();
        let stable = self.sets.stable_set().map(|set| set.hash().to_owned()).unwrap_or_default();
        let hashes = Hashes { latest: &hash, stable: &stable };
        let args = arguments(&analysis.args, hashes, &self.rollout).ok()?;
        let templates = find(self.objects, &namespace, analysis).ok()?;
        let spec = run_spec(&templates, analysis, &args).ok()?;
        let revision = self.rollout.metadata.annotations.get(REVISION).cloned().unwrap_or_default();
        let base = format!("{}-{hash}-{revision}{}", self.rollout.name(), role.suffix());
        let (name, known) = self.free_name(&base, &spec);
        if let Some(known) = known {
            return Some(known);
        }
        let (labels, annotations) = self.run_labels(role, analysis, &hash, &revision);
        let value = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AnalysisRun",
            "metadata": {
                "name": name,
                "namespace": &*namespace,
                "labels": labels,
                "annotations": annotations,
                "ownerReferences": self.rollout.owner_reference(),
            },
            "spec": spec,
        });
        let run = Run {
            place: Place::new(&ANALYSIS_RUN, &namespace, &name),
            metadata: Metadata::read(&value),
            phase: String::new(),
            message: String::new(),
            terminates: false,
            value: None,
        };
        self.out.writes.push(Write::Create { kind: &ANALYSIS_RUN, namespace, value });
        Some(run)
    }

    /// Gives the first name that is free, or the run of that name that measures the same and has not ended.
    fn free_name(&self, base: &str, spec: &Value) -> (String, Option<Run<'a>>) {
        let mut name = base.to_owned();
        for count in 1.. {
            let place = Place::new(&ANALYSIS_RUN, &self.place().namespace, &name);
            let Some(stored) = self.objects.get(&place) else { break };
            let all = self.runs.others.iter().chain(self.runs.current());
            let known = all.filter(|run| run.place == place && !is_over(&run.phase));
            let same = |key: &str| stored.value.pointer(&format!("/spec/{key}")) == spec.get(key);
            if let (Some(run), true) =
                (known.last(), ["metrics", "args", "dryRun", "measurementRetention"].into_iter().all(same))
            {
                return (name, Some(run.clone()));
            }
            name = format!("{base}.{count}");
        }
        (name, None)
    }

    fn run_labels(&self, role: Role, analysis: &Analysis, hash: &str, revision: &str) -> (Value, Value) {
        let mut labels = BTreeMap::from([(HASH, json!(hash)), ("rollout-type", json!(role.label()))]);
        if let Role::Step(index) = role {
            labels.insert("step-index", json!(index.to_string()));
        }
        let mut annotations = BTreeMap::from([(REVISION, json!(revision))]);
        let extra = |key: &str| analysis.analysis_run_metadata.get(key).and_then(Value::as_object);
        for (key, value) in extra("labels").into_iter().flatten() {
            labels.insert(key, value.clone());
        }
        for (key, value) in extra("annotations").into_iter().flatten() {
            annotations.insert(key, value.clone());
        }
        for (key, value) in self.spec().selector.iter().flat_map(|selector| &selector.match_labels) {
            labels.insert(key, json!(value));
        }
        (json!(labels), json!(annotations))
    }

    /// Pauses or aborts as a run's end demands.
    fn heed(&mut self, run: &Run<'_>, sentence: &str) {
        match run.phase.as_str() {
            "Inconclusive" => self.intent.pause(INCONCLUSIVE_ANALYSIS),
            "Error" | "Failed" => self.intent.abort(run.explain(sentence)),
            _ => {}
        }
    }
}
