//! Owns how many sessions there are over HTTP: which of them was heard of when, and which makes room for a new one.
//!
//! The sessions themselves are the transport's. It never ends one that was heard of lately. Invariant: there are never more
//! than the bounds say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::transport::streamable_http_server::SessionId;
use rmcp::transport::streamable_http_server::session::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tokio::sync::MutexGuard;
use tokio::time::Instant;

use super::Bounds;

/// The sessions that there are.
pub(super) struct Sessions {
    rooms: Arc<LocalSessionManager>,
    bounds: Bounds,
    heard: Mutex<BTreeMap<SessionId, Instant>>,
    /// Held by who begins one, so that no two take the last place.
    door: tokio::sync::Mutex<()>,
}

impl Sessions {
    pub(super) fn new(rooms: Arc<LocalSessionManager>, bounds: Bounds) -> Self {
        Self { rooms, bounds, heard: Mutex::default(), door: tokio::sync::Mutex::default() }
    }

    /// Notes that a session was heard of.
    pub(super) async fn hear(&self, id: &str) {
        let is_there = self.rooms.sessions.read().await.contains_key(id);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if is_there {
            heard.insert(id.into(), Instant::now());
        }
    }

    /// Makes room for one more; nothing where there is none. Until what it returns is dropped no other can begin.
    pub(super) async fn room(&self) -> Option<MutexGuard<'_, ()>> {
        let door = self.door.lock().await;
        let there: Vec<SessionId> = self.rooms.sessions.read().await.keys().cloned().collect();
        let stalest = self.stalest(&there);
        if there.len() < self.bounds.sessions {
            return Some(door);
        }
        let (id, heard) = stalest?;
        if heard.elapsed() < self.bounds.rest {
            return None;
        }
        // One that cannot be closed any more is none.
        let _ = self.rooms.close_session(&id).await;
        Some(door)
    }

    /// Returns which was heard of the longest ago; forgets those that have ended.
    fn stalest(&self, there: &[SessionId]) -> Option<(SessionId, Instant)> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.retain(|id, _| there.contains(id));
        // One that has just begun and was not heard of since counts from now on.
        let now = Instant::now();
        let of = |id: &SessionId| (id.clone(), *heard.entry(id.clone()).or_insert(now));
        there.iter().map(of).min_by_key(|(_, heard)| *heard)
    }
}
