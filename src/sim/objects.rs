//! The objects of the embedded cluster, and the API's rules for changing them.
//!
//! It owns what is stored: versions, uids, generations, owners, and the history that watches read. It never decides
//! what a controller does, has no clock (`now` is a parameter) and no randomness but its seed: the same orders in the
//! same sequence give the same bytes. Rules and words are those of Kubernetes 1.34 with Argo's definitions.
//! Invariant: one counter orders every change; an object's `metadata.resourceVersion` is the change that made it.

mod decode;
mod defaults;
mod fault;
mod generation;
mod history;
pub mod kind;
mod life;
pub mod metadata;
mod names;
pub mod order;
mod parsed;
mod patch;
mod path;
pub mod place;
pub mod refusal;
pub mod scale;
mod schema;
pub mod selector;
mod shelf;
mod status;
mod write;
mod writers;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use history::{Change, EventKind};
pub use kind::{KINDS, Kind};
pub use order::{Cascade, Order, Patch, PatchKind, Terms};
pub use parsed::Parsed;
pub use place::{Part, Place, Stored, Ties};
pub use refusal::{Cause, Details, Refusal};
pub use schema::{check_strictly, openapi, unknown_fields};

use shelf::Shelf;
use write::Draft;

/// Everything that is stored, and the one counter of changes.
pub struct Objects {
    seed: u64,
    version: u64,
    births: u64,
    shelves: Vec<Shelf>,
    uids: BTreeMap<Arc<str>, Place>,
}

impl Objects {
    /// An empty cluster whose uids and generated names follow from `seed`.
    pub fn new(seed: u64) -> Self {
        let shelves = KINDS.iter().map(|_| Shelf::default()).collect();
        Self { seed, version: 1, births: 0, shelves, uids: BTreeMap::new() }
    }

    /// The newest resourceVersion.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The object at this place.
    pub fn get(&self, place: &Place) -> Option<&Arc<Stored>> {
        self.shelf(place.kind)?.get(place)
    }

