//! Owns what is said of a policy before it judges anything: what can never pass, and what will surprise.
//!
//! It never changes a policy. Invariant: an error means that the policy as it stands cannot do what it is for.

use jiff::SignedDuration;

use super::{Method, Metric, Origin, Policy};
use crate::gate::evidence::{Evidence, Series};
use crate::gate::judge::metric::{self, Direction, Measure};
use crate::gate::judge::series::OutlierStrategy;
use crate::gate::judge::{interval, sequence};
use crate::gate::verdict::STALE_AFTER;
use crate::gate::wish;
use crate::rollout::Step;
use crate::text::Printable;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Good to know.
    Note,
    /// It will surprise.
    Warning,
    /// It can never work.
    Error,
}

impl Grade {
    /// Returns the grade as users read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something to know of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub grade: Grade,
    /// The setting that it is about, as the file calls it, whether or not it is written there.
    pub about: &'static str,
    /// One sentence, with what to do.
    pub what: Printable,
}

/// A change by so many times that is allowed was probably meant in another unit.
const LAX: f64 = 3.0;

/// Takes a finding.
type Say<'a> = dyn FnMut(Grade, &'static str, String) + 'a;

/// Examines a policy, with the ladder of a Rollout that it is for where there is one.
pub fn lint(policy: &Policy, ladder: Option<&[Step]>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say =
        |grade, about, what: String| findings.push(Finding { grade, about, what: Printable::from(what) });
    if policy.metrics.is_empty() {
        let what = "there are no metrics: nothing can be told, so nothing passes; add metrics";
        say(Grade::Error, "rollout_gates", what.to_owned());
    }
    times(policy, &mut say);
    sizes(policy, &mut say);
    groups(policy, &mut say);
    watched(policy, &mut say);
    if is_queried(policy) {
        pauses(policy, ladder.unwrap_or_default(), &mut say);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.grade));
    findings
}

/// Examines what was gathered for a policy: metrics in so large a unit that the search for their bounds is coarser than what they say.
pub fn scale(policy: &Policy, evidence: &[Evidence]) -> Vec<Finding> {
    if policy.method != Method::Kayenta {
        return Vec::new();
    }
    let values = |series: &Series| series.points.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    let coarse = policy.metrics.iter().zip(evidence).filter(|(metric, evidence)| match evidence {
        Evidence::Series { canary, stable, .. } => {
            metric::judge(&metric.rule, &values(canary), &values(stable)).too_small_a_unit
        }
        _ => false,
    });
    let finding = |name: &str| Finding {
        grade: Grade::Warning,
        about: "method",
        what: Printable::from(format!(
            "{name}: its values lie so close together that the search, which stops at {}, is too coarse for them: feed per cent or ppm, not shares of 1",
            interval::TOLERANCE
        )),
    };
    coarse.map(|(metric, _)| finding(&metric.name)).collect()
}

fn is_queried(policy: &Policy) -> bool {
    policy.metrics.iter().any(|metric| matches!(metric.origin, Origin::Query { .. }))
}

/// Compares the times of a policy with the points that it wants.
fn times(policy: &Policy, say: &mut Say<'_>) {
    let wanted = shortest(policy);
    if is_queried(policy) && policy.method == Method::Kayenta && policy.interval < wanted {
        say(
            Grade::Error,
            "metric_interval_hours",
            format!(
                "an interval of {:#} holds {} points of the {} that are wanted: make metric_interval_hours {:.2}, or the points closer",
                policy.interval,
                points(policy, policy.interval),
                policy.least_points,
                wanted.as_secs_f64() / 3600.0
            ),
        );
    }
    if policy.lifetime < wanted {
        say(
            Grade::Error,
            "canary_lifetime_hours",
            format!(
                "a lifetime of {:#} never holds {} points: {wanted:#} does",
                policy.lifetime, policy.least_points
            ),
        );
    }
    if is_queried(policy) && policy.resolution < freshest() {
        say(
            Grade::Error,
            "metric_resolution",
            format!(
                "at {:#}, points are too old after {:#}, and nobody asks more often than every {} s: most of the time it cannot be told; \
                 make it {:#} or more",
                policy.resolution,
                policy.resolution.saturating_mul(STALE_AFTER),
                wish::APART,
                freshest()
            ),
        );
    }
    if matches!(policy.method, Method::Sequential { .. }) && policy.least_points < sequence::LEAST {
        let least = sequence::LEAST;
        say(
            Grade::Note,
            "min_data_points_per_metric",
            format!("the interval wants {least} points at the least: fewer are never judged"),
        );
    }
}

