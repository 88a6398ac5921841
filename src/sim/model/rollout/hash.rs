//! Hashes that name versions: of a pod template, of a canary's steps.
//!
//! They are stable and in Kubernetes' safe alphabet, and not those that Argo would compute: its hash is of Go's own
//! spelling of the template. Invariant: what the API server fills into a template changes no hash, so that the template of
//! a ReplicaSet names the version that it was made from.

use serde_json::{Map, Value};

use super::set::HASH;

/// Gives the hash of a pod template; a collision count makes another one of it.
pub fn template_hash(template: &Value, collisions: Option<i64>) -> String {
    let mut text = bare(template).to_string();
    if let Some(collisions) = collisions {
        text.push_str(&collisions.to_string());
    }
    safe(&text)
}

/// Gives the hash of a canary's steps (Argo: utils/conditions `ComputeStepHash`).
pub fn steps_hash(steps: Option<&Value>) -> String {
    safe(&steps.unwrap_or(&Value::Null).to_string())
}

/// Hashes a text (FNV-1a, 32 bits) into letters that spell no words (Kubernetes: util/rand `SafeEncodeString`).
fn safe(text: &str) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let digits = hash.to_string();
    digits
        .bytes()
        .filter_map(|digit| ALPHABET.get(usize::from(digit) % ALPHABET.len()))
        .map(|c| char::from(*c))
        .collect()
}

/// Gives a template without the hash label and without what the API server fills in.
fn bare(template: &Value) -> Value {
    let mut bare = template.clone();
    if let Some(labels) = bare.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    if let Some(metadata) = bare.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|_, value| !is_nothing(value));
    }
    if let Some(spec) = bare.get_mut("spec").and_then(Value::as_object_mut) {
        drop_defaults(
            spec,
            &[
                ("restartPolicy", "Always"),
                ("dnsPolicy", "ClusterFirst"),
                ("schedulerName", "default-scheduler"),
            ],
        );
        if spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64) == Some(30) {
            spec.remove("terminationGracePeriodSeconds");
        }
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(container) = container.as_object_mut() {
                    bare_container(container);
                }
            }
        }
    }
    bare
}

fn bare_container(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or("");
    let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("latest", |(_, tag)| tag);
    let pull = if tag == "latest" { "Always" } else { "IfNotPresent" };
    drop_defaults(
        container,
        &[
            ("imagePullPolicy", pull),
            ("terminationMessagePath", "/dev/termination-log"),
            ("terminationMessagePolicy", "File"),
        ],
    );
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            drop_defaults(port, &[("protocol", "TCP")]);
        }
    }
}

fn drop_defaults(object: &mut Map<String, Value>, defaults: &[(&str, &str)]) {
    for (key, default) in defaults {
        if object.get(*key).and_then(Value::as_str) == Some(default) {
            object.remove(*key);
        }
    }
    object.retain(|_, value| !is_nothing(value));
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}
