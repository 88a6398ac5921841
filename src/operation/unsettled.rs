//! Owns what is told of an order that needs a person, or that a program is still about: what was ordered, by whom, all
//! that is recorded of it, how it stands, and what to do next.
//!
//! Plain data, put together by whoever reads the ledger. It decides nothing about the cluster. Invariant: each standing has
//! a word and a next step, and says whether it waits for a person.

use std::sync::Arc;

use jiff::Timestamp;

use super::errand::Wanted;
use super::{Id, Kind, Shown};
use crate::rollout::Key;
use crate::text::Printable;

/// An order without an end that a person has seen, or that was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsettled {
    /// Its identity.
    pub id: Id,
    /// How it stands.
    pub standing: Standing,
    /// In which program it was acknowledged.
    pub owner: Owner,
    /// How far it is known to have got, or why no further, in a sentence.
    pub known: Printable,
    /// What was ordered; or why that cannot be read.
    pub order: Result<Ordered, Printable>,
    /// User as the API server names them.
    pub user: Printable,
    /// The person at the keyboard, as the operating system knew them.
    pub person: Printable,
    /// When it was acknowledged, as far as that can be read.
    pub at: Option<Timestamp>,
    /// All that is recorded of it, oldest first.
    pub records: Vec<Told>,
}

/// What was ordered.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordered {
    /// Word of the kind.
    pub word: Printable,
    /// The kind, where this program knows it.
    pub kind: Option<Kind>,
    /// Kubeconfig context.
    pub context: Printable,
    /// URL of the API server.
    pub server: Printable,
    /// Namespace and name.
    pub key: Key,
    /// Uid of the Rollout.
    pub uid: Arc<str>,
    /// What it was to bring about.
    pub consequence: Printable,
    /// The facts that guarded it.
    pub facts: Vec<Shown>,
    /// The request in lines: method and path, content type, body.
    pub request: Vec<Printable>,
    /// Digest of what was acknowledged.
    pub digest: Printable,
}

/// One record of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its number in the ledger.
    pub number: i64,
    /// When it was made, RFC 3339.
    pub at: Printable,
    /// Its word.
    pub event: Printable,
    /// What it says beside that, by name.
    pub says: Vec<(Printable, Printable)>,
    /// Its hash, 64 hexadecimal digits; nothing where the file keeps no chain.
    pub hash: Printable,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The program that sent it, or may have, is still about it, as far as can be told.
    Open,
    /// Its program has ended; nobody has looked yet for what became of it.
    Left,
    /// What became of it is not known.
    InDoubt,
    /// It was never delivered, and never will be.
    Dead,
}

/// Which program an order was acknowledged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This one.
    Here,
    /// Another one that runs on this machine, by its process id.
    Beside(u32),
    /// One that has ended.
    Ended,
    /// One that may run or not, on the host of this name, if one is recorded.
    Unknown(Printable),
}

impl Standing {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Left => "left",
            Self::InDoubt => "in doubt",
            Self::Dead => "dead",
        }
    }
}

impl Unsettled {
    /// Tells whether a person has to do something about it; `looked_after` where this session itself looks for what became of
    /// orders that were left.
    pub fn needs_person(&self, looked_after: bool) -> bool {
        match self.standing {
            Standing::Open => false,
            Standing::Left => !looked_after,
            Standing::InDoubt | Standing::Dead => true,
        }
    }

    /// Says what to do next, in a few words; `looked_after` as for [`Self::needs_person`].
    pub fn next_step(&self, looked_after: bool) -> Printable {
        match (self.standing, &self.owner) {
            (Standing::Open, Owner::Here) => "wait: this session".into(),
            (Standing::Open, Owner::Beside(pid)) => Printable::from(format!("wait: process {pid}")),
            (Standing::Open, Owner::Unknown(host)) if !host.is_empty() => {
                Printable::from(format!("look on {host}"))
            }
            (Standing::Open, _) => "look for its program".into(),
            (Standing::Left, _) if looked_after => "wait: it is read now".into(),
            (Standing::Left, _) => "start with --allow".into(),
            (Standing::InDoubt, _) => "look, then close it".into(),
            (Standing::Dead, _) => "stage anew, or close".into(),
        }
    }

    /// Tells whether it went to the policy service.
    pub fn is_errand(&self) -> bool {
        self.order.as_ref().is_ok_and(|ordered| Wanted::WORDS.contains(&ordered.word.as_str()))
    }

    /// Says what to do next, in a sentence; `looked_after` as for [`Self::needs_person`].
    pub fn advice(&self, looked_after: bool) -> Printable {
        match (self.standing, &self.owner) {
            (Standing::Open, Owner::Here) => "Wait: this session is about it.".into(),
            (Standing::Open, Owner::Beside(pid)) => {
                Printable::from(format!("Wait: process {pid} on this machine is about it."))
            }
            (Standing::Open, Owner::Unknown(host)) if !host.is_empty() => {
                Printable::from(format!("Look on {host}, where its program may still run."))
            }
            (Standing::Open, _) => "Its program may still run somewhere: look for it.".into(),
            (Standing::Left, _) if looked_after => {
                "Wait: its program has ended, and this session reads what became of it.".into()
            }
            (Standing::Left, _) if self.is_errand() => {
                "Its program has ended. A session that may order something here (--allow), of the same policy service, reads what became of it.".into()
            }
            (Standing::Left, _) => {
                "Its program has ended. A session that may order something here (--allow) reads what became of it.".into()
            }
            (Standing::InDoubt, _) if self.is_errand() => {
                "Look at the workflow's runs in the policy service, then close it with what you found.".into()
            }
            (Standing::InDoubt, _) => {
                "Look at the Rollout and at the cluster's audit log, then close it with what you found.".into()
            }
            (Standing::Dead, _) => {
                "Nothing of it was carried out. Stage it anew if it is still wanted, or close it.".into()
            }
        }
    }

    /// Tells whether a person may close it: not while a program that runs is about it.
    ///
    /// # Errors
    /// Says who is about it.
    pub fn may_close(&self) -> Result<(), Printable> {
        match (&self.owner, self.standing) {
            (_, Standing::Dead) => Ok(()),
            (Owner::Here, _) => Err("This session is still about it: nothing to close yet.".into()),
            (Owner::Beside(pid), _) => Err(Printable::from(format!(
                "Process {pid} on this machine is still about it: it is not closed from here."
            ))),
            (Owner::Ended | Owner::Unknown(_), _) => Ok(()),
        }
    }
}
