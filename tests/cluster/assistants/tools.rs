//! Every tool that prompts written for other assistants know, and those that they lack, through both SDKs: one call each,
//! the answer held against the objects.
//!
//! What reads is compared with what the API server lists; what proposes must name the object's uid and generation, and
//! be taken back again, so that the limits of one client do for all.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answers::assert_true;
use super::{Outcome, assistant, until};
use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::sdks::{Client, Sdk};

pub fn trials() -> Vec<Case> {
    vec![Case::new(
        "the thirteen tools that assistants know, and retry, cancel and terminate, tell and propose what is so",
        every,
    )]
}

/// The Rollouts, one in each state that an order needs.
const GROUND: [(&str, Scene); 6] = [
    ("healthy", Scene::Healthy),
    ("waiting", Scene::PausedAtStep),
    ("held", Scene::PausedByHand),
    ("broken", Scene::Aborted),
    ("judged", Scene::AnalysisRunning),
    ("tried", Scene::ExperimentRunning),
];

type Check = fn(&Namespace<'_>, &Value) -> Outcome;

/// Tools that read.
const READING: [(&str, &str, Check); 6] = [
    ("argo_list_rollouts", r#"{"all_namespaces": true}"#, lists_rollouts),
    ("argo_status", r#"{"name": "waiting", "watch": true}"#, tells_status),
    ("argo_history", r#"{"name": "waiting"}"#, tells_history),
    ("argo_describe", r#"{"name": "waiting"}"#, describes),
    ("argo_list_experiments", r#"{"rollout_name": "tried"}"#, lists_experiments),
    ("argo_list_analysisruns", "{}", lists_runs),
];

/// Tools that propose: arguments beside name and reason, the Rollout, the order in words, whether it destroys.
const PROPOSING: [(&str, &str, &str, &str, bool); 10] = [
    ("argo_promote", r#"{"full": true}"#, "waiting", "promote-full", false),
    ("argo_pause_rollout", "{}", "waiting", "pause", false),
    ("argo_resume_rollout", "{}", "held", "resume", false),
    ("argo_abort_rollout", "{}", "waiting", "abort", true),
    (
        "argo_set_image",
        r#"{"image": "app=rollgate.test/app:v9"}"#,
        "healthy",
        "set-image app=rollgate.test/app:v9",
        false,
    ),
    ("argo_rollout_restart", "{}", "healthy", "restart", true),
    ("argo_undo", r#"{"to_revision": 1}"#, "waiting", "undo to revision 1", true),
    ("propose_retry", "{}", "broken", "retry", false),
    ("propose_cancel", "{}", "waiting", "cancel", true),
    (
        "propose_terminate",
        r#"{"kind": "AnalysisRun", "run": "RUN"}"#,
        "judged",
        "terminate AnalysisRun RUN",
        true,
    ),
];

fn every(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-tools")?;
    std::thread::scope(|scope| {
        let all = GROUND.map(|(name, scene)| {
            let namespace = &namespace;
            scope.spawn(move || scene.bring(namespace, name).map_err(|error| format!("{name}: {error}")))
        });
        all.into_iter().try_for_each(|one| one.join().map_err(|_| "a scene fell".to_owned())?.map(drop))
    })?;
    let running =
        || Ok((objects(&namespace, "experiments")?[0]["status"]["phase"] == "Running").then_some(()));
    cluster.wait_for("a running Experiment", running)?;
    let runs = objects(&namespace, "analysisruns")?;
    let run = runs
        .iter()
        .find_map(|run| run["metadata"]["name"].as_str().filter(|name| name.starts_with("judged")));
    let run = run.ok_or_else(|| format!("no run: {runs:?}"))?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let ledger = home.path().join("rollgate/ledger.sqlite3");
    for sdk in Sdk::ALL {
        let mut client = assistant(sdk, &namespace, User::Operator, &ledger)?;
        until(&mut client, &namespace, "judged", ("all of it", |told| told["phase"] == "Progressing"))?;
        for (tool, arguments, check) in READING {
            let arguments: Value = serde_json::from_str(arguments).map_err(|error| error.to_string())?;
            let told = client.tell(tool, &arguments)?;
            check(&namespace, &told).map_err(|error| format!("{sdk:?} {tool}: {error}"))?;
        }
        for (tool, arguments, name, order, destructive) in PROPOSING {
            let arguments = arguments.replace("RUN", run);
            let (order, rollout) = (order.replace("RUN", run), namespace.rollout(name)?);
            proposed(&mut client, tool, &arguments, (&rollout, &order, destructive))
                .map_err(|error| format!("{sdk:?} {tool}: {error}"))?;
        }
        let all = client.tell("list_proposals", &json!({}))?;
        let mine = all["proposals"].as_array().map_or(0, |all| all.len());
        assert_eq!(mine, PROPOSING.len() * if sdk == Sdk::Python { 1 } else { 2 }, "{all}");
    }
    let writes = namespace.writes(User::Operator)?;
    assert!(writes.is_empty(), "{writes:?}");
    Ok(())
}

/// Proposes, asks what became of it, and takes it back.
fn proposed(
    client: &mut Client,
    tool: &str,
    arguments: &str,
    (rollout, order, destructive): (&Value, &str, bool),
) -> Outcome {
    let mut arguments: Value = serde_json::from_str(arguments).map_err(|error| error.to_string())?;
    let meta = &rollout["metadata"];
    arguments["name"] = meta["name"].clone();
    if tool.starts_with("propose_") {
        arguments["reason"] = json!("a test of every tool");
    }
    let told = client.tell(tool, &arguments)?;
    let proposal = &told["proposal"];
    assert_eq!(
        (&proposal["order"], &proposal["destructive"]),
        (&json!(order), &json!(destructive)),
        "{told}"
    );
    assert_eq!((&proposal["uid"], &proposal["namespace"]), (&meta["uid"], &meta["namespace"]), "{told}");
    let facts = proposal["facts"].as_array().cloned().unwrap_or_default();
    let generation = json!({"name": "generation", "value": meta["generation"].to_string()});
    assert!(facts.contains(&generation), "{generation}: {facts:?}");
    let id = json!({"proposal_id": proposal["id"]});
    let outcome = client.tell("proposal_outcome", &id)?;
    assert_eq!((&outcome["proposal"]["state"], &outcome["operation"]), (&json!("open"), &Value::Null));
    assert_eq!(client.tell("withdraw_proposal", &id)?["proposal"]["state"], "withdrawn");
    Ok(())
}

fn objects(namespace: &Namespace<'_>, plural: &str) -> Result<Vec<Value>, String> {
    let group = if plural == "replicasets" { "apps/v1" } else { "argoproj.io/v1alpha1" };
    let path = format!("/apis/{group}/namespaces/{}/{plural}", namespace.name());
    Ok(namespace.cluster().api().get(&path)?["items"].as_array().cloned().unwrap_or_default())
}

/// Returns the names in a list of the API server, or of an answer.
fn names(all: &[Value]) -> BTreeSet<String> {
    let name = |one: &Value| one["metadata"]["name"].as_str().or(one["name"].as_str()).map(str::to_owned);
    all.iter().filter_map(name).collect()
}

fn assert_names(namespace: &Namespace<'_>, plural: &str, told: &Value) -> Outcome {
    let (there, told) = (objects(namespace, plural)?, told.as_array().cloned().unwrap_or_default());
    assert!(!there.is_empty());
    assert_eq!(names(&told), names(&there));
    for one in &told {
        let object = there.iter().find(|object| object["metadata"]["name"] == one["name"]);
        assert_eq!(Some(&one["phase"]), object.map(|object| &object["status"]["phase"]), "{one}");
    }
    Ok(())
}

fn lists_rollouts(namespace: &Namespace<'_>, told: &Value) -> Outcome {
    assert_eq!(told["matching"], GROUND.len(), "{told}");
    assert_names(namespace, "rollouts", &told["rollouts"])
}

fn lists_experiments(namespace: &Namespace<'_>, told: &Value) -> Outcome {
    assert_eq!(told["experiments"][0]["rollout"], "tried", "{told}");
    assert_eq!(
        names(told["experiments"].as_array().map_or(&[], Vec::as_slice)),
        names(&objects(namespace, "experiments")?)
    );
    Ok(())
}

fn lists_runs(namespace: &Namespace<'_>, told: &Value) -> Outcome {
    assert_names(namespace, "analysisruns", &told["analysis_runs"])
}

fn tells_status(namespace: &Namespace<'_>, told: &Value) -> Outcome {
    // It waits for a person: that is where a wait ends, not never.
    assert_eq!(told["waited"]["ended_by"], "settled", "{told}");
    assert_true(&told["rollout"], &namespace.rollout("waiting")?);
    Ok(())
}

fn tells_history(namespace: &Namespace<'_>, told: &Value) -> Outcome {
    let uid = namespace.rollout("waiting")?["metadata"]["uid"].clone();
    let sets = objects(namespace, "replicasets")?;
    let number = |set: &Value| {
        set["metadata"]["annotations"]["rollout.argoproj.io/revision"].as_str().map(str::to_owned)
    };
    let ours = sets.iter().filter(|set| set["metadata"]["ownerReferences"][0]["uid"] == uid);
    let there: BTreeSet<String> = ours.filter_map(number).collect();
    let revisions = told["revisions"].as_array().cloned().unwrap_or_default();
    let told: BTreeSet<String> = revisions.iter().map(|one| one["revision"].to_string()).collect();
    assert_eq!((&told, told.len()), (&there, 2));
    Ok(())
}

fn describes(namespace: &Namespace<'_>, told: &Value) -> Outcome {
    assert_eq!(told["unread"], json!([]), "{told}");
    let rollout = &told["rollout"];
    assert_true(rollout, &namespace.rollout("waiting")?);
    let path = format!("/api/v1/namespaces/{}/pods?labelSelector=app%3Dwaiting", namespace.name());
    let pods = namespace.cluster().api().get(&path)?["items"].as_array().cloned().unwrap_or_default();
    let sets = rollout["revisions"].as_array().into_iter().flatten();
    let sets = sets.flat_map(|revision| revision["replica_sets"].as_array().cloned().unwrap_or_default());
    let told: Vec<Value> = sets.flat_map(|set| set["pods"].as_array().cloned().unwrap_or_default()).collect();
    assert_eq!(names(&told), names(&pods));
    Ok(())
}
