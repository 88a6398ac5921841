//! Whether metadata can be read at all: the types of its fields, in the words of Go's decoder.
//!
//! It owns the sentences about fields of metadata that have the wrong type (encoding/json; apimachinery: meta/v1). It
//! never judges what a field says.

use serde_json::Value;

use super::fault::{Fault, invalid};
use super::kind::Nature;
use super::patch::kind_of;
use super::path::at;
use super::{Kind, Refusal};

/// Fields that are texts, with Go's type of each.
const TEXTS: [(&str, &str); 5] = [
    ("generateName", "string"),
    ("name", "string"),
    ("namespace", "string"),
    ("resourceVersion", "string"),
    ("uid", "types.UID"),
];

/// Fields of an owner reference, with Go's type of each.
const OWNER: [(&str, &str); 6] = [
    ("apiVersion", "string"),
    ("blockOwnerDeletion", "bool"),
    ("controller", "bool"),
    ("kind", "string"),
    ("name", "string"),
    ("uid", "types.UID"),
];

/// Refuses an object whose metadata cannot be read.
pub(super) fn check(kind: &Kind, value: &Value) -> Result<(), Refusal> {
    let Some(why) = misread(kind, value) else { return Ok(()) };
    Err(Refusal::bad_request(format!(
        "{} in version {:?} cannot be handled as a {}: {why}",
        kind.kind, kind.version, kind.kind
    )))
}

/// Refuses an object that a patch has made unreadable.
pub(super) fn check_patched(kind: &Kind, value: &Value) -> Result<(), Refusal> {
    let untyped = || {
        let missing = value.get("kind").is_none_or(Value::is_null);
        missing.then(|| format!("Object 'Kind' is missing in '{value}'"))
    };
    let Some(why) = misread(kind, value).or_else(untyped) else { return Ok(()) };
    Err(invalid(("", ""), "", vec![Fault::invalid("patch", &value.to_string().into(), &why)]))
}

fn misread(kind: &Kind, value: &Value) -> Option<String> {
    let custom = kind.nature == Nature::Custom;
    let metadata = value.get("metadata").filter(|metadata| !metadata.is_null())?;
    if !metadata.is_object() {
        let into = match custom {
            true => "value of type v1.ObjectMeta".to_owned(),
            false => format!("struct field {}.metadata of type v1.ObjectMeta", kind.kind),
        };
        return Some(format!("json: cannot unmarshal {} into Go {into}", kind_of(metadata)));
    }
    let way = if custom { "" } else { "metadata." };
    let (of, wrong, field, wanted) = field_misread(metadata)?;
    let wrong = kind_of(wrong);
    Some(format!("json: cannot unmarshal {wrong} into Go struct field {of}.{way}{field} of type {wanted}"))
}

type Misread<'a> = (&'static str, &'a Value, String, &'static str);

/// The first field that is of the wrong type: its struct, its value, its path and the type wanted.
fn field_misread(metadata: &Value) -> Option<Misread<'_>> {
    let maps = ["annotations", "labels"].into_iter().filter_map(|key| {
        let there = present(metadata, key)?;
        let Some(map) = there.as_object() else {
            return Some(("ObjectMeta", there, key.to_owned(), "map[string]string"));
        };
        let wrong = map.values().find(|value| !value.is_string() && !value.is_null())?;
        Some(("ObjectMeta", wrong, key.to_owned(), "string"))
    });
    let finalizers = present(metadata, "finalizers").and_then(|there| {
        let Some(list) = there.as_array() else {
            return Some(("ObjectMeta", there, "finalizers".to_owned(), "[]string"));
        };
        let wrong = list.iter().find(|value| !value.is_string())?;
        Some(("ObjectMeta", wrong, "finalizers".to_owned(), "string"))
    });
    let texts = TEXTS.iter().filter_map(|(key, wanted)| {
        let wrong = present(metadata, key).filter(|there| !there.is_string())?;
        Some(("ObjectMeta", wrong, (*key).to_owned(), *wanted))
    });
    maps.chain(finalizers).chain(texts).next().or_else(|| owner_misread(metadata))
}

fn owner_misread(metadata: &Value) -> Option<Misread<'_>> {
    let there = present(metadata, "ownerReferences")?;
    let field = "ownerReferences";
    let Some(list) = there.as_array() else {
        return Some(("ObjectMeta", there, field.to_owned(), "[]v1.OwnerReference"));
    };
    list.iter().find_map(|reference| {
        if !reference.is_object() {
            return Some(("ObjectMeta", reference, field.to_owned(), "v1.OwnerReference"));
        }
        OWNER.iter().find_map(|(key, wanted)| {
            let there = present(reference, key)?;
            let fits = if *wanted == "bool" { there.is_boolean() } else { there.is_string() };
            (!fits).then(|| ("OwnerReference", there, format!("{field}.{key}"), *wanted))
        })
    })
}

fn present<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    at(value, &[key]).filter(|there| !there.is_null())
}
