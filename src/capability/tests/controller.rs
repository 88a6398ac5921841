use jiff::SignedDuration;
use serde_json::json;

use super::fixture::{
    Town, ago, controller, evidence, failed, forbidden, key, lease, missing, now, text, web,
};
use crate::capability::judge::Reading;
use crate::capability::sight::Lease;
use crate::capability::{Answer, Capability as C, Sight, State};

const ROW: C = C::Reconciling;

fn seen(lease: Lease) -> Sight {
    Sight::Lease(Answer::Seen(lease))
}

/// Without any sign of the controller.
fn signless() -> Town {
    let mut town = Town::healthy();
    (town.board.lease, town.board.controllers) = (None, None);
    town
}

#[test]
fn a_leader_that_renews_is_a_sign_of_life_and_what_it_cannot_tell_is_said() {
    let health = Town::healthy().judge(ROW);
    assert_eq!(health.state, State::Available { at: ago(5) });
    assert!(evidence(&health).contains("a leader that renews may still be stuck"));
}

#[test]
fn a_lease_that_is_not_renewed_is_degraded_since_its_last_renewal() {
    let town = Town::healthy().see(seen(lease(ago(180))));
    let health = town.judge(ROW);
    assert_eq!(health.since, Some(ago(180)));
    assert_eq!(
        town.say(ROW),
        "degraded: no leader: argo-rollouts/argo-rollouts-controller-lock is not renewed"
    );
    assert!(
        town.paste(ROW).starts_with("kubectl --context prod -n argo-rollouts get deployments,pods,leases")
    );
}

#[test]
fn a_lease_holds_as_long_as_it_says_when_it_is_looked_at() {
    for (renewed, state) in [(16, "available"), (17, "degraded")] {
        assert_eq!(
            Town::healthy().see(seen(lease(ago(renewed)))).judge(ROW).state.word(),
            state,
            "{renewed}"
        );
    }
}

#[test]
fn a_lease_is_read_by_the_servers_clock() {
    // The server's clock is 100 s ahead of this machine's, and so is the time of renewal.
    let ahead = Sight::Skew(Answer::Seen(SignedDuration::from_secs(100)));
    let renewed = ago(5) + SignedDuration::from_secs(100);
    let town = Town::healthy().see(ahead.clone()).see(seen(lease(renewed)));
    assert_eq!(town.judge(ROW).state.word(), "available");
    let town = Town::healthy().see(ahead).see(seen(lease(ago(5))));
    assert_eq!(town.judge(ROW).state.word(), "degraded");
}

#[test]
fn a_lease_that_was_given_back_has_no_leader() {
    let given_back = Lease { holder: text(""), ..lease(ago(3)) };
    assert_eq!(Town::healthy().see(seen(given_back)).judge(ROW).state.word(), "degraded");
}

