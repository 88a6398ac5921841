//! Owns what is said of a policy before it judges anything: what can never pass, and what will surprise.
//!
//! It never changes a policy. Invariant: an error means that the policy as it stands cannot do what it is for.

use jiff::SignedDuration;

use super::{Method, Origin, Policy};
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

/// Something to know of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub grade: Grade,
    /// One sentence, with what to do.
    pub what: Printable,
}

/// Examines a policy, with the ladder of a Rollout that it is for where there is one.
pub fn lint(policy: &Policy, ladder: Option<&[Step]>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |grade, what: String| findings.push(Finding { grade, what: Printable::from(what) });
    if policy.metrics.is_empty() {
        say(
            Grade::Error,
            "there are no metrics: nothing can be told, so nothing passes; add metrics".to_owned(),
        );
    }
    let wanted = shortest(policy);
    let queried = policy.metrics.iter().any(|metric| matches!(metric.origin, Origin::Query { .. }));
    if queried && policy.method == Method::Kayenta && policy.interval < wanted {
        say(
            Grade::Error,
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
            format!(
                "a lifetime of {:#} never holds {} points: {wanted:#} does",
                policy.lifetime, policy.least_points
            ),
        );
    }
    watched(policy, &mut say);
    if queried {
        for (place, pause) in ladder.map(|ladder| short_pauses(policy, ladder)).unwrap_or_default() {
            say(
                Grade::Error,
                format!(
                    "step {place} pauses for {pause:#}, which holds {} points of {}: it can never pass; the shortest pause that can is {wanted:#}",
                    points(policy, pause),
                    policy.least_points
                ),
            );
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.grade));
    findings
}

/// Says what the policy names no metric for, and what its method wants.
fn watched(policy: &Policy, say: &mut dyn FnMut(Grade, String)) {
    if policy.triggers.error_metric.is_none() {
        say(Grade::Warning, "no error_rate_metric is named: max_error_rate_delta watches nothing".to_owned());
    }
    if policy.triggers.deny_metric.is_none() {
        say(Grade::Note, "no policy_deny_metric is named: max_policy_deny_rate watches nothing".to_owned());
    }
    if policy.method == Method::Kayenta {
        say(
            Grade::Note,
            "kayenta's search stops at 0.0001 in the metric's unit: feed per cent or ppm, not shares of 1"
                .to_owned(),
        );
    }
}

/// Returns the shortest time that holds enough points.
pub fn shortest(policy: &Policy) -> SignedDuration {
    policy.resolution.saturating_mul(i32::try_from(policy.least_points).unwrap_or(i32::MAX))
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
            // A pause without an end lasts until a person decides: long enough.
            (Step::Pause(None), held) => *held = None,
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
