//! Owns one line that a confirmation wants typed: the name, the phrase that overrides a freeze, or the reason.
//!
//! It never confirms anything. Invariants: a name or phrase is given when it stands there as wanted, typed at a
//! person's speed; a reason is given only when its line is finished.

use tui_input::{Input, InputRequest};

use crate::app::typing;
use crate::keymap::Key;
use crate::operation::Reason;
use crate::operation::policy::Need;
use crate::text::Printable;

/// What is to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This name of the Rollout.
    Name(String),
    /// This phrase, which overrides a freeze.
    Phrase(Printable),
    /// A reason, in the person's words.
    Reason,
}

/// One line to be typed.
#[derive(Debug)]
pub struct Field {
    wanted: Wanted,
    input: Input,
    finished: bool,
}

impl Field {
    /// Begins empty.
    pub(super) fn new(need: &Need, name: &str) -> Self {
        let wanted = match need {
            Need::Name => Wanted::Name(name.to_owned()),
            Need::Phrase(phrase) => Wanted::Phrase(phrase.clone()),
            Need::Reason => Wanted::Reason,
        };
        Self { wanted, input: Input::default(), finished: false }
    }

    /// Returns what is to be typed.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Returns what has been typed so far, and where the cursor stands in it.
    pub fn typed(&self) -> (&str, usize) {
        (self.input.value(), self.input.visual_cursor())
    }

    /// Tells whether it is typed.
    pub fn is_given(&self) -> bool {
        self.finished
    }

    /// Returns the reason, as far as one stands there.
    pub fn reason(&self) -> Option<Reason> {
        Reason::new(self.input.value()).filter(|_| self.wanted == Wanted::Reason)
    }

    /// Takes a key; tells whether it was taken or thrown away, if it was one for typing.
    pub(super) fn type_key(&mut self, key: Key, human: bool) -> Option<bool> {
        let exact = match &self.wanted {
            Wanted::Name(name) => name.clone(),
            Wanted::Phrase(phrase) => phrase.to_string(),
            Wanted::Reason => {
                let full = key.text().is_some() && self.is_full();
                return (!full && typing::edit(&mut self.input, key)).then_some(true);
            }
        };
        if !human {
            self.input.reset();
            return Some(false);
        }
        let edited = typing::edit(&mut self.input, key);
        self.finished = self.input.value() == exact;
        edited.then_some(true)
    }

    /// Takes a paste where it may be one: what proves nothing about reading. Tells whether it was taken.
    pub(super) fn paste(&mut self, text: &str) -> bool {
        if self.wanted != Wanted::Reason {
            self.input.reset();
            return false;
        }
        for character in text.chars().map(|character| if character.is_control() { ' ' } else { character }) {
            if self.is_full() {
                break;
            }
            self.input.handle(InputRequest::InsertChar(character));
        }
        true
    }

    /// Ends the line, if a reason stands there; tells whether it did.
    pub(super) fn finish(&mut self) -> bool {
        self.finished = self.reason().is_some();
        self.finished
    }

    fn is_full(&self) -> bool {
        Printable::from_cluster(self.input.value()).as_str().chars().count() >= Reason::LONGEST
    }
}
