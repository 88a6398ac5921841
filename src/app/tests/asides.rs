//! What a confirmation says beside the rows that its order rests on, and what it does not say.

use serde_json::json;

use super::*;
use crate::app::health::aside::{Aside, Lost};
use crate::capability::sight::{Answer as Seen, Answering, Controller, Notifying, Recording};
use crate::capability::{Capability, Sight};
use crate::gate::Shelf;
use crate::gate::policy::file;
use crate::rollout::delta::{Object, Source};
use crate::rollout::parse::{self, Interner};

/// A session that may order, with ReplicaSets of `web` of these revisions, if they may be read.
fn town(revisions: Option<&[&str]>) -> World {
    let mut world = World::new(&["prod/shop"]);
    let sets = Source { kind: Watched::ReplicaSets, namespace: None };
    let at = world.now().wall;
    let Some(revisions) = revisions else {
        let why = "replicasets.apps is forbidden".into();
        world.tell(Delta::Contact(sets, Contact::Forbidden { why }, at));
        return world;
    };
    world.tell(Delta::Begin(sets.clone()));
    for (nth, revision) in revisions.iter().enumerate() {
        let value = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": format!("web-{nth}"), "namespace": "shop", "uid": format!("rs-{nth}"),
                "labels": {"rollouts-pod-template-hash": if nth == 0 { "new".to_owned() } else { format!("old{nth}") }},
                "annotations": {"rollout.argoproj.io/revision": revision},
                "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web",
                    "uid": "uid-web", "controller": true}]},
            "spec": {"replicas": 1}, "status": {},
        });
        world.tell(Delta::Seen(sets.clone(), parse::from_value(value, &mut Interner::default()).unwrap()));
    }
    world.tell(Delta::Done(sets.clone()));
    world.tell(Delta::Contact(sets, Contact::Live, at));
    world
}

fn see(world: &mut World, sight: Sight) {
    let at = world.now().wall;
    world.event(Event::Sight(sight, at));
}

/// Presses a key that stages, has all judged, and says what stands beside its order: `!` before what is quiet.
fn beside(world: &mut World, key: &str) -> Vec<String> {
    world.press(key);
    for _ in 0..3 {
        world.wait(1_500);
    }
    let modal = world.app.modal.as_ref().unwrap_or_else(|| panic!("{:?}", world.app.notice));
    let operation = world.app.operations.get(modal.id()).unwrap();
    let asides = world.app.asides(operation);
    let words = |aside: &Aside<'_>| match aside {
        Aside::Row(account) => format!("{} {}", account.capability.name(), account.state.word()),
        Aside::Quiet(account) => format!("!{} {}", account.capability.name(), account.state.word()),
        Aside::NoWayBack(lost) => format!("{lost:?}"),
    };
    asides.iter().map(words).collect()
}

fn image(image: &str) -> Sight {
    let key = Key { namespace: "argo-rollouts".into(), name: "argo-rollouts".into() };
    Sight::Controllers(Seen::Seen(vec![Controller { key, image: image.into(), wanted: 1, ready: 1 }]))
}

fn waiting(waiting: usize) -> Sight {
    Sight::Recording(Seen::Seen(Recording { head: Some(3), verified: None, open: waiting, waiting }))
}

const OLDER: Option<&[&str]> = Some(&["2", "1"]);

#[test]
fn where_nothing_is_known_to_be_unwell_nothing_is_said_beside_an_order() {
    assert!(beside(&mut town(OLDER), "p").is_empty(), "what nobody looked at is the health screen's");
    let mut world = town(OLDER);
    see(&mut world, Sight::Controllers(Seen::Forbidden { why: "deployments is forbidden".into() }));
    see(&mut world, Sight::Notifying(Seen::Forbidden { why: "configmaps is forbidden".into() }));
    see(&mut world, image("argo-rollouts:v1.9.1"));
    see(&mut world, waiting(0));
    assert!(beside(&mut world, "p").is_empty());
}

#[test]
fn a_controller_of_an_unknown_or_too_old_version_is_said_beside_every_order() {
    for key in ["p", "x", "w"] {
        let mut world = town(OLDER);
        see(&mut world, image("argo-rollouts:v0.10.2"));
        assert_eq!(beside(&mut world, key), ["controller-version degraded"], "{key}");
        let mut world = town(OLDER);
        see(&mut world, image("argo-rollouts:latest"));
        assert_eq!(beside(&mut world, key), ["controller-version unknown"], "{key}");
    }
}

