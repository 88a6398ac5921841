//! What of a namespace is compared: everything once it is at rest, and of the Rollout what it passed through.
//!
//! Owns which fields count and how weights are computed (Argo: pkg/kubectl-argo-rollouts/info). Never a time, a count of
//! measurements still growing, or a random name. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::observer::Observer;

const HASH: &str = "rollouts-pod-template-hash";

/// The label that names a ReplicaSet's version.
pub fn hash(object: &Value) -> &str {
    object["metadata"]["labels"][HASH].as_str().unwrap_or_default()
}

/// Says whether `object` is owned by one of this kind.
pub fn owned_by(object: &Value, kind: &str) -> bool {
    object["metadata"]["ownerReferences"][0]["kind"] == kind
}

/// What a Rollout passes through: nothing that depends on how fast pods come and go.
pub fn between(rollout: &Value) -> Value {
    let status = &rollout["status"];
    json!({
        "phase": status["phase"],
        "message": status["message"],
        "step": status["currentStepIndex"],
        "setWeight": set_weight(rollout),
        "pause": reasons(status),
        "abort": status["abort"],
    })
}

/// Everything that both clusters must agree on at rest.
pub fn settled(seen: &Observer) -> Value {
    let rollout = seen.rollout();
    if rollout.is_null() {
        return json!({"gone": true, "replicaSets": seen.all("ReplicaSet").count(), "pods": seen.all("Pod").count()});
    }
    json!({
        "rollout": of_rollout(rollout, seen),
        "replicaSets": replica_sets(seen),
        "pods": pods(seen),
        "runs": runs(seen),
        "experiments": experiments(seen),
        "services": services(seen),
        "events": events(seen),
    })
}

/// Says what the controllers have not caught up with yet.
pub fn lag(seen: &Observer) -> Option<String> {
    rollout_lag(seen.rollout())
        .or_else(|| seen.all("ReplicaSet").find_map(|set| set_lag(set, seen)))
        .or_else(|| seen.all("Pod").find_map(pod_lag))
        .or_else(|| seen.all("Job").find_map(|job| job_lag(job, seen)))
        .or_else(|| {
            let unseen = |run: &&Value| run["status"]["phase"].as_str().unwrap_or_default().is_empty();
            let mut runs = seen.all("AnalysisRun").chain(seen.all("Experiment"));
            runs.find(unseen).map(|_| "a run has not begun".into())
        })
}

/// Where a Rollout's status keeps what it knows of its AnalysisRuns.
const RUNS: [&str; 4] = [
    "/canary/currentStepAnalysisRunStatus",
    "/canary/currentBackgroundAnalysisRunStatus",
    "/blueGreen/prePromotionAnalysisRunStatus",
    "/blueGreen/postPromotionAnalysisRunStatus",
];

fn rollout_lag(rollout: &Value) -> Option<String> {
    let status = &rollout["status"];
    let generation = rollout["metadata"]["generation"].to_string();
    let what = if rollout.is_null() {
        return None;
    } else if status["observedGeneration"].as_str() != Some(generation.as_str()) {
        "the Rollout's generation"
    } else if status["abort"] == true && status["abortedAt"].is_null() {
        "the abort"
    } else if status["controllerPause"] == true && reasons(status).is_empty() {
        "the end of the pause"
    } else if RUNS.iter().any(|run| status.pointer(run).is_some_and(|it| it["status"] == "")) {
        "the phase of an analysis run"
    } else {
        return None;
    };
    Some(format!("{what} is not observed"))
}

fn set_lag(set: &Value, seen: &Observer) -> Option<String> {
    let (name, status) = (&set["metadata"]["name"], &set["status"]);
    if status["observedGeneration"].as_u64() < set["metadata"]["generation"].as_u64()
        || count(&status["replicas"]) != count(&set["spec"]["replicas"])
    {
        return Some(format!("the ReplicaSet {name} has not its pods"));
    }
    let is_ready = |pod: &&Value| {
        pod["metadata"]["ownerReferences"][0]["name"] == *name
            && pod["status"]["containerStatuses"][0]["ready"] == true
    };
    let ready = seen.all("Pod").filter(is_ready).count();
    let knows = usize::try_from(count(&status["readyReplicas"])) == Ok(ready);
    (!knows).then(|| format!("the ReplicaSet {name} does not know its pods"))
}

