//! Owns what is seen of a gate first: the word, why, what to do about it, and when it was judged.
//!
//! It never judges. Invariants: the word is the gate's own as of now; where no promotion is asked about any more, the stage stands in its
//! place; an accent is for what only a person can do.

use jiff::SignedDuration;

use crate::gate::judge::score::Word;
use crate::gate::stage::Stage;
use crate::gate::{Gate, record};
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

use super::{Scene, stage, word_look};

/// How seldom a canary is judged at the most: edges gather no faster, however near its points lie.
const SELDOM: SignedDuration = SignedDuration::from_secs(15);

/// Writes the word as it is seen first; the stage, where no promotion is asked about any more.
pub(super) fn word(gate: &Gate, scene: &Scene, ages: &Ages) -> Line {
    let word = gate.word(ages.now());
    let (role, sign, word) = match (gate.standing.as_ref().map(|standing| standing.stage), scene.asked) {
        (Some(stage @ Stage::Full), false) => (Role::Progress, Sign::Progressing, record::stage(stage)),
        (Some(stage @ Stage::Done), false) => (Role::Good, Sign::Healthy, record::stage(stage)),
        (Some(stage), false) => (Role::Muted, Sign::Pending, record::stage(stage)),
        _ => (word_look(word).0, word_look(word).1, record::word(word)),
    };
    Line::new().sign(role, sign).blank().text(role, format!("gate {}", word.to_uppercase()))
}

/// Says why, in one sentence.
pub(super) fn why(gate: &Gate, scene: &Scene, ages: &Ages) -> Printable {
    if scene.asked {
        return gate.why(ages.now());
    }
    let standing = gate.standing.iter().flat_map(|standing| &standing.requirements);
    let open = standing.into_iter().find_map(|(_, outcome)| stage::why(outcome));
    open.cloned().unwrap_or_else(|| Printable::ours("no promotion is asked about"))
}

/// Says what to do about the word, or what time will do; when it was judged, and when it will be again.
pub(super) fn advice(gate: &Gate, ages: &mut Ages, scene: &Scene) -> Line {
    spaced(to_do(gate, ages, scene), times(gate, scene, ages))
}

/// Says what to do about the word, or what time will do.
pub(super) fn to_do(gate: &Gate, ages: &mut Ages, scene: &Scene) -> Line {
    if gate.proposes_abort() {
        return Line::new()
            .sign(Role::Accent, Sign::Warning)
            .text(Role::Accent, " abort proposed: ")
            .text(Role::Key, scene.abort.clone())
            .text(Role::Accent, " stages it");
    }
    if !scene.asked {
        return Line::new();
    }
    if !gate.is_fresh(ages.now()) {
        return Line::of(Role::Muted, "to promote now is to override");
    }
    match gate.word(ages.now()) {
        Word::Pass => Line::of(Role::Muted, "a promotion needs nothing more"),
        Word::Hold => match earliest(gate, ages) {
            Some(left) => Line::of(Role::Accent, "you decide, with a reason, ")
                .text(Role::Muted, "or wait ")
                .text(Role::Text, left),
            None => Line::of(Role::Accent, "you decide, with a reason"),
        },
        Word::CannotTell => match earliest(gate, ages) {
            Some(left) => Line::of(Role::Muted, "earliest pass in ").text(Role::Strong, left),
            None => Line::of(Role::Muted, "to promote is to override"),
        },
        Word::Fail => Line::of(Role::Muted, "to promote is to override"),
    }
}

/// Writes how long it takes until the score could be clear; `None` where time alone does not help, or the score is not asked for.
fn earliest(gate: &Gate, ages: &mut Ages) -> Option<Printable> {
    let asked = matches!(gate.standing.as_ref()?.stage, Stage::First | Stage::Second);
    let earliest = gate.verdict.as_ref()?.earliest.filter(|_| asked && gate.is_fresh(ages.now()))?;
    (earliest > ages.now()).then(|| ages.until(earliest))
}

/// Says when it was judged.
pub(super) fn judged(gate: &Gate, ages: &mut Ages) -> Line {
    let Some(verdict) = &gate.verdict else { return Line::of(Role::Muted, "not judged yet") };
    let role = if gate.is_fresh(ages.now()) { Role::Muted } else { Role::Stale };
    Line::of(role, format!("judged {} ago", ages.since(verdict.at)))
}

/// Says when it was judged, and when it will be again.
fn times(gate: &Gate, scene: &Scene, ages: &mut Ages) -> Line {
    let line = judged(gate, ages);
    let Some(verdict) = gate.verdict.as_ref().filter(|_| scene.asked) else { return line };
    let next = verdict.at.saturating_add(gate.policy.resolution.max(SELDOM)).unwrap_or(verdict.at);
    if next <= ages.now() {
        return line.text(Role::Muted, ", next is due");
    }
    line.text(Role::Muted, format!(", next in {}", ages.until(next)))
}

/// Puts two lines beside each other, with room between where there are two.
pub(super) fn spaced(one: Line, other: Line) -> Line {
    if one.is_empty() { other } else { one.text(Role::Text, "  ").and(other) }
}