    /// The object at this place, or the server's 404.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn read(&self, place: &Place) -> Result<&Arc<Stored>, Refusal> {
        self.get(place).ok_or_else(|| Refusal::not_found(place))
    }

    /// The object that bears this uid.
    pub fn by_uid(&self, uid: &str) -> Option<&Arc<Stored>> {
        self.get(self.uids.get(uid)?)
    }

    /// All objects of a kind, of one namespace or of all, ordered by namespace and name.
    pub fn list<'a>(
        &'a self,
        kind: &'static Kind,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &'a Arc<Stored>> + use<'a> {
        self.list_after(kind, namespace, None)
    }

    /// As [`Objects::list`], from the object behind `after` on, whether `after` is still there or not: for pages.
    pub fn list_after<'a>(
        &'a self,
        kind: &'static Kind,
        namespace: Option<&str>,
        after: Option<&Place>,
    ) -> impl Iterator<Item = &'a Arc<Stored>> + use<'a> {
        let range = self.shelf(kind).map(|shelf| shelf.range(kind, namespace, after));
        range.into_iter().flatten()
    }

    /// How many objects of a kind there are.
    pub fn count(&self, kind: &'static Kind) -> usize {
        self.shelf(kind).map_or(0, Shelf::count)
    }

    /// Objects of a kind that name `owner` in their `ownerReferences`, by uid, ordered by namespace and name.
    pub fn owned_by<'a>(
        &'a self,
        kind: &'static Kind,
        owner: &Stored,
    ) -> impl Iterator<Item = &'a Arc<Stored>> + use<'a> {
        let owned = self.shelf(kind).map(|shelf| shelf.owned_by(owner.uid()));
        owned.into_iter().flatten()
    }

    /// Creates an object; a `generateName` is honoured.
    ///
    /// # Errors
    /// `AlreadyExists`, `Invalid`, `BadRequest`; a missing namespace is `NotFound`.
    pub fn create(
        &mut self,
        kind: &'static Kind,
        namespace: &str,
        value: Value,
        now: Timestamp,
    ) -> Result<Arc<Stored>, Refusal> {
        self.apply(Order::Create { kind, namespace, value }, now)
    }

    /// Writes an object or one of its parts (PUT); a resourceVersion in it must be the newest.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `Invalid`, `BadRequest`.
    pub fn replace(
        &mut self,
        place: &Place,
        part: Part,
        value: Value,
        now: Timestamp,
    ) -> Result<Arc<Stored>, Refusal> {
        self.apply(Order::Replace { place, part, value }, now)
    }

    /// Changes an object or one of its parts by a patch (PATCH).
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `Invalid` (a failing `test` too), `BadRequest`, `UnsupportedMediaType`.
    pub fn patch(
        &mut self,
        place: &Place,
        part: Part,
        patch: Patch<'_>,
        now: Timestamp,
    ) -> Result<Arc<Stored>, Refusal> {
        self.apply(Order::Patch { place, part, patch }, now)
    }

    /// Deletes an object as the API does by default; what it owned goes with it. It stays as long as it has finalizers.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete(&mut self, place: &Place, now: Timestamp) -> Result<Arc<Stored>, Refusal> {
        self.apply(Order::Delete { place, terms: Terms::default() }, now)
    }

    /// Carries out an order. A part's order answers with the whole object ([`scale::of`] makes a Scale of it).
    ///
    /// # Errors
    /// What the order meets, as for [`Objects::create`] and its siblings.
    pub fn apply(&mut self, order: Order<'_>, now: Timestamp) -> Result<Arc<Stored>, Refusal> {
        self.apply_by(None, order, now)
    }

    /// Carries out an order of a writer that names itself (`fieldManager`): a change notes it in `managedFields`.
    ///
    /// # Errors
    /// As for [`Objects::apply`].
    pub fn apply_by(
        &mut self,
        writer: Option<&str>,
        order: Order<'_>,
        now: Timestamp,
    ) -> Result<Arc<Stored>, Refusal> {
        let cascade = order.cascade();
        let mut draft = self.draft(order, now)?;
        if let (Some(writer), Draft::Modified { before, value }) = (writer, &mut draft) {
            writers::note(writer, &before.value, value, now);
        }
        Ok(self.commit(draft, cascade, now))
    }

    /// Answers an order as [`Objects::apply`] would, and changes nothing (`dryRun=All`).
    ///
    /// # Errors
    /// As for [`Objects::apply`].
    pub fn rehearse(&self, order: Order<'_>, now: Timestamp) -> Result<Arc<Stored>, Refusal> {
        Ok(self.draft(order, now)?.shown())
    }

    /// The changes of a kind after `version`, oldest first.
    ///
    /// # Errors
    /// 410 `Expired` where the history does not reach back so far.
    pub fn since(&self, kind: &'static Kind, version: u64) -> Result<impl Iterator<Item = &Change>, Refusal> {
        let changes = match self.shelf(kind) {
            Some(shelf) => Some(shelf.history.since(version)?),
            None => None,
        };
        Ok(changes.into_iter().flatten())
    }

    /// Takes an object in as it stands, with the uid, the times and the status that it has: for a cluster that begins
    /// settled. None of the API's rules is applied, and it is not in the history. `written` makes its text, with
    /// the version that it is given.
    pub fn adopt(&mut self, place: Place, ties: Ties, written: impl FnOnce(u64) -> String) {
        self.births += 1;
        self.version += 1;
        let version = self.version;
        self.uids.insert(Arc::clone(&ties.uid), place.clone());
        let stored = Arc::new(Stored::unread(place, version, written(version).into(), ties));
        if let Some(shelf) = self.shelf_mut(stored.place.kind) {
            shelf.keep(&stored);
            shelf.history.forget(version);
        }
    }

    /// Forgets the history up to now (compaction): resuming from an older version answers 410.
    pub fn forget_history(&mut self) {
        let version = self.version;
        self.shelves.iter_mut().for_each(|shelf| shelf.history.forget(version));
    }

    fn shelf(&self, kind: &Kind) -> Option<&Shelf> {
        self.shelves.get(kind.rank)
    }

    fn shelf_mut(&mut self, kind: &Kind) -> Option<&mut Shelf> {
        self.shelves.get_mut(kind.rank)
    }

    fn commit(&mut self, draft: Draft, cascade: Option<Cascade>, now: Timestamp) -> Arc<Stored> {
        match draft {
            Draft::Kept(stored) => stored,
            Draft::Added { place, value } => {
                self.births += 1;
                self.put(place, value, EventKind::Added)
            }
            Draft::Modified { before, value } => self.put(before.place.clone(), value, EventKind::Modified),
            Draft::Removed { before, value } => match cascade {
                Some(cascade) => self.remove(&before, value, cascade, now),
                // A write that takes the last finalizer is answered as any other, with the version it was based on.
                None => {
                    let shown = Arc::new(Stored::new(before.place.clone(), before.version, value.clone()));
                    self.remove(&before, value, Cascade::Usual, now);
                    shown
                }
            },
        }
    }

    fn put(&mut self, place: Place, mut value: Value, event: EventKind) -> Arc<Stored> {
        self.version += 1;
        metadata::set_version(&mut value, self.version);
        let stored = Arc::new(Stored::new(place, self.version, value));
        let before = self.get(&stored.place).cloned();
        if before.is_none() {
            self.uids.insert(stored.uid().into(), stored.place.clone());
        }
        let change = Change { version: self.version, event, object: Arc::clone(&stored), before };
        if let Some(shelf) = self.shelf_mut(stored.place.kind) {
            shelf.keep(&stored);
            shelf.history.note(change);
        }
        stored
    }

    fn take(&mut self, before: &Arc<Stored>, mut value: Value) -> Arc<Stored> {
        self.version += 1;
        metadata::set_version(&mut value, self.version);
        let stored = Arc::new(Stored::new(before.place.clone(), self.version, value));
        self.uids.remove(before.uid());
        let change = Change {
            version: self.version,
            event: EventKind::Deleted,
            object: Arc::clone(&stored),
            before: Some(Arc::clone(before)),
        };
        if let Some(shelf) = self.shelf_mut(before.place.kind) {
            shelf.drop(before);
            shelf.history.note(change);
        }
        stored
    }
}
