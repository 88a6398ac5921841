//! Owns how the score is said: the number, its bar with both thresholds, and the groups that it is made of.
//!
//! It never judges. Invariant: nothing reads as if it reached a threshold that it missed.

use crate::gate::policy::Policy;
use crate::gate::verdict::Verdict;
use crate::screen::Line;
use crate::text::{Printable, Role};

use super::figures;

/// Columns of the bar.
const CELLS: u16 = 20;

/// Says the score and what its thresholds mean.
pub(super) fn line(policy: &Policy, verdict: Option<&Verdict>, fresh: bool) -> Line {
    let score = verdict.and_then(|verdict| verdict.score);
    let (pass, marginal) = (policy.thresholds.pass, policy.thresholds.marginal);
    let role = match score {
        Some(_) if !fresh => Role::Stale,
        Some(score) if score >= pass => Role::Good,
        Some(score) if score >= marginal => Role::Warn,
        Some(_) => Role::Bad,
        None => Role::Unknown,
    };
    let number = score.map_or_else(|| "none".to_owned(), figures::score);
    Line::of(role, format!("{number:>5} "))
        .gauge(role, score, [marginal, pass], CELLS)
        .text(Role::Muted, format!("  below {marginal} fails, from {pass} on passes"))
}

/// Says what each group gives of its weight: together that is the score, unless a critical metric fails the whole.
pub(super) fn groups(verdict: Option<&Verdict>) -> Line {
    let mut line = Line::new();
    for (name, weight, score) in verdict.iter().flat_map(|verdict| &verdict.groups) {
        let gap = if line.is_empty() { "" } else { "   " };
        let given = score.map(|score| score * weight / 100.0);
        let role = match given {
            Some(given) if given >= *weight => Role::Text,
            Some(_) => Role::Bad,
            None => Role::Unknown,
        };
        let given = given.map_or_else(|| "?".to_owned(), figures::score);
        line = line
            .text(Role::Text, gap)
            .text(Role::Muted, Printable::from_cluster(name))
            .text(role, format!(" {given}"))
            .text(Role::Muted, format!("/{}", figures::score(*weight)));
    }
    line
}