#[test]
fn a_controller_without_leader_election_is_seen_by_what_it_does() {
    let mut town = Town::healthy().see(seen(lease(ago(9_000))));
    town.board.acted = Some((key("web"), ago(20)));
    assert_eq!(town.judge(ROW).state, State::Available { at: ago(20) });
    let mut town = signless().see(Sight::Lease(missing("no Lease")));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
    town.board.acted = Some((key("web"), ago(20)));
    assert_eq!(town.judge(ROW).state, State::Available { at: ago(20) });
    town.board.acted = Some((key("web"), ago(61)));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn a_rollout_that_waits_too_long_degrades_whatever_the_lease_says() {
    let behind = web(json!({"metadata": {"generation": 8}}));
    let mut town = Town::healthy();
    town.board.follow(None, &behind, ago(10));
    assert_eq!(town.judge(ROW).state.word(), "available");
    town.board.waiting.clear();
    town.board.follow(None, &behind, ago(11));
    assert_eq!(town.say(ROW), "degraded: web in shop not taken up by it");
    assert_eq!(town.judge(ROW).since, Some(ago(11)));
}

#[test]
fn the_end_of_a_pause_that_is_not_taken_up_counts_as_waiting() {
    let resumed = web(json!({"status": {"controllerPause": true}}));
    let mut town = signless();
    town.board.follow(None, &resumed, ago(60));
    assert_eq!(town.judge(ROW).since, Some(ago(60)));
    town.board.follow(Some(&resumed), &web(json!({})), ago(50));
    assert!(town.board.waiting.is_empty());
}

#[test]
fn waiting_is_not_judged_by_an_old_sight() {
    let mut town = signless();
    town.board.follow(None, &web(json!({"metadata": {"generation": 8}})), ago(300));
    town.readings.rollouts = Reading::Stale { since: Some(ago(200)), why: text("nothing heard") };
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn no_ready_pod_counts_only_where_nothing_else_shows_life() {
    let down = || Sight::Controllers(Answer::Seen(vec![controller("argo-rollouts:v1.9.1", 0, 1)]));
    assert_eq!(Town::healthy().see(down()).judge(ROW).state.word(), "available");
    assert_eq!(signless().see(down()).say(ROW), "degraded: argo-rollouts/argo-rollouts has no ready pod");
    let zero = Sight::Controllers(Answer::Seen(vec![controller("argo-rollouts:v1.9.1", 0, 0)]));
    let town = Town::healthy().see(zero).see(seen(lease(ago(90))));
    assert_eq!(
        town.say(ROW),
        "degraded: no leader: argo-rollouts/argo-rollouts-controller-lock is not renewed; \
         argo-rollouts/argo-rollouts is scaled to 0"
    );
}

#[test]
fn ready_pods_alone_are_supported_because_standbys_are_ready_too() {
    let up = Sight::Controllers(Answer::Seen(vec![controller("argo-rollouts:v1.9.1", 1, 1)]));
    assert_eq!(signless().see(up).say(ROW), "supported");
}

#[test]
fn without_the_right_to_look_it_is_unknown_and_the_right_is_asked_for() {
    let town = signless()
        .see(Sight::Lease(forbidden("leases is forbidden")))
        .see(Sight::Controllers(forbidden("deployments is forbidden")));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
    let manifest = town.paste(ROW);
    assert!(manifest.contains("namespace: argo-rollouts"), "{manifest}");
    assert!(manifest.contains("resources: [leases], verbs: [get]"), "{manifest}");
    let town = signless().see(Sight::Lease(failed("timed out")));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn several_controllers_are_named_with_what_tells_them_apart() {
    let two = vec![controller("argo-rollouts:v1.9.1", 1, 1), controller("argo-rollouts:v1.8.4", 1, 1)];
    let health = Town::healthy().see(Sight::Controllers(Answer::Seen(two))).judge(ROW);
    assert!(evidence(&health).contains("instance id"));
}

#[test]
fn only_what_the_controller_alone_writes_counts_as_its_act() {
    let before = web(json!({}));
    for patch in [
        json!({"spec": {"paused": true}, "metadata": {"generation": 8}}),
        json!({"status": {"abort": true}}),
        json!({"status": {"promoteFull": true}}),
        json!({"status": {"currentStepIndex": 2, "controllerPause": false}}),
    ] {
        let mut town = Town::healthy();
        town.board.follow(Some(&before), &web(patch.clone()), ago(1));
        assert_eq!(town.board.acted, None, "{patch}");
    }
    for patch in [
        json!({"metadata": {"generation": 8}, "status": {"observedGeneration": "8"}}),
        json!({"status": {"updatedReplicas": 2}}),
        json!({"status": {"canary": {"weights": {"canary": {"weight": 40}}}}}),
    ] {
        let mut town = Town::healthy();
        town.board.follow(Some(&before), &web(patch.clone()), ago(1));
        assert_eq!(town.board.acted, Some((key("web"), ago(1))), "{patch}");
    }
}

#[test]
fn a_rollout_made_anew_shows_no_act_of_the_controller() {
    let mut town = Town::healthy();
    let other = web(json!({"metadata": {"uid": "u-2"}, "status": {"updatedReplicas": 3}}));
    town.board.follow(Some(&web(json!({}))), &other, now());
    assert_eq!(town.board.acted, None);
}

#[test]
fn a_version_is_known_by_the_tag_of_its_image() {
    for (image, expected) in [
        ("quay.io/argoproj/argo-rollouts:v1.9.1", "available"),
        ("quay.io/argoproj/argo-rollouts:v1.10.0-rc1", "available"),
        ("registry:5000/mirror/argo-rollouts:1.0.0@sha256:abc", "available"),
        (
            "quay.io/argoproj/argo-rollouts:v1.11.0",
            "unknown: v1.11.0 is newer than the rules known here (1.0 to 1.10)",
        ),
        (
            "quay.io/argoproj/argo-rollouts:v0.10.2",
            "degraded: v0.10.2 is older than the rules known here (1.0 to 1.10)",
        ),
        ("registry:5000/argo-rollouts@sha256:abc", "unknown: its image has no tag, so no version"),
        ("argo-rollouts:latest", "unknown: its tag latest is no version of Argo Rollouts"),
    ] {
        let town = Town::healthy().see(Sight::Controllers(Answer::Seen(vec![controller(image, 1, 1)])));
        assert_eq!(town.say(C::ControllerVersion), expected, "{image}");
    }
}

#[test]
fn an_image_with_neither_tag_nor_digest_has_no_version() {
    let town = Town::healthy().see(Sight::Controllers(Answer::Seen(vec![controller("argo-rollouts", 1, 1)])));
    assert_eq!(town.say(C::ControllerVersion), "unknown: its image has no tag, so no version");
}
