//! What the program says without a screen, over the dumps of tests/fixtures: byte for byte the plugin's text, and the
//! JSON of our own schema.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rollgate::dump::Dump;
use rollgate::report::list::Scope;
use rollgate::report::{Answer, get, list, status};
use rollgate::rollout::Rollout;
use serde_json::Value;

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder)
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn dump(name: &str) -> Dump {
    Dump::read(&fixtures("dumps").join(format!("{name}.yaml")), &mut io::empty()).unwrap()
}

/// Answers a command line of the plugin from a dump, in namespace `shop`.
fn answer(dump: &Dump, command: &str) -> Answer {
    let with = |name: &str, say: &dyn Fn(&Rollout) -> Answer| match dump.find(Some("shop"), name) {
        Ok(rollout) => say(rollout),
        Err(_) => Answer::not_found(name),
    };
    match command.split(' ').collect::<Vec<_>>().as_slice() {
        ["get", "rollout", name, "--no-color"] => {
            with(name, &|rollout| get::text(&dump.family(rollout), now()))
        }
        ["status", name, "--watch=false"] => with(name, &status::text),
        ["list", "rollouts"] => list::text(&dump.rollouts_in(Some("shop")), Scope::One),
        ["list", "rollouts", "-A"] => {
            let in_a_namespace = |it: &&Rollout| !it.meta.key.namespace.is_empty();
            list::text(
                &dump.rollouts_in(None).into_iter().filter(in_a_namespace).collect::<Vec<_>>(),
                Scope::All,
            )
        }
        other => panic!("the fixtures do not know {other:?}"),
    }
}

/// Writes the commands of a recorded transcript anew with our answers.
fn replay(dump: &Dump, recorded: &str) -> String {
    let mut text = String::new();
    for command in recorded.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let answer = answer(dump, command);
        let err: String = answer.err.lines().map(|line| format!("2> {line}\n")).collect();
        writeln!(text, "$ {command}\n{}{err}exit {}", answer.out, answer.code).unwrap();
    }
    text
}

fn reads_as_the_plugin(name: &str) {
    let recorded = fs::read_to_string(fixtures("plugin").join(format!("{name}.txt"))).unwrap();
    assert!(recorded.starts_with("$ "), "{name} has no commands");
    assert_eq!(replay(&dump(name), &recorded), recorded);
}

macro_rules! as_the_plugin {
    ($($test:ident: $name:literal;)+) => { $(
        #[test]
        fn $test() {
            reads_as_the_plugin($name);
        }
    )+ };
}

as_the_plugin! {
    a_canary_at_a_pause_reads_as_the_plugin: "canary-paused";
    a_finished_canary_reads_as_the_plugin: "canary-healthy";
    an_aborted_canary_reads_as_the_plugin: "canary-aborted";
    a_traffic_routed_ping_pong_canary_reads_as_the_plugin: "canary-ping-pong";
    experiments_runs_and_jobs_read_as_the_plugin: "canary-experiment";
    a_blue_green_preview_reads_as_the_plugin: "blue-green-paused";
    a_switched_blue_green_reads_as_the_plugin: "blue-green-switched";
    a_refused_rollout_reads_as_the_plugin: "no-strategy";
    troubled_pods_read_as_the_plugin: "troubled-pods";
    a_rollout_of_which_little_is_known_reads_as_the_plugin: "sparse";
    a_workload_reference_reads_as_the_plugin: "workload-reference";
    nothing_at_all_reads_as_the_plugin: "nothing";
}

#[test]
fn every_dump_has_its_transcript_and_its_test() {
    let stems = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(fixtures(folder)).unwrap().map(|it| it.unwrap().path());
        let mut stems: Vec<String> =
            entries.map(|it| it.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        stems.sort();
        stems
    };
    assert_eq!(stems("dumps"), stems("plugin"));
    for stem in stems("dumps") {
        assert!(include_str!("report.rs").contains(&format!(": \"{stem}\";")), "{stem} is not tested");
    }
}

fn read(answer: &Answer) -> Value {
    assert_eq!(answer.err, "");
    assert!(answer.out.ends_with("}\n"));
    serde_json::from_str(&answer.out).unwrap()
}

/// Leaves out what `waits_for` says to people: its words may change, the schema may not.
fn without_words(json: &str) -> String {
    let mut lines: Vec<&str> = json.lines().collect();
    for i in 1..lines.len() {
        if lines[i - 1].trim_start().starts_with("\"decision\": ") {
            lines[i] = "      \"text\": …,";
        }
    }
    lines.join("\n")
}

#[test]
fn get_as_json() {
    for name in
        ["canary-paused", "canary-aborted", "canary-experiment", "blue-green-switched", "workload-reference"]
    {
        let dump = dump(name);
        let family = dump.family(&dump.rollouts[0]);
        insta::assert_snapshot!(name, without_words(&get::json(&family, now()).out));
    }
}

