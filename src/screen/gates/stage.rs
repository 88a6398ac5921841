//! Owns how it is said where a canary stands: the ladder of stages, and what the stage asks for.
//!
//! It never decides a stage. Invariant: the stage it is in has a sign of its own, so that colour says nothing that cannot be read.

use crate::gate::record;
use crate::gate::stage::{Outcome, Requirement, Stage, Standing};
use crate::screen::{Line, Sign};
use crate::text::{Printable, Role};

use super::metric::aged;
use super::word_look;

/// Stages in the order in which a canary goes through them.
const LADDER: [Stage; 5] = [Stage::Shadow, Stage::First, Stage::Second, Stage::Full, Stage::Done];

/// Draws the ladder.
pub(super) fn ladder(standing: Option<&Standing>) -> Line {
    let current = standing.map(|standing| standing.stage);
    let mut line = Line::new();
    for stage in LADDER {
        let (role, sign) = rung(stage, current);
        line = line.sign(role, sign).blank().text(role, record::stage(stage)).text(Role::Text, "   ");
    }
    match current {
        Some(Stage::RolledBack) => line.sign(Role::Bad, Sign::Degraded).text(Role::Bad, " rolled back"),
        Some(_) => line,
        None => line.text(Role::Unknown, "not known"),
    }
}

fn rung(stage: Stage, current: Option<Stage>) -> (Role, Sign) {
    match current {
        Some(Stage::Done) => (Role::Good, Sign::Done),
        Some(current) if current == stage => (Role::Strong, Sign::Current),
        Some(current @ (Stage::First | Stage::Second | Stage::Full)) if stage < current => {
            (Role::Muted, Sign::Done)
        }
        _ => (Role::Muted, Sign::Pending),
    }
}

/// Says what the stage asks for, and in full what no other part of the panel says.
pub(super) fn requirements(standing: Option<&Standing>, fresh: bool) -> Vec<Line> {
    let Some(standing) = standing.filter(|standing| !standing.requirements.is_empty()) else {
        return Vec::new();
    };
    let mut marks = Line::of(Role::Muted, "asks for ");
    let mut lines = Vec::new();
    for (requirement, outcome) in &standing.requirements {
        let (role, sign) = aged(word_look(outcome.word()), fresh);
        marks = marks.text(Role::Text, "  ").sign(role, sign).blank();
        marks = marks.text(Role::Text, record::requirement(*requirement));
        let elsewhere =
            matches!(requirement, Requirement::Score | Requirement::Latency | Requirement::DenyRate);
        lines.extend(why(outcome).filter(|_| !elsewhere).map(|why| Line::of(Role::Text, why.clone())));
    }
    lines.insert(0, marks);
    lines
}

/// Returns why an outcome is not met.
pub(super) fn why(outcome: &Outcome) -> Option<&Printable> {
    match outcome {
        Outcome::Met => None,
        Outcome::Held(why) | Outcome::Untold(why) | Outcome::Failed(why) => Some(why),
    }
}

/// Names the stage in a few words.
pub(super) fn brief(standing: Option<&Standing>) -> Printable {
    Printable::ours(standing.map_or("stage not known", |standing| record::stage(standing.stage)))
}
