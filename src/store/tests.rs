use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::rollout::delta::Contact;
use crate::rollout::phase::Phase;
use crate::rollout::{Meta, Rollout, Spec, Status};
use crate::text::Printable;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn key(name: &str) -> Key {
    Key { namespace: "shop".into(), name: name.into() }
}

fn rollout(name: &str, uid: &str, version: &str) -> Object {
    Object::Rollout(Box::new(Rollout {
        meta: Meta {
            key: key(name),
            uid: uid.into(),
            resource_version: version.into(),
            generation: 1,
            created: None,
            deleted: None,
            owners: Vec::new(),
            revision: None,
        },
        tracked_by: None,
        gate_policy: None,
        workload_generation: None,
        writers: Default::default(),
        spec: Spec::default(),
        status: Status::default(),
    }))
}

fn source() -> Source {
    Source { kind: Kind::Rollouts, namespace: None }
}

fn listed(names: &[&str]) -> Store {
    let mut store = Store::default();
    store.apply(Delta::Begin(source()));
    for name in names {
        store.apply(Delta::Seen(source(), rollout(name, "u1", "10")));
    }
    store.apply(Delta::Done(source()));
    store
}

fn version(store: &Store, name: &str) -> Arc<str> {
    store.rollout(&key(name)).unwrap().meta.resource_version.clone()
}

#[test]
fn a_list_that_is_repeated_keeps_what_it_has_not_reached_yet() {
    let mut store = listed(&["api", "web"]);
    store.apply(Delta::Begin(source()));
    store.apply(Delta::Seen(source(), rollout("api", "u1", "11")));
    assert_eq!(store.fleet.len(), 2);
    assert_eq!(store.apply(Delta::Done(source())), Touched::RolloutsSwept(vec![key("web")]));
    assert_eq!(store.fleet.len(), 1);
}

#[test]
fn a_watch_never_goes_back_for_one_uid() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Seen(source(), rollout("api", "u1", "12")));
    assert_eq!(store.apply(Delta::Seen(source(), rollout("api", "u1", "11"))), Touched::Nothing);
    assert_eq!(&*version(&store, "api"), "12");
}

#[test]
fn a_recreated_object_replaces_the_old_whatever_its_version() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Seen(source(), rollout("api", "u2", "3")));
    assert_eq!(&*version(&store, "api"), "3");
}

#[test]
fn a_new_list_may_go_back_as_after_a_restore() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Begin(source()));
    store.apply(Delta::Seen(source(), rollout("api", "u1", "4")));
    store.apply(Delta::Done(source()));
    assert_eq!(&*version(&store, "api"), "4");
}

#[test]
fn the_same_version_again_is_no_news() {
    let mut store = listed(&["api"]);
    assert_eq!(store.apply(Delta::Seen(source(), rollout("api", "u1", "10"))), Touched::Nothing);
}

#[test]
fn nothing_is_live_before_its_first_list_is_complete() {
    let mut store = Store::default();
    assert_eq!(store.freshness(Kind::Rollouts, at(0)), Freshness::Unasked);
    store.apply(Delta::Contact(source(), Contact::Connecting, at(0)));
    assert_eq!(store.freshness(Kind::Rollouts, at(0)), Freshness::Connecting);
    store.apply(Delta::Begin(source()));
    store.apply(Delta::Contact(source(), Contact::Syncing { about: Some(7) }, at(1)));
    store.apply(Delta::Seen(source(), rollout("api", "u1", "1")));
    assert_eq!(store.freshness(Kind::Rollouts, at(1)), Freshness::Syncing { seen: 1, about: Some(7) });
    store.apply(Delta::Done(source()));
    store.apply(Delta::Contact(source(), Contact::Live, at(2)));
    assert_eq!(store.freshness(Kind::Rollouts, at(2)), Freshness::Live);
}

