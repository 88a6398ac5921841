//! Owns the verdict on a canary: what each metric says, and what that comes to.
//!
//! One pure function, [`judge`]. It never asks for evidence and never orders anything. Invariant: a verdict passes only where every
//! metric is known, has enough fresh points, and the score reaches the policy's threshold.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::evidence::{Evidence, Provenance};
use super::judge::metric::Class;
use super::judge::score::{self, Counted, Word};
use super::policy::{Metric, Origin, Policy};
use crate::text::Printable;

mod weigh;

/// What one metric says.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The metric.
    pub name: Printable,
    /// How it came out.
    pub class: Class,
    /// Whether that alone fails the whole.
    pub critical: bool,
    /// Why, in one sentence.
    pub why: Printable,
    /// By how much the canary differs, in the metric's unit: lower bound, best guess, upper bound.
    pub difference: Option<(f64, f64, f64)>,
    /// Mean of the canary over that of the stable version.
    pub ratio: Option<f64>,
    /// Points of the canary and of the stable version.
    pub points: (usize, usize),
    /// Age of the newest point that both have.
    pub age: Option<SignedDuration>,
    /// Where it came from.
    pub of: Provenance,
    /// Digest of the evidence.
    pub digest: Arc<str>,
}

/// What all of it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The policy.
    pub policy: Arc<str>,
    /// When it was judged.
    pub at: Timestamp,
    /// The word.
    pub word: Word,
    /// The score in per cent; `None` where it cannot be told.
    pub score: Option<f64>,
    /// Group, weight, score.
    pub groups: Vec<(String, f64, Option<f64>)>,
    /// Metrics, as the policy orders them.
    pub parts: Vec<Part>,
    /// When it could pass at the earliest; `None` where time alone does not help.
    pub earliest: Option<Timestamp>,
}

/// Points older than this many resolutions are too old to speak of now.
pub const STALE_AFTER: i32 = 5;

/// How far the clock of a cluster may be ahead of the one that judges.
pub const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// Judges the evidence, metric by metric in the policy's order.
pub fn judge(policy: &Policy, evidence: &[Evidence], now: Timestamp) -> Verdict {
    concluded(policy, parts(policy, evidence, now), now)
}

fn parts(policy: &Policy, evidence: &[Evidence], now: Timestamp) -> Vec<Part> {
    let pairs = policy.metrics.iter().zip(evidence);
    pairs.map(|(metric, evidence)| part(policy, metric, evidence, now)).collect()
}

fn concluded(policy: &Policy, parts: Vec<Part>, now: Timestamp) -> Verdict {
    let counted: Vec<Counted<'_>> = policy
        .metrics
        .iter()
        .zip(&parts)
        .map(|(metric, part)| Counted { groups: &metric.groups, class: part.class, critical: part.critical })
        .collect();
    let scored = score::score(&counted, &policy.groups, policy.thresholds);
    let is_short = |(metric, part): (&Metric, &Part)| {
        let counted = matches!(metric.origin, Origin::Query { .. });
        counted && part.points.0.min(part.points.1) < metric.rule.least_points
    };
    // What fails with few points counts as that: the word still wants enough of them, so that fewer never make it better.
    let complete = parts.len() == policy.metrics.len() && !policy.metrics.iter().zip(&parts).any(is_short);
    Verdict {
        policy: policy.name.clone(),
        at: now,
        word: if complete { scored.word } else { scored.word.max(Word::CannotTell) },
        score: scored.total,
        groups: scored.groups,
        earliest: earliest(policy, &parts, now),
        parts,
    }
}

