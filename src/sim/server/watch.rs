//! Watches: a collection as it changes, from a version on, for as long as both sides want it.
//!
//! It owns what is told and when: what is there at first, changes, bookmarks, and the end. What is ready at one time
//! goes out in one piece. It never holds the world while a piece is written. Invariants: what is told is in the order of
//! versions, each once; a bookmark says a version up to which all has been told.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::{self, Answer};
use super::ask::Ask;
use super::core::{Core, Pulse};
use super::form::Form;
use super::list::{self, PIECE};
use super::route::Route;
use super::selector::Selector;
use crate::sim::objects::{Refusal, Stored};
use crate::sim::world::World;

mod event;

use event::{Event, Events};

/// Milliseconds between two bookmarks, in the world's time: who takes silence for a fault counts in that.
const BOOKMARKS: u32 = 60_000;
/// How long before the end the last bookmark is told (apiserver: storage/cacher/time_budget.go and cacher.go).
const LAST_BOOKMARK: Duration = Duration::from_secs(2);
/// How many seconds a watch lasts that says nothing of it (apiserver: `--min-request-timeout`).
const USUAL: u64 = 1800;
/// How many seconds a watch lasts at most.
const LONGEST: u64 = 24 * 3600;

/// Answers a watch.
///
/// # Errors
/// 504 for a version that does not come. A version that is forgotten is told by an event.
pub(super) async fn watch(core: &Arc<Core>, route: &Route, ask: Ask, form: Form) -> Result<Answer, Refusal> {
    if ask.initial {
        list::wait(core, &ask).await?;
    }
    let lasts = Duration::from_secs(ask.seconds.unwrap_or(USUAL).min(LONGEST));
    let begun = Instant::now();
    let pulse = core.pulse();
    let begins = core.turn(|world| {
        let newest = world.objects.version();
        let there = if ask.initial { list::state(&world.objects, route, None)? } else { Vec::new() };
        let at = match ask.version {
            Some(version) if !ask.initial && version > 0 => version,
            _ => newest,
        };
        Ok::<_, Refusal>((there, at, world.wire().cuts()))
    });
    let (mut there, at, cuts) = begins?;
    there.retain(|stored| ask.selector.matches(stored));
    let following = Following {
        core: Arc::clone(core),
        route: route.clone(),
        selector: ask.selector,
        form,
        there: there.into_iter(),
        owes_end: ask.initial && ask.bookmarks,
        at,
        cuts,
        pulse,
        bookmark: ask
            .bookmarks
            .then(|| begun + core.span(BOOKMARKS).min(lasts.saturating_sub(LAST_BOOKMARK))),
        last_bookmark: begun + lasts.saturating_sub(LAST_BOOKMARK),
        ends: begun + lasts,
        headed: true,
        over: false,
    };
    Ok(answer::streamed(stream::unfold(following, |mut following| async move {
        let piece = following.piece().await?;
        Some((piece, following))
    })))
}

/// One watch, and how far it has told.
struct Following {
    core: Arc<Core>,
    route: Route,
    selector: Selector,
    form: Form,
    /// What was there at the beginning and is still to be told.
    there: std::vec::IntoIter<Arc<Stored>>,
    /// Whether it is still to be told that this was all.
    owes_end: bool,
    /// Up to where all has been told, or is about to be.
    at: u64,
    cuts: u64,
    pulse: watch::Receiver<Pulse>,
    /// When the next bookmark is due; `None` where none are wanted.
    bookmark: Option<Instant>,
    last_bookmark: Instant,
    ends: Instant,
    headed: bool,
    over: bool,
}

/// What there is to tell.
enum News {
    Cut,
    Silent(Timestamp),
    Forgotten(Refusal),
    Events(Vec<Event>, Timestamp),
}

impl Following {
    /// Waits for the next piece; `None` at the end.
    async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        while !self.over {
            self.pulse.mark_unchanged();
            let core = Arc::clone(&self.core);
            match core.turn(|world| self.news(world)) {
                News::Cut => {
                    self.over = true;
                    return Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
                }
                News::Silent(until) => {
                    core.until(until, &mut self.pulse).await;
                    continue;
                }
                News::Forgotten(refusal) => {
                    self.over = true;
                    return Some(Ok(event::error(&refusal).into()));
                }
                News::Events(events, now) => {
                    let piece = self.written(&events, now);
                    if !piece.is_empty() {
                        return Some(Ok(piece.into()));
                    }
                }
            }
            self.rest().await;
        }
        None
    }

    /// Takes what there is to tell; what was there at the beginning is not taken from the world.
    fn news(&mut self, world: &mut World) -> News {
        let now = world.now();
        let wire = world.wire();
        if wire.cuts() != self.cuts {
            return News::Cut;
        }
        if let Some(until) = wire.silent_until(now) {
            return News::Silent(until);
        }
        if self.there.len() > 0 || self.owes_end {
            return News::Events(Vec::new(), now);
        }
        let mut events = Events::new(&self.route, &self.selector);
        match events.take(&world.objects, self.at) {
            Ok(at) => {
                self.at = at;
                News::Events(events.into_taken(), now)
            }
            Err(refusal) => News::Forgotten(refusal),
        }
    }

    fn written(&mut self, events: &[Event], now: Timestamp) -> Vec<u8> {
        let listed = if self.there.len() > 0 { PIECE + PIECE / 4 } else { 0 };
        let mut out = Vec::with_capacity(listed + events.iter().map(Event::size).sum::<usize>());
        while out.len() < PIECE {
            let Some(stored) = self.there.next() else { break };
            self.tell(&mut out, &Event::added(stored), now);
        }
        if self.owes_end && self.there.len() == 0 {
            self.owes_end = false;
            self.tell(&mut out, &Event::bookmark(self.route.kind, self.at, true), now);
        }
        for event in events {
            self.tell(&mut out, event, now);
        }
        if self.bookmark.is_some_and(|due| due <= Instant::now()) && self.there.len() == 0 {
            self.tell(&mut out, &Event::bookmark(self.route.kind, self.at, false), now);
            // After the last one there is none until the end.
            let (now, last) = (Instant::now(), self.last_bookmark);
            self.bookmark = (now < last).then(|| last.min(now + self.core.span(BOOKMARKS).min(last - now)));
        }
        out
    }

    fn tell(&mut self, out: &mut Vec<u8>, event: &Event, now: Timestamp) {
        event.write(out, self.form, self.headed, now);
        self.headed = false;
    }

    /// Waits until there may be something to tell, or the end has come.
    async fn rest(&mut self) {
        let due = self.bookmark.map_or(self.ends, |bookmark| bookmark.min(self.ends));
        tokio::select! {
            changed = self.pulse.changed() => self.over |= changed.is_err(),
            () = tokio::time::sleep_until(due) => self.over |= Instant::now() >= self.ends,
        }
    }
}
