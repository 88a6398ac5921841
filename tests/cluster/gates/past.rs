//! The stages of a canary's past: kept by a real session that watched a real controller, told again by the commands after it ended.
//!
//! One canary, whose evidence stays the same, is one word in each stage: what is asked for differs. So a command that judged in the wrong
//! stage would say another word than the session did.

use jiff::{SignedDuration, Timestamp};
use rollgate::gate::past::Entered;
use rollgate::gate::record;
use rollgate::gate::stage::Stage;
use rollgate::ledger::Reader;
use rollgate::rollout::Key;
use rollgate::timeline::{Sighting, Source};
use serde_json::{Value, json};

use super::{GATES, Outcome, past_of, run_by};
use crate::cluster::{Cluster, Namespace, Sample, Scene, User};
use crate::exporter::{METRICS, Version};
use crate::harness::Case;
use crate::installed::Running;
use crate::person::{Left, Person, Seat};
use crate::policy_service::{PolicyService, WORKFLOW};

pub(super) fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "gates: what a session saw of each stage is judged again as of any time, after it ended",
            judged_again,
        ),
        Case::new(
            "gates: what a session heard of the policy service is judged again, and nothing passes where none heard it",
            heard_again,
        ),
    ]
}

/// Latency weighs too little to move the score, and is what the second stage asks for by itself.
const WEIGHTS: &str = "groups: {errors: 96, latency: 4}\n";

/// No traffic, 10 % and 50 %, each until somebody goes on.
fn steps() -> Value {
    let steps = json!([{"pause": {}}, {"setWeight": 10}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]);
    json!({"spec": {"strategy": {"canary": {"steps": steps}}}})
}

fn at_step(namespace: &Namespace<'_>, step: u64) -> Result<Value, String> {
    namespace.wait_rollout("web", &format!("pauses at step {step}"), |rollout| {
        rollout["status"]["currentStepIndex"] == step && rollout["status"]["phase"] == "Paused"
    })
}

