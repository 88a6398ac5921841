use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use super::*;
use crate::cluster::client::Written;
use crate::cluster::fault::Refusal;

fn answered(code: u16, body: &str) -> Answer {
    answered_later(code, body, None).unwrap()
}

fn answered_later(code: u16, body: &str, wait: Option<u64>) -> Result<Answer, Undelivered> {
    let written = Written {
        status: StatusCode::from_u16(code).unwrap(),
        retry_after: wait.map(Duration::from_secs),
        classified: body.starts_with("Too many"),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    answer::of(Ok(written), "uid-1")
}

fn status(code: u16, reason: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no: {reason}","reason":"{reason}","code":{code}}}"#
    )
}

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn rollout() -> Site {
    Site { kind: SiteKind::Rollout, name: "web".into(), uid: "uid-1".into() }
}

#[test]
fn a_path_of_another_object_is_that_of_the_order_and_nothing_below_it() {
    let site = Site { kind: SiteKind::Deployment, name: "shop-web".into(), uid: "uid-9".into() };
    assert!(names("/apis/apps/v1/namespaces/shop/deployments/shop-web?timeout=10s", &site, &key()));
    for path in [
        "/apis/apps/v1/namespaces/shop/deployments/shop-web/scale",
        "/apis/apps/v1/namespaces/shop/deployments/shop-web2",
        "/apis/apps/v1/namespaces/pay/deployments/shop-web",
        "/apis/apps/v1/namespaces/shop/replicasets/shop-web",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web",
    ] {
        assert!(!names(path, &site, &key()), "{path}");
    }
}

#[test]
fn a_success_counts_only_with_the_object_that_was_meant() {
    let accepted = answered(200, r#"{"kind":"Rollout","metadata":{"uid":"uid-1","resourceVersion":"7"}}"#);
    assert_eq!(accepted, Answer::Accepted { resource_version: "7".into() });
    for body in [
        "",
        "<html>",
        "{}",
        r#"{"kind":"Status","status":"Success"}"#,
        r#"{"metadata":{"uid":"uid-2","resourceVersion":"7"}}"#,
        r#"{"metadata":{"uid":"uid-1"}}"#,
        r#"{"metadata":{"uid":"uid-1","resourceVersion":"#,
    ] {
        for code in [200, 201, 204] {
            assert!(matches!(answered(code, body), Answer::Unknown { .. }), "{code} {body}");
        }
    }
}

#[test]
fn client_errors_are_a_definite_no_in_the_servers_words() {
    for (code, reason) in [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (409, "Conflict"),
        (413, "RequestEntityTooLarge"),
        (415, "UnsupportedMediaType"),
        (422, "Invalid"),
        (429, "TooManyRequests"),
    ] {
        let why = format!("no: {reason}").into();
        assert_eq!(answered(code, &status(code, reason)), Answer::Refused { code, why });
    }
    assert!(matches!(answered(403, "forbidden by proxy"), Answer::Refused { code: 403, .. }));
}

#[test]
fn whatever_leaves_the_outcome_open_is_a_doubt() {
    for code in [500, 502, 503, 504, 507] {
        assert!(matches!(answered(code, &status(code, "Timeout")), Answer::Unknown { .. }), "{code}");
    }
    for (code, body) in [(429, "slow down"), (408, ""), (302, ""), (304, "")] {
        assert!(matches!(answered(code, body), Answer::Unknown { .. }), "{code}");
    }
    for fault in [
        Fault::Silent { after: Duration::from_secs(12) },
        Fault::Broken { why: "reset".into() },
        Fault::Unreadable { why: "too long".into() },
    ] {
        assert!(matches!(answer::of(Err(fault), "uid-1"), Ok(Answer::Unknown { .. })));
    }
}

#[test]
fn what_surely_did_not_get_there_is_no_answer_and_what_cannot_be_helped_by_trying_is_refused() {
    let unsent = Fault::Unsent { why: "connection refused".into() };
    let undelivered = answer::of(Err(unsent), "uid-1").unwrap_err();
    assert_eq!(
        (undelivered.why.as_str(), undelivered.wait),
        ("cannot reach the server: connection refused", None)
    );
    for fault in [Fault::Late { why: "too late".into() }, Fault::Credential { why: "expired".into() }] {
        assert!(matches!(answer::of(Err(fault), "uid-1"), Ok(Answer::Refused { code: 0, .. })));
    }
}

#[test]
fn a_server_that_asks_in_its_own_words_to_come_back_later_did_nothing_yet() {
    let own = status(429, "TooManyRequests");
    let later = answered_later(429, &own, Some(7)).unwrap_err();
    assert_eq!(later.wait, Some(jiff::SignedDuration::from_secs(7)));
    assert!(matches!(answered_later(429, "slow down", Some(7)), Ok(Answer::Unknown { .. })), "a proxy's");
    // API priority and fairness writes no Status, but a sentence and headers of its own.
    let busy = "Too many requests, please try again later.\n";
    assert!(answered_later(429, busy, Some(1)).is_err());
    assert!(matches!(answered_later(429, &format!("Too many{busy}"), Some(1)), Ok(Answer::Unknown { .. })));
    assert!(matches!(answered_later(429, &own, None), Ok(Answer::Refused { code: 429, .. })));
    assert!(matches!(answered_later(503, &status(503, "x"), Some(7)), Ok(Answer::Unknown { .. })));
}

#[test]
fn a_refusal_seen_while_connecting_is_told_by_its_code() {
    let refusal = Refusal {
        code: 403,
        reason: "Forbidden".into(),
        message: "no".into(),
        by_api_server: true,
        retry_after: None,
    };
    let answer = answer::of(Err(Fault::Status(refusal)), "uid-1");
    assert_eq!(answer, Ok(Answer::Refused { code: 403, why: "no".into() }));
}

#[test]
fn only_the_path_of_the_target_passes() {
    let of = |rest: &str| {
        names(&format!("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/{rest}"), &rollout(), &key())
    };
    for good in
        ["web", "web/status", "web?timeout=10s", "web/status?fieldManager=rg-1&timeout=10s", "web/scale"]
    {
        assert!(of(good), "{good}");
    }
    for bad in ["web2", "web/", "web/../api", "web/log", "", "we"] {
        assert!(!of(bad), "{bad}");
    }
    assert!(!names("/apis/argoproj.io/v1alpha1/namespaces/pay/rollouts/web", &rollout(), &key()));
    assert!(!names("/api/v1/namespaces/shop/pods/web", &rollout(), &key()));
}
