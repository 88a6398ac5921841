//! How one service that lived through its past is copied, ten thousand times if need be.
//!
//! It owns the objects of that one as text with gaps: name, namespace, uids, hashes of versions, times. It never runs a controller. Invariant:
//! a copy is the original with other names, so it is as settled as that was, and looks that were due are due for it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sim::model::random;
use crate::sim::model::rollout::template_hash;
use crate::sim::objects::kind::{ANALYSIS_TEMPLATE, EVENT, LEASE, NAMESPACE, REPLICA_SET};
use crate::sim::objects::{KINDS, Kind, Place, Stored, Ties};
use crate::sim::world::World;

/// The label by which Argo tells versions apart.
const HASH: &str = "rollouts-pod-template-hash";
/// How long a server keeps Events.
const EVENTS: SignedDuration = SignedDuration::from_hours(1);
/// How a time is written: `2026-11-21T08:58:00Z`.
const TIME: usize = "2026-11-21T08:58:00Z".len();

/// As much as most gaps take: a uid.
const GAP: usize = 36;

/// The objects of one service, with gaps.
pub(super) struct Mold {
    objects: Vec<Shape>,
    looks: Vec<(Timestamp, &'static Kind, Text)>,
    /// The pod templates of its versions, whose hashes differ from copy to copy as the names do.
    versions: Vec<Text>,
}

/// One object with gaps.
struct Shape {
    kind: &'static Kind,
    name: Text,
    uid: Text,
    owners: Vec<Text>,
    body: Text,
}

/// What a copy differs in.
pub(super) struct Copy {
    /// Its name.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: String,
    /// What its uids follow from.
    pub(super) seed: String,
    /// How much older than the original it may be.
    pub(super) spread: SignedDuration,
}

/// One copy, ready to be put into a world.
pub(super) struct Cast {
    objects: Vec<(Place, Ties, Body)>,
    looks: Vec<(Timestamp, Place)>,
}

/// An object's text, but for its version, and where that belongs.
struct Body {
    text: String,
    version: usize,
}

/// A text with gaps.
struct Text(Vec<Piece>);

#[derive(Clone)]
enum Piece {
    Text(String),
    Name,
    Space,
    Uid(usize),
    Hash(usize),
    Time(Timestamp),
    /// What is known only when the copy enters a world.
    Version,
}

/// What the gaps of one copy are filled with.
struct Filling<'a> {
    copy: &'a Copy,
    older: SignedDuration,
    hashes: Vec<String>,
}

impl Mold {
    /// Name of a service that is to be copied under others.
    pub(super) const NAME: &'static str = "zq-name-qz";
    /// Namespace of a service that is to be copied into others.
    pub(super) const SPACE: &'static str = "zq-space-qz";
    /// What stands for the version of an object.
    const VERSION: &'static str = "zq-version-qz";

    /// Takes the mold of everything that belongs to a service in a world of its own.
    pub(super) fn of(world: &World, (name, namespace): (&str, &str), now: Timestamp) -> Self {
        let kept: Vec<_> = KINDS
            .iter()
            .flat_map(|kind| world.objects.list(kind, Some(namespace)))
            .filter(|stored| is_kept(stored, now))
            .collect();
        let uids: Vec<&str> = kept.iter().map(|stored| stored.uid()).collect();
        let sets: Vec<_> = kept.iter().filter(|stored| stored.place.kind == &REPLICA_SET).collect();
        let hashes: Vec<&str> = sets.iter().filter_map(|set| set.label(HASH)).collect();
        let gaps = Gaps { name, namespace, uids: &uids, hashes: &hashes };
        let templates = sets.iter().filter_map(|set| set.value.pointer("/spec/template"));
        let objects = kept.iter().map(|stored| gaps.shape(stored));
        let looks = world.looks().filter(|(_, place)| place.kind != &LEASE);
        Self {
            objects: objects.collect(),
            looks: looks.map(|(at, place)| (at, place.kind, gaps.cut(&place.name))).collect(),
            versions: templates.map(|template| gaps.cut(&template.to_string())).collect(),
        }
    }

    /// Makes a copy.
    pub(super) fn cast(&self, copy: &Copy) -> Result<Cast, String> {
        let older = match copy.spread.is_zero() {
            true => SignedDuration::ZERO,
            false => SignedDuration::from_secs(random::jitter(&[&copy.seed, "age"], copy.spread).as_secs()),
        };
        let mut with = Filling { copy, older, hashes: Vec::new() };
        let hash = |template: &Text| Ok(template_hash(&read(&template.filled(&with))?, None));
        with.hashes = self.versions.iter().map(hash).collect::<Result<_, String>>()?;
        let place = |kind, name: &Text| Place::new(kind, &copy.namespace, &name.filled(&with));
        let object = |shape: &Shape| {
            let owners = shape.owners.iter().map(|owner| owner.filled(&with).into()).collect();
            let ties = Ties { uid: shape.uid.filled(&with).into(), owners };
            (place(shape.kind, &shape.name), ties, shape.body.body(&with))
        };
        Ok(Cast {
            objects: self.objects.iter().map(object).collect(),
            looks: self.looks.iter().map(|(at, kind, name)| (*at, place(kind, name))).collect(),
        })
    }
}

