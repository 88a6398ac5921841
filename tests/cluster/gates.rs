//! Gates on the real cluster with a real Prometheus: a canary at 10 % whose evidence is bad, good, unclear or too little, and a person
//! who would promote it.
//!
//! The past of both versions is put into the Prometheus under the hashes that the controller gave them; what the person may do is then
//! told by the screen, the ledger and the audit log.

use std::process::Command;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Namespace, Sample, Scene, User};
use crate::exporter::{self, METRICS, Version};
use crate::harness::Case;
use crate::installed::{self, Running, Setup};
use crate::person::{Left, Person, Seat, events};

mod past;

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    let mut all = vec![
        Case::new(
            "gates: a bad canary at 10 % is proposed for abort, and promoted only against the gates, on record",
            bad,
        ),
        Case::new("gates: a bad canary is aborted without a word from the gates in the way", aborted),
        Case::new(
            "gates: a good canary at 10 % passes, and the promotion is recorded with its evidence",
            good,
        ),
        Case::new("gates: an unclear canary holds until a person says why", unclear),
        Case::new("gates: a young canary cannot be told, and it is said when it could be", young),
        Case::new("gates: the command says the same words, each with its exit code", commanded),
        Case::new("gates: a blue-green preview passes with the analysis before its promotion", previewed),
        Case::new(
            "gates: what an analysis measured a step ago is evidence, and only of its version",
            measured,
        ),
    ];
    all.extend(past::trials());
    all
}

const GATES: &str = "rollout_gates:\n  min_data_points_per_metric: 50\n  canary_lifetime_hours: 2\n  metric_resolution: 1m\n  \
    rollback_triggers:\n    error_rate_metric: errors\n    error_rate_floor: 0.1\n";

/// A canary at 10 %, its Prometheus, and a person before it.
struct Scenery<'c> {
    namespace: Namespace<'c>,
    person: Person,
    _prometheus: Running,
}

/// Starts a Prometheus with the past of a Rollout's stable version, and of its canary as `canary` makes it of its hash.
fn past_of(rollout: &Value, canary: impl Fn(&str) -> Version) -> Result<Running, String> {
    let hash = |field: &str| rollout["status"][field].as_str().unwrap_or_default().to_owned();
    let versions = [Version::good(&hash("stableRS")), canary(&hash("currentPodHash"))];
    let samples = Some(exporter::past(&versions, jiff::Timestamp::now(), ""));
    Running::start_with(&installed::prometheus()?, &Setup { samples, ..Setup::default() })
}

impl<'c> Scenery<'c> {
    /// Brings a canary to 10 %, with a past that `canary` makes of its hash, and sits an operator down.
    fn set(cluster: &'c Cluster, hint: &str, canary: impl Fn(&str) -> Version) -> Result<Self, String> {
        let namespace = cluster.namespace(hint)?;
        let rollout = Scene::Routed.bring(&namespace, "web")?;
        let prometheus = past_of(&rollout, canary)?;
        let person = Seat::of(&namespace, User::Operator)
            .allowed_in(namespace.name())
            .configured(&format!("bell = true\n[[provider]]\naddress = '{}'\n", prometheus.url()))
            .gated(&format!("{GATES}{METRICS}"))
            .sit_down();
        Ok(Self { namespace, person, _prometheus: prometheus })
    }

    /// Counts how often the terminal's bell rang so far.
    fn rings(&self) -> usize {
        self.person.screen.raw().iter().filter(|byte| **byte == b'\x07').count()
    }

    fn name(&self) -> String {
        format!("{}/web", self.namespace.name())
    }

    /// Opens the Rollout and waits for the word of its gate.
    fn opens(&mut self, word: &str) {
        self.person.sees_row(&["web", "Paused"]);
        self.person.opens();
        self.person.sees(&format!("gate {word}"));
    }

    /// Acknowledges, waits for what comes of it and leaves; returns what the ledger keeps of the acknowledgement.
    fn acknowledged(self, outcome: &str) -> Result<Value, String> {
        let Self { mut person, .. } = self;
        person.acknowledges();
        person.sees(outcome);
        person.closes();
        acknowledged(&person.leaves())
    }

