//! What `metadata` may say and what the API itself writes there.
//!
//! It owns names, namespaces, uids, times and versions of objects, and the server's words about wrong ones
//! (apimachinery: api/validation/objectmeta.go; apiserver: registry/rest/{create,update,meta}.go). It never looks
//! outside of metadata but at `apiVersion` and `kind`.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fault::{Fault, invalid, quoted};
use super::kind::Nature;
use super::path::{at, child, set, text_at, texts_at};
use super::{KINDS, Kind, Place, Refusal, names};

/// Bytes that all annotations of an object may have together.
const ANNOTATIONS: usize = 256 * 1024;

/// A time as the API writes it: UTC, whole seconds.
pub fn written(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes the version of an object into it.
pub(super) fn set_version(value: &mut Value, version: u64) {
    if let Some(metadata) = child(value, "metadata") {
        metadata.insert("resourceVersion".to_owned(), Value::String(version.to_string()));
    }
}

/// Gives an object its kind and version where it does not say them, and refuses others.
pub(super) fn typed(kind: &'static Kind, value: &mut Value) -> Result<(), Refusal> {
    let Some(map) = value.as_object_mut() else {
        let why = "the object provided is unrecognized (must be of type";
        return Err(Refusal::bad_request(format!("{why} {}): an object was expected", kind.kind)));
    };
    let version = kind.api_version();
    let said = map.entry("apiVersion").or_insert_with(|| version.clone().into()).as_str().unwrap_or_default();
    if said != version {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({said}) does not match the expected API version ({version})"
        )));
    }
    map.entry("kind").or_insert_with(|| kind.kind.into());
    still_typed(kind, value)
}

/// Refuses an object that a patch has made one of another kind or version.
pub(super) fn still_typed(kind: &'static Kind, value: &Value) -> Result<(), Refusal> {
    let text = |key: &str| text_at(value, &[key]).unwrap_or_default();
    if kind.nature == Nature::Custom && text("apiVersion").is_empty() {
        return Err(Refusal::internal("Object 'apiVersion' is missing in 'object has no apiVersion field'"));
    }
    let (version, said) = (text("apiVersion"), text("kind"));
    let wanted = kind.api_version();
    let mut faults = Vec::new();
    if said != kind.kind {
        faults.push(Fault::invalid("kind", &said.into(), &format!("must be {}", kind.kind)));
    }
    if version != wanted {
        faults.push(Fault::invalid("apiVersion", &version.into(), &format!("must be {wanted}")));
    }
    if faults.is_empty() {
        return Ok(());
    }
    if kind.nature == Nature::Custom {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let name = text_at(value, &["metadata", "name"]).unwrap_or_default();
        let mut refusal = invalid((kind.group, kind.kind), name, faults);
        // The server goes by what the object says of itself; `details` here keep to the kind of the path.
        let dot = if group.is_empty() { "" } else { "." };
        refusal.message = refusal.message.replacen(&kind.qualified(), &format!("{said}{dot}{group}"), 1);
        return Err(refusal);
    }
    let known = KINDS.iter().any(|one| one.kind == said && one.api_version() == version);
    let why = if known { "unknown conversion" } else { "no such kind is registered" };
    Err(Refusal::bad_request(format!(
        "{said} in version {:?} cannot be handled as a {}: {why}",
        kind.version, kind.kind
    )))
}

/// Makes the object's namespace that of the request.
pub(super) fn settle_namespace(kind: &Kind, namespace: &str, value: &mut Value) -> Result<(), Refusal> {
    let wanted = if kind.namespaced { namespace } else { "" };
    let Some(metadata) = child(value, "metadata") else {
        return Err(Refusal::bad_request("metadata must be an object"));
    };
    let said = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if !said.is_empty() && !wanted.is_empty() && said != wanted {
        let why = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(why));
    }
    set(metadata, "namespace", (!wanted.is_empty()).then(|| wanted.into()));
    Ok(())
}

/// Refuses an object whose name is not that of the path.
pub(super) fn check_name(place: &Place, value: &Value) -> Result<(), Refusal> {
    let name = &*place.name;
    match text_at(value, &["metadata", "name"]) {
        Some(said) if said == name => Ok(()),
        Some(said) => Err(Refusal::bad_request(format!(
            "the name of the object ({said}) does not match the name on the URL ({name})"
        ))),
        None => Err(Refusal::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ))),
    }
}

/// Writes what a new object is born with.
pub(super) fn begin(value: &mut Value, name: &str, uid: String, now: Timestamp) {
    let Some(metadata) = child(value, "metadata") else { return };
    for key in
        ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields", "resourceVersion"]
    {
        metadata.remove(key);
    }
    metadata.insert("name".to_owned(), name.into());
    metadata.insert("uid".to_owned(), uid.into());
    metadata.insert("creationTimestamp".to_owned(), written(now).into());
    tidy(metadata);
}

