//! What the API server fills into a pod template that leaves it out.
//!
//! It owns the defaults of the fields that manifests commonly lack (kubernetes: pkg/apis/core/v1/defaults.go). It never
//! changes what is there. Only built-in kinds have them: the template of a Rollout is stored as it was written, which is
//! why a Rollout that takes its template from a ReplicaSet changes even where nothing else does.

use serde_json::{Map, Value, json};

use super::Kind;
use super::kind::{DEPLOYMENT, POD_TEMPLATE, REPLICA_SET};

/// Fills in what an object's pod template lacks.
pub(super) fn fill(kind: &Kind, value: &mut Value) {
    let template = match kind.kind {
        it if it == REPLICA_SET.kind || it == DEPLOYMENT.kind => "/spec/template/spec",
        it if it == POD_TEMPLATE.kind => "/template/spec",
        _ => return,
    };
    let Some(spec) = value.pointer_mut(template).and_then(Value::as_object_mut) else { return };
    lacks(spec, "restartPolicy", || json!("Always"));
    lacks(spec, "terminationGracePeriodSeconds", || json!(30));
    lacks(spec, "dnsPolicy", || json!("ClusterFirst"));
    lacks(spec, "securityContext", || json!({}));
    lacks(spec, "schedulerName", || json!("default-scheduler"));
    for list in ["initContainers", "containers"] {
        let all = spec.get_mut(list).and_then(Value::as_array_mut);
        all.into_iter().flatten().filter_map(Value::as_object_mut).for_each(container);
    }
}

fn container(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let pull = if is_latest(image) { "Always" } else { "IfNotPresent" };
    lacks(container, "resources", || json!({}));
    lacks(container, "terminationMessagePath", || json!("/dev/termination-log"));
    lacks(container, "terminationMessagePolicy", || json!("File"));
    lacks(container, "imagePullPolicy", || json!(pull));
    let ports = container.get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
        lacks(port, "protocol", || json!("TCP"));
    }
}

/// An image without a tag means the newest (kubernetes: pkg/util/parsers); one named by its digest does not.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn lacks(object: &mut Map<String, Value>, field: &str, default: impl FnOnce() -> Value) {
    if !object.contains_key(field) {
        object.insert(field.to_owned(), default());
    }
}
