//! The ReplicaSet controller: as many pods as asked for, and a status that counts them.
//!
//! It owns which pods are made and which go first (Kubernetes 1.34: pkg/controller/replicaset/replica_set.go). It never
//! says how a pod fares; the kubelet does (`pod.rs`). Invariant: the status counts the pods that stood when the look
//! began, so a pod that is asked for is counted by the next look.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sim::model::{Outcome, Write, difference, moment, owner, pod};
use crate::sim::objects::kind::POD;
use crate::sim::objects::{Objects, Part, Place, Stored};

/// Most pods made or deleted in one look (Kubernetes: BurstReplicas).
const BURST: usize = 500;

/// Looks at one ReplicaSet.
pub fn reconcile(objects: &Objects, place: &Place, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(set) = objects.get(place) else { return outcome };
    let pods: Vec<Seen<'_>> = objects
        .owned_by(&POD, set)
        .filter(|pod| {
            owner::controller(&pod.value).is_some_and(|by| by.uid == owner::text(&set.value, "/metadata/uid"))
        })
        .map(|pod| Seen::read(pod))
        .filter(|pod| pod.active)
        .collect();
    if !owner::leaving(&set.value) {
        outcome.writes = settle(objects, set, &pods, now);
    }
    count(set, &pods, now, &mut outcome);
    outcome
}

/// A pod as its ReplicaSet sees it.
struct Seen<'a> {
    stored: &'a Stored,
    active: bool,
    assigned: bool,
    phase: u8,
    ready: Option<Timestamp>,
    cost: i64,
    restarts: u64,
    created: Option<Timestamp>,
}

impl<'a> Seen<'a> {
    fn read(stored: &'a Stored) -> Self {
        let pod = &stored.value;
        let phase = owner::text(pod, "/status/phase");
        let containers = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
        let restarts = |one: &Value| one.get("restartCount").and_then(Value::as_u64).unwrap_or(0);
        let cost = pod.pointer("/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost");
        Self {
            stored,
            active: phase != "Succeeded" && phase != "Failed" && !owner::leaving(pod),
            assigned: !owner::text(pod, "/spec/nodeName").is_empty(),
            phase: match phase {
                "Running" => 2,
                "Unknown" => 1,
                _ => 0,
            },
            ready: pod::ready_since(pod),
            cost: cost.and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(0),
            restarts: containers.into_iter().flatten().map(restarts).max().unwrap_or(0),
            created: owner::text(pod, "/metadata/creationTimestamp").parse().ok(),
        }
    }

    /// Which of two pods goes first when there are too many (Kubernetes: ActivePodsWithRanks; all nodes count alike).
    fn before(&self, other: &Self, now: Timestamp) -> Ordering {
        let by_state = (self.assigned, self.phase, self.ready.is_some(), self.cost).cmp(&(
            other.assigned,
            other.phase,
            other.ready.is_some(),
            other.cost,
        ));
        let by_uid = || {
            let uid = |pod: &Self| owner::text(&pod.stored.value, "/metadata/uid").to_owned();
            uid(self).cmp(&uid(other))
        };
        let by_age = |mine: Option<Timestamp>, other: Option<Timestamp>| match (mine, other) {
            (Some(mine), Some(other)) if mine != other => {
                magnitude(mine, now).cmp(&magnitude(other, now)).then_with(by_uid)
            }
            _ => Ordering::Equal,
        };
        by_state
            .then_with(|| by_age(self.ready, other.ready))
            .then_with(|| other.restarts.cmp(&self.restarts))
            .then_with(|| by_age(self.created, other.created))
            .then_with(|| self.stored.place.cmp(&other.stored.place))
    }
}

/// The age's order of magnitude in powers of two; young ones go first, equals by uid (Kubernetes: LogarithmicScaleDown).
fn magnitude(since: Timestamp, now: Timestamp) -> i64 {
    match now.duration_since(since).as_nanos() {
        ..=0 => -1,
        nanos => i64::from(nanos.ilog2()),
    }
}

