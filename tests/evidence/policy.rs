//! A scripted policy service.

use rollgate::capability::sight::{Answer, Answering};
use rollgate::config::Services;

use crate::fake_server::{Act, FakeServer, Seen, json};
use crate::{Named, Outcome, asked_policy, block, services, why};

pub fn trials() -> Vec<Named> {
    vec![
        ("without a policy service in the file nothing is asked, and that is said", none),
        ("a policy service is asked for health and status, with key and tenant where they are due", well),
        ("a decision is asked for only where the file says so", simulated),
        ("a policy service is not well whose key, tenant, kernel or page is not", unwell),
    ]
}

const STATUS: &str = r#"{"build":{"version":"v2.9.7"},"nats":{"connected":true},"redis":{"ok":true}}"#;
const DECISION: &str = r#"{"decision":"DECISION_TYPE_DENY","reason":"no","policySnapshot":"base"}"#;

fn answers(seen: &Seen) -> Vec<Act> {
    match seen.path.as_str() {
        "/health" => json(200, "ok"),
        _ if seen.header("x-api-key") != Some("key-sekret") => {
            json(401, r#"{"error":"unauthorized","status":401}"#)
        }
        _ if seen.header("x-tenant-id") != Some("shop") => {
            json(403, r#"{"error":"tenant access denied","status":403}"#)
        }
        "/api/v1/status" => json(200, STATUS),
        "/api/v1/policy/simulate" => json(200, DECISION),
        _ => json(404, "not found"),
    }
}

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "key-sekret\n").unwrap();
        Self { folder }
    }

    fn at(&self, url: &str, more: &str) -> Services {
        let text = format!("[policy-service]\nurl = '{url}'\napi-key-file = 'key'\n{more}\n");
        services(self.folder.path(), &text)
    }
}

fn none() -> Outcome {
    block(async {
        let answer = asked_policy(&Services::default()).await;
        assert_eq!(answer, Answer::Missing { why: "no [policy-service] in the configuration".into() });
        Ok(())
    })
}

fn well() -> Outcome {
    block(async {
        let (desk, server) = (Desk::new(), FakeServer::start(|seen, _| answers(seen)).await);
        let answer = asked_policy(&desk.at(&server.url, "tenant = 'shop'")).await;
        assert_eq!(answer, Answer::Seen(Answering::Well { version: "v2.9.7".into() }));
        let seen = server.seen();
        let paths: Vec<_> = seen.iter().map(|seen| (seen.method.as_str(), seen.path.as_str())).collect();
        assert_eq!(paths, [("GET", "/health"), ("GET", "/api/v1/status")], "nothing that is audited");
        assert_eq!(seen[0].header("x-api-key"), None, "health is open to all");
        Ok(())
    })
}

fn simulated() -> Outcome {
    block(async {
        let (desk, server) = (Desk::new(), FakeServer::start(|seen, _| answers(seen)).await);
        let answer = asked_policy(&desk.at(&server.url, "tenant = 'shop'\nsimulate = true")).await;
        assert_eq!(answer, Answer::Seen(Answering::Well { version: "v2.9.7".into() }));
        let last = server.seen().pop().unwrap();
        assert_eq!((last.method.as_str(), last.path.as_str()), ("POST", "/api/v1/policy/simulate"));
        assert_eq!(last.body, r#"{"topic":"job.rollgate.health"}"#);
        assert_eq!(last.header("content-type"), Some("application/json"));
        Ok(())
    })
}

fn unwell() -> Outcome {
    block(async {
        let desk = Desk::new();
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let answer = asked_policy(&desk.at(&server.url, "tenant = 'pay'")).await;
        assert!(matches!(answer, Answer::Forbidden { .. }), "{answer:?}");
        assert!(why(&answer).ends_with("key, tenant pay: tenant access denied"), "{answer:?}");
        std::fs::write(desk.folder.path().join("key"), "old-sekret").unwrap();
        let answer = asked_policy(&desk.at(&server.url, "tenant = 'shop'")).await;
        assert!(why(&answer).contains("answered 401 to the key in"), "{answer:?}");
        assert!(!why(&answer).contains("sekret"), "{answer:?}");
        std::fs::write(desk.folder.path().join("key"), "key-sekret").unwrap();
        for (path, script, words) in [
            ("/health", json(200, "<html>nginx</html>"), "what no policy service says"),
            ("/health", vec![Act::Close], "broke off"),
            (
                "/api/v1/status",
                json(502, r#"{"error":"upstream service error"}"#),
                "answered 502: upstream service error",
            ),
            (
                "/api/v1/policy/simulate",
                json(503, r#"{"error":"safety kernel unavailable"}"#),
                "safety kernel unavailable",
            ),
        ] {
            let server = FakeServer::start(
                move |seen, _| {
                    if seen.path == path { script.clone() } else { answers(seen) }
                },
            )
            .await;
            let answer = asked_policy(&desk.at(&server.url, "tenant = 'shop'\nsimulate = true")).await;
            assert!(why(&answer).contains(words), "{words}: {answer:?}");
        }
        Ok(())
    })
}