fn pod_lag(pod: &Value) -> Option<String> {
    let image = pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let works = owned_by(pod, "Job") && !ended && !image.ends_with(":lasts");
    let moves =
        !pod["metadata"]["deletionTimestamp"].is_null() || pod["status"]["containerStatuses"].is_null();
    (works || moves).then(|| format!("the pod {} comes or goes", pod["metadata"]["name"]))
}

/// A Job whose pod has ended ends itself, and its AnalysisRun takes that in.
fn job_lag(job: &Value, seen: &Observer) -> Option<String> {
    let name = &job["metadata"]["name"];
    let ended = job["status"]["conditions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|it| it["type"] == "Complete" || it["type"] == "Failed"));
    let pod_ended = seen.all("Pod").any(|pod| {
        pod["metadata"]["ownerReferences"][0]["name"] == *name
            && matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
    });
    let waits = |run: &Value| {
        let metrics = run["status"]["metricResults"].as_array().into_iter().flatten();
        let mut taken = metrics.flat_map(|it| it["measurements"].as_array().into_iter().flatten());
        taken.any(|it| it["metadata"]["job-name"] == *name && it["phase"] == "Running")
    };
    let unheard = ended && seen.all("AnalysisRun").any(waits);
    (unheard || (pod_ended && !ended)).then(|| format!("the job {name} has ended, which is not known"))
}

fn of_rollout(rollout: &Value, seen: &Observer) -> Value {
    let (spec, status) = (&rollout["spec"], &rollout["status"]);
    let (canary, green) = (&status["canary"], &status["blueGreen"]);
    let steps = spec["strategy"]["canary"]["steps"].as_array().map_or(0, Vec::len);
    let run = |run: &Value| {
        if run.is_null() { Value::Null } else { json!([run["name"], run["status"], run["message"]]) }
    };
    json!({
        "phase": status["phase"],
        "message": status["message"],
        "generation": rollout["metadata"]["generation"],
        "revision": rollout["metadata"]["annotations"]["rollout.argoproj.io/revision"],
        "step": status["currentStepIndex"],
        "steps": steps,
        "setWeight": set_weight(rollout),
        "actualWeight": actual_weight(rollout, seen),
        "weights": canary["weights"],
        "replicas": {
            "desired": spec["replicas"], "current": count(&status["replicas"]),
            "updated": count(&status["updatedReplicas"]), "ready": count(&status["readyReplicas"]),
            "available": count(&status["availableReplicas"]), "hpa": count(&status["HPAReplicas"]),
        },
        "selector": status["selector"],
        "paused": spec["paused"],
        "pause": reasons(status),
        "controllerPause": status["controllerPause"],
        "abort": status["abort"],
        "abortedAt": !status["abortedAt"].is_null(),
        "promoteFull": status["promoteFull"],
        "restarted": !spec["restartAt"].is_null() && spec["restartAt"] == status["restartedAt"],
        "stable": status["stableRS"],
        "updated": status["currentPodHash"],
        "active": green["activeSelector"],
        "preview": green["previewSelector"],
        "scaleUpPreviewCheckPoint": green["scaleUpPreviewCheckPoint"],
        "stepRun": run(&canary["currentStepAnalysisRunStatus"]),
        "backgroundRun": run(&canary["currentBackgroundAnalysisRunStatus"]),
        "prePromotionRun": run(&green["prePromotionAnalysisRunStatus"]),
        "postPromotionRun": run(&green["postPromotionAnalysisRunStatus"]),
        "experiment": canary["currentExperiment"],
        "conditions": conditions(status),
    })
}

fn conditions(status: &Value) -> Value {
    let all = status["conditions"].as_array().cloned().unwrap_or_default();
    let one = |condition: &Value| {
        let key = condition["type"].as_str().unwrap_or_default().to_owned();
        (key, json!([condition["status"], condition["reason"], condition["message"]]))
    };
    Value::Object(all.iter().map(one).collect())
}

fn replica_sets(seen: &Observer) -> Value {
    let status = &seen.rollout()["status"];
    let mut found = BTreeMap::new();
    for one in seen.all("ReplicaSet") {
        let hash = hash(one);
        let template = &one["metadata"]["annotations"]["experiment.argoproj.io/template-name"];
        let role = if let Some(template) = template.as_str() {
            format!("experiment {template}")
        } else if status["stableRS"] == hash {
            "stable".into()
        } else if status["currentPodHash"] == hash {
            "updated".into()
        } else {
            "older".into()
        };
        let notes = &one["metadata"]["annotations"];
        let facts = json!({
            "role": role,
            "revision": notes["rollout.argoproj.io/revision"],
            "image": one["spec"]["template"]["spec"]["containers"][0]["image"],
            "desired": count(&one["spec"]["replicas"]),
            "ready": count(&one["status"]["readyReplicas"]),
            "available": count(&one["status"]["availableReplicas"]),
            "deadline": notes["scale-down-deadline"].as_str().is_some_and(|it| !it.is_empty()),
        });
        found.insert(one["metadata"]["name"].as_str().unwrap_or_default().to_owned(), facts);
    }
    json!(found)
}

fn pods(seen: &Observer) -> Value {
    let mut counted: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for pod in seen.all("Pod") {
        if owned_by(pod, "Job") {
            continue;
        }
        let container = &pod["status"]["containerStatuses"][0];
        let mut words = vec![pod["status"]["phase"].as_str().unwrap_or("-")];
        words.extend(container["state"]["waiting"]["reason"].as_str());
        words.extend((container["ready"] == true).then_some("ready"));
        words.extend((!pod["metadata"]["deletionTimestamp"].is_null()).then_some("going"));
        let owner = pod["metadata"]["ownerReferences"][0]["name"].as_str().unwrap_or("nobody");
        *counted.entry(owner.to_owned()).or_default().entry(words.join(" ")).or_default() += 1;
    }
    json!(counted)
}

fn runs(seen: &Observer) -> Value {
    let mut found = Map::new();
    for run in seen.all("AnalysisRun") {
        let (status, labels) = (&run["status"], &run["metadata"]["labels"]);
        let ended =
            matches!(status["phase"].as_str(), Some("Successful" | "Failed" | "Error" | "Inconclusive"));
        // How often it had measured when it was told to end is a matter of time.
        let counted = ended && run["spec"]["terminate"] != true;
        let metric = |it: &Value| {
            let counts =
                ["count", "successful", "failed", "inconclusive", "error"].map(|name| count(&it[name]));
            let last = it["measurements"].as_array().and_then(|all| all.last());
            let value =
                last.map_or(Value::Null, |last| json!([last["phase"], last["value"], last["message"]]));
            json!({
                "name": it["name"], "phase": it["phase"], "message": it["message"],
                "counts": if counted { json!(counts) } else { Value::Null },
                "last": if counted { value } else { Value::Null },
            })
        };
        // The controller measures them side by side and lists them as their answers come.
        let mut metrics: Vec<Value> =
            status["metricResults"].as_array().into_iter().flatten().map(metric).collect();
        metrics.sort_by_key(|it| it["name"].to_string());
        let facts = json!({
            "type": labels["rollout-type"], "step": labels["step-index"],
            "phase": status["phase"], "message": status["message"], "metrics": metrics,
            "terminate": run["spec"]["terminate"] == true, "args": run["spec"]["args"],
            "summary": if ended { status["runSummary"].clone() } else { Value::Null },
        });
        found.insert(run["metadata"]["name"].as_str().unwrap_or_default().to_owned(), facts);
    }
    Value::Object(found)
}

fn experiments(seen: &Observer) -> Value {
    let mut found = Map::new();
    for one in seen.all("Experiment") {
        let status = &one["status"];
        let template = |it: &Value| {
            json!([
                it["name"],
                it["status"],
                it["message"],
                count(&it["replicas"]),
                count(&it["availableReplicas"])
            ])
        };
        let templates: Vec<Value> =
            status["templateStatuses"].as_array().into_iter().flatten().map(template).collect();
        let runs: Vec<Value> = status["analysisRuns"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| json!([it["name"], it["phase"], it["message"]]))
            .collect();
        let facts = json!({
            "phase": status["phase"], "message": status["message"], "available": !status["availableAt"].is_null(),
            "terminate": one["spec"]["terminate"] == true, "templates": templates, "runs": runs,
            "conditions": conditions(status),
        });
        found.insert(one["metadata"]["name"].as_str().unwrap_or_default().to_owned(), facts);
    }
    Value::Object(found)
}

fn services(seen: &Observer) -> Value {
    let rollout = seen.rollout();
    let (canary, status) = (&rollout["spec"]["strategy"]["canary"], &rollout["status"]);
    let aborted = status["abort"] == true && !canary["trafficRouting"].is_null();
    let stands = aborted
        && seen.all("ReplicaSet").any(|set| {
            hash(set) == status["currentPodHash"]
                && status["stableRS"] != hash(set)
                && count(&set["spec"]["replicas"]) > 0
        });
    let one = |service: &Value| {
        let name = service["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        // As long as the aborted version's pods stand, the real controller points this Service at them and away from
        // them again in each of its looks (Argo: rollout/service.go, and rollout/trafficrouting.go on an abort).
        let swings = stands && canary["canaryService"] == name.as_str();
        let selector = if swings { json!("swings") } else { service["spec"]["selector"].clone() };
        (name, selector)
    };
    Value::Object(seen.all("Service").map(one).collect())
}

/// How many Events of one object are surely told: the real controller's recorder begins to drop after 25.
const TOLD: u64 = 20;

/// What the controller said of the Rollout, each once; nothing when it said so much that its recorder may drop some.
/// Scaling is left out: in how many strides it goes depends on how fast pods come.
fn events(seen: &Observer) -> Value {
    let about_it = |event: &&Value| event["involvedObject"]["kind"] == "Rollout";
    if seen.all("Event").filter(about_it).map(|it| count(&it["count"]).max(1)).sum::<u64>() > TOLD {
        return Value::Null;
    }
    let said: BTreeSet<String> = seen
        .all("Event")
        .filter(about_it)
        .filter(|event| event["reason"] != "ScalingReplicaSet" && !is_chance(event, seen.rollout()))
        .map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            // Whether the Rollout saw its run before it ended is a matter of time.
            let message = text("message").split(" Previous: ").next().unwrap_or_default();
            format!("{} {}: {message}", text("type"), text("reason"))
        })
        .collect();
    json!(said)
}

