//! Waits, subscriptions, and a cluster that is slow or away: nothing hangs.

use std::time::Duration;

use serde_json::json;

use crate::Named;
use crate::assistant::{Assistant, Cluster};

pub fn trials() -> Vec<Named> {
    vec![
        ("a wait ends with the change, and tells progress until then", changed),
        ("a wait ends when its time is up", over),
        ("a wait that is cancelled is not answered, and others are", cancelled),
        ("who subscribed is told of a change, and once for many", subscribed),
        (
            "no more rollouts are followed than the bound, and one that is no longer followed makes room",
            bounded,
        ),
        ("who unsubscribed is told nothing more", unsubscribed),
        ("before the cluster is reached an answer says so", unreached),
    ]
}

fn waits(assistant: &mut Assistant, seconds: u32, token: &str) -> i64 {
    let arguments = json!({"name": "api", "wait_seconds": seconds, "wait_for": "change"});
    let params = json!({"name": "rollout_status", "arguments": arguments, "_meta": {"progressToken": token}});
    assistant.put("tools/call", params)
}

fn progress(assistant: &mut Assistant) {
    let told = assistant.hear();
    assert_eq!(told["method"], "notifications/progress", "{told}");
}

fn changed() {
    let cluster = Cluster::with(&["api"]);
    let mut assistant = Assistant::start(&cluster);
    assistant.until("api", |_| true);
    let id = waits(&mut assistant, 60, "mine");
    let told = assistant.hear();
    assert_eq!(
        (&told["method"], &told["params"]["progressToken"]),
        (&json!("notifications/progress"), &json!("mine"))
    );
    assert_eq!(told["params"]["total"], 60.0);
    cluster.status("api", &json!({"abort": true, "phase": "Degraded", "message": "aborted by hand"}));
    let answer = assistant.answer(id);
    let told = &answer["result"]["structuredContent"];
    assert_eq!(told["waited"]["ended_by"], "changed", "{answer}");
    assert_eq!(told["rollout"]["aborted"], true);
}

fn over() {
    let cluster = Cluster::with(&["api"]);
    let mut assistant = Assistant::start(&cluster);
    let told =
        assistant.tell("rollout_status", json!({"name": "api", "wait_seconds": 1, "wait_for": "change"}));
    assert_eq!(told["waited"], json!({"seconds": 1, "ended_by": "time_is_up"}));
}

fn cancelled() {
    let cluster = Cluster::with(&["api"]);
    let mut assistant = Assistant::start(&cluster);
    assistant.until("api", |_| true);
    let id = waits(&mut assistant, 60, "t");
    progress(&mut assistant);
    let params = json!({"requestId": id, "reason": "no longer wanted"});
    assistant.say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}));
    // An answer to the cancelled question would be one to nobody here, and fail.
    for _ in 0..20 {
        assert!(assistant.ask("ping", json!({}))["error"].is_null());
    }
}

fn subscribed() {
    let cluster = Cluster::with(&["api", "web"]);
    let mut assistant = Assistant::start(&cluster);
    assistant.until("api", |_| true);
    let uri = "rollgate://rollouts/shop/api";
    assert_eq!(assistant.ask("resources/subscribe", json!({"uri": uri}))["result"], json!({}));
    assert_eq!(assistant.ask("resources/subscribe", json!({"uri": "rollgate://x"}))["error"]["code"], -32002);
    cluster.status("web", &json!({"message": "not subscribed to"}));
    cluster.status("api", &json!({"message": "one"}));
    let told = assistant.hear();
    assert_eq!(
        (&told["method"], &told["params"]["uri"]),
        (&json!("notifications/resources/updated"), &json!(uri))
    );
    for n in 0..50 {
        cluster.status("api", &json!({"message": format!("change {n}")}));
    }
    cluster.status("api", &json!({"abort": true}));
    assistant.until("api", |rollout| rollout["aborted"] == true);
    assistant.ask("resources/unsubscribe", json!({"uri": uri}));
    let updates =
        assistant.told.iter().filter(|told| told["method"] == "notifications/resources/updated").count();
    assert!(updates < 25, "{updates} notifications for 51 changes");
}

fn bounded() {
    let cluster = Cluster::with(&["api"]);
    let mut assistant = Assistant::start(&cluster);
    let mut ask = |method: &str, n: usize| {
        assistant
            .ask(&format!("resources/{method}"), json!({"uri": format!("rollgate://rollouts/shop/web-{n}")}))
    };
    for n in 0..64 {
        assert_eq!(ask("subscribe", n)["result"], json!({}), "{n}");
    }
    let refused = ask("subscribe", 64);
    assert!(
        refused["error"]["message"].as_str().unwrap().contains("64 Rollouts are followed already"),
        "{refused}"
    );
    assert_eq!(ask("subscribe", 5)["result"], json!({}), "the same again is the same");
    assert_eq!(ask("unsubscribe", 5)["result"], json!({}));
    assert_eq!(ask("subscribe", 64)["result"], json!({}));
}

fn unsubscribed() {
    let cluster = Cluster::with(&["api", "web"]);
    let mut assistant = Assistant::start(&cluster);
    assistant.until("web", |_| true);
    for name in ["api", "web"] {
        assistant.ask("resources/subscribe", json!({"uri": format!("rollgate://rollouts/shop/{name}")}));
    }
    assistant.ask("resources/unsubscribe", json!({"uri": "rollgate://rollouts/shop/api"}));
    cluster.status("api", &json!({"message": "nobody follows this"}));
    cluster.status("web", &json!({"message": "somebody follows this"}));
    // The later change is told, so that the one before would have been, too.
    let told = assistant.hear();
    assert_eq!(told["params"]["uri"], "rollgate://rollouts/shop/web", "{told}");
    cluster.embedded.remove("web");
    let told = assistant.hear();
    assert_eq!(told["params"]["uri"], "rollgate://rollouts/shop/web", "that it is gone is a change: {told}");
}

fn unreached() {
    let folder = tempfile::tempdir().unwrap();
    // Somebody who takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", silent.local_addr().unwrap());
    let kubeconfig = folder.path().join("config");
    std::fs::write(&kubeconfig, rollgate::sim::server::kubeconfig(&server, "token")).unwrap();
    let mut assistant = Assistant::silent(&kubeconfig);
    assistant.begin();
    let begun = std::time::Instant::now();
    let told = assistant.tell("list_rollouts", json!({}));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!((&told["freshness"]["complete"], &told["rollouts"]), (&json!(false), &json!([])));
    assert_ne!(told["freshness"]["state"], "live");
    let why = assistant.refused("rollout_status", json!({"name": "api"}));
    assert!(why.contains("not known yet"), "{why}");
}
