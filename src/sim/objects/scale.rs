//! `/scale`: the autoscaling/v1 Scale of an object, and writing through it.
//!
//! It owns the paths by which a Scale is read and written (Argo: manifests/crds/rollout-crd.yaml; apiextensions:
//! registry/customresource/etcd.go). It never writes anything but `spec.replicas`.

use serde_json::{Map, Value, json};

use super::fault::{Fault, invalid};
use super::kind::Nature;
use super::path::{at, child, text_at};
use super::selector::LabelSelector;
use super::{Part, Patch, Refusal, Stored, patch, write};

/// The Scale of an object.
///
/// # Errors
/// `NotFound` where the kind has none; `InternalError` where a custom object says no replicas.
pub fn of(stored: &Stored) -> Result<Value, Refusal> {
    let place = &stored.place;
    if !place.kind.has(Part::Scale) {
        return Err(Refusal::no_such_part(place));
    }
    if place.kind.nature == Nature::Custom && at(&stored.value, &["spec", "replicas"]).is_none() {
        return Err(Refusal::internal("the spec replicas field \".spec.replicas\" does not exist"));
    }
    Ok(shown(stored))
}

fn shown(stored: &Stored) -> Value {
    let number = |path: &[&str]| at(&stored.value, path).and_then(Value::as_i64);
    let custom = stored.place.kind.nature == Nature::Custom;
    let wanted = number(&["spec", "replicas"]);
    let running = number(if custom { &["status", "HPAReplicas"] } else { &["status", "replicas"] });
    let mut status = Map::new();
    status.insert("replicas".to_owned(), running.unwrap_or(0).into());
    let selector = match custom {
        true => text_at(&stored.value, &["status", "selector"]).map(str::to_owned),
        false => at(&stored.value, &["spec", "selector"]).map(|one| LabelSelector::of(one).to_string()),
    };
    if let Some(selector) = selector {
        status.insert("selector".to_owned(), selector.into());
    }
    let mut spec = Map::new();
    if let Some(wanted) = wanted.filter(|wanted| *wanted != 0) {
        spec.insert("replicas".to_owned(), wanted.into());
    }
    let kept = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let kept = kept
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), at(&stored.value, &["metadata", key])?.clone())));
    let metadata: Map<String, Value> = kept.collect();
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": spec,
        "status": status,
    })
}

/// The object after a PUT of a Scale.
pub(super) fn replaced(stored: &Stored, scale: &Value) -> Result<Value, Refusal> {
    super::metadata::check_name(&stored.place, scale)?;
    write::check_uid(stored, text_at(scale, &["metadata", "uid"]))?;
    with(stored, scale)
}

/// The object after a PATCH of its Scale; one that says no replicas yet must be told some.
pub(super) fn patched(stored: &Stored, patch: Patch<'_>) -> Result<Value, Refusal> {
    let scale = patch::applied(stored.place.kind, patch, &shown(stored))?;
    super::metadata::check_name(&stored.place, &scale)?;
    let replicas = |value: &Value| at(value, &["spec", "replicas"]).is_some();
    if stored.place.kind.nature == Nature::Custom && !replicas(&stored.value) && !replicas(&scale) {
        return Err(Refusal::bad_request("the spec replicas field \".spec.replicas\" cannot be empty"));
    }
    with(stored, &scale)
}

/// The server reads a Scale into its own type, and says so where that fails.
fn unreadable(scale: &Value, wanted: &Value) -> Refusal {
    let why = format!(
        "json: cannot unmarshal {} into Go struct field ScaleSpec.spec.replicas of type int32",
        patch::kind_of(wanted)
    );
    invalid(("", ""), "", vec![Fault::invalid("patch", &scale.to_string().into(), &why)])
}

fn with(stored: &Stored, scale: &Value) -> Result<Value, Refusal> {
    if let Some(version) = text_at(scale, &["metadata", "resourceVersion"])
        && version.parse() != Ok(stored.version)
    {
        return Err(Refusal::modified(&stored.place));
    }
    let wanted = match at(scale, &["spec", "replicas"]) {
        None => 0,
        Some(wanted) => wanted.as_i64().ok_or_else(|| unreadable(scale, wanted))?,
    };
    if wanted < 0 && stored.place.kind.nature == Nature::BuiltIn {
        let fault = Fault::invalid("spec.replicas", &wanted.into(), "must be greater than or equal to 0");
        return Err(invalid(("autoscaling", "Scale"), &stored.place.name, vec![fault]));
    }
    let mut value = stored.value.clone();
    if let Some(spec) = child(&mut value, "spec") {
        spec.insert("replicas".to_owned(), wanted.into());
    }
    Ok(value)
}