/// Judges what is not older than `begin`, where that is given, and returns the evidence that the verdict rests on.
///
/// Older evidence never passes anything: of each metric it counts only while it says what is worse, so that what failed is not forgotten
/// with its points.
pub fn judge_since(
    policy: &Policy,
    evidence: Vec<Evidence>,
    begin: Option<Timestamp>,
    now: Timestamp,
) -> (Verdict, Vec<Evidence>) {
    let whole = judge(policy, &evidence, now);
    let Some(begin) = begin else { return (whole, evidence) };
    let mut rests_on: Vec<Evidence> = evidence.iter().map(|evidence| evidence.since(begin)).collect();
    let mut own = parts(policy, &rests_on, now);
    let metrics = policy.metrics.iter().zip(&whole.parts).zip(&evidence);
    for ((own, young), ((metric, old), all)) in own.iter_mut().zip(&mut rests_on).zip(metrics) {
        let has_failed = matches!(old.class, Class::High | Class::Low | Class::NoDataFail);
        if has_failed || own.class == Class::Pass && old.class != Class::Pass {
            (*own, *young) = (old.clone(), all.clone());
        } else {
            young_yet(own, old, metric, begin);
        }
    }
    let own = concluded(policy, own, now);
    if own.word < whole.word { (whole, evidence) } else { (own, rests_on) }
}

/// A metric that had points before is not silent: it has not spoken for long.
fn young_yet(own: &mut Part, old: &Part, metric: &Metric, begin: Timestamp) {
    let lacks = matches!(own.class, Class::TooFew | Class::NoData | Class::NoDataFail);
    if lacks && own.points != old.points {
        (own.class, own.critical) = (Class::TooFew, false);
        let has = own.points.0.min(own.points.1);
        let counted = begin.strftime("counted since %Y-%m-%d %H:%M UTC");
        own.why = Printable::from(format!("{has} of {} points, {counted}", metric.rule.least_points));
    }
}

fn part(policy: &Policy, metric: &Metric, evidence: &Evidence, now: Timestamp) -> Part {
    let age = evidence.newest().map(|newest| now.duration_since(newest));
    let limit = policy.resolution.saturating_mul(STALE_AFTER);
    let latest = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let weighed = match evidence {
        Evidence::Missing { why, .. } => weigh::Weighed::untold(Class::NoData, why.clone()),
        Evidence::Measured { measured, .. } => weigh::measured(measured, age, policy.lifetime),
        Evidence::Series { canary, stable, .. } if canary.ends_after(latest) || stable.ends_after(latest) => {
            let why = "it has points of the future: put the clock right that is wrong";
            weigh::Weighed::untold(Class::NoData, Printable::ours(why))
        }
        Evidence::Series { .. } if age.is_some_and(|age| age > limit) => weigh::Weighed::untold(
            Class::NoData,
            Printable::from(format!("its newest point is older than {limit:#}")),
        ),
        Evidence::Series { canary, stable, .. } => weigh::series(policy.method, metric, canary, stable),
    };
    Part {
        name: Printable::from(metric.name.clone()),
        class: weighed.class,
        critical: weighed.critical,
        why: weighed.why,
        difference: weighed.difference,
        ratio: weighed.ratio,
        points: weighed.points,
        age,
        of: evidence.provenance().clone(),
        digest: evidence.digest(),
    }
}

/// Returns when there could be enough points, where that is all that is missing.
fn earliest(policy: &Policy, parts: &[Part], now: Timestamp) -> Option<Timestamp> {
    let waits = parts.iter().map(|part| match part.class {
        Class::Pass => Some(0),
        Class::TooFew => Some(policy.least_points.saturating_sub(part.points.0.min(part.points.1))),
        Class::Unclear => Some(1),
        _ => None,
    });
    let points = waits.collect::<Option<Vec<usize>>>()?.into_iter().max()?;
    let wait = policy.resolution.checked_mul(i32::try_from(points).ok()?)?;
    now.checked_add(wait).ok()
}

/// Tells how a metric would come out for two series, whatever their age.
pub fn class(
    method: super::policy::Method,
    metric: &Metric,
    canary: &super::evidence::Series,
    stable: &super::evidence::Series,
) -> Class {
    weigh::series(method, metric, canary, stable).class
}
