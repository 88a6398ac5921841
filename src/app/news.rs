//! Owns which order on a Rollout is news: the newest that a person acknowledged, be it an operation or an errand.
//!
//! It decides nothing about either. Invariant: one of a Rollout at a time, with the words that are its own.

use jiff::Timestamp;

use super::App;
use crate::operation::errand::{self, Errand};
use crate::operation::{self, Operation, words};
use crate::rollout::Key;
use crate::text::Printable;

/// An order that is news.
#[derive(Clone, Copy)]
pub enum News<'a> {
    /// It goes to the cluster.
    Operation(&'a Operation),
    /// It goes to the policy service.
    Errand(&'a Errand),
}

impl News<'_> {
    /// Returns the word for what was ordered.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.kind().word(),
            Self::Errand(errand) => errand.wanted().word(),
        }
    }

    /// Returns the word for where it stands.
    pub fn state(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.state().word(),
            Self::Errand(errand) => errand.state().word(),
        }
    }

    /// Describes where it stands, in one line.
    pub fn describe(self) -> Printable {
        match self {
            Self::Operation(operation) => words::describe(operation),
            Self::Errand(errand) => errand::words::describe(errand),
        }
    }

    /// Returns since when it stands there.
    pub fn since(self) -> Option<Timestamp> {
        match self {
            Self::Operation(operation) => operation.state().since(),
            Self::Errand(errand) => errand.state().since(),
        }
    }

    /// Tells whether a person should look at it.
    pub fn is_trouble(self) -> bool {
        match self {
            Self::Operation(operation) => operation.state().is_trouble(),
            Self::Errand(errand) => errand.state().is_trouble(),
        }
    }

    /// Tells whether it went as ordered, so that there is nothing more to say of it in a row.
    pub fn is_done(self) -> bool {
        match self {
            Self::Operation(operation) => matches!(operation.state(), operation::State::Observed { .. }),
            Self::Errand(errand) => {
                matches!(errand.state(), errand::State::Observed { .. }) && !self.is_trouble()
            }
        }
    }
}

impl App {
    /// Returns the order on a Rollout that is news: of an operation and an errand, the one that moved last.
    pub fn news(&self, key: &Key, now: Timestamp) -> Option<News<'_>> {
        let operation = self.operations.news(key, now).map(News::Operation);
        let errand = self.errands.news(key, now).map(News::Errand);
        match (operation, errand) {
            (Some(operation), Some(errand)) if errand.since() > operation.since() => Some(errand),
            (operation, errand) => operation.or(errand),
        }
    }
}
