//! Owns what can be looked at, and what of it a wish means.
//!
//! It never looks. Invariant: a wish without namespaces means nothing but the cluster's own things.

use std::sync::Arc;

use crate::capability::sight::TrafficObject;
use crate::capability::wish::{Attention, Wish};
use crate::rollout::Key;
use crate::rollout::traffic::TrafficRef;

/// One thing to look at.
#[derive(Clone, Debug)]
pub(super) enum Topic {
    /// Where controllers of Argo Rollouts are deployed.
    Controllers,
    /// The Lease of their leader.
    Lease,
    /// How the clocks differ; it asks for nothing.
    Clock,
    /// What the user may do in a namespace.
    Rights(Arc<str>),
    /// An object that splits a Rollout's traffic.
    Traffic(Key, Box<TrafficRef>),
    /// Who may refuse changes of Rollouts.
    Admission,
    /// The configuration of notifications.
    Notifying,
    /// Which providers of metrics a namespace's templates name.
    Providers(Arc<str>),
}

/// Rank, namespace, Rollout with its object.
type Identity<'a> = (u8, Option<&'a Arc<str>>, Option<(&'a Key, TrafficObject)>);

impl Topic {
    /// Lists what a wish means, what is wanted most first.
    pub(super) fn of(wish: &Wish) -> Vec<Self> {
        if wish.attention == Attention::None {
            return Vec::new();
        }
        let mut topics = vec![Self::Controllers, Self::Lease, Self::Clock];
        topics.extend(wish.namespaces.first().cloned().map(Self::Rights));
        let traffic = wish.traffic.iter();
        topics.extend(traffic.map(|(key, object)| Self::Traffic(key.clone(), Box::new(object.clone()))));
        topics.extend([Self::Admission, Self::Notifying]);
        topics.extend(wish.namespaces.iter().skip(1).cloned().map(Self::Rights));
        topics.extend(wish.namespaces.iter().cloned().map(Self::Providers));
        topics
    }

    /// Ranks and names it: what two topics are told apart by.
    fn identity(&self) -> Identity<'_> {
        match self {
            Self::Controllers => (0, None, None),
            Self::Lease => (1, None, None),
            Self::Clock => (2, None, None),
            Self::Rights(namespace) => (3, Some(namespace), None),
            Self::Traffic(key, object) => (4, None, Some((key, TrafficObject::of(object)))),
            Self::Admission => (5, None, None),
            Self::Notifying => (6, None, None),
            Self::Providers(namespace) => (7, Some(namespace), None),
        }
    }
}

impl PartialEq for Topic {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Topic {}

impl PartialOrd for Topic {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Topic {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.identity().cmp(&other.identity())
    }
}
