//! Owns what verifying a chain can come to: whole, or broken at a record, and the words for it.
//!
//! It never verifies. Invariant: a verdict of "whole" says from where it is vouched for and by what, so that nobody
//! takes it for more than it is.

use std::fmt;

use jiff::Timestamp;

use super::head::{Head, Remembered};

/// What verifying came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every record follows from the one before it, and all remembered heads are among them.
    Whole(Whole),
    /// A record does not.
    Broken(Broken),
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// How many records, the genesis among them.
    pub records: u64,
    /// The last record.
    pub head: Head,
    /// How the chain began.
    pub genesis: Genesis,
    /// The newest record of which a head was given from outside, if any was.
    pub anchored: Option<u64>,
}

/// How a chain began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Identity of the ledger: a UUID, version 7, as text.
    pub ledger: String,
    /// When.
    pub at: Timestamp,
    /// How many records there were already, written before a chain was kept; they are numbered from 1.
    pub adopted: u64,
}

/// A chain that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Number of the first record that is not as it must be.
    pub sequence: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is missing; another follows.
    Missing {
        /// Number of the one that follows.
        found: u64,
    },
    /// Another stands in its place, with a number that is not its own.
    OutOfPlace {
        /// That number.
        found: i64,
    },
    /// It or the record before it was changed.
    Altered,
    /// It has something that no record has.
    Unreadable {
        /// What.
        why: String,
    },
    /// It does not begin a chain.
    NoGenesis,
    /// It is not the record that somebody remembers.
    Forgotten {
        /// What is remembered.
        remembered: Remembered,
        /// What there is.
        found: Head,
    },
    /// It is missing, and all that followed it.
    CutOff {
        /// What is remembered, or stands in the last line of an export.
        remembered: Remembered,
    },
    /// An export ends here, and not with its last line.
    Unfinished,
    /// It can no longer be read from the disk.
    Damaged {
        /// In SQLite's words.
        why: String,
    },
    /// The file was changed around the records.
    Guards {
        /// What is not as this program makes it.
        what: String,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sequence = self.sequence;
        match &self.fault {
            Fault::Missing { found } => {
                write!(f, "record {sequence} is missing: after it stands record {found}")
            }
            Fault::OutOfPlace { found } => {
                write!(f, "where record {sequence} belongs stands one with the number {found}")
            }
            Fault::Altered if sequence == 0 => write!(f, "record 0 was changed: its hash is not its own"),
            Fault::Altered => write!(
                f,
                "record {sequence} does not follow from record {}: it, or the one before it with its hash, was changed",
                sequence - 1
            ),
            Fault::Unreadable { why } => write!(f, "record {sequence} is none: {why}"),
            Fault::NoGenesis => write!(f, "record {sequence} does not begin a chain"),
            Fault::Forgotten { remembered, found } => {
                write!(f, "record {sequence} is not the one remembered: {remembered} then, {found} now")
            }
            Fault::CutOff { remembered } => write!(
                f,
                "record {sequence} is missing, and what followed it: the chain went on to {remembered} at least"
            ),
            Fault::Unfinished => {
                write!(f, "the export ends before record {sequence} without its last line, or with another's")
            }
            Fault::Damaged { why } => write!(f, "record {sequence} cannot be read from the disk: {why}"),
            Fault::Guards { what } => write!(f, "the file was changed around its records: {what}"),
        }
    }
}
