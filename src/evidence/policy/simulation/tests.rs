use super::*;
use crate::gate::judge::score::Word;

fn decision(name: &str, more: &str) -> Value {
    let text =
        format!(r#"{{"decision":"DECISION_TYPE_{name}","reason":"rule 7","policySnapshot":"base"{more}}}"#);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn only_an_allowance_without_a_wish_for_approval_is_leave() {
    let word = |name, more| decided(&decision(name, more)).map(|outcome| outcome.word());
    assert_eq!(word("ALLOW", ""), Some(Word::Pass));
    assert_eq!(word("ALLOW_WITH_CONSTRAINTS", ""), Some(Word::Pass));
    assert_eq!(word("ALLOW", r#","approvalRequired":true"#), Some(Word::Hold));
    assert_eq!(word("REQUIRE_HUMAN", ""), Some(Word::Hold));
    assert_eq!(word("THROTTLE", ""), Some(Word::Hold));
    assert_eq!(word("DENY", ""), Some(Word::Fail));
    assert_eq!(word("UNSPECIFIED", ""), Some(Word::CannotTell));
    assert_eq!(word("SOMETHING_NEW", ""), Some(Word::CannotTell));
    assert_eq!(decided(&json!({"decision": "ALLOW"})), None, "the short form belongs to other answers");
    assert_eq!(decided(&json!({"error": "no"})), None);
    let Some(Outcome::Failed(why)) = decided(&decision("DENY", "")) else { panic!() };
    assert_eq!(why.as_str(), "the canary's topic is denied: rule 7");
}

fn steps(all: &[(&str, &str)]) -> Option<Outcome> {
    let each = all.iter().map(|(id, decision)| json!({"step_id": id, "decision": decision, "reason": "why"}));
    stepped(&json!({"workflow_id": "w", "steps": each.collect::<Vec<_>>()}))
}

#[test]
fn a_step_that_could_not_be_judged_is_no_leave_although_the_status_is_good() {
    let word = |all: &[(&str, &str)]| steps(all).map(|outcome| outcome.word());
    assert_eq!(word(&[("a", "ALLOW"), ("b", "N/A")]), Some(Word::Pass));
    assert_eq!(word(&[("a", "ALLOW"), ("b", "ERROR")]), Some(Word::CannotTell));
    assert_eq!(word(&[("a", "UNKNOWN")]), Some(Word::CannotTell));
    assert_eq!(word(&[("a", "ALLOW"), ("b", "REQUIRE_APPROVAL")]), Some(Word::Hold));
    assert_eq!(word(&[("a", "DENY"), ("b", "ERROR")]), Some(Word::Fail), "the worst counts");
    assert_eq!(word(&[("a", "N/A")]), Some(Word::CannotTell), "nothing was judged");
    assert_eq!(word(&[]), Some(Word::CannotTell));
    let Some(Outcome::Untold(why)) = steps(&[("notify", "ERROR")]) else { panic!() };
    assert_eq!(why.as_str(), "step notify says ERROR: why");
}

#[test]
fn why_jobs_failed_is_read_with_its_time_in_whatever_unit_and_of_the_topic_alone() {
    let at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let item =
        |created: Value, topic: &str| json!({"topic": topic, "reason": "no_workers", "created_at": created});
    let answer = json!({"items": [
        item(json!("2026-11-21T10:00:00Z"), "job.a"),
        item(json!(at.as_second()), "job.a"),
        item(json!(at.as_millisecond()), "job.a"),
        item(json!(at.as_microsecond()), "job.b"),
    ]});
    let all = failed_jobs(&answer, None).unwrap();
    assert_eq!(all, vec![(at, "no_workers".to_owned()); 4]);
    assert_eq!(failed_jobs(&answer, Some("job.b")).unwrap().len(), 1);
    assert_eq!(failed_jobs(&json!({"error": "no"}), None), None);
    assert_eq!(failed_jobs(&json!({"items": [{"reason": "x"}]}), None), None, "half a page is none");
}

#[test]
fn names_are_put_into_paths_as_the_service_takes_them() {
    assert_eq!(encoded(&"secops/demo".replace('/', "~")), "secops~demo");
    assert_eq!(encoded("a b/../c"), "a%20b%2F..%2Fc");
}

#[test]
fn a_page_that_ends_before_the_time_that_counts_is_no_sign_of_rest_and_what_is_on_it_may_be_enough() {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let rule = Overload {
        reasons: vec!["no_workers".to_owned()],
        at_least: 3,
        within: SignedDuration::from_mins(5),
    };
    let told = |ages: &[i64], next: Value, reason: &str| {
        let item = |age: &i64| {
            let at = now - SignedDuration::from_mins(*age);
            json!({"topic": "job.a", "reason": reason, "created_at": at.to_string()})
        };
        let answer = json!({"items": ages.iter().map(item).collect::<Vec<_>>(), "next_cursor": next});
        let reasons = failed_jobs(&answer, Some("job.a")).unwrap();
        enough(&answer, &reasons, &rule, now)
    };
    let more = || json!("1795254000");
    assert_eq!(told(&[1, 2], Value::Null, "no_workers"), Ok(()), "there is no more");
    assert_eq!(told(&[1, 2], json!(""), "no_workers"), Ok(()), "there is no more");
    assert_eq!(told(&[1, 2, 6], more(), "no_workers"), Ok(()), "the rest is older");
    assert_eq!(told(&[1, 2, 4], more(), "no_workers"), Ok(()), "it fires whatever comes");
    let why = told(&[1, 2, 4], more(), "tenant_limit").unwrap_err();
    assert_eq!(why.as_str(), "more than 3 jobs failed within 5m, and no more are read");
    assert!(told(&[9, 8, 7], more(), "no_workers").is_err(), "the newest may come last");
}

#[test]
fn a_service_whose_clock_is_wrong_is_not_told_by() {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let told =
        |secs: i64| in_time(Some(now + SignedDuration::from_secs(secs)), now).map_err(|why| why.to_string());
    assert_eq!((told(60), told(-60), in_time(None, now)), (Ok(()), Ok(()), Ok(())));
    assert!(told(-600).unwrap_err().starts_with("its clock is 10m behind"));
    assert!(told(61).unwrap_err().contains("ahead of"));
}
