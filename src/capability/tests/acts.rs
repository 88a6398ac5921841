use serde_json::json;

use super::fixture::{Town, ago, evidence, failed, forbidden, missing, text, web};
use crate::capability::judge::{Granted, Reading};
use crate::capability::sight::Trial;
use crate::capability::{Act, Answer, Capability as C, Sight, State};

fn refused(why: &'static str) -> Answer<Trial> {
    Answer::Seen(Trial::Refused { why: text(why) })
}

#[test]
fn an_act_that_was_let_through_is_available_since_then() {
    for act in Act::ALL {
        assert_eq!(Town::healthy().judge(act.capability()).state, State::Available { at: ago(30) });
    }
}

#[test]
fn rights_alone_make_an_act_supported_and_nothing_asked_leaves_it_unknown() {
    let town = Town::healthy().untried();
    assert_eq!(town.say(C::Promote), "supported");
    let mut town = town;
    town.board.rights.clear();
    assert_eq!(
        town.say(C::Promote),
        "unknown: the right to patch rollouts.argoproj.io/status: not asked yet"
    );
    assert_eq!(
        town.paste(C::Promote),
        "kubectl --context prod -n shop auth can-i patch rollouts.argoproj.io --subresource=status"
    );
}

#[test]
fn a_denied_right_is_named_and_only_the_rows_that_need_it_say_so() {
    let town = Town::healthy().untried().denied("patch", "rollouts/status");
    let missing = "configuration-dependent: patch rollouts.argoproj.io/status in shop";
    assert_eq!(town.say(C::Promote), missing);
    assert_eq!(town.say(C::AbortRetry), missing);
    assert_eq!(town.say(C::PauseResume), "supported");
    let town = Town::healthy().untried().denied("patch", "rollouts");
    assert_eq!(town.say(C::PauseResume), "configuration-dependent: patch rollouts.argoproj.io in shop");
    assert_eq!(town.say(C::Promote), "supported");
}

#[test]
fn a_template_that_a_deployment_holds_takes_the_right_to_that() {
    let mut town = Town::healthy().untried().denied("patch", "deployments");
    assert_eq!(town.say(C::ChangeTemplate), "supported");
    town.rollouts = vec![web(json!({"spec": {"workloadRef": {"kind": "Deployment", "name": "web"}}}))];
    assert_eq!(town.say(C::ChangeTemplate), "configuration-dependent: patch deployments.apps in shop");
    assert_eq!(town.say(C::PauseResume), "supported");
}

#[test]
fn of_a_review_and_a_dry_run_the_newer_one_counts() {
    let town = Town::healthy().denied("patch", "rollouts/status");
    assert_eq!(town.judge(C::Promote).state.word(), "configuration-dependent");
    let mut town = town;
    town.trial("web", Act::Promote, Answer::Seen(Trial::Accepted), 0);
    assert_eq!(town.judge(C::Promote).state, State::Available { at: ago(0) });
}

#[test]
fn a_session_that_may_not_order_says_what_it_takes() {
    let mut town = Town::healthy();
    let why = || Granted::No { why: text("Nothing may be written in prod/shop.") };
    town.granted = Act::ALL.into_iter().map(|act| (act, why())).collect();
    for row in [C::Promote, C::ApprovalGate] {
        assert_eq!(town.say(row), "configuration-dependent: Nothing may be written in prod/shop.");
        assert_eq!(town.paste(row), "rollgate --allow prod/shop");
    }
    town.granted = vec![(Act::Promote, why()), (Act::AbortRetry, Granted::Yes)];
    assert_eq!(town.judge(C::ApprovalGate).state.word(), "available");
    assert_eq!(town.judge(C::AbortRetry).state.word(), "available");
    assert_eq!(town.judge(C::Promote).state.word(), "configuration-dependent");
    assert_eq!(town.say(C::PauseResume), "unknown: what the policy allows here was not asked yet");
}

#[test]
fn a_refusal_is_told_in_the_words_of_who_refused() {
    let mut town = Town::healthy();
    let words = "ValidatingAdmissionPolicy 'calm' denied request: not on a Friday";
    town.trial("web", Act::Promote, refused(words), 3);
    assert_eq!(town.say(C::Promote), format!("unavailable: {words}"));
    assert_eq!(town.judge(C::AbortRetry).state.word(), "available");
    town.rollouts.push(web(json!({"metadata": {"name": "pay", "uid": "u-pay"}})));
    assert_eq!(town.say(C::Promote), format!("degraded: web: {words}"));
    assert!(town.paste(C::Promote).contains("get validatingadmissionpolicies"));
}

