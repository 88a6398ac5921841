//! Where an object lives, which part of it is meant, and the object as it is stored.
//!
//! It owns the three types that every other part passes around. It never changes an object: a stored one is shared and
//! final. Invariant: a stored object's text is its value, serialised once.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::path::{text_at, texts_at};
use super::{Kind, Parsed};

/// Which part of an object a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The object itself.
    Whole,
    /// Its `/status`.
    Status,
    /// Its `/scale`, an autoscaling/v1 Scale.
    Scale,
}

/// Where an object lives.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its namespace; empty for kinds without.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Place {
    /// The place of this name; the namespace is dropped where the kind has none.
    pub fn new(kind: &'static Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.namespaced { namespace } else { "" };
        Self { kind, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// An object as it is stored: as the bytes that go on the wire, made once, and as the value that they say.
#[derive(Debug)]
pub struct Stored {
    /// Where it lives.
    pub place: Place,
    /// The change that made it: its `metadata.resourceVersion`.
    pub version: u64,
    /// The object.
    pub value: Parsed,
    /// The object as JSON text.
    pub json: Arc<str>,
    ties: Ties,
}

/// What an object is known by, and to whom it belongs: what the store asks of every object.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    /// Its `metadata.uid`.
    pub uid: Arc<str>,
    /// The uids that its `ownerReferences` name.
    pub owners: Box<[Arc<str>]>,
}

impl Ties {
    /// Reads them from an object.
    pub fn of(value: &Value) -> Self {
        let metadata = value.get("metadata");
        let references = metadata.and_then(|metadata| metadata.get("ownerReferences"));
        let references = references.and_then(Value::as_array).into_iter().flatten();
        Self {
            uid: text_at(value, &["metadata", "uid"]).unwrap_or_default().into(),
            owners: references.filter_map(|one| text_at(one, &["uid"])).map(Into::into).collect(),
        }
    }
}

impl Stored {
    pub(in crate::sim) fn new(place: Place, version: u64, value: Value) -> Self {
        let (json, ties): (Arc<str>, _) = (value.to_string().into(), Ties::of(&value));
        Self { place, version, value: Parsed::known(value, Arc::clone(&json)), json, ties }
    }

    /// Takes an object that is a text so far; the ties are those that the text says.
    pub(super) fn unread(place: Place, version: u64, json: Arc<str>, ties: Ties) -> Self {
        Self { place, version, value: Parsed::later(Arc::clone(&json)), json, ties }
    }

    /// Returns the same object without its value, which is read again if somebody asks for it.
    pub(super) fn folded(&self) -> Arc<Self> {
        let json = Arc::clone(&self.json);
        Arc::new(Self::unread(self.place.clone(), self.version, json, self.ties.clone()))
    }

    /// Its `metadata.uid`.
    pub fn uid(&self) -> &str {
        &self.ties.uid
    }

    /// The value of one of its labels.
    pub fn label(&self, key: &str) -> Option<&str> {
        text_at(&self.value, &["metadata", "labels", key])
    }

    /// The value of one of its annotations.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        text_at(&self.value, &["metadata", "annotations", key])
    }

    /// Its `metadata.generation`, where the kind has one.
    pub fn generation(&self) -> Option<i64> {
        self.value.get("metadata")?.get("generation")?.as_i64()
    }

    /// Uids that its `ownerReferences` name.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        self.ties.owners.iter().map(|owner| &**owner)
    }

    /// The uid of its controller: the owner reference that says `controller: true`.
    pub fn controller(&self) -> Option<&str> {
        let references = self.value.get("metadata")?.get("ownerReferences")?.as_array()?;
        let one = references.iter().find(|one| one.get("controller") == Some(&Value::Bool(true)))?;
        text_at(one, &["uid"])
    }

    /// Whether it has been deleted and only its finalizers hold it.
    pub fn is_leaving(&self) -> bool {
        text_at(&self.value, &["metadata", "deletionTimestamp"]).is_some()
    }

    /// Its finalizers.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        texts_at(&self.value, &["metadata", "finalizers"])
    }
}