#[test]
fn list_as_json() {
    let dump = Dump::read(&fixtures("dumps"), &mut io::empty()).unwrap();
    insta::assert_snapshot!(without_words(&list::json(&dump.rollouts_in(None), now()).out));
}

#[test]
fn an_empty_list_as_json_is_an_empty_array() {
    let listed = read(&list::json(&[], now()));
    assert_eq!(listed["rollouts"], Value::Array(Vec::new()));
    assert_eq!(listed["observed_at"], "2026-11-21T12:00:00Z");
}

#[test]
fn status_as_json_has_the_exit_code_of_the_text() {
    let dump = dump("canary-aborted");
    let told = status::json(&dump.rollouts[0], now());
    assert_eq!((told.code, &told.err), (1, &status::text(&dump.rollouts[0]).err));
    insta::assert_snapshot!(without_words(&told.out));
}

#[test]
fn list_sorts_by_the_stored_key_in_which_a_dash_comes_before_the_slash() {
    let rollout = |space: &str, name: &str| {
        format!(
            r#"{{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{{"namespace":"{space}","name":"{name}"}}}}"#
        )
    };
    let text = [rollout("a", "y"), rollout("b", "x"), rollout("a", "x"), rollout("a-b", "z")].concat();
    let dump = Dump::read(Path::new("-"), &mut text.as_bytes()).unwrap();
    let listed = list::text(&dump.rollouts_in(None), Scope::All).out;
    let keys: Vec<Vec<&str>> =
        listed.lines().skip(1).map(|it| it.split_whitespace().take(2).collect()).collect();
    assert_eq!(keys, [["a-b", "z"], ["a", "x"], ["a", "y"], ["b", "x"]]);
}

#[test]
fn hostile_text_reaches_neither_text_nor_json_unescaped() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: \"a\\e[2J\\u202e\", namespace: shop}\n\
                spec: {strategy: {canary: {}}}\nstatus: {phase: \"Pau\\u0007sed\", message: \"x\\ny\\t\\u200b\\x9b1m\"}\n";
    let dump = Dump::read(Path::new("-"), &mut text.as_bytes()).unwrap();
    let family = dump.family(&dump.rollouts[0]);
    let all = [
        get::text(&family, now()),
        get::json(&family, now()),
        list::text(&dump.rollouts_in(None), Scope::All),
        list::json(&dump.rollouts_in(None), now()),
        status::text(&dump.rollouts[0]),
        status::json(&dump.rollouts[0], now()),
        Answer::not_found("\u{1b}[2J"),
    ];
    for answer in all {
        for c in (answer.out + &answer.err).chars().filter(|c| *c != '\n') {
            assert!(!c.is_control() && !matches!(c, '\u{200b}' | '\u{202e}'), "{c:?}");
        }
    }
}

#[test]
fn the_actual_weight_that_pods_carry_is_unknown_to_list_and_known_to_get() {
    let dump = dump("canary-paused");
    let listed = read(&list::json(&dump.rollouts_in(None), now()));
    assert_eq!(listed["rollouts"][0]["weight"]["desired"], 20);
    assert_eq!(listed["rollouts"][0]["weight"]["actual"], Value::Null);
    let got = read(&get::json(&dump.family(&dump.rollouts[0]), now()));
    assert_eq!(got["weight"]["actual"], 20);
}

#[test]
fn the_template_of_a_referenced_deployment_gives_get_its_images() {
    let dump = dump("workload-reference");
    let images = |answer: &Answer| read(answer)["images"].clone();
    let got = images(&get::json(&dump.family(&dump.rollouts[0]), now()));
    assert_eq!(got[0]["image"], "registry.example/ref:1");
    let listed = read(&list::json(&dump.rollouts_in(None), now()));
    assert_eq!(listed["rollouts"][0]["images"], Value::Array(Vec::new()));
}

/// Collects every field name of a JSON value.
fn fields(value: &Value, into: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            into.insert(key.clone());
            fields(value, into);
        }),
        Value::Array(items) => items.iter().for_each(|item| fields(item, into)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_json_is_described_in_the_schema() {
    let described =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schema/report.md")).unwrap();
    let dump = Dump::read(&fixtures("dumps"), &mut io::empty()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for rollout in dump.rollouts_in(None) {
        fields(&read(&get::json(&dump.family(rollout), now())), &mut names);
    }
    assert!(names.len() > 60, "only {} fields were seen", names.len());
    let words: Vec<&str> = described.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let missing: Vec<&String> = names.iter().filter(|name| !words.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "not described: {missing:?}");
}
