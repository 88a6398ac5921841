//! Owns one kind's objects by namespace and name, with list-and-sweep.
//!
//! It never judges an object. Invariant: what a list in progress has not yet repeated stays until the list is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::rollout::{AnalysisRun, Deployment, Experiment, Key, Meta, Pod, ReplicaSet};

/// Something with an identity.
pub trait Identified {
    /// Returns the identity.
    fn meta(&self) -> &Meta;
}

macro_rules! identified {
    ($($kind:ty),*) => { $(impl Identified for $kind { fn meta(&self) -> &Meta { &self.meta } })* };
}
identified!(ReplicaSet, Pod, AnalysisRun, Experiment, Deployment);

/// Objects of one kind, in the order of namespace and name.
#[derive(Debug)]
pub struct Shelf<T> {
    objects: BTreeMap<Key, T>,
    owned: BTreeMap<Arc<str>, BTreeSet<Key>>,
    unconfirmed: BTreeSet<Key>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), owned: BTreeMap::new(), unconfirmed: BTreeSet::new() }
    }
}

impl<T: Identified> Shelf<T> {
    /// Begins a full list: what it does not repeat will be gone.
    pub fn begin(&mut self, namespace: Option<&str>) {
        self.unconfirmed.extend(self.objects.keys().filter(|key| within(key, namespace)).cloned());
    }

    /// Takes in one object.
    pub fn seen(&mut self, object: T) {
        let key = object.meta().key.clone();
        let listed = self.unconfirmed.remove(&key);
        let older = self.objects.get(&key).is_some_and(|known| is_older(object.meta(), known.meta()));
        if listed || !older {
            self.remove(&key);
            for owner in &object.meta().owners {
                self.owned.entry(owner.clone()).or_default().insert(key.clone());
            }
            self.objects.insert(key, object);
        }
    }

    /// Ends a full list of a namespace (or of all) and forgets what it did not repeat.
    pub fn done(&mut self, namespace: Option<&str>) {
        let gone: Vec<Key> = self.unconfirmed.extract_if(.., |key| within(key, namespace)).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// Forgets one object.
    pub fn gone(&mut self, key: &Key) {
        self.remove(key);
        self.unconfirmed.remove(key);
    }

    /// Forgets a namespace, or everything.
    pub fn forget(&mut self, namespace: Option<&str>) {
        let gone: Vec<Key> = self.objects.keys().filter(|key| within(key, namespace)).cloned().collect();
        for key in gone {
            self.remove(&key);
        }
        self.unconfirmed.retain(|key| !within(key, namespace));
    }

    /// Returns one object.
    pub fn get(&self, key: &Key) -> Option<&T> {
        self.objects.get(key)
    }

    /// Lists the objects of one namespace.
    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a T> {
        let from = Key { namespace: namespace.into(), name: "".into() };
        self.objects
            .range(from..)
            .take_while(move |(key, _)| &*key.namespace == namespace)
            .map(|(_, object)| object)
    }

    /// Lists the objects that one object owns.
    pub fn owned_by<'a>(&'a self, uid: &str) -> impl Iterator<Item = &'a T> {
        self.owned.get(uid).into_iter().flatten().filter_map(|key| self.objects.get(key))
    }

    fn remove(&mut self, key: &Key) {
        let Some(object) = self.objects.remove(key) else { return };
        for owner in &object.meta().owners {
            if let Some(keys) = self.owned.get_mut(owner) {
                keys.remove(key);
                if keys.is_empty() {
                    self.owned.remove(owner);
                }
            }
        }
    }

    /// Counts the objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

/// Tells whether a key lies in a namespace (`None`: in any).
pub fn within(key: &Key, namespace: Option<&str>) -> bool {
    namespace.is_none_or(|wanted| &*key.namespace == wanted)
}

/// Tells whether `new` is an earlier version of the same object than `known`.
///
/// Versions are compared as numbers, as Kubernetes defines them (KEP-5504); others never count as older.
pub fn is_older(new: &Meta, known: &Meta) -> bool {
    let versions = (new.resource_version.parse::<u64>(), known.resource_version.parse::<u64>());
    new.uid == known.uid && matches!(versions, (Ok(new), Ok(known)) if new < known)
}
