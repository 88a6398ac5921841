//! Owns what was read of a Rollout's pod templates for an order that replaces one: which objects to read, what came.
//!
//! It reads nothing itself. Invariant: what came belongs to the Rollout that was asked about, as far as it says so.

use std::sync::Arc;

use serde_json::Value;

use crate::app::App;
use crate::operation::order::{SetImage, Undo};
use crate::operation::template::{Holder, Revision};
use crate::operation::{Order, Site, SiteKind};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

/// Templates as read.
#[derive(Clone, Debug)]
pub struct Templates {
    /// What holds the template now.
    pub holder: Holder,
    /// Revisions, the newest first.
    pub revisions: Vec<Revision>,
}

/// Which objects are to be read for the templates of a Rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The Rollout.
    pub key: Key,
    /// What holds its template.
    pub holder: Site,
    /// Its ReplicaSets.
    pub sets: Vec<Site>,
}

impl Templates {
    /// Takes what was read of a Rollout of this uid; `None` where no template is in it.
    pub fn of(uid: &str, holder: &Value, sets: &[Value]) -> Option<Self> {
        Some(Self { holder: Holder::read(holder)?, revisions: Revision::all(sets, uid) })
    }

    /// Lists the containers with their images.
    pub fn containers(&self) -> Vec<(String, Option<String>)> {
        self.holder.containers().map(|(name, image)| (name.to_owned(), image.map(str::to_owned))).collect()
    }

    /// Makes the order that puts a revision's template back, while the version of hash `stable` is the stable one.
    pub fn undo(&self, revision: &Revision, stable: Option<&str>) -> Order {
        let stable = stable.and_then(|hash| self.revisions.iter().find(|revision| *revision.hash == *hash));
        Order::Undo(Box::new(Undo {
            holder: self.holder.clone(),
            revision: revision.clone(),
            stable: stable.map(|stable| stable.number),
        }))
    }

    /// Makes the order that puts the template of the stable version of this hash back.
    pub fn cancel(&self, stable: &str) -> Option<Order> {
        let revision = self.revisions.iter().find(|revision| &*revision.hash == stable)?;
        Some(Order::Cancel(Box::new(Undo {
            holder: self.holder.clone(),
            revision: revision.clone(),
            stable: Some(revision.number),
        })))
    }

    /// Makes the order that gives a container another image.
    pub fn image(&self, container: &str, image: &str) -> Order {
        Order::SetImage(Box::new(SetImage {
            holder: self.holder.clone(),
            container: container.to_owned(),
            image: image.trim().to_owned(),
        }))
    }
}

impl App {
    /// Says what is to be read for the templates of a Rollout.
    pub(in crate::app) fn study(&self, rollout: &Rollout) -> Result<Study, Printable> {
        let own = Site {
            kind: SiteKind::Rollout,
            name: rollout.meta.key.name.clone(),
            uid: rollout.meta.uid.clone(),
        };
        let holder = match &rollout.spec.workload_ref {
            None => own,
            Some(reference) => {
                let kind = SiteKind::named(reference.kind.as_str()).ok_or_else(|| {
                    let kind = &reference.kind;
                    Printable::from(format!(
                        "Its template lies in a {kind}, a kind that the controller does not follow."
                    ))
                })?;
                Site { kind, name: reference.name.as_str().into(), uid: Arc::from("") }
            }
        };
        let sets = self.store.replica_sets_of(rollout).into_iter().map(|set| Site {
            kind: SiteKind::ReplicaSet,
            name: set.meta.key.name.clone(),
            uid: set.meta.uid.clone(),
        });
        Ok(Study { key: rollout.meta.key.clone(), holder, sets: sets.collect() })
    }
}
