//! Who controls an object.
//!
//! It owns the form of a controller reference, both ways. It never looks an owner up. Invariant: an object has at most
//! one controller (Kubernetes: apimachinery pkg/apis/meta/v1/controller_ref.go).

use serde_json::{Value, json};

/// What a reference says about the controller of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Its kind, `ReplicaSet`.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its uid.
    pub uid: &'a str,
}

/// Writes the reference by which an object of a kind (`apps/v1`, `ReplicaSet`) controls another.
pub fn reference(api_version: &str, kind: &str, owner: &Value) -> Value {
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "name": text(owner, "/metadata/name"),
        "uid": text(owner, "/metadata/uid"),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// Reads the controller of an object, if it has one.
pub fn controller(object: &Value) -> Option<Owner<'_>> {
    let references = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let found = references.iter().find(|one| one.get("controller") == Some(&Value::Bool(true)))?;
    Some(Owner { kind: text(found, "/kind"), name: text(found, "/name"), uid: text(found, "/uid") })
}

/// Reads a text at a JSON pointer; empty where there is none.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Tells whether an object is being deleted.
pub fn leaving(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
}
