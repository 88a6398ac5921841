//! The kubelet: what becomes of a pod once it exists.
//!
//! It owns the pace and the states of pods, which follow from the image's tag exactly as the project's test cluster
//! makes them (tests/support/cluster/stages.rs, on top of kwok's fast stages). It never decides how many pods there
//! are. Invariant: a pod's course follows from the pod and the time alone.
//!
//! `:crash` waits in CrashLoopBackOff, `:unpullable` in ImagePullBackOff, `:unready` runs without ever being ready,
//! `:slow` is ready after three seconds, every other tag after a moment. In a Job, `:fails` ends with code 1, `:lasts`
//! runs on for ever and every other tag succeeds.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sim::model::{Outcome, Write, difference, moment, owner, random};
use crate::sim::objects::{Objects, Part, Place, Stored};

mod state;

/// What the kubelet does next with a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It runs and is ready.
    Ready,
    /// It runs and is not ready.
    Unready,
    /// It restarts again and again.
    Crash,
    /// Its image cannot be had.
    Unpullable,
    /// It ended well.
    Complete,
    /// It ended with code 1.
    Fail,
}

/// Looks at one pod.
pub fn reconcile(objects: &Objects, place: &Place, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(pod) = objects.get(place) else { return outcome };
    if owner::leaving(&pod.value) {
        outcome.writes.push(Write::Delete { place: place.clone() });
        return outcome;
    }
    if owner::text(&pod.value, "/spec/nodeName").is_empty() {
        let node = json!({"spec": {"nodeName": node(&pod.value)}});
        outcome.writes.push(Write::Merge { place: place.clone(), part: Part::Whole, patch: node });
    }
    let Some((next, due)) = next(&pod.value) else { return outcome };
    if due > now {
        outcome.look_again(due);
        return outcome;
    }
    let old = pod.value.get("status").cloned().unwrap_or(Value::Null);
    let new = state::after(next, &pod.value, now);
    if let Some(patch) = difference::patch(&old, &new) {
        let patch = json!({ "status": patch });
        outcome.writes.push(Write::Merge { place: place.clone(), part: Part::Status, patch });
    }
    outcome
}

/// Makes a pod for an owner from its `spec.template`; `number` tells apart those that are made in one look.
///
/// None where the owner has no template (Kubernetes: pkg/controller/controller_utils.go).
pub fn birth(api_version: &str, kind: &str, by: &Stored, number: usize) -> Option<Value> {
    let template = by.value.pointer("/spec/template")?;
    let prefix = format!("{}-", by.place.name);
    let uid = owner::text(&by.value, "/metadata/uid");
    let letters = random::suffix(&[uid, &by.version.to_string(), &number.to_string()]);
    let mut metadata = Map::new();
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(given) = template.pointer(&format!("/metadata/{key}")) {
            metadata.insert(key.to_owned(), given.clone());
        }
    }
    metadata.insert("name".to_owned(), json!(format!("{prefix}{letters}")));
    metadata.insert("generateName".to_owned(), json!(prefix));
    metadata.insert("namespace".to_owned(), json!(*by.place.namespace));
    metadata.insert("ownerReferences".to_owned(), json!([owner::reference(api_version, kind, &by.value)]));
    Some(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": template.get("spec").cloned().unwrap_or_default(),
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }))
}

/// Tells since when a pod is ready, if it is.
pub fn ready_since(pod: &Value) -> Option<Timestamp> {
    let conditions = pod.pointer("/status/conditions")?.as_array()?;
    let ready = conditions.iter().find(|one| owner::text(one, "/type") == "Ready")?;
    if owner::text(ready, "/status") != "True" {
        return None;
    }
    Some(owner::text(ready, "/lastTransitionTime").parse().unwrap_or(Timestamp::UNIX_EPOCH))
}

/// What comes next for a pod and when, if anything does.
fn next(pod: &Value) -> Option<(Next, Timestamp)> {
    let tag = tag(pod);
    let since =
        |pointer: &str| owner::text(pod, pointer).parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
    let created = since("/metadata/creationTimestamp");
    let of_job = owner::controller(pod).is_some_and(|by| by.kind == "Job");
    match owner::text(pod, "/status/phase") {
        "" | "Pending" => {
            let next = match tag {
                "crash" => Next::Crash,
                "unpullable" if pod.pointer("/status/containerStatuses").is_some() => return None,
                "unpullable" => Next::Unpullable,
                "unready" => Next::Unready,
                _ => Next::Ready,
            };
            let least = if tag == "slow" { 3 } else { 0 };
            Some((next, moment::after(created, SignedDuration::from_secs(least) + pause(pod))))
        }
        "Running" if of_job && tag != "lasts" => {
            let next = if tag == "fails" { Next::Fail } else { Next::Complete };
            Some((next, moment::after(since("/status/startTime"), work(pod))))
        }
        _ => None,
    }
}

/// How long a pod takes to start, counted from a time that was cut to whole seconds: a little more than one.
fn pause(pod: &Value) -> SignedDuration {
    SignedDuration::from_secs(1) + work(pod)
}

/// How long a Job's pod works, counted likewise.
fn work(pod: &Value) -> SignedDuration {
    let uid = owner::text(pod, "/metadata/uid");
    random::jitter(&[uid, "pause"], SignedDuration::from_millis(400))
}

/// The tag of the first image that ends in letters alone, as the test cluster's stages find it.
fn tag(pod: &Value) -> &str {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
    let letters = |image: &'_ str| {
        image
            .rsplit_once(':')
            .is_some_and(|(_, tag)| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_lowercase()))
    };
    let images = containers.into_iter().flatten().map(|one| owner::text(one, "/image"));
    let found = images.filter(|image| letters(image)).find_map(|image| image.rsplit_once(':'));
    found.map_or("none", |(_, tag)| tag)
}

/// The node that a pod without one lands on: one of three.
fn node(pod: &Value) -> String {
    let chosen = random::mix(&[owner::text(pod, "/metadata/uid"), "node"]) % 3;
    format!("node-{}", chosen + 1)
}

#[cfg(test)]
mod tests;
