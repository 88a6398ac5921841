//! The `job` provider: a measurement that is a Job.
//!
//! It owns the Job's name and marks, and how its end is read (Argo: metricproviders/job/job.go). The Job itself runs
//! under `model/job.rs`. Invariant: a Job belongs to the run that asked for it, by uid.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::measure::Moment;
use super::wire::{Measurement, Metric, Outcome, Phase};
use crate::sim::model::{Write, job, moment, owner};
use crate::sim::objects::kind::{JOB, POD};
use crate::sim::objects::{Objects, Place, Stored};

/// Longest name of a Job; its pods carry it as a label.
const LONGEST: usize = 63;
const NAME: &str = "job-name";
const NAMESPACE: &str = "job-namespace";
const UID: &str = "analysisrun.argoproj.io/uid";

/// Begins a measurement by a Job.
pub fn begin(metric: &Metric, spec: &Value, result: &Outcome, at: Moment<'_>) -> (Measurement, Vec<Write>) {
    let run = at.run;
    let name = name(run.uid(), &metric.name, result.count + result.error + 1);
    let place = Place::new(&JOB, &run.place.namespace, &name);
    let mut measurement = Measurement {
        phase: Phase::Running,
        started_at: Some(moment::whole(at.now)),
        ..Measurement::default()
    };
    let mut writes = Vec::new();
    match at.objects.get(&place) {
        Some(job) if job.controller() != Some(run.uid()) => {
            measurement.phase = Phase::Error;
            measurement.message = format!("jobs.batch {name:?} already exists");
            return (measurement, writes);
        }
        Some(_) => {}
        None => {
            let value = made(metric, spec, run, &name);
            writes.push(Write::Create { kind: &JOB, namespace: run.place.namespace.clone(), value });
        }
    }
    measurement.metadata =
        BTreeMap::from([(NAME.to_owned(), name), (NAMESPACE.to_owned(), run.place.namespace.to_string())]);
    (measurement, writes)
}

fn made(metric: &Metric, spec: &Value, run: &Stored, name: &str) -> Value {
    let given = |pointer| spec.pointer(pointer).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut labels: Map<String, Value> = given("/metadata/labels");
    labels.insert(UID.to_owned(), json!(run.uid()));
    let mut annotations: Map<String, Value> = given("/metadata/annotations");
    for (key, value) in [
        ("name", &*run.place.name),
        ("namespace", &*run.place.namespace),
        ("metric-name", metric.name.as_str()),
    ] {
        annotations.insert(format!("analysisrun.argoproj.io/{key}"), json!(value));
    }
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": *run.place.namespace,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [owner::reference("argoproj.io/v1alpha1", "AnalysisRun", &run.value)],
        },
        "spec": spec.get("spec").cloned().unwrap_or_default(),
    })
}

/// The Job's name: uid, metric and number, the metric's name cut where the whole would be too long.
fn name(uid: &str, metric: &str, number: i64) -> String {
    let length = uid.len() + metric.len() + number.to_string().len() + 2;
    let kept = metric.chars().count().saturating_sub(length.saturating_sub(LONGEST));
    let metric: String = metric.chars().take(kept).collect();
    format!("{uid}.{metric}.{number}")
}

/// Looks at the Job of a measurement that is under way.
pub fn resume(mut measurement: Measurement, at: Moment<'_>) -> Measurement {
    let place = match place(&measurement, at.run) {
        Ok(place) => place,
        Err(message) => return broken(measurement, message, at),
    };
    let Some(job) = at.objects.get(&place) else {
        return broken(measurement, format!("job.batch {:?} not found", &*place.name), at);
    };
    if let Some(well) = job::ended(&job.value) {
        measurement.finished_at = Some(moment::whole(at.now));
        measurement.phase = if well { Phase::Successful } else { Phase::Failed };
    }
    measurement
}

/// Ends a measurement that is under way, and its Job.
pub fn end(mut measurement: Measurement, at: Moment<'_>) -> (Measurement, Vec<Write>) {
    let place = match place(&measurement, at.run) {
        Ok(place) => place,
        Err(message) => return (broken(measurement, message, at), Vec::new()),
    };
    let writes = at.objects.get(&place).map(|job| gone(at.objects, job)).unwrap_or_default();
    measurement.finished_at = Some(moment::whole(at.now));
    measurement.phase = Phase::Successful;
    measurement.message = "Metric Terminated".to_owned();
    (measurement, writes)
}

/// Deletes a Job, its pods first (Argo deletes in the foreground).
fn gone(objects: &Objects, job: &Stored) -> Vec<Write> {
    let pods = objects.owned_by(&POD, job).map(|pod| pod.place.clone());
    pods.chain([job.place.clone()]).map(|place| Write::Delete { place }).collect()
}

/// Deletes the oldest Jobs of a run beyond those that are kept.
pub fn forget(objects: &Objects, run: &Stored, kept: usize) -> Vec<Write> {
    let mut jobs: Vec<&Stored> = objects.owned_by(&JOB, run).map(|job| &**job).collect();
    jobs.sort_by_key(|job| owner::text(&job.value, "/metadata/creationTimestamp"));
    let excess = jobs.len().saturating_sub(kept);
    jobs.into_iter().take(excess).flat_map(|job| gone(objects, job)).collect()
}

fn place(measurement: &Measurement, run: &Stored) -> Result<Place, String> {
    let name = measurement.metadata.get(NAME).filter(|name| !name.is_empty());
    let name = name.ok_or("job metadata reference missing")?;
    let namespace = measurement.metadata.get(NAMESPACE).filter(|name| !name.is_empty());
    Ok(Place::new(&JOB, namespace.map_or(&*run.place.namespace, String::as_str), name))
}

fn broken(mut measurement: Measurement, message: String, at: Moment<'_>) -> Measurement {
    measurement.phase = Phase::Error;
    measurement.message = message;
    measurement.finished_at.get_or_insert(moment::whole(at.now));
    measurement
}
