//! The form of a scenario's file.
//!
//! It owns the names of the keys and what each may hold; an unknown key is refused. It never makes anything of them.
//! Rollouts and metrics are written in Argo's own words, so that what is learnt here holds elsewhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::time::Span;
use super::verdict::Verdict;
use super::workflows::Workflow;
use crate::sim::metrics::Like;
use crate::sim::world::Deed;
use crate::sim::world::wire::Meets;

/// A scenario's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// What it is about, in a few words.
    pub title: String,
    /// One paragraph for the person.
    pub story: String,
    /// What a good operator would have done.
    pub good: String,
    /// The time at which it begins.
    pub begins: Timestamp,
    /// AnalysisTemplates, one of each in every namespace.
    #[serde(default)]
    pub template: Vec<Template>,
    /// What the metrics' provider answers.
    #[serde(default)]
    pub metric: Vec<Metric>,
    /// What a Prometheus beside the cluster tells of services; where nothing is said, there is none.
    #[serde(default)]
    pub series: Vec<Series>,
    /// The policy by which the gates judge, by its name among those of the demo.
    #[serde(default = "usual")]
    pub gate: String,
    /// What a policy service beside the cluster knows; where nothing is said, there is none.
    #[serde(default)]
    pub workflow: Vec<Workflow>,
    /// The cast.
    pub service: Vec<Service>,
    /// What happens.
    #[serde(default)]
    pub script: Vec<Step>,
    /// What is looked at in the end.
    pub verdict: Vec<Verdict>,
}

/// An AnalysisTemplate.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its `spec`, in Argo's words.
    pub spec: Map<String, Value>,
}

/// What the provider answers for one metric.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metric {
    /// The metric's name in its AnalysisTemplate.
    pub name: String,
    /// The Rollout asked about, `NAMESPACE/NAME`; all where it is left out.
    pub on: Option<String>,
    /// The value.
    pub value: f64,
    /// How far it moves up and down by chance.
    #[serde(default)]
    pub wobble: f64,
    /// What makes it another value; the last that holds counts.
    #[serde(default)]
    pub but: Vec<But>,
}

/// What a Prometheus beside the cluster tells of both versions of a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Series {
    /// The Rollout, `NAMESPACE/NAME`.
    pub on: String,
    /// What the version is like that is the stable one at the beginning.
    pub stable: Like,
    /// What every other one is like.
    pub canary: Like,
}

/// What makes a metric another value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct But {
    /// From this time after the beginning on.
    #[serde(default)]
    pub after: Span,
    /// While the new version gets at least this share of the traffic, in per cent.
    #[serde(default)]
    pub from_weight: u32,
    /// The value then.
    pub value: f64,
}

/// One service, or many that are alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Service {
    /// Its name; where there are many, `{word}` or `{n}` in it tells them apart.
    pub name: String,
    /// How many.
    #[serde(default = "one")]
    pub count: usize,
    /// Where; many are dealt out among several.
    pub namespaces: Vec<String>,
    /// Pods of each.
    #[serde(default = "one")]
    pub replicas: usize,
    /// Image of its stable version; `{name}` in it stands for the service's name.
    pub image: String,
    /// `spec.strategy` of its Rollout, in Argo's words.
    pub strategy: Map<String, Value>,
    /// More of the Rollout's `spec`.
    #[serde(default)]
    pub spec: Map<String, Value>,
    /// Services, in the sense of Kubernetes, that it has.
    #[serde(default)]
    pub services: Vec<String>,
    /// How long it has been there.
    pub age: Span,
    /// How much older than that the oldest of many is.
    #[serde(default)]
    pub spread: Span,
    /// What was ordered on it before the beginning, in order.
    #[serde(default)]
    pub past: Vec<Past>,
}

fn one() -> usize {
    1
}

fn usual() -> String {
    "demo".to_owned()
}

