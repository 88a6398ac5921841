//! What the cluster's controllers do, each as one pure look at one object: the objects as they stand in, writes out.
//!
//! It owns the words between the controllers and the world that carries their writes out, and the way from an object's
//! kind to its controller. It never changes an object itself and reads no clock. Invariant: level-triggered. What is
//! asked for follows from the objects, the measurements and the time alone, so a look that is repeated asks for nothing
//! that has been done.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::sim::objects::{Kind, Objects, Part, Place};

pub mod analysis;
pub mod deployment;
pub mod difference;
pub mod experiment;
pub mod job;
pub mod moment;
pub mod owner;
pub mod pattern;
pub mod pod;
pub mod random;
pub mod replicas;
pub mod rollout;
pub mod service;
#[cfg(test)]
pub mod trial;

/// What a controller wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Creates an object of a kind in a namespace.
    Create {
        /// Which kind.
        kind: &'static Kind,
        /// Where; empty for the whole cluster.
        namespace: Arc<str>,
        /// The object, without what the API server adds.
        value: Value,
    },
    /// Replaces one part of an object.
    Replace {
        /// Which object.
        place: Place,
        /// Which part of it.
        part: Part,
        /// The object as it shall stand; a resourceVersion in it is checked.
        value: Value,
    },
    /// Merges a patch into one part of an object.
    Merge {
        /// Which object.
        place: Place,
        /// Which part of it.
        part: Part,
        /// A JSON merge patch (RFC 7386).
        patch: Value,
    },
    /// Deletes an object, and what it owns after it.
    Delete {
        /// Which object.
        place: Place,
    },
    /// Tells an Event about an object.
    Tell {
        /// The object that the Event is about.
        about: Place,
        /// Whether it is a warning.
        warning: bool,
        /// The Event's reason.
        reason: &'static str,
        /// The Event's text.
        message: String,
    },
}

/// What looking at one object led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What is to be done, in this order.
    pub writes: Vec<Write>,
    /// When to look again even if nothing changes.
    pub again: Option<Timestamp>,
}

impl Outcome {
    /// Asks for a look at a time; the earliest of several counts.
    pub fn look_again(&mut self, at: Timestamp) {
        self.again = Some(self.again.map_or(at, |known| known.min(at)));
    }
}

/// What an analysis asks a metric's provider.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The namespace of the AnalysisRun.
    pub namespace: &'a str,
    /// The name of the AnalysisRun.
    pub run: &'a str,
    /// The metric's name.
    pub metric: &'a str,
    /// `spec.metrics[].provider`, arguments filled in.
    pub provider: &'a Value,
    /// The run's arguments.
    pub args: &'a BTreeMap<String, String>,
    /// The Rollout that the run judges, where one does.
    pub rollout: Option<&'a str>,
    /// Per cent of the traffic that the new version gets, where it is known.
    pub weight: Option<u32>,
    /// How many measurements of this metric the run has taken before.
    pub taken: usize,
}

/// What a metric's provider answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// A value as the provider writes it: `0.99`, `[0.99]`, `true`.
    Value(String),
    /// The provider's error.
    Error(String),
}

/// A source of measurements.
pub trait Metrics {
    /// Tells what the provider answers at a time; the same question at the same time has the same answer.
    fn measure(&self, asked: &Asked<'_>, now: Timestamp) -> Measured;
}

/// Looks at one object as its controller does; a kind without a controller asks for nothing.
pub fn reconcile(objects: &Objects, place: &Place, metrics: &dyn Metrics, now: Timestamp) -> Outcome {
    match place.kind.plural {
        "rollouts" => rollout::reconcile(objects, place, now),
        "replicasets" => replicas::reconcile(objects, place, now),
        "deployments" => deployment::reconcile(objects, place),
        "pods" => pod::reconcile(objects, place, now),
        "services" => service::reconcile(objects, place),
        "jobs" => job::reconcile(objects, place, now),
        "experiments" => experiment::reconcile(objects, place, now),
        "analysisruns" => analysis::reconcile(objects, place, metrics, now),
        _ => Outcome::default(),
    }
}
