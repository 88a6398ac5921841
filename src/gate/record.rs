//! Owns the record of a verdict: one JSON object, the same in the ledger, on the command line and in a report.
//!
//! It never judges. Invariant: each metric is there with its part, and with what its evidence can be found again by: source, query, window,
//! number of points, age, digest.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::stage::{Outcome, Requirement, Stage};
use super::trigger::{Cause, Reading};
use super::verdict::Part;
use super::{Gate, judge::metric::Class, judge::score::Word};

/// Version of the record's form.
pub const VERSION: u32 = 1;

/// Writes what a gate says now.
pub fn of(gate: &Gate, now: Timestamp) -> Value {
    let verdict = gate.verdict.as_ref();
    let standing = gate.standing.as_ref();
    let requirements = standing.iter().flat_map(|standing| &standing.requirements).map(|(what, outcome)| {
        json!({"requirement": requirement(*what), "word": word(outcome.word()), "why": why(outcome)})
    });
    let groups = verdict.iter().flat_map(|verdict| &verdict.groups);
    json!({
        "v": VERSION,
        "policy": &*gate.policy.name,
        "canary": &*gate.canary,
        "at": verdict.map(|verdict| verdict.at.to_string()),
        "word": word(gate.word(now)),
        "why": gate.why(now).as_str(),
        "score": verdict.and_then(|verdict| verdict.score),
        "thresholds": {"pass": gate.policy.thresholds.pass, "marginal": gate.policy.thresholds.marginal},
        "stage": standing.map(|standing| stage(standing.stage)),
        "requirements": requirements.collect::<Vec<_>>(),
        "groups": groups.map(|(name, weight, score)| json!({"group": name, "weight": weight, "score": score})).collect::<Vec<_>>(),
        "metrics": verdict.iter().flat_map(|verdict| &verdict.parts).map(part).collect::<Vec<_>>(),
        "triggers": gate.triggers.iter().map(|(cause, reading)| trigger(*cause, reading)).collect::<Vec<_>>(),
        "earliest": verdict.and_then(|verdict| verdict.earliest).map(|at| at.to_string()),
    })
}

fn part(part: &Part) -> Value {
    let difference = part
        .difference
        .map(|(lower, estimate, upper)| json!({"lower": lower, "estimate": estimate, "upper": upper}));
    json!({
        "metric": part.name.as_str(),
        "class": class(part.class),
        "critical": part.critical,
        "why": part.why.as_str(),
        "difference": difference,
        "ratio": part.ratio,
        "points": {"canary": part.points.0, "stable": part.points.1},
        "age_seconds": part.age.map(|age| age.as_secs()),
        "source": part.of.source.as_str(),
        "query": part.of.query.as_str(),
        "window": [part.of.window.0.to_string(), part.of.window.1.to_string()],
        "digest": &*part.digest,
    })
}

fn trigger(cause: Cause, reading: &Reading) -> Value {
    let (state, headroom, why) = match reading {
        Reading::Fires(why) => ("fires", None, Some(why.as_str())),
        Reading::Rests { headroom } => ("rests", Some(*headroom), None),
        Reading::Untold(why) => ("cannot-tell", None, Some(why.as_str())),
        Reading::Unused => ("unused", None, None),
    };
    json!({"trigger": self::cause(cause), "state": state, "headroom": headroom, "why": why})
}

/// Returns why an outcome is no better, where it is not met.
pub(super) fn why(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Met => None,
        Outcome::Held(why) | Outcome::Untold(why) | Outcome::Failed(why) => Some(why.as_str()),
    }
}

/// Returns the word as users read it.
pub fn word(word: Word) -> &'static str {
    match word {
        Word::Pass => "pass",
        Word::Hold => "hold",
        Word::CannotTell => "cannot tell",
        Word::Fail => "fail",
    }
}

/// Returns a stage's name as users read it.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Idle => "idle",
        Stage::Shadow => "shadow",
        Stage::First => "canary 1",
        Stage::Second => "canary 2",
        Stage::Full => "full",
        Stage::Done => "done",
        Stage::RolledBack => "rolled back",
    }
}

/// Finds a stage by its name; a dash counts as a space.
pub fn stage_named(name: &str) -> Option<Stage> {
    let name = name.replace('-', " ");
    Stage::ALL.into_iter().find(|known| stage(*known) == name)
}

/// Returns a requirement's name as users read it.
pub fn requirement(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Simulation => "policy simulation",
        Requirement::Analysis => "analysis",
        Requirement::Critical => "critical metrics",
        Requirement::Score => "score",
        Requirement::Latency => "latency",
        Requirement::DenyRate => "deny rate",
        Requirement::QuietCycle => "business cycle",
    }
}

/// Returns a trigger's name as users read it.
pub fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::ErrorRate => "error rate",
        Cause::DenyRate => "deny rate",
        Cause::Overload => "overload",
        Cause::ParserFailures => "parser failures",
        Cause::Approvals => "approvals",
    }
}

/// Returns a metric's class as users read it.
pub fn class(class: Class) -> &'static str {
    match class {
        Class::Pass => "pass",
        Class::High => "high",
        Class::Low => "low",
        Class::Unclear => "unclear",
        Class::NoData => "no data",
        Class::NoDataFail => "no data, which fails",
        Class::TooFew => "too few points",
        Class::Undecidable => "cannot be computed",
    }
}