/// An Event that the real controller tells or not as its cache happens to be: of a Service switched from a version to
/// the same one; of a run under way, which it may see first when it has ended; of a new ReplicaSet when its own note on
/// a Rollout with a workloadRef comes in between (Argo: rollout/sync.go, `createDesiredReplicaSet`).
fn is_chance(event: &Value, rollout: &Value) -> bool {
    let message = event["message"].as_str().unwrap_or_default();
    let versions = message.rsplit_once(" from ").and_then(|(_, rest)| rest.split_once(" to "));
    match event["reason"].as_str() {
        Some("SwitchService") => versions.is_some_and(|(one, other)| one == other),
        Some("AnalysisRunRunning") => true,
        Some("NewReplicaSetCreated") => !rollout["spec"]["workloadRef"].is_null(),
        _ => false,
    }
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn reasons(status: &Value) -> Vec<&Value> {
    status["pauseConditions"].as_array().into_iter().flatten().map(|it| &it["reason"]).collect()
}

fn max_weight(rollout: &Value) -> u64 {
    rollout["spec"]["strategy"]["canary"]["trafficRouting"]["maxTrafficWeight"].as_u64().unwrap_or(100)
}

/// The steps when one of them is in progress, with its index.
fn current_step(rollout: &Value) -> Option<(&Vec<Value>, usize)> {
    let steps = rollout["spec"]["strategy"]["canary"]["steps"].as_array()?;
    let index = rollout["status"]["currentStepIndex"].as_u64().and_then(|it| usize::try_from(it).ok())?;
    (index < steps.len()).then_some((steps, index))
}

fn set_weight(rollout: &Value) -> Value {
    if rollout["spec"]["strategy"]["canary"].is_null() {
        return Value::Null;
    }
    if rollout["status"]["abort"] == true {
        return json!(0);
    }
    let Some((steps, index)) = current_step(rollout) else { return json!(max_weight(rollout)) };
    let nearest = steps[..=index].iter().rev().find_map(|step| step["setWeight"].as_u64());
    json!(nearest.unwrap_or(0))
}

fn actual_weight(rollout: &Value, seen: &Observer) -> Value {
    let (canary, status) = (&rollout["spec"]["strategy"]["canary"], &rollout["status"]);
    if canary.is_null() {
        return Value::Null;
    }
    if current_step(rollout).is_none() {
        return json!(max_weight(rollout));
    }
    let available = count(&status["availableReplicas"]);
    if available == 0 {
        return json!(0);
    }
    if !canary["trafficRouting"].is_null() {
        let given = &status["canary"]["weights"]["canary"]["weight"];
        return if given.is_null() { set_weight(rollout) } else { given.clone() };
    }
    let updated = |one: &&Value| {
        status["currentPodHash"] == hash(one) && status["stableRS"] != hash(one) && owned_by(one, "Rollout")
    };
    let updated =
        seen.all("ReplicaSet").find(updated).map_or(0, |one| count(&one["status"]["availableReplicas"]));
    json!(updated * max_weight(rollout) / available)
}
