//! A namespace in which all works, as it was seen; each test breaks one thing in it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::capability::judge::{Granted, Place, Reading, Readings};
use crate::capability::right::ASKED;
use crate::capability::sight::{
    Admitter, Answering, Controller, Lease, Notifying, Provider, Recording, Right, Ruling, Split,
    TrafficObject, Trial,
};
use crate::capability::{Act, Answer, Board, Capability, Health, Sight, Viewer, judge};
use crate::rollout::parse::{Interner, RolloutObject};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

/// The time at which all is judged, and times before it.
pub fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub fn key(name: &str) -> Key {
    Key { namespace: "shop".into(), name: name.into() }
}

pub fn text(words: &'static str) -> Printable {
    Printable::ours(words)
}

pub fn failed<T>(words: &'static str) -> Answer<T> {
    Answer::Failed { why: text(words) }
}

pub fn forbidden<T>(words: &'static str) -> Answer<T> {
    Answer::Forbidden { why: text(words) }
}

pub fn missing<T>(words: &'static str) -> Answer<T> {
    Answer::Missing { why: text(words) }
}

/// A canary `web` half way through a change, 20 of 100 on the new version, routed by Istio; changed by `patch`.
pub fn web(patch: Value) -> Rollout {
    let mut object = json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-web", "generation": 7},
        "spec": {"replicas": 5, "strategy": {"canary": {
            "steps": [{"setWeight": 20}, {"pause": {}}, {"analysis": {"templates": [{"templateName": "errors"}]}}],
            "trafficRouting": {"istio": {"virtualService": {"name": "web-routes"}}}
        }}},
        "status": {
            "observedGeneration": "7", "currentPodHash": "bbb", "stableRS": "aaa", "currentStepIndex": 1,
            "replicas": 6, "updatedReplicas": 1, "readyReplicas": 6, "availableReplicas": 6,
            "canary": {"weights": {"canary": {"weight": 20}, "stable": {"weight": 80}}}
        }
    });
    merge(&mut object, patch);
    RolloutObject::deserialize(object).unwrap().into_rollout(&mut Interner::new())
}

fn merge(value: &mut Value, patch: Value) {
    match patch {
        Value::Object(patch) => {
            if !value.is_object() {
                *value = json!({});
            }
            for (key, change) in patch {
                match change {
                    Value::Null => drop(value.as_object_mut().unwrap().remove(&key)),
                    change => merge(&mut value[&key], change),
                }
            }
        }
        other => *value = other,
    }
}

pub fn routes() -> TrafficObject {
    TrafficObject { key: key("web-routes"), kind: "VirtualService", selector: None }
}

pub fn prometheus() -> Provider {
    Provider { kind: "prometheus".into(), address: "http://prometheus:9090".into() }
}

pub fn lease(renewed: Timestamp) -> Lease {
    let key = Key { namespace: "argo-rollouts".into(), name: "argo-rollouts-controller-lock".into() };
    let duration = SignedDuration::from_secs(15);
    Lease { key, holder: text("argo-rollouts-7d_1f"), renewed: Some(renewed), duration }
}

pub fn controller(image: &'static str, ready: i64, wanted: i64) -> Controller {
    let key = Key { namespace: "argo-rollouts".into(), name: "argo-rollouts".into() };
    Controller { key, image: text(image), wanted, ready }
}

pub fn recording() -> Recording {
    Recording { head: Some(41), verified: Some((ago(600), 40)), open: 0, waiting: 0 }
}

pub fn hook(fails_closed: bool) -> Admitter {
    Admitter {
        kind: "ValidatingWebhookConfiguration",
        name: text("gatekeeper"),
        fails_closed,
        namespaces: Vec::new(),
    }
}

/// A namespace `shop` and what was seen of it.
pub struct Town {
    pub rollouts: Vec<Rollout>,
    pub targets: Vec<usize>,
    pub readings: Readings,
    pub granted: Vec<(Act, Granted)>,
    pub board: Board,
}

