//! Owns reading who wrote an object last: of `metadata.managedFields`, two entries and nothing of their fields.
//!
//! It never keeps which fields an entry holds, only whether they are of the spec or of the status. Invariant: an entry
//! without a name or a time is none, since nobody could be named, or no change dated, by it.

use std::fmt;

use jiff::Timestamp;
use kube::core::ObjectMeta;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::intern::Interner;
use super::lenient::{Lenient, Maybe, lenient_structs};
use crate::rollout::event::CONTROLLER;
use crate::rollout::{Writer, Writers};
use crate::text::Printable;

/// Metadata of an object of which it matters who wrote it last.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The lean metadata.
    pub meta: ObjectMeta,
    /// Who wrote it last.
    pub writers: Newest,
}

impl std::ops::Deref for Written {
    type Target = ObjectMeta;

    fn deref(&self) -> &ObjectMeta {
        &self.meta
    }
}

impl std::ops::DerefMut for Written {
    fn deref_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

/// The newest entries: of the spec, and of the status but for the controller's.
#[derive(Clone, Debug, Default)]
pub struct Newest {
    spec: Option<Entry>,
    status: Option<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    at: Timestamp,
}

impl Newest {
    /// Converts to the domain, sharing what repeats.
    pub fn into_writers(self, interner: &mut Interner) -> Writers {
        let mut writer =
            |entry: Entry| Writer { name: interner.text(Printable::from_cluster(&entry.name)), at: entry.at };
        Writers { spec: self.spec.map(&mut writer), status: self.status.map(&mut writer) }
    }

    fn take(&mut self, wire: EntryWire) {
        let (Some(name), Some(at), Some(touched)) = (wire.manager.0, wire.time.0, wire.fields_v1.0) else {
            return;
        };
        let newer = |known: &Option<Entry>| known.as_ref().is_none_or(|known| known.at <= at);
        if touched.spec && newer(&self.spec) {
            self.spec = Some(Entry { name: name.clone(), at });
        }
        if touched.status && name != CONTROLLER && newer(&self.status) {
            self.status = Some(Entry { name, at });
        }
    }
}

impl Lenient for Newest {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut newest = Self::default();
        while let Some(entry) = list.next_element::<Maybe<EntryWire>>()? {
            entry.0.into_iter().for_each(|entry| newest.take(entry));
        }
        Ok(Some(newest))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EntryWire {
    manager: Maybe<String>,
    time: Maybe<Timestamp>,
    fields_v1: Maybe<Touched>,
}

lenient_structs!(EntryWire);

/// Which parts of the object an entry holds fields of.
#[derive(Clone, Copy, Debug, Default)]
struct Touched {
    spec: bool,
    status: bool,
}

impl Lenient for Touched {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut touched = Self::default();
        while let Some(part) = map.next_key_seed(Part)? {
            match part {
                Some(true) => touched.spec = true,
                Some(false) => touched.status = true,
                None => {}
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(Some(touched))
    }
}

/// Compares a key where it stands: `f:spec` is true, `f:status` false, all others nothing.
struct Part;

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Option<bool>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Part {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(match key {
            "f:spec" => Some(true),
            "f:status" => Some(false),
            _ => None,
        })
    }
}

/// Reads metadata with who wrote it last; for `#[serde(deserialize_with)]`.
///
/// # Errors
/// Only those of the JSON text itself.
pub fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Written, D::Error> {
    let (meta, writers) = super::meta::with::<Newest, D>(deserializer)?;
    Ok(Written { meta, writers: writers.unwrap_or_default() })
}
