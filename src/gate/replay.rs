//! Owns looking back: what a policy would have said at each time of the past, from what was known by then.
//!
//! Pure, one function, [`replay`]. Where the stage of that time is known the word is what that stage asks for, else it is the score's; a
//! trigger that fires is a fail either way, and one that the policy service is to tell and nobody recorded is no pass. Invariants: a look
//! rests on no point, measurement or record that is younger than it; the stage of now is never taken for that of then.

use jiff::{SignedDuration, Timestamp};

use super::answered::{Answers, Then};
use super::evidence::{Evidence, Measured, Provenance};
use super::judge::metric::Class;
use super::judge::score::Word;
use super::past::{self, Stages};
use super::policy::Policy;
use super::stage::{self, Facts, Stage, Standing};
use super::trigger::{self, Cause, Reading, Signs};
use super::verdict;
use crate::text::Printable;

/// Why a metric without a query is not judged.
pub const NO_PAST: &str = "no AnalysisRun that had begun by then is still in the cluster";
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
    /// The stage of that time; `None` where it is not known.
    pub stage: Option<Stage>,
    /// How long before it was heard what of the policy service counts; `None` where nothing is known of it, or nothing is asked.
    pub heard: Option<SignedDuration>,
}

/// A run that measured a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// When it was made.
    pub began: Timestamp,
    /// What it measured, to its end or until now.
    pub measured: Measured,
    /// Where that came from.
    pub of: Provenance,
}

/// What is known of a past.
#[derive(Clone, Debug, Default)]
pub struct Kept<'a> {
    /// What was measured, one for each metric of the policy.
    pub evidence: &'a [Evidence],
    /// Runs that measured a metric, for each metric of the policy; what a metric with a query has here does not count.
    pub runs: &'a [Vec<Begun>],
    /// Where the canary stood.
    pub stages: Stages,
    /// What the policy service said.
    pub answers: Answers,
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
pub fn replay(policy: &Policy, kept: &Kept<'_>, times: &[Timestamp]) -> Vec<Look> {
    let mut troubled = None;
    times.iter().map(|at| look(policy, kept, &mut troubled, *at)).collect()
}

fn look(policy: &Policy, kept: &Kept<'_>, troubled: &mut Option<Timestamp>, at: Timestamp) -> Look {
    let runs = kept.runs.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
    let known: Vec<Evidence> =
        kept.evidence.iter().zip(runs).map(|(found, runs)| known(found, runs, policy.lifetime, at)).collect();
    let Then { simulation, reasons, approvals, age } = kept.answers.as_of(policy, at);
    let signs = Signs { reasons, approvals, ..trigger::signs(policy, &known, at) };
    let stood = kept.stages.at(at);
    let begin = stood.filter(|(stage, _)| *stage == Stage::Second).and_then(|_| kept.stages.entered(at));
    let (verdict, _) = verdict::judge_since(policy, known, begin, at);
    let read = trigger::read(policy, &signs, at);
    // As the gate does: metrics are minded where there is traffic to measure.
    let measured = matches!(stood, Some((Stage::First | Stage::Second, _)));
    let minded = |cause: Cause| measured || cause.is_served();
    let blind = read.iter().any(|(cause, reading)| minded(*cause) && matches!(reading, Reading::Untold(_)));
    let fires = |(cause, reading): (Cause, Reading)| matches!(reading, Reading::Fires(_)).then_some(cause);
    let firing: Vec<Cause> = read.into_iter().filter_map(fires).collect();
    // One that may have fired, and that nobody recorded, must not make a cycle look quieter than it was.
    if blind || !firing.is_empty() {
        *troubled = Some(at);
    }
    let facts = Facts {
        verdict: Some(&verdict),
        simulation: simulation.as_ref(),
        deny_rate: signs.denied,
        troubled: *troubled,
    };
    let word = stood.map_or(verdict.word, |stood| staged(policy, stood, &facts, at));
    let least = match (firing.is_empty(), blind) {
        (false, _) => Word::Fail,
        (true, true) => Word::CannotTell,
        (true, false) => Word::Pass,
    };
    Look {
        at,
        word: word.max(least),
        score: verdict.score,
        classes: verdict.parts.iter().map(|part| part.class).collect(),
        firing,
        stage: stood.map(|(stage, _)| stage),
        heard: age,
    }
}

/// Returns the word of what a stage asks for, that a canary came into at a time.
fn staged(policy: &Policy, (stage, entered): (Stage, Timestamp), facts: &Facts<'_>, at: Timestamp) -> Word {
    let before = Standing { stage, entered, requirements: Vec::new() };
    let seen = past::seen_in(stage, &policy.ladder);
    let advanced = stage::advance(policy, Some(&before), &seen, facts, at);
    advanced.map_or(Word::CannotTell, |(standing, _)| standing.word())
}

/// Returns what was known of it at a time.
fn known(evidence: &Evidence, runs: &[Begun], lifetime: SignedDuration, at: Timestamp) -> Evidence {
    let begin = at.checked_sub(lifetime).unwrap_or(Timestamp::MIN);
    let newest = runs.iter().filter(|run| run.began <= at).max_by_key(|run| run.began);
    match (evidence, newest) {
        (Evidence::Series { canary, stable, of }, _) => {
            let of = Provenance { window: (begin.max(of.window.0), at), ..of.clone() };
            Evidence::Series { canary: canary.within(begin..=at), stable: stable.within(begin..=at), of }
        }
        (_, Some(run)) => Evidence::Measured { measured: by_then(run, at), of: run.of.clone() },
        // Its counts are those of now.
        (Evidence::Measured { of, .. }, None) => {
            Evidence::Missing { why: Printable::ours(NO_PAST), of: of.clone() }
        }
        (Evidence::Missing { .. }, None) => evidence.clone(),
    }
}

/// Returns what a run had said by then: all of it from its newest measurement on, and before that only that it ran.
fn by_then(run: &Begun, at: Timestamp) -> Measured {
    if run.measured.at.is_some_and(|newest| newest <= at) {
        return run.measured.clone();
    }
    Measured {
        phase: Printable::ours("Running"),
        successful: 0,
        failed: 0,
        inconclusive: 0,
        error: 0,
        value: None,
        message: Printable::default(),
        at: Some(run.began),
        cut_short: false,
    }
}