/// What was ordered on a service before the beginning.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Past {
    /// How long before.
    pub ago: Span,
    /// The order.
    pub order: Wanted,
}

/// An order on a Rollout.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wanted {
    /// Another image.
    Image(String),
    /// Another number of pods.
    Scale(i64),
    /// The end of a pause.
    Promote,
    /// An abort.
    Abort,
    /// An aborted update taken up again.
    Retry,
    /// A pause by hand.
    Pause,
    /// The end of that.
    Resume,
}

/// A step of the script.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// At the latest this long after the beginning.
    pub at: Option<Span>,
    /// Or when this is seen, if that is earlier.
    pub when: Option<Sign>,
    /// How long after that.
    #[serde(default)]
    pub delay: Span,
    /// In whose name.
    pub by: String,
    /// An order on a Rollout.
    pub order: Option<BTreeMap<String, Wanted>>,
    /// Something else.
    pub event: Option<Event>,
}

/// Something that can be seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sign {
    /// This Rollout was opened.
    Opened(String),
    /// A Rollout comes into a phase.
    Phase {
        /// Which.
        on: String,
        /// `Paused`, `Degraded`, …
        is: String,
    },
    /// The new version of a Rollout gets at least a share of the traffic.
    Weight {
        /// Which.
        on: String,
        /// The share, in per cent.
        least: i64,
    },
    /// The person ordered something.
    Ordered {
        /// On which Rollout.
        on: String,
        /// What.
        deed: Deed,
    },
}

/// Something that happens to the cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// Argo's controller stops.
    ControllerDown,
    /// Argo's controller comes back.
    ControllerUp,
    /// Every watch ends.
    CutWatches,
    /// Nothing reaches a client for a time.
    Silence(Span),
    /// The server forgets its history.
    Compact,
    /// Answers are lost: the requests are carried out and answered 504.
    LoseAnswers(Meeting),
    /// Requests are refused.
    Refuse {
        /// With which code.
        code: u16,
        /// Which.
        next: Meeting,
    },
    /// The person loses a right.
    TakeRight(RightWords),
    /// The person has it again.
    GiveRight(RightWords),
    /// A policy of the cluster refuses changes of Rollouts.
    RefuseChanges {
        /// Its name.
        policy: String,
        /// What it says.
        says: String,
    },
    /// All changes are admitted again.
    AdmitChanges,
}

/// A right of the group `argoproj.io`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RightWords {
    /// Verb (`patch`).
    pub verb: String,
    /// Resource, with its part after a slash (`rollouts/status`).
    pub resource: String,
}

/// Which requests meet a mishap.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Meeting {
    /// How many.
    pub count: u32,
    /// Of which sort.
    pub of: Meets,
}

impl File {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// The first thing that contradicts itself.
    pub(super) fn check(&self) -> Result<(), String> {
        for service in &self.service {
            let name = &service.name;
            let told_apart = name.contains("{word}") || name.contains("{n}");
            if service.count == 0 || (service.count > 1 && !told_apart) {
                return Err(format!(
                    "service `{name}`: a count of several needs {{word}} or {{n}} in the name"
                ));
            }
            // Nobody asks the API whether it would take the copies.
            let mut words = std::iter::once(name).chain(&service.namespaces);
            if let Some(word) = words.find(|word| !word.bytes().all(is_plain)) {
                return Err(format!("service `{name}`: `{word}` is no name: a to z, 0 to 9, - and . are"));
            }
            if service.namespaces.is_empty() {
                return Err(format!("service `{name}`: it needs a namespace"));
            }
            if service.past.iter().any(|past| past.ago > service.age) {
                return Err(format!("service `{name}`: something was ordered before it was there"));
            }
        }
        if self.verdict.is_empty() {
            return Err("it needs a verdict".into());
        }
        Ok(())
    }
}

/// Tells whether a byte may stand in a name, or in the gap of one.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.{}".contains(&byte)
}
