//! Owns what stages ask for, and how each of it stands.
//!
//! Pure. It never says which stage asks for what. Invariant: a requirement that cannot be told is not met.

use jiff::{SignedDuration, Timestamp};

use super::cycle::{end, minute};
use super::seen::Seen;
use crate::gate::judge::metric::Class;
use crate::gate::judge::score::Word;
use crate::gate::policy::{Metric, Origin, Policy};
use crate::gate::verdict::{Part, Verdict};
use crate::text::Printable;

/// What a stage asks for before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The policy service's simulation allows it.
    Simulation,
    /// What AnalysisRuns measure before there is traffic passes.
    Analysis,
    /// No critical metric fails, as far as mirrored traffic tells.
    Critical,
    /// The score reaches the threshold.
    Score,
    /// Latency does not differ.
    Latency,
    /// Fewer requests than that are denied by policy.
    DenyRate,
    /// No trigger fired through a business cycle.
    QuietCycle,
}

/// How a requirement stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Met.
    Met,
    /// Not yet; a person decides, or time will tell.
    Held(Printable),
    /// It cannot be told.
    Untold(Printable),
    /// Not met.
    Failed(Printable),
}

/// What requirements rest on, beside the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The verdict, if there is one.
    pub verdict: Option<&'a Verdict>,
    /// What the policy service says: allowed, or why not; `None` where it is not asked.
    pub simulation: Option<&'a Outcome>,
    /// The newest share of requests that policy denies.
    pub deny_rate: Option<f64>,
    /// When a trigger last fired.
    pub troubled: Option<Timestamp>,
}

impl Outcome {
    /// Returns the word that it comes to.
    pub fn word(&self) -> Word {
        match self {
            Self::Met => Word::Pass,
            Self::Held(_) => Word::Hold,
            Self::Untold(_) => Word::CannotTell,
            Self::Failed(_) => Word::Fail,
        }
    }

    /// Says why it is not met, where it is not.
    pub fn why(&self) -> Option<&Printable> {
        match self {
            Self::Met => None,
            Self::Held(why) | Self::Untold(why) | Self::Failed(why) => Some(why),
        }
    }
}

/// Says how a requirement stands.
pub(super) fn outcome(
    policy: &Policy,
    requirement: Requirement,
    facts: &Facts<'_>,
    (entered, seen): (Timestamp, &Seen),
    now: Timestamp,
) -> Outcome {
    match requirement {
        Requirement::Simulation => facts.simulation.cloned().unwrap_or_else(|| {
            Outcome::Held(Printable::ours("nothing is judged before it has traffic: a person decides"))
        }),
        Requirement::Analysis => {
            each(policy, facts.verdict, &|metric| metric.origin == Origin::Analysis, &outcome_of)
        }
        Requirement::Critical => each(policy, facts.verdict, &|metric| metric.rule.critical, &violation),
        Requirement::Score => score(policy, facts.verdict),
        Requirement::Latency => {
            let groups = &policy.ladder.latency_groups;
            let is_latency = |metric: &Metric| metric.groups.iter().any(|group| groups.contains(group));
            each(policy, facts.verdict, &is_latency, &outcome_of)
        }
        Requirement::DenyRate => match facts.deny_rate {
            None => Outcome::Untold(Printable::ours("the share of denied requests is not known")),
            Some(rate) if rate <= policy.triggers.deny_rate => Outcome::Met,
            Some(rate) => Outcome::Failed(Printable::from(format!(
                "{:.1} % of requests are denied by policy, more than {:.1} %",
                rate * 100.0,
                policy.triggers.deny_rate * 100.0
            ))),
        },
        Requirement::QuietCycle => {
            let since = facts.troubled.max(seen.full_since).unwrap_or(entered).max(entered);
            let end = end(&policy.ladder.cycle, since);
            match end.duration_since(now) {
                left if left <= SignedDuration::ZERO => Outcome::Met,
                // The time itself: how long that is from now on changes while nothing else does.
                _ => Outcome::Held(Printable::from(format!("watched until {}", minute(end)))),
            }
        }
    }
}