#[test]
fn silence_beyond_the_limit_is_stale_since_the_last_byte() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Contact(source(), Contact::Live, at(0)));
    store.apply(Delta::Heard(source(), at(30)));
    assert!(store.freshness(Kind::Rollouts, at(30) + SILENCE_LIMIT).is_live());
    let late = at(30) + SILENCE_LIMIT + SignedDuration::from_secs(1);
    assert!(
        matches!(store.freshness(Kind::Rollouts, late), Freshness::Stale { since, .. } if since == Some(at(30)))
    );
}

const SILENCE_LIMIT: SignedDuration = freshness::SILENCE;

#[test]
fn a_broken_watch_is_stale_at_once_and_live_again_when_it_is_back() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Contact(source(), Contact::Live, at(0)));
    let why = Printable::ours("connection reset");
    store.apply(Delta::Contact(source(), Contact::Retrying { why: why.clone(), next: at(6) }, at(5)));
    assert_eq!(store.freshness(Kind::Rollouts, at(5)), Freshness::Stale { since: Some(at(0)), why });
    store.apply(Delta::Contact(source(), Contact::Live, at(7)));
    assert!(store.freshness(Kind::Rollouts, at(7)).is_live());
}

#[test]
fn a_server_that_gives_no_sign_of_life_makes_every_source_stale() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Contact(source(), Contact::Live, at(0)));
    store.apply(Delta::Link { answered: true, at: at(10) });
    store.apply(Delta::Link { answered: false, at: at(20) });
    store.apply(Delta::Link { answered: false, at: at(30) });
    assert!(
        matches!(store.freshness(Kind::Rollouts, at(31)), Freshness::Stale { since, .. } if since == Some(at(10)))
    );
    store.apply(Delta::Link { answered: true, at: at(40) });
    assert!(store.freshness(Kind::Rollouts, at(41)).is_live());
}

#[test]
fn the_worst_of_several_namespaces_is_shown() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Contact(source(), Contact::Live, at(0)));
    let other = Source { kind: Kind::Rollouts, namespace: Some("bank".into()) };
    let why = Printable::ours("no");
    store.apply(Delta::Contact(other, Contact::Forbidden { why: why.clone() }, at(0)));
    assert_eq!(store.freshness(Kind::Rollouts, at(1)), Freshness::Forbidden { why });
}

#[test]
fn a_closed_source_takes_its_objects_with_it() {
    let pods = Source { kind: Kind::Pods, namespace: Some("shop".into()) };
    let mut store = Store::default();
    store.apply(Delta::Begin(pods.clone()));
    store.apply(Delta::Seen(pods.clone(), pod("p1")));
    store.apply(Delta::Done(pods.clone()));
    assert_eq!(store.pods.len(), 1);
    store.apply(Delta::Closed(pods));
    assert!(store.pods.is_empty());
    assert_eq!(store.freshness(Kind::Pods, at(0)), Freshness::Unasked);
}

fn pod(name: &str) -> Object {
    let Object::Rollout(like) = rollout(name, "p", "1") else { unreachable!() };
    Object::Pod(Box::new(Pod {
        meta: like.meta,
        hash: "h".into(),
        status: Printable::ours("Running"),
        ready: 1,
        total: 1,
        restarts: 0,
    }))
}

#[test]
fn the_counts_follow_rollouts_that_come_change_and_go() {
    let in_phase = |name: &str, version: &str, word: &str| {
        let mut object = rollout(name, "u1", version);
        if let Object::Rollout(rollout) = &mut object {
            rollout.status.phase = Some(Printable::from(word));
        }
        Delta::Seen(source(), object)
    };
    let mut store = Store::default();
    store.apply(Delta::Begin(source()));
    store.apply(in_phase("api", "1", "Degraded"));
    store.apply(in_phase("web", "1", "Healthy"));
    store.apply(in_phase("job", "1", "Healthy"));
    store.apply(Delta::Done(source()));
    let counted = |store: &Store| {
        let fleet = &store.fleet;
        (fleet.wanting_person(), fleet.in_phase(Phase::Degraded), fleet.in_phase(Phase::Healthy))
    };
    assert_eq!(counted(&store), (1, 1, 2));
    store.apply(in_phase("api", "2", "Healthy"));
    assert_eq!(counted(&store), (0, 0, 3));
    store.apply(in_phase("api", "1", "Degraded"));
    assert_eq!(counted(&store), (0, 0, 3), "an older version counts for nothing");
    store.apply(Delta::Gone(source(), key("web")));
    assert_eq!(counted(&store), (0, 0, 2));
    store.apply(Delta::Begin(source()));
    store.apply(in_phase("api", "3", "Degraded"));
    store.apply(Delta::Done(source()));
    assert_eq!(counted(&store), (1, 1, 0));
}

