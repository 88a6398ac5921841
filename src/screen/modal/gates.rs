//! Owns the lines of a confirmation that say what the evidence says: the word, why, what does not pass, what fires.
//!
//! It judges nothing. Invariant: where a policy is meant, its word is there as a sign and a word, with the age of what it rests on.

use crate::app::App;
use crate::app::gates::Ruling;
use crate::gate::judge::metric::Class;
use crate::gate::judge::score::Word;
use crate::gate::stage::scored;
use crate::gate::verdict::Part;
use crate::gate::{Gate, record};
use crate::operation::{Bar, Judged, Kind, Operation, State};
use crate::screen::gates::word_look;
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

/// Most metrics that are named one by one.
const MOST: usize = 4;

/// Says what the gates say of an order; once it was acknowledged, what they said.
pub(super) fn rows(app: &App, operation: &Operation, ages: &mut Ages) -> Vec<(Printable, Line)> {
    let waits = matches!(operation.state(), State::Staged | State::Armed { .. });
    let lines = match (operation.judged(), waits) {
        (None, _) => vec![none()],
        (Some(judged), false) => vec![said(judged)],
        (Some(judged), true) => ruled(app, operation, judged, ages),
    };
    let label = |nth| Printable::ours(if nth == 0 { "gates" } else { "" });
    lines.into_iter().enumerate().map(|(nth, line)| (label(nth), line)).collect()
}

/// Asks for the name, where that goes against the gates.
pub(super) fn wish_for_name(judged: Option<&Judged>, name: &str) -> Option<String> {
    let judged = judged.filter(|judged| judged.bar == Bar::Override)?;
    Some(format!(
        "Nothing has been sent. The gates say {}. To go against them type {name}, then a reason:",
        judged.words
    ))
}

/// Asks for the reason, where a person decides what the gates leave open.
pub(super) fn wish_for_reason(judged: Option<&Judged>) -> Option<&'static str> {
    match judged?.bar {
        Bar::Open => None,
        Bar::Reason => Some("The gates leave it to you."),
        Bar::Override => Some("It goes against the gates."),
    }
}

fn none() -> Line {
    Line::of(Role::Warn, "none are set up here")
        .text(Role::Muted, ": no evidence was judged, look for yourself")
}

fn said(judged: &Judged) -> Line {
    let line = Line::of(Role::Text, judged.words.clone());
    match judged.bar {
        Bar::Override => {
            Line::new().sign(Role::Bad, Sign::Warning).text(Role::Bad, " gone against: ").and(line)
        }
        Bar::Open | Bar::Reason => line,
    }
}

fn ruled(app: &App, operation: &Operation, judged: &Judged, ages: &mut Ages) -> Vec<Line> {
    let key = &operation.target().key;
    let ruling = app.store.rollout(key).and_then(|rollout| app.ruling(operation.kind(), rollout, ages.now()));
    let Some(ruling) = ruling else { return vec![said(judged)] };
    let gate = app.gates.of(key).filter(|_| operation.kind() != Kind::SetImage);
    if operation.kind() == Kind::SetImage {
        return vec![Line::of(Role::Muted, ruling.why.clone())];
    }
    let mut lines = vec![head(&ruling, gate, ages)];
    if ruling.word != Word::Pass {
        lines.push(Line::of(Role::Text, ruling.why.clone()));
    }
    lines.extend(gate.into_iter().flat_map(|gate| particulars(gate, &ruling)));
    lines
}

/// The word, the score and its threshold, the policy, the stage, and how old it is.
fn head(ruling: &Ruling, gate: Option<&Gate>, ages: &mut Ages) -> Line {
    let (role, sign) = word_look(ruling.word);
    let line = Line::new().sign(role, sign).text(role, format!(" {}", record::word(ruling.word)));
    let Some(gate) = gate else { return line.text(Role::Muted, format!("  policy {}", ruling.policy)) };
    let verdict = gate.verdict.as_ref();
    let score = verdict.and_then(|verdict| verdict.score);
    let line = match score {
        Some(score) => line
            .text(Role::Text, format!("  {}", scored(score)))
            .text(Role::Muted, format!(", {} passes", gate.policy.thresholds.pass)),
        None => line,
    };
    let line = match verdict {
        Some(verdict) => line.text(Role::Muted, format!(", judged {} ago", ages.since(verdict.at))),
        None => line,
    };
    let stage = gate.standing.as_ref().map(|standing| format!(", {}", record::stage(standing.stage)));
    line.text(Role::Muted, format!("  {}{}", ruling.policy, stage.unwrap_or_default()))
}

/// Names what does not pass and what fires, unless that is why already.
fn particulars(gate: &Gate, ruling: &Ruling) -> Vec<Line> {
    let is_said = |why: &Printable| ruling.why.as_str().contains(why.as_str());
    let fires = gate.firing().filter(|(_, why)| !is_said(why)).map(|(cause, why)| {
        Line::new()
            .sign(Role::Bad, Sign::Warning)
            .text(Role::Bad, format!(" {}: ", record::cause(cause)))
            .text(Role::Text, why.clone())
    });
    let mut lines: Vec<Line> = fires.collect();
    let parts = gate.verdict.iter().flat_map(|verdict| &verdict.parts);
    let is_why = |part: &Part| ruling.why.as_str().contains(&format!("{}: {}", part.name, part.why));
    let parts: Vec<&Part> = parts.filter(|part| part.class != Class::Pass && !is_why(part)).collect();
    lines.extend(parts.iter().take(MOST).map(|part| {
        let (role, sign) = part_look(part.class);
        Line::new()
            .sign(role, sign)
            .text(role, format!(" {}: ", part.name))
            .text(Role::Text, part.why.clone())
    }));
    if parts.len() > MOST {
        lines.push(Line::of(Role::Muted, format!("and {} more metrics do not pass", parts.len() - MOST)));
    }
    lines
}

fn part_look(class: Class) -> (Role, Sign) {
    match class {
        Class::Pass => (Role::Good, Sign::Healthy),
        Class::High | Class::Low | Class::NoDataFail => (Role::Bad, Sign::Degraded),
        Class::Unclear => (Role::Warn, Sign::Paused),
        Class::NoData | Class::TooFew | Class::Undecidable => (Role::Unknown, Sign::Unknown),
    }
}
