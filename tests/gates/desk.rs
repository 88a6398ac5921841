//! A folder with a policy, a Rollout and what was measured of it; and the real binary in it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// As of when tests judge.
pub const NOON: &str = "2026-11-21T12:00:00Z";
/// When their points begin: one a minute.
pub const TEN: &str = "2026-11-21T10:00:00Z";
const POINTS: i64 = 121;
const MINUTE: i64 = 60;

/// Two metrics, of which the second weighs little.
pub const POLICY: &str = "\
name: shop
rollout_gates:
  min_data_points_per_metric: 50
  canary_lifetime_hours: 3
  metric_interval_hours: 1
  score:
    pass: 95
    marginal: 75
  rollback_triggers:
    max_error_rate_delta: 2.0
    error_rate_metric: errors
    max_policy_deny_rate: 0.03
metrics:
  - name: errors
    query: errors{hash=\"{{canary}}\"}
    direction: increase
    groups: [errors]
    critical: true
  - name: queue
    query: queue{hash=\"{{canary}}\",namespace=\"{{namespace}}\"}
    direction: increase
    groups: [queue]
groups: {errors: 80, queue: 20}
";

/// A canary that a router gives 20 %, paused since [`TEN`].
pub const ROLLOUT: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: checkout, namespace: shop, uid: u-1, generation: 1}
spec:
  replicas: 5
  strategy: {canary: {trafficRouting: {nginx: {stableIngress: web}}, steps: [{setWeight: 20}, {pause: {}}]}}
status:
  currentPodHash: 6c9f
  stableRS: 7d8c
  currentStepIndex: 1
  availableReplicas: 5
  replicas: 5
  canary: {weights: {canary: {weight: 20}, stable: {weight: 80}}}
  controllerPause: true
  pauseConditions: [{reason: CanaryPauseStep, startTime: '2026-11-21T10:00:00Z'}]
";

/// A folder, in which the program has its home.
pub struct Desk(TempDir);

/// What the program did.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

impl Desk {
    /// Puts policy and Rollout into a folder.
    pub fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.write("shop.yaml", POLICY);
        desk.write("rollout.yaml", ROLLOUT);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Runs the program in the folder.
    pub fn rollgate(&self, words: &str) -> Said {
        let ran = Command::new(env!("CARGO_BIN_EXE_rollgate"))
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .env("KUBECONFIG", self.path("no-kubeconfig"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Said {
            code: ran.status.code().unwrap(),
            out: String::from_utf8(ran.stdout).unwrap(),
            err: String::from_utf8(ran.stderr).unwrap(),
        }
    }

    /// Records what was measured, as `gates backtest --record` would.
    pub fn record(&self, errors: Course, queue: Course) {
        let series = |course: Course, of_canary: bool| -> Vec<Value> {
            course.points(of_canary).map(|(at, value)| json!([at.to_string(), value])).collect()
        };
        let metric = |name: &str, course: Course| json!({"metric": name, "canary": series(course, true), "stable": series(course, false)});
        let recorded = json!({
            "schema": "rollgate/gates-recording/v1",
            "canary": "6c9f",
            "stable": "7d8c",
            "metrics": [metric("errors", errors), metric("queue", queue)],
        });
        self.write("recorded.json", &recorded.to_string());
    }
}

/// How a metric goes: the stable version around 10, the canary by a factor of it, from a minute on.
#[derive(Clone, Copy)]
pub struct Course {
    pub factor: f64,
    pub from_minute: i64,
    pub wobble: f64,
}

/// No difference.
pub const SAME: Course = Course { factor: 1.0, from_minute: 0, wobble: 0.02 };

impl Course {
    /// Lists times and values.
    pub fn points(self, of_canary: bool) -> impl Iterator<Item = (jiff::Timestamp, f64)> {
        let begin: jiff::Timestamp = TEN.parse().unwrap();
        (0..POINTS).map(move |minute| {
            let shift = if of_canary { 0 } else { 11 };
            let wobble = 1.0 + self.wobble * (((minute * 37 + shift) % 20) as f64 / 10.0 - 0.95);
            let factor = if of_canary && minute >= self.from_minute { self.factor } else { 1.0 };
            let at = jiff::Timestamp::from_second(begin.as_second() + minute * MINUTE).unwrap();
            (at, 10.0 * wobble * factor)
        })
    }
}

/// Writes what a Prometheus would have scraped of both versions.
pub fn samples(errors: Course, queue: Course) -> String {
    let mut text = String::new();
    for (name, course) in [("errors", errors), ("queue", queue)] {
        let _ = writeln!(text, "# TYPE {name} gauge");
        for (hash, of_canary) in [("6c9f", true), ("7d8c", false)] {
            for (at, value) in course.points(of_canary) {
                let _ =
                    writeln!(text, "{name}{{hash=\"{hash}\",namespace=\"shop\"}} {value} {}", at.as_second());
            }
        }
    }
    text + "# EOF\n"
}

/// Tells whether a file is a picture of this size.
pub fn is_png(bytes: &[u8], width: u32, height: u32) -> bool {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(16..24) == Some(size.as_slice())
}

/// Reads a file of the repository.
pub fn of_repository(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