    /// Asserts that nothing was written so far.
    fn assert_nothing_sent(&self) -> Outcome {
        let writes = self.namespace.writes(User::Operator)?;
        assert!(writes.is_empty(), "{writes:?}");
        Ok(())
    }
}

/// Reads what was recorded with the one acknowledgement, which was sent and came to its end.
fn acknowledged(left: &Left) -> Result<Value, String> {
    let rows = left.ledger()?;
    assert_eq!(events(&rows), ["acknowledged", "accepted", "observed"]);
    serde_json::from_str(&rows[0].body).map_err(|error| error.to_string())
}

/// Asserts that a record holds a word, and for each metric where its evidence can be found again.
#[track_caller]
fn assert_evidence(recorded: &Value, word: &str) {
    let gates = &recorded["gates"];
    assert_eq!((gates["word"].as_str(), gates["policy"].as_str()), (Some(word), Some("web")), "{gates:#}");
    assert_eq!(gates["stage"], "canary 1", "{gates:#}");
    let metrics = gates["metrics"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = metrics.iter().filter_map(|metric| metric["metric"].as_str()).collect();
    assert_eq!(names, ["errors", "latency"], "{gates:#}");
    for metric in &metrics {
        assert!(
            metric["source"]
                .as_str()
                .is_some_and(|source| source.starts_with("prometheus at http://127.0.0.1:"))
        );
        assert!(metric["query"].as_str().is_some_and(|query| query.contains("hash=")));
        assert_eq!(metric["digest"].as_str().map(str::len), Some(64), "{metric:#}");
        assert!(metric["points"]["canary"].as_i64() >= Some(50), "{metric:#}");
        assert!(metric["age_seconds"].as_i64().is_some_and(|age| (0..=300).contains(&age)), "{metric:#}");
    }
}

fn worse(hash: &str) -> Version {
    Version { errors: 4.0, latency: 140.0, ..Version::good(hash) }
}

fn bad(cluster: &Cluster) -> Outcome {
    let mut scenery = Scenery::set(cluster, "gates-bad", worse)?;
    scenery.person.sees("abort proposed");
    scenery.opens("FAIL");
    assert_eq!(scenery.rings(), 1, "a bell that is wanted rings once");
    let person = &mut scenery.person;
    person.types("p");
    person.sees("To go against them type web, then a reason");
    // What confirms is a letter like any other here, and Enter is nothing.
    person.types("y");
    person.sees("> y");
    person.types("\x7f\r");
    scenery.assert_nothing_sent()?;
    let person = &mut scenery.person;
    person.answers("To go against them type web", "web");
    person.sees("web is typed");
    person.gives_reason("It goes against the gates. Say why", "known and accepted");
    person.waits_until_armed();
    let recorded = scenery.acknowledged("done: the controller went on")?;
    assert_evidence(&recorded, "fail");
    assert!(recorded["overrides"].as_str().is_some_and(|words| words.starts_with("fail: ")), "{recorded:#}");
    assert!(recorded.to_string().contains("known and accepted"), "{recorded:#}");
    Ok(())
}

fn aborted(cluster: &Cluster) -> Outcome {
    let mut scenery = Scenery::set(cluster, "gates-abort", worse)?;
    scenery.opens("FAIL");
    let person = &mut scenery.person;
    person.types("x");
    person.types_name("web");
    person.waits_until_armed();
    let recorded = scenery.acknowledged("done: the controller aborted the update")?;
    assert_eq!(recorded["overrides"], Value::Null, "{recorded:#}");
    Ok(())
}

fn good(cluster: &Cluster) -> Outcome {
    let mut scenery = Scenery::set(cluster, "gates-good", Version::good)?;
    scenery.opens("PASS");
    let name = scenery.name();
    let person = &mut scenery.person;
    assert!(!person.has("abort proposed"));
    assert_eq!(scenery.rings(), 0);
    let person = &mut scenery.person;
    person.stages("p", &format!("promote {name}"));
    let recorded = scenery.acknowledged("done: the controller went on")?;
    assert_evidence(&recorded, "pass");
    assert_eq!(recorded["overrides"], Value::Null, "{recorded:#}");
    Ok(())
}

fn unclear(cluster: &Cluster) -> Outcome {
    // Between what passes (15 % at most, surely) and what fails (more than that).
    let slower = |hash: &str| Version { latency: 114.2, ..Version::good(hash) };
    let mut scenery = Scenery::set(cluster, "gates-unclear", slower)?;
    scenery.opens("HOLD");
    let person = &mut scenery.person;
    person.sees("latency unclear");
    person.sees("with a reason, or wait");
    person.types("p");
    person.gives_reason("The gates leave it to you. Say why", "slower and wanted");
    person.waits_until_armed();
    let recorded = scenery.acknowledged("done: the controller went on")?;
    assert_evidence(&recorded, "hold");
    assert_eq!(recorded["overrides"], Value::Null, "{recorded:#}");
    assert!(recorded.to_string().contains("slower and wanted"), "{recorded:#}");
    Ok(())
}

fn run(namespace: &Namespace<'_>, prometheus: &str, args: &[&str]) -> Result<(i32, String), String> {
    run_by(&format!("{GATES}{METRICS}"), namespace, prometheus, args)
}

/// Runs `rollgate gates run web` in a home of its own, with this policy and Prometheus; returns its code and what it prints.
fn run_by(
    policy: &str,
    namespace: &Namespace<'_>,
    prometheus: &str,
    args: &[&str],
) -> Result<(i32, String), String> {
    gates(policy, namespace, prometheus, &[&["run", "web"], args].concat())
}

/// The same for any of the commands about gates.
fn gates(
    policy: &str,
    namespace: &Namespace<'_>,
    prometheus: &str,
    args: &[&str],
) -> Result<(i32, String), String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (file, gates) = (home.path().join("rollgate.toml"), home.path().join("gates"));
    let written = std::fs::write(&file, format!("[[provider]]\naddress = '{prometheus}'\n"))
        .and_then(|()| std::fs::create_dir(&gates))
        .and_then(|()| std::fs::write(gates.join("web.yaml"), policy));
    written.map_err(|error| error.to_string())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollgate"));
    command.env_clear().env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.arg("gates").args(args).args(["-n", namespace.name(), "--config"]).arg(&file);
    command.arg("--kubeconfig").arg(namespace.cluster().kubeconfig(User::Operator));
    let output = command.output().map_err(|error| error.to_string())?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((output.status.code().unwrap_or(-1), said))
}

