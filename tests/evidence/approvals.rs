//! The approvals that wait at a policy service, read page by page, and what comes of it where they cannot be.

use jiff::{SignedDuration, Timestamp};
use rollgate::clock::Clock;
use rollgate::config::Services;
use rollgate::evidence::Evidence;
use rollgate::gate::judge::score::Word;
use rollgate::gate::stage::Seen as Canary;
use rollgate::gate::trigger::{Cause, Reading};
use rollgate::gate::{Gate, policy::Policy};
use serde_json::{Value, json as value};

use crate::fake_server::{Act, FakeServer, Seen, json};
use crate::gathered::{canary, policy};
use crate::gathering::{broken_pages, desk};
use crate::{Named, Outcome, block};

pub fn trials() -> Vec<Named> {
    vec![
        ("approvals are asked for only where the policy has a limit, and page by page", paged),
        ("a backlog of approvals proposes an abort, and rests with the room that is left", breached),
        ("a list of approvals that cannot be read whole is never taken for a short one", unread),
    ]
}

const DECISION: &str =
    r#"{"decision":"DECISION_TYPE_ALLOW","reason":"","policySnapshot":"base","approvalRequired":false}"#;
const NO_FAILURES: &str = r#"{"items":[],"next_cursor":null}"#;

/// A policy that limits what waits, with these limits.
fn limiting(limits: &str) -> std::sync::Arc<Policy> {
    let text = "rollout_gates:\n  rollback_triggers: {LIMITS}\npolicy_service: {topic: job.refund}\n";
    policy(&text.replace("LIMITS", limits))
}

/// An entry that has waited for so many minutes.
fn waiting(number: usize, minutes: i64) -> Value {
    let at = (Timestamp::now() - SignedDuration::from_mins(minutes)).as_microsecond() - number as i64;
    value!({
        "job": {"id": format!("job-{number}"), "state": "APPROVAL_REQUIRED", "topic": "job.refund", "updated_at": at},
        "approval_status": "pending", "approval_actionability": "actionable", "approval_required": true,
    })
}

fn list(items: &[Value], next: Option<i64>) -> Vec<Act> {
    json(200, value!({"items": items, "next_cursor": next}).to_string())
}

/// A policy service that answers to its list of approvals with this.
async fn service(approvals: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static) -> FakeServer {
    FakeServer::start(move |seen, number| match seen.path.as_str() {
        "/api/v1/approvals" => approvals(seen, number),
        "/api/v1/dlq/page" => json(200, NO_FAILURES),
        _ => json(200, DECISION),
    })
    .await
}

/// Gathers and judges once: how the trigger stands, and the word on a promotion.
async fn judged(services: Services, policy: std::sync::Arc<Policy>) -> (Reading, Word, bool) {
    let canary = canary("6d5", &policy);
    let now = Timestamp::now();
    let found = Evidence::new(services, Clock::Machine).gather(&canary, now).await;
    let mut gate = Gate::new(policy, canary.hash);
    let seen = Canary { under_way: true, aborted: false, weight: Some(10), full_since: None, since: None };
    gate.take(found, &seen, now);
    let reading = gate.triggers.iter().find(|(cause, _)| *cause == Cause::Approvals).unwrap().1.clone();
    (reading, gate.word(now), gate.proposes_abort())
}

fn asked_for(server: &FakeServer) -> Vec<String> {
    let seen = server.seen().into_iter().filter(|seen| seen.path == "/api/v1/approvals");
    seen.map(|seen| {
        assert_eq!((seen.method.as_str(), seen.header("x-tenant-id")), ("GET", Some("shop")));
        seen.query
    })
    .collect()
}

fn paged() -> Outcome {
    block(async {
        let server = service(|_, number| match number {
            0 => list(&[waiting(0, 1)], Some(77)),
            _ => list(&[waiting(1, 2)], None),
        })
        .await;
        let (folder, services) = desk(&server.url);
        let (reading, ..) = judged(services.clone(), limiting("")).await;
        assert_eq!((reading, asked_for(&server)), (Reading::Unused, Vec::new()), "off when absent");
        let (reading, ..) = judged(services, limiting("max_approvals_waiting: 4")).await;
        assert_eq!(reading, Reading::Rests { headroom: 0.5 });
        let first = "limit=100&include_resolved=false";
        assert_eq!(asked_for(&server), [first.to_owned(), format!("{first}&cursor=77")]);
        drop(folder);
        Ok(())
    })
}

fn breached() -> Outcome {
    block(async {
        let server = service(|_, _| list(&[waiting(0, 1), waiting(1, 45)], None)).await;
        let (_folder, services) = desk(&server.url);
        for (limits, words) in [
            ("max_approvals_waiting: 1", "2 approvals wait for a person, more than 1"),
            ("max_approval_wait: 30m", "longer than 30m"),
        ] {
            let (reading, word, proposes) = judged(services.clone(), limiting(limits)).await;
            let Reading::Fires(why) = reading else { panic!("{limits}: {reading:?}") };
            assert!(why.as_str().contains(words), "{limits}: {why}");
            assert_eq!((word, proposes), (Word::Fail, true), "{limits}");
        }
        let (reading, _, proposes) = judged(services, limiting("max_approval_wait: 1h 30m")).await;
        let Reading::Rests { headroom } = reading else { panic!("{reading:?}") };
        assert!((headroom - 0.5).abs() < 0.01 && !proposes, "{headroom}");
        Ok(())
    })
}

fn unread() -> Outcome {
    block(async {
        for (script, words) in broken_pages() {
            let second = script.clone();
            let whole = service(move |_, _| script.clone()).await;
            let then = service(move |_, number| match number {
                0 => list(&[waiting(0, 1)], Some(77)),
                _ => second.clone(),
            })
            .await;
            for server in [whole, then] {
                let (_folder, services) = desk(&server.url);
                let (reading, word, _) = judged(services, limiting("max_approvals_waiting: 9")).await;
                let Reading::Untold(why) = reading else { panic!("{words}: {reading:?}") };
                assert!(why.as_str().contains(words) && !why.as_str().contains("sekret"), "{words}: {why}");
                assert_eq!(word, Word::CannotTell, "{words}");
            }
        }
        endless().await;
        Ok(())
    })
}

/// One whose cursor goes on for ever, and one whose cursor always is the same.
async fn endless() {
    let falling = service(|_, number| list(&[waiting(number, 1)], Some(1_000_000 - number as i64))).await;
    let same = service(|_, number| list(&[waiting(number, 1)], Some(7))).await;
    for (server, requests) in [(falling, 10), (same, 2)] {
        let (_folder, services) = desk(&server.url);
        let (reading, ..) = judged(services.clone(), limiting("max_approvals_waiting: 99")).await;
        let Reading::Untold(why) = reading else { panic!("{reading:?}") };
        assert!(why.as_str().contains("has no end"), "{why}");
        assert_eq!(asked_for(&server).len(), requests);
        let (reading, ..) = judged(services, limiting("max_approvals_waiting: 1")).await;
        assert!(matches!(reading, Reading::Fires(_)), "what was counted is there: {reading:?}");
    }
}
