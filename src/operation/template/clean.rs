//! Owns what is taken out of a ReplicaSet's template before it may become a Rollout's template again.
//!
//! The controller puts three things into it: the hash label, ephemeral metadata of the canary or stable role, and an
//! anti-affinity rule. Left in, they make a template that no ReplicaSet matches, so that going back to the stable
//! version would bring in a new one (Argo: utils/replicaset/replicaset.go, `FindNewReplicaSet`). It never changes the
//! rest.

use serde_json::{Map, Value};

/// Label with the hash of the pod template.
pub(super) const POD_HASH: &str = "rollouts-pod-template-hash";
/// Annotation of a ReplicaSet that remembers the metadata put into its template.
pub(super) const EPHEMERAL: &str = "rollout.argoproj.io/ephemeral-metadata";

const TERMS: [&str; 2] =
    ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"];

/// Returns the template without the controller's additions; `ephemeral` is the annotation of that name.
pub(super) fn cleaned(template: &Value, ephemeral: Option<&str>) -> Value {
    let mut template = template.clone();
    drop_key(&mut template, "labels", POD_HASH);
    let added: Option<Value> = ephemeral.and_then(|text| serde_json::from_str(text).ok());
    for field in ["labels", "annotations"] {
        let keys = added.as_ref().and_then(|added| added.get(field)).and_then(Value::as_object);
        for key in keys.into_iter().flat_map(Map::keys) {
            drop_key(&mut template, field, key);
        }
    }
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut)
        && metadata.get("creationTimestamp") == Some(&Value::Null)
    {
        metadata.remove("creationTimestamp");
    }
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        without_anti_affinity(spec);
    }
    template
}

fn drop_key(template: &mut Value, field: &str, key: &str) {
    let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let Some(map) = metadata.get_mut(field).and_then(Value::as_object_mut) else { return };
    if map.remove(key).is_some() && map.is_empty() {
        metadata.remove(field);
    }
}

/// Takes out the rules that keep pods of two versions apart, and what is left empty by that.
fn without_anti_affinity(spec: &mut Map<String, Value>) {
    let Some(affinity) = spec.get_mut("affinity").and_then(Value::as_object_mut) else { return };
    let Some(anti) = affinity.get_mut("podAntiAffinity").and_then(Value::as_object_mut) else { return };
    let mut taken = false;
    for field in TERMS {
        let Some(terms) = anti.get_mut(field).and_then(Value::as_array_mut) else { continue };
        let before = terms.len();
        terms.retain(|term| !is_injected(term));
        let (fewer, none) = (terms.len() < before, terms.is_empty());
        taken |= fewer;
        if fewer && none {
            anti.remove(field);
        }
    }
    if !taken {
        return;
    }
    if anti.is_empty() {
        affinity.remove("podAntiAffinity");
    }
    if affinity.is_empty() {
        spec.remove("affinity");
    }
}

/// Tells whether a term selects by the hash of the template, which only the controller knows.
fn is_injected(term: &Value) -> bool {
    let term = term.get("podAffinityTerm").unwrap_or(term);
    let selectors = term.pointer("/labelSelector/matchExpressions").and_then(Value::as_array);
    selectors
        .into_iter()
        .flatten()
        .any(|selector| selector.get("key").and_then(Value::as_str) == Some(POD_HASH))
}
