//! Owns how a Rollout last stood when somebody looked, and what differs when somebody looks again.
//!
//! It never says when a change happened that nobody saw: only between which two times. Invariant: what stands the same
//! tells nothing, and a fact that was not kept is no change.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Dial, Scene, Sighting, Source, cut};
use crate::rollout::phase::{self, Reader};
use crate::rollout::{Key, Rollout, step};
use crate::text::Printable;

/// How a Rollout stood.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// In which cluster.
    pub scene: Scene,
    /// Which Rollout.
    pub key: Key,
    /// When it was first seen so, or last known to stand so, by our clock.
    pub at: Timestamp,
    /// What is compared, as a JSON object of names and texts; empty where it is gone.
    pub facts: String,
}

impl Sight {
    /// Notes how a Rollout stands now.
    pub fn of(rollout: &Rollout, scene: &Scene, now: Timestamp) -> Self {
        let facts: Map<String, Value> =
            facts(rollout).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let facts = Value::Object(facts).to_string();
        Self { scene: scene.clone(), key: rollout.meta.key.clone(), at: now, facts }
    }

    /// Notes until when a namespace was watched, or all where none is named.
    pub fn watched(namespace: &str, scene: &Scene, now: Timestamp) -> Self {
        let key = Key { namespace: namespace.into(), name: "".into() };
        Self { scene: scene.clone(), key, at: now, facts: String::new() }
    }

    /// Tells whether it says until when a namespace was watched, and nothing of a Rollout.
    pub fn is_of_a_watch(&self) -> bool {
        self.key.name.is_empty()
    }

    /// Tells whether it says that a Rollout is gone.
    pub fn is_of_none(&self) -> bool {
        self.facts.is_empty() && !self.is_of_a_watch()
    }

    /// Notes that a Rollout is gone.
    pub fn gone(key: &Key, scene: &Scene, now: Timestamp) -> Self {
        Self { scene: scene.clone(), key: key.clone(), at: now, facts: String::new() }
    }

    /// Says in one line what differs between how it was last seen and now; nothing where nothing does.
    pub fn differs(&self, rollout: &Rollout, now: Timestamp) -> Option<Sighting> {
        let was: Map<String, Value> = serde_json::from_str(&self.facts).ok()?;
        let told: Vec<String> = facts(rollout)
            .into_iter()
            .filter_map(|(name, is)| {
                let was = was.get(name)?.as_str()?;
                (was != is).then(|| match name {
                    UID => "deleted and made anew".to_owned(),
                    _ => format!("{name} {} -> {}", said(was), said(&is)),
                })
            })
            .collect();
        let mark = format!("{}@{}/away", rollout.meta.uid, rollout.meta.resource_version);
        (!told.is_empty()).then(|| self.line(&told.join(", "), &mark, now))
    }

    /// Says that it is there no more.
    pub fn missing(&self, now: Timestamp) -> Sighting {
        let mark = format!("{}/{}@{}/gone", self.key.namespace, self.key.name, self.at);
        self.line("deleted", &mark, now)
    }

    fn line(&self, what: &str, mark: &str, now: Timestamp) -> Sighting {
        let when = if self.at < now {
            format!("when is not known: between {:.0} and {now:.0}", self.at)
        } else {
            format!("when is not known: before {now:.0}")
        };
        // When is said even where much differs.
        let room = super::LONGEST.saturating_sub(when.chars().count() + "while away: ; ".len());
        let what: String = Printable::from(what).as_str().chars().take(room).collect();
        Sighting {
            at: now,
            dial: Dial::Ours,
            seen_at: now,
            scene: self.scene.clone(),
            key: self.key.clone(),
            source: Source::Away,
            text: cut(format!("while away: {what}; {when}")),
            mark: mark.into(),
            count: 1,
        }
    }
}

const UID: &str = "object";

fn said(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

/// Lists what is compared, in the order in which it is told.
fn facts(rollout: &Rollout) -> Vec<(&'static str, String)> {
    let (phase, _) = phase::phase(rollout, Reader::Screen);
    let optional = |value: Option<String>| value.unwrap_or_default();
    let images: Vec<String> =
        rollout.spec.containers.iter().map(|it| format!("{}={}", it.name, it.image)).collect();
    let position = step::position(rollout).filter(|(_, of)| *of > 0);
    let stable = rollout.status.stable_hash.as_ref().map(ToString::to_string);
    let flag = |set: bool| if set { "yes" } else { "no" }.to_owned();
    vec![
        (UID, rollout.meta.uid.to_string()),
        ("revision", optional(rollout.meta.revision.map(|it| it.to_string()))),
        ("phase", phase.to_string()),
        ("step", optional(position.map(|(at, of)| format!("{at} of {of}")))),
        ("weight", optional(rollout.status.weights.map(|it| it.canary.to_string()))),
        ("stable version", optional(stable)),
        ("aborted", flag(rollout.status.abort == Some(true))),
        ("paused by hand", flag(rollout.spec.paused == Some(true))),
        ("pods wanted", rollout.spec.replicas.unwrap_or(1).to_string()),
        ("images", images.join(" ")),
    ]
}
