//! What an order would do: judged and worked out, not yet carried out.
//!
//! It owns the sequence of rules that the API applies to a write (apiserver: registry/generic/registry/store.go). It
//! never changes what is stored, so that a dry run and a real one go the same way.
//! Invariant: a draft that changes nothing is `Kept`.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::fault::{Fault, invalid, judged};
use super::kind::{NAMESPACE, Nature, Quirk};
use super::path::{at, text_at};
use super::{Kind, Objects, Order, Part, Patch, Place, Refusal, Stored};
use super::{decode, defaults, generation, metadata, names, patch, scale, schema, status};

/// What an order would do.
pub(super) enum Draft {
    /// Nothing.
    Kept(Arc<Stored>),
    /// A new object.
    Added { place: Place, value: Value },
    /// An object changes.
    Modified { before: Arc<Stored>, value: Value },
    /// An object goes; `value` is its last state.
    Removed { before: Arc<Stored>, value: Value },
}

impl Draft {
    /// The object as a dry run answers it: with the version that it has, if any.
    pub(super) fn shown(self) -> Arc<Stored> {
        match self {
            Self::Kept(stored) => stored,
            Self::Added { place, value } => Arc::new(Stored::new(place, 0, value)),
            Self::Modified { before, value } | Self::Removed { before, value } => {
                Arc::new(Stored::new(before.place.clone(), before.version, value))
            }
        }
    }
}

/// Names that are tried for one `generateName`.
const ATTEMPTS: u64 = 8;

impl Objects {
    pub(super) fn draft(&self, order: Order<'_>, now: Timestamp) -> Result<Draft, Refusal> {
        match order {
            Order::Create { kind, namespace, value } => self.draft_create(kind, namespace, value, now),
            Order::Replace { place, part, value } => self.draft_replace(place, part, value, now),
            Order::Patch { place, part, patch } => self.draft_patch(place, part, patch),
            Order::Delete { place, terms } => self.draft_delete(place, &terms, now),
        }
    }

    fn draft_create(
        &self,
        kind: &'static Kind,
        namespace: &str,
        mut value: Value,
        now: Timestamp,
    ) -> Result<Draft, Refusal> {
        metadata::typed(kind, &mut value)?;
        decode::check(kind, &value)?;
        metadata::settle_namespace(kind, namespace, &mut value)?;
        self.check_namespace(kind, namespace)?;
        if text_at(&value, &["metadata", "resourceVersion"]).is_some() {
            return Err(Refusal::bare(500, "", "resourceVersion should not be set on objects to be created"));
        }
        let place = self.place_for(kind, namespace, &value)?;
        schema::prune(kind, &mut value);
        defaults::fill(kind, &mut value);
        status::begin(kind, &mut value);
        metadata::begin(&mut value, &place.name, names::uid(self.seed, self.births), now);
        generation::begin(kind, &mut value);
        let mut faults = metadata::faults_of_new(kind, &value);
        schema::judge(kind, Part::Whole, (None, &value), &mut faults);
        judged(kind, &place.name, faults)?;
        match self.get(&place) {
            None => Ok(Draft::Added { place, value }),
            Some(there) if there.is_leaving() => {
                let mut refusal = Refusal::already_exists(&place);
                refusal.message.insert_str(0, "object is being deleted: ");
                Err(refusal)
            }
            Some(_) => Err(Refusal::already_exists(&place)),
        }
    }

    /// The place of a new object, its name made up where it only gives a `generateName`.
    fn place_for(&self, kind: &'static Kind, namespace: &str, value: &Value) -> Result<Place, Refusal> {
        if let Some(name) = text_at(value, &["metadata", "name"]) {
            return Ok(Place::new(kind, namespace, name));
        }
        let Some(base) = text_at(value, &["metadata", "generateName"]) else {
            return Ok(Place::new(kind, namespace, ""));
        };
        let place =
            |attempt| Place::new(kind, namespace, &names::generated(base, self.seed, self.births, attempt));
        let free = (0..ATTEMPTS).map(place).find(|place| self.get(place).is_none());
        free.ok_or_else(|| Refusal::names_used_up(&place(ATTEMPTS - 1)))
    }

    /// A namespace must be there; a cluster without any Namespace object does without the rule.
    fn check_namespace(&self, kind: &Kind, namespace: &str) -> Result<(), Refusal> {
        if !kind.namespaced || self.count(&NAMESPACE) == 0 {
            return Ok(());
        }
        self.read(&Place::new(&NAMESPACE, "", namespace)).map(|_| ())
    }