#[test]
fn a_refusal_for_want_of_rights_asks_for_the_right() {
    let words = r#"rollouts.argoproj.io "web" is forbidden: User "eve" cannot patch resource "rollouts/status" in API group "argoproj.io" in the namespace "shop""#;
    for answer in [refused(words), forbidden(words)] {
        let mut town = Town::healthy();
        town.trial("web", Act::Promote, answer, 3);
        assert_eq!(
            town.say(C::Promote),
            "configuration-dependent: patch rollouts.argoproj.io/status in shop"
        );
        assert!(evidence(&town.judge(C::Promote)).contains(words));
        assert_eq!(town.judge(C::Admission).state.word(), "available");
    }
}

#[test]
fn an_old_dry_run_shows_nothing_any_more() {
    let mut town = Town::healthy().untried();
    town.trial("web", Act::Promote, Answer::Seen(Trial::Accepted), 601);
    assert_eq!(town.say(C::Promote), "supported");
    town.trial("web", Act::Promote, refused("once"), 601);
    assert_eq!(town.say(C::Promote), "supported");
}

#[test]
fn a_dry_run_that_was_overtaken_exercised_the_rights_alone() {
    let mut town = Town::healthy().untried();
    town.board.rights.clear();
    town.trial("web", Act::Promote, Answer::Seen(Trial::Overtaken), 3);
    assert_eq!(town.say(C::Promote), "supported");
}

#[test]
fn a_dry_run_without_an_answer_changes_nothing_and_is_kept_as_evidence() {
    let mut town = Town::healthy().untried();
    town.trial("web", Act::Promote, failed("timed out after 5 s"), 3);
    assert_eq!(town.say(C::Promote), "supported");
    assert!(evidence(&town.judge(C::Promote)).contains("timed out after 5 s"));
}

#[test]
fn a_dead_ledger_makes_every_act_unavailable() {
    let town = Town::healthy().see(Sight::Recording(failed("read-only file system")));
    for act in Act::ALL {
        assert_eq!(
            town.say(act.capability()),
            "unavailable: nothing is sent without a record (read-only file system)"
        );
    }
    assert_eq!(town.judge(C::ApprovalGate).state.word(), "unavailable");
}

#[test]
fn a_ledger_that_nobody_asked_leaves_acts_unknown() {
    let mut town = Town::healthy();
    town.board.recording = None;
    assert_eq!(town.say(C::Promote), "unknown: the ledger: not looked at yet");
    let town = town.see(Sight::Recording(missing("none was opened")));
    assert_eq!(town.say(C::Promote), "configuration-dependent: none was opened");
}

#[test]
fn orders_on_an_old_sight_are_refused_and_that_is_said() {
    let mut town = Town::healthy();
    town.readings.rollouts = Reading::Stale { since: Some(ago(200)), why: text("nothing heard") };
    let health = town.judge(C::Promote);
    assert_eq!(health.since, Some(ago(200)));
    assert_eq!(
        town.say(C::Promote),
        "degraded: orders on an old sight are refused (Rollouts: nothing heard)"
    );
    town.readings.rollouts = Reading::LoggedOut { why: text("log in again") };
    assert_eq!(town.judge(C::Promote).state.word(), "unavailable");
    town.readings.rollouts = Reading::Unwatched;
    town.board.rights.clear();
    assert_eq!(town.judge(C::Promote).state.word(), "unknown");
}

#[test]
fn the_gate_is_as_old_as_what_it_rests_on() {
    assert_eq!(Town::healthy().judge(C::ApprovalGate).state, State::Available { at: ago(10) });
}

#[test]
fn announcing_rests_on_one_right() {
    assert_eq!(Town::healthy().say(C::Announcing), "supported");
    let town = Town::healthy().denied("create", "events");
    assert_eq!(town.say(C::Announcing), "configuration-dependent: create events in shop");
}

#[test]
fn reviews_show_nothing_while_the_server_is_out_of_reach() {
    let mut town = Town::healthy();
    town.readings.analysis_runs = Reading::Unwatched;
    assert_eq!((&*town.say(C::Announcing), &*town.say(C::ReadAnalysis)), ("supported", "supported"));
    for (reading, word) in [
        (Reading::Stale { since: Some(ago(200)), why: text("the API server does not answer") }, "degraded"),
        (Reading::LoggedOut { why: text("log in again") }, "unavailable"),
        (Reading::Live { at: ago(200) }, "degraded"),
    ] {
        town.readings.rollouts = reading;
        for row in [C::Announcing, C::ReadAnalysis] {
            assert_eq!(town.judge(row).state.word(), word, "{row:?}");
        }
    }
}
