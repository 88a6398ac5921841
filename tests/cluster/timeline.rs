//! The timeline beside a real controller: an order, the controller's Events and what was seen, in the order of time; what
//! another person changed; what changed while nobody looked; and what is said where Events may not be read.

use std::process::Command;

use serde_json::{Value, json};

use crate::cluster::{CONTEXT, Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::person::{Left, Seat};

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "the timeline tells an order, the controller's Events and what was seen as one story, also after a restart",
            story,
        ),
        Case::new(
            "the timeline lays what another person changed to their program, and tells what changed while nobody looked",
            another,
        ),
        Case::new("the timeline says where Events may not be read, and tells all else", forbidden),
    ]
}

/// Runs `rollgate timeline` on the ledger that a session left, as a user, and reads its JSON.
fn told(left: &Left, namespace: &Namespace<'_>, user: User, words: &[&str]) -> Result<Vec<Value>, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_rollgate"))
        .env_clear()
        .env("HOME", left.home())
        .args(["timeline", "web", "-o", "json", "-n", namespace.name(), "--ledger"])
        .arg(left.path())
        .arg("--kubeconfig")
        .arg(namespace.cluster().kubeconfig(user))
        .args(words)
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    assert_eq!(value["schema"], "rollgate/v1");
    value["timeline"].as_array().cloned().ok_or_else(|| "no timeline".to_owned())
}

/// Where the first line of a source stands whose text holds these words.
#[track_caller]
fn place(lines: &[Value], source: &str, words: &str) -> usize {
    let is =
        |line: &Value| line["source"] == source && line["text"].as_str().unwrap_or_default().contains(words);
    let texts = || lines.iter().map(|line| format!("{} {} {}\n", line["at"], line["source"], line["text"]));
    lines
        .iter()
        .position(is)
        .unwrap_or_else(|| panic!("no {source} {words:?} in\n{}", texts().collect::<String>()))
}

/// Promotes on the screen, reads the timeline there, and leaves.
fn promoted(namespace: &Namespace<'_>) -> Result<Left, String> {
    let mut person = Seat::of(namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.stages("p", "promote");
    person.acknowledges();
    person.sees("done: the controller went on");
    person.closes();
    person.sees_phase("Healthy");
    namespace.wait_phase("web", "Healthy")?;
    person.types("t");
    person.sees("RolloutStepCompleted: Rollout step 3/5 completed (setWeight: 60)");
    // A key for itself: keys that come at once are taken for a paste.
    person.types("/");
    person.sees("esc");
    person.types("source:order");
    person.sees("1 of 1");
    person.types("\r");
    person.sees("promote by operator: done");
    Ok(person.leaves())
}

fn story(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("timeline")?;
    Scene::PausedAtStep.bring(&namespace, "web")?;
    let left = promoted(&namespace)?;
    let lines = told(&left, &namespace, User::Operator, &[])?;
    let order = place(&lines, "order", "promote by operator: done");
    // What led to the pause happened before; what the order caused came after, as the controller tells it.
    assert!(
        place(&lines, "event", "RolloutStepCompleted: Rollout step 1/5 completed (setWeight: 20)") < order
    );
    // The controller's recorder lets 25 Events about an object through and then one in five minutes: not the last ones.
    let step = |words: &str| place(&lines, "event", &format!("RolloutStepCompleted: Rollout step {words}"));
    let (pause, weight) = (step("2/5 completed (pause)"), step("3/5 completed (setWeight: 60)"));
    assert!(order < pause && pause < weight, "{order} {pause} {weight}");
    assert!(place(&lines, "status", "Paused -> ") > order);
    assert!(place(&lines, "status", "-> Healthy") > order);
    let facts = lines[order]["order"]["facts"].as_object().map_or(0, serde_json::Map::len);
    assert!(facts > 0, "on what evidence: {}", lines[order]);
    // Each Event stands there once: the session kept it, and the command heard it again.
    let events = told(&left, &namespace, User::Operator, &["--filter", "source:event"])?;
    let mut texts: Vec<String> =
        events.iter().map(|line| format!("{} {}", line["at"], line["text"])).collect();
    let all = texts.len();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), all, "{texts:#?}");
    // The file alone tells the same.
    assert_eq!(told(&left, &namespace, User::Operator, &["--kept"])?.len(), lines.len());

    let kubeconfig = cluster.kubeconfig(User::Operator);
    let mut person = Seat::after(left, &kubeconfig).arg("-n").arg(namespace.name()).sit_down();
    person.sees_row(&["web", "Healthy"]);
    person.types("t");
    person.sees("promote by operator: done");
    person.sees("RolloutStepCompleted: Rollout step 3/5 completed (setWeight: 60)");
    person.leaves();
    Ok(())
}