fn commanded(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("gates-run")?;
    let rollout = Scene::Routed.bring(&namespace, "web")?;
    let slower = |hash: &str| Version { latency: 114.2, ..Version::good(hash) };
    let begun = |hash: &str| Version { minutes: 20, ..Version::good(hash) };
    type Past = fn(&str) -> Version;
    let cases: [(Past, i32, &str, &str); 4] = [
        (Version::good, 0, "pass", "all that this stage asks for is met"),
        (slower, 1, "hold", "latency: "),
        (worse, 2, "fail", "times the errors of the stable version"),
        (begun, 3, "cannot tell", "of 50 points"),
    ];
    let mut gone = String::new();
    for (canary, code, word, why) in cases {
        let prometheus = past_of(&rollout, canary)?;
        let (exit, said) = run(&namespace, &prometheus.url(), &[])?;
        let line = said.lines().find(|line| line.starts_with(&format!("{word}: ")));
        assert!(exit == code && line.is_some_and(|line| line.contains(why)), "{code} {word}: {exit}: {said}");
        assert!(said.contains("stage: canary 1"), "{said}");
        let (exit, said) = run(&namespace, &prometheus.url(), &["-o", "json"])?;
        let json: Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
        assert_eq!((exit, json["word"].as_str()), (code, Some(word)), "{said}");
        gone = prometheus.url();
    }
    // What no longer answers is no pass.
    let (exit, said) = run(&namespace, &gone, &[])?;
    assert!(exit == 3 && said.contains("cannot tell: "), "{exit}: {said}");
    let writes = namespace.writes(User::Operator)?;
    assert!(writes.is_empty(), "{writes:?}");
    Ok(())
}

