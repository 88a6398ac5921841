//! Owns how much may be proposed: how many at a time, how often, by whom, on what.
//!
//! An agent names itself, so that what counts for one client also counts for all together. It stores nothing. Invariant: a
//! proposal is admitted only while fewer than [`OPEN`] stand, whatever names their clients give.

use jiff::{SignedDuration, Timestamp};

use super::{Id, Kept, Proposed};

/// How many may stand open.
pub const OPEN: usize = 32;
/// How many may stand open of one client.
pub const OPEN_OF_CLIENT: usize = 3;
/// How many may stand open on one Rollout.
pub const OPEN_ON_ROLLOUT: usize = 3;
/// How many a client may make within [`SPAN`].
pub const OFTEN: usize = 10;
/// How many all clients together may make within [`SPAN`].
pub const OFTEN_OF_ALL: usize = 60;
/// The span over which it is counted how many were made.
pub const SPAN: SignedDuration = SignedDuration::from_mins(1);
/// How many references to evidence there may be.
pub const EVIDENCE: usize = 8;
/// How many facts there may be.
pub const FACTS: usize = 24;

/// Why a proposal is not taken, and what the agent can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something must be said.
    #[error("the {0} is missing: say it in plain words")]
    Missing(&'static str),
    /// Something is too long.
    #[error("the {what} has {has} characters; {most} is the most")]
    TooLong {
        /// What.
        what: &'static str,
        /// How many it has.
        has: usize,
        /// How many it may have.
        most: usize,
    },
    /// Something is too much.
    #[error("there are {has} {what}; {most} is the most")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many there are.
        has: usize,
        /// How many there may be.
        most: usize,
    },
    /// An argument can mean nothing.
    #[error("the {0} is none that can be ordered")]
    Argument(&'static str),
    /// Too many stand open.
    #[error(
        "{most} proposals {whose} are open already: a person has to decide on one first, or one has to expire"
    )]
    Open {
        /// Whose.
        whose: &'static str,
        /// How many may be.
        most: usize,
    },
    /// Too many were made lately.
    #[error("{most} proposals {whose} were made within a minute: wait")]
    Often {
        /// Whose.
        whose: &'static str,
        /// How many may be.
        most: usize,
    },
}

/// What becomes of a proposal that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is kept.
    New,
    /// The same is open already, under this identity.
    Known(Id),
}

/// Decides whether a proposal is taken, beside those that stand open or were made lately.
///
/// # Errors
/// Says which limit is reached.
pub fn admit(new: &Proposed, kept: &[Kept], now: Timestamp) -> Result<Admitted, Refused> {
    let open: Vec<&Proposed> = kept.iter().filter(|kept| kept.is_open()).map(|kept| &kept.proposed).collect();
    if let Some(same) = open.iter().find(|open| open.repeats(new)) {
        return Ok(Admitted::Known(same.id.clone()));
    }
    let mine = |other: &Proposed| other.client.name == new.client.name;
    let there =
        |other: &Proposed| other.target.key == new.target.key && other.target.server == new.target.server;
    let standing = [
        ("", OPEN, open.len()),
        ("of this client", OPEN_OF_CLIENT, open.iter().filter(|other| mine(other)).count()),
        ("on this Rollout", OPEN_ON_ROLLOUT, open.iter().filter(|other| there(other)).count()),
    ];
    if let Some((whose, most, _)) = standing.into_iter().find(|(_, most, has)| has >= most) {
        return Err(Refused::Open { whose, most });
    }
    let lately = |kept: &&Kept| now.duration_since(kept.proposed.made_at) < SPAN;
    let lately: Vec<&Proposed> = kept.iter().filter(lately).map(|kept| &kept.proposed).collect();
    let made = [
        ("", OFTEN_OF_ALL, lately.len()),
        ("of this client", OFTEN, lately.iter().filter(|other| mine(other)).count()),
    ];
    match made.into_iter().find(|(_, most, has)| has >= most) {
        Some((whose, most, _)) => Err(Refused::Often { whose, most }),
        None => Ok(Admitted::New),
    }
}

/// Takes a list that is short enough.
pub(super) fn few<'a, T>(what: &'static str, most: usize, list: &'a [T]) -> Result<&'a [T], Refused> {
    let has = list.len();
    if has > most { Err(Refused::TooMany { what, has, most }) } else { Ok(list) }
}
