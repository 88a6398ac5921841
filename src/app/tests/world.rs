//! Owns the world that the app's tests play in: a fleet, a clock, a keyboard.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::app::session::{Origin, Session};
use crate::app::*;
use crate::operation::{Actor, Policy, State};
use crate::rollout::delta::{Contact, Kind as Watched, Object, Source};
use crate::rollout::parse::{self, Interner};

/// An app with a clock that the test moves.
pub(super) struct World {
    pub(super) app: App,
    pub(super) millis: u64,
    /// How long the machine slept.
    pub(super) slept: Duration,
    /// How far the clock on the wall was set back.
    pub(super) set_back: Duration,
    /// What was wished to be looked at and tried, which happens beside everything else.
    pub(super) aside: Vec<Effect>,
}

pub(super) fn source() -> Source {
    Source { kind: Watched::Rollouts, namespace: None }
}

pub(super) fn session(rules: &[&str]) -> Session {
    Session {
        context: "prod".into(),
        server: "https://127.0.0.1:6443".into(),
        user: "ada".into(),
        namespaces: Vec::new(),
        policy: Policy::new(rules.iter().map(|rule| rule.parse().unwrap()).collect(), Vec::new()).into(),
        role: None,
        service: None,
        origin: Origin::Cluster,
        caution: None,
        actor: Actor::default(),
        seed: [7; 16],
        story: None,
    }
}

pub(super) fn canary(name: &str, version: u64, index: i64, paused: bool) -> Object {
    let pauses = if paused {
        json!([{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}])
    } else {
        json!(null)
    };
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "generation": 2,
            "resourceVersion": version.to_string(), "creationTimestamp": "2026-11-20T08:00:00Z"},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}}},
        "status": {"phase": if paused { "Paused" } else { "Progressing" }, "message": "CanaryPauseStep",
            "observedGeneration": "2", "currentPodHash": "new", "stableRS": "old", "currentStepIndex": index,
            "controllerPause": paused, "pauseConditions": pauses, "replicas": 5, "updatedReplicas": 1,
            "readyReplicas": 5, "availableReplicas": 5},
    });
    parse::from_value(value, &mut Interner::default()).unwrap()
}

impl World {
    /// A session that has not heard of anything yet.
    pub(super) fn unheard(rules: &[&str]) -> Self {
        let app = App::new(session(rules), Keymap::defaults().unwrap());
        Self { app, millis: 1_000, slept: Duration::ZERO, set_back: Duration::ZERO, aside: Vec::new() }
    }

    pub(super) fn new(rules: &[&str]) -> Self {
        let mut world = Self::unheard(rules);
        world.tell(Delta::Begin(source()));
        for name in ["api", "web", "cart"] {
            world.tell(Delta::Seen(source(), canary(name, 10, 1, name == "web")));
        }
        world.tell(Delta::Done(source()));
        let at = world.now().wall;
        world.tell(Delta::Contact(source(), Contact::Live, at));
        world.draw();
        world
    }

    pub(super) fn now(&self) -> Now {
        let wall: Timestamp = "2026-11-21T08:10:00Z".parse().unwrap();
        let mono = Duration::from_millis(self.millis);
        Now { wall: wall + mono - self.set_back, mono, steady: mono + self.slept }
    }

    pub(super) fn event(&mut self, event: Event) -> Vec<Effect> {
        let now = self.now();
        let effects = self.app.update(event, now);
        let is_aside =
            |effect: &Effect| matches!(effect, Effect::Look(_) | Effect::Try(..) | Effect::Gather(_));
        let (aside, effects) = effects.into_iter().partition(is_aside);
        self.aside.extend::<Vec<Effect>>(aside);
        effects
    }

    pub(super) fn tell(&mut self, delta: Delta) -> Vec<Effect> {
        self.event(Event::Delta(delta))
    }

    pub(super) fn draw(&mut self) {
        self.app.prepare();
        let look = self.app.look();
        self.event(Event::Drawn(Shown { scrollable: 0, look }));
    }

    pub(super) fn wait(&mut self, millis: u64) -> Vec<Effect> {
        self.millis += millis;
        self.event(Event::Tick)
    }

    /// Presses a key at a person's speed and lets the result be drawn.
    pub(super) fn press(&mut self, key: &str) -> Vec<Effect> {
        self.millis += 200;
        let effects = self.event(Event::Key(key.parse().unwrap()));
        self.draw();
        effects
    }

    /// Opens the confirmation of a promotion of the paused Rollout and waits until it is armed.
    pub(super) fn armed(&mut self) {
        self.press("p");
        assert!(self.app.modal.is_some(), "{:?}", self.app.notice);
        self.wait(500);
        assert!(self.app.modal.as_ref().unwrap().is_armed());
    }

    pub(super) fn state(&self) -> &State {
        let key = Key { namespace: "shop".into(), name: "web".into() };
        self.app.operations.on(&key).unwrap().state()
    }

    pub(super) fn notice(&self) -> String {
        self.app.notice.as_ref().map(|notice| notice.text.to_string()).unwrap_or_default()
    }
}
