//! What edges see, made by hand: for the screens of health and of confirmations.

use jiff::SignedDuration;
use rollgate::app::Event;
use rollgate::capability::sight::{
    Answer, Controller, Lease, Notifying, Recording, Right, Ruling, Split, TrafficObject, Trial,
};
use rollgate::capability::{Act, Capability, Sight, right};
use rollgate::operation::Policy;
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Kind, Object};
use rollgate::rollout::parse::{self, Interner};
use serde_json::json;

use crate::world::World;

pub fn key(namespace: &str, name: &str) -> Key {
    Key { namespace: namespace.into(), name: name.into() }
}

pub fn see(world: &mut World, sight: Sight) {
    let at = world.now().wall;
    world.event(Event::Sight(sight, at));
}

/// Has the access reviews of a namespace say yes to what somebody may, and no to all else.
pub fn rights(world: &mut World, namespace: &str, may: impl Fn(&Right) -> bool) {
    for right in right::ASKED {
        let ruling = if may(right) { Ruling::Allowed } else { Ruling::Denied { why: "".into() } };
        see(world, Sight::Right(namespace.into(), right.clone(), Answer::Seen(ruling)));
    }
}

pub fn lease(world: &mut World, silent: i64) {
    let renewed = world.now().wall - SignedDuration::from_secs(silent);
    let lease = Lease {
        key: key("argo-rollouts", "argo-rollouts-controller-lock"),
        holder: "argo-rollouts-7d9f_3c1e".into(),
        renewed: Some(renewed),
        duration: SignedDuration::from_secs(15),
    };
    see(world, Sight::Lease(Answer::Seen(lease)));
}

pub fn controllers(world: &mut World) {
    let one = Controller {
        key: key("argo-rollouts", "argo-rollouts"),
        image: "quay.io/argoproj/argo-rollouts:v1.9.1".into(),
        wanted: 1,
        ready: 1,
    };
    see(world, Sight::Controllers(Answer::Seen(vec![one])));
}

/// What edges see where all is well, in the namespaces of the world.
pub fn well(world: &mut World, namespaces: &[&str]) {
    for namespace in namespaces {
        rights(world, namespace, |_| true);
    }
    lease(world, 2);
    controllers(world);
    see(world, Sight::Admission(Answer::Seen(Vec::new())));
    see(world, Sight::Skew(Answer::Seen(SignedDuration::from_millis(120))));
    let at = world.now().wall;
    let recording = Recording { head: Some(41), verified: Some((at, 41)), open: 0, waiting: 0 };
    see(world, Sight::Recording(Answer::Seen(recording)));
    see(world, Sight::PolicyService(Answer::Missing { why: "none is configured".into() }));
    let notifying = Notifying {
        services: vec!["slack".into()],
        triggers: vec!["on-rollout-aborted".into()],
        unset: vec![],
    };
    see(world, Sight::Notifying(Answer::Seen(notifying)));
}

pub fn judged(world: &mut World) {
    for _ in 0..3 {
        world.rest(1_500);
    }
}

pub fn healthy() -> World {
    let mut world = World::fixture();
    well(&mut world, &["demo"]);
    judged(&mut world);
    world
}

pub fn split(canary: i64) -> Sight {
    let object = TrafficObject { key: key("demo", "routed-routed-canary"), kind: "Ingress", selector: None };
    Sight::Traffic(key("demo", "routed"), object, Answer::Seen(Split { canary: Some(canary), of: 100 }))
}

pub fn denied(act: Act) -> Sight {
    let why = Ruling::Denied { why: "".into() };
    Sight::Right("demo".into(), act.rights()[0].clone(), Answer::Seen(why))
}

/// Opens health, and a row of it.
pub fn opened(world: &mut World, row: Capability) {
    world.press("l home");
    let nth = Capability::ALL.iter().position(|one| *one == row).unwrap();
    for _ in 0..nth {
        world.press("j");
    }
    world.press("enter");
}

/// A fleet of one Rollout in each of these namespaces.
pub fn spread(namespaces: &[&str]) -> World {
    let mut world = World::empty();
    world.app.session.policy = Policy::new(vec!["prod-eu/*".parse().unwrap()], Vec::new()).into();
    let objects = namespaces.iter().enumerate().map(|(nth, namespace)| {
        let value = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "web", "namespace": namespace, "uid": format!("uid-{nth}"), "generation": 2,
                "resourceVersion": "5", "creationTimestamp": "2026-11-20T08:00:00Z"},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
                "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}},
            "status": {"phase": "Healthy", "observedGeneration": "2", "currentPodHash": "a", "stableRS": "a",
                "currentStepIndex": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2,
                "availableReplicas": 2},
        });
        let Some(Object::Rollout(rollout)) = parse::from_value(value, &mut Interner::default()) else {
            panic!("no Rollout")
        };
        Object::Rollout(rollout)
    });
    world.list(Kind::Rollouts, objects);
    world.list(Kind::ReplicaSets, std::iter::empty());
    well(&mut world, namespaces);
    world
}

pub fn staged() -> World {
    let mut world = healthy();
    world.open("paused-at-step");
    world.press("p");
    world
}

pub fn tried(trial: Trial) -> Sight {
    Sight::Trial(key("demo", "paused-at-step"), Act::Promote, Answer::Seen(trial))
}
