//! How evidence is asked for: what is sent, how often, and what a scripted Prometheus can do to it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rollgate::clock::Clock;
use rollgate::config::Services;
use rollgate::evidence::Evidence;
use rollgate::gate::evidence::Evidence as Proof;
use rollgate::gate::policy::Policy;
use rollgate::gate::stage;
use rollgate::gate::wish::{Canary, Gathered, Wish};
use rollgate::rollout::Key;
use tokio::sync::{mpsc, watch};

use crate::exporter::METRICS;
use crate::fake_server::{Act, FakeServer, Seen, json};
use crate::gathered::{canary, policy};
use crate::prometheus::reached_at;
use crate::{Named, Outcome, block, services};

pub fn trials() -> Vec<Named> {
    vec![
        ("one question is posted for all metrics of a canary, over a window that ends now", together),
        ("where one query is wrong the others are asked one by one and still count", apart),
        ("where a proxy takes no post it is read", read),
        (
            "an answer that is late, too large, partial, moved or of another clock is missing in words",
            troubled,
        ),
        ("nothing is asked where it is not said whom, or what would be asked is not plain", unasked),
        (
            "the policy service is asked once for what a policy names, and a step in error is no leave",
            simulated,
        ),
        ("a page of failed jobs that cannot be read is missing in words, and is not an empty one", unread),
        (
            "canaries are asked for once each, the ones at once as often as allowed, and nobody who looks away",
            followed,
        ),
    ]
}

fn web() -> Arc<Policy> {
    policy(&format!("rollout_gates:\n  canary_lifetime_hours: 1\n{METRICS}"))
}

async fn gathered(services: Services, canary: &Canary) -> Gathered {
    Evidence::new(services, Clock::Machine).gather(canary, Timestamp::now()).await
}

#[track_caller]
fn missing(gathered: &Gathered, place: usize) -> String {
    match &gathered.evidence[place] {
        Proof::Missing { why, .. } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

/// A series for each of these marks, or one without a mark where there are none.
fn matrix(marks: &[usize]) -> String {
    let now = Timestamp::now().as_second() / 60 * 60;
    let values = format!("[[{}, \"1\"],[{now}, \"2\"]]", now - 60);
    let series = |labels: String| format!("{{\"metric\":{{{labels}}},\"values\":{values}}}");
    let all: Vec<String> = match marks {
        [] => vec![series(String::new())],
        marks => marks.iter().map(|mark| series(format!("\"rollgate_query\":\"{mark}\""))).collect(),
    };
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, all.join(","))
}

fn fields(seen: &Seen) -> Vec<(String, String)> {
    let text = if seen.body.is_empty() { &seen.query } else { &seen.body };
    text.split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
        })
        .collect()
}

fn field(seen: &Seen, name: &str) -> String {
    fields(seen).into_iter().find(|(known, _)| known == name).unwrap().1
}

fn together() -> Outcome {
    block(async {
        let server = FakeServer::start(|_, _| json(200, matrix(&[0, 1, 2, 3]))).await;
        let found = gathered(reached_at(&server.url), &canary("6d5", &web())).await;
        assert!(found.evidence.iter().all(|proof| matches!(proof, Proof::Series { .. })), "{found:?}");
        let [seen] = server.seen().try_into().unwrap();
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/api/v1/query_range"));
        assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
        let query = field(&seen, "query");
        assert_eq!((query.matches("hash=\"6d5\"").count(), query.matches("hash=\"stable\"").count()), (3, 3));
        let number = |name| field(&seen, name).parse::<i64>().unwrap();
        assert_eq!((number("step"), number("start") % 60, number("end") % 60), (60, 0, 0));
        assert!([3540, 3600].contains(&(number("end") - number("start"))), "{:?}", fields(&seen));
        Ok(())
    })
}

fn apart() -> Outcome {
    block(async {
        const WRONG: &str =
            r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error: unknown function"}"#;
        let server = FakeServer::start(|seen, _| match field(seen, "query").contains("app_errors") {
            true => json(400, WRONG),
            false => json(200, matrix(&[])),
        })
        .await;
        let evidence = Evidence::new(reached_at(&server.url), Clock::Machine);
        let canary = canary("6d5", &web());
        let found = evidence.gather(&canary, Timestamp::now()).await;
        assert_eq!(missing(&found, 0), "answered 400 bad_data: 1:5: parse error: unknown function");
        assert!(matches!(found.evidence[1], Proof::Series { .. }), "{found:?}");
        assert_eq!(server.seen().len(), 5, "one for all, then each of two for both versions");
        evidence.gather(&canary, Timestamp::now()).await;
        assert_eq!(server.seen().len(), 9, "for a while they are asked one by one at once");
        Ok(())
    })
}

fn read() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| match seen.method.as_str() {
            "POST" => json(405, "Method Not Allowed"),
            _ => json(200, matrix(&[0, 1, 2, 3])),
        })
        .await;
        let found = gathered(reached_at(&server.url), &canary("6d5", &web())).await;
        assert!(matches!(found.evidence[0], Proof::Series { .. }), "{found:?}");
        let [post, get] = server.seen().try_into().unwrap();
        assert_eq!((post.method.as_str(), get.method.as_str()), ("POST", "GET"));
        assert_eq!(fields(&post), fields(&get));
        Ok(())
    })
}

