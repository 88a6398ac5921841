use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::rollout::delta::{Delta, Kind, Object, Source};
use crate::rollout::{Canary, Meta, Rollout, Spec, Status, Step, Strategy};
use crate::store::Store;
use crate::text::Printable;

struct Calm;

impl Urgency for Calm {
    fn is_urgent(&self, _: &Key) -> bool {
        false
    }
}

struct One(&'static str);

impl Urgency for One {
    fn is_urgent(&self, key: &Key) -> bool {
        &*key.name == self.0
    }
}

fn rollout(namespace: &str, name: &str, phase: &str, second: i64) -> Object {
    let created = Timestamp::from_second(1_800_000_000 + second).ok();
    Object::Rollout(Box::new(Rollout {
        meta: Meta {
            key: Key { namespace: namespace.into(), name: name.into() },
            uid: format!("{namespace}/{name}").into(),
            resource_version: "1".into(),
            generation: 1,
            created,
            deleted: None,
            owners: Vec::new(),
            revision: None,
        },
        tracked_by: None,
        gate_policy: None,
        workload_generation: None,
        writers: Default::default(),
        spec: Spec {
            strategy: Strategy::Canary(Canary {
                steps: Arc::new([Step::SetWeight(5)]),
                max_weight: 100,
                ..Canary::default()
            }),
            ..Spec::default()
        },
        status: Status {
            phase: Some(Printable::from(phase)),
            observed_generation: Some("1".into()),
            current_pod_hash: Some("a".into()),
            stable_hash: Some(if phase == "Healthy" { "a" } else { "b" }.into()),
            ..Status::default()
        },
    }))
}

fn fleet(rows: &[(&str, &str, &str)]) -> Store {
    let mut store = Store::default();
    let source = Source { kind: Kind::Rollouts, namespace: None };
    store.apply(Delta::Begin(source.clone()));
    for (second, (namespace, name, phase)) in (0..).zip(rows) {
        store.apply(Delta::Seen(source.clone(), rollout(namespace, name, phase, second)));
    }
    store.apply(Delta::Done(source));
    store
}

fn names(browse: &Browse) -> Vec<&str> {
    browse.order.iter().map(|(_, key)| &*key.name).collect()
}

fn prepared(store: &Store, page: usize) -> Browse {
    let mut browse = Browse::default();
    browse.touch();
    browse.prepare(&store.fleet, &Calm, page);
    browse
}

#[test]
fn degraded_stands_above_moving_above_done() {
    let store =
        fleet(&[("a", "done", "Healthy"), ("a", "moving", "Progressing"), ("a", "broken", "Degraded")]);
    assert_eq!(names(&prepared(&store, 9)), ["broken", "moving", "done"]);
}

#[test]
fn among_equals_the_newest_change_is_first() {
    let store = fleet(&[("a", "older", "Healthy"), ("a", "newer", "Healthy")]);
    assert_eq!(names(&prepared(&store, 9)), ["newer", "older"]);
}

#[test]
fn an_operation_that_needs_a_look_stands_above_all() {
    let store = fleet(&[("a", "broken", "Degraded"), ("a", "doubted", "Healthy")]);
    let mut browse = Browse::default();
    browse.touch();
    browse.prepare(&store.fleet, &One("doubted"), 9);
    assert_eq!(names(&browse), ["doubted", "broken"]);
}

#[test]
fn the_selected_row_keeps_its_line_when_others_come_above_it() {
    let rows: Vec<(String, &str)> = (0..20).map(|n| (format!("r{n:02}"), "Healthy")).collect();
    let rows: Vec<(&str, &str, &str)> =
        rows.iter().map(|(name, phase)| ("a", name.as_str(), *phase)).collect();
    let mut store = fleet(&rows);
    let mut browse = prepared(&store, 10);
    browse.step(5);
    let chosen = browse.selected().cloned();
    let line = |browse: &Browse| browse.position().unwrap() - browse.offset;
    let before = line(&browse);
    let source = Source { kind: Kind::Rollouts, namespace: None };
    for n in 0..4 {
        store.apply(Delta::Seen(source.clone(), rollout("a", &format!("bad{n}"), "Degraded", 99)));
    }
    browse.touch();
    browse.prepare(&store.fleet, &Calm, 10);
    assert_eq!(browse.selected().cloned(), chosen);
    assert_eq!(line(&browse), before);
}

#[test]
fn until_a_person_chose_the_top_row_is_selected() {
    let mut store = fleet(&[("a", "one", "Healthy")]);
    let mut browse = prepared(&store, 5);
    store.apply(Delta::Seen(
        Source { kind: Kind::Rollouts, namespace: None },
        rollout("a", "bad", "Degraded", 9),
    ));
    browse.touch();
    browse.prepare(&store.fleet, &Calm, 5);
    assert_eq!(&*browse.selected().unwrap().name, "bad");
}

#[test]
fn keys_act_on_the_order_as_last_prepared() {
    let mut store = fleet(&[("a", "one", "Healthy")]);
    let mut browse = prepared(&store, 5);
    store.apply(Delta::Seen(
        Source { kind: Kind::Rollouts, namespace: None },
        rollout("a", "bad", "Degraded", 9),
    ));
    browse.touch();
    assert_eq!(&*browse.selected().unwrap().name, "one");
}

#[test]
fn filters_combine_and_are_taken_away_together() {
    let store = fleet(&[("a", "web", "Healthy"), ("b", "web", "Degraded"), ("b", "api", "Degraded")]);
    let mut browse = prepared(&store, 9);
    browse.next_phase();
    browse.filter = "web".into();
    browse.restart();
    browse.prepare(&store.fleet, &Calm, 9);
    assert_eq!(browse.in_view().1, [&Key { namespace: "b".into(), name: "web".into() }]);
    browse.show_all();
    browse.prepare(&store.fleet, &Calm, 9);
    assert_eq!(browse.len(), 3);
}

#[test]
fn namespaces_come_one_after_the_other_then_all_again() {
    let store = fleet(&[("a", "x", "Healthy"), ("b", "y", "Healthy")]);
    let mut browse = prepared(&store, 9);
    let mut seen = Vec::new();
    for _ in 0..3 {
        browse.next_namespace(&store.fleet);
        seen.push(browse.namespace.as_deref().map(str::to_owned));
    }
    assert_eq!(seen, [Some("a".to_owned()), Some("b".to_owned()), None]);
}

#[test]
fn a_row_that_is_gone_leaves_the_cursor_where_it_stood() {
    let store = fleet(&[("a", "three", "Healthy"), ("a", "two", "Healthy"), ("a", "one", "Healthy")]);
    let mut browse = prepared(&store, 9);
    browse.step(1);
    assert_eq!(&*browse.selected().unwrap().name, "two");
    let without = fleet(&[("a", "three", "Healthy"), ("a", "one", "Healthy")]);
    browse.touch();
    browse.prepare(&without.fleet, &Calm, 9);
    assert_eq!(&*browse.selected().unwrap().name, "three");
    browse.touch();
    browse.prepare(&store.fleet, &Calm, 9);
    assert_eq!(
        &*browse.selected().unwrap().name,
        "three",
        "what comes back does not take the cursor with it"
    );
}

#[test]
fn paging_stays_within_the_rows() {
    let rows: Vec<String> = (0..25).map(|n| format!("r{n:02}")).collect();
    let rows: Vec<(&str, &str, &str)> = rows.iter().map(|name| ("a", name.as_str(), "Healthy")).collect();
    let store = fleet(&rows);
    let mut browse = prepared(&store, 10);
    for _ in 0..9 {
        browse.page(true);
    }
    assert_eq!(browse.position(), Some(24));
    let (first, view) = browse.in_view();
    assert_eq!((first, view.len()), (15, 10));
    browse.select(0);
    assert_eq!(browse.in_view().0, 0);
}

proptest::proptest! {
    #[test]
    fn moving_the_rows_that_changed_gives_the_order_that_sorting_anew_gives(
        changes in proptest::collection::vec((0usize..40, 0usize..5, 0i64..60), 1..60),
        typed in proptest::sample::select(vec!["", "r1", "a/"]),
    ) {
        let names: Vec<String> = (0..40).map(|n| format!("r{n:02}")).collect();
        let rows: Vec<(&str, &str, &str)> = names.iter().map(|name| ("a", name.as_str(), "Healthy")).collect();
        let mut store = fleet(&rows);
        let mut browse = Browse { filter: Input::new(typed.to_owned()), ..Browse::default() };
        browse.touch();
        browse.prepare(&store.fleet, &Calm, 9);
        let source = Source { kind: Kind::Rollouts, namespace: None };
        for (version, (row, phase, second)) in (2..).zip(changes) {
            let key = Key { namespace: "a".into(), name: names[row].as_str().into() };
            store.apply(match ["Healthy", "Degraded", "Paused", "Progressing"].get(phase) {
                Some(phase) => Delta::Seen(source.clone(), newer(rollout("a", &names[row], phase, second), version)),
                None => Delta::Gone(source.clone(), key.clone()),
            });
            browse.touch_row(key);
            browse.prepare(&store.fleet, &Calm, 9);
            let mut anew = Browse { filter: Input::new(typed.to_owned()), ..Browse::default() };
            anew.touch();
            anew.prepare(&store.fleet, &Calm, 9);
            proptest::prop_assert_eq!(self::names(&browse), self::names(&anew));
        }
    }
}

fn newer(object: Object, version: u64) -> Object {
    match object {
        Object::Rollout(mut rollout) => {
            rollout.meta.resource_version = version.to_string().into();
            Object::Rollout(rollout)
        }
        other => other,
    }
}
