//! `rollgate health` of a large cluster: two hundred namespaces, and less time than looking at all of them takes.

use std::process::Command;

use rollgate::sim::objects::{Order, kind};
use rollgate::sim::server::Settings;
use serde_json::{Value, json};

use crate::embedded::{Embedded, rollout, world};

const NAMESPACES: usize = 200;

async fn large() -> Embedded {
    let mut world = world();
    for nth in 0..NAMESPACES {
        let name = format!("team-{nth:03}");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        world.apply(Order::Create { kind: &kind::NAMESPACE, namespace: "", value: namespace }).unwrap();
        let mut value = rollout("web");
        value["metadata"]["namespace"] = json!(name);
        world.apply(Order::Create { kind: &kind::ROLLOUT, namespace: &name, value }).unwrap();
    }
    Embedded::with(world, Settings::default()).await
}

/// Runs the command as a person does, with a home of its own; returns its exit code and what it printed.
async fn asked(embedded: &Embedded, args: &[&str]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollgate"));
    command.env_clear().env("HOME", home.path()).args(["health", "-A", "--wait", "3s"]);
    command.args(args).arg("--kubeconfig").arg(embedded.kubeconfig());
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap())
}

fn states<'r>(read: &'r Value, capability: &str) -> Vec<&'r str> {
    let rows = read["capabilities"].as_array().unwrap().iter();
    rows.filter(|row| row["capability"] == capability).map(|row| row["state"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_namespaces_each_is_told_and_what_was_not_looked_at_in_time_is_not_called_well() {
    let embedded = large().await;
    let (code, out) = asked(&embedded, &["-o", "json", "--need", "read-rollouts"]).await;
    let read: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0, "{:#}", read["needed"]);
    assert_eq!(states(&read, "read-rollouts"), vec!["available"; NAMESPACES], "two lists tell of all");
    let cut = read["cut_short"].as_str().unwrap();
    assert!(cut.contains("within 3 s") && cut.contains("--wait"), "{cut}");

    let (code, out) = asked(&embedded, &["-o", "json", "--need", "promote", "--allow", "demo/*"]).await;
    let read: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 2, "{:#}", read["needed"]);
    assert_eq!(read["needed"]["standing"], "cannot_tell");
    let acts = states(&read, "promote");
    assert_eq!(acts.len(), NAMESPACES);
    let unknown = acts.iter().filter(|state| **state == "unknown").count();
    assert!(unknown > NAMESPACES / 2, "about two a second are looked at: {unknown} were not");
    assert!(acts.iter().all(|state| ["unknown", "supported"].contains(state)), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_namespaces_that_say_the_same_take_one_line() {
    let embedded = large().await;
    let (_, out) = asked(&embedded, &["--need", "read-rollouts"]).await;
    assert!(out.starts_with("context demo, user "), "{out}");
    let row = out.lines().find(|line| line.contains("read-rollouts") && line.starts_with('*')).unwrap();
    assert!(row.contains("team-000,team-001,team-002 and 197 more") && row.contains("available"), "{row}");
    assert!(out.lines().count() < 120, "a screen or two, whatever the number of namespaces: {out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_admission_the_embedded_cluster_says_so_rather_than_not_know_the_question() {
    let embedded = Embedded::start().await;
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollgate"));
    command
        .env_clear()
        .env("HOME", home.path())
        .args(["health", "-n", "shop", "-o", "json", "--wait", "30s"]);
    command.args(["--need", "admission"]).arg("--kubeconfig").arg(embedded.kubeconfig());
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let read: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(states(&read, "admission"), ["available"], "{read:#}");
    assert_eq!(ran.status.code(), Some(0));
}
