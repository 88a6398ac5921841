//! Owns the ladder of stages: where a canary stands, what it takes to go on, and what is in the way.
//!
//! Pure, one function for each question; where it stands follows from the weight that was observed, never from what was ordered.
//! Invariant: a requirement that cannot be told is not met.

use jiff::Timestamp;

use super::judge::score::Word;
use super::policy::{Ladder, Origin, Policy};

mod cycle;
mod outcome;
mod seen;

pub use cycle::end;
pub use outcome::{Facts, Outcome, Requirement, scored};
pub use seen::Seen;

use outcome::outcome;

/// A stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing is being brought in.
    Idle,
    /// No traffic, or mirrored traffic alone.
    Shadow,
    /// The first share of traffic, 5 to 10 %.
    First,
    /// A larger share, 25 to 50 %, and what lies between there and all.
    Second,
    /// All traffic, watched through a business cycle.
    Full,
    /// Watched to the end.
    Done,
    /// Taken back.
    RolledBack,
}

impl Stage {
    /// Every stage, from the first to the last.
    pub const ALL: [Self; 7] =
        [Self::Idle, Self::Shadow, Self::First, Self::Second, Self::Full, Self::Done, Self::RolledBack];
}

/// Where a canary stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The stage.
    pub stage: Stage,
    /// When it came there, as far as was seen.
    pub entered: Timestamp,
    /// What it takes to go on, and how that stands.
    pub requirements: Vec<(Requirement, Outcome)>,
}

/// That a canary came into another stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// From.
    pub from: Stage,
    /// To.
    pub to: Stage,
    /// When it was seen.
    pub at: Timestamp,
}

/// Tells in which stage a canary is; `None` where its weight is not known.
pub fn stage(ladder: &Ladder, seen: &Seen, now: Timestamp) -> Option<Stage> {
    if seen.aborted {
        return Some(Stage::RolledBack);
    }
    if !seen.under_way {
        return Some(match seen.full_since {
            Some(since) if now < end(&ladder.cycle, since) => Stage::Full,
            Some(_) => Stage::Done,
            None => Stage::Idle,
        });
    }
    Some(match seen.weight? {
        ..=0 => Stage::Shadow,
        weight if weight <= ladder.first_up_to => Stage::First,
        weight if weight < 100 => Stage::Second,
        _ => Stage::Full,
    })
}

/// Returns from when on points count for going on: in the second stage only since the canary came there, so that what was seen of it under
/// little traffic does not pass it under much. Before the first stage it had no traffic, so that nothing has to be left out there.
pub fn counts_from(
    ladder: &Ladder,
    before: Option<&Standing>,
    seen: &Seen,
    now: Timestamp,
) -> Option<Timestamp> {
    let was = before.map(|before| before.stage);
    if stage(ladder, seen, now).or(was) != Some(Stage::Second) {
        return None;
    }
    let entered = before.filter(|before| before.stage == Stage::Second).map_or(now, |before| before.entered);
    Some(seen.since.map_or(entered, |since| since.min(entered)))
}

/// Says where a canary stands now, and whether that is another stage than before.
pub fn advance(
    policy: &Policy,
    before: Option<&Standing>,
    seen: &Seen,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<(Standing, Option<Transition>)> {
    let stage = stage(&policy.ladder, seen, now)?;
    let stayed = before.filter(|before| before.stage == stage);
    let entered = stayed.map_or(now, |before| before.entered);
    let transition = before.filter(|before| before.stage != stage).map(|before| Transition {
        from: before.stage,
        to: stage,
        at: now,
    });
    let mut standing = Standing { stage, entered, requirements: Vec::new() };
    standing.requirements = asked(policy, &standing, facts, seen, now);
    Some((standing, transition))
}

/// Says how each thing stands that the stage asks for, in which a canary stands.
pub fn asked(
    policy: &Policy,
    standing: &Standing,
    facts: &Facts<'_>,
    seen: &Seen,
    now: Timestamp,
) -> Vec<(Requirement, Outcome)> {
    let outcome = |asked| (asked, outcome(policy, asked, facts, (standing.entered, seen), now));
    requirements(policy, standing.stage).into_iter().map(outcome).collect()
}

/// Says what is lacking for going to all traffic at once: what the stages ask for that are passed over counts as if it were there.
pub fn passed_over(
    policy: &Policy,
    standing: &Standing,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<(Requirement, Outcome)> {
    if !matches!(standing.stage, Stage::Shadow | Stage::First) {
        return None;
    }
    let second = Standing { stage: Stage::Second, entered: now, requirements: Vec::new() };
    let seen = Seen { under_way: true, aborted: false, weight: None, full_since: None, since: None };
    let lacking = asked(policy, &second, facts, &seen, now).into_iter();
    lacking.filter(|(_, outcome)| *outcome != Outcome::Met).max_by_key(|(_, outcome)| outcome.word())
}

/// Returns what a stage asks for before the next.
pub fn requirements(policy: &Policy, stage: Stage) -> Vec<Requirement> {
    match stage {
        Stage::Idle | Stage::Done | Stage::RolledBack => Vec::new(),
        Stage::Shadow => shadow(policy),
        Stage::First => vec![Requirement::Score],
        Stage::Second => {
            let denied = policy.triggers.deny_metric.as_ref().map(|_| Requirement::DenyRate);
            [Requirement::Score, Requirement::Latency].into_iter().chain(denied).collect()
        }
        Stage::Full => vec![Requirement::QuietCycle],
    }
}

/// Without traffic only the policy service and AnalysisRuns tell of a canary, for instance those that judge a blue-green preview before
/// it is switched to (Argo: rollout/bluegreen.go, `prePromotionAnalysis`). Where a policy has neither, a person decides.
fn shadow(policy: &Policy) -> Vec<Requirement> {
    let analysed = policy.metrics.iter().any(|metric| metric.origin == Origin::Analysis);
    let critical = policy.metrics.iter().any(|metric| metric.rule.critical);
    let asked = [
        (policy.simulation.is_some() || !analysed, Requirement::Simulation),
        (analysed, Requirement::Analysis),
        (critical, Requirement::Critical),
    ];
    asked.into_iter().filter_map(|(wanted, requirement)| wanted.then_some(requirement)).collect()
}

impl Standing {
    /// Returns the word on going on: the worst of its requirements. Where nothing goes on it cannot be told.
    pub fn word(&self) -> Word {
        if self.rests().is_some() {
            return Word::CannotTell;
        }
        self.requirements.iter().map(|(_, outcome)| outcome.word()).max().unwrap_or(Word::Pass)
    }
}

impl Standing {
    /// Says why nothing goes on, where nothing does.
    pub fn rests(&self) -> Option<&'static str> {
        match self.stage {
            Stage::Idle => Some("nothing is being brought in"),
            Stage::RolledBack => Some("it was taken back: there is nothing to go on with"),
            Stage::Shadow | Stage::First | Stage::Second | Stage::Full | Stage::Done => None,
        }
    }
}
