use std::sync::Arc;

use super::*;
use crate::gate::policy::file;
use crate::rollout::Key;

const POLICY: &str = "rollout_gates:\n  canary_lifetime_hours: 1\n  metric_resolution: 15s\n";

fn policy(text: &str) -> Policy {
    file::read(text, "web").unwrap()
}

fn canary(hash: &str, namespace: &str) -> Canary {
    Canary {
        key: Key { namespace: namespace.into(), name: "web.v2".into() },
        uid: "u".into(),
        hash: hash.into(),
        stable: "old-1".into(),
        policy: Arc::new(policy(POLICY)),
        runs: Vec::new(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_window_lies_on_multiples_of_the_resolution_whenever_it_is_asked() {
    for now in ["2026-11-21T10:00:00Z", "2026-11-21T10:00:14.999Z", "2026-11-21T10:00:07.5Z"] {
        let window = Window::of(&policy(POLICY), at(now));
        assert_eq!(window.to, at("2026-11-21T10:00:00Z"), "{now}");
        assert_eq!(window.from.as_second() % 15, 0, "{now}");
        assert!(
            window.from >= at("2026-11-21T09:00:00Z") && window.from < at("2026-11-21T09:00:15.001Z"),
            "{now}"
        );
        assert_eq!(window.refused(), None);
    }
    assert_eq!(Window::of(&policy(POLICY), at("2026-11-21T10:00:00Z")).points(), 241);
}

#[test]
fn more_points_than_a_server_answers_with_are_refused_with_what_to_change() {
    let long = policy("rollout_gates:\n  canary_lifetime_hours: 48\n  metric_resolution: 15s\n");
    let why = Window::of(&long, at("2026-11-21T10:00:00Z")).refused().unwrap();
    assert!(
        why.starts_with("11521 points are more than the 11000") && why.contains("metric_resolution"),
        "{why}"
    );
    let (from, to) = (at("2026-11-21T10:00:00Z"), at("2026-11-21T09:00:00Z"));
    assert!(Window::between(&long, (from, to), from).refused().unwrap().contains("ends before it begins"));
}

#[test]
fn a_query_is_filled_with_what_the_cluster_says_of_the_canary() {
    let query =
        "sum(rate(e{hash=\"{{canary}}\", not=\"{{ stable }}\", ns=\"{{namespace}}\", app=\"{{name}}\"}[1m]))";
    assert_eq!(
        filled(query, &canary("6d5", "shop")).unwrap(),
        "sum(rate(e{hash=\"6d5\", not=\"old-1\", ns=\"shop\", app=\"web.v2\"}[1m]))"
    );
    assert_eq!(filled("up{a=\"b\"} == {{", &canary("6d5", "shop")).unwrap(), "up{a=\"b\"} == {{");
}

#[test]
fn what_could_mean_something_else_in_a_query_is_never_put_into_one() {
    for hash in ["a\"} or vector(0) #", "a|b", "", "a b", "a\\", "ä", "a\n"] {
        let why = filled("x{h=\"{{canary}}\"}", &canary(hash, "shop")).unwrap_err();
        assert_eq!(why, "the canary of this Rollout holds what must not stand in a query", "{hash}");
    }
    assert!(filled("x{n=\"{{namespace}}\"}", &canary("a", ".*\"")).is_err());
    assert!(filled("x{n=\"{{other}}\"}", &canary("a", "b")).unwrap_err().contains("`{{other}}`"));
}
