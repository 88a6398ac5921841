//! What is broken one row at a time: rights to all but Rollouts, what is configured beside the controller, who tracks a
//! Rollout, and the policy service.

use serde_json::{Value, json};

use super::{Mended, Outcome, asked, goes_back, opens_row, paste, paused, title};
use crate::cluster::{CONTEXT, Cluster, Namespace, User};
use crate::health::{self, assert_state, row};
use crate::person::{Person, Seat};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Gives a user a role of their own in a namespace: Rollouts, and the status of them to write.
fn few_rights(namespace: &Namespace<'_>, user: User) -> Outcome {
    let api = namespace.cluster().api();
    let path = format!("/apis/{RBAC}/v1/namespaces/{}", namespace.name());
    let rule = |resource: &str, verbs: &[&str]| json!({"apiGroups": ["argoproj.io"], "resources": [resource], "verbs": verbs});
    let role = json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": {"name": "few"},
        "rules": [rule("rollouts", &["get", "list", "watch"]), rule("rollouts/status", &["patch"])],
    });
    let binding = json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "metadata": {"name": "few"},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user.name()}],
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "few"},
    });
    api.create(&format!("{path}/roles"), &role)?;
    api.create(&format!("{path}/rolebindings"), &binding)?;
    Ok(())
}

/// What somebody lacks who may read Rollouts and promote them, and no more: row, title, and the right that is named.
const LACKING: [(&str, &str, &str); 6] = [
    ("read-revisions", "Revisions and Pods", "replicasets.apps"),
    ("read-analysis", "Analysis", "analysisruns.argoproj.io"),
    ("read-events", "Events", "list, watch events"),
    ("pause-resume", "Pause and resume", "patch rollouts.argoproj.io in"),
    ("change-template", "Undo, cancel, image", "patch rollouts.argoproj.io"),
    ("announce", "Event of an order", "create events"),
];

/// Presses the key that asks at once, until words stand there: the server takes a moment to heed a grant.
fn asks_until(person: &mut Person, words: &str) -> Outcome {
    for _ in 0..60 {
        person.types("r");
        person.screen.read_for(std::time::Duration::from_millis(500));
        if person.has(words) {
            return Ok(());
        }
    }
    Err(format!("{words:?} never stood there: {}", person.screen.text()))
}

/// A user with few rights is told of each row which right it lacks; then the rights are given.
pub fn rights(cluster: &Cluster) -> Outcome {
    const USER: User = User::NamespacedOperator;
    let namespace = paused(cluster, "broken-rights")?;
    // A namespace of a test gives every user its role; this one is to have a smaller one.
    namespace.revoke(USER)?;
    few_rights(&namespace, USER)?;
    let read = cluster.wait_for("the rights are heeded", || {
        let (_, read) = asked(&namespace, USER, "read")?;
        let (lacks, has) = (row(&read, "pause-resume"), row(&read, "read-rollouts"));
        let heeded = lacks["state"] == "configuration-dependent" && has["state"] == "available";
        if heeded { Ok(Some(read)) } else { Err(format!("{lacks:#}, {has:#}")) }
    })?;
    assert_state(&read, "read-rollouts", "available", "");
    for (capability, _, right) in LACKING {
        assert_state(&read, capability, "configuration-dependent", right);
        let manifest = paste(&read, capability);
        assert!(
            manifest.contains("kind: Role") && manifest.contains(USER.name()),
            "{capability}: {manifest}"
        );
    }
    assert_eq!(row(&read, "abort-retry")["state"], "supported", "{read:#}");
    let undo = row(&read, "rollback")["state"].clone();
    assert!(!["available", "supported"].contains(&undo.as_str().unwrap_or_default()), "{undo}");
    let mut person = Seat::of(&namespace, USER).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    for (_, name, right) in LACKING {
        opens_row(&mut person, name);
        for words in ["configuration-dependent", right, "kind: Role"] {
            person.sees(words);
        }
        goes_back(&mut person);
    }
    // What it may do is not hindered by what it may not.
    person.stages("p", &title(&namespace));
    person.sees("dry run accepted");
    // Nobody can see what a promotion leaves to go back to.
    person.sees("rollback: configuration-dependent");
    person.closes();
    namespace.grant(USER)?;
    opens_row(&mut person, "Pause and resume");
    asks_until(&mut person, "○ supported")?;
    goes_back(&mut person);
    person.leaves().assert_nothing_sent(&namespace, USER)
}

const HOME: &str = "argo-rollouts";

fn config_map() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argo-rollouts-notification-configmap"},
        "data": {"service.slack": "token: $slack-token", "trigger.on-aborted": "- send: [aborted]"}})
}

fn secret() -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argo-rollouts-notification-secret"},
        "stringData": {"slack-token": "none"}})
}

