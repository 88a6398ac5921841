//! Owns what the policy service answered about a canary, in the form in which a session keeps it, and what of that is known of a time of
//! the past.
//!
//! Pure: what was kept goes in, answers as of then come out. It never asks and never fills in. Invariants: an answer holds from when it was
//! heard to the next one that was kept, where none is missing between, and no longer than a verdict does; what was not asked then is not
//! known, which is a refusal.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::judge::score::Word;
use super::policy::{Policy, Simulation};
use super::record;
use super::stage::Outcome;
use super::trigger::{Approvals, Heard, Reasons};
use super::verdict::STALE_AFTER;
use super::wish::Gathered;
use crate::text::Printable;

/// Version of the form.
const VERSION: u32 = 1;
/// Longest that is kept, in bytes.
const LONGEST: usize = 16 << 10;

/// Why nothing of the policy service is known of a time.
const UNKEPT: &str = "no session recorded what the policy service said then";
/// Why what was recorded does not tell.
const OTHER: &str = "what was recorded of the policy service then is the answer to another question";

/// What the policy service said of a canary, with the values from which it is judged.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    v: u32,
    at: Timestamp,
    topic: Option<String>,
    bundle: Option<String>,
    workflow: Option<String>,
    /// Word and reason.
    simulation: (String, String),
    overload: Told<Overload>,
    /// `None` where the policy had no limit, so that nobody asked.
    approvals: Option<Told<Backlog>>,
}

/// A value, or why there is none.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Told<T> {
    Known(T),
    Unknown(String),
}

/// Which of these codes were given, and when, within this time before.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Overload {
    reasons: Vec<String>,
    within: SignedDuration,
    seen: Reasons,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Backlog {
    waiting: usize,
    oldest: Option<Timestamp>,
    whole: bool,
}

/// A row in which an answer was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The Rollout's uid.
    pub uid: Arc<str>,
    /// Hash of the canary's pods.
    pub canary: Arc<str>,
    /// Its number among those of the Rollout; one is left out before it where an answer may be missing there.
    pub number: i64,
    /// When it was heard; never before the row before it.
    pub at: Timestamp,
    /// What [`Answered::written`] wrote.
    pub body: String,
}

/// What was answered about one canary: from, to, and what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers(Vec<(Timestamp, Timestamp, Answered)>);

/// What is known of the policy service at a time, each answer as old as it was when it was heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Then {
    /// What its simulation came to; `None` where the policy asks for none.
    pub simulation: Option<Outcome>,
    /// Why jobs failed.
    pub reasons: Heard<Reasons>,
    /// What waited for a person.
    pub approvals: Heard<Approvals>,
    /// How long before it was heard; `None` where nothing was.
    pub age: Option<SignedDuration>,
}

impl Answered {
    /// Takes what was gathered as of a time; `None` where the policy asks the policy service nothing.
    pub fn of(gathered: &Gathered, at: Timestamp) -> Option<Self> {
        let Simulation { topic, bundle, workflow } = gathered.policy.simulation.clone()?;
        // As exactly as rows tell their time.
        let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
        let rule = &gathered.policy.triggers.overload;
        let counts = |(time, reason): &&(Timestamp, String)| {
            rule.reasons.contains(reason)
                && (SignedDuration::ZERO..=rule.within).contains(&at.duration_since(*time))
        };
        let overload = gathered.reasons.as_ref()?.as_ref().map(|reasons| {
            let mut seen: Reasons = reasons.iter().filter(counts).cloned().collect();
            seen.sort();
            Overload { reasons: rule.reasons.clone(), within: rule.within, seen }
        });
        let backlog = |found: &Approvals| {
            let Approvals { waiting, oldest, whole } = *found;
            Backlog { waiting, oldest, whole }
        };
        let approvals = gathered.approvals.as_ref().map(|heard| Told::of(heard.as_ref().map(backlog)));
        let outcome = gathered.simulation.as_ref()?;
        let simulation =
            (record::word(outcome.word()).to_owned(), record::why(outcome).unwrap_or_default().to_owned());
        let overload = Told::of(overload);
        Some(Self { v: VERSION, at, topic, bundle, workflow, simulation, overload, approvals })
    }

    /// Tells whether it is to be kept behind the one that was kept last: it says something else, or that one will soon be too old.
    pub fn is_news(&self, last: &Self, policy: &Policy) -> bool {
        let soon = policy.resolution.saturating_mul(STALE_AFTER - 1);
        let age = self.at.duration_since(last.at);
        let same = Self { at: self.at, ..last.clone() } == *self;
        !same || age >= soon || age.is_negative()
    }

