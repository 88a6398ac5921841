use http::StatusCode;

use super::*;
use crate::config::services::Endpoint;

fn reply(code: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(code).unwrap(),
        location: None,
        date: None,
        body: body.to_owned().into(),
    }
}

fn service() -> PolicyService {
    let reach = Endpoint {
        secure: true,
        host: "cordum.example.com".to_owned(),
        port: 443,
        prefix: String::new(),
        authority: None,
    };
    PolicyService { reach, tenant: "shop".to_owned(), api_key: "/key".into(), simulate: true }
}

fn version(code: u16, body: &str) -> Result<Printable, Answer<Answering>> {
    versioned(&reply(code, body), &service())
}

#[test]
fn ok_and_nothing_else_is_alive() {
    assert_eq!(alive(&reply(200, "ok")), Ok(()));
    assert_eq!(alive(&reply(200, "ok\n")), Ok(()));
    for other in ["OK computer", "", "<html>", r#"{"status":"ok"}"#] {
        assert!(matches!(alive(&reply(200, other)), Err(Answer::Seen(Answering::Wrongly { .. }))), "{other}");
    }
    assert!(matches!(alive(&reply(503, "ok")), Err(Answer::Failed { .. })));
    assert!(matches!(alive(&reply(404, "no")), Err(Answer::Seen(Answering::Wrongly { .. }))));
}

#[test]
fn the_status_gives_the_version_and_says_what_it_stands_on() {
    let good = r#"{"build":{"version":"v2.9.7"},"nats":{"connected":true},"redis":{"ok":true}}"#;
    assert_eq!(version(200, good), Ok("v2.9.7".into()));
    assert_eq!(version(200, r#"{"build":{"version":"dev"}}"#), Ok("dev".into()));
    let why = |why: &str| Err(Answer::Failed { why: why.into() });
    assert_eq!(
        version(200, &good.replace("true}}", "false}}")),
        why("it answers, and says that its Redis is not there")
    );
    assert_eq!(
        version(200, &good.replace(r#"connected":true"#, r#"connected":false"#)),
        why("it answers, and says that its NATS is not there")
    );
    assert!(matches!(version(200, r#"{"ok":true}"#), Err(Answer::Seen(Answering::Wrongly { .. }))));
}

#[test]
fn a_key_or_tenant_that_is_not_taken_is_told_with_its_file() {
    let error = r#"{"error":"tenant access denied","status":403}"#;
    let why = "/api/v1/status answered 403 to the key in /key, tenant shop: tenant access denied";
    assert_eq!(version(403, error), Err(Answer::Forbidden { why: why.into() }));
}

#[test]
fn what_the_gateway_says_of_its_trouble_is_a_failure_and_never_well() {
    for (code, body, why) in [
        (502, r#"{"error":"upstream service error"}"#, "/api/v1/status answered 502: upstream service error"),
        (429, r#"{"error":"rate limited","status":429}"#, "/api/v1/status answered 429: rate limited"),
        (503, "", "/api/v1/status answered 503: an empty page"),
    ] {
        assert_eq!(version(code, body), Err(Answer::Failed { why: why.into() }));
    }
}

#[test]
fn any_decision_shows_that_rules_are_evaluated_and_none_does_not() {
    let judged = |body: &str| decided(&reply(200, body), &service());
    for decision in ["ALLOW", "DENY", "REQUIRE_HUMAN", "THROTTLE", "ALLOW_WITH_CONSTRAINTS"] {
        assert_eq!(judged(&format!(r#"{{"decision":"DECISION_TYPE_{decision}"}}"#)), Ok(()));
    }
    for other in [r#"{"decision":"DECISION_TYPE_UNSPECIFIED"}"#, r#"{"decision":"ALLOW"}"#, "{}", "[]"] {
        assert!(matches!(judged(other), Err(Answer::Seen(Answering::Wrongly { .. }))), "{other}");
    }
    let down = reply(503, r#"{"error":"safety kernel unavailable","status":503}"#);
    let why = "/api/v1/policy/simulate answered 503: safety kernel unavailable";
    assert_eq!(decided(&down, &service()), Err(Answer::Failed { why: why.into() }));
}
