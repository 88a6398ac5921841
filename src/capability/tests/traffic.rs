use serde_json::json;

use super::fixture::{Town, ago, evidence, failed, forbidden, key, missing, now, routes, web};
use crate::capability::judge::Reading;
use crate::capability::sight::{Split, TrafficObject};
use crate::capability::{Answer, Capability as C, Sight, State};
use crate::rollout::Key;

const ROW: C = C::WeightsVerified;

fn split(canary: Option<i64>, of: i64) -> Sight {
    Sight::Traffic(key("web"), routes(), Answer::Seen(Split { canary, of }))
}

fn unread() -> Town {
    let mut town = Town::healthy();
    town.board.traffic.clear();
    town
}

fn with(patch: serde_json::Value) -> Town {
    Town { rollouts: vec![web(patch)], ..unread() }
}

#[test]
fn an_object_that_splits_as_claimed_verifies_the_weight() {
    assert_eq!(Town::healthy().judge(ROW).state, State::Available { at: ago(5) });
}

#[test]
fn shares_are_compared_as_shares() {
    let town = Town::healthy().see(split(Some(200), 1_000));
    assert_eq!(town.judge(ROW).state.word(), "available");
    let town = Town::healthy().see(split(Some(20), 1_000));
    assert_eq!(town.judge(ROW).state.word(), "degraded");
}

#[test]
fn a_contradiction_is_told_with_both_numbers() {
    let town = Town::healthy().see(split(Some(50), 100));
    assert_eq!(town.say(ROW), "degraded: web claims 20 of 100, VirtualService web-routes has 50 of 100");
    assert_eq!(
        town.paste(ROW),
        "kubectl --context prod -n shop get virtualservices.networking.istio.io web-routes -o yaml"
    );
    assert_eq!(town.judge(C::TrafficProvider).state.word(), "available");
}

#[test]
fn a_contradiction_outweighs_the_routers_own_word() {
    let verified = json!({"status": {"canary": {"weights": {"verified": true}}}});
    let town = Town { rollouts: vec![web(verified.clone())], ..Town::healthy() };
    assert_eq!(town.judge(ROW).state.word(), "available");
    assert_eq!(town.see(split(Some(50), 100)).judge(ROW).state.word(), "degraded");
    assert_eq!(with(verified).judge(ROW).state, State::Available { at: ago(10) });
}

#[test]
fn a_weight_that_is_being_changed_is_no_contradiction_yet() {
    let mut town = Town::healthy();
    let before =
        web(json!({"status": {"canary": {"weights": {"canary": {"weight": 0}, "stable": {"weight": 100}}}}}));
    town.board.follow(Some(&before), &web(json!({})), ago(9));
    let town = town.see(split(Some(0), 100));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
    let mut later = town;
    later.board.note(split(Some(0), 100), now() + jiff::SignedDuration::from_secs(2));
    assert_eq!(later.judge(ROW).state.word(), "degraded");
}

#[test]
fn a_router_that_has_not_verified_is_given_some_time() {
    let waits = json!({"status": {"canary": {"weights": {"verified": false}}}});
    let mut town = with(waits.clone());
    town.readings.rollouts = Reading::Live { at: now() };
    let before = web(json!({"status": {"canary": {"weights": {"canary": {"weight": 0}}}}}));
    town.board.follow(Some(&before), &web(waits), ago(9));
    assert_eq!(town.say(ROW), "unknown: web: weight 20 is being verified");
    town.board.reweighed.insert(key("web"), ago(30));
    assert_eq!(town.say(ROW), "degraded: web: weight 20 is not verified by its router");
    assert_eq!(town.judge(ROW).since, Some(ago(30)));
}

#[test]
fn an_object_that_may_not_be_read_names_the_right() {
    let town = unread().see(Sight::Traffic(key("web"), routes(), forbidden("virtualservices is forbidden")));
    for row in [ROW, C::TrafficProvider] {
        assert_eq!(town.say(row), "configuration-dependent: get virtualservices.networking.istio.io in shop");
        assert!(town.paste(row).contains("resources: [virtualservices], verbs: [get]"));
    }
}

#[test]
fn an_object_that_is_not_there_is_what_is_missing() {
    let town = unread().see(Sight::Traffic(key("web"), routes(), missing("not found")));
    assert_eq!(
        town.say(C::TrafficProvider),
        "configuration-dependent: VirtualService web-routes of web, which is not there"
    );
}