/// Brings over from the old object what a write cannot change.
pub(super) fn carry(before: &Value, value: &mut Value) {
    let old = before.get("metadata").and_then(Value::as_object);
    let Some(metadata) = child(value, "metadata") else { return };
    let kept = |key: &str| old.and_then(|old| old.get(key)).cloned();
    for key in ["resourceVersion", "creationTimestamp", "generation"] {
        set(metadata, key, kept(key));
    }
    if metadata.get("uid").and_then(Value::as_str).is_none_or(str::is_empty) {
        set(metadata, "uid", kept("uid"));
    }
    for key in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
        if let Some(kept) = kept(key) {
            metadata.insert(key.to_owned(), kept);
        }
    }
    set(metadata, "managedFields", kept("managedFields"));
    metadata.remove("selfLink");
    tidy(metadata);
}

/// Drops what the API leaves out when it is empty.
fn tidy(metadata: &mut Map<String, Value>) {
    metadata.retain(|_, value| match value {
        Value::Null => false,
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    });
}

/// What is wrong with a new object's metadata.
pub(super) fn faults_of_new(kind: &Kind, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let rule = rule_of(kind);
    if let Some(base) = text_at(value, &["metadata", "generateName"]) {
        let masked = masked(base);
        let field = "metadata.generateName";
        faults.extend(rule(&masked).iter().map(|why| Fault::invalid(field, &base.into(), why)));
    }
    match text_at(value, &["metadata", "name"]) {
        Some(name) => {
            faults.extend(rule(name).iter().map(|why| Fault::invalid("metadata.name", &name.into(), why)));
        }
        None => faults.push(Fault::required("metadata.name", "name or generateName is required")),
    }
    faults.extend(faults_of_any(value));
    faults.extend(finalizer_faults(value));
    faults
}

fn finalizer_faults(value: &Value) -> impl Iterator<Item = Fault> {
    texts_at(value, &["metadata", "finalizers"]).flat_map(|name| {
        let say = move |why: String| Fault::invalid("metadata.finalizers", &name.into(), &why);
        names::key_faults(name).into_iter().map(say)
    })
}

/// What is wrong with a changed object's metadata. The server judges it three times, and lists each fault as often: by the
/// rules of any object, by those of any change, and once more with the kind's own rules.
pub(super) fn faults_of_changed(before: &Value, value: &Value) -> Vec<Fault> {
    let mut faults = faults_of_any(value);
    faults.extend(finalizer_faults(value));
    let change = faults_of_change(before, value);
    faults.extend(change.iter().cloned());
    faults.extend(change);
    faults
}

fn faults_of_change(before: &Value, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    if at(before, &["metadata", "deletionTimestamp"]).is_some() {
        let old: Vec<&str> = texts_at(before, &["metadata", "finalizers"]).collect();
        let new: Vec<String> = texts_at(value, &["metadata", "finalizers"])
            .filter(|name| !old.contains(name))
            .map(quoted)
            .collect();
        if !new.is_empty() {
            let why = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                new.join(", ")
            );
            faults.push(Fault::forbidden("metadata.finalizers", &why));
        }
    }
    for key in ["name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        let (old, new) = (at(before, &["metadata", key]), at(value, &["metadata", key]));
        if old != new {
            let shown = new.cloned().unwrap_or(Value::Null);
            faults.push(Fault::invalid(format!("metadata.{key}"), &shown, "field is immutable"));
        }
    }
    faults.extend(faults_of_any(value));
    faults
}

fn faults_of_any(value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let pairs = |key: &str| at(value, &["metadata", key]).and_then(Value::as_object).into_iter().flatten();
    for (key, value) in pairs("labels") {
        let say = |why: &String| Fault::invalid("metadata.labels", &key.as_str().into(), why);
        faults.extend(names::key_faults(key).iter().map(say));
        let text = value.as_str().unwrap_or_default();
        let say = |why: &String| Fault::invalid("metadata.labels", &text.into(), why);
        faults.extend(names::label_value_faults(text).iter().map(say));
    }
    for (key, _) in pairs("annotations") {
        let say = |why: &String| Fault::invalid("metadata.annotations", &key.as_str().into(), why);
        faults.extend(names::key_faults(&key.to_lowercase()).iter().map(say));
    }
    let size = pairs("annotations")
        .map(|(key, value)| key.len() + value.as_str().map_or(0, str::len))
        .sum::<usize>();
    if size > ANNOTATIONS {
        faults.push(Fault::too_long("metadata.annotations", ANNOTATIONS));
    }
    faults.extend(owner_faults(value));
    faults
}

fn owner_faults(value: &Value) -> Vec<Fault> {
    let field = "metadata.ownerReferences";
    let mut faults = Vec::new();
    let references =
        at(value, &["metadata", "ownerReferences"]).and_then(Value::as_array).into_iter().flatten();
    for reference in references {
        for key in ["apiVersion", "kind", "name", "uid"] {
            if text_at(reference, &[key]).is_none() {
                let why = if key == "apiVersion" { "version must not be empty" } else { "must not be empty" };
                faults.push(Fault::invalid(format!("{field}.{key}"), &"".into(), why));
            }
        }
    }
    faults
}

fn rule_of(kind: &Kind) -> fn(&str) -> Vec<String> {
    match kind.kind {
        "Namespace" => names::label_faults,
        "Service" => names::service_faults,
        _ => names::subdomain_faults,
    }
}

/// A `generateName` as it is judged: a dash at its end is followed by letters later.
fn masked(base: &str) -> String {
    match base.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut masked = rest.to_owned();
            masked.pop();
            masked.push('a');
            masked
        }
        _ => base.to_owned(),
    }
}