#[test]
fn orders_that_wait_for_a_person_are_said_beside_every_order_and_a_dead_ledger_is_not_said_twice() {
    for key in ["p", "x"] {
        let mut world = town(OLDER);
        see(&mut world, waiting(2));
        assert_eq!(beside(&mut world, key), ["outbox degraded"], "{key}");
    }
    let mut world = town(OLDER);
    see(&mut world, Sight::Recording(Seen::Failed { why: "read-only".into() }));
    assert!(beside(&mut world, "p").is_empty(), "the ledger's own row says it");
    assert!(world.app.obstacle().is_some());
}

#[test]
fn notifications_that_lack_something_are_said_quietly() {
    let mut world = town(OLDER);
    let unset = vec!["slack-token".into()];
    let lacking = Notifying { services: vec!["slack".into()], triggers: vec!["on-aborted".into()], unset };
    see(&mut world, Sight::Notifying(Seen::Seen(lacking.clone())));
    assert_eq!(beside(&mut world, "p"), ["!notifications configuration-dependent"]);
    see(&mut world, Sight::Notifying(Seen::Seen(Notifying { unset: Vec::new(), ..lacking })));
    world.press("esc");
    assert!(beside(&mut world, "p").is_empty());
}

#[test]
fn a_promotion_says_where_there_is_no_revision_to_go_back_to_and_an_abort_does_not() {
    assert_eq!(beside(&mut town(Some(&["1"])), "p"), [format!("{:?}", Lost::None)]);
    assert!(beside(&mut town(Some(&["1"])), "x").is_empty(), "an abort leads back itself");
    assert_eq!(beside(&mut town(None), "p"), ["rollback configuration-dependent"]);
    assert!(beside(&mut town(OLDER), "p").is_empty());
}

#[test]
fn a_promotion_says_that_no_older_revision_is_kept() {
    let mut world = town(OLDER);
    let mut rollout = (**world.app.store.rollout(&gates::web()).unwrap()).clone();
    rollout.spec.history_limit = Some(0);
    rollout.meta.resource_version = "99".into();
    world.tell(Delta::Seen(source(), Object::Rollout(Box::new(rollout))));
    assert_eq!(beside(&mut world, "p"), [format!("{:?}", Lost::Unkept)]);
}

/// A session whose gate policy for `web` says this much of the policy service.
fn gated(simulation: &str) -> World {
    let text = format!("rollout_gates: {{}}\n{simulation}");
    let mut world = town(OLDER);
    world.app.gates = crate::app::gates::Gates::by(Shelf::of(vec![file::read(&text, "any").unwrap()]));
    world
}

#[test]
fn a_policy_service_that_does_not_answer_is_said_where_the_gate_of_a_promotion_asks_it() {
    let failed = || Sight::PolicyService(Seen::Failed { why: "nothing is reached at https://cordum".into() });
    let mut world = gated("policy_service: {topic: job.refund}\n");
    see(&mut world, failed());
    assert_eq!(beside(&mut world, "p"), ["policy-service unavailable"]);
    let mut world = gated("policy_service: {topic: job.refund}\n");
    see(&mut world, Sight::PolicyService(Seen::Missing { why: "no [policy-service]".into() }));
    assert_eq!(beside(&mut world, "p"), ["policy-service configuration-dependent"]);
    for mut world in [gated(""), town(OLDER)] {
        see(&mut world, failed());
        assert!(beside(&mut world, "p").is_empty(), "no gate asks it");
    }
    let mut world = gated("policy_service: {topic: job.refund}\n");
    see(&mut world, failed());
    assert!(beside(&mut world, "x").is_empty(), "an abort is judged by nobody");
    let mut world = gated("policy_service: {topic: job.refund}\n");
    see(&mut world, Sight::PolicyService(Seen::Seen(Answering::Well { version: "v2".into() })));
    assert!(beside(&mut world, "p").is_empty());
}

#[test]
fn what_is_said_beside_an_order_never_voids_its_confirmation() {
    let mut world = town(OLDER);
    world.armed();
    see(&mut world, image("argo-rollouts:v0.10.2"));
    see(&mut world, waiting(2));
    world.wait(1_500);
    let account = world.app.health.account(Capability::ControllerVersion, &"shop".into()).unwrap();
    assert_eq!(account.state.word(), "degraded");
    assert!(world.app.modal.as_ref().unwrap().is_armed());
}