#[test]
fn a_namespace_that_is_listed_anew_sweeps_only_its_own() {
    let (mut store, of) =
        (Store::default(), |name: &str| Source { kind: Kind::Rollouts, namespace: Some(name.into()) });
    for name in ["shop", "bank"] {
        store.apply(Delta::Begin(of(name)));
        let Object::Rollout(mut one) = rollout("api", name, "1") else { unreachable!() };
        one.meta.key.namespace = name.into();
        store.apply(Delta::Seen(of(name), Object::Rollout(one)));
        store.apply(Delta::Done(of(name)));
    }
    store.apply(Delta::Begin(of("shop")));
    store.apply(Delta::Begin(of("bank")));
    store.apply(Delta::Seen(of("shop"), rollout("api", "shop", "2")));
    assert_eq!(store.apply(Delta::Done(of("shop"))), Touched::RolloutsSwept(Vec::new()));
    assert_eq!(store.fleet.len(), 2);
}

#[test]
fn a_list_that_is_read_anew_after_an_outage_is_stale_until_it_is_complete() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Contact(source(), Contact::Live, at(0)));
    store.apply(Delta::Begin(source()));
    store.apply(Delta::Contact(source(), Contact::Syncing { about: None }, at(3600)));
    store.apply(Delta::Heard(source(), at(3601)));
    assert!(
        matches!(store.freshness(Kind::Rollouts, at(3601)), Freshness::Stale { since, .. } if since == Some(at(0)))
    );
    store.apply(Delta::Done(source()));
    store.apply(Delta::Contact(source(), Contact::Live, at(3602)));
    assert!(store.freshness(Kind::Rollouts, at(3602)).is_live());
}

#[test]
fn what_one_namespace_suffers_does_not_count_in_another() {
    let mut store = listed(&["api"]);
    store.apply(Delta::Closed(source()));
    for (name, contact) in
        [("shop", Contact::Live), ("bank", Contact::Forbidden { why: Printable::ours("no") })]
    {
        let source = Source { kind: Kind::Rollouts, namespace: Some(name.into()) };
        store.apply(Delta::Begin(source.clone()));
        store.apply(Delta::Done(source.clone()));
        store.apply(Delta::Contact(source, contact, at(0)));
    }
    assert!(store.freshness_in(Kind::Rollouts, "shop", at(1)).is_live());
    assert!(!store.freshness_in(Kind::Rollouts, "bank", at(1)).is_live());
    assert!(store.is_known(Kind::Rollouts, "shop") && !store.is_known(Kind::Rollouts, "bank"));
    assert!(!store.is_known(Kind::ReplicaSets, "shop"), "never asked is not known");
}

#[test]
fn what_lies_behind_a_key_is_listed_whether_that_is_still_known_or_not() {
    let store = listed(&["api", "cart", "web"]);
    let names = |after: Option<&Key>| -> Vec<String> {
        store.fleet.after(after).map(|(key, _)| key.name.to_string()).collect()
    };
    assert_eq!(names(None), ["api", "cart", "web"]);
    assert_eq!(names(Some(&key("api"))), ["cart", "web"]);
    assert_eq!(names(Some(&key("billing"))), ["cart", "web"]);
    assert!(names(Some(&key("web"))).is_empty());
}
