//! `rollgate timeline` as a person types it: from the file alone, after the session that saw it all has ended.

use std::path::{Path, PathBuf};
use std::process::Command;

use rollgate::ledger::Ledger;
use rollgate::operation::{Actor, Entry, Id};
use rollgate::rollout::Key;
use rollgate::timeline::{Dial, Scene, Sighting, Source};
use serde_json::Value;

use crate::fixture::{PATIENCE, acknowledgement, append};

fn recorded(number: u32, at: &str, event: &str, body: String) -> Entry {
    Entry {
        operation: Id("0199a000-0000-7000-8000-000000000001".into()),
        number,
        at: at.parse().unwrap(),
        event: event.into(),
        actor: (event == "acknowledged").then(|| Actor {
            uid: 1000,
            login: Some("ada".into()),
            host: Some("desk".into()),
            ..Actor::default()
        }),
        user: "ada@example.org".into(),
        body,
    }
}

fn seen(at: &str, name: &str, source: Source, text: &str) -> Sighting {
    Sighting {
        at: at.parse().unwrap(),
        dial: Dial::Cluster,
        seen_at: at.parse().unwrap(),
        scene: Scene { context: "prod".into(), server: "https://127.0.0.1:6443".into() },
        key: Key { namespace: "shop".into(), name: name.into() },
        source,
        text: text.into(),
        mark: format!("{name}@{at}/{text}").into(),
        count: 1,
    }
}

/// A ledger that was closed, with one order on `web` and what was seen around it.
fn kept() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let ledger = Ledger::open(&path).unwrap();
    let mut body: Value = serde_json::from_str(&acknowledgement("web")).unwrap();
    body["reason"] = "graphs are \u{202e}flat".into();
    append(&ledger, recorded(1, "2026-11-21T08:10:00.25Z", "acknowledged", body.to_string())).unwrap();
    append(&ledger, recorded(2, "2026-11-21T08:10:04.25Z", "observed", r#"{"v":1}"#.into())).unwrap();
    let all = vec![
        seen("2026-11-21T08:09:00Z", "web", Source::Analysis, "web-1 Running -> Successful"),
        seen("2026-11-21T08:10:02Z", "web", Source::Status, "step 1 -> 2 of 8: setWeight: 40"),
        seen("2026-11-21T08:10:03Z", "api", Source::Spec, "paused by hand"),
    ];
    ledger.keep(all, 0);
    assert!(ledger.close(PATIENCE));
    (folder, path)
}

#[track_caller]
fn said(ledger: &Path, words: &[&str], code: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rollgate"))
        .env_clear()
        .env("HOME", ledger.parent().unwrap())
        .args(["timeline", "--ledger"])
        .arg(ledger)
        .args(words)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {text}");
    text
}

#[test]
fn it_tells_who_promoted_on_what_evidence_and_what_happened_in_the_order_of_time() {
    let (_folder, path) = kept();
    let text = said(&path, &["web", "-n", "shop"], 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["TIME", "CLOCK", "SOURCE", "ROLLOUT", "WHAT"]
    );
    assert_eq!(lines[1], "2026-11-21T08:09:00Z cluster analysis shop/web web-1 Running -> Successful");
    assert!(
        lines[2].starts_with("2026-11-21T08:10:00Z here    order    shop/web promote by ada@example.org"),
        "{text}"
    );
    assert!(lines[2].contains("; at the keyboard ada at desk; because: graphs are "), "{text}");
    assert!(lines[2].contains("ada@example.org: done after 4 s;"), "{text}");
    assert!(lines[3].trim_start().starts_with("on pause: CanaryPauseStep since"), "{text}");
    assert!(lines[4].trim_start().starts_with("on uid: u-1"), "{text}");
    assert_eq!(lines[5], "2026-11-21T08:10:02Z cluster status   shop/web step 1 -> 2 of 8: setWeight: 40");
    assert_eq!(lines.len(), 6);
    assert!(!text.contains('\u{202e}'), "unsafe on a terminal");
}

#[test]
fn its_json_has_every_field_of_every_line_and_of_an_order_its_facts_and_states() {
    let (_folder, path) = kept();
    let text = said(&path, &["-o", "json"], 0);
    assert!(text.is_ascii());
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "rollgate/v1");
    let lines = value["timeline"].as_array().unwrap();
    let sources: Vec<&str> = lines.iter().map(|line| line["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["analysis", "order", "status", "spec"]);
    for line in lines {
        let names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let mut wanted = [
            "at",
            "clock",
            "seen_at",
            "source",
            "context",
            "server",
            "namespace",
            "name",
            "text",
            "count",
            "order",
        ];
        wanted.sort_unstable();
        assert_eq!(names, wanted);
    }
    let order = &lines[1]["order"];
    assert_eq!((&order["kind"], &order["outcome"]), (&"promote".into(), &"observed".into()));
    assert_eq!((&order["user"], &order["actor"]), (&"ada@example.org".into(), &"ada at desk".into()));
    assert_eq!(order["facts"]["uid"], "u-1");
    assert_eq!(order["states"].as_array().unwrap().len(), 2);
    assert_eq!((&order["role"], &lines[0]["order"]), (&Value::Null, &Value::Null));
}

#[test]
fn lines_are_chosen_by_name_namespace_context_words_and_number() {
    let (_folder, path) = kept();
    let count =
        |words: &[&str]| said(&path, words, 0).lines().filter(|line| line.starts_with("2026")).count();
    assert_eq!(count(&[]), 4);
    assert_eq!(count(&["api"]), 1);
    assert_eq!(count(&["-n", "shop", "--context", "prod"]), 4);
    assert_eq!(count(&["--filter", "STEP web"]), 1);
    assert_eq!(count(&["-l", "2"]), 2);
    for nobody in
        [&["nobody"][..], &["-n", "elsewhere"], &["--context", "staging"], &["-f", "nothing like it"]]
    {
        assert_eq!(said(&path, nobody, 1), "Nothing that was ordered or seen fits.\n", "{nobody:?}");
    }
}

#[test]
fn without_a_ledger_it_says_so_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let text = said(&folder.path().join("none"), &[], 2);
    assert!(text.starts_with("Error: there is no ledger") && text.lines().count() == 1, "{text}");
}
