//! The objects of one kind, in order, with an index by owner.
//!
//! It owns look-up, ranges and the index. It never judges an object. Invariant: an object is in the index under every
//! uid that its `ownerReferences` name, and under no other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use super::history::History;
use super::{Kind, Place, Stored};

#[derive(Default)]
pub(super) struct Shelf {
    objects: BTreeMap<Place, Arc<Stored>>,
    owned: BTreeMap<Arc<str>, BTreeSet<Place>>,
    pub(super) history: History,
}

impl Shelf {
    pub(super) fn get(&self, place: &Place) -> Option<&Arc<Stored>> {
        self.objects.get(place)
    }

    pub(super) fn count(&self) -> usize {
        self.objects.len()
    }

    pub(super) fn keep(&mut self, stored: &Arc<Stored>) {
        let before = self.objects.insert(stored.place.clone(), Arc::clone(stored));
        if let Some(before) = before {
            if before.owners().eq(stored.owners()) {
                return;
            }
            self.unlink(&before);
        }
        for owner in stored.owners() {
            self.owned.entry(owner.into()).or_default().insert(stored.place.clone());
        }
    }

    pub(super) fn drop(&mut self, stored: &Stored) {
        self.objects.remove(&stored.place);
        self.unlink(stored);
    }

    fn unlink(&mut self, stored: &Stored) {
        for owner in stored.owners() {
            if let Some(places) = self.owned.get_mut(owner) {
                places.remove(&stored.place);
                if places.is_empty() {
                    self.owned.remove(owner);
                }
            }
        }
    }

    pub(super) fn owned_by<'a>(&'a self, uid: &str) -> impl Iterator<Item = &'a Arc<Stored>> + use<'a> {
        self.owned.get(uid).into_iter().flatten().filter_map(|place| self.objects.get(place))
    }

    pub(super) fn range<'a>(
        &'a self,
        kind: &'static Kind,
        namespace: Option<&str>,
        after: Option<&Place>,
    ) -> impl Iterator<Item = &'a Arc<Stored>> + use<'a> {
        let only: Option<Arc<str>> = namespace.filter(|_| kind.namespaced).map(Into::into);
        let start = match after {
            Some(after) => Bound::Excluded(after.clone()),
            None => {
                Bound::Included(Place { kind, namespace: only.clone().unwrap_or_default(), name: "".into() })
            }
        };
        let range = self.objects.range((start, Bound::Unbounded)).map(|(_, stored)| stored);
        range.take_while(move |stored| only.as_ref().is_none_or(|only| stored.place.namespace == *only))
    }
}
