//! Owns subscriptions: who wants to be told that a Rollout changed, by either way of the protocol.
//!
//! A change is told by the Rollout's address and nothing else; several in a short time are told once. It keeps no queue:
//! each look compares versions. Invariants: no more than [`MOST`] Rollouts are followed; what did not change is not told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ErrorData, ResourceUpdatedNotificationParam};
use rmcp::service::{Peer, SubscriptionContext};

use super::live::{Known, Live};
use super::resource;
use crate::rollout::Key;

/// Most Rollouts that are followed.
pub(super) const MOST: usize = 64;
/// Shortest time between two rounds of telling.
const APART: Duration = Duration::from_millis(250);

/// A version of a Rollout, or that there is none.
type Version = Option<(Arc<str>, Arc<str>)>;

/// What is followed, each with the version that was told last.
type Followed = BTreeMap<String, (Key, Version)>;

/// Who is told of changes.
pub(super) struct Follow {
    live: Arc<Live>,
    followed: Arc<Mutex<Followed>>,
    telling: Mutex<bool>,
}

impl Follow {
    pub(super) fn new(live: Arc<Live>) -> Self {
        Self { live, followed: Arc::default(), telling: Mutex::default() }
    }

    /// Begins to follow one, for an assistant that subscribes one by one.
    pub(super) fn subscribe(&self, uri: &str, peer: &Peer<RoleServer>) -> Result<(), ErrorData> {
        let key = resource::key(uri)
            .ok_or_else(|| ErrorData::resource_not_found("this is no address of a Rollout", None))?;
        let version = self.live.read(|known| version(known, &key));
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if followed.len() >= MOST && !followed.contains_key(uri) {
            let why = format!("{MOST} Rollouts are followed already: unsubscribe from one first");
            return Err(ErrorData::invalid_request(why, None));
        }
        followed.insert(uri.to_owned(), (key, version));
        drop(followed);
        let mut telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        if !*telling {
            *telling = true;
            tokio::spawn(tell(Arc::clone(&self.live), Arc::clone(&self.followed), peer.clone()));
        }
        Ok(())
    }

    /// Follows one no more.
    pub(super) fn unsubscribe(&self, uri: &str) {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }

    /// Follows what one request named, until it is cancelled.
    pub(super) async fn listen(&self, context: &SubscriptionContext) {
        let uris = context.accepted().resource_subscriptions.clone().unwrap_or_default();
        let keys = uris.into_iter().filter_map(|uri| resource::key(&uri).map(|key| (uri, key)));
        let mut followed: Followed = self.live.read(|known| {
            keys.map(|(uri, key)| {
                let version = version(known, &key);
                (uri, (key, version))
            })
            .collect()
        });
        let mut turns = self.live.turns();
        loop {
            tokio::select! {
                () = context.cancelled() => return,
                turn = turns.changed() => if turn.is_err() { return },
            }
            for uri in self.live.read(|known| changed(known, &mut followed)) {
                if context.sink().notify_resource_updated(uri).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(APART).await;
        }
    }
}

/// Tells of changes until the assistant is gone.
async fn tell(live: Arc<Live>, followed: Arc<Mutex<Followed>>, peer: Peer<RoleServer>) {
    let mut turns = live.turns();
    while turns.changed().await.is_ok() && !peer.is_transport_closed() {
        let uris =
            live.read(|known| changed(known, &mut followed.lock().unwrap_or_else(PoisonError::into_inner)));
        for uri in uris {
            if peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(APART).await;
    }
}

/// Picks the addresses that can be followed.
pub(super) fn fitting<'a>(uris: impl Iterator<Item = &'a String>) -> Vec<String> {
    uris.filter(|uri| resource::key(uri).is_some()).take(MOST).cloned().collect()
}

fn version(known: &Known, key: &Key) -> Version {
    let meta = &known.store.fleet.get(key)?.rollout.meta;
    Some((meta.uid.clone(), meta.resource_version.clone()))
}

/// Lists what has another version than was told, and notes that it is told.
fn changed(known: &Known, followed: &mut Followed) -> Vec<String> {
    let mut changed = Vec::new();
    for (uri, (key, told)) in followed.iter_mut() {
        let now = version(known, key);
        if now != *told {
            *told = now;
            changed.push(uri.clone());
        }
    }
    changed
}
