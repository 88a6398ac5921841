//! Owns the wire type of Events (core/v1), in both forms: counted by themselves, or in a series.
//!
//! It never keeps the reporter's name: only one source is asked for. Invariant: a time that is missing or wrong reads as
//! none, and a count below one as one.

use jiff::Timestamp;
use kube::core::ObjectMeta;
use serde::Deserialize;

use super::intern::Interner;
use super::lenient::{Maybe, lenient_structs};
use super::meta;
use crate::rollout::{Event, Key};
use crate::text::Printable;

/// An Event as it comes over the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventObject {
    #[serde(deserialize_with = "meta::lean")]
    pub(super) metadata: ObjectMeta,
    involved_object: Maybe<AboutWire>,
    r#type: Maybe<String>,
    reason: Maybe<Printable>,
    message: Maybe<Printable>,
    count: Maybe<i64>,
    first_timestamp: Maybe<Timestamp>,
    last_timestamp: Maybe<Timestamp>,
    event_time: Maybe<Timestamp>,
    series: Maybe<SeriesWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AboutWire {
    kind: Maybe<Printable>,
    namespace: Maybe<String>,
    name: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SeriesWire {
    count: Maybe<i64>,
    last_observed_time: Maybe<Timestamp>,
}

lenient_structs!(AboutWire, SeriesWire);

impl EventObject {
    /// Converts to the domain, sharing what repeats.
    pub fn into_event(self, interner: &mut Interner) -> Event {
        let (about, series) = (self.involved_object.or_default(), self.series.or_default());
        let meta = meta::identity(&self.metadata, interner);
        let first = self.first_timestamp.0.or(self.event_time.0).or(meta.created);
        let last = series.last_observed_time.0.max(self.last_timestamp.0).or(self.event_time.0).or(first);
        let count = series.count.or_default().max(self.count.or_default()).max(1);
        let namespace = about.namespace.0.as_deref().map(|name| interner.name(name));
        Event {
            kind: interner.text(about.kind.or_default()),
            about: Key {
                namespace: namespace.unwrap_or_else(|| meta.key.namespace.clone()),
                name: interner.name(about.name.0.as_deref().unwrap_or_default()),
            },
            warning: self.r#type.0.as_deref() == Some("Warning"),
            reason: interner.text(self.reason.or_default()),
            message: self.message.or_default(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            first,
            last,
            meta,
        }
    }
}