impl Cast {
    /// Puts the copy into a world.
    pub(super) fn enter(self, world: &mut World) {
        for (place, ties, body) in self.objects {
            world.objects.adopt(place, ties, |version| body.of_version(version));
        }
        for (at, place) in self.looks {
            world.look_at(place, at);
        }
    }
}

impl Body {
    fn of_version(self, version: u64) -> String {
        let Self { mut text, version: at } = self;
        text.insert_str(at, &version.to_string());
        text
    }
}

fn read(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// Leaves out what every namespace has anyway, and Events that a server would have forgotten.
fn is_kept(stored: &Stored, now: Timestamp) -> bool {
    let kind = stored.place.kind;
    if kind == &EVENT {
        let last = stored
            .value
            .get("lastTimestamp")
            .and_then(Value::as_str)
            .and_then(|at| at.parse::<Timestamp>().ok());
        return last.is_some_and(|last| now.duration_since(last) < EVENTS);
    }
    kind != &NAMESPACE && kind != &ANALYSIS_TEMPLATE && kind != &LEASE
}

struct Gaps<'a> {
    name: &'a str,
    namespace: &'a str,
    uids: &'a [&'a str],
    hashes: &'a [&'a str],
}

impl Gaps<'_> {
    fn shape(&self, stored: &Stored) -> Shape {
        let mut value = stored.value.clone();
        if let Some(version) = value.pointer_mut("/metadata/resourceVersion") {
            *version = Mold::VERSION.into();
        }
        Shape {
            kind: stored.place.kind,
            name: self.cut(&stored.place.name),
            uid: self.cut(stored.uid()),
            owners: stored.owners().map(|owner| self.cut(owner)).collect(),
            body: self.cut(&value.to_string()),
        }
    }

    fn cut(&self, text: &str) -> Text {
        let mut pieces = vec![Piece::Text(text.to_owned())];
        for (index, uid) in self.uids.iter().enumerate().filter(|(_, uid)| !uid.is_empty()) {
            pieces = cut(pieces, uid, &Piece::Uid(index));
        }
        for (index, hash) in self.hashes.iter().enumerate() {
            pieces = cut(pieces, hash, &Piece::Hash(index));
        }
        pieces = cut(pieces, Mold::VERSION, &Piece::Version);
        pieces = cut(pieces, self.name, &Piece::Name);
        pieces = cut(pieces, self.namespace, &Piece::Space);
        Text(pieces.into_iter().flat_map(times).collect())
    }
}

/// Cuts a word out of all that is still text.
fn cut(pieces: Vec<Piece>, word: &str, gap: &Piece) -> Vec<Piece> {
    let mut all = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Piece::Text(text) = piece else {
            all.push(piece);
            continue;
        };
        for (nth, part) in text.split(word).enumerate() {
            if nth > 0 {
                all.push(gap.clone());
            }
            all.push(Piece::Text(part.to_owned()));
        }
    }
    all
}

/// Cuts the times out of a text.
fn times(piece: Piece) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let (mut all, mut rest) = (Vec::new(), text.as_str());
    while let Some((before, time, after)) = next_time(rest) {
        all.push(Piece::Text(before.to_owned()));
        all.push(Piece::Time(time));
        rest = after;
    }
    all.push(Piece::Text(rest.to_owned()));
    all
}

fn next_time(text: &str) -> Option<(&str, Timestamp, &str)> {
    // Every time in an object stands between quotes.
    for (quote, _) in text.match_indices('"') {
        let found = text.get(quote + 1..quote + 1 + TIME).filter(|found| found.ends_with('Z'));
        let closed = text.get(quote + 1 + TIME..).filter(|after| after.starts_with('"'));
        if let (Some(found), Some(after)) = (found, closed)
            && let Ok(time) = found.parse()
        {
            return Some((text.get(..=quote).unwrap_or_default(), time, after));
        }
    }
    None
}

impl Text {
    /// About how long it is when it is filled: a little more than that.
    fn size(&self) -> usize {
        let size = |piece: &Piece| if let Piece::Text(part) = piece { part.len() } else { GAP };
        self.0.iter().map(size).sum()
    }

    fn filled(&self, with: &Filling<'_>) -> String {
        self.body(with).text
    }

    fn body(&self, with: &Filling<'_>) -> Body {
        let (mut text, mut version) = (String::with_capacity(self.size()), 0);
        for piece in &self.0 {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Name => text.push_str(&with.copy.name),
                Piece::Space => text.push_str(&with.copy.namespace),
                Piece::Uid(index) => text.push_str(&uid(&with.copy.seed, *index)),
                Piece::Hash(index) => text.push_str(with.hashes.get(*index).map_or("", String::as_str)),
                Piece::Time(time) => {
                    let time = time.checked_sub(with.older).unwrap_or(*time);
                    text.push_str(&format!("{time:.0}"));
                }
                Piece::Version => version = text.len(),
            }
        }
        Body { text, version }
    }
}

/// Makes a uid in the form of a UUID of version 4.
fn uid(seed: &str, index: usize) -> String {
    let index = index.to_string();
    let (high, low) = (random::mix(&[seed, &index, "high"]), random::mix(&[seed, &index, "low"]));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48 & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}
