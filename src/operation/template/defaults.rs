//! Owns what the API server fills into a pod template that leaves it open.
//!
//! A ReplicaSet's template has these values, a Rollout's only where somebody wrote them, so both are filled in before
//! they are compared (Kubernetes: pkg/apis/core/v1/defaults.go; Argo does the same). It never decides what is written.

use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// Returns the template as the API server would store it.
pub(super) fn filled(template: &Value) -> Value {
    let mut template = without_nulls(template);
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        pod(spec);
    }
    template
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

fn fill(object: &mut Object, key: &str, value: Value) {
    object.entry(key).or_insert(value);
}

fn each(object: &mut Object, list: &str, mut change: impl FnMut(&mut Object)) {
    let all = object.get_mut(list).and_then(Value::as_array_mut);
    all.into_iter().flatten().filter_map(Value::as_object_mut).for_each(&mut change);
}

fn within(object: &mut Object, key: &str, change: impl FnOnce(&mut Object)) {
    if let Some(inner) = object.get_mut(key).and_then(Value::as_object_mut) {
        change(inner);
    }
}

fn pod(spec: &mut Object) {
    for (key, value) in [
        ("restartPolicy", json!("Always")),
        ("dnsPolicy", json!("ClusterFirst")),
        ("schedulerName", json!("default-scheduler")),
        ("securityContext", json!({})),
        ("terminationGracePeriodSeconds", json!(30)),
    ] {
        fill(spec, key, value);
    }
    // The old name of `serviceAccountName`, which the server keeps in step with it (argo-rollouts#1356).
    spec.remove("serviceAccount");
    for list in ["containers", "initContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
}

fn container(container: &mut Object) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
    for (key, value) in [
        ("imagePullPolicy", json!(policy)),
        ("terminationMessagePath", json!("/dev/termination-log")),
        ("terminationMessagePolicy", json!("File")),
        ("resources", json!({})),
    ] {
        fill(container, key, value);
    }
    each(container, "ports", |port| fill(port, "protocol", json!("TCP")));
    each(container, "env", |variable| within(variable, "valueFrom", field_version));
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        within(container, probe, |probe| {
            for (key, value) in [
                ("timeoutSeconds", 1),
                ("periodSeconds", 10),
                ("successThreshold", 1),
                ("failureThreshold", 3),
            ] {
                fill(probe, key, json!(value));
            }
            action(probe);
        });
    }
    within(container, "lifecycle", |lifecycle| {
        within(lifecycle, "preStop", action);
        within(lifecycle, "postStart", action);
    });
}

fn action(of: &mut Object) {
    within(of, "httpGet", |get| {
        fill(get, "path", json!("/"));
        fill(get, "scheme", json!("HTTP"));
    });
    within(of, "grpc", |grpc| fill(grpc, "service", json!("")));
}

/// Tells whether an image has the tag `latest`, or neither tag nor digest.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    !name.contains('@') && (name.ends_with(":latest") || !name.contains(':'))
}

fn field_version(source: &mut Object) {
    within(source, "fieldRef", |field| fill(field, "apiVersion", json!("v1")));
}

fn volume(volume: &mut Object) {
    if volume.keys().all(|key| key == "name") {
        fill(volume, "emptyDir", json!({}));
    }
    for source in ["secret", "configMap", "projected", "downwardAPI"] {
        within(volume, source, |source| fill(source, "defaultMode", json!(420)));
    }
    within(volume, "hostPath", |path| fill(path, "type", json!("")));
    within(volume, "downwardAPI", |source| each(source, "items", field_version));
    within(volume, "projected", |projected| {
        each(projected, "sources", |source| {
            within(source, "serviceAccountToken", |token| fill(token, "expirationSeconds", json!(3600)));
            within(source, "downwardAPI", |source| each(source, "items", field_version));
        });
    });
}