/// Has the controller go on, in another person's name.
fn goes_on(namespace: &Namespace<'_>) -> Outcome {
    let output = namespace.plugin(User::Admin, &["promote", "web"])?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// What a session kept of gates.
struct Kept {
    stages: Vec<Entered>,
    lines: Vec<Sighting>,
}

impl Kept {
    fn read(left: &Left) -> Result<Self, String> {
        let reader = Reader::open(&left.path()).map_err(|error| error.to_string())?;
        let lines = reader.seen(10_000).map_err(|error| error.to_string())?;
        let lines: Vec<Sighting> = lines.into_iter().filter(|line| line.source == Source::Gate).collect();
        let stages = lines.iter().filter_map(|line| Entered::read(&line.mark)).collect();
        Ok(Self { stages, lines })
    }

    /// A time in the middle of a stage.
    fn within(&self, stage: Stage, end: Timestamp) -> Timestamp {
        let place = self.stages.iter().position(|entered| entered.to == stage).expect("the stage was kept");
        let from = self.stages[place].at;
        let to = self.stages.get(place + 1).map_or(end, |next| next.at);
        from.checked_add(SignedDuration::from_millis(to.duration_since(from).as_millis() as i64 / 2)).unwrap()
    }

    /// The word that the session had told last at a time: `gates hold -> pass: …`.
    fn word(&self, at: Timestamp) -> String {
        let told = self.lines.iter().filter(|line| line.at <= at);
        let word = |line: &Sighting| {
            let (_, to) = line.text.as_str().strip_prefix("gates ")?.split_once(" -> ")?;
            Some(to.split_once(':')?.0.to_owned())
        };
        told.filter_map(word).next_back().unwrap_or_else(|| "cannot tell".to_owned())
    }
}

/// Has a session watch a canary come to 50 % and be aborted there, while its gate is on the screen.
fn watched(namespace: &Namespace<'_>, mut person: Person) -> Result<Left, String> {
    person.sees_row(&["web", "Healthy"]);
    namespace.set_tag("web", "v2")?;
    at_step(namespace, 0)?;
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.sees("gate HOLD");
    goes_on(namespace)?;
    person.sees("gate PASS");
    at_step(namespace, 2)?;
    goes_on(namespace)?;
    person.sees("gate FAIL");
    at_step(namespace, 4)?;
    namespace.change_status("web", &json!({"status": {"abort": true}}))?;
    namespace.wait_phase("web", "Degraded")?;
    person.sees_phase("Degraded");
    person.sees("rolled back");
    Ok(person.leaves())
}

/// Runs `gates run` as of a time; returns its code, word, stage, reason and notes.
fn then(
    of: (&Namespace<'_>, &str, &Left),
    at: Timestamp,
    more: &[&str],
) -> Result<(i32, Value, String), String> {
    let (namespace, prometheus, left) = of;
    let (time, ledger) = (at.to_string(), left.path().display().to_string());
    let args = [&["--at", &time, "--ledger", &ledger, "-o", "json"], more].concat();
    let (code, said) = run_by(&format!("{GATES}{METRICS}{WEIGHTS}"), namespace, prometheus, &args)?;
    let json: Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
    let notes = json["notes"].to_string();
    Ok((code, json, notes))
}

/// Makes a Rollout, and a Prometheus with the past of the canary that it will bring in: what the controller will call that has to be known
/// before. Returns the Rollout as it stood with it.
fn prepared(namespace: &Namespace<'_>) -> Result<(Value, Running), String> {
    namespace.apply_changed(Sample::Routed, "web", &steps())?;
    namespace.wait_phase("web", "Healthy")?;
    namespace.set_tag("web", "v2")?;
    let rollout = at_step(namespace, 0)?;
    let slow = |hash: &str| Version { latency: 140.0, ..Version::good(hash) };
    let prometheus = past_of(&rollout, slow)?;
    namespace.set_tag("web", "v1")?;
    namespace.wait_phase("web", "Healthy")?;
    Ok((rollout, prometheus))
}

fn judged_again(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("gates-past")?;
    let (rollout, prometheus) = prepared(&namespace)?;
    let begun = Timestamp::now();
    let person = Seat::of(&namespace, User::Operator)
        .configured(&format!("[[provider]]\naddress = '{}'\n", prometheus.url()))
        .gated(&format!("{GATES}{METRICS}{WEIGHTS}"))
        .sit_down();
    let left = watched(&namespace, person)?;
    let end = Timestamp::now();
    let kept = Kept::read(&left)?;
    let went: Vec<Stage> = kept.stages.iter().map(|entered| entered.to).collect();
    assert_eq!(went, [Stage::First, Stage::Second, Stage::RolledBack], "{:?}", kept.lines);
    let url = prometheus.url();
    let of = (&namespace, url.as_str(), &left);
    for (stage, code, word) in
        [(Stage::First, 0, "pass"), (Stage::Second, 2, "fail"), (Stage::RolledBack, 3, "cannot tell")]
    {
        let at = kept.within(stage, end);
        let (exit, json, notes) = then(of, at, &[])?;
        let named = record::stage(stage);
        assert_eq!((exit, &json["word"], &json["stage"]), (code, &json!(word), &json!(named)), "{json:#}");
        assert!(notes.contains("is known to have been since"), "{notes}");
        // What was taken back has no word that a session would tell.
        assert!(stage == Stage::RolledBack || kept.word(at) == word, "{stage:?}: {:?}", kept.lines);
    }
    // It named no stage before it saw one change, and nobody looked before it began.
    for before in [begun, kept.stages[0].at.checked_sub(SignedDuration::from_millis(1)).unwrap()] {
        let (exit, json, notes) = then(of, before, &[])?;
        assert_eq!((exit, &json["stage"]), (3, &Value::Null), "{json:#}");
        assert!(notes.contains("is not known, since nothing recorded it"), "{notes}");
    }
    looked_back(of, (begun, end), &kept)?;
    of_another(of, &rollout, kept.within(Stage::First, end))
}

/// It is told of that canary alone, and still when the Rollout brings in another.
fn of_another(of: (&Namespace<'_>, &str, &Left), rollout: &Value, at: Timestamp) -> Outcome {
    of.0.set_tag("web", "v3")?;
    at_step(of.0, 0)?;
    let hash = |field: &str| rollout["status"][field].as_str().unwrap_or_default().to_owned();
    let (canary, stable) = (hash("currentPodHash"), hash("stableRS"));
    let (exit, json, _) = then(of, at, &["--canary", &canary, "--stable", &stable])?;
    assert_eq!((exit, &json["stage"]), (0, &json!("canary 1")), "{json:#}");
    let (exit, json, _) = then(of, at, &[])?;
    assert_eq!((exit, &json["stage"]), (3, &Value::Null), "{json:#}");
    Ok(())
}

/// Looks back over all of it, a session of some seconds.
fn looked_back(
    (namespace, prometheus, left): (&Namespace<'_>, &str, &Left),
    (from, to): (Timestamp, Timestamp),
    kept: &Kept,
) -> Outcome {
    let (from, to) = (from.to_string(), to.to_string());
    let policy = left.home().join("gates/web.yaml").display().to_string();
    let ledger = left.path().display().to_string();
    let words = [
        "backtest", &policy, "web", "--from", &from, "--to", &to, "--every", "50ms", "--ledger", &ledger,
        "-o", "json",
    ];
    let (code, said) = super::gates(&format!("{GATES}{METRICS}{WEIGHTS}"), namespace, prometheus, &words)?;
    let json: Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
    assert_eq!(code, 3, "it ends rolled back: {json:#}");
    let looks = json["looks"].as_array().cloned().unwrap_or_default();
    let stages: Vec<&str> = looks.iter().map(|look| look["stage"].as_str().unwrap_or("-")).collect();
    let mut turns = stages.clone();
    turns.dedup();
    let known = ["-", "canary 1", "canary 2", "rolled back"];
    assert_eq!(turns, known, "{stages:?}");
    for look in &looks {
        let at: Timestamp = look["at"].as_str().unwrap_or_default().parse().map_err(|_| "no time")?;
        let word = match look["stage"].as_str() {
            Some("canary 1" | "canary 2") => kept.word(at),
            Some(_) => "cannot tell".to_owned(),
            // Without a stage it is the score's.
            None => "pass".to_owned(),
        };
        assert_eq!(look["word"], word, "{look:#}");
    }
    Ok(())
}

/// The policy of [`heard_again`]: the shorter the resolution, the sooner a session asks again.
fn asking() -> String {
    let gates = GATES.replace("metric_resolution: 1m", "metric_resolution: 30s");
    format!("{gates}{METRICS}policy_service: {{workflow: {WORKFLOW}}}\n")
}

/// Has a session watch a good canary while the policy service has trouble for a while.
fn listened(namespace: &Namespace<'_>, prometheus: &str) -> Result<Left, String> {
    let service = PolicyService::start(Vec::new())?;
    let mut person = Seat::of(namespace, User::Operator)
        .configured(&format!("[[provider]]\naddress = '{prometheus}'\n{}", service.configuration()))
        .gated(&asking())
        .sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.sees("gate PASS");
    service.fail("no_workers", 3);
    person.sees("gate FAIL");
    service.fail("no_workers", 0);
    person.sees("gate PASS");
    Ok(person.leaves())
}

/// When the session heard something else: that all was well, that it was not, that it was again.
fn heard(namespace: &Namespace<'_>, left: &Left) -> Result<[Timestamp; 3], String> {
    let reader = Reader::open(&left.path()).map_err(|error| error.to_string())?;
    let key = Key { namespace: namespace.name().into(), name: "web".into() };
    let rows = reader.answers(&key).map_err(|error| error.to_string())?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [2, 3, 4], "{rows:?}");
    Ok([rows[0].at, rows[1].at, rows[2].at])
}

const FIRED: &str = "3 times overloaded within 5m";

fn heard_again(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("gates-heard")?;
    let rollout = Scene::Routed.bring(&namespace, "web")?;
    let prometheus = past_of(&rollout, Version::good)?;
    let left = listened(&namespace, &prometheus.url())?;
    let times = heard(&namespace, &left)?;
    let url = prometheus.url();
    let later = |place: usize, millis| times[place].checked_add(SignedDuration::from_millis(millis)).unwrap();
    let by_ledger = "is from the ledger, as a session heard it 1s before";
    for (at, code, word, why, note) in [
        (later(0, 1500), 0, "pass", "all that this stage asks for is met", by_ledger),
        (later(1, 1500), 2, "fail", FIRED, by_ledger),
        // What came behind the last one nobody knows, and the service says nothing of the past.
        (
            later(2, 1),
            3,
            "cannot tell",
            "trigger overload: why jobs failed is not known",
            "no session recorded its answer",
        ),
    ] {
        let (time, ledger) = (at.to_string(), left.path().display().to_string());
        let args = ["--at", &time, "--ledger", &ledger, "-o", "json"];
        let (exit, said) = run_by(&asking(), &namespace, &url, &args)?;
        let json: Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
        assert_eq!(
            (exit, &json["word"], &json["stage"]),
            (code, &json!(word), &json!("canary 1")),
            "{json:#}"
        );
        assert!(json["why"].as_str().is_some_and(|said| said.starts_with(why)), "{json:#}");
        assert!(json["notes"].to_string().contains(note), "{json:#}");
    }
    // The session told the same, in the same words.
    let kept = Kept::read(&left)?;
    assert_eq!([kept.word(later(0, 1500)), kept.word(later(1, 1500))], ["pass", "fail"]);
    let fires = format!("trigger overload fires: {FIRED}");
    assert!(kept.lines.iter().any(|line| line.text.as_str().contains(&fires)), "{:?}", kept.lines);
    // The last look is the first behind the last answer.
    heard_on((&namespace, &url, &left), (times[0], later(2, 1000)))
}

/// Looks back over what was heard.
fn heard_on(
    (namespace, prometheus, left): (&Namespace<'_>, &str, &Left),
    (from, to): (Timestamp, Timestamp),
) -> Outcome {
    let (from, to, ledger) = (from.to_string(), to.to_string(), left.path().display().to_string());
    let file = left.home().join("gates/web.yaml").display().to_string();
    let times = ["--from", &from, "--to", &to, "--every", "1s"];
    let words = [&["backtest", &file, "web", "--ledger", &ledger, "-o", "json"], &times[..]].concat();
    let (code, said) = super::gates(&asking(), namespace, prometheus, &words)?;
    let json: Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
    let looks = json["looks"].as_array().into_iter().flatten();
    let mut turns: Vec<&str> = looks.filter_map(|look| look["word"].as_str()).collect();
    turns.dedup();
    assert_eq!((code, turns), (3, vec!["pass", "fail", "cannot tell"]), "{json:#}");
    Ok(())
}