fn troubled() -> Outcome {
    block(async {
        let large = || {
            let piece = Act::Piece(" ".repeat(64 << 10));
            std::iter::once(Act::Head(200)).chain(std::iter::repeat_n(piece, 20)).chain([Act::End]).collect()
        };
        let partial = r#"{"status":"success","warnings":["a store is away"],"data":{"resultType":"matrix","result":[]}}"#;
        let late = vec![
            Act::Dated(200, "Thu, 01 Jan 2026 00:00:00 GMT".to_owned()),
            Act::Piece(matrix(&[])),
            Act::End,
        ];
        for (script, words) in [
            (vec![Act::Silence], "did not answer within 5 s"),
            (vec![Act::Close], "broke off"),
            (large(), "answers with more than 1 MiB"),
            (json(200, partial), "its answer may not be whole: a store is away"),
            (
                vec![Act::HeadWith(302, "location: https://login.example/"), Act::End],
                "with a redirect to https://login",
            ),
            (json(200, "<html>Sign in</html>"), "with what no Prometheus says: <html>Sign in"),
            (
                json(503, r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#),
                "answered 503 timeout: query timed out",
            ),
            (late, "behind this machine's: put the wrong one right"),
        ] {
            let server = FakeServer::start(move |_, _| script.clone()).await;
            let found = gathered(reached_at(&server.url), &canary("6d5", &web())).await;
            for place in 0..2 {
                assert!(missing(&found, place).contains(words), "{words}: {}", missing(&found, place));
            }
        }
        Ok(())
    })
}

fn unasked() -> Outcome {
    block(async {
        let server = FakeServer::start(|_, _| json(200, matrix(&[0, 1, 2, 3]))).await;
        let nobody = gathered(Services::default(), &canary("6d5", &web())).await;
        assert!(missing(&nobody, 0).starts_with("no provider is configured"), "{}", missing(&nobody, 0));
        let two = format!(
            "[[provider]]\naddress = '{}'\n[[provider]]\nname = 'b'\naddress = 'https://b.example'\n",
            server.url
        );
        let several = gathered(services(Path::new("/"), &two), &canary("6d5", &web())).await;
        assert!(missing(&several, 0).contains("say which one with `provider:`"), "{}", missing(&several, 0));
        let hostile = gathered(reached_at(&server.url), &canary("a\"} or vector(0) #", &web())).await;
        assert!(missing(&hostile, 0).contains("must not stand in a query"), "{}", missing(&hostile, 0));
        assert_eq!(server.seen().len(), 0);
        Ok(())
    })
}

const STEPS: &str = r#"{"workflow_id":"w","steps":[
    {"step_id":"a","step_type":"worker","decision":"ALLOW","reason":""},
    {"step_id":"b","step_type":"worker","decision":"ERROR","reason":"safety evaluation unavailable"}]}"#;
const DECISION: &str =
    r#"{"decision":"DECISION_TYPE_ALLOW","reason":"","policySnapshot":"base","approvalRequired":false}"#;
const FAILED: &str = r#"{"items":[{"job_id":"1","topic":"job.refund","status":"JOB_STATUS_FAILED","reason":"no_workers",
    "created_at":"2026-11-21T10:00:00Z"}],"next_cursor":null}"#;

/// A policy service, with what is odd about it.
fn gateway(seen: &Seen) -> Vec<Act> {
    let shut = seen.header("x-api-key") != Some("key-sekret") || seen.header("x-tenant-id") != Some("shop");
    match (seen.method.as_str(), seen.path.as_str()) {
        _ if shut => json(401, r#"{"error":"unauthorized","status":401}"#),
        ("POST", "/api/v1/policy/simulate" | "/api/v1/policy/bundles/secops~demo/simulate") => {
            json(200, DECISION)
        }
        ("POST", "/api/v1/workflows/refunds/dry-run") => json(200, STEPS),
        ("GET", "/api/v1/dlq/page") => json(200, FAILED),
        _ => json(404, r#"{"error":"workflow not found","status":404}"#),
    }
}

fn simulated() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| gateway(seen)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "key-sekret\n").unwrap();
        let as_tenant = |tenant: &str| {
            let url = &server.url;
            let text =
                format!("[policy-service]\nurl = '{url}'\napi-key-file = 'key'\ntenant = '{tenant}'\n");
            services(folder.path(), &text)
        };
        let asked = |more: &str| {
            let text = format!("rollout_gates: {{}}\npolicy_service: {{topic: job.refund{more}}}\n");
            canary("6d5", &policy(&text))
        };

        let evidence = Evidence::new(as_tenant("shop"), Clock::Machine);
        let allowed = asked(", bundle: secops/demo");
        let found = evidence.gather(&allowed, Timestamp::now()).await;
        assert_eq!(found.simulation, Some(stage::Outcome::Met));
        let reasons = found.reasons.unwrap().unwrap();
        assert_eq!(reasons, [("2026-11-21T10:00:00Z".parse().unwrap(), "no_workers".to_owned())]);
        evidence.gather(&allowed, Timestamp::now()).await;
        let posts = server.seen().iter().filter(|seen| seen.method == "POST").count();
        assert_eq!(posts, 2, "of each an audit entry is kept, so that it is not asked again for a while");

        for (services, canary, words) in [
            (
                as_tenant("shop"),
                asked(", workflow: refunds"),
                "step b says ERROR: safety evaluation unavailable",
            ),
            (as_tenant("shop"), asked(", workflow: other"), "workflow not found"),
            (as_tenant("pay"), asked(""), "answered 401 to the key in"),
            (Services::default(), asked(""), "there is no [policy-service] in the configuration"),
        ] {
            let found = gathered(services, &canary).await;
            let Some(stage::Outcome::Untold(why)) = &found.simulation else { panic!("{words}: {found:?}") };
            assert!(why.as_str().contains(words) && !why.as_str().contains("sekret"), "{words}: {why}");
        }
        Ok(())
    })
}

