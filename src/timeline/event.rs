//! Owns how an Event of the controller becomes a line.
//!
//! It never takes an Event for proof of who asked: the controller says what it did, and no more. Invariant: the same
//! Event, said again, is the same line with a greater count.

use jiff::Timestamp;

use super::{Dial, Scene, Sighting, Source, cut};
use crate::rollout::{Event, Key};

/// What a warning's line begins with.
pub const WARNING: &str = "Warning ";

/// Says what was said about a Rollout (`key`), or about a run or experiment of it, as it was heard at `now`.
pub fn told(event: &Event, key: Key, scene: &Scene, now: Timestamp) -> Sighting {
    let sort = if event.warning { WARNING } else { "" };
    let about =
        if event.about == key { String::new() } else { format!("{} {}: ", event.kind, event.about.name) };
    let often = match (event.count, event.first) {
        (0 | 1, _) => String::new(),
        (count, Some(first)) => format!(" ({count} times since {first:.0})"),
        (count, None) => format!(" ({count} times)"),
    };
    let (at, dial) = event.last.map_or((now, Dial::Ours), |at| (at, Dial::Cluster));
    let words = cut(format!("{sort}{}: {about}{}", event.reason, event.message));
    // How often is said even where the message is long.
    let room = super::LONGEST.saturating_sub(often.chars().count());
    let words: String = words.as_str().chars().take(room).collect();
    Sighting {
        at,
        dial,
        seen_at: now,
        scene: scene.clone(),
        key,
        source: Source::Event,
        text: (words + &often).into(),
        mark: event.meta.uid.clone(),
        count: event.count,
    }
}
