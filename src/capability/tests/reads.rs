use serde_json::json;

use super::fixture::{Town, ago, all, evidence, text, web};
use crate::capability::judge::Reading;
use crate::capability::{Capability as C, State};

const READS: [C; 4] = [C::ReadRollouts, C::ReadRevisions, C::ReadAnalysis, C::ReadEvents];

fn with(reading: Reading) -> Town {
    Town { readings: all(&reading), ..Town::healthy() }
}

#[test]
fn a_watch_that_was_heard_from_is_available_at_that_time() {
    for row in READS {
        let health = with(Reading::Live { at: ago(80) }).judge(row);
        assert_eq!(health.state, State::Available { at: ago(80) }, "{row:?}");
    }
}

#[test]
fn a_watch_that_claims_to_be_live_and_is_silent_is_degraded() {
    for row in READS {
        let health = with(Reading::Live { at: ago(91) }).judge(row);
        assert_eq!(health.state.word(), "degraded", "{row:?}");
        assert_eq!(health.since, Some(ago(91)));
    }
}

#[test]
fn two_watches_are_as_old_as_the_older_one() {
    let mut town = Town::healthy();
    town.readings.pods = Reading::Live { at: ago(40) };
    assert_eq!(town.judge(C::ReadRevisions).state, State::Available { at: ago(40) });
}

#[test]
fn each_way_not_to_read_has_its_own_state() {
    let why = || text("words of the server");
    for (reading, expected) in [
        (Reading::Loading, "unknown: Rollouts: the first list is under way"),
        (Reading::Stale { since: Some(ago(240)), why: why() }, "degraded: Rollouts: words of the server"),
        (Reading::Stale { since: None, why: why() }, "unavailable: Rollouts: words of the server"),
        (
            Reading::Forbidden { why: why() },
            "configuration-dependent: get, list, watch rollouts.argoproj.io in shop",
        ),
        (Reading::Absent { why: why() }, "configuration-dependent: the server has no Rollouts"),
        (Reading::LoggedOut { why: why() }, "unavailable: Rollouts: words of the server"),
        (Reading::Unwatched, "supported"),
    ] {
        assert_eq!(with(reading.clone()).say(C::ReadRollouts), expected, "{reading:?}");
    }
}

#[test]
fn a_stale_watch_is_degraded_since_it_was_last_heard_from() {
    let town = with(Reading::Stale { since: Some(ago(240)), why: text("the API server does not answer") });
    assert_eq!(town.judge(C::ReadRollouts).since, Some(ago(240)));
}

#[test]
fn of_what_may_not_be_read_only_the_missing_verbs_are_asked_for() {
    let mut town = with(Reading::Forbidden { why: text("pods is forbidden") }).denied("watch", "pods");
    town.readings.replica_sets = Reading::Live { at: ago(1) };
    assert_eq!(town.say(C::ReadRevisions), "configuration-dependent: watch pods in shop");
    let manifest = town.paste(C::ReadRevisions);
    assert!(manifest.contains(r#"- {apiGroups: [""], resources: [pods], verbs: [watch]}"#), "{manifest}");
    assert!(evidence(&town.judge(C::ReadRevisions)).contains("watch: pods is forbidden"));
}

#[test]
fn a_missing_definition_comes_with_the_command_that_installs_it() {
    let town = with(Reading::Absent { why: text("no Rollouts here") });
    assert_eq!(
        town.paste(C::ReadRollouts),
        "kubectl --context prod apply --server-side -k 'https://github.com/argoproj/argo-rollouts/manifests/crds?ref=stable'"
    );
}

#[test]
fn what_nobody_opened_is_as_good_as_the_rights_to_it() {
    let town = with(Reading::Unwatched);
    assert_eq!(town.say(C::ReadAnalysis), "supported");
    let town = town.denied("list", "analysisruns");
    assert_eq!(town.say(C::ReadAnalysis), "configuration-dependent: list analysisruns.argoproj.io in shop");
}

#[test]
fn undo_has_somewhere_to_go_where_each_rollout_has_an_older_revision() {
    let mut town = Town::healthy();
    assert_eq!(town.judge(C::RollbackVisibility).state, State::Available { at: ago(10) });
    town.rollouts.push(web(json!({"metadata": {"name": "pay", "uid": "u-pay"}})));
    town.targets = vec![2, 0];
    assert_eq!(town.say(C::RollbackVisibility), "supported");
    let said = evidence(&town.judge(C::RollbackVisibility));
    assert!(said.contains("1 of 2 Rollouts have no older revision: pay"), "{said}");
    town.targets = vec![0, 0];
    assert_eq!(
        town.say(C::RollbackVisibility),
        "configuration-dependent: an older ReplicaSet: no Rollout here has one"
    );
}

#[test]
fn undo_targets_are_not_known_where_replica_sets_are_not() {
    let mut town = Town::healthy();
    town.targets = Vec::new();
    assert_eq!(town.say(C::RollbackVisibility), "unknown: older revisions were not counted yet");
    town.readings.replica_sets = Reading::Forbidden { why: text("no") };
    assert_eq!(
        town.say(C::RollbackVisibility),
        "configuration-dependent: get, list, watch replicasets.apps in shop"
    );
}

#[test]
fn where_no_namespace_is_known_rights_are_missing_in_all_of_them() {
    let town = with(Reading::Forbidden { why: text("rollouts is forbidden") });
    let place = crate::capability::judge::Place { namespace: "".into(), ..town.place() };
    let health = crate::capability::judge(C::ReadRollouts, Some(&place), &[], &town.board, ago(0));
    let why = health.state.reason().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("get, list, watch rollouts.argoproj.io in all namespaces"));
    let paste = health.remedy.and_then(|remedy| remedy.paste).unwrap();
    assert!(paste.contains("kind: ClusterRole\n") && !paste.contains("namespace:"), "{paste}");
}
