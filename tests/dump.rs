//! The real binary on dumps: what it prints, what it says of bad input, and how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const NOW: &str = "2026-11-21T12:00:00Z";

/// A home without configuration and without clusters.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn rollgate(&self, args: &[&str], stdin: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollgate"))
            .args(args)
            .env_clear()
            .env("HOME", self.0.path())
            .env("KUBECONFIG", self.0.path().join("no-kubeconfig"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that ends without reading its input is no fault of the test.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }
}

fn fixture(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dumps").join(name);
    path.to_str().unwrap().to_owned()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Holds a failure to: exit code 1, nothing on standard output, one line on standard error; returns that line.
fn complaint(output: &Output) -> String {
    let err = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), out(output).as_str()), (Some(1), ""), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    err.trim_end().to_owned()
}

/// Takes what a recorded transcript of the plugin has after a command, up to its end.
fn recorded(name: &str, command: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plugin").join(name);
    let text = fs::read_to_string(path).unwrap();
    let (_, after) = text.split_once(&format!("$ {command}\n")).unwrap();
    after.split_once("exit ").unwrap().0.to_owned()
}

#[test]
fn a_file_is_shown_as_the_plugin_shows_the_cluster() {
    let home = Home::new();
    let got = home.rollgate(&["get", "web", "--from", &fixture("canary-paused.yaml"), "--now", NOW], "");
    assert_eq!(got.status.code(), Some(0));
    assert_eq!(out(&got), recorded("canary-paused.txt", "get rollout web --no-color"));
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let home = Home::new();
    let text = fs::read_to_string(fixture("blue-green-paused.yaml")).unwrap();
    let got = home.rollgate(&["get", "rollout", "pay", "--from", "-", "--now", NOW], &text);
    assert_eq!(out(&got), recorded("blue-green-paused.txt", "get rollout pay --no-color"));
}

#[test]
fn a_folder_is_one_dump() {
    let home = Home::new();
    let listed = home.rollgate(&["list", "--from", &fixture(""), "-n", "shop"], "");
    let names: Vec<String> =
        out(&listed).lines().skip(1).map(|it| it.split_whitespace().next().unwrap().to_owned()).collect();
    assert_eq!(names, ["ads", "api", "begun", "cart", "edge", "odd", "pay", "ref", "sick", "web"]);
}

#[test]
fn an_aborted_rollout_ends_status_with_code_1_and_the_message() {
    let home = Home::new();
    let status = home.rollgate(&["status", "cart", "--from", &fixture("canary-aborted.yaml")], "");
    assert_eq!((status.status.code(), out(&status).as_str()), (Some(1), "Degraded\n"));
    let err = String::from_utf8(status.stderr).unwrap();
    assert!(
        err.starts_with("Error: The rollout is in a degraded state with message: RolloutAborted: "),
        "{err}"
    );
}

#[test]
fn json_is_json_also_for_an_empty_dump() {
    let home = Home::new();
    let listed = home.rollgate(&["list", "-o", "json", "--from", "-", "--now", NOW], "");
    let value: serde_json::Value = serde_json::from_str(&out(&listed)).unwrap();
    assert_eq!(value["rollouts"], serde_json::json!([]));
    assert_eq!(value["observed_at"], NOW);
}

#[test]
fn a_rollout_with_odd_and_missing_fields_is_shown_with_what_is_known() {
    let home = Home::new();
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: odd, namespace: shop}\n\
                spec: {replicas: [1], strategy: {canary: {steps: [{setWeight: lots}, {fly: {}}]}}, new: field}\n\
                status: {conditions: none, pauseConditions: {a: 1}, currentStepIndex: 0}\n";
    for command in [vec!["list"], vec!["get", "odd"], vec!["status", "odd"], vec!["get", "odd", "-o", "json"]]
    {
        let told = home.rollgate(&[command.as_slice(), &["--from", "-"]].concat(), text);
        let err = String::from_utf8_lossy(&told.stderr).into_owned();
        assert_eq!((told.status.code(), err.as_str()), (Some(0), ""), "{command:?}");
        assert!(!told.stdout.is_empty(), "{command:?}");
    }
}

#[test]
fn a_missing_file_is_one_sentence() {
    let home = Home::new();
    for command in [vec!["list"], vec!["get", "web"], vec!["status", "web"]] {
        let told = home.rollgate(&[command.as_slice(), &["--from", "/nowhere.yaml"]].concat(), "");
        assert!(complaint(&told).contains("cannot read /nowhere.yaml: No such file or directory;"));
    }
}

#[test]
fn broken_yaml_and_json_are_one_sentence_with_file_and_line() {
    let home = Home::new();
    for (name, text, line) in [
        ("broken.yaml", "kind: Rollout\nmetadata:\n  name: a\n name: b\n", 4),
        ("broken.json", "{\n  \"kind\": \"Rollout\",,\n}\n", 2),
        ("deep/ly/cut.json", "{\"items\": [\n", 2),
    ] {
        let file = home.write(name, text);
        let told = complaint(&home.rollgate(&["list", "--from", &file], ""));
        assert!(told.starts_with(&format!("Error: {file}, line {line}, is not ")), "{told}");
    }
}

#[test]
fn a_name_in_several_namespaces_asks_for_one() {
    let home = Home::new();
    let one = |space: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: web, namespace: {space}}}\n---\n"
        )
    };
    let text = one("bank") + &one("shop");
    let told = complaint(&home.rollgate(&["status", "web", "--from", "-"], &text));
    assert!(told.contains("bank, shop") && told.contains("-n"), "{told}");
    let chosen = home.rollgate(&["status", "web", "--from", "-", "-n", "bank"], &text);
    assert_eq!(chosen.status.code(), Some(0));
}

#[test]
fn a_name_that_is_not_there_is_told_as_the_plugin_tells_it() {
    let home = Home::new();
    for command in [["get", "none"], ["status", "none"]] {
        let told = home.rollgate(&[&command[..], &["--from", &fixture("canary-paused.yaml")]].concat(), "");
        assert_eq!(complaint(&told), "Error: rollout.argoproj.io \"none\" not found");
    }
}

#[test]
fn a_clock_without_a_dump_is_refused_in_claps_words() {
    let home = Home::new();
    let told = home.rollgate(&["list", "--now", NOW], "");
    assert_eq!(told.status.code(), Some(2));
    let err = String::from_utf8(told.stderr).unwrap();
    assert!(err.contains("required arguments were not provided") && err.contains("--from"), "{err}");
}

#[test]
fn an_unreachable_cluster_is_one_sentence() {
    let home = Home::new();
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: far\n\
         clusters: [{{name: far, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\n\
         contexts: [{{name: far, context: {{cluster: far, user: me}}}}]\nusers: [{{name: me, user: {{token: t}}}}]\n"
    );
    let file = home.write("far.yaml", &config);
    for command in [vec!["list"], vec!["get", "web"], vec!["status", "web"], vec!["status", "web", "--watch"]]
    {
        let told = complaint(&home.rollgate(&[command.as_slice(), &["--kubeconfig", &file]].concat(), ""));
        assert!(told.starts_with("Error: "), "{told}");
        assert!(told.contains(&format!("127.0.0.1:{port}")), "{told}");
    }
}

#[test]
fn a_missing_kubeconfig_is_one_sentence() {
    let home = Home::new();
    let told = complaint(&home.rollgate(&["list"], ""));
    assert!(told.contains("no-kubeconfig"), "{told}");
}
