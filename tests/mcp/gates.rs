//! What the evidence says of a canary, as an assistant is told it: with a policy and without, beside the command, over a real Prometheus.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::Named;
use crate::assistant::{Assistant, BINARY, Cluster};
use crate::installed::{self, Running, Setup};

pub fn trials() -> Vec<Named> {
    vec![
        ("without a policy or a canary there is no verdict, and it is said why", none),
        ("what nobody can measure cannot be told, with each metric's part", untold),
        ("a policy that a rollout names and that is not there is said to be missing", missing),
    ]
}

type Real = (&'static str, fn() -> Result<PathBuf, String>, fn(&Path));

pub fn real() -> Vec<Real> {
    vec![(
        "an assistant is told of a good and a bad canary what the command says, from a real prometheus",
        installed::prometheus,
        judged,
    )]
}

const POLICY: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  canary_lifetime_hours: 2
  metric_resolution: 1m
  rollback_triggers:
    error_rate_metric: errors
    error_rate_floor: 0.1
metrics:
  - {name: errors, query: 'errors{hash=\"{{canary}}\"}', direction: increase, critical: true}
";

/// A canary under way, which has paused for two hours and nothing else was said of but its hashes.
fn canary(hash: &str) -> Cluster {
    let cluster = Cluster::with(&["api"]);
    let paused = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2);
    let status = json!({
        "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": paused}],
        "phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "2", "currentPodHash": hash,
        "stableRS": "stable", "currentStepIndex": 1, "replicas": 3, "availableReplicas": 3, "canary": {"weights": {"canary": {"weight": 20, "podTemplateHash": hash}, "stable": {"weight": 80}}},
    });
    // Without a router pods alone would carry the weight.
    let routing = json!({"nginx": {"stableIngress": "web"}});
    cluster.embedded.change("api", &json!({"spec": {"strategy": {"canary": {"trafficRouting": routing}}}}));
    cluster.status("api", &status);
    cluster
}

/// A folder with the policy.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("gates")).unwrap();
    std::fs::write(folder.path().join("gates/web.yaml"), text).unwrap();
    folder
}

fn gates(folder: &tempfile::TempDir) -> String {
    folder.path().join("gates").display().to_string()
}

fn tell(assistant: &mut Assistant) -> Value {
    assistant.until("api", |rollout| rollout["phase"] == "Paused");
    let told = assistant.tell("rollout_gates", json!({"name": "api"}));
    assert_eq!((&told["namespace"], &told["name"]), (&json!("shop"), &json!("api")));
    told
}

fn none() {
    let told = tell(&mut Assistant::start(&canary("new")));
    assert_eq!(told["gate"], Value::Null);
    assert!(told["why_not"].as_str().unwrap().contains("no policy is meant for this Rollout"), "{told}");
    let folder = folder(POLICY);
    let told = tell(&mut Assistant::start_with(&canary("stable"), &["--gates", &gates(&folder)]));
    assert_eq!(told["gate"], Value::Null);
    assert!(told["why_not"].as_str().unwrap().contains("nothing is being brought in"), "{told}");
    let mut assistant = Assistant::start(&canary("new"));
    assert!(assistant.refused("rollout_gates", json!({"name": "nobody"})).contains("nobody"));
}

fn untold() {
    let folder = folder(POLICY);
    let cluster = canary("new");
    let before = cluster.embedded.version();
    let mut assistant = Assistant::start_with(&cluster, &["--gates", &gates(&folder)]);
    let told = tell(&mut assistant);
    let gate = &told["gate"];
    assert_eq!(
        (&gate["word"], &gate["policy"], &told["why_not"]),
        (&json!("cannot tell"), &json!("web"), &Value::Null),
        "{told}"
    );
    assert_eq!((&gate["canary"], &gate["stable"]), (&json!("new"), &json!("stable")));
    let part = &gate["metrics"][0];
    assert_eq!((&part["metric"], &part["class"]), (&json!("errors"), &json!("no data")));
    assert_eq!(part["age_seconds"], Value::Null, "there is nothing that could be old");
    // What was just judged is told again, with its own time.
    let again = assistant.tell("rollout_gates", json!({"name": "api"}));
    assert_eq!(again["gate"]["observed_at"], gate["observed_at"]);
    assert_eq!(cluster.embedded.version(), before);
}

fn missing() {
    let folder = folder(POLICY);
    let cluster = canary("new");
    cluster
        .embedded
        .change("api", &json!({"metadata": {"annotations": {"rollgate.io/gate-policy": "shop\u{1b}[2J"}}}));
    let mut assistant = Assistant::start_with(&cluster, &["--gates", &gates(&folder)]);
    let told = tell(&mut assistant);
    let why = told["why_not"].as_str().unwrap();
    assert!(why.contains("names the policy `shop") && why.contains("which is not there"), "{told}");
    assert!(!why.contains('\u{1b}'));
}

/// What was measured in the last two hours, a point a minute: the canary by a factor of the stable version, which scatters around 10.
fn measured(factor: f64) -> String {
    let mut text = "# TYPE errors gauge\n".to_owned();
    let end = jiff::Timestamp::now().as_second();
    for (hash, shift, times) in [("new", 0, factor), ("stable", 11, 1.0)] {
        for minute in (0..120).rev() {
            let wobble = 1.0 + 0.02 * (f64::from((minute * 37 + shift) % 20) / 10.0 - 0.95);
            let at = end - i64::from(minute) * 60;
            writeln!(text, "errors{{hash=\"{hash}\"}} {} {at}", 10.0 * wobble * times).unwrap();
        }
    }
    text + "# EOF\n"
}

fn judged(program: &Path) {
    for (factor, class) in [(1.0, "pass"), (3.0, "high")] {
        let running =
            Running::start_with(program, &Setup { samples: Some(measured(factor)), ..Setup::default() });
        let running = running.unwrap();
        let folder = folder(POLICY);
        let config = folder.path().join("config.toml");
        let file = format!("[[provider]]\nkind = \"prometheus\"\naddress = \"{}\"\n", running.url());
        std::fs::write(&config, file).unwrap();
        let cluster = canary("new");
        let (gates, config) = (gates(&folder), config.display().to_string());
        let flags = ["--gates", gates.as_str(), "--config", config.as_str()];
        let told = tell(&mut Assistant::start_with(&cluster, &flags));
        let gate = &told["gate"];
        let part = &gate["metrics"][0];
        assert_eq!(part["class"], class, "{told}");
        assert!(part["points"]["canary"].as_i64().unwrap() >= 50, "{part}");
        assert!(part["age_seconds"].as_i64().unwrap() < 300, "{part}");
        assert!(part["digest"].as_str().is_some_and(|digest| !digest.is_empty()), "{part}");
        assert!(part["source"].as_str().unwrap().contains(&running.url()), "{part}");
        let ran = Command::new(BINARY)
            .args(flags)
            .arg("--kubeconfig")
            .arg(cluster.embedded.kubeconfig())
            .args(["gates", "run", "api", "-n", "shop", "-o", "json"])
            .env("HOME", folder.path())
            .output()
            .unwrap();
        let said: Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        assert_eq!((&gate["word"], &gate["stage"]), (&said["word"], &said["stage"]));
        let fields = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(fields(gate), fields(&said), "the same fields as `gates run -o json`");
        assert_eq!(gate["word"], if class == "pass" { "pass" } else { "fail" }, "{gate}");
    }
}
