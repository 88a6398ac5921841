//! Owns looking back: what a policy would have said at each time of the past, from what was known by then.
//!
//! Pure, one function, [`replay`]. It knows no stage: which weight a canary had is not in its evidence, so what it says is the score's and
//! the triggers' word. Invariant: a look rests on no point that is younger than it.

use jiff::{SignedDuration, Timestamp};

use super::evidence::{Evidence, Provenance, Series};
use super::judge::metric::Class;
use super::judge::score::Word;
use super::policy::Policy;
use super::trigger::{self, Cause, Reading};
use super::verdict;
use crate::text::Printable;

/// Why a metric without a query is not judged.
pub const NO_PAST: &str = "what an AnalysisRun measured has no past here";
/// Most looks of one replay.
pub const MOST: usize = 20_000;

/// What would have been said at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The word: the verdict's, or fail where a trigger fires.
    pub word: Word,
    /// The score in per cent; `None` where it cannot be told.
    pub score: Option<f64>,
    /// How each metric came out, in the policy's order.
    pub classes: Vec<Class>,
    /// Triggers that fire.
    pub firing: Vec<Cause>,
}

/// Lists the times of looks, the first and the last included; `None` where there would be more than [`MOST`], or none.
pub fn times(from: Timestamp, to: Timestamp, every: SignedDuration) -> Option<Vec<Timestamp>> {
    if !every.is_positive() || to < from {
        return None;
    }
    let mut times = vec![from];
    while let Some(next) =
        times.last().and_then(|last| last.checked_add(every).ok()).filter(|next| *next <= to)
    {
        times.push(next);
        if times.len() > MOST {
            return None;
        }
    }
    Some(times)
}

/// Judges at each of the times with what was measured by then, and not longer before than a canary is looked at.
pub fn replay(policy: &Policy, evidence: &[Evidence], times: &[Timestamp]) -> Vec<Look> {
    times.iter().map(|at| look(policy, evidence, *at)).collect()
}

fn look(policy: &Policy, evidence: &[Evidence], at: Timestamp) -> Look {
    let known: Vec<Evidence> = evidence.iter().map(|evidence| known(evidence, policy.lifetime, at)).collect();
    let verdict = verdict::judge(policy, &known, at);
    let signs = trigger::signs(policy, &known, at);
    let fires = |(cause, reading): (Cause, Reading)| matches!(reading, Reading::Fires(_)).then_some(cause);
    let firing: Vec<Cause> = trigger::read(policy, &signs, at).into_iter().filter_map(fires).collect();
    Look {
        at,
        word: if firing.is_empty() { verdict.word } else { Word::Fail },
        score: verdict.score,
        classes: verdict.parts.iter().map(|part| part.class).collect(),
        firing,
    }
}

/// Returns what was known of it at a time.
fn known(evidence: &Evidence, lifetime: SignedDuration, at: Timestamp) -> Evidence {
    let begin = at.checked_sub(lifetime).unwrap_or(Timestamp::MIN);
    let cut = |series: &Series| Series {
        points: series.points.iter().filter(|(point, _)| (begin..=at).contains(point)).copied().collect(),
    };
    match evidence {
        Evidence::Series { canary, stable, of } => {
            let of = Provenance { window: (begin.max(of.window.0), at), ..of.clone() };
            Evidence::Series { canary: cut(canary), stable: cut(stable), of }
        }
        // Its counts are those of now.
        Evidence::Measured { of, .. } => Evidence::Missing { why: Printable::ours(NO_PAST), of: of.clone() },
        Evidence::Missing { .. } => evidence.clone(),
    }
}
