//! "What is the status of the api rollout?": the answer beside the object that the API server has.

use serde_json::{Value, json};

use super::{Desk, Outcome, Way, until};
use crate::cluster::{Cluster, Scene, User};
use crate::harness::Case;
use crate::sdks::Sdk;

pub fn trials() -> Vec<Case> {
    let of = |way: Way| {
        let name = format!(
            "an assistant{} is told the status of the api rollout as the cluster has it",
            way.words()
        );
        Case::new(name, move |cluster| told(cluster, way))
    };
    Way::ALL.map(of).into()
}

fn told(cluster: &Cluster, way: Way) -> Outcome {
    let namespace = cluster.namespace("assistant-asks")?;
    let paused = Scene::PausedAtStep.bring(&namespace, "api")?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let ledger = home.path().join("rollgate/ledger.sqlite3");
    let desk = Desk::open(way, &namespace, User::Viewer, &ledger)?;
    let mut both = Vec::new();
    for sdk in Sdk::ALL {
        let mut client = desk.assistant(sdk)?;
        // It waits for a person, so that a wait for the end of its way is over at once.
        let asked = json!({"name": "api", "wait_seconds": 60});
        let told = client.tell("rollout_status", &asked)?;
        assert_eq!(told["waited"]["ended_by"], "settled", "{told}");
        assert_true(&told["rollout"], &paused);
        both.push(client);
    }
    namespace.change_status("api", &json!({"status": {"abort": true}}))?;
    let aborted = namespace.wait_phase("api", "Degraded")?;
    for client in &mut both {
        let is_new = |told: &Value| told["aborted"] == true && told["phase"] == "Degraded";
        let told = until(client, &namespace, "api", ("the abort", is_new))?;
        assert_true(&told["rollout"], &aborted);
    }
    assert!(!ledger.exists(), "asking makes no ledger");
    Ok(())
}

/// Asserts that what is told of a Rollout is what its object says.
#[track_caller]
pub fn assert_true(told: &Value, object: &Value) {
    let (meta, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    assert_eq!(told["uid"], meta["uid"]);
    assert_eq!(told["phase"], status["phase"], "{told}");
    assert_eq!(told["aborted"], status["abort"] == true);
    assert_eq!(told["paused_by_hand"], spec["paused"] == true);
    let revision = meta["annotations"]["rollout.argoproj.io/revision"].as_str().unwrap_or_default();
    assert_eq!(told["revision"].to_string(), revision);
    let steps = spec["strategy"]["canary"]["steps"].as_array().map_or(0, Vec::len);
    assert_eq!(told["step"]["total"], steps);
    if told["aborted"] == false {
        assert_eq!(told["step"]["done"], status["currentStepIndex"], "{told}");
    }
    assert_eq!(told["replicas"]["desired"], spec["replicas"]);
    for (name, field) in [("ready", "readyReplicas"), ("updated", "updatedReplicas")] {
        assert_eq!(told["replicas"][name], status[field].as_i64().unwrap_or(0), "{name}: {told}");
    }
    let image = &spec["template"]["spec"]["containers"][0]["image"];
    assert_eq!(told["images"], json!([{"container": "app", "image": image}]));
}
