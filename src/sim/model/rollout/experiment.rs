//! A canary's Experiment steps: making the Experiment, and what its end means.
//!
//! It never runs one. Invariant: an Experiment that is no longer that of the step is told to end (Argo:
//! rollout/experiment.go).

use serde_json::{Map, Value, json};

use super::pass::Pass;
use super::pause::{INCONCLUSIVE_ANALYSIS, INCONCLUSIVE_EXPERIMENT};
use super::phase::is_over;
use super::put::{put, put_some};
use super::runs::{Run, surplus};
use super::set::{HASH, Metadata, REVISION, Set};
use super::spec::{Experiment, ExperimentTemplate, Step};
use super::status::Destination;
use super::templates::{Hashes, arguments, items};
use crate::sim::model::Write;
use crate::sim::objects::Place;
use crate::sim::objects::kind::EXPERIMENT;

impl<'a> Pass<'a> {
    /// Brings the Experiments to what the step needs; false where one could not be made.
    pub fn reconcile_experiment(&mut self) -> bool {
        if self.is_aborted() || self.was().promote_full {
            let all: Vec<_> =
                self.runs.other_experiments.iter().chain(&self.runs.experiment).cloned().collect();
            self.end_runs(&all);
            return true;
        }
        if self.was().pause(INCONCLUSIVE_ANALYSIS).is_some() {
            return true;
        }
        let step = self.step().and_then(|step| step.experiment.clone());
        let mut others = self.runs.other_experiments.clone();
        match (&step, self.runs.experiment.clone()) {
            (Some(step), current) => {
                if current.is_none() && self.sets.stable_set().is_none() {
                    return true;
                }
                let Some(current) = current.or_else(|| self.make_experiment(step)) else { return false };
                others.retain(|run| run.place != current.place);
                self.heed_experiment(current);
            }
            (None, current) => others.extend(current),
        }
        self.end_runs(&others);
        let gone = surplus(&others, &self.living_hashes(), self.run_limits());
        self.out.writes.extend(gone.into_iter().map(|place| Write::Delete { place }));
        true
    }

    fn heed_experiment(&mut self, run: Run<'a>) {
        match run.phase.as_str() {
            "Inconclusive" => self.intent.pause(INCONCLUSIVE_EXPERIMENT),
            "Error" | "Failed" => self.intent.abort(run.explain("Experiment analysis phase is error/failed")),
            "Successful" => {}
            _ => {
                self.next.canary.current_experiment = run.place.name.to_string();
                self.runs.experiment = Some(run);
            }
        }
    }

    /// Gives the shares of the traffic that the running Experiment's versions get.
    pub fn experiment_shares(&self) -> Vec<Destination> {
        let index = usize::try_from(self.step_index().unwrap_or(0)).unwrap_or(0);
        let steps = self.spec().steps().iter().take(index + 1).rev();
        let step = self.step().and_then(|_| steps.filter_map(|step: &Step| step.experiment.as_ref()).next());
        let running = self.runs.experiment.as_ref().filter(|run| run.phase == "Running");
        let (Some(step), Some(value)) = (step, running.and_then(|run| run.value)) else { return Vec::new() };
        let status = value.get("status").unwrap_or(&Value::Null);
        let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let share = |of: &Value| {
            let name = text(of, "name");
            let weight = step.templates.iter().find(|template| template.name == name)?.weight?;
            let (service_name, pod_template_hash) = (text(of, "serviceName"), text(of, "podTemplateHash"));
            Some(Destination { weight, service_name, pod_template_hash })
        };
        items(status, "templateStatuses").filter_map(share).collect()
    }

