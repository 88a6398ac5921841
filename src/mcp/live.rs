//! Owns the picture that answers are given from: the store of a watch, and how the connection stands.
//!
//! Written by whoever follows the cluster, read by every answer; a reader never waits for the cluster. It keeps no queue of
//! changes: who waits for one is told that there was some, and looks. Invariant: what was never connected is never told as
//! empty.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::rollout::delta::Delta;
use crate::store::{Store, Touched};
use crate::text::Printable;

/// The picture, shared by who feeds it and who answers from it.
#[derive(Default)]
pub struct Live {
    known: RwLock<Known>,
    turns: watch::Sender<u64>,
}

/// What is known at a moment.
#[derive(Default)]
pub struct Known {
    /// What the watch told.
    pub store: Store,
    /// How the connection stands.
    pub link: Link,
}

/// How the connection to the cluster stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Nobody has got through yet.
    #[default]
    Connecting,
    /// Nobody got through; it is tried again.
    Failed {
        /// Why.
        why: Printable,
    },
    /// The cluster is watched.
    Open(Whom),
}

/// Which cluster is watched, as whom, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whom {
    /// Name of the context.
    pub context: Printable,
    /// Address of the API server.
    pub server: Printable,
    /// Namespaces that are watched; none where all are.
    pub namespaces: Vec<Arc<str>>,
}

impl Whom {
    /// Tells whether a namespace is watched.
    pub fn watches(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|named| **named == *namespace)
    }
}

impl Live {
    /// Takes in what the watch told, in order, and wakes who waits for a change.
    pub fn take(&self, deltas: impl IntoIterator<Item = Delta>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut news = false;
        for delta in deltas {
            news |= known.store.apply(delta) != Touched::Nothing;
        }
        drop(known);
        if news {
            self.turn();
        }
    }

    /// Notes how the connection stands.
    pub fn link(&self, link: Link) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).link = link;
        self.turn();
    }

    /// Reads what is known at this moment; `look` must not wait for anything.
    pub fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns what is raised at each change, however many there are.
    pub fn turns(&self) -> watch::Receiver<u64> {
        self.turns.subscribe()
    }

    fn turn(&self) {
        self.turns.send_modify(|turns| *turns = turns.wrapping_add(1));
    }
}
