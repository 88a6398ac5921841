//! Owns which times are asked for, and how a query is filled in for a canary.
//!
//! Pure. Invariants: begin and end lie on multiples of the resolution, so that points of different questions have the same times; what the
//! cluster gave is put into a query only where it cannot mean anything there but itself.

use jiff::{SignedDuration, Timestamp};

use crate::gate::policy::Policy;
use crate::gate::wish::Canary;

/// Most points of a series that a Prometheus answers with (Prometheus: web/api/v1/api.go).
pub(super) const MOST_POINTS: i64 = 11_000;

/// The times that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
    /// How far apart points are.
    pub step: SignedDuration,
    /// As of when it is asked.
    pub asked: Timestamp,
}

impl Window {
    /// Returns the window of a policy that ends now: as long as a canary is looked at.
    pub fn of(policy: &Policy, now: Timestamp) -> Self {
        let from = now.checked_sub(policy.lifetime).unwrap_or(Timestamp::MIN);
        Self::between(policy, (from, now), now)
    }

    /// Returns the window from one time to another, at the resolution of a policy.
    pub fn between(policy: &Policy, (from, to): (Timestamp, Timestamp), asked: Timestamp) -> Self {
        let step = policy.resolution.max(SignedDuration::from_millis(1));
        let each = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
        let down = |at: Timestamp| at.as_millisecond().div_euclid(each).saturating_mul(each);
        let up = |at: Timestamp| match at.as_millisecond().rem_euclid(each) {
            0 => at.as_millisecond(),
            _ => down(at).saturating_add(each),
        };
        let time = |millis: i64, usual| Timestamp::from_millisecond(millis).unwrap_or(usual);
        Self { from: time(up(from), from), to: time(down(to), to), step, asked }
    }

    /// Counts the points that it holds.
    pub(super) fn points(&self) -> i64 {
        let each = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX).max(1);
        self.to.as_millisecond().saturating_sub(self.from.as_millisecond()).div_euclid(each).saturating_add(1)
    }

    /// Says why it cannot be asked for, where it cannot.
    pub(super) fn refused(&self) -> Option<String> {
        match self.points() {
            ..=0 => Some("the window ends before it begins".to_owned()),
            points if points > MOST_POINTS => Some(format!(
                "{points} points are more than the {MOST_POINTS} that a Prometheus answers with: make metric_resolution longer, or canary_lifetime_hours shorter"
            )),
            _ => None,
        }
    }
}

/// Fills in what a query says of the canary.
///
/// # Errors
/// Which value cannot stand in a query.
pub(super) fn filled(query: &str, canary: &Canary) -> Result<String, String> {
    let mut text = String::with_capacity(query.len());
    let mut rest = query;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((named, behind)) = after.split_once("}}") else { break };
        text.push_str(before);
        text.push_str(plain(named.trim(), canary)?);
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}

fn plain<'a>(named: &str, canary: &'a Canary) -> Result<&'a str, String> {
    let value: &str = match named {
        "canary" => &canary.hash,
        "stable" => &canary.stable,
        "namespace" => &canary.key.namespace,
        "name" => &canary.key.name,
        _ => return Err(format!("`{{{{{named}}}}}` is not known")),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match !value.is_empty() && value.chars().all(is_plain) {
        true => Ok(value),
        false => Err(format!("the {named} of this Rollout holds what must not stand in a query")),
    }
}

#[cfg(test)]
mod tests;