fn another(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("another")?;
    Scene::Healthy.bring(&namespace, "web")?;
    let patch = |replicas: u32| -> Outcome {
        let change = json!({"spec": {"replicas": replicas}}).to_string();
        let words =
            ["patch", "rollout", "web", "--type=merge", "--field-manager=kubectl-edit", "-p", &change];
        let output = namespace.kubectl(User::Admin, &words)?;
        assert!(output.status.success(), "{output:?}");
        Ok(())
    };
    // The session may write nothing to the cluster, and keeps what it sees all the same.
    let mut person = Seat::of(&namespace, User::Viewer).sit_down();
    person.sees("read-only");
    person.sees_row(&["web", "Healthy"]);
    person.opens();
    person.types("t");
    person.sees("what was ordered and seen");
    patch(4)?;
    person.sees("pods wanted: 5 -> 4 (by kubectl-edit)");
    namespace.wait_phase("web", "Healthy")?;
    let left = person.leaves();
    let lines = told(&left, &namespace, User::Viewer, &[])?;
    let edited = &lines[place(&lines, "spec", "pods wanted: 5 -> 4 (by kubectl-edit)")];
    assert_eq!(edited["clock"], "cluster");

    patch(6)?;
    namespace.wait_phase("web", "Healthy")?;
    let kubeconfig = cluster.kubeconfig(User::Viewer);
    let mut person = Seat::after(left, &kubeconfig).arg("-n").arg(namespace.name()).sit_down();
    person.sees_row(&["web", "6/6"]);
    person.types("t");
    person.sees("while away: pods wanted 4 -> 6; when is not known: between");
    person.sees("pods wanted: 5 -> 4 (by kubectl-edit)");
    let left = person.leaves();
    let lines = told(&left, &namespace, User::Viewer, &["--kept", "--filter", "source:away"])?;
    assert_eq!((lines.len(), &lines[0]["clock"]), (1, &json!("here")));
    Ok(())
}

/// Lets the user without a role read Rollouts and ReplicaSets of the namespace, and nothing else.
fn forbidden(cluster: &Cluster) -> Outcome {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let namespace = cluster.namespace("no-events")?;
    Scene::Healthy.bring(&namespace, "web")?;
    let path = format!("/apis/{RBAC}/v1/namespaces/{}", namespace.name());
    let read = |group: &str, kind: &str| json!({"apiGroups": [group], "resources": [kind], "verbs": ["get", "list", "watch"]});
    let role = json!({"apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": {"name": "lookout"},
        "rules": [read("argoproj.io", "rollouts"), read("apps", "replicasets")]});
    cluster.api().create(&format!("{path}/roles"), &role)?;
    let binding = json!({"apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "metadata": {"name": "lookout"},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": User::Nobody.name()}],
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "lookout"}});
    cluster.api().create(&format!("{path}/rolebindings"), &binding)?;
    let api = cluster.api_as(User::Nobody)?;
    cluster.wait_for("the right is known", || {
        Ok(api.get(&namespace.rollout_path("web")).is_ok().then_some(()))
    })?;
    let mut person = Seat::of(&namespace, User::Nobody).sit_down();
    person.sees_row(&["web", "Healthy"]);
    person.types("t");
    person.sees("the controller's Events");
    person.sees("forbidden");
    person.sees(r#"User "nobody" cannot watch resource "events""#);
    namespace.change("web", &json!({"spec": {"paused": true}}))?;
    person.sees("paused by hand");
    let left = person.leaves();
    let output = Command::new(env!("CARGO_BIN_EXE_rollgate"))
        .env_clear()
        .env("HOME", left.home())
        .args(["timeline", "web", "-n", namespace.name(), "--context", CONTEXT, "--ledger"])
        .arg(left.path())
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig(User::Nobody))
        .output()
        .map_err(|error| error.to_string())?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(err.starts_with("Warning: the controller's Events are not among these: context"), "{err}");
    assert!(out.contains("paused by hand") && output.status.code() == Some(0), "{out}");
    Ok(())
}
