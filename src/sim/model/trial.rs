//! A small stage for tests of controllers: objects, a time, and every controller but the Rollout's.
//!
//! It lets time pass until nothing more is asked for. Invariant: a controller that never comes to rest fails the test.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sim::model::{Asked, Measured, Metrics, Outcome, Write, moment, reconcile};
use crate::sim::objects::kind::{ANALYSIS_RUN, DEPLOYMENT, EXPERIMENT, JOB, NAMESPACE, POD, REPLICA_SET};
use crate::sim::objects::{Kind, Objects, Patch, PatchKind, Place};

/// An Event as it was told.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// Name of the object that it is about.
    pub about: String,
    /// Whether it is a warning.
    pub warning: bool,
    /// Its reason.
    pub reason: &'static str,
    /// Its text.
    pub message: String,
}

/// A source that answers by a function of the question and of how often it was asked.
pub struct Answers(pub Box<dyn Fn(&Asked<'_>) -> Measured>);

impl Metrics for Answers {
    fn measure(&self, asked: &Asked<'_>, _now: Timestamp) -> Measured {
        (self.0)(asked)
    }
}

/// The stage.
pub struct Trial {
    /// What is stored.
    pub objects: Objects,
    /// The time.
    pub now: Timestamp,
    /// Who measures.
    pub source: Box<dyn Metrics>,
    /// What was told, oldest first.
    pub told: Vec<Told>,
}

impl Default for Trial {
    fn default() -> Self {
        Self::new()
    }
}

impl Trial {
    /// An empty namespace `demo`, 2026-11-21 09:00.
    pub fn new() -> Self {
        let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        let mut objects = Objects::new(7);
        objects.create(&NAMESPACE, "", json!({"metadata": {"name": "demo"}}), now).unwrap();
        let source = Box::new(Answers(Box::new(|_| Measured::Error("nobody measures here".to_owned()))));
        Self { objects, now, source, told: Vec::new() }
    }

    /// A stage on which every metric is answered by the same function.
    pub fn answering(answer: impl Fn(&Asked<'_>) -> Measured + 'static) -> Self {
        Self { source: Box::new(Answers(Box::new(answer))), ..Self::new() }
    }

    /// Creates an object in `demo` and tells its place.
    pub fn create(&mut self, kind: &'static Kind, value: Value) -> Place {
        self.objects.create(kind, "demo", value, self.now).unwrap().place.clone()
    }

    /// Merges a patch into an object.
    pub fn merge(&mut self, place: &Place, patch: &Value) {
        let body = patch.to_string();
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        self.objects.patch(place, crate::sim::objects::Part::Whole, patch, self.now).unwrap();
    }

    /// The object as it stands.
    pub fn get(&self, place: &Place) -> Value {
        self.objects.get(place).unwrap().value.clone()
    }

    /// All objects of a kind.
    pub fn all(&self, kind: &'static Kind) -> Vec<Value> {
        self.objects.list(kind, Some("demo")).map(|one| one.value.clone()).collect()
    }

    /// Lets seconds pass, and everything that is due in them happen.
    pub fn pass(&mut self, seconds: i64) {
        let end = moment::after(self.now, SignedDuration::from_secs(seconds));
        while let Some(next) = self.settle().filter(|next| *next <= end) {
            assert!(next > self.now, "a look is asked for at a time that has passed");
            self.now = next;
        }
        self.now = end;
        self.settle();
    }

    /// Lets every controller act until none asks for anything; tells when one wants to look again.
    pub fn settle(&mut self) -> Option<Timestamp> {
        for _ in 0..200 {
            let mut again = None;
            let mut quiet = true;
            for kind in [&REPLICA_SET, &DEPLOYMENT, &POD, &JOB, &ANALYSIS_RUN, &EXPERIMENT] {
                let places: Vec<Place> = self.objects.list(kind, None).map(|one| one.place.clone()).collect();
                for place in places {
                    let outcome = reconcile(&self.objects, &place, &*self.source, self.now);
                    again = [again, outcome.again].into_iter().flatten().min();
                    quiet &= outcome.writes.is_empty();
                    self.carry_out(outcome);
                }
            }
            if quiet {
                return again;
            }
        }
        panic!("the controllers never come to rest");
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
                Write::Merge { place, part, patch } => {
                    let body = patch.to_string();
                    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
                    self.objects.patch(&place, part, patch, self.now).unwrap();
                }
                Write::Delete { place } => {
                    self.objects.delete(&place, self.now).unwrap();
                }
                Write::Tell { about, warning, reason, message } => {
                    self.told.push(Told { about: about.name.to_string(), warning, reason, message });
                }
            }
        }
    }
}

/// A ReplicaSet of a number of pods with an image.
pub fn replica_set(name: &str, replicas: u64, image: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": image}]},
            },
        },
    })
}
