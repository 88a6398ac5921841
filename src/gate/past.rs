//! Owns in which stage a canary was at a time of the past, as far as that was recorded or still shows.
//!
//! Pure: what was recorded goes in, stages come out. It never asks for the past and never fills it in. Invariant: between two records
//! that do not fit together, and where something was missed, nothing is known.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::policy::Ladder;
use super::record;
use super::stage::{Seen, Stage};

/// That a canary came into another stage, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The Rollout's uid.
    pub uid: Arc<str>,
    /// Hash of the canary's pods.
    pub canary: Arc<str>,
    /// From.
    pub from: Stage,
    /// To.
    pub to: Stage,
    /// When it was seen; kept to the microsecond.
    pub at: Timestamp,
}

/// How a canary stands when one looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// The stage.
    pub stage: Stage,
    /// Since when the Rollout itself says that nothing moved; `None` where it does not say.
    pub since: Option<Timestamp>,
    /// When it was seen.
    pub at: Timestamp,
}

/// From, to, and the stage between.
type Span = (Timestamp, Timestamp, Stage);

/// The stages of a canary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stages {
    recorded: Vec<Span>,
    /// What the Rollout itself says.
    stands: Option<Span>,
}

/// How exactly a cluster tells times.
const WHOLE: SignedDuration = SignedDuration::from_secs(1);

const MARK: &str = "stage";

impl Entered {
    /// Writes it as the mark of a line, by which it is found again: nobody reads it.
    pub fn mark(&self) -> Arc<str> {
        let (from, to) = (record::stage(self.from), record::stage(self.to));
        format!("{MARK}/{}/{}/{from}/{to}/{}", self.uid, self.canary, self.at.as_microsecond()).into()
    }

    /// Reads a mark; `None` where it is one of something else.
    pub fn read(mark: &str) -> Option<Self> {
        let mut parts = mark.split('/');
        let mut next = || parts.next();
        if next()? != MARK {
            return None;
        }
        let (uid, canary) = (next()?.into(), next()?.into());
        let (from, to) = (record::stage_named(next()?)?, record::stage_named(next()?)?);
        let at = Timestamp::from_microsecond(next()?.parse().ok()?).ok()?;
        parts.next().is_none().then_some(Self { uid, canary, from, to, at })
    }
}

impl Stages {
    /// Puts together what was recorded of a canary, in any order, and how it stands now if it is still there; `missed` are times around
    /// which somebody did not look.
    pub fn of(mut entered: Vec<Entered>, missed: &[Timestamp], present: Option<Present>) -> Self {
        entered.sort_by_key(|entered| entered.at);
        let last = entered.last().zip(present);
        let last = last.filter(|(last, present)| last.to == present.stage && last.at <= present.at);
        let pairs = entered.iter().zip(entered.iter().skip(1));
        let fitting = pairs.filter(|(one, next)| one.to == next.from);
        // A stage ends where the next begins: then it is the next.
        let before = |at: Timestamp| at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(at);
        let mut recorded: Vec<Span> = fitting.map(|(one, next)| (one.at, before(next.at), one.to)).collect();
        recorded.extend(last.map(|(last, present)| (last.at, present.at, last.to)));
        recorded.retain(|(from, to, _)| !missed.iter().any(|missed| from < missed && missed <= to));
        let stands = present.and_then(|present| Some((present.since?, present.at, present.stage)));
        Self { recorded, stands: stands.filter(|(since, at, _)| since <= at) }
    }

    /// Returns since when, as far as is known, a canary had been without a break in the stage in which it was at a time.
    pub fn entered(&self, at: Timestamp) -> Option<Timestamp> {
        let (stage, since) = self.at(at)?;
        let covers = |(from, to, other): &&Span| *other == stage && (*from..=*to).contains(&at);
        let known = self.recorded.iter().chain(&self.stands).filter(covers);
        Some(known.map(|(from, _, _)| *from).min().map_or(since, |from| from.min(since)))
    }

    /// Returns the stage at a time, and since when it was known to be that; `None` where it is not known.
    pub fn at(&self, at: Timestamp) -> Option<(Stage, Timestamp)> {
        let covers = |(from, to, _): &&Span| (*from..=*to).contains(&at);
        let recorded = self.recorded.iter().filter(covers).max_by_key(|(from, _, _)| *from);
        let stands = self.stands.as_ref().filter(covers);
        // A Rollout tells whole seconds: within the one it names it may not have stood there yet, and a record of that knows better.
        let vague = stands.is_some_and(|(since, _, _)| at.duration_since(*since) < WHOLE);
        let found = if vague {
            recorded.or(stands)
        } else {
            stands.into_iter().chain(recorded).max_by_key(|(from, _, _)| *from)
        };
        found.map(|(from, _, stage)| (*stage, *from))
    }
}

/// Sees a canary as one in that stage, whatever its weight was.
pub fn seen_in(stage: Stage, ladder: &Ladder) -> Seen {
    let under_way = !matches!(stage, Stage::Idle | Stage::Done);
    let weight = match stage {
        Stage::Shadow => Some(0),
        Stage::First => Some(ladder.first_up_to),
        Stage::Second => Some(ladder.first_up_to.saturating_add(1).min(99)),
        Stage::Full => Some(100),
        Stage::Idle | Stage::Done | Stage::RolledBack => None,
    };
    let full_since = (stage == Stage::Done).then_some(Timestamp::MIN);
    Seen { under_way, aborted: stage == Stage::RolledBack, weight, full_since, since: None }
}

/// Sees a canary of which nobody knows the stage.
pub const UNKNOWN: Seen =
    Seen { under_way: true, aborted: false, weight: None, full_since: None, since: None };