/// The controller's Deployment, as its manifests have it, of another version; nothing of it runs.
fn deployment(version: &str) -> Value {
    let labels = json!({"app.kubernetes.io/name": "argo-rollouts", "app.kubernetes.io/component": "rollouts-controller"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "argo-rollouts", "labels": labels},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "argo-rollouts", "image": format!("quay.io/argoproj/argo-rollouts:{version}")}]},
        }},
    })
}

/// Asks `rollgate health` as the admin for a row of the cluster.
fn told(namespace: &Namespace<'_>, config: &str, need: &str) -> Result<(i32, Value), String> {
    let leave = format!("{CONTEXT}/{}", namespace.name());
    let kubeconfig = namespace.cluster().kubeconfig(User::Admin);
    let args = ["-n", namespace.name(), "-o", "json", "--allow", &leave, "--need", need];
    let said = health::health(&kubeconfig, config, &args)?;
    Ok((said.code, said.json()?))
}

/// Makes what is wrong, beside the controller and on the Rollout.
fn makes(namespace: &Namespace<'_>) -> Outcome {
    let api = namespace.cluster().api();
    api.create(&format!("/api/v1/namespaces/{HOME}/configmaps"), &config_map())?;
    api.create(&format!("/apis/apps/v1/namespaces/{HOME}/deployments"), &deployment("v0.10.2"))?;
    let tracked = json!({"metadata": {"annotations": {
        "argocd.argoproj.io/tracking-id": format!("shop:argoproj.io/Rollout:{}/web", namespace.name()),
    }}});
    namespace.change("web", &tracked)?;
    Ok(())
}

/// Removes it again, as far as it was made.
fn removes(cluster: &Cluster) -> Outcome {
    for path in [
        format!("/api/v1/namespaces/{HOME}/configmaps/argo-rollouts-notification-configmap"),
        format!("/api/v1/namespaces/{HOME}/secrets/argo-rollouts-notification-secret"),
        format!("/apis/apps/v1/namespaces/{HOME}/deployments/argo-rollouts"),
    ] {
        let _ = cluster.api().delete(&path);
    }
    Ok(())
}

/// What is told of it: row, title, state, reason.
const CONFIGURED: [(&str, &str, &str, &str); 4] = [
    ("notifications", "Notifications", "configuration-dependent", "argo-rollouts-notification-secret"),
    ("controller-version", "Controller version", "degraded", "v0.10.2 is older than the rules known here"),
    ("ownership", "GitOps ownership", "configuration-dependent", "which tracks web"),
    ("policy-service", "Policy service", "unavailable", "nothing is reached at"),
];

/// Gates that ask the policy service.
const GATE: &str = "rollout_gates: {}\npolicy_service: {topic: job.refund}\n";

/// Reads what the open confirmation says beside what its order rests on.
fn beside(person: &mut Person, all: &[&str]) {
    for words in all {
        person.sees(words);
    }
}

/// Notifications whose secret is missing, a controller of an old version, a Rollout that Argo CD tracks, a policy service
/// that is not there.
pub fn configured(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-configured")?;
    let mended = Mended(|| removes(cluster));
    makes(&namespace)?;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr());
    let nowhere = nowhere.map_err(|error| error.to_string())?;
    let key = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    std::fs::write(key.path(), "secret").map_err(|error| error.to_string())?;
    let config = format!(
        "[policy-service]\nurl = 'http://{nowhere}'\ntenant = 'default'\napi-key-file = '{}'\n",
        key.path().display()
    );
    for (capability, _, state, reason) in CONFIGURED {
        let (code, read) = told(&namespace, &config, capability)?;
        assert_eq!(code, 1, "{:#}", row(&read, capability));
        assert_state(&read, capability, state, reason);
    }
    let seat = Seat::of(&namespace, User::Admin).configured(&config).gated(GATE);
    let mut person = seat.allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    for (_, name, state, reason) in CONFIGURED {
        opens_row(&mut person, name);
        for words in [state, reason, "What to do"] {
            person.sees(words);
        }
        goes_back(&mut person);
    }
    // An order on the spec is one that self-heal may take back, which its confirmation says.
    person.types("w");
    person.sees("whose self-heal may take the change back");
    beside(&mut person, &["controller-version: degraded", "notifications: configuration-dependent"]);
    assert!(!person.has("policy-service: "), "no gate judges a pause");
    person.closes();
    // A promotion is judged by a gate that asks the policy service.
    person.types("p");
    person.sees(&title(&namespace));
    beside(&mut person, &["policy-service: unavailable", "controller-version: degraded"]);
    person.closes();
    cluster.api().create(&format!("/api/v1/namespaces/{HOME}/secrets"), &secret())?;
    let (code, read) = told(&namespace, "", "notifications")?;
    assert_eq!(code, 0, "{:#}", row(&read, "notifications"));
    let left = person.leaves();
    drop(mended);
    assert!(left.ledger()?.iter().all(|row| row.event != "acknowledged"));
    Ok(())
}
