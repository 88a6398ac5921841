//! Owns triggers: what proposes an abort, whatever the score says.
//!
//! Pure. It proposes and never orders: an abort is acknowledged by a person like any other. Invariant: what cannot be told fires
//! nothing, and says that it cannot be told.

use jiff::{SignedDuration, Timestamp};

use super::evidence::{Evidence, Series};
use super::policy::{Backlog, Policy};
use super::verdict::STALE_AFTER;
use crate::text::Printable;

/// Why nothing of the policy service is known where it is to be asked.
const UNASKED: &str = "the policy service was not asked";

/// What speaks for an abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The canary's error rate over that of the stable version.
    ErrorRate,
    /// The share of requests that policy denies.
    DenyRate,
    /// Overload that lasts.
    Overload,
    /// More parser failures than in the stable version.
    ParserFailures,
    /// Approvals that wait: too many, or for too long.
    Approvals,
}

impl Cause {
    /// Tells whether it is read from the policy service, of which no metric knows.
    pub fn is_served(self) -> bool {
        matches!(self, Self::Overload | Self::Approvals)
    }
}

/// How a trigger stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It fires; why, in one sentence.
    Fires(Printable),
    /// It does not; how much room is left, from 0 to 1.
    Rests {
        /// Share of the limit that is left.
        headroom: f64,
    },
    /// It cannot be told.
    Untold(Printable),
    /// The policy names nothing that it could be read from.
    Unused,
}

/// What came of asking the policy service: `None` where it was not asked, and why where it could not be had.
pub type Heard<T> = Option<Result<T, Printable>>;

/// Reason codes, and when they were given; in any order.
pub type Reasons = Vec<(Timestamp, String)>;

/// What triggers are read from: the newest means of both versions, and what the policy service says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signs {
    /// Error rates of canary and stable version, in the metric's unit.
    pub errors: Option<(f64, f64)>,
    /// Share of requests denied by policy, from 0 to 1.
    pub denied: Option<f64>,
    /// Parser failures of canary and stable version.
    pub parser: Option<(f64, f64)>,
    /// Why jobs failed.
    pub reasons: Heard<Reasons>,
    /// What waits for a person's approval.
    pub approvals: Heard<Approvals>,
}

/// What waits for a person's approval at the policy service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// How many.
    pub waiting: usize,
    /// When the one that was not touched for longest was last touched: it has waited since then at the least.
    pub oldest: Option<Timestamp>,
    /// Whether the end of the list was reached.
    pub whole: bool,
}

/// Takes the signs out of what was gathered for the metrics that a policy names as triggers: the means of the newest points, as many as the
/// policy's fastest look ([`RECENT`]) holds, and of twice the time that points are fresh. What is not a series, or is not fresh, is not known.
pub fn signs(policy: &Policy, evidence: &[Evidence], now: Timestamp) -> Signs {
    let limit = policy.resolution.saturating_mul(STALE_AFTER);
    let begin = now.checked_sub(limit.saturating_mul(2)).unwrap_or(Timestamp::MIN);
    let means = |name: &Option<String>| {
        let name = name.as_ref()?;
        let (_, found) = policy.metrics.iter().zip(evidence).find(|(metric, _)| metric.name == *name)?;
        let fresh = found.newest().is_some_and(|newest| now.duration_since(newest) <= limit);
        match found {
            Evidence::Series { canary, stable, .. } if fresh => {
                Some((recent(canary, begin)?, recent(stable, begin)?))
            }
            _ => None,
        }
    };
    let triggers = &policy.triggers;
    Signs {
        errors: means(&triggers.error_metric),
        denied: means(&triggers.deny_metric).map(|(canary, _)| canary),
        parser: means(&triggers.parser_metric),
        ..Signs::default()
    }
}

/// Newest points that a trigger looks at: one alone would fire at every spike.
const RECENT: usize = 5;

/// What lies before `begin` is of another time, however few points there are since.
fn recent(series: &Series, begin: Timestamp) -> Option<f64> {
    let newest = series.points.iter().rev().take_while(|(at, _)| *at >= begin);
    let newest = newest.map(|(_, value)| *value).filter(|value| value.is_finite());
    let newest: Vec<f64> = newest.take(RECENT).collect();
    (newest.len() == RECENT).then(|| newest.iter().sum::<f64>() / RECENT as f64)
}

/// Reads every trigger of a policy.
pub fn read(policy: &Policy, signs: &Signs, now: Timestamp) -> Vec<(Cause, Reading)> {
    let triggers = &policy.triggers;
    let named = |metric: &Option<String>, reading: Reading| match metric {
        Some(_) => reading,
        None => Reading::Unused,
    };
    vec![
        (Cause::ErrorRate, named(&triggers.error_metric, errors(policy, signs.errors))),
        (Cause::DenyRate, named(&triggers.deny_metric, denied(triggers.deny_rate, signs.denied))),
        (Cause::Overload, overload(policy, signs.reasons.as_ref(), now)),
        (Cause::ParserFailures, named(&triggers.parser_metric, parser(policy, signs.parser))),
        (Cause::Approvals, approvals(&triggers.backlog, signs.approvals.as_ref(), now)),
    ]
}

