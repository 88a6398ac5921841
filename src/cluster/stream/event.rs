//! Owns reading one event of a watch.
//!
//! It never keeps what it reads. Invariant: a bookmark's version is as good as an object's for resuming.

use serde::Deserialize;

use crate::cluster::fault::{Fault, StatusObject};
use crate::cluster::resource::Wire;

/// One event of a watch (meta/v1 `WatchEvent`).
#[derive(Deserialize)]
#[serde(tag = "type", content = "object", rename_all = "UPPERCASE", bound = "W: Wire")]
pub(in crate::cluster) enum Event<W> {
    /// An object was made, or exists.
    Added(W),
    /// An object was changed.
    Modified(W),
    /// An object is gone; as it last was.
    Deleted(W),
    /// Nothing but a version up to which all has been told.
    Bookmark(Bookmark),
    /// The stream ends with this error.
    Error(StatusObject),
}

/// A version up to which all has been told.
#[derive(Deserialize)]
pub(in crate::cluster) struct Bookmark {
    metadata: BookmarkMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookmarkMetadata {
    resource_version: String,
    annotations: Option<BookmarkAnnotations>,
}

#[derive(Deserialize)]
struct BookmarkAnnotations {
    #[serde(rename = "k8s.io/initial-events-end")]
    initial_events_end: Option<String>,
}

impl Bookmark {
    /// Tells whether the list that a streaming watch begins with is complete (KEP-3157).
    pub(in crate::cluster) fn ends_list(&self) -> bool {
        let annotations = self.metadata.annotations.as_ref();
        annotations.and_then(|a| a.initial_events_end.as_deref()) == Some("true")
    }

    /// Returns the version from which to resume.
    pub(in crate::cluster) fn into_version(self) -> String {
        self.metadata.resource_version
    }
}

/// Reads one line of a watch.
pub(in crate::cluster) fn read<W: Wire>(line: &[u8]) -> Result<Event<W>, Fault> {
    serde_json::from_slice(line).map_err(|error| {
        // Some servers and proxies end a stream with a bare Status.
        match serde_json::from_slice::<StatusObject>(line) {
            Ok(status) if status.kind == "Status" => Fault::of_event(status),
            _ => Fault::unreadable(&error),
        }
    })
}
