//! What kwok, standing in for the kubelet, does with pods: the project's own stages on top of kwok's.
//!
//! Owns the image tags that make a pod go wrong. kwok's own stages come from its module folder and are narrowed here so
//! that they leave those pods alone. Never starts a container: a pod's state is what a stage writes.
//!
//! - `:crash` restarts again and again (CrashLoopBackOff), `:unpullable` has no image (ImagePullBackOff),
//!   `:unready` runs and never becomes ready, `:slow` becomes ready after three seconds;
//! - in a Job, `:fails` ends with code 1 and `:lasts` runs on for ever.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const TAG: &str = r#"[.spec.containers[].image] | map(capture(":(?<tag>[a-z]+)$").tag) | .[0] // "none""#;
const SPECIAL: &[&str] = &["crash", "unpullable", "unready", "slow"];

/// Writes every stage as one file into `folder` and returns the files, in the order kwok is to be given them.
///
/// # Errors
/// When one of kwok's own stages cannot be read or is not shaped as expected.
pub fn write(from_module: &Path, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut stages = Vec::new();
    for file in ["node-initialize", "node-heartbeat-with-lease", "pod-ready", "pod-complete", "pod-delete"] {
        let path = from_module.join(format!("{file}.yaml"));
        let text =
            fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let mut stage: Value = serde_saphyr::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
        match file {
            "pod-ready" => narrow(&mut stage, SPECIAL)?,
            "pod-complete" => narrow(&mut stage, &["fails", "lasts"])?,
            _ => {}
        }
        stages.push(stage);
    }
    stages.extend(own());
    let mut files = Vec::new();
    for stage in stages {
        let name = stage.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("stage").to_owned();
        let file = folder.join(format!("{name}.yaml"));
        fs::write(&file, stage.to_string())
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        files.push(file);
    }
    Ok(files)
}

fn narrow(stage: &mut Value, tags: &[&str]) -> Result<(), String> {
    let rules = stage.pointer_mut("/spec/selector/matchExpressions").and_then(Value::as_array_mut);
    rules
        .ok_or("kwok's stage has no matchExpressions")?
        .push(json!({"key": TAG, "operator": "NotIn", "values": tags}));
    Ok(())
}

fn own() -> Vec<Value> {
    let pending = json!({"key": ".status.phase", "operator": "In", "values": ["Pending"]});
    let fresh = json!({"key": ".status.containerStatuses", "operator": "DoesNotExist"});
    let running = json!({"key": ".status.phase", "operator": "In", "values": ["Running"]});
    let waiting =
        |reason: &str, message: &str| format!("waiting: {{reason: {reason}, message: {message:?}}}");
    let crash = waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container");
    let pull = waiting("ImagePullBackOff", "Back-off pulling image");
    let run = "running: {startedAt: {{ Now | Quote }}}";
    let mut slow = stage("pod-slow", "slow", &pending, &status("Running", "True", 0, run));
    if let Some(spec) = slow.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("delay".into(), json!({"durationMilliseconds": 3000}));
    }
    let fails = "phase: Failed\ncontainerStatuses:\n{{ range .spec.containers }}\n- name: {{ .name }}\n  image: {{ .image | Quote }}\n  \
                 ready: false\n  restartCount: 0\n  state: {terminated: {exitCode: 1, reason: Error, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }}}}\n{{ end }}\n";
    vec![
        stage("pod-crash", "crash", &pending, &status("Running", "False", 5, &crash)),
        stage("pod-unpullable", "unpullable", &fresh, &status("Pending", "False", 0, &pull)),
        stage("pod-unready", "unready", &pending, &status("Running", "False", 0, run)),
        slow,
        stage("pod-fails", "fails", &running, fails),
    ]
}

fn stage(name: &str, tag: &str, when: &Value, status: &str) -> Value {
    let rules = json!([
        {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"},
        {"key": TAG, "operator": "In", "values": [tag]},
        when,
    ]);
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Stage", "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {"matchExpressions": rules},
            "next": {"statusTemplate": status},
        },
    })
}

fn status(phase: &str, ready: &str, restarts: u32, state: &str) -> String {
    let flag = ready == "True";
    format!(
        "phase: {phase}\nstartTime: {{{{ Now | Quote }}}}\nconditions:\n\
         - {{type: Initialized, status: \"True\", lastTransitionTime: {{{{ Now | Quote }}}}}}\n\
         - {{type: Ready, status: \"{ready}\", lastTransitionTime: {{{{ Now | Quote }}}}}}\n\
         - {{type: ContainersReady, status: \"{ready}\", lastTransitionTime: {{{{ Now | Quote }}}}}}\n\
         containerStatuses:\n{{{{ range .spec.containers }}}}\n- name: {{{{ .name }}}}\n  image: {{{{ .image | Quote }}}}\n  \
         ready: {flag}\n  started: {flag}\n  restartCount: {restarts}\n  state: {{{state}}}\n{{{{ end }}}}\n"
    )
}