/// Asks for the pods that are missing, or for the end of those that are too many.
fn settle(objects: &Objects, set: &Stored, pods: &[Seen<'_>], now: Timestamp) -> Vec<Write> {
    let mut writes = Vec::new();
    let desired = wanted(&set.value);
    let tell = |reason, message| Write::Tell { about: set.place.clone(), warning: false, reason, message };
    let missing = desired.saturating_sub(pods.len()).min(BURST);
    for made in newborn(objects, set).take(missing) {
        let name = owner::text(&made, "/metadata/name").to_owned();
        writes.push(Write::Create { kind: &POD, namespace: set.place.namespace.clone(), value: made });
        writes.push(tell("SuccessfulCreate", format!("Created pod: {name}")));
    }
    let excess = pods.len().saturating_sub(desired).min(BURST);
    let mut order: Vec<&Seen<'_>> = pods.iter().collect();
    order.sort_by(|one, other| one.before(other, now));
    for pod in order.into_iter().take(excess) {
        writes.push(Write::Delete { place: pod.stored.place.clone() });
        writes.push(tell("SuccessfulDelete", format!("Deleted pod: {}", pod.stored.place.name)));
    }
    writes
}

/// Pods for a ReplicaSet, one after the other, each of a name that is free.
fn newborn<'a>(objects: &'a Objects, set: &'a Stored) -> impl Iterator<Item = Value> + 'a {
    let mut taken = BTreeSet::new();
    let all = (0..2 * BURST).map_while(|number| pod::birth("apps/v1", "ReplicaSet", set, number));
    all.filter(move |made| {
        let name = owner::text(made, "/metadata/name");
        let place = Place::new(&POD, &set.place.namespace, name);
        objects.get(&place).is_none() && taken.insert(name.to_owned())
    })
}

/// Writes the counters into the status where they changed (Kubernetes: updateReplicaSetStatus).
fn count(set: &Stored, pods: &[Seen<'_>], now: Timestamp, outcome: &mut Outcome) {
    let least = set.value.pointer("/spec/minReadySeconds").and_then(Value::as_i64).unwrap_or(0);
    let labels = set.value.pointer("/spec/template/metadata/labels");
    let due = |since: Timestamp| moment::after(since, SignedDuration::from_secs(least));
    let labelled = pods.iter().filter(|pod| carries(&pod.stored.value, labels)).count();
    let ready = pods.iter().filter(|pod| pod.ready.is_some()).count();
    let available = pods.iter().filter(|pod| pod.ready.is_some_and(|since| due(since) <= now)).count();
    let old = set.value.get("status").cloned().unwrap_or(Value::Null);
    let mut new = Map::new();
    new.insert("replicas".to_owned(), json!(pods.len()));
    let counted =
        [("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", available)];
    for (name, number) in counted.into_iter().filter(|(_, number)| *number > 0) {
        new.insert(name.to_owned(), json!(number));
    }
    if let Some(generation) = set.value.pointer("/metadata/generation") {
        new.insert("observedGeneration".to_owned(), generation.clone());
    }
    if let Some(patch) = difference::patch(&old, &Value::Object(new)) {
        outcome.writes.push(Write::Merge {
            place: set.place.clone(),
            part: Part::Status,
            patch: json!({ "status": patch }),
        });
    }
    let waiting = pods.iter().filter_map(|pod| pod.ready.map(due)).filter(|time| *time > now);
    if let Some(time) = waiting.min() {
        outcome.look_again(time);
    }
}

fn wanted(set: &Value) -> usize {
    let replicas = set.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    usize::try_from(replicas).unwrap_or(usize::MAX)
}

fn carries(pod: &Value, labels: Option<&Value>) -> bool {
    let Some(labels) = labels.and_then(Value::as_object) else { return true };
    let own = pod.pointer("/metadata/labels");
    labels.iter().all(|(key, value)| own.and_then(|own| own.get(key)) == Some(value))
}

#[cfg(test)]
mod tests;