    fn draft_replace(
        &self,
        place: &Place,
        part: Part,
        mut value: Value,
        now: Timestamp,
    ) -> Result<Draft, Refusal> {
        Self::check_part(place, part)?;
        if part == Part::Scale {
            let before = self.read(place)?;
            let value = scale::replaced(before, &value)?;
            return Self::finish(before, Part::Whole, value);
        }
        metadata::typed(place.kind, &mut value)?;
        decode::check(place.kind, &value)?;
        metadata::settle_namespace(place.kind, &place.namespace, &mut value)?;
        metadata::check_name(place, &value)?;
        let Some(before) = self.get(place) else {
            if place.kind.differs(Quirk::BornByPut) && part == Part::Whole {
                return self.draft_create(place.kind, &place.namespace, value, now);
            }
            return Err(Refusal::not_found(place));
        };
        check_uid(before, text_at(&value, &["metadata", "uid"]))?;
        check_version(before, &value)?;
        Self::finish(before, part, value)
    }

    fn draft_patch(&self, place: &Place, part: Part, patch: Patch<'_>) -> Result<Draft, Refusal> {
        Self::check_part(place, part)?;
        let before = self.read(place)?;
        if part == Part::Scale {
            let value = scale::patched(before, patch)?;
            return Self::finish(before, Part::Whole, value);
        }
        let mut value = patch::applied(place.kind, patch, &before.value)?;
        decode::check_patched(place.kind, &value)?;
        metadata::still_typed(place.kind, &value)?;
        metadata::settle_namespace(place.kind, &place.namespace, &mut value)?;
        metadata::check_name(place, &value)?;
        check_version(before, &value)?;
        Self::finish(before, part, value)
    }

    fn check_part(place: &Place, part: Part) -> Result<(), Refusal> {
        if place.kind.has(part) { Ok(()) } else { Err(Refusal::no_such_part(place)) }
    }

    /// What becomes of an object when `value` is written over it.
    fn finish(before: &Arc<Stored>, part: Part, mut value: Value) -> Result<Draft, Refusal> {
        let kind = before.place.kind;
        schema::prune(kind, &mut value);
        defaults::fill(kind, &mut value);
        value = status::merged(kind, part, &before.value, value);
        metadata::carry(&before.value, &mut value);
        generation::carry(kind, &before.value, &mut value);
        let mut faults = metadata::faults_of_changed(&before.value, &value);
        schema::judge(kind, part, (Some(&before.value), &value), &mut faults);
        judged(kind, &before.place.name, faults)?;
        let free = at(&value, &["metadata", "finalizers"]).is_none();
        let before = Arc::clone(before);
        if before.is_leaving() && free {
            return Ok(Draft::Removed { before, value });
        }
        Ok(if value == *before.value { Draft::Kept(before) } else { Draft::Modified { before, value } })
    }
}

/// Refuses a write that means another object of this name, in the words of the storage (apiserver:
/// storage/interfaces.go).
pub(super) fn check_uid(stored: &Stored, meant: Option<&str>) -> Result<(), Refusal> {
    let is = stored.uid();
    let Some(meant) = meant.filter(|meant| *meant != is) else { return Ok(()) };
    let Place { kind, namespace, name } = &stored.place;
    let group = if kind.nature == Nature::Custom { format!("{}/", kind.group) } else { String::new() };
    let folder = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    let key = format!("/registry/{group}{}/{folder}{name}", kind.plural);
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
         failed: UID in precondition: {meant}, UID in object meta: {is}"
    );
    Err(Refusal::conflict(&stored.place, &why))
}

/// Refuses a write that is based on another version than the newest, or on none where the kind wants one.
fn check_version(stored: &Stored, value: &Value) -> Result<(), Refusal> {
    let Place { kind, name, .. } = &stored.place;
    let Some(version) = text_at(value, &["metadata", "resourceVersion"]) else {
        if kind.nature == Nature::BuiltIn && !kind.differs(Quirk::VersionNeeded) {
            return Ok(());
        }
        let fault = Fault::invalid("metadata.resourceVersion", &0.into(), "must be specified for an update");
        return Err(invalid((kind.group, kind.plural), name, vec![fault]));
    };
    match version.parse::<u64>() {
        Ok(version) if version == stored.version => Ok(()),
        Ok(_) => Err(Refusal::modified(&stored.place)),
        Err(_) => {
            Err(Refusal::bare(500, "", format!("strconv.ParseUint: parsing {version:?}: invalid syntax")))
        }
    }
}
