//! Owns the lines of a confirmation that say how well that works on which the order relies.
//!
//! It judges nothing. Invariants: the line of the order itself and that of the controller are always there; a state is a
//! sign and a word.

use crate::app::App;
use crate::app::health::trial::Tried;
use crate::capability::sight::{Answer, Trial};
use crate::capability::{Capability, Health, State};
use crate::operation::Operation;
use crate::screen::health::look;
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

/// Says of each row that an order relies on how it stands.
pub(super) fn rows(app: &App, operation: &Operation, ages: &mut Ages) -> Vec<(Printable, Line)> {
    if !operation.state().is_unsent() {
        return Vec::new();
    }
    let concerns = app.concerns(operation);
    let mut lines = Vec::new();
    for (nth, account) in concerns.iter().enumerate() {
        let line = account_line(account);
        lines.push(if nth == 0 { line.and(tried(app, operation, ages)) } else { line });
    }
    if concerns.is_empty() {
        lines.push(
            Line::new().sign(Role::Unknown, Sign::Unknown).text(Role::Unknown, " nothing was looked at yet"),
        );
    }
    let label = |nth| Printable::ours(if nth == 0 { "health" } else { "" });
    lines.into_iter().enumerate().map(|(nth, line)| (label(nth), line)).collect()
}

fn account_line(account: &Health) -> Line {
    let (role, sign) = look(&account.state);
    let name = account.capability.name();
    let line =
        Line::new().sign(role, sign).text(Role::Text, format!(" {name}: ")).text(role, account.state.word());
    let line = match account.state.reason() {
        Some(why) => line.text(Role::Text, ", ").text(Role::Text, why.clone()),
        None => line,
    };
    // Where the controller was not seen alive, the API server may take an order that nobody carries out.
    let alive = matches!(account.state, State::Available { .. } | State::Supported);
    if account.capability == Capability::Reconciling && !alive {
        return line.text(Role::Warn, ": an accepted order may wait");
    }
    line
}

/// Says how the dry run of this very request stands.
fn tried(app: &App, operation: &Operation, ages: &mut Ages) -> Line {
    let trial = match app.tried(operation) {
        Tried::Never => return Line::new(),
        Tried::Asked => return Line::of(Role::Muted, ", dry run asked for"),
        Tried::Answered(trial) => trial,
    };
    let ago = ages.since(trial.at);
    match &trial.answer {
        Answer::Seen(Trial::Accepted) => Line::of(Role::Good, format!(", dry run accepted {ago} ago")),
        Answer::Seen(Trial::Refused { why }) => {
            Line::of(Role::Bad, format!(", dry run refused {ago} ago: ")).text(Role::Text, why.clone())
        }
        Answer::Seen(Trial::Overtaken) => {
            Line::of(Role::Warn, format!(", dry run {ago} ago met a Rollout that had moved"))
        }
        Answer::Forbidden { why } => {
            Line::of(Role::Bad, format!(", dry run forbidden {ago} ago: ")).text(Role::Text, why.clone())
        }
        Answer::Missing { why } | Answer::Failed { why } => {
            Line::of(Role::Unknown, format!(", no answer to the dry run {ago} ago: "))
                .text(Role::Text, why.clone())
        }
    }
}
