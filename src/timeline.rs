//! Owns what happened, in the order of time: our orders beside what was seen of the cluster.
//!
//! Pure: changes in, lines out; it never reads a clock, a file or a cluster, and never guesses who did what: an effect
//! is said to follow an order, not to come from it. Invariants: every text is [`Printable`]; each line has one time and
//! says whose clock it is of; what is held is capped, and what was left out is counted in a line of its own.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::rollout::Key;
use crate::text::Printable;

pub mod away;
pub mod changes;
pub mod event;
pub mod order;
mod roll;
mod said;
#[cfg(test)]
mod tests;

pub use away::Sight;
pub use changes::{changes, measured};
pub use event::told;
pub use order::{Order, Record, Stage};
pub use roll::{HELD, Timeline, Unkept, after, fits};
pub use said::{EACH, SAID};

/// Longest text of a line, in characters: with the number of lines it caps what is kept.
pub const LONGEST: usize = 240;

/// From where a line is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An order of ours, from the ledger.
    Order,
    /// What is asked for of a Rollout changed.
    Spec,
    /// What the controller says of a Rollout changed.
    Status,
    /// An analysis moved, as the Rollout's status tells it.
    Analysis,
    /// What works and what does not changed.
    Health,
    /// What the evidence says of a canary changed.
    Gate,
    /// The controller said so, in an Event.
    Event,
    /// It changed while nobody looked.
    Away,
    /// Something was left out.
    Gap,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 9] = [
        Self::Order,
        Self::Spec,
        Self::Status,
        Self::Analysis,
        Self::Gate,
        Self::Event,
        Self::Away,
        Self::Health,
        Self::Gap,
    ];

    /// Returns its word, as it is kept and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Spec => "spec",
            Self::Status => "status",
            Self::Analysis => "analysis",
            Self::Health => "health",
            Self::Gate => "gate",
            Self::Event => "event",
            Self::Away => "away",
            Self::Gap => "gap",
        }
    }

    /// Finds a source by its word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }
}

/// Whose clock a time is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dial {
    /// The cluster's: the object says so.
    Cluster,
    /// Ours: when it was seen, or ordered.
    Ours,
}

impl Dial {
    /// Returns its word, as it is kept and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Ours => "here",
        }
    }

    /// Finds a clock by its word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Cluster, Self::Ours].into_iter().find(|dial| dial.word() == word)
    }
}

/// Cuts what may be long to the length of a line.
fn cut(words: String) -> Printable {
    let text = Printable::from(words);
    match text.as_str().char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => Printable::from(text.as_str().get(..end).unwrap_or_default()),
    }
}

/// What a service beside the cluster answered about a Rollout. It is kept and is no line: what follows from it is told by other lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// On which Rollout.
    pub key: Key,
    /// The Rollout's uid.
    pub uid: Arc<str>,
    /// Hash of the pods of the version that was asked about.
    pub version: Arc<str>,
    /// When it was heard.
    pub at: Timestamp,
    /// What was answered; nobody reads it.
    pub body: String,
    /// Whether one before it may be missing.
    pub breaks: bool,
}

/// Which cluster, as the kubeconfig names it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scene {
    /// Kubeconfig context.
    pub context: Printable,
    /// URL of the API server.
    pub server: Printable,
}

/// Something that was seen of a Rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// When it happened.
    pub at: Timestamp,
    /// Whose clock that is of.
    pub dial: Dial,
    /// When it was seen, by our clock.
    pub seen_at: Timestamp,
    /// In which cluster.
    pub scene: Scene,
    /// On which Rollout; without a name where it concerns all of a namespace, and with both parts empty where all there are.
    pub key: Key,
    /// From where it is known.
    pub source: Source,
    /// What it was, at most [`LONGEST`] characters.
    pub text: Printable,
    /// What makes it the same line for whoever saw it: uid and version of the object and what changed, or the Event's uid;
    /// empty where nobody else can have seen it.
    pub mark: Arc<str>,
    /// How often it was said: a line of the same mark and a greater count takes its place.
    pub count: u32,
}

impl Sighting {
    /// Says that `lost` changes could not be kept.
    pub fn gap(lost: u64, at: Timestamp, scene: Scene) -> Self {
        let everywhere = Key { namespace: Arc::default(), name: Arc::default() };
        Self::ours(Source::Gap, everywhere, scene, format!("{lost} changes came too fast to be kept"), at)
    }

    /// Says what was made out here and now, so that nobody else can have seen it; what is too long is cut.
    pub fn ours(source: Source, key: Key, scene: Scene, words: String, at: Timestamp) -> Self {
        Self {
            at,
            dial: Dial::Ours,
            seen_at: at,
            scene,
            key,
            source,
            text: cut(words),
            mark: Arc::default(),
            count: 1,
        }
    }

    /// Returns the time by which it stands among other lines.
    ///
    /// Clusters tell whole seconds: what happened within one may have happened until it was seen, or until its end.
    pub fn rank(&self) -> Timestamp {
        let within = self.seen_at.duration_since(self.at);
        let whole = self.at.subsec_nanosecond() == 0;
        if self.dial == Dial::Ours || !whole || within.is_negative() {
            return self.at;
        }
        let end = SignedDuration::from_nanos(999_999_999);
        self.at.checked_add(within.min(end)).unwrap_or(self.at)
    }
}

/// One line of a timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Line<'a> {
    /// An order of ours.
    Order(&'a Order),
    /// Something that was seen.
    Seen(&'a Sighting),
}

impl<'a> Line<'a> {
    /// Returns its time.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Order(order) => order.at,
            Self::Seen(sighting) => sighting.at,
        }
    }

    /// Returns whose clock its time is of.
    pub fn dial(self) -> Dial {
        match self {
            Self::Order(_) => Dial::Ours,
            Self::Seen(sighting) => sighting.dial,
        }
    }

    /// Returns the time by which it stands among other lines.
    pub fn rank(self) -> Timestamp {
        match self {
            Self::Order(order) => order.at,
            Self::Seen(sighting) => sighting.rank(),
        }
    }

    /// Returns from where it is known.
    pub fn source(self) -> Source {
        match self {
            Self::Order(_) => Source::Order,
            Self::Seen(sighting) => sighting.source,
        }
    }

    /// Returns the Rollout that it is about.
    pub fn key(self) -> &'a Key {
        match self {
            Self::Order(order) => &order.key,
            Self::Seen(sighting) => &sighting.key,
        }
    }

    /// Returns the cluster that it is about.
    pub fn scene(self) -> &'a Scene {
        match self {
            Self::Order(order) => &order.scene,
            Self::Seen(sighting) => &sighting.scene,
        }
    }

    /// Says what happened, in one line.
    pub fn text(self) -> Printable {
        match self {
            Self::Order(order) => order.sentence(),
            Self::Seen(sighting) => sighting.text.clone(),
        }
    }
}
