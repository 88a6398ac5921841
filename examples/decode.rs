//! Prints how fast Rollouts are read from watch lines and what they weigh in memory.
//!
//! `cargo run --release --example decode [COUNT]` (10,000 by default). Objects are made up: about 5.6 KB each, more than
//! half of it managed fields. Memory is the growth of the resident set, so it is told on Linux alone.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use kube::core::WatchEvent;
use rollgate::rollout::attention;
use rollgate::rollout::parse::{Interner, RolloutObject};
use serde_json::{Value, json};

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let lines: Vec<String> =
        (0..count).map(|n| json!({"type": "ADDED", "object": sample(n)}).to_string()).collect();
    let bytes: usize = lines.iter().map(String::len).sum();
    println!("{count} Rollouts, {} MB of watch lines", bytes / 1_000_000);

    let before = resident();
    let begun = Instant::now();
    let mut interner = Interner::new();
    let mut rollouts = Vec::with_capacity(count);
    for line in &lines {
        if let Ok(WatchEvent::Added(object)) = serde_json::from_str::<WatchEvent<RolloutObject>>(line) {
            rollouts.push(object.into_rollout(&mut interner));
        }
    }
    println!("read     {:>8.1} ms, {} of them", begun.elapsed().as_secs_f64() * 1e3, rollouts.len());
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("resident {:>8} B each", after.saturating_sub(before) / count.max(1));
    }

    let begun = Instant::now();
    rollouts.sort_by_cached_key(attention::need);
    println!("judged   {:>8.1} ms, by need", begun.elapsed().as_secs_f64() * 1e3);
    black_box(rollouts);
}

/// Resident set in bytes, by Linux's account.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

fn sample(n: usize) -> Value {
    let (new, stable) = (format!("7d9f8b6c5{}", n % 10), format!("5c4d3e2f1{}", n % 10));
    let ladders = [
        json!([{"setWeight": 5}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "10m"}}]),
        json!([{"setWeight": 10}, {"analysis": {"templates": [{"templateName": "errors"}]}}, {"pause": {}}]),
        json!([{"setCanaryScale": {"weight": 10}}, {"pause": {"duration": 600}}, {"setWeight": 60}]),
    ];
    let managed: serde_json::Map<String, Value> = (0..30)
        .map(|field| {
            (format!("f:field{field}"), json!({"k:{\"name\":\"x\"}": {".": {}, "f:name": {}, "f:image": {}}}))
        })
        .collect();
    let condition = |kind: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": "True", "reason": reason, "message": message,
            "lastTransitionTime": "2026-11-01T10:00:00Z", "lastUpdateTime": "2026-11-01T10:00:00Z"})
    };
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {
            "name": format!("svc-{n}"), "namespace": format!("team-{}", n % 200), "generation": 12,
            "uid": format!("0b1c2d3e-aaaa-bbbb-cccc-{n:012}"), "resourceVersion": (100_000 + n).to_string(),
            "creationTimestamp": "2026-11-01T10:00:00Z", "labels": {"app": format!("svc-{n}")},
            "annotations": {"rollout.argoproj.io/revision": "7",
                "kubectl.kubernetes.io/last-applied-configuration": "{\"kind\":\"Rollout\"}".repeat(60)},
            "managedFields": [{"manager": "rollouts-controller", "fieldsV1": managed}]
        },
        "spec": {
            "replicas": 5, "selector": {"matchLabels": {"app": format!("svc-{n}")}},
            "strategy": {"canary": {"steps": ladders.get(n % 3), "trafficRouting": {"nginx": {"stableIngress": "i"}}}},
            "template": {"spec": {"containers": [{"name": "main",
                "image": format!("registry.example.com/svc-{}:v{}", n % 900, n % 40)}]}}
        },
        "status": {
            "observedGeneration": "12", "phase": "Paused", "message": "CanaryPauseStep", "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-01T10:00:00Z"}],
            "currentPodHash": new, "stableRS": stable, "currentStepIndex": 1, "selector": format!("app=svc-{n}"),
            "replicas": 6, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5,
            "canary": {"weights": {"canary": {"weight": 5}, "stable": {"weight": 95}}},
            "conditions": [
                condition("Available", "AvailableReason", "Rollout has minimum availability"),
                condition("Paused", "RolloutPaused", "Rollout is paused"),
                condition("Completed", "RolloutCompleted", "RolloutCompleted"),
                condition("Progressing", "NewReplicaSetAvailable",
                    &format!("ReplicaSet \"svc-{n}-{new}\" has successfully progressed."))
            ]
        }
    })
}
