//! Owns the Kubernetes Event that tells the cluster of an order: what it says, and that it was or was not taken.
//!
//! It is part of what is acknowledged, changes nothing in the Rollout, and its failure harms nothing. Invariants: at
//! most one is asked for in a life, and only after the API server accepted the order; what came of it is recorded
//! without a change of state.

use jiff::Timestamp;

use super::{Command, Operation};
use crate::operation::{Answer, Entry, Id, Kind, Target};
use crate::text::Printable;

/// Leave to tell of an accepted order by one Event; not cloneable, and made only by [`Operation::on`].
#[derive(Debug, PartialEq)]
pub struct Announcement {
    id: Id,
    kind: Kind,
    target: Target,
    at: Timestamp,
}

/// How far the telling got.
pub(super) enum Telling {
    /// No Event was asked for.
    Unasked,
    /// One was, and nothing was heard of it.
    Asked,
    /// What came of it is recorded.
    Noted,
}

/// What came of an Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announced {
    /// The API server has it.
    Made,
    /// The user has no right to make Events.
    NoRight,
    /// It is not known to be there, for another reason.
    Failed {
        /// In one sentence.
        why: Printable,
    },
}

impl Announced {
    /// Returns the words for it in the ledger.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::NoRight => "no right",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Announcement {
    /// Returns the operation's identity.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Returns what was ordered.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns on what, where, and as whom.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns when the order was accepted.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns the Event's name: with the order's identity in it, so that a second copy is refused.
    pub fn name(&self) -> String {
        let id = &self.id.0;
        // A name has at most 253 characters (RFC 1123 subdomain).
        let room = 253_usize.saturating_sub(id.len() + 1);
        let name: String = self.target.key.name.chars().take(room).collect();
        format!("{}.{id}", name.trim_end_matches(['.', '-']))
    }

    /// Returns the Event's reason, in one word: `RollgatePromote`.
    pub fn reason(&self) -> String {
        let words = self.kind.word().split('-').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        });
        format!("Rollgate{}", words.collect::<String>())
    }

    /// Returns what the Event says: who, what, the order's identity, and the ledger's `head` where there is one.
    pub fn message(&self, head: Option<&str>) -> String {
        let (kind, user, id) = (self.kind.word(), &self.target.user, &self.id);
        let head = head.map(|head| format!(", ledger head {head}")).unwrap_or_default();
        format!("{user} ordered {kind} with rollgate, and the API server accepted it: order {id}{head}")
    }
}

impl Operation {
    /// Tells whether a Kubernetes Event is to tell of it once it is accepted.
    pub fn announces(&self) -> bool {
        self.staged.announces
    }

    /// Asks for the Event, where the order is accepted and none was asked for.
    pub(super) fn announce(&mut self, now: Timestamp) -> Option<Command> {
        let accepted = matches!(self.answer(), Some(Answer::Accepted { .. }));
        if !accepted || !self.announces() || !matches!(self.telling, Telling::Unasked) {
            return None;
        }
        self.telling = Telling::Asked;
        let (id, kind, target) = (self.id().clone(), self.kind(), self.target().clone());
        Some(Command::Announce(Box::new(Announcement { id, kind, target, at: now })))
    }

    /// Has the ledger note what came of the Event, once.
    pub(super) fn note_announced(&mut self, announced: &Announced, now: Timestamp) -> Vec<Command> {
        if !matches!(self.telling, Telling::Asked) {
            return Vec::new();
        }
        self.telling = Telling::Noted;
        self.entries = self.entries.saturating_add(1);
        vec![Command::Record(Box::new(Entry::of_announcement(self, self.entries, announced, now)))]
    }
}
