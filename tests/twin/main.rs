//! The scripts on the embedded cluster alone, and tests of the table of differences and of the comparison.
//!
//! What needs no real cluster; `tests/cluster/twin.rs` plays the scripts on both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "twin.rs"]
mod twin;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use twin::canon::Names;
use twin::compare::Difference;
use twin::play::{Point, Record};
use twin::{Script, differences, script, table};

#[test]
fn every_script_is_understood_and_says_what_it_shows() {
    let scripts = script::all().unwrap();
    assert!(scripts.len() >= 36, "only {} scripts were found", scripts.len());
    for script in scripts {
        assert!(script.about.ends_with('.'), "{}: {:?} is no sentence", script.name, script.about);
        assert_eq!(script.manifests.last().unwrap()["kind"], "Rollout", "{}", script.name);
        assert!(!script.lines.is_empty(), "{} does nothing", script.name);
    }
}

#[test]
fn a_line_that_is_not_understood_is_named() {
    let error = Script::parse("one", "about = 'x'\nsample = 'canary'\ndo = ['promot']").unwrap_err();
    assert!(error.contains("promot"), "{error}");
}

#[test]
fn a_made_up_script_is_the_same_for_the_same_seed() {
    let lines = |seed| {
        let script = twin::random::script(seed, 12).unwrap();
        script.lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
    };
    assert_eq!(lines(7), lines(7));
    assert_ne!(lines(7), lines(8));
    for seed in 0..200 {
        lines(seed);
    }
}

#[test]
fn the_table_of_differences_names_scripts_that_exist() {
    let known: BTreeSet<String> = script::all().unwrap().into_iter().map(|script| script.name).collect();
    let rows = table::rows(include_str!("../../assets/scenarios/differences.md")).unwrap();
    for row in rows {
        for script in &row.scripts {
            assert!(known.contains(script), "the table names {script:?}, which is no script");
        }
    }
}

const TABLE: &str = "# Title\n\n| script | where | why |\n|---|---|---|\n\
    | `one`, two | `settled/replicaSets/*/deadline`, `between` | because |\n";

fn difference(path: &str) -> Difference {
    let text = |text: &str| text.to_owned();
    Difference {
        script: text("one"),
        at: 1,
        line: text("abort"),
        path: text(path),
        real: text("1"),
        embedded: text("2"),
    }
}

#[test]
fn a_listed_difference_passes_and_an_unlisted_one_does_not() {
    let rows = table::rows(TABLE).unwrap();
    let found = [difference("settled/replicaSets/web-rs1/deadline"), difference("between")];
    assert_eq!(table::judge("one", &found, &rows), Vec::<String>::new());
    let more = [found.to_vec(), vec![difference("settled/rollout/phase")]].concat();
    let faults = table::judge("one", &more, &rows);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("settled/rollout/phase"), "{faults:?}");
}

#[test]
fn a_row_whose_scripts_agree_is_a_fault() {
    let rows = table::rows(TABLE).unwrap();
    let faults = table::judge("two", &[difference("between")], &rows);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("settled/replicaSets/*/deadline"), "{faults:?}");
    assert_eq!(table::judge("three", &[], &rows), Vec::<String>::new());
}

fn embedded(scripts: &[Script]) -> Vec<Record> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answers = twin::Answers::serve().unwrap();
    let play =
        |script: &Script| twin::embedded::run(script, runtime.handle(), None, &answers.apart()).unwrap();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || {
        let mut records = Vec::new();
        while let Some(script) = scripts.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            records.push(play(script));
        }
        records
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn every_script_comes_to_its_end_on_the_embedded_cluster() {
    let scripts = script::all().unwrap();
    let records = embedded(&scripts);
    assert_eq!(records.len(), scripts.len());
    for record in records {
        assert_eq!(record.broken, None, "{}", record.script);
    }
}

#[test]
fn a_script_has_the_same_history_each_time_on_the_embedded_cluster() {
    let names = ["canary-promoted", "routed-changed", "blue-green-undone", "metric-counted", "bad-slow"];
    let twice: Vec<Script> =
        names.iter().flat_map(|name| [Script::named(name), Script::named(name)]).flatten().collect();
    let mut records = embedded(&twice);
    records.sort_by(|one, other| one.script.cmp(&other.script));
    for pair in records.chunks(2) {
        let [one, other] = pair else { panic!("a record without its like") };
        assert_eq!(one, other, "{}", one.script);
    }
}

fn state(phase: &str, message: &str, step: u64) -> Value {
    json!({"phase": phase, "message": message, "step": step, "setWeight": 20, "pause": [], "abort": null})
}

fn record(between: Vec<Value>) -> Record {
    let point = Point {
        line: "promote".into(),
        answers: json!([{"code": 200}]),
        between,
        settled: json!({"rollout": {"phase": "Healthy"}, "events": ["a", "b"]}),
        plugin: Value::Null,
    };
    Record { script: "one".into(), points: vec![point], broken: None }
}

#[test]
fn how_fast_pods_come_is_no_difference() {
    let slow = record(vec![
        state("Progressing", "more replicas need to be updated", 1),
        state("Progressing", "updated replicas are still becoming available", 1),
        state("Healthy", "", 2),
        state("Progressing", "old replicas are pending termination", 2),
        state("Healthy", "", 2),
    ]);
    let fast = record(vec![
        state("Progressing", "old replicas are pending termination", 1),
        state("Healthy", "", 2),
    ]);
    assert_eq!(differences(&slow, &fast), Vec::new());
}

#[test]
fn another_course_another_answer_and_another_state_at_rest_are_differences() {
    let one = record(vec![state("Progressing", "", 1), state("Healthy", "", 2)]);
    let paths =
        |other: &Record| differences(&one, other).into_iter().map(|found| found.path).collect::<Vec<_>>();
    assert_eq!(paths(&record(vec![state("Healthy", "", 2)])), ["between"]);
    let mut other = one.clone();
    other.points[0].answers = json!([{"code": 409}]);
    assert_eq!(paths(&other), ["answers/0/code"]);
    let mut other = one.clone();
    other.points[0].settled = json!({"rollout": {"phase": "Degraded"}, "events": ["a"]});
    assert_eq!(paths(&other), ["settled/rollout/phase", "events"]);
    let mut other = one.clone();
    other.broken = Some("a watch broke".into());
    assert_eq!(paths(&other), ["broken"]);
}

#[test]
fn hashes_are_called_by_the_order_in_which_replica_sets_appear() {
    let set = |hash: &str| json!({"metadata": {"labels": {"rollouts-pod-template-hash": hash}}});
    let mut names = Names::of("here-3");
    names.learn(&set("7d4b9c"));
    names.learn(&set("55f6c8"));
    names.learn(&set("7d4b9c"));
    let text = "here-3: web-55f6c8 after web-7d4b9c, job 0b7ee3a0-95c5-4d2d-a6b9-2f3b0c0ffee5.smoke";
    assert_eq!(names.text(text), "NAMESPACE: web-rs2 after web-rs1, job UID.smoke");
}
