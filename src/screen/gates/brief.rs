//! Owns what is said of a gate in three lines, and in one word of a row.
//!
//! What a tired person has to see first: the word, why, which metric. Invariant: it always has the same lines, so that nothing below it
//! moves when the word does.

use jiff::Timestamp;

use crate::gate::judge::metric::Class;
use crate::gate::judge::score::Word;
use crate::gate::{Gate, record};
use crate::screen::{Ages, Line};
use crate::text::{Printable, Role};

use super::{Scene, advice, figures, judged, metric, spaced, stage, word, word_look};

/// A gate in three lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// The word, and why.
    pub headline: Line,
    /// What to do, where it stands, the score, when it was judged.
    pub facts: Line,
    /// Metrics, those that do not pass first.
    pub marks: Vec<Line>,
    /// The key that shows all of it.
    pub key: Line,
}

/// Says a gate in three lines.
pub(super) fn build(gate: &Gate, ages: &mut Ages, scene: &Scene) -> Brief {
    let why = super::why(gate, scene, ages);
    let score = gate.verdict.as_ref().and_then(|verdict| verdict.score);
    let score =
        score.map_or_else(|| "no score".to_owned(), |score| format!("score {}", figures::score(score)));
    let facts = spaced(advice(gate, ages, scene), Line::of(Role::Muted, "stage "))
        .text(Role::Text, stage::brief(gate.standing.as_ref()))
        .text(Role::Text, format!("   {score}"))
        .text(Role::Text, "   ")
        .and(judged(gate, ages));
    Brief {
        headline: word(gate, scene, ages).text(Role::Text, "  ").text(Role::Strong, why),
        facts,
        marks: marks(gate, gate.is_fresh(ages.now())),
        key: Line::of(Role::Key, scene.whole.clone()).text(Role::Muted, " gate"),
    }
}

/// Makes a mark of each metric; within the same class they stay in the policy's order.
fn marks(gate: &Gate, fresh: bool) -> Vec<Line> {
    let Some(verdict) = &gate.verdict else {
        let wanted = gate.policy.metrics.len();
        return vec![Line::of(Role::Muted, format!("{wanted} metrics wait for their first judgement"))];
    };
    let mut parts: Vec<_> = verdict.parts.iter().collect();
    parts.sort_by_key(|part| rank(part.class));
    let marks = parts.into_iter().map(|part| {
        let (role, sign) = metric::aged(metric::look(part.class), fresh);
        let line = Line::new().sign(role, sign).blank();
        match part.class {
            Class::Pass => line.text(Role::Muted, part.name.clone()),
            Class::TooFew => {
                let points = part.points.0.min(part.points.1);
                let wanted = gate.policy.least_points;
                line.text(Role::Text, part.name.clone()).text(role, format!(" {points}/{wanted}"))
            }
            class => {
                line.text(Role::Text, part.name.clone()).text(role, format!(" {}", record::class(class)))
            }
        }
    });
    marks.collect()
}

/// Orders classes by how much they matter to whoever decides.
fn rank(class: Class) -> u8 {
    match class {
        Class::High | Class::Low | Class::NoDataFail => 0,
        Class::NoData | Class::Undecidable => 1,
        Class::TooFew => 2,
        Class::Unclear => 3,
        Class::Pass => 4,
    }
}

/// Says the word of a row: loud where it speaks against a promotion, a question mark where it cannot be told.
pub fn of_row(gate: &Gate, now: Timestamp) -> (Role, Printable) {
    let word = gate.word(now);
    let (role, _) = word_look(word);
    (
        role,
        Printable::ours(match word {
            Word::Pass => "pass",
            Word::Hold => "hold",
            Word::CannotTell => "?",
            Word::Fail => "FAIL",
        }),
    )
}

/// Says word and reason in a sentence for the line below the list.
pub fn sentence(gate: &Gate, now: Timestamp) -> Line {
    let word = gate.word(now);
    let (role, _) = word_look(word);
    Line::of(Role::Muted, "gate ")
        .text(role, record::word(word))
        .text(Role::Muted, ": ")
        .text(Role::Text, gate.why(now))
}