/// What a policy service or what stands before it may answer in place of a page, with a word of what is said of it.
pub fn broken_pages() -> Vec<(Vec<Act>, &'static str)> {
    let cut = vec![Act::Head(200), Act::Piece(r#"{"items":[{"topic":"job.re"#.to_owned()), Act::Close];
    vec![
        (json(401, r#"{"error":"unauthorized","status":401}"#), "answered 401"),
        (json(403, r#"{"error":"tenant access denied","status":403}"#), "tenant access denied"),
        (json(429, r#"{"error":"rate limited","status":429}"#), "answered 429: rate limited"),
        (json(500, r#"{"error":"internal error","status":500}"#), "answered 500: internal error"),
        (json(200, "<html>Sign in</html>"), "what no policy service says"),
        (cut, "broke off"),
        (
            json(200, r#"{"error":"approval lock busy","status":409,"code":"approval_retryable_lock"}"#),
            "answered 409",
        ),
        (json(200, r#"{"jobs":[]}"#), "is no page of"),
    ]
}

/// Reaches a policy service as tenant `shop`; the key lies in the folder.
pub fn desk(url: &str) -> (tempfile::TempDir, Services) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "key-sekret").unwrap();
    let text = format!("[policy-service]\nurl = '{url}'\napi-key-file = 'key'\ntenant = 'shop'\n");
    let services = services(folder.path(), &text);
    (folder, services)
}

fn unread() -> Outcome {
    block(async {
        for (script, words) in broken_pages() {
            let server = FakeServer::start(move |seen, _| match seen.path.as_str() {
                "/api/v1/dlq/page" => script.clone(),
                _ => json(200, DECISION),
            })
            .await;
            let (_folder, services) = desk(&server.url);
            let asked = policy("rollout_gates: {}\npolicy_service: {topic: job.refund}\n");
            let found = gathered(services, &canary("6d5", &asked)).await;
            let why = found.reasons.unwrap().unwrap_err();
            assert!(why.as_str().contains(words) && !why.as_str().contains("sekret"), "{words}: {why}");
        }
        Ok(())
    })
}

fn of_name(name: &str) -> Canary {
    Canary { key: Key { namespace: "shop".into(), name: name.into() }, ..canary("6d5", &web()) }
}

fn followed() -> Outcome {
    block(async {
        let mut server = FakeServer::start(|_, _| json(200, matrix(&[0, 1, 2, 3]))).await;
        let canaries: Vec<Canary> = (0..10).map(|number| of_name(&format!("web-{number}"))).collect();
        let (wishes, received) =
            watch::channel(Wish { canaries: canaries.clone(), close: false, attended: false });
        let (sender, mut taken) = mpsc::channel(16);
        let evidence = Evidence::new(reached_at(&server.url), Clock::Machine);
        let following = tokio::spawn(evidence.follow_gates(received, sender));
        let early = tokio::time::timeout(Duration::from_millis(300), taken.recv()).await;
        assert!(early.is_err() && server.seen().is_empty(), "{early:?}");
        wishes.send_modify(|wish| wish.attended = true);
        let mut names = Vec::new();
        for _ in 0..10 {
            let found = tokio::time::timeout(Duration::from_secs(30), taken.recv()).await.unwrap().unwrap();
            assert!(matches!(found.evidence[0], Proof::Series { .. }), "{found:?}");
            names.push(found.key.name.to_string());
        }
        names.sort();
        assert_eq!(names, canaries.iter().map(|canary| canary.key.name.to_string()).collect::<Vec<_>>());
        assert_eq!(
            server.seen().len(),
            10,
            "ten canaries of two metrics are ten questions, and no more for now"
        );
        wishes.send_modify(|wish| wish.canaries.push(of_name("new")));
        server.until(|seen| seen.len() == 11).await;
        drop(wishes);
        tokio::time::timeout(Duration::from_secs(30), following).await.unwrap().unwrap();
        Ok(())
    })
}