/// A ratio, because a difference in percentage points says nothing of a service that rarely fails; a floor, because a ratio to
/// nothing says everything.
fn errors(policy: &Policy, rates: Option<(f64, f64)>) -> Reading {
    let Some((canary, stable)) = rates.filter(|(canary, stable)| canary.is_finite() && stable.is_finite())
    else {
        return Reading::Untold(Printable::ours("the error rates are not known"));
    };
    let limit = policy.triggers.error_ratio;
    let ratio = canary / stable.max(policy.triggers.error_floor);
    match ratio > limit {
        true => Reading::Fires(Printable::from(format!(
            "{ratio:.1} times the errors of the stable version, more than {limit}"
        ))),
        false => Reading::Rests { headroom: 1.0 - ratio.max(0.0) / limit },
    }
}

fn denied(limit: f64, rate: Option<f64>) -> Reading {
    match rate.filter(|rate| rate.is_finite()) {
        None => Reading::Untold(Printable::ours("the share of denied requests is not known")),
        Some(rate) if rate > limit => Reading::Fires(Printable::from(format!(
            "{:.1} % of requests are denied by policy, more than {:.1} %",
            rate * 100.0,
            limit * 100.0
        ))),
        Some(rate) => Reading::Rests { headroom: if limit > 0.0 { 1.0 - rate / limit } else { 0.0 } },
    }
}

fn overload(policy: &Policy, reasons: Option<&Result<Reasons, Printable>>, now: Timestamp) -> Reading {
    let rule = &policy.triggers.overload;
    let reasons = match reasons {
        Some(Ok(reasons)) => reasons,
        Some(Err(why)) => {
            return Reading::Untold(Printable::from(format!("why jobs failed is not known: {why}")));
        }
        None if policy.simulation.is_some() => return Reading::Untold(Printable::ours(UNASKED)),
        None => return Reading::Unused,
    };
    let recent = |at: Timestamp| {
        let age = now.duration_since(at);
        age >= SignedDuration::ZERO && age <= rule.within
    };
    let seen = reasons.iter().filter(|(at, reason)| recent(*at) && rule.reasons.contains(reason)).count();
    match seen >= rule.at_least {
        true => Reading::Fires(Printable::from(format!("{seen} times overloaded within {:#}", rule.within))),
        false => Reading::Rests { headroom: 1.0 - seen as f64 / rule.at_least as f64 },
    }
}

/// What the metric itself allows is allowed here too: of two versions that are the same, either has a few more half of the time.
fn parser(policy: &Policy, failures: Option<(f64, f64)>) -> Reading {
    let metric =
        policy.metrics.iter().find(|metric| Some(&metric.name) == policy.triggers.parser_metric.as_ref());
    let allowed = |stable: f64| metric.map_or(0.0, |metric| metric.allowed_rise(stable));
    match failures.filter(|(canary, stable)| canary.is_finite() && stable.is_finite()) {
        None => Reading::Untold(Printable::ours("the parser failures are not known")),
        Some((canary, stable)) if canary > stable + allowed(stable) => {
            Reading::Fires(Printable::from(format!("parser failures rose from {stable:.3} to {canary:.3}")))
        }
        Some((canary, stable)) => {
            let limit = stable + allowed(stable);
            Reading::Rests { headroom: if limit > 0.0 { 1.0 - canary / limit } else { 1.0 } }
        }
    }
}

/// How far the clock of the policy service may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// What was counted before the list broke off is there, so that it may fire; that it rests takes the whole list.
fn approvals(limits: &Backlog, heard: Option<&Result<Approvals, Printable>>, now: Timestamp) -> Reading {
    let untold = |why: String| Reading::Untold(Printable::from(why));
    let found = match heard {
        _ if !limits.is_watched() => return Reading::Unused,
        Some(Ok(found)) => found,
        Some(Err(why)) => return untold(format!("which approvals wait is not known: {why}")),
        None => return Reading::Untold(Printable::ours(UNASKED)),
    };
    let waited = found.oldest.map_or(SignedDuration::ZERO, |oldest| now.duration_since(oldest));
    let many = limits.most.filter(|most| found.waiting > *most);
    let many = many.map(|most| format!("{} approvals wait for a person, more than {most}", found.waiting));
    let long = limits.longest.filter(|longest| waited > *longest);
    let since = SignedDuration::from_secs(waited.as_secs());
    let long = long.map(|longest| format!("an approval has waited for {since:#}, longer than {longest:#}"));
    let firing: Vec<String> = many.into_iter().chain(long).collect();
    match firing.as_slice() {
        [_, ..] => Reading::Fires(Printable::from(firing.join("; "))),
        [] if !found.whole => untold("the list of approvals has no end: see who fills it".to_owned()),
        [] if limits.longest.is_some() && waited < -AHEAD => {
            untold("an approval is of the future: put the clock right that is wrong".to_owned())
        }
        [] => Reading::Rests { headroom: room(limits, found.waiting, waited) },
    }
}

/// Returns what is left of the limit that is nearer.
fn room(limits: &Backlog, waiting: usize, waited: SignedDuration) -> f64 {
    let left = |used: f64, limit: f64| if limit > 0.0 { 1.0 - used / limit } else { 0.0 };
    let many = limits.most.map(|most| left(waiting as f64, most as f64));
    let long = limits.longest.map(|longest| left(waited.as_secs_f64().max(0.0), longest.as_secs_f64()));
    many.into_iter().chain(long).fold(1.0, f64::min)
}