fn score(policy: &Policy, verdict: Option<&Verdict>) -> Outcome {
    let Some(verdict) = verdict else {
        return Outcome::Untold(Printable::ours("nothing was judged yet"));
    };
    let total = verdict.score.map_or_else(|| "no score".to_owned(), scored);
    let pass = policy.thresholds.pass;
    match verdict.word {
        Word::Pass => Outcome::Met,
        Word::Hold => {
            let unclear = verdict.parts.iter().find(|part| part.class == Class::Unclear);
            let why = unclear.map_or_else(
                || format!("{total}, {pass} passes: a person decides"),
                |part| format!("{}: {}", part.name, part.why),
            );
            Outcome::Held(Printable::from(why))
        }
        Word::CannotTell => Outcome::Untold(Printable::from(untold(policy, verdict))),
        Word::Fail => {
            let part = verdict.parts.iter().find(|part| part.critical).or_else(|| {
                verdict
                    .parts
                    .iter()
                    .find(|part| matches!(part.class, Class::High | Class::Low | Class::NoDataFail))
            });
            let why = part.map(|part| format!(": {}: {}", part.name, part.why)).unwrap_or_default();
            Outcome::Failed(Printable::from(format!("{total}{why}")))
        }
    }
}

/// Says which metric is lacking; one may have shown with few points that it is worse, and is lacking still.
fn untold(policy: &Policy, verdict: &Verdict) -> String {
    let least = policy.least_points;
    let lacks = |part: &&Part| !matches!(part.class, Class::Pass | Class::High | Class::Low);
    let fewest = |part: &Part| part.points.0.min(part.points.1);
    let queried = policy.metrics.iter().zip(&verdict.parts).filter(|(it, _)| it.origin != Origin::Analysis);
    let few = queried.map(|(_, part)| part).find(|part| fewest(part) < least);
    match (verdict.parts.iter().find(lacks), few) {
        (Some(part), _) => format!("{}: {}", part.name, part.why),
        (None, Some(part)) => {
            format!("{}: {}, and has {} of {least} points", part.name, part.why, fewest(part))
        }
        (None, None) => "there is no metric".to_owned(),
    }
}

/// Writes a score without rounding it up to a threshold that it does not reach.
pub fn scored(score: f64) -> String {
    let tenths = (score * 10.0).floor() / 10.0;
    if tenths.fract() == 0.0 { format!("score {tenths:.0}") } else { format!("score {tenths:.1}") }
}

/// Returns the worst outcome of the metrics that are concerned.
fn each(
    policy: &Policy,
    verdict: Option<&Verdict>,
    concerned: &dyn Fn(&Metric) -> bool,
    outcome: &dyn Fn(&Part) -> Outcome,
) -> Outcome {
    let Some(verdict) = verdict else {
        return Outcome::Untold(Printable::ours("nothing was judged yet"));
    };
    let parts = policy.metrics.iter().zip(&verdict.parts).filter(|(metric, _)| concerned(metric));
    let worse = |worst: Outcome, next: Outcome| if next.word() > worst.word() { next } else { worst };
    parts.map(|(_, part)| outcome(part)).fold(Outcome::Met, worse)
}

/// Takes a metric for what it is.
fn outcome_of(part: &Part) -> Outcome {
    let why = Printable::from(format!("{}: {}", part.name, part.why));
    match part.class {
        Class::Pass => Outcome::Met,
        Class::High | Class::Low | Class::NoDataFail => Outcome::Failed(why),
        Class::Unclear => Outcome::Held(why),
        Class::NoData | Class::TooFew | Class::Undecidable => Outcome::Untold(why),
    }
}

/// Minds a critical metric only where it was seen to fail: without traffic there may be nothing to see.
fn violation(part: &Part) -> Outcome {
    match part.class {
        Class::High | Class::Low if part.critical => outcome_of(part),
        _ => Outcome::Met,
    }
}
