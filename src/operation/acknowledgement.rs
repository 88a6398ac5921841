//! Owns what a person says with an acknowledgement: why, in which role, over which freeze, by which channel.
//!
//! It never says who: that is observed ([`super::Actor`]), where the role is only claimed. Invariant: a [`Reason`] is
//! one line that can be shown, neither empty nor longer than [`Reason::LONGEST`].

use serde::Serialize;

use super::policy::Need;
use crate::text::Printable;

/// What goes with an acknowledgement into the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Why, in the person's words.
    pub reason: Option<Reason>,
    /// The role that the person claims; nothing proves it.
    pub role: Option<Printable>,
    /// The phrase that was typed to override a freeze.
    pub override_: Option<Printable>,
    /// Where the order came from.
    pub channel: Channel,
    /// Identity of the proposal that was taken up, if one was.
    pub proposal: Option<Printable>,
}

/// Where an order came from. Whichever it was, it is acknowledged at the keyboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A person's key.
    #[default]
    Keyboard,
    /// A proposal that a person took up.
    Proposal,
}

/// Why something was ordered: one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(Printable);

impl Reason {
    /// Longest reason, in characters.
    pub const LONGEST: usize = 200;

    /// Takes a reason as typed; `None` where nothing is said, or more than fits. What cannot be seen is kept as a
    /// visible escape.
    pub fn new(typed: &str) -> Option<Self> {
        let printable = Printable::from_cluster(typed.trim());
        let length = printable.as_str().chars().count();
        (1..=Self::LONGEST).contains(&length).then_some(Self(printable))
    }

    /// Returns the text.
    pub fn text(&self) -> &Printable {
        &self.0
    }
}

impl Acknowledgement {
    /// Returns what is wanted and was not said; the name is the confirmation's own to have typed.
    pub fn lacks<'a>(&self, needs: &'a [Need]) -> Option<&'a Need> {
        needs.iter().find(|need| match need {
            Need::Name => false,
            Need::Phrase(phrase) => self.override_.as_ref() != Some(phrase),
            Need::Reason => self.reason.is_none(),
        })
    }
}