/// Examines what of a metric is laxer than it reads, or counts for nothing.
fn sizes(policy: &Policy, say: &mut Say<'_>) {
    let rules = policy.metrics.iter().map(|metric| (&metric.name, &metric.rule));
    for (name, rule) in rules.filter(|(_, rule)| rule.effects.measure == Measure::MeanRatio) {
        let (up, down) = (rule.effects.allowed_increase, rule.effects.allowed_decrease);
        if rule.direction != Direction::Decrease && up >= LAX {
            let what = format!("{name}: a canary {up} times as high passes; 15 % are written 1.15");
            say(Grade::Warning, "allowed_increase", what);
        }
        if rule.direction != Direction::Increase && down <= 1.0 / LAX {
            let left = down * 100.0;
            let what = format!(
                "{name}: a canary with {left} % of the stable version's passes; 15 % less are written 0.85"
            );
            say(Grade::Warning, "allowed_decrease", what);
        }
    }
    let removes = |metric: &&Metric| metric.rule.outliers != OutlierStrategy::Keep;
    if let (Method::Sequential { .. }, Some(metric)) = (policy.method, policy.metrics.iter().find(removes)) {
        let what =
            format!("{}: outliers are left out by `method: kayenta` only; here all count", metric.name);
        say(Grade::Warning, "outliers", what);
    }
}

/// Examines groups and their weights: what can never reach the score, and what counts for nothing.
fn groups(policy: &Policy, say: &mut Say<'_>) {
    let listed = |name: &String| policy.groups.iter().any(|(listed, _)| listed == name);
    let given: f64 = policy.groups.iter().map(|(_, weight)| weight).sum();
    let mut others: Vec<&String> =
        policy.metrics.iter().flat_map(|metric| &metric.groups).filter(|name| !listed(name)).collect();
    others.sort();
    others.dedup();
    if others.is_empty() && !policy.groups.is_empty() && given + 1e-6 < policy.thresholds.pass {
        say(
            Grade::Error,
            "groups",
            format!(
                "the weights of all groups are {given} together, so the score never reaches {}: make them 100",
                policy.thresholds.pass
            ),
        );
    }
    if given >= 100.0
        && let Some(name) = others.first()
    {
        say(
            Grade::Warning,
            "groups",
            format!(
                "group `{name}` has no weight left: what is in it counts for nothing unless it is critical"
            ),
        );
    }
    let latency = &policy.ladder.latency_groups;
    let is_latency =
        policy.metrics.iter().flat_map(|metric| &metric.groups).any(|name| latency.contains(name));
    if !policy.metrics.is_empty() && !is_latency {
        say(
            Grade::Warning,
            "latency_groups",
            format!("no metric is in {}: the stage canary 2 asks nothing of latency", latency.join(" or ")),
        );
    }
}

