//! One event of a watch: choosing it from the history, and writing it as a line.
//!
//! It owns what a change means to a watch that sees a part of a collection: an object that comes to match is ADDED, one
//! that ceases to is DELETED, as it last was (apiserver: storage/cacher/cache_watcher.go). It never waits.
//! Invariant: no more is taken at one time than fills one piece.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::form::Form;
use super::super::list::PIECE;
use super::super::route::Route;
use super::super::selector::Selector;
use crate::sim::objects::{Change, EventKind, Kind, Objects, Place, Refusal, Stored};

/// One event.
pub(super) struct Event {
    sort: &'static str,
    object: Arc<Stored>,
}

impl Event {
    pub(super) fn added(object: Arc<Stored>) -> Self {
        Self { sort: "ADDED", object }
    }

    /// Says that all has been told up to a version, and perhaps that this was all that was there.
    pub(super) fn bookmark(kind: &'static Kind, version: u64, ends_list: bool) -> Self {
        let mut metadata = json!({"resourceVersion": version.to_string()});
        if let Some(map) = metadata.as_object_mut().filter(|_| ends_list) {
            map.insert("annotations".to_owned(), json!({"k8s.io/initial-events-end": "true"}));
        }
        let value = json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata});
        let object = stored(Place::new(kind, "", ""), version, value);
        Self { sort: "BOOKMARK", object }
    }

    /// About how many bytes it has as a line.
    pub(super) fn size(&self) -> usize {
        self.object.json.len() + 64
    }

    /// Writes it as a line.
    pub(super) fn write(&self, out: &mut Vec<u8>, form: Form, headed: bool, now: Timestamp) {
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(self.sort.as_bytes());
        out.extend_from_slice(b"\",\"object\":");
        form.single(out, &self.object, headed, now);
        out.extend_from_slice(b"}\n");
    }
}

/// Writes the event that ends a stream for a reason.
pub(super) fn error(refusal: &Refusal) -> String {
    format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", refusal.body())
}

fn stored(place: Place, version: u64, value: Value) -> Arc<Stored> {
    Arc::new(Stored::new(place, version, value))
}

/// Events as they are taken from the history.
pub(super) struct Events<'a> {
    route: &'a Route,
    selector: &'a Selector,
    taken: Vec<Event>,
}

impl<'a> Events<'a> {
    pub(super) fn new(route: &'a Route, selector: &'a Selector) -> Self {
        Self { route, selector, taken: Vec::new() }
    }

    pub(super) fn into_taken(self) -> Vec<Event> {
        self.taken
    }

    /// Takes what happened after a version, as much as fills a piece; returns up to where that is.
    ///
    /// # Errors
    /// 410 where the history does not reach back so far.
    pub(super) fn take(&mut self, objects: &Objects, after: u64) -> Result<u64, Refusal> {
        let mut size = 0;
        for change in objects.since(self.route.kind, after)? {
            if let Some(event) = self.event(change) {
                size += event.object.json.len();
                self.taken.push(event);
            }
            if size >= PIECE {
                return Ok(change.version);
            }
        }
        Ok(after.max(objects.version()))
    }

    fn event(&self, change: &Change) -> Option<Event> {
        let namespace = &change.object.place.namespace;
        if self.route.namespace.as_ref().is_some_and(|only| **only != **namespace) {
            return None;
        }
        let object = Arc::clone(&change.object);
        let plain = match change.event {
            EventKind::Added => "ADDED",
            EventKind::Modified => "MODIFIED",
            EventKind::Deleted => "DELETED",
        };
        if self.selector.is_empty() {
            return Some(Event { sort: plain, object });
        }
        let before = change.before.as_ref().filter(|before| self.selector.matches(before));
        let matches = change.event != EventKind::Deleted && self.selector.matches(&object);
        match (before, matches) {
            (None, false) => None,
            (None, true) => Some(Event { sort: "ADDED", object }),
            (Some(_), true) => Some(Event { sort: "MODIFIED", object }),
            (Some(_), false) if change.event == EventKind::Deleted => Some(Event { sort: plain, object }),
            (Some(before), false) => {
                let mut value = before.value.clone();
                if let Some(version) = value.pointer_mut("/metadata/resourceVersion") {
                    *version = change.version.to_string().into();
                }
                let object = stored(before.place.clone(), change.version, value);
                Some(Event { sort: "DELETED", object })
            }
        }
    }
}
