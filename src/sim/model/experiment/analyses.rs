//! The AnalysisRuns that judge an Experiment.
//!
//! It owns making and ending them, and what is noted of each (Argo: experiments/experiment.go, reconcileAnalysisRun).
//! It never measures. Invariant: no run begins before all templates are available, and none while the Experiment ends.

use serde_json::{Map, Value, json};

use super::Pass;
use super::templates::HASH;
use super::wire::{Analysis, RunStatus};
use crate::sim::model::analysis::substitute;
use crate::sim::model::analysis::wire::Phase;
use crate::sim::model::rollout::{spec, templates};
use crate::sim::model::{Write, moment, owner};
use crate::sim::objects::kind::{ANALYSIS_RUN, ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE, ROLLOUT};
use crate::sim::objects::{Part, Place};

impl Pass<'_> {
    /// Begins, ends or looks at the run of an analysis, and notes how it stands.
    pub fn look_after_analysis(&mut self, analysis: &Analysis) {
        let known = self.was.run(&analysis.name).cloned();
        let was = known.unwrap_or_else(|| RunStatus { name: analysis.name.clone(), ..RunStatus::default() });
        let mut status = was.clone();
        if let Err(message) = self.advance(analysis, &mut status) {
            status.phase = Phase::Error;
            status.message = message;
        }
        if was.phase != status.phase && status.phase != Phase::Unset {
            self.tell_run(&was, &status);
        }
        self.next.keep_run(status);
    }

    fn advance(&mut self, analysis: &Analysis, status: &mut RunStatus) -> Result<(), String> {
        let name = &analysis.name;
        if self.was.available_at.is_none() {
            let kind = if analysis.cluster_scope { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
            let verified = self.template_of(analysis);
            return verified
                .map_err(|missing| format!("{kind} verification failed for analysis '{name}': {missing}"));
        }
        if status.analysis_run.is_empty() {
            if self.ends {
                return Ok(());
            }
            let run = self
                .make_run(analysis)
                .map_err(|fault| format!("Failed to create AnalysisRun for analysis '{name}': {fault}"))?;
            status.phase = Phase::Pending;
            status.analysis_run = run;
            return Ok(());
        }
        if status.phase.is_over() {
            return Ok(());
        }
        let place = Place::new(&ANALYSIS_RUN, &self.experiment.place.namespace, &status.analysis_run);
        let run = self.objects.get(&place);
        let run =
            run.ok_or_else(|| format!("analysisrun.argoproj.io \"{}\" not found", status.analysis_run))?;
        let phase = run.value.pointer("/status/phase").cloned().unwrap_or_default();
        let phase: Phase = serde_json::from_value(phase).unwrap_or_default();
        if !self.ends {
            status.phase = phase;
            owner::text(&run.value, "/status/message").clone_into(&mut status.message);
        } else if !phase.is_over() && run.value.pointer("/spec/terminate") != Some(&Value::Bool(true)) {
            let patch = json!({"spec": {"terminate": true}});
            self.outcome.writes.push(Write::Merge { place, part: Part::Whole, patch });
            let message = format!("Terminating {name} ({})", status.analysis_run);
            self.tell(false, "AnalysisRunTerminating", message);
        }
        Ok(())
    }

    fn template_of(&self, analysis: &Analysis) -> Result<(), String> {
        let (kind, name) = match analysis.cluster_scope {
            true => (&CLUSTER_ANALYSIS_TEMPLATE, &analysis.template_name),
            false => (&ANALYSIS_TEMPLATE, &analysis.template_name),
        };
        let found = self.objects.get(&Place::new(kind, &self.experiment.place.namespace, name));
        found.map(|_| ()).ok_or_else(|| format!("{}.{} {name:?} not found", kind.singular, kind.group))
    }

    /// Asks for the run of an analysis and gives its name (Argo: newAnalysisRun, CreateWithCollisionCounter).
    fn make_run(&mut self, analysis: &Analysis) -> Result<String, String> {
        self.template_of(analysis)?;
        let namespace = self.experiment.place.namespace.clone();
        let args = self.arguments(analysis)?;
        let asked: spec::Analysis = serde_json::from_value(json!({
            "templates": [{"templateName": analysis.template_name, "clusterScope": analysis.cluster_scope}],
            "dryRun": self.spec.dry_run,
            "measurementRetention": self.spec.measurement_retention,
        }))
        .map_err(|fault| fault.to_string())?;
        let found = templates::find(self.objects, &namespace, &asked).map_err(|missing| missing.message)?;
        let spec = templates::run_spec(&found, &asked, &args)?;
        let base = format!("{}-{}", self.experiment.place.name, analysis.name);
        let (mut name, mut count) = (base.clone(), 0);
        while let Some(known) = self.objects.get(&Place::new(&ANALYSIS_RUN, &namespace, &name)) {
            let mine = known.controller() == Some(self.experiment.uid());
            let phase = known.value.pointer("/status/phase").cloned().unwrap_or_default();
            let over = serde_json::from_value::<Phase>(phase).is_ok_and(Phase::is_over);
            if mine && !over && known.value.get("spec") == Some(&spec) {
                return Ok(name);
            }
            count += 1;
            name = format!("{base}.{count}");
        }
        let extra = |key: &str| self.spec.analysis_run_metadata.get(key).and_then(Value::as_object).cloned();
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), json!(name));
        metadata.insert("namespace".to_owned(), json!(*namespace));
        for key in ["labels", "annotations"] {
            if let Some(values) = extra(key).filter(|values| !values.is_empty()) {
                metadata.insert(key.to_owned(), json!(values));
            }
        }
        let by = owner::reference("argoproj.io/v1alpha1", "Experiment", &self.experiment.value);
        metadata.insert("ownerReferences".to_owned(), json!([by]));
        let value = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": metadata, "spec": spec,
        });
        self.outcome.writes.push(Write::Create { kind: &ANALYSIS_RUN, namespace, value });
        Ok(name)
    }

    /// The arguments of an analysis, in which templates and times of the Experiment may be named.
    fn arguments(&self, analysis: &Analysis) -> Result<Vec<Value>, String> {
        let lookup = |tag: &str| {
            let (what, field) = tag.trim().split_once('.')?;
            match (what, field) {
                ("experiment", "availableAt") => self.was.available_at.map(moment::written),
                ("experiment", "finishedAt") => self.spec.over_at(&self.was).map(moment::written),
                ("templates", field) => {
                    let (name, field) = field.split_once('.')?;
                    let set = self.set_of(name)?;
                    match field {
                        "podTemplateHash" => set.label(HASH).map(str::to_owned),
                        "replicaset.name" => Some(set.place.name.to_string()),
                        _ => None,
                    }
                }
                _ => None,
            }
        };
        let resolve = |arg: &Value| {
            let mut resolved = Map::new();
            resolved.insert("name".to_owned(), arg.get("name").cloned().unwrap_or_default());
            if let Some(value) = arg.get("value").and_then(Value::as_str) {
                resolved.insert("value".to_owned(), json!(substitute(value, lookup)?));
            }
            Ok(Value::Object(resolved))
        };
        analysis.args.iter().map(resolve).collect()
    }

    fn tell_run(&mut self, was: &RunStatus, is: &RunStatus) {
        let mut message = format!(
            "AnalysisRun '{}' transitioned from {} -> {}",
            is.name,
            was.phase.word(),
            is.phase.word()
        );
        if !is.message.is_empty() {
            message.push_str(&format!(": {}", is.message));
        }
        let (warning, reason) = match is.phase {
            Phase::Failed => (true, "AnalysisRunFailed"),
            Phase::Error => (true, "AnalysisRunError"),
            Phase::Inconclusive => (true, "AnalysisRunInconclusive"),
            Phase::Pending => (false, "AnalysisRunPending"),
            Phase::Running => (false, "AnalysisRunRunning"),
            Phase::Successful => (false, "AnalysisRunSuccessful"),
            Phase::Unset => (false, "AnalysisRun"),
        };
        self.tell(warning, reason, message.clone());
        // The Rollout hears of it too, always as a warning, so that its notifications do.
        if let Some(by) = owner::controller(&self.experiment.value).filter(|by| by.kind == "Rollout") {
            let about = Place::new(&ROLLOUT, &self.experiment.place.namespace, by.name);
            self.outcome.writes.push(Write::Tell { about, warning: true, reason, message });
        }
    }
}