    /// Writes it; `None` where it is too long to be kept.
    pub fn written(&self) -> Option<String> {
        serde_json::to_string(self).ok().filter(|text| text.len() <= LONGEST)
    }

    fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok().filter(|read: &Self| read.v == VERSION)
    }

    /// Returns when it was heard.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn simulated(&self) -> Outcome {
        let why = Printable::from(&*self.simulation.1);
        let known = [Word::Pass, Word::Hold, Word::Fail]
            .into_iter()
            .find(|it| record::word(*it) == self.simulation.0);
        match known {
            Some(Word::Pass) => Outcome::Met,
            Some(Word::Hold) => Outcome::Held(why),
            Some(Word::Fail) => Outcome::Failed(why),
            Some(Word::CannotTell) | None => Outcome::Untold(why),
        }
    }

    /// Says what a policy would have read from it, each time moved by its age, so that all is as old as it was.
    fn then(&self, policy: &Policy, age: SignedDuration) -> Then {
        let Some(asked) = &policy.simulation else { return Then::default() };
        let same =
            (&asked.topic, &asked.bundle, &asked.workflow) == (&self.topic, &self.bundle, &self.workflow);
        if !same {
            return Then::unknown(policy, OTHER);
        }
        let other = || Printable::ours(OTHER);
        let later = |at: Timestamp| at.checked_add(age).unwrap_or(Timestamp::MAX);
        let rule = &policy.triggers.overload;
        let reasons = match &self.overload {
            Told::Unknown(why) => Err(Printable::from(&**why)),
            Told::Known(Overload { reasons, within, seen }) => {
                let told =
                    rule.within <= *within && rule.reasons.iter().all(|reason| reasons.contains(reason));
                let moved =
                    || seen.iter().map(|(at, reason)| (later(*at), reason.clone())).collect::<Reasons>();
                if told { Ok(moved()) } else { Err(other()) }
            }
        };
        let approvals = policy.triggers.backlog.is_watched().then(|| match &self.approvals {
            None => Err(other()),
            Some(Told::Unknown(why)) => Err(Printable::from(&**why)),
            Some(Told::Known(Backlog { waiting, oldest, whole })) => {
                Ok(Approvals { waiting: *waiting, oldest: oldest.map(later), whole: *whole })
            }
        });
        Then { simulation: Some(self.simulated()), reasons: Some(reasons), approvals, age: Some(age) }
    }
}

impl<T> Told<T> {
    fn of(heard: Result<T, &Printable>) -> Self {
        heard.map_or_else(|why| Self::Unknown(why.as_str().to_owned()), Self::Known)
    }
}

impl Then {
    /// Says that nothing is known of what a policy asks, and why.
    fn unknown(policy: &Policy, why: &'static str) -> Self {
        if policy.simulation.is_none() {
            return Self::default();
        }
        let why = || Printable::ours(why);
        let approvals = policy.triggers.backlog.is_watched().then(|| Err(why()));
        Self { simulation: Some(Outcome::Untold(why())), reasons: Some(Err(why())), approvals, age: None }
    }
}

impl Answers {
    /// Puts together what was kept about one canary, in any order. Where the rows are of several Rollouts nobody knows which is meant.
    pub fn of(mut rows: Vec<Row>) -> Self {
        rows.sort_by_key(|row| row.number);
        let one = rows.first().map(|first| first.uid.clone());
        if rows.iter().any(|row| Some(&row.uid) != one.as_ref()) {
            return Self::default();
        }
        let pairs = rows.iter().zip(rows.iter().skip(1));
        let linked =
            pairs.filter(|(row, next)| row.number.checked_add(1) == Some(next.number) && row.at <= next.at);
        Self(linked.filter_map(|(row, next)| Some((row.at, next.at, Answered::read(&row.body)?))).collect())
    }

    /// Says what is known of a time, for a policy.
    pub fn as_of(&self, policy: &Policy, at: Timestamp) -> Then {
        let limit = policy.resolution.saturating_mul(STALE_AFTER);
        let found = self.0.iter().find(|(from, to, _)| *from <= at && at < *to);
        let known = found.and_then(|(_, _, answered)| {
            let age = at.duration_since(answered.at);
            (SignedDuration::ZERO..=limit).contains(&age).then(|| answered.then(policy, age))
        });
        known.unwrap_or_else(|| Then::unknown(policy, UNKEPT))
    }
}
