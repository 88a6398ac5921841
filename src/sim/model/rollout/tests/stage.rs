//! A cluster as small as it can be: stored objects, one Rollout's controller, pods that are there at once, a time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sim::model::rollout::reconcile;
use crate::sim::model::{Outcome, Write};
use crate::sim::objects::kind::{NAMESPACE, POD, REPLICA_SET, ROLLOUT, SERVICE};
use crate::sim::objects::{Kind, Objects, Part, Patch, PatchKind, Place};

/// The stage of a test.
pub struct Stage {
    pub objects: Objects,
    pub now: Timestamp,
    /// `Reason: message`, in order.
    pub events: Vec<String>,
    pub again: Option<Timestamp>,
    place: Place,
}

impl Stage {
    /// Stores a Rollout named `web` in `demo`, without looking at it yet.
    pub fn empty() -> Self {
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let mut objects = Objects::new(7);
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "demo" } });
        objects.create(&NAMESPACE, "", namespace, now).unwrap();
        Self { objects, now, events: Vec::new(), again: None, place: Place::new(&ROLLOUT, "demo", "web") }
    }

    /// A Rollout with a strategy and five replicas, standing still at `v1`.
    pub fn settled(strategy: Value) -> Self {
        let mut stage = Self::empty();
        stage.add(&ROLLOUT, rollout(strategy, 5));
        stage.settle();
        stage
    }

    /// A canary with these steps, standing still at `v1`.
    pub fn canary(steps: Value) -> Self {
        Self::settled(json!({ "canary": { "steps": steps } }))
    }

    /// A canary with these steps, halted on the way from `v1` to `v2`.
    pub fn updating(steps: Value) -> Self {
        let mut stage = Self::canary(steps);
        stage.events.clear();
        stage.tag("v2");
        stage
    }

    pub fn add(&mut self, kind: &'static Kind, value: Value) {
        self.objects.create(kind, "demo", value, self.now).unwrap();
    }

    pub fn service(&mut self, name: &str) {
        let metadata = json!({ "name": name });
        let spec = json!({ "selector": { "app": "web" }, "ports": [{ "port": 80 }] });
        self.add(
            &SERVICE,
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec }),
        );
    }

    /// Merges a patch into any object.
    pub fn patch(&mut self, place: &Place, part: Part, patch: &Value) {
        let body = patch.to_string().into_bytes();
        self.objects.patch(place, part, Patch { kind: PatchKind::Merge, body: &body }, self.now).unwrap();
    }

    /// Merges a patch into the Rollout and lets things settle.
    pub fn spec(&mut self, spec: Value) {
        self.patch(&self.place.clone(), Part::Whole, &json!({ "spec": spec }));
        self.settle();
    }

    /// Merges a patch into the Rollout's status and lets things settle.
    pub fn write_status(&mut self, status: Value) {
        self.patch(&self.place.clone(), Part::Status, &json!({ "status": status }));
        self.settle();
    }

    /// Gives the container another tag and lets things settle.
    pub fn tag(&mut self, tag: &str) {
        self.spec(json!({ "template": template(tag) }));
    }

    /// Promotes past a pause as Argo's plugin does it.
    pub fn promote(&mut self) {
        self.write_status(json!({ "pauseConditions": null }));
    }

    pub fn abort(&mut self) {
        self.write_status(json!({ "abort": true }));
    }

    /// Lets time pass and things settle, looking again whenever the controller asked for it.
    pub fn pass(&mut self, seconds: i64) {
        let end = self.now + SignedDuration::from_secs(seconds);
        while let Some(again) = self.again.filter(|again| *again <= end) {
            self.now = again;
            self.settle();
            assert_ne!(self.again, Some(again), "the controller asks for the same time again and again");
        }
        self.now = end;
        self.settle();
    }

    /// Looks and carries out until nothing is asked for any more.
    pub fn settle(&mut self) {
        let mut asked = String::new();
        for _ in 0..200 {
            let outcome = reconcile(&self.objects, &self.place, self.now);
            self.again = outcome.again;
            if outcome.writes.is_empty() {
                return;
            }
            asked = format!("{:#?}", outcome.writes);
            self.carry_out(outcome);
            self.give_pods();
        }
        panic!("the controller never stands still; it asks again and again for {asked}");
    }

    /// Looks once and carries out.
    pub fn look(&mut self) -> Outcome {
        let outcome = reconcile(&self.objects, &self.place, self.now);
        self.carry_out(outcome.clone());
        outcome
    }

    fn carry_out(&mut self, outcome: Outcome) {
        for write in outcome.writes {
            match write {
                Write::Create { kind, namespace, value } => {
                    self.objects.create(kind, &namespace, value, self.now).unwrap();
                }
                Write::Replace { place, part, value } => {
                    self.objects.replace(&place, part, value, self.now).unwrap();
                }
                Write::Merge { place, part, patch } => self.patch(&place, part, &patch),
                Write::Delete { place } => drop(self.objects.delete(&place, self.now).unwrap()),
                Write::Tell { reason, message, .. } => self.events.push(format!("{reason}: {message}")),
            }
        }
    }

    /// Gives every ReplicaSet the pods it shall have; those of `:bad` are never available.
    pub fn give_pods(&mut self) {
        let sets: Vec<_> = self.objects.list(&REPLICA_SET, Some("demo")).cloned().collect();
        for set in sets {
            let count = set.value["spec"]["replicas"].as_i64().unwrap();
            let image = set.value["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap();
            let good = if image.ends_with(":bad") { 0 } else { count };
            let status = json!({
                "replicas": count,
                "readyReplicas": good,
                "availableReplicas": good,
                "observedGeneration": set.generation().unwrap(),
            });
            self.patch(&set.place, Part::Status, &json!({ "status": status }));
        }
    }

    pub fn value(&self) -> &Value {
        &self.objects.get(&self.place).unwrap().value
    }

    pub fn status(&self) -> &Value {
        &self.value()["status"]
    }

    pub fn phase(&self) -> (&str, &str) {
        let status = self.status();
        (status["phase"].as_str().unwrap_or(""), status["message"].as_str().unwrap_or(""))
    }

    pub fn step(&self) -> Option<i64> {
        self.status()["currentStepIndex"].as_i64()
    }

    /// `type=status reason: message` of a condition.
    pub fn condition(&self, kind: &str) -> String {
        let all = self.status()["conditions"].as_array().cloned().unwrap_or_default();
        let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
        let found = all.iter().find(|it| it["type"] == kind);
        found.map_or(String::new(), |it| {
            format!("{} {}: {}", text(it, "status"), text(it, "reason"), text(it, "message"))
        })
    }

    /// The ReplicaSet of a tag.
    pub fn set(&self, tag: &str) -> &Value {
        let image = format!("example.test/web:{tag}");
        let mut all = self.objects.list(&REPLICA_SET, Some("demo"));
        &all.find(|set| set.value["spec"]["template"]["spec"]["containers"][0]["image"] == *image)
            .unwrap()
            .value
    }

    pub fn hash(&self, tag: &str) -> String {
        self.set(tag)["metadata"]["labels"]["rollouts-pod-template-hash"].as_str().unwrap().to_owned()
    }

    /// Pods by tag.
    pub fn pods(&self) -> BTreeMap<String, i64> {
        let all = self.objects.list(&REPLICA_SET, Some("demo"));
        let tag = |set: &Value| {
            let image =
                set["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
            image.rsplit_once(':').unwrap().1.to_owned()
        };
        all.map(|set| (tag(&set.value), set.value["spec"]["replicas"].as_i64().unwrap())).collect()
    }

    /// The version that a Service leads to.
    pub fn leads_to(&self, service: &str) -> String {
        let place = Place::new(&SERVICE, "demo", service);
        let value = &self.objects.get(&place).unwrap().value;
        value["spec"]["selector"]["rollouts-pod-template-hash"].as_str().unwrap_or("").to_owned()
    }

    /// The texts of all Events of a reason, in order.
    pub fn told_of(&self, reason: &str) -> Vec<&str> {
        let all = self.events.iter().filter_map(|event| event.split_once(": "));
        all.filter(|(known, _)| *known == reason).map(|(_, text)| text).collect()
    }

    /// Makes a pod of a tag's ReplicaSet, ready since it was made.
    pub fn pod(&mut self, tag: &str, name: &str) {
        let set = self.set(tag).clone();
        let owner = json!([{
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": true,
            "name": set["metadata"]["name"], "uid": set["metadata"]["uid"],
        }]);
        let metadata = json!({ "name": name, "labels": { "app": "web" }, "ownerReferences": owner });
        let spec = set["spec"]["template"]["spec"].clone();
        self.add(&POD, json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec }));
        let ready = json!([{ "type": "Ready", "status": "True" }]);
        let place = Place::new(&POD, "demo", name);
        self.patch(&place, Part::Status, &json!({ "status": { "conditions": ready, "phase": "Running" } }));
    }
}

/// A template with one container.
pub fn template(tag: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "web", "image": format!("example.test/web:{tag}") }] },
    })
}

/// A Rollout named `web` at `v1`.
pub fn rollout(strategy: Value, replicas: i64) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": { "name": "web", "namespace": "demo" },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": template("v1"),
            "strategy": strategy,
        },
    })
}
