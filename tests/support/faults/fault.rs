//! The faults of a campaign, each with the chance that is in it: where exactly, how long, how far.
//!
//! It plays none. Invariant: what a fault is follows from the dice alone, so that a run can be had again.

use std::time::Duration;

use super::dice::Dice;
use super::gateway::Place;
use super::meddle::{CONNECT, Deed, SEND, SYNC, WRITE};

/// One fault, armed just before the acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done.
    None,
    /// The program is killed at its n-th call of a kind.
    KillAtCall { deed: Deed, places: i64, nth: i64 },
    /// The program is killed where its request or the answer is on the way; the flag says whether a request that was not
    /// yet with the server reaches it.
    KillOnTheWay { place: Place, forward: bool },
    /// The request is cut behind so many bytes.
    CutRequest(usize),
    /// The answer is cut behind so many bytes.
    CutAnswer(usize),
    /// The request waits on the way.
    HoldRequest(Duration),
    /// The answer waits on the way.
    HoldAnswer(Duration),
    /// The server gets the request twice, the copy behind the original or in front of it.
    Double { in_front: bool },
    /// Somebody before the server answers so.
    Refuse(u16),
    /// The server does it, and somebody before it answers so.
    LyingAnswer(u16),
    /// The token has expired.
    Expired,
    /// The disk is full (or fails) from the n-th write (or sync) on.
    Disk { places: i64, nth: i64, error: i64 },
    /// The wall clock jumps before the acknowledgement (or, without the flag, just after it), by seconds.
    Clock { before: bool, seconds: i64, held: Duration },
    /// The confirmation is left open for longer than it holds.
    LeftOpen,
    /// The program is stopped so long after the acknowledgement, for so long.
    Stopped { after: Duration, time: Duration },
    /// Two engineers acknowledge at once.
    Two,
}

const ENOSPC: i64 = 28;
const EIO: i64 = 5;
const CODES: [u16; 4] = [429, 500, 503, 504];

/// How many kinds of faults there are: a row each in the table.
pub const KINDS: u64 = 32;

impl Fault {
    /// Returns the fault of a kind, with what the dice say of it.
    pub fn of(kind: u64, dice: &mut Dice) -> Self {
        let killed = |deed, places, nth| Self::KillAtCall { deed, places, nth };
        let nth = |dice: &mut Dice, most: u64| dice.between(1, most + 1).cast_signed();
        let seconds =
            |dice: &mut Dice, from: u64, to: u64| Duration::from_millis(dice.between(from * 1000, to * 1000));
        let on_the_way = |place, forward| Self::KillOnTheWay { place, forward };
        match kind % KINDS {
            0 => Self::None,
            1 => killed(Deed::KillBefore, WRITE, nth(dice, 12)),
            2 => killed(Deed::KillAfter, WRITE, nth(dice, 12)),
            3 => killed(Deed::KillBefore, SYNC, nth(dice, 3)),
            4 => killed(Deed::KillAfter, SYNC, nth(dice, 3)),
            5 => killed(Deed::KillBefore, CONNECT, 1),
            6 => killed(Deed::KillAfter, CONNECT, 1),
            7 => killed(Deed::KillBefore, SEND, nth(dice, 4)),
            8 => killed(Deed::KillAfter, SEND, nth(dice, 4)),
            9 => on_the_way(Place::Arrived, false),
            10 => on_the_way(Place::Arrived, true),
            11 => on_the_way(Place::Forwarded, true),
            12 => on_the_way(Place::Answered, true),
            13 => Self::CutRequest(usize::try_from(dice.between(0, 2500)).unwrap_or(0)),
            14 => Self::CutAnswer(usize::try_from(dice.between(0, 400)).unwrap_or(0)),
            15 => Self::HoldRequest(seconds(dice, 1, 15)),
            16 => Self::HoldAnswer(seconds(dice, 1, 15)),
            17 => Self::Double { in_front: false },
            at @ 18..=21 => Self::Refuse(CODES[usize::try_from(at - 18).unwrap_or(0)]),
            22 => Self::LyingAnswer(504),
            23 => Self::Expired,
            24 => Self::Disk { places: WRITE, nth: nth(dice, 10), error: ENOSPC },
            25 => Self::Disk { places: SYNC, nth: nth(dice, 3), error: EIO },
            26 => Self::clock(true, dice),
            27 => Self::clock(false, dice),
            28 => Self::LeftOpen,
            29 => Self::Stopped {
                after: Duration::from_millis(dice.between(0, 60)),
                time: seconds(dice, 11, 16),
            },
            30 => Self::Two,
            _ => Self::Double { in_front: true },
        }
    }

    fn clock(before: bool, dice: &mut Dice) -> Self {
        const JUMPS: [i64; 8] = [-31_536_000, -3_600, -90, -3, 3, 90, 3_600, 31_536_000];
        let at = usize::try_from(dice.between(0, 8)).unwrap_or(0);
        let held = Duration::from_millis(if dice.percent(50) { dice.between(1, 8_000) } else { 0 });
        Self::Clock { before, seconds: JUMPS[at], held }
    }

    /// Names its row in the table.
    pub fn name(&self) -> String {
        match self {
            Self::None => "none".into(),
            Self::KillAtCall { deed, places, .. } => {
                let when = if *deed == Deed::KillBefore { "before" } else { "after" };
                format!("kill -9 {when} {}", call(*places))
            }
            Self::KillOnTheWay { place: Place::Arrived, forward: false } => {
                "kill -9 as the request leaves, which is lost".into()
            }
            Self::KillOnTheWay { place: Place::Arrived, .. } => {
                "kill -9 as the request leaves, which arrives".into()
            }
            Self::KillOnTheWay { place: Place::Forwarded, .. } => "kill -9 while the server works".into(),
            Self::KillOnTheWay { place: Place::Answered, .. } => "kill -9 before the answer arrives".into(),
            Self::CutRequest(_) => "request cut at a byte".into(),
            Self::CutAnswer(_) => "answer cut at a byte".into(),
            Self::HoldRequest(_) => "request delayed, 1–15 s".into(),
            Self::HoldAnswer(_) => "answer delayed, 1–15 s".into(),
            Self::Double { in_front: false } => "request doubled, the copy behind".into(),
            Self::Double { .. } => "request doubled, the copy in front".into(),
            Self::Refuse(code) => format!("{code} from before the server"),
            Self::LyingAnswer(code) => format!("{code} after the server did it"),
            Self::Expired => "token expired (401)".into(),
            Self::Disk { places, .. } if *places == SYNC => "sync of the ledger fails (EIO)".into(),
            Self::Disk { .. } => "disk full (ENOSPC)".into(),
            Self::Clock { before: true, .. } => "clock jumps before the acknowledgement".into(),
            Self::Clock { .. } => "clock jumps after the acknowledgement".into(),
            Self::LeftOpen => "confirmation left open past its time".into(),
            Self::Stopped { .. } => "stopped for 11–16 s after the acknowledgement".into(),
            Self::Two => "two engineers at once".into(),
        }
    }

    /// Tells whether no write may follow, whatever else happens.
    pub fn forbids_effect(&self) -> bool {
        matches!(self, Self::LeftOpen)
            || matches!(self, Self::KillOnTheWay { place: Place::Arrived, forward: false })
    }
}

fn call(places: i64) -> &'static str {
    match places {
        WRITE => "a write to the ledger",
        SYNC => "a sync of the ledger",
        CONNECT => "the connect",
        _ => "a send",
    }
}
