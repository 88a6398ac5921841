//! How objects leave: deletion, finalizers, and what goes with them.
//!
//! It owns the terms of a deletion and the garbage collection of dependents (Kubernetes: controller/garbagecollector),
//! which here happens in the same moment. A pod goes at once: there is no kubelet to wait for.
//! Invariant: an object goes with its last owner, and never before its last finalizer.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::kind::{NAMESPACE, Quirk};
use super::path::{at, child, set, text_at};
use super::write::Draft;
use super::{Cascade, EventKind, KINDS, Objects, Place, Refusal, Stored, Terms, metadata};

impl Objects {
    pub(super) fn draft_delete(
        &self,
        place: &Place,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Draft, Refusal> {
        let before = self.read(place)?;
        let is = before.version.to_string();
        let uid = terms.uid.as_deref().map(|meant| ("UID", meant, before.uid()));
        let version = terms.version.as_deref().map(|meant| ("ResourceVersion", meant, is.as_str()));
        let unmet = uid.into_iter().chain(version).find(|(_, meant, is)| meant != is);
        if let Some((what, meant, is)) = unmet {
            return Err(Refusal::unmet(place, what, meant, is));
        }
        Ok(leaving(before, now))
    }

    /// Takes an object away, and with it or before it what depends on it.
    pub(super) fn remove(
        &mut self,
        before: &Arc<Stored>,
        value: Value,
        cascade: Cascade,
        now: Timestamp,
    ) -> Arc<Stored> {
        let orphans = cascade == Cascade::Orphan
            || (cascade == Cascade::Usual && before.place.kind.differs(Quirk::Orphans));
        if cascade == Cascade::Foreground {
            self.collect(before, now);
        }
        let stored = self.take(before, value);
        match orphans {
            true => self.release(&stored),
            false => self.collect(&stored, now),
        }
        stored
    }

    /// Deletes what has lost its last owner, on and on; the last of a namespace goes with it too.
    fn collect(&mut self, gone: &Arc<Stored>, now: Timestamp) {
        let mut queue = VecDeque::from([Arc::clone(gone)]);
        while let Some(owner) = queue.pop_front() {
            for dependent in self.dependents(&owner) {
                let Some(dependent) = self.get(&dependent).cloned() else { continue };
                let lives = |uid: &str| uid != owner.uid() && self.by_uid(uid).is_some();
                if dependent.owners().any(lives) {
                    self.disown(&dependent, owner.uid());
                    continue;
                }
                match leaving(&dependent, now) {
                    Draft::Removed { before, value } => queue.push_back(self.take(&before, value)),
                    Draft::Modified { before, value } => {
                        self.put(before.place.clone(), value, EventKind::Modified);
                    }
                    Draft::Kept(_) | Draft::Added { .. } => {}
                }
            }
        }
    }

    /// Leaves the dependents alone, without their reference.
    fn release(&mut self, gone: &Stored) {
        for dependent in self.dependents(gone) {
            if let Some(dependent) = self.get(&dependent).cloned() {
                self.disown(&dependent, gone.uid());
            }
        }
    }

    fn dependents(&self, owner: &Stored) -> Vec<Place> {
        let owned = KINDS.iter().flat_map(|kind| self.owned_by(kind, owner));
        let mut found: Vec<Place> = owned.map(|stored| stored.place.clone()).collect();
        if owner.place.kind == &NAMESPACE {
            let within = KINDS.iter().filter(|kind| kind.namespaced);
            let within = within.flat_map(|kind| self.list(kind, Some(&owner.place.name)));
            found.extend(within.map(|stored| stored.place.clone()));
        }
        found
    }

    fn disown(&mut self, dependent: &Arc<Stored>, owner: &str) {
        let mut value = dependent.value.clone();
        let kept = |one: &&Value| text_at(one, &["uid"]) != Some(owner);
        let references = at(&value, &["metadata", "ownerReferences"]).and_then(Value::as_array);
        let left: Vec<Value> = references.into_iter().flatten().filter(kept).cloned().collect();
        if let Some(metadata) = child(&mut value, "metadata") {
            set(metadata, "ownerReferences", (!left.is_empty()).then_some(Value::Array(left)));
        }
        if value != *dependent.value {
            self.put(dependent.place.clone(), value, EventKind::Modified);
        }
    }
}

/// What deleting an object does to it: it goes, or waits for its finalizers, or waits already.
fn leaving(stored: &Arc<Stored>, now: Timestamp) -> Draft {
    let before = Arc::clone(stored);
    if stored.finalizers().next().is_none() {
        let value = stored.value.clone();
        return Draft::Removed { before, value };
    }
    if stored.is_leaving() {
        return Draft::Kept(before);
    }
    let mut value = stored.value.clone();
    if let Some(map) = child(&mut value, "metadata") {
        map.insert("deletionTimestamp".to_owned(), metadata::written(now).into());
        map.insert("deletionGracePeriodSeconds".to_owned(), 0.into());
        if let Some(generation) = map.get("generation").and_then(Value::as_i64) {
            map.insert("generation".to_owned(), (generation + 1).into());
        }
    }
    Draft::Modified { before, value }
}
