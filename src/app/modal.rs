//! Owns the confirmation that is open: which operation, its guard, the name being typed, how far it is scrolled.
//!
//! It never acknowledges by itself: it says when the person has. Invariants: the guard decides alone which key
//! counts; a name counts only when typed key by key, never pasted; whatever changes what is shown voids it.

use std::time::Duration;

use tui_input::Input;

use super::arming::{Arming, Guard};
use super::typing;
use crate::keymap::Key as KeyPress;
use crate::operation::Id;

/// What a frame shows of a confirmation: which one, and which wish for a new look it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    id: Id,
    looks: u32,
}

/// The open confirmation.
#[derive(Debug)]
pub struct Modal {
    id: Id,
    guard: Guard,
    wanted: Option<String>,
    typed: Input,
    scroll: usize,
    scrollable: usize,
    skip_next: bool,
    too_fast: bool,
}

impl Modal {
    /// Opens for an operation; `wanted` is the name to be typed, for one that is weighty.
    pub fn new(id: Id, wanted: Option<String>, opened: Duration) -> Self {
        Self {
            id,
            guard: Guard::new(opened),
            wanted,
            typed: Input::default(),
            scroll: 0,
            scrollable: 0,
            skip_next: false,
            too_fast: false,
        }
    }

    /// Returns the operation's id.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Tells whether a confirming key would count now.
    pub fn is_armed(&self) -> bool {
        self.guard.is_armed() && !self.wants_name()
    }

    /// Returns the guard's state.
    pub fn arming(&self) -> Arming {
        self.guard.state()
    }

    /// Tells whether the name is still to be typed.
    pub fn wants_name(&self) -> bool {
        self.wanted.as_deref().is_some_and(|wanted| wanted != self.typed.value())
    }

    /// Returns the name that is wanted, for an operation that is weighty.
    pub fn wanted(&self) -> Option<&str> {
        self.wanted.as_deref()
    }

    /// Returns what has been typed so far, and where the cursor stands in it.
    pub fn typed(&self) -> (&str, usize) {
        (self.typed.value(), self.typed.visual_cursor())
    }

    /// Tells whether typed keys came at a machine's speed and were thrown away.
    pub fn was_too_fast(&self) -> bool {
        self.too_fast
    }

    /// Returns the lines scrolled down.
    pub fn scroll(&self) -> usize {
        self.scroll
    }

    /// Returns when [`Self::tick`] is next needed.
    pub fn wake(&self) -> Option<Duration> {
        self.guard.wake()
    }

    /// Names what a frame made now shows of it, to be given back once that frame stands on the screen.
    pub fn look(&self) -> Look {
        Look { id: self.id.clone(), looks: self.guard.looks() }
    }

    /// Notes that it stands on the screen.
    pub fn drawn(&mut self, scrollable: usize, at: Duration) {
        self.scrollable = scrollable;
        self.scroll = self.scroll.min(scrollable);
        self.guard.drawn(at);
    }

    /// Voids what was given: what is shown changed.
    pub fn disarm(&mut self, at: Duration) {
        self.guard.disarm(at);
    }

    /// Notes that the terminal lost or gained attention: what comes first after that may be meant for another window.
    pub fn focus(&mut self, gained: bool, at: Duration) {
        self.guard.disarm(at);
        self.skip_next = gained;
    }

    /// Notes a paste, which confirms nothing and types nothing.
    pub fn pasted(&mut self, at: Duration) {
        self.too_fast = true;
        self.typed.reset();
        self.guard.disarm(at);
    }

    /// Tells whether a key is to be thrown away, as the first after attention came back.
    pub fn skips(&mut self, at: Duration) -> bool {
        let skip = std::mem::take(&mut self.skip_next);
        if skip {
            self.guard.other(at);
        }
        skip
    }

    /// Takes a confirming key.
    pub fn confirm(&mut self, at: Duration) {
        if self.wants_name() {
            self.other(at);
        } else {
            self.guard.confirm(at);
        }
    }

    /// Takes a key that confirms nothing.
    pub fn other(&mut self, at: Duration) {
        self.guard.other(at);
    }

    /// Scrolls by lines.
    pub fn scroll_by(&mut self, lines: isize, at: Duration) {
        self.scroll = self.scroll.saturating_add_signed(lines).min(self.scrollable);
        self.guard.other(at);
    }

    /// Takes a key of the name being typed. Keys at a machine's speed throw the name away.
    pub fn type_key(&mut self, key: KeyPress, at: Duration) {
        let human = self.guard.other(at);
        if !human {
            self.too_fast = true;
            self.typed.reset();
            return;
        }
        if typing::edit(&mut self.typed, key) {
            self.too_fast = false;
        }
        if !self.wants_name() {
            self.guard.disarm(at);
        }
    }

    /// Lets time pass; tells whether the confirmation has just been given.
    pub fn tick(&mut self, now: Duration) -> bool {
        self.guard.tick(now) && !self.wants_name()
    }
}
