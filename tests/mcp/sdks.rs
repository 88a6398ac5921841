//! The official SDKs as clients, over lines and over HTTP: "what is the status of the api rollout?" and every tool that reads, held to
//! its own schema; and work: proposals, a Rollout that is followed, a wait with progress and one that is cancelled.
//!
//! Each is fetched once, at a pinned version, into the tests' cache: `tests/support/sdks.rs`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rollgate::ledger::Proposals;
use rollgate::ledger::proposals::Decider;
use rollgate::operation::Actor;
use rollgate::proposal::{Event, Id};
use serde_json::{Value, json};

use crate::assistant::{BINARY, Cluster};
use crate::door::Door;
use crate::kits::{python, typescript};
use crate::{proposing, runs};

type Fetch = fn() -> Result<PathBuf, String>;
type Real = (&'static str, Fetch, fn(&Path));

pub fn trials() -> Vec<Real> {
    vec![
        ("the official python sdk asks for the status of the api rollout", python, |sdk| {
            asked(&with_python(sdk))
        }),
        ("the official typescript sdk asks for the status of the api rollout", typescript, |sdk| {
            asked(&with_node(sdk))
        }),
        ("the official python sdk asks over http", python, |sdk| asked_over_http(&with_python(sdk))),
        ("the official typescript sdk asks over http", typescript, |sdk| asked_over_http(&with_node(sdk))),
        ("the official python sdk proposes, follows, waits and cancels", python, |sdk| {
            worked(&with_python(sdk))
        }),
        ("the official typescript sdk proposes, follows, waits and cancels", typescript, |sdk| {
            worked(&with_node(sdk))
        }),
        ("the official python sdk proposes, follows, waits and cancels over http", python, |sdk| {
            worked_over_http(&with_python(sdk));
        }),
        ("the official typescript sdk proposes, follows, waits and cancels over http", typescript, |sdk| {
            worked_over_http(&with_node(sdk));
        }),
        (
            "the official python sdk is told that its idle session is over, and goes on in a new one",
            python,
            |sdk| {
                idle(&with_python(sdk), "Session terminated");
            },
        ),
        (
            "the official typescript sdk is told that its idle session is over, and goes on in a new one",
            typescript,
            |sdk| {
                idle(&with_node(sdk), "Session not found");
            },
        ),
    ]
}

/// Which program runs a script of this name, with its SDK.
type Runs<'a> = dyn Fn(&str) -> Command + 'a;

fn with_python(sdk: &Path) -> impl Fn(&str) -> Command {
    move |name| {
        let mut command = Command::new("python3");
        command.arg(script(&format!("{name}.py")));
        command.env("PYTHONPATH", sdk.join("packages")).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

fn with_node(sdk: &Path) -> impl Fn(&str) -> Command {
    move |name| {
        let mut command = Command::new("node");
        command.arg(script(&format!("{name}.mjs"))).current_dir(sdk);
        command
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcp/clients").join(name)
}

fn degraded() -> Cluster {
    let cluster = Cluster::with(&["api", "web"]);
    cluster.status("api", &json!({"phase": "Degraded", "message": "the canary fails", "abort": true}));
    cluster
}

fn asked(runs: &Runs<'_>) {
    let cluster = degraded();
    let home = tempfile::tempdir().unwrap();
    answered(runs("ask").args(["stdio", BINARY]).arg(cluster.embedded.kubeconfig()).arg(home.path()));
}

fn asked_over_http(runs: &Runs<'_>) {
    let cluster = degraded();
    let door = Door::open(&cluster);
    answered(runs("ask").args(["http", &door.url]).arg(&door.token));
}

fn answered(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["server"], "rollgate");
    assert_eq!(told["tools"].as_array().unwrap().len(), 36);
    let answer = &told["answers"]["rollout_status"]["told"];
    assert_eq!(answer["rollout"]["name"], "api");
    assert_eq!(answer["rollout"]["aborted"], true);
    assert_eq!(answer["freshness"]["state"], "live");
    for (name, answer) in told["answers"].as_object().unwrap() {
        assert_eq!(answer["error"], false, "{name}: {answer}");
        assert_eq!(answer["told"]["schema"], "rollgate/v1", "{name}");
    }
    assert_eq!(told["refused"], true);
    assert_eq!(told["resources"], json!(["rollgate://rollouts/shop/api", "rollgate://rollouts/shop/web"]));
    assert_eq!(told["prompts"], json!(["investigate_failing_canary"]));
}

/// A canary that waits in a pause, with an analysis under way.
fn analysed() -> Cluster {
    let cluster = proposing::paused();
    let steps = json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]);
    cluster.embedded.change("api", &json!({"spec": {"strategy": {"canary": {"steps": steps}}}}));
    cluster.status("api", &json!({"observedGeneration": "2"}));
    let owner = runs::owner(&cluster, "api");
    runs::run(&cluster, "background", &owner, &json!({"phase": "Running", "message": ""}));
    cluster
}

fn worked(runs: &Runs<'_>) {
    let cluster = analysed();
    let home = tempfile::tempdir().unwrap();
    let mut command = runs("work");
    command.args(["stdio", BINARY]).arg(cluster.embedded.kubeconfig()).arg(home.path());
    followed(&mut command, &cluster, &home.path().join("ledger"));
}

fn worked_over_http(runs: &Runs<'_>) {
    let cluster = analysed();
    let door = Door::open(&cluster);
    let mut command = runs("work");
    command.args(["http", &door.url]).arg(&door.token);
    followed(&mut command, &cluster, &door.ledger());
}

/// Plays the cluster's and the person's part to a client that works.
fn followed(command: &mut Command, cluster: &Cluster, ledger: &Path) {
    let before = cluster.embedded.version();
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut step = || -> Value {
        let line = lines.next().expect("the client goes on").unwrap();
        serde_json::from_str(&line).unwrap()
    };
    let proposed = step();
    let order = proposed["proposed"]["proposal"]["order"].as_str().unwrap_or_else(|| panic!("{proposed}"));
    assert!(order.contains("50"), "{order}");
    assert_eq!(proposed["ended"]["proposal"]["state"], "open", "{proposed}");
    assert_eq!(cluster.embedded.version(), before, "proposing wrote nothing to the cluster");
    assert_eq!(step(), json!({"subscribed": true}));
    cluster.status("api", &json!({"message": "it goes on"}));
    assert_eq!(step(), json!({"updated": true}));
    let progress = step();
    assert_eq!(progress["progress"], 60.0, "{progress}");
    cluster.status("api", &json!({"abort": true, "phase": "Degraded", "message": "aborted by hand"}));
    assert_eq!(step(), json!({"waited": "changed"}));
    assert_eq!(step(), json!({"cancelled": true}));
    let listed = step();
    assert_eq!(listed["listed"].as_array().unwrap().len(), 2, "{listed}");
    // What the terminal reads is what was proposed, and a person's word is what the client hears.
    let mut terminal = Proposals::open(ledger).unwrap();
    let kept = terminal.list(9, jiff::Timestamp::now()).unwrap();
    let id = Id(proposed["proposed"]["proposal"]["id"].as_str().unwrap().into());
    assert!(kept.iter().any(|kept| kept.proposed.id == id && kept.is_open()));
    let who = Decider { actor: Actor::default(), user: "ada".into() };
    let event = Event::Denied { by: "ada".into(), reason: "it is aborted".into() };
    terminal.decide(&id, event, &who, jiff::Timestamp::now()).unwrap();
    writeln!(process.stdin.take().unwrap(), "decided").unwrap();
    let outcome = step();
    assert_eq!(
        (&outcome["outcome"]["state"], &outcome["outcome"]["reason_of_person"]),
        (&json!("denied"), &json!("it is aborted"))
    );
    assert!(process.wait().unwrap().success());
}

/// Both SDKs leave it to their user to begin anew after a 404, which the protocol asks for (Streamable HTTP: session management).
fn idle(runs: &Runs<'_>, over: &str) {
    let cluster = degraded();
    let door = Door::open_with(&cluster, &["--http-idle", "3"]);
    let mut command = runs("idle");
    command.args(["http", &door.url]).arg(&door.token);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut step = || -> Value {
        let line = lines.next().expect("the client goes on").unwrap();
        serde_json::from_str(&line).unwrap()
    };
    let first = step();
    assert_eq!(first["told"], "api", "{first}");
    let id = first["session"].as_str().unwrap();
    // Its own streams end with a session.
    door.listens_to_the_end(id);
    writeln!(process.stdin.as_mut().unwrap(), "over").unwrap();
    let refused = step();
    assert!(refused["failed"].as_str().unwrap().contains(over), "{refused}");
    let next = step();
    assert_eq!(next["told"], "api", "{next}");
    assert!(next["session"].is_string() && next["session"] != first["session"], "{next}");
    assert!(process.wait().unwrap().success());
}
