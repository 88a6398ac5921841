//! The Job controller, as far as analysis needs it: one pod at a time until one succeeds or enough have failed.
//!
//! It owns a Job's pods, its counters and its last conditions (Kubernetes 1.34: pkg/controller/job). It never judges a
//! metric; `analysis` reads the conditions. Invariant: a Job that is Complete or Failed is never touched again.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sim::model::{Outcome, Write, difference, moment, owner, pod};
use crate::sim::objects::kind::POD;
use crate::sim::objects::{Objects, Part, Place, Stored};

/// Times that a Job is tried again where it does not say (Kubernetes: backoffLimit).
const TRIES_AGAIN: u64 = 6;
/// Pause before the second try; each later one takes twice as long.
const FIRST_PAUSE: i64 = 10;
/// Longest pause before another try.
const LONGEST_PAUSE: i64 = 600;

/// Looks at one Job.
pub fn reconcile(objects: &Objects, place: &Place, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(job) = objects.get(place) else { return outcome };
    if owner::leaving(&job.value) || ended(&job.value).is_some() {
        return outcome;
    }
    let tally = Tally::of(objects, job);
    let verdict = tally.verdict(&job.value);
    if verdict.is_none() && tally.active == 0 {
        try_again(job, &tally, now, &mut outcome);
    }
    write(job, &tally, verdict, now, &mut outcome);
    outcome
}

/// How a Job ended, if it did: true where it is Complete, false where it Failed (Argo: metricproviders/job/job.go).
pub fn ended(job: &Value) -> Option<bool> {
    let conditions = job.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find_map(|one| match owner::text(one, "/type") {
        "Complete" => Some(true),
        "Failed" => Some(false),
        _ => None,
    })
}

/// What a Job's pods came to.
struct Tally {
    active: u64,
    ready: u64,
    succeeded: u64,
    failed: u64,
    last: Option<Timestamp>,
}

impl Tally {
    fn of(objects: &Objects, job: &Stored) -> Self {
        let mut tally = Self { active: 0, ready: 0, succeeded: 0, failed: 0, last: None };
        for pod in objects.owned_by(&POD, job) {
            match owner::text(&pod.value, "/status/phase") {
                "Succeeded" => tally.succeeded += 1,
                "Failed" => {
                    tally.failed += 1;
                    let finished =
                        pod.value.pointer("/status/containerStatuses/0/state/terminated/finishedAt");
                    let finished = finished.and_then(Value::as_str).and_then(|text| text.parse().ok());
                    tally.last = tally.last.max(finished);
                }
                _ if owner::leaving(&pod.value) => {}
                _ => {
                    tally.active += 1;
                    tally.ready += u64::from(pod::ready_since(&pod.value).is_some());
                }
            }
        }
        tally
    }

    fn verdict(&self, job: &Value) -> Option<bool> {
        let number = |pointer, default| job.pointer(pointer).and_then(Value::as_u64).unwrap_or(default);
        if self.succeeded >= number("/spec/completions", 1) {
            return Some(true);
        }
        (self.failed > number("/spec/backoffLimit", TRIES_AGAIN)).then_some(false)
    }
}

/// Asks for another pod, after a pause where earlier ones failed.
fn try_again(job: &Stored, tally: &Tally, now: Timestamp, outcome: &mut Outcome) {
    if let Some(last) = tally.last {
        let doubled = u32::try_from(tally.failed.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
        let pause = FIRST_PAUSE.saturating_mul(1 << doubled).min(LONGEST_PAUSE);
        let due = moment::after(last, SignedDuration::from_secs(pause));
        if due > now {
            outcome.look_again(due);
            return;
        }
    }
    let number = usize::try_from(tally.failed + tally.succeeded).unwrap_or(0);
    let Some(mut made) = pod::birth("batch/v1", "Job", job, number) else { return };
    let uid = owner::text(&job.value, "/metadata/uid");
    for prefix in ["", "batch.kubernetes.io/"] {
        let path = |label| ["metadata".to_owned(), "labels".to_owned(), format!("{prefix}{label}")];
        for (label, value) in [("controller-uid", uid), ("job-name", &*job.place.name)] {
            let path = path(label);
            difference::put(&mut made, &path.each_ref().map(String::as_str), json!(value));
        }
    }
    outcome.writes.push(Write::Create { kind: &POD, namespace: job.place.namespace.clone(), value: made });
}

fn write(job: &Stored, tally: &Tally, verdict: Option<bool>, now: Timestamp, outcome: &mut Outcome) {
    let old = job.value.get("status").cloned().unwrap_or(Value::Null);
    let time = moment::written(now);
    let mut new = Map::new();
    new.insert("startTime".to_owned(), old.get("startTime").cloned().unwrap_or_else(|| json!(time)));
    for (name, number) in [("active", tally.active), ("succeeded", tally.succeeded), ("failed", tally.failed)]
    {
        if number > 0 {
            new.insert(name.to_owned(), json!(number));
        }
    }
    new.insert("ready".to_owned(), json!(tally.ready));
    new.insert("terminating".to_owned(), json!(0));
    new.insert("uncountedTerminatedPods".to_owned(), json!({}));
    if let Some(well) = verdict {
        new.insert("conditions".to_owned(), conditions(well, &time));
        if well {
            new.insert("completionTime".to_owned(), json!(time));
        }
    }
    if let Some(patch) = difference::patch(&old, &Value::Object(new)) {
        let patch = json!({ "status": patch });
        outcome.writes.push(Write::Merge { place: job.place.clone(), part: Part::Status, patch });
    }
}

/// The two conditions that end a Job: the one that decides, then the one that closes it.
fn conditions(well: bool, time: &str) -> Value {
    let (kinds, reason, message) = if well {
        (
            ["SuccessCriteriaMet", "Complete"],
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        )
    } else {
        (["FailureTarget", "Failed"], "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    };
    let condition = |kind: &&str| {
        json!({
            "type": kind, "status": "True", "reason": reason, "message": message,
            "lastProbeTime": time, "lastTransitionTime": time,
        })
    };
    kinds.iter().map(condition).collect()
}

#[cfg(test)]
mod tests;