fn measured(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("gates-measured")?;
    namespace.apply_sample(Sample::AnalysisPasses, "web")?;
    namespace.wait_phase("web", "Healthy")?;
    namespace.set_tag("web", "v2")?;
    // The pause comes two steps behind the analysis.
    let rollout = namespace.wait_rollout("web", "is paused at 60 %", |rollout| {
        rollout["status"]["currentStepIndex"] == 3 && rollout["status"]["phase"] == "Paused"
    })?;
    assert_eq!(rollout["status"]["canary"]["currentStepAnalysisRunStatus"], Value::Null, "{rollout:#}");
    let policy = "rollout_gates: {}\nmetrics: [{name: smoke}]\n";
    let nobody = "http://127.0.0.1:9";
    let (exit, said) = run_by(policy, &namespace, nobody, &["-o", "json"])?;
    let json: Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
    assert_eq!((exit, json["word"].as_str(), json["stage"].as_str()), (0, Some("pass"), Some("canary 2")));
    let part = &json["metrics"][0];
    assert_eq!(
        (part["class"].as_str(), part["points"]["canary"].as_i64()),
        (Some("pass"), Some(1)),
        "{part:#}"
    );
    assert!(part["query"].as_str().is_some_and(|run| run.starts_with("web-")), "{part:#}");
    assert!(part["age_seconds"].as_i64().is_some_and(|age| (0..=600).contains(&age)), "{part:#}");
    let stable = rollout["status"]["stableRS"].as_str().unwrap_or_default();
    let (exit, said) = run_by(policy, &namespace, nobody, &["--canary", "another", "--stable", stable])?;
    assert!(exit == 3 && said.contains("no AnalysisRun of this canary measures `smoke`"), "{exit}: {said}");
    Ok(())
}

/// An analysis whose one job succeeds.
const SMOKE: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: smoke}
spec:
  metrics:
  - name: smoke
    provider:
      job:
        spec:
          backoffLimit: 0
          template:
            spec:
              nodeName: node-1
              automountServiceAccountToken: false
              terminationGracePeriodSeconds: 0
              restartPolicy: Never
              containers: [{name: check, image: 'rollgate.test/check:1'}]
";

fn previewed(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("gates-preview")?;
    namespace.apply(SMOKE)?;
    let analysis = json!({"templates": [{"templateName": "smoke"}]});
    let change = json!({"spec": {"strategy": {"blueGreen": {"prePromotionAnalysis": analysis}}}});
    namespace.apply_changed(Sample::BlueGreen, "web", &change)?;
    namespace.wait_phase("web", "Healthy")?;
    namespace.set_tag("web", "v2")?;
    namespace.wait_rollout("web", "has been analysed and waits", |rollout| {
        let status = &rollout["status"];
        status["blueGreen"]["prePromotionAnalysisRunStatus"]["status"] == "Successful"
            && status["phase"] == "Paused"
    })?;
    let nobody = "http://127.0.0.1:9";
    let judged = |policy: &str| -> Result<(i32, Value), String> {
        let (exit, said) = run_by(policy, &namespace, nobody, &["-o", "json"])?;
        Ok((exit, serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?))
    };
    let (exit, json) = judged("rollout_gates: {}\nmetrics: [{name: smoke}]\n")?;
    assert_eq!((exit, &json["word"], &json["stage"]), (0, &json!("pass"), &json!("shadow")), "{json:#}");
    assert_eq!(json["requirements"][0]["requirement"], "analysis", "{json:#}");
    // What nothing measured without traffic is left to a person.
    let (exit, json) = judged(&format!("{GATES}{METRICS}"))?;
    assert_eq!((exit, &json["word"]), (1, &json!("hold")), "{json:#}");
    Ok(())
}

fn young(cluster: &Cluster) -> Outcome {
    let begun = |hash: &str| Version { minutes: 20, ..Version::good(hash) };
    let mut scenery = Scenery::set(cluster, "gates-young", begun)?;
    scenery.opens("CANNOT TELL");
    let person = &mut scenery.person;
    person.sees("of 50 points");
    person.sees("earliest pass in");
    person.types("p");
    person.sees("To go against them type web, then a reason");
    person.types("\x1b");
    person.sees_no_more("To go against them");
    let Scenery { person, namespace, .. } = scenery;
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}