    fn make_experiment(&mut self, step: &Experiment) -> Option<Run<'a>> {
        let namespace = self.place().namespace.clone();
        let hash = self.rollout.wanted_hash();
        let revision = self.rollout.metadata.annotations.get(REVISION).cloned().unwrap_or_default();
        let index = self.step_index().unwrap_or(0);
        let spec = self.experiment_spec(step)?;
        let base = format!("{}-{hash}-{revision}-{index}", self.rollout.name());
        let (name, known) = self.free_experiment(&base, &spec);
        if known.is_none() {
            let mut labels = self.rollout.metadata.labels.clone();
            labels.insert(HASH.to_owned(), hash);
            let value = json!({
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Experiment",
                "metadata": {
                    "name": name,
                    "namespace": &*namespace,
                    "labels": labels,
                    "annotations": { REVISION: revision },
                    "ownerReferences": self.rollout.owner_reference(),
                },
                "spec": spec,
            });
            self.out.writes.push(Write::Create { kind: &EXPERIMENT, namespace: namespace.clone(), value });
        }
        self.tell("ExperimentCreated", format!("Created Experiment '{name}'"));
        let place = Place::new(&EXPERIMENT, &namespace, &name);
        let (phase, message) = (String::new(), String::new());
        let fresh =
            Run { place, metadata: Metadata::default(), phase, message, terminates: false, value: None };
        Some(known.unwrap_or(fresh))
    }

    /// Gives the first name that is free, or the Experiment of that name that is the same and has not ended.
    fn free_experiment(&self, base: &str, spec: &Value) -> (String, Option<Run<'a>>) {
        let mut name = base.to_owned();
        for count in 1.. {
            let place = Place::new(&EXPERIMENT, &self.place().namespace, &name);
            let Some(stored) = self.objects.get(&place) else { break };
            let mut same = stored.value.get("spec").cloned().unwrap_or_default();
            if let Some(same) = same.as_object_mut() {
                same.remove("terminate");
            }
            let known =
                self.runs.other_experiments.iter().find(|run| run.place == place && !is_over(&run.phase));
            if let (Some(run), true) = (known, same == *spec) {
                return (name, Some(run.clone()));
            }
            name = format!("{base}-{count}");
        }
        (name, None)
    }

    fn experiment_spec(&self, step: &Experiment) -> Option<Value> {
        let (new, stable) = (self.sets.new_set()?, self.sets.stable_set()?);
        let templates = step.templates.iter().map(|version| match version.spec_ref.as_str() {
            "canary" => template(version, new),
            "stable" => template(version, stable),
            _ => None,
        });
        let templates: Vec<Value> = templates.collect::<Option<_>>()?;
        let metadata = &step.analysis_run_metadata;
        let metadata = if metadata.is_null() { Value::Object(Map::new()) } else { metadata.clone() };
        let mut spec = json!({ "templates": templates, "analysisRunMetadata": metadata });
        put_some(&mut spec, "progressDeadlineSeconds", self.spec().progress_deadline_seconds);
        put_some(&mut spec, "scaleDownDelaySeconds", step.scale_down_delay_seconds);
        put_some(&mut spec, "duration", step.duration.as_ref().filter(|text| !text.is_empty()));
        put_some(&mut spec, "dryRun", Some(&step.dry_run).filter(|list| !list.is_empty()));
        let hashes = Hashes { latest: new.hash(), stable: stable.hash() };
        let mut analyses = Vec::new();
        for analysis in &step.analyses {
            let mut value = json!({ "name": analysis.name, "templateName": analysis.template_name });
            put_some(&mut value, "clusterScope", Some(true).filter(|_| analysis.cluster_scope));
            put_some(
                &mut value,
                "requiredForCompletion",
                Some(true).filter(|_| analysis.required_for_completion),
            );
            let args = arguments(&analysis.args, hashes, &self.rollout).ok()?;
            put_some(&mut value, "args", Some(args).filter(|args| !args.is_empty()));
            analyses.push(value);
        }
        put_some(&mut spec, "analyses", Some(analyses).filter(|list| !list.is_empty()));
        Some(spec)
    }
}

/// Gives a version of an Experiment, made from a ReplicaSet's template.
fn template(version: &ExperimentTemplate, set: &Set<'_>) -> Option<Value> {
    let mut template = json!({ "name": version.name, "template": set.spec.get("template")? });
    put(
        &mut template,
        &["selector"],
        version.selector.clone().or_else(|| set.spec.get("selector").cloned())?,
    );
    for (key, value) in version.metadata.get("labels").and_then(Value::as_object).into_iter().flatten() {
        put(&mut template, &["template", "metadata", "labels", key], value.clone());
        put(&mut template, &["selector", "matchLabels", key], value.clone());
    }
    for (key, value) in version.metadata.get("annotations").and_then(Value::as_object).into_iter().flatten() {
        put(&mut template, &["template", "metadata", "annotations", key], value.clone());
    }
    put_some(&mut template, "replicas", version.replicas);
    put_some(&mut template, "minReadySeconds", set.spec.get("minReadySeconds").and_then(Value::as_i64));
    if version.weight.is_some() || version.service.is_some() {
        let name = version.service.as_ref().map_or("", |service| &service.name);
        put(&mut template, &["service"], if name.is_empty() { json!({}) } else { json!({ "name": name }) });
    }
    Some(template)
}
