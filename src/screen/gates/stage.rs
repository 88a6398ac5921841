//! Owns how it is said where a canary stands: the ladder of stages, and what the stage asks for.
//!
//! It never decides a stage. Invariant: the stage it is in has a sign of its own, so that colour says nothing that cannot be read.

use crate::gate::record;
use crate::gate::stage::{Outcome, Stage, Standing};
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

use super::word_look;

/// Stages in the order in which a canary goes through them.
const LADDER: [Stage; 5] = [Stage::Shadow, Stage::First, Stage::Second, Stage::Full, Stage::Done];

/// Draws the ladder, and since when it stands there.
pub(super) fn ladder(standing: Option<&Standing>, ages: &mut Ages) -> Line {
    let current = standing.map(|standing| standing.stage);
    let mut line = Line::new();
    for (nth, stage) in LADDER.into_iter().enumerate() {
        if nth > 0 {
            line = line.blank().sign(Role::Border, Sign::Arrow).blank();
        }
        let (role, sign) = rung(stage, current);
        line = line.sign(role, sign).blank().text(role, record::stage(stage));
    }
    match (standing, current) {
        (Some(_), Some(Stage::RolledBack)) => line
            .text(Role::Text, "   ")
            .sign(Role::Bad, Sign::Degraded)
            .blank()
            .text(Role::Bad, "rolled back"),
        (Some(standing), Some(Stage::Shadow | Stage::First | Stage::Second | Stage::Full)) => {
            line.text(Role::Muted, format!("   for {}", ages.since(standing.entered)))
        }
        (Some(_), _) => line,
        (None, _) => line.text(Role::Unknown, "   not known"),
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

/// Says how each thing stands that the stage asks for.
pub(super) fn requirements(standing: Option<&Standing>) -> Vec<Line> {
    let Some(standing) = standing else { return Vec::new() };
    let lines = standing.requirements.iter().map(|(requirement, outcome)| {
        let (role, sign) = word_look(outcome.word());
        let name = format!("{:<18}", record::requirement(*requirement));
        Line::new().sign(role, sign).blank().text(Role::Text, name).and(said(role, outcome))
    });
    lines.collect()
}

fn said(role: Role, outcome: &Outcome) -> Line {
    match outcome {
        Outcome::Met => Line::of(role, "met"),
        Outcome::Held(why) | Outcome::Untold(why) | Outcome::Failed(why) => Line::of(Role::Text, why.clone()),
    }
}

/// Names the stage in a few words.
pub(super) fn brief(standing: Option<&Standing>) -> Printable {
    Printable::ours(standing.map_or("stage not known", |standing| record::stage(standing.stage)))
}