impl Town {
    /// All works, and was seen to a while ago.
    pub fn healthy() -> Self {
        let live = Reading::Live { at: ago(10) };
        let mut town = Self {
            rollouts: vec![web(json!({}))],
            targets: vec![2],
            readings: all(&live),
            granted: Act::ALL.into_iter().map(|act| (act, Granted::Yes)).collect(),
            board: Board {
                viewer: Viewer { context: "prod".into(), user: "eve".into() },
                ..Board::default()
            },
        };
        for right in ASKED {
            town.right(right, Ruling::Allowed, 60);
        }
        for act in Act::ALL {
            town.trial("web", act, Answer::Seen(Trial::Accepted), 30);
        }
        let share = Split { canary: Some(20), of: 100 };
        let well = Answering::Well { version: text("2.53.0") };
        let notifying = Notifying {
            services: vec![text("slack")],
            triggers: vec![text("on-rollout-aborted")],
            unset: Vec::new(),
        };
        for sight in [
            Sight::Lease(Answer::Seen(lease(ago(8)))),
            Sight::Controllers(Answer::Seen(vec![controller("quay.io/argoproj/argo-rollouts:v1.9.1", 1, 1)])),
            Sight::Traffic(key("web"), routes(), Answer::Seen(share)),
            Sight::Provider("shop".into(), prometheus(), Answer::Seen(well.clone())),
            Sight::Notifying(Answer::Seen(notifying)),
            Sight::Admission(Answer::Seen(Vec::new())),
            Sight::PolicyService(Answer::Seen(well)),
            Sight::Recording(Answer::Seen(recording())),
            Sight::Skew(Answer::Seen(SignedDuration::ZERO)),
        ] {
            town.board.note(sight, ago(5));
        }
        town
    }

    /// The same place, of which nothing was seen.
    pub fn unseen() -> Self {
        let readings = all(&Reading::Unwatched);
        Self {
            readings,
            board: Board::default(),
            granted: Vec::new(),
            targets: Vec::new(),
            ..Self::healthy()
        }
    }

    pub fn see(mut self, sight: Sight) -> Self {
        self.board.note(sight, ago(1));
        self
    }

    pub fn right(&mut self, right: &Right, ruling: Ruling, seconds: i64) {
        self.board.note(Sight::Right("shop".into(), right.clone(), Answer::Seen(ruling)), ago(seconds));
    }

    pub fn denied(mut self, verb: &str, resource: &str) -> Self {
        let right = ASKED.iter().find(|right| right.verb == verb && right.resource == resource).unwrap();
        self.right(right, Ruling::Denied { why: Printable::default() }, 2);
        self
    }

    pub fn trial(&mut self, name: &str, act: Act, answer: Answer<Trial>, seconds: i64) {
        self.board.note(Sight::Trial(key(name), act, answer), ago(seconds));
    }

    /// Without any dry run.
    pub fn untried(mut self) -> Self {
        self.board.trials.clear();
        self
    }

    pub fn place(&self) -> Place<'_> {
        Place {
            namespace: Arc::from("shop"),
            rollouts: self.rollouts.iter().collect(),
            targets: self.targets.clone(),
            readings: self.readings.clone(),
            granted: self.granted.clone(),
        }
    }

    pub fn judge(&self, capability: Capability) -> Health {
        let place = self.place();
        judge(capability, Some(&place), std::slice::from_ref(&place), &self.board, now())
    }

    pub fn all(&self) -> Vec<Health> {
        Capability::ALL.into_iter().map(|capability| self.judge(capability)).collect()
    }

    /// State and reason of a row, as a person reads them.
    pub fn say(&self, capability: Capability) -> String {
        let health = self.judge(capability);
        match health.state.reason() {
            Some(why) => format!("{}: {why}", health.state.word()),
            None => health.state.word().to_owned(),
        }
    }

    pub fn paste(&self, capability: Capability) -> String {
        let remedy = self.judge(capability).remedy.expect("a remedy");
        remedy.paste.expect("something to paste").to_string()
    }
}

/// All that a row rests on, in one text.
pub fn evidence(health: &Health) -> String {
    let lines = health.evidence.iter().map(|seen| format!("{}: {}", seen.how, seen.said));
    lines.collect::<Vec<_>>().join("\n")
}

pub fn all(reading: &Reading) -> Readings {
    let reading = || reading.clone();
    Readings {
        rollouts: reading(),
        replica_sets: reading(),
        pods: reading(),
        analysis_runs: reading(),
        events: reading(),
    }
}