/// Says what the policy names no metric for, and what its method wants.
fn watched(policy: &Policy, say: &mut Say<'_>) {
    if policy.triggers.error_metric.is_none() {
        let what = "no error_rate_metric is named: max_error_rate_delta watches nothing";
        say(Grade::Warning, "rollback_triggers", what.to_owned());
    }
    if policy.triggers.deny_metric.is_none() {
        let what = "no policy_deny_metric is named: max_policy_deny_rate watches nothing";
        say(Grade::Note, "rollback_triggers", what.to_owned());
    }
    let backlog = &policy.triggers.backlog;
    if backlog.most == Some(0) {
        let what = "max_approvals_waiting is 0: each approval that is asked for proposes an abort";
        say(Grade::Warning, "max_approvals_waiting", what.to_owned());
    }
    if let Some(longest) = backlog.longest.filter(|longest| *longest < policy.resolution) {
        let every = policy.resolution;
        let what =
            format!("approvals are looked at every {every:#}: one may wait longer than {longest:#} unseen");
        say(Grade::Note, "max_approval_wait", what);
    }
    for (setting, name) in unmeasured(policy) {
        let what = format!(
            "{setting} names {name}, which has no query: AnalysisRuns have no rates, so that this trigger can never be told"
        );
        say(Grade::Error, setting, what);
    }
    if policy.method == Method::Kayenta {
        let stops = interval::TOLERANCE;
        say(
            Grade::Note,
            "method",
            format!(
                "kayenta's search stops at {stops} in the metric's unit: feed per cent or ppm, not shares of 1"
            ),
        );
    }
}

/// Lists the triggers, by their settings, whose metrics are no series, with those metrics' names.
fn unmeasured(policy: &Policy) -> impl Iterator<Item = (&'static str, &str)> {
    let triggers = &policy.triggers;
    let named = [
        ("error_rate_metric", &triggers.error_metric),
        ("policy_deny_metric", &triggers.deny_metric),
        ("parser_failure_metric", &triggers.parser_metric),
    ];
    let is_run = |name: &str| {
        policy.metrics.iter().any(|metric| metric.name == name && metric.origin == Origin::Analysis)
    };
    named
        .into_iter()
        .filter_map(|(setting, name)| Some((setting, name.as_deref()?)))
        .filter(move |(_, name)| is_run(name))
}

/// Says which pauses of a ladder are too short ever to pass.
fn pauses(policy: &Policy, ladder: &[Step], say: &mut Say<'_>) {
    let wanted = shortest(policy);
    for (place, pause) in short_pauses(policy, ladder) {
        say(
            Grade::Error,
            "min_data_points_per_metric",
            format!(
                "step {place} pauses for {pause:#}, which holds {} points of {}: it can never pass; the shortest pause that can is {wanted:#}",
                points(policy, pause),
                policy.least_points
            ),
        );
    }
}

/// Returns the shortest time that holds enough points.
pub fn shortest(policy: &Policy) -> SignedDuration {
    policy.resolution.saturating_mul(i32::try_from(policy.least_points).unwrap_or(i32::MAX))
}

/// Returns the shortest resolution whose points are still fresh when they are asked for again.
fn freshest() -> SignedDuration {
    SignedDuration::from_secs(wish::APART.div_ceil(STALE_AFTER.unsigned_abs().into()).cast_signed())
}

/// Counts the points that a time holds.
fn points(policy: &Policy, time: SignedDuration) -> i64 {
    let each = policy.resolution.as_secs().max(1);
    time.as_secs() / each
}

/// Lists the steps, counted from 1, whose pauses at one weight are too short to judge at that weight, with their length together.
fn short_pauses(policy: &Policy, ladder: &[Step]) -> Vec<(usize, SignedDuration)> {
    let mut short = Vec::new();
    let mut held = Some((0, SignedDuration::ZERO));
    let mut close = |held: &mut Option<(usize, SignedDuration)>| {
        let taken = held.take().filter(|(_, pause)| pause.is_positive() && *pause < shortest(policy));
        short.extend(taken);
        *held = Some((0, SignedDuration::ZERO));
    };
    for (index, step) in ladder.iter().enumerate() {
        match (step, &mut held) {
            (Step::SetWeight(_), _) => close(&mut held),
            // A pause without an end lasts until a person decides, an analysis until it is through: nobody can say how long that is.
            (
                Step::Pause(None) | Step::Analysis(_) | Step::Experiment | Step::Plugin(_) | Step::Unknown,
                held,
            ) => {
                *held = None;
            }
            (Step::Pause(Some(pause)), Some((place, sum))) => {
                *place = index + 1;
                *sum = sum.saturating_add(SignedDuration::from_secs(pause.seconds.unwrap_or_default()));
            }
            _ => {}
        }
    }
    close(&mut held);
    short
}
