//! Owns the ladder of stages: where a canary stands, what it takes to go on, and what is in the way.
//!
//! Pure, one function for each question; where it stands follows from the weight that was observed, never from what was ordered.
//! Invariant: a requirement that cannot be told is not met.

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

use super::judge::metric::Class;
use super::judge::score::Word;
use super::policy::{Cycle, Ladder, Metric, Origin, Policy};
use super::verdict::{Part, Verdict};
use crate::rollout::{Rollout, Strategy, weight};
use crate::text::Printable;

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

/// What is seen of a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether a version other than the stable one is wanted.
    pub under_way: bool,
    /// Whether it was aborted.
    pub aborted: bool,
    /// The canary's share of traffic in per cent; `None` where it is not known.
    pub weight: Option<i64>,
    /// Since when all traffic is the new version's; `None` where it is not.
    pub full_since: Option<Timestamp>,
}

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

/// Returns when a business cycle that is watched from `since` on ends.
pub fn end(cycle: &Cycle, since: Timestamp) -> Timestamp {
    let begins = cycle.from.and_then(|from| {
        let local = since.to_zoned(cycle.zone.clone());
        let today = local.date().to_datetime(from).to_zoned(cycle.zone.clone()).ok()?.timestamp();
        if today >= since {
            return Some(today);
        }
        let tomorrow = local.date().tomorrow().ok()?;
        Some(tomorrow.to_datetime(from).to_zoned(cycle.zone.clone()).ok()?.timestamp())
    });
    begins.unwrap_or(since).checked_add(cycle.lasts).unwrap_or(Timestamp::MAX)
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
    let seen = Seen { under_way: true, aborted: false, weight: None, full_since: None };
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

impl Seen {
    /// Sees a Rollout; `canary_available` counts the available pods of the canary where pods alone carry the weight
    /// ([`weight::actual`]).
    pub fn of(rollout: &Rollout, canary_available: Option<i64>) -> Self {
        let status = &rollout.status;
        let hash = status.current_pod_hash.as_ref().filter(|hash| !hash.is_empty());
        let stable = status.stable_hash.as_ref().filter(|hash| !hash.is_empty());
        let under_way = matches!((hash, stable), (Some(hash), Some(stable)) if hash != stable);
        let share = match &rollout.spec.strategy {
            Strategy::BlueGreen(_) => Some(if status.active_selector.as_ref() == hash { 100 } else { 0 }),
            _ => share(rollout, canary_available),
        };
        let healthy = status.conditions.iter().find(|it| it.kind.as_str() == "Healthy");
        let since = healthy.filter(|it| it.status.as_str() == "True").and_then(|it| it.since);
        Self {
            under_way,
            aborted: status.abort == Some(true) && under_way,
            weight: share,
            full_since: since.filter(|_| !under_way && hash.is_some() && rollout.meta.revision > Some(1)),
        }
    }
}

/// Returns the canary's share in per cent, rounded up but for what is not all: a little traffic is no shadow, and nearly all is not all.
/// Where its step asks for traffic and no pod is there to take any, nothing is known: that is no shadow either.
fn share(rollout: &Rollout, canary_available: Option<i64>) -> Option<i64> {
    let wanted = weight::desired(rollout).is_some_and(|desired| desired > 0);
    let max = weight::max(rollout)?;
    let actual = weight::actual(rollout, canary_available)?;
    if actual <= 0 && wanted && rollout.status.replicas.available <= 0 {
        return None;
    }
    let routed = matches!(&rollout.spec.strategy, Strategy::Canary(canary) if canary.traffic_routed);
    // A pod of very many has a share of less than one.
    let has_pods = !routed && canary_available.is_some_and(|pods| pods > 0);
    let actual = if has_pods { actual.max(1) } else { actual };
    let up = actual.checked_mul(100)?.checked_add(max.checked_sub(1)?)?.checked_div(max)?;
    Some(if actual < max { up.min(99) } else { up })
}

fn outcome(
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

/// Writes a time to the minute, which is not over before it is.
fn minute(time: Timestamp) -> String {
    let up = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
    let time = time.round(up).unwrap_or(time);
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
