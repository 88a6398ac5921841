use serde_json::json;

use super::fixture::{Town, ago, evidence, failed, forbidden, hook, missing, prometheus, text, web};
use crate::capability::sight::{Answering, Notifying, Provider, Trial};
use crate::capability::{Act, Answer, Capability as C, Sight, State};

fn policy(answer: Answer<Answering>) -> Town {
    Town::healthy().see(Sight::PolicyService(answer))
}

fn provider(answer: Answer<Answering>) -> Town {
    Town::healthy().see(Sight::Provider("shop".into(), prometheus(), answer))
}

fn wrongly(what: &'static str) -> Answering {
    Answering::Wrongly { what: text(what) }
}

#[test]
fn the_policy_service_is_what_its_answer_is() {
    for (answer, expected) in [
        (Answer::Seen(Answering::Well { version: text("1.4") }), "available"),
        (
            Answer::Seen(wrongly("a login page")),
            "degraded: it does not answer as a policy service does: a login page",
        ),
        (Answer::Seen(Answering::Named { last: None }), "supported"),
        (missing("[policy-service] url"), "configuration-dependent: [policy-service] url"),
        (forbidden("401"), "configuration-dependent: a key that it takes: 401"),
        (failed("connection refused"), "degraded: connection refused"),
    ] {
        assert_eq!(policy(answer.clone()).say(C::PolicyService), expected, "{answer:?}");
    }
}

#[test]
fn a_policy_service_that_never_answered_is_unavailable() {
    let mut town = Town::healthy();
    town.board.policy_service = None;
    let town = town.see(Sight::PolicyService(failed("connection refused")));
    assert_eq!(town.say(C::PolicyService), "unavailable: connection refused");
}

#[test]
fn a_provider_is_named_with_its_address_in_what_is_wrong_with_it() {
    let name = "prometheus http://prometheus:9090";
    for (answer, expected) in [
        (Answer::Seen(Answering::Well { version: text("2.53") }), "available".to_owned()),
        (Answer::Seen(wrongly("HTML")), format!("degraded: {name}: HTML")),
        (failed("connection refused"), format!("degraded: {name}: connection refused")),
        (missing("no such host"), format!("configuration-dependent: {name}: no such host")),
        (forbidden("403"), format!("configuration-dependent: {name}, from here: 403")),
    ] {
        assert_eq!(provider(answer.clone()).say(C::AnalysisProviders), expected, "{answer:?}");
    }
}

#[test]
fn a_provider_that_was_never_reached_from_here_may_still_be_reached_by_the_controller() {
    let mut town = Town::healthy();
    town.board.providers.clear();
    let town = town.see(Sight::Provider("shop".into(), prometheus(), failed("no route to host")));
    assert_eq!(town.judge(C::AnalysisProviders).state.word(), "unknown");
}

#[test]
fn a_provider_that_cannot_be_asked_shows_itself_by_its_newest_measurement() {
    let datadog = Provider { kind: "datadog".into(), address: "".into() };
    let named = |last| {
        let mut town = Town::healthy();
        town.board.providers.clear();
        let answer = Answer::Seen(Answering::Named { last });
        town.see(Sight::Provider("shop".into(), datadog.clone(), answer)).judge(C::AnalysisProviders).state
    };
    assert_eq!(named(None), State::Supported);
    assert_eq!(named(Some((ago(170), text("Successful")))), State::Available { at: ago(170) });
    // A condition that failed was measured.
    assert_eq!(named(Some((ago(170), text("Failed")))), State::Available { at: ago(170) });
    assert_eq!(named(Some((ago(190), text("Successful")))), State::Supported);
    assert_eq!(named(Some((ago(190), text("Error")))).word(), "degraded");
}

#[test]
fn the_worst_provider_speaks_for_a_namespace_and_others_do_not() {
    let web_metrics = Provider { kind: "web".into(), address: "https://metrics".into() };
    let town = Town::healthy().see(Sight::Provider(
        "shop".into(),
        web_metrics.clone(),
        Answer::Seen(wrongly("HTML")),
    ));
    assert_eq!(town.say(C::AnalysisProviders), "degraded: web https://metrics: HTML");
    let town =
        Town::healthy().see(Sight::Provider("shop-2".into(), web_metrics, Answer::Seen(wrongly("HTML"))));
    assert_eq!(town.judge(C::AnalysisProviders).state.word(), "available");
}

