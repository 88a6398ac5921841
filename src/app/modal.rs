//! Owns the confirmation that is open: of which operation or errand, its guard, what is being typed, how far it is scrolled.
//!
//! It never acknowledges by itself: it says when the person has. Invariants: the guard decides alone which key
//! counts, and none does while something is still to be typed; a name or phrase counts only when typed key by key,
//! never pasted; whatever changes what is shown voids it.

use std::time::Duration;

use super::arming::{Arming, Guard};
use crate::keymap::Key as KeyPress;
use crate::operation::{Acknowledgement, Errand, Id, Leave, Operation};
use crate::rollout::Key;

mod field;

pub use field::{Field, Wanted};

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
    fields: Vec<Field>,
    scroll: usize,
    scrollable: usize,
    skip_next: bool,
    too_fast: bool,
    /// Whether it cannot be acknowledged, whatever is pressed.
    held: bool,
}

impl Modal {
    /// Opens for an operation that was just staged.
    pub fn new(operation: &Operation, opened: Duration) -> Self {
        Self::asking(operation.id(), (operation.leave(), &operation.target().key), opened)
    }

    /// Opens for an errand that was just staged.
    pub fn for_errand(errand: &Errand, opened: Duration) -> Self {
        Self::asking(errand.id(), (errand.leave(), &errand.whither().key), opened)
    }

    fn asking(id: &Id, (leave, key): (&Leave, &Key), opened: Duration) -> Self {
        Self {
            id: id.clone(),
            guard: Guard::new(opened),
            fields: leave.needs().iter().map(|need| Field::new(need, &key.name)).collect(),
            scroll: 0,
            scrollable: 0,
            skip_next: false,
            too_fast: false,
            held: false,
        }
    }

    /// Opens for an operation that cannot be acknowledged here: it says how the same is done by hand.
    pub fn held(operation: &Operation, opened: Duration) -> Self {
        Self { fields: Vec::new(), held: true, ..Self::new(operation, opened) }
    }

    /// Tells whether nothing can be acknowledged here.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Returns the id of the operation or errand.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Tells whether a confirming key would count now.
    pub fn is_armed(&self) -> bool {
        self.guard.is_armed() && !self.wants_text() && !self.held
    }

    /// Returns the guard's state.
    pub fn arming(&self) -> Arming {
        self.guard.state()
    }

    /// Tells whether something is still to be typed.
    pub fn wants_text(&self) -> bool {
        self.current().is_some()
    }

    /// Lists what is to be typed, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns what is being typed now; `None` once all is.
    pub fn current(&self) -> Option<&Field> {
        self.fields.iter().find(|field| !field.is_given())
    }

    fn current_mut(&mut self) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| !field.is_given())
    }

    /// Returns what was said in what has been typed.
    pub fn said(&self) -> Acknowledgement {
        let mut said = Acknowledgement::default();
        for field in self.fields.iter().filter(|field| field.is_given()) {
            match field.wanted() {
                Wanted::Name(_) => {}
                Wanted::Phrase(phrase) => said.override_ = Some(phrase.clone()),
                Wanted::Reason => said.reason = field.reason(),
            }
        }
        said
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

    /// Notes a paste, which confirms nothing; only a reason may be pasted.
    pub fn pasted(&mut self, text: &str, at: Duration) {
        self.too_fast = !self.current_mut().is_some_and(|field| field.paste(text));
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
        if self.wants_text() || self.held {
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

    /// Takes a key of what is being typed. Keys at a machine's speed throw a name or phrase away.
    pub fn type_key(&mut self, key: KeyPress, at: Duration) {
        let human = self.guard.other(at);
        let Some(field) = self.current_mut() else { return };
        let typed = field.type_key(key, human);
        let given = field.is_given();
        if let Some(taken) = typed {
            self.too_fast = !taken;
        }
        if given {
            self.guard.disarm(at);
        }
    }

    /// Goes on to what is to be typed next, if what is being typed is complete; it never confirms.
    pub fn next(&mut self, at: Duration) {
        let human = self.guard.other(at);
        if human && self.current_mut().is_some_and(Field::finish) {
            self.guard.disarm(at);
        }
    }

    /// Lets time pass; tells whether the confirmation has just been given.
    pub fn tick(&mut self, now: Duration) -> bool {
        self.guard.tick(now) && !self.wants_text() && !self.held
    }
}
