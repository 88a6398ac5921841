//! Owns what is said of one metric: how it came out, why, its two series, and by how much they differ.
//!
//! It never judges; it says what the verdict's part says. Invariant: where there is no series, what there is instead is said.

use crate::gate::evidence::{Evidence, Measured, Series};
use crate::gate::judge::metric::Class;
use crate::gate::policy::{Metric as Rule, Policy};
use crate::gate::verdict::Part;
use crate::gate::{Gate, record};
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

use super::{figures, plot};

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// How it came out, for the eye.
    pub sign: (Role, Sign),
    /// Name.
    pub name: Printable,
    /// How it came out, in a word.
    pub class: Printable,
    /// Why, in one sentence; empty where the rest says it.
    pub why: Line,
    /// Groups in which it counts.
    pub groups: Printable,
    /// Bounds of the difference, in the metric's unit; empty where it is not known.
    pub difference: Printable,
    /// Mean of the canary over that of the stable version; empty where it is not known.
    pub ratio: Printable,
    /// Age of the newest value that both have.
    pub age: Printable,
    /// What it was judged by.
    pub seen: Seen,
}

/// What a metric was judged by.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Series of canary and stable version.
    Series(Box<[Track; 2]>),
    /// Something else, in words; empty where there is nothing.
    Said(Line),
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Heights of [`plot::SAMPLES`] samples, 0 where there is no value.
    pub heights: Vec<u8>,
    /// The newest value.
    pub newest: Printable,
    /// Points of as many as are wanted.
    pub points: Printable,
    /// Whether these are enough points.
    pub enough: bool,
}

/// Returns how a class looks.
pub(super) fn look(class: Class) -> (Role, Sign) {
    match class {
        Class::Pass => (Role::Good, Sign::Healthy),
        Class::High | Class::Low | Class::NoDataFail => (Role::Bad, Sign::Degraded),
        Class::Unclear => (Role::Warn, Sign::Paused),
        Class::NoData | Class::TooFew | Class::Undecidable => (Role::Unknown, Sign::Unknown),
    }
}

/// Says what each metric of a policy says, in the policy's order.
pub(super) fn all(gate: &Gate, ages: &mut Ages) -> Vec<Metric> {
    let parts = gate.verdict.as_ref().map_or(&[][..], |verdict| &verdict.parts);
    let metrics = gate.policy.metrics.iter().enumerate();
    let fresh = gate.is_fresh(ages.now());
    metrics
        .map(|(nth, rule)| match (parts.get(nth), gate.evidence.get(nth)) {
            (Some(part), Some(evidence)) => {
                let metric = metric(&gate.policy, rule, (part, evidence), ages);
                Metric { sign: aged(metric.sign, fresh), ..metric }
            }
            _ => unjudged(rule),
        })
        .collect()
}

/// Returns how something looks that may be too old to speak of now.
pub(super) fn aged(look: (Role, Sign), fresh: bool) -> (Role, Sign) {
    if fresh { look } else { (Role::Stale, Sign::Stale) }
}

fn metric(policy: &Policy, rule: &Rule, (part, evidence): (&Part, &Evidence), ages: &mut Ages) -> Metric {
    let sign = look(part.class);
    let difference = part.difference.map(|(lower, _, upper)| {
        Printable::from(format!("{} to {}", figures::signed(lower), figures::signed(upper)))
    });
    let ratio = part.ratio.filter(|ratio| ratio.is_finite());
    Metric {
        sign,
        name: part.name.clone(),
        class: Printable::ours(record::class(part.class)),
        why: why(part),
        groups: groups(rule),
        difference: difference.unwrap_or_default(),
        ratio: ratio.map(|ratio| Printable::from(format!("{}x", figures::value(ratio)))).unwrap_or_default(),
        age: evidence.newest().map(|newest| ages.since(newest)).unwrap_or_default(),
        seen: seen(policy, rule, (part, evidence)),
    }
}

fn unjudged(rule: &Rule) -> Metric {
    Metric {
        sign: (Role::Unknown, Sign::Unknown),
        name: Printable::from(rule.name.clone()),
        class: Printable::ours("not judged yet"),
        why: Line::new(),
        groups: groups(rule),
        difference: Printable::default(),
        ratio: Printable::default(),
        age: Printable::default(),
        seen: Seen::Said(Line::new()),
    }
}

fn groups(rule: &Rule) -> Printable {
    Printable::from(rule.groups.join(", "))
}

fn why(part: &Part) -> Line {
    // How many points there are of how many stands beside it.
    if matches!(part.class, Class::Pass | Class::TooFew) {
        return Line::new();
    }
    let (role, _) = look(part.class);
    let line = if part.critical { Line::of(role, "critical: ") } else { Line::new() };
    line.text(Role::Text, part.why.clone())
}

fn seen(policy: &Policy, rule: &Rule, (part, evidence): (&Part, &Evidence)) -> Seen {
    match evidence {
        Evidence::Series { canary, stable, .. } => {
            let plot = plot::of(canary, stable, policy.resolution, rule.tolerance);
            let track = |series: &Series, heights: Vec<u8>, points: usize| Track {
                heights,
                newest: newest(series),
                points: Printable::from(format!("{points}/{}", rule.rule.least_points)),
                enough: points >= rule.rule.least_points,
            };
            Seen::Series(Box::new([
                track(canary, plot.canary, part.points.0),
                track(stable, plot.stable, part.points.1),
            ]))
        }
        Evidence::Measured { measured, .. } => Seen::Said(counts(measured)),
        Evidence::Missing { of, .. } => Seen::Said(Line::of(Role::Muted, of.source.clone())),
    }
}

fn newest(series: &Series) -> Printable {
    let newest = series.points.iter().rev().map(|(_, value)| *value).find(|value| value.is_finite());
    newest.map(figures::value).unwrap_or_default()
}

/// Says how often an AnalysisRun's own conditions were met.
fn counts(measured: &Measured) -> Line {
    let counts = [
        (measured.successful, "passed", Role::Good),
        (measured.failed, "failed", Role::Bad),
        (measured.inconclusive, "inconclusive", Role::Unknown),
        (measured.error, "errors", Role::Warn),
    ];
    let mut line = Line::of(Role::Muted, "analysis");
    for (count, word, role) in counts.into_iter().filter(|(count, ..)| *count > 0) {
        line = line.text(Role::Text, "  ").text(role, format!("{count} {word}"));
    }
    match &measured.value {
        Some(value) => line.text(Role::Muted, "  newest ").text(Role::Text, value.clone()),
        None => line,
    }
}