#[test]
fn without_templates_it_matters_whether_an_analysis_is_declared() {
    let mut town = Town::healthy();
    town.board.providers.clear();
    assert_eq!(town.say(C::AnalysisProviders), "unknown: its templates were not read yet");
    town.rollouts =
        vec![web(json!({"spec": {"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}}}))];
    assert_eq!(town.say(C::AnalysisProviders), "supported");
}

#[test]
fn notifications_that_are_configured_were_not_seen_to_arrive() {
    assert_eq!(Town::healthy().say(C::Notifications), "supported");
    let full = Notifying { services: vec![text("slack")], triggers: vec![text("on-x")], unset: Vec::new() };
    for (notifying, expected) in [
        (
            Notifying { services: Vec::new(), ..full.clone() },
            "configuration-dependent: a service (service.…) in argo-rollouts-notification-configmap",
        ),
        (
            Notifying { triggers: Vec::new(), ..full.clone() },
            "configuration-dependent: a trigger (trigger.…) in argo-rollouts-notification-configmap",
        ),
        (
            Notifying { unset: vec![text("slack-token")], ..full },
            "configuration-dependent: in argo-rollouts-notification-secret: slack-token",
        ),
    ] {
        assert_eq!(
            Town::healthy().see(Sight::Notifying(Answer::Seen(notifying))).say(C::Notifications),
            expected
        );
    }
    let town = Town::healthy().see(Sight::Notifying(forbidden("configmaps is forbidden")));
    assert_eq!(town.judge(C::Notifications).state.word(), "unknown");
    assert!(town.paste(C::Notifications).contains("resources: [configmaps], verbs: [get]"));
}

#[test]
fn who_may_refuse_is_listed_and_is_no_fault() {
    let town = Town::healthy().untried().see(Sight::Admission(Answer::Seen(vec![hook(true), hook(false)])));
    let health = town.judge(C::Admission);
    assert_eq!(health.state, State::Supported);
    let said = evidence(&health);
    assert!(said.contains("ValidatingWebhookConfiguration gatekeeper: refuses when it fails"), "{said}");
    assert!(said.contains("ValidatingWebhookConfiguration gatekeeper: passes when it fails"), "{said}");
}

#[test]
fn admission_that_let_something_through_is_available_since_then() {
    let town = Town::healthy().see(Sight::Admission(Answer::Seen(vec![hook(true)])));
    assert_eq!(town.judge(C::Admission).state, State::Available { at: ago(30) });
}

#[test]
fn a_refusal_degrades_admission_in_its_words() {
    let mut town = Town::healthy();
    let why = text("admission webhook \"gatekeeper\" denied the request: no promotions today");
    town.trial("web", Act::Promote, Answer::Seen(Trial::Refused { why: why.clone() }), 4);
    assert_eq!(town.say(C::Admission), format!("degraded: Promote of web in shop: {why}"));
}

#[test]
fn who_may_not_list_admission_is_told_what_that_takes() {
    let town = Town::healthy().see(Sight::Admission(forbidden("no")));
    assert_eq!(town.judge(C::Admission).state.word(), "configuration-dependent");
    let manifest = town.paste(C::Admission);
    assert!(manifest.contains("kind: ClusterRole\n"), "{manifest}");
    assert!(!manifest.contains("namespace:"), "{manifest}");
}

#[test]
fn what_argo_cd_tracks_may_be_put_back() {
    let mut town = Town::healthy();
    assert_eq!(town.say(C::Ownership), "supported");
    town.rollouts = vec![web(json!({"metadata": {"annotations": {
        "argocd.argoproj.io/tracking-id": "front:argoproj.io/Rollout:shop/web"
    }}}))];
    assert_eq!(
        town.say(C::Ownership),
        "configuration-dependent: no self-heal of Argo CD application front, which tracks web"
    );
    assert!(evidence(&town.judge(C::Ownership)).contains("not promote and abort"));
}