#[test]
fn a_form_of_split_that_is_not_known_can_be_read_and_verifies_nothing() {
    let town = Town::healthy().see(split(None, 100));
    assert_eq!(town.judge(C::TrafficProvider).state.word(), "available");
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn an_object_that_stopped_answering_is_degraded_since_then() {
    let mut town = Town::healthy();
    town.board.note(Sight::Traffic(key("web"), routes(), failed("timed out")), ago(3));
    let town = town.see(Sight::Traffic(key("web"), routes(), failed("timed out")));
    assert_eq!(town.judge(C::TrafficProvider).since, Some(ago(3)));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn what_moves_and_was_not_read_is_unknown_and_what_rests_is_supported() {
    assert_eq!(unread().judge(ROW).state.word(), "unknown");
    assert_eq!(unread().judge(C::TrafficProvider).state.word(), "unknown");
    let rests = with(json!({"status": {"stableRS": "bbb", "currentStepIndex": 3}}));
    assert_eq!(rests.say(ROW), "supported");
    assert_eq!(rests.say(C::TrafficProvider), "supported");
}

#[test]
fn an_old_sight_of_an_object_verifies_nothing() {
    let mut town = unread();
    town.board.note(split(Some(20), 100), ago(91));
    assert_eq!(town.judge(ROW).state.word(), "unknown");
    assert_eq!(town.judge(C::TrafficProvider).state.word(), "unknown");
}

#[test]
fn without_a_router_the_pods_carry_the_weight_and_that_is_said() {
    let town = with(json!({"spec": {"strategy": {"canary": {"trafficRouting": null}}}}));
    assert_eq!(town.say(ROW), "supported");
    assert!(evidence(&town.judge(ROW)).contains("the ratio of pods is their weight"));
    assert_eq!(town.say(C::TrafficProvider), "supported");
}

#[test]
fn a_rollout_that_is_fine_hides_none_that_is_not() {
    let mut town = Town::healthy().see(split(Some(50), 100));
    town.rollouts.insert(0, web(json!({"metadata": {"name": "api", "uid": "u-api"}})));
    town.board.note(
        Sight::Traffic(key("api"), routes(), Answer::Seen(Split { canary: Some(20), of: 100 })),
        ago(1),
    );
    assert_eq!(town.judge(ROW).state.word(), "degraded");
}

#[test]
fn weights_of_an_old_sight_are_as_old_as_that() {
    let mut town = Town::healthy();
    town.readings.rollouts =
        Reading::Stale { since: Some(ago(200)), why: super::fixture::text("nothing heard") };
    assert_eq!(town.judge(ROW).since, Some(ago(200)));
}

/// All HTTPRoutes that bear `app=web`.
fn labels() -> TrafficObject {
    let key = Key { name: "".into(), ..key("") };
    TrafficObject { key, kind: "HTTPRoute", selector: Some("app=web".into()) }
}

/// What these labels chose: routes by name, with the canary's share of 100.
fn chose(routes: &[(&str, i64)]) -> Sight {
    let found = routes.iter().map(|(name, canary)| {
        let object = TrafficObject { key: key(name), kind: "HTTPRoute", selector: None };
        (object, Split { canary: Some(*canary), of: 100 })
    });
    Sight::Chosen(key("web"), labels(), Answer::Seen(found.collect()))
}

fn by_labels() -> Town {
    let gateway = json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRouteSelector": {"matchLabels": {"app": "web"}}}}});
    with(
        json!({"spec": {"strategy": {"canary": {"trafficRouting": {"istio": null, "plugins": gateway["plugins"]}}}}}),
    )
}

#[test]
fn routes_that_labels_choose_are_compared_each_for_itself() {
    let town = by_labels().see(chose(&[("front", 20), ("api", 20)]));
    assert_eq!(town.judge(ROW).state.word(), "available");
    assert_eq!(town.judge(C::TrafficProvider).state.word(), "available");
    let town = town.see(chose(&[("front", 20), ("api", 60)]));
    assert_eq!(town.say(ROW), "degraded: web claims 20 of 100, HTTPRoute api has 60 of 100");
    assert!(town.paste(ROW).ends_with("get httproutes.gateway.networking.k8s.io api -o yaml"));
}

#[test]
fn a_route_that_labels_no_longer_choose_says_nothing_any_more() {
    let town = by_labels().see(chose(&[("front", 20), ("api", 60)])).see(chose(&[("front", 20)]));
    assert_eq!(town.judge(ROW).state.word(), "available");
    assert!(!evidence(&town.judge(ROW)).contains("api"));
    let mut town = town;
    town.board.note(chose(&[("api", 60)]), ago(30));
    assert_eq!(town.judge(ROW).state.word(), "available", "an older look changes nothing");
}

#[test]
fn labels_that_choose_nothing_are_told_and_a_route_that_then_bears_them_is_taken_in() {
    let none = || Sight::Chosen(key("web"), labels(), missing("no HTTPRoute in shop bears app=web"));
    let town = by_labels().see(chose(&[("front", 20)])).see(none());
    assert_eq!(
        town.say(C::TrafficProvider),
        "configuration-dependent: HTTPRoute with app=web of web, which is not there"
    );
    let remedy = town.judge(C::TrafficProvider).remedy.unwrap();
    assert!(remedy.sentence.as_str().contains("Label the route that is meant"), "{remedy:?}");
    assert!(!evidence(&town.judge(C::TrafficProvider)).contains("front"));
    let town = town.see(chose(&[("front", 20)]));
    assert_eq!(town.judge(C::TrafficProvider).state.word(), "available");
}

#[test]
fn labels_by_which_nobody_may_look_ask_for_the_right_to_list() {
    let town = by_labels().see(Sight::Chosen(key("web"), labels(), forbidden("httproutes is forbidden")));
    assert_eq!(
        town.say(C::TrafficProvider),
        "configuration-dependent: list httproutes.gateway.networking.k8s.io in shop"
    );
    assert!(town.paste(C::TrafficProvider).contains("verbs: [list]"));
}

#[test]
fn a_look_by_labels_that_fails_makes_what_they_chose_unsure_and_forgets_none_of_it() {
    let fails = || Sight::Chosen(key("web"), labels(), failed("timed out"));
    let town = by_labels().see(chose(&[("front", 20)])).see(fails());
    assert_eq!(town.say(C::TrafficProvider), "degraded: HTTPRoute front of web: timed out");
    assert_eq!(
        by_labels().see(fails()).say(C::TrafficProvider),
        "unknown: HTTPRoute with app=web of web: timed out"
    );
    let mut gone = by_labels().see(chose(&[("front", 20)]));
    gone.board.forget(&key("web"));
    gone.board.note(fails(), now());
    assert_eq!(gone.board.traffic.len(), 1, "what is forgotten does not come back");
}
