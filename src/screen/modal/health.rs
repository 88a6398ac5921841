//! Owns the lines of a confirmation that say how well that works on which the order relies.
//!
//! It judges nothing. Invariants: the line of the order itself and that of the controller are always there; a state is a
//! sign and a word.

use crate::app::App;
use crate::app::health::act_of;
use crate::app::health::aside::{Aside, Lost};
use crate::app::health::trial::Tried;
use crate::capability::sight::{Answer, Trial};
use crate::capability::{Act, Capability, Health, State};
use crate::operation::{Errand, Operation};
use crate::screen::health::look;
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

/// Says of each row that an order relies on how it stands.
pub(super) fn rows(app: &App, operation: &Operation, ages: &mut Ages) -> Vec<(Printable, Line)> {
    if !operation.state().is_unsent() {
        return Vec::new();
    }
    let refused = was_refused(app.tried(operation));
    // What is said below of a refused dry run is not said three times.
    let concerns: Vec<&Health> = app.concerns(operation);
    let concerns =
        concerns.into_iter().filter(|account| !refused || account.capability != Capability::Admission);
    let concerns: Vec<&Health> = concerns.collect();
    let own = act_of(operation.kind()).map(Act::capability);
    let mut lines = Vec::new();
    let mut told: Vec<&Printable> = Vec::new();
    let fine = concerns.iter().any(|account| Some(account.capability) == own && is_alive(account));
    for account in &concerns {
        // One cause of several troubles is told once.
        let reason = account.state.reason();
        let reasoned = reason.is_none_or(|why| !told.contains(&why));
        told.extend(reason);
        if Some(account.capability) == own {
            lines.push(account_line(account, !refused, ages).and(tried(app, operation, ages)));
            continue;
        }
        match lines.pop() {
            // What is in order takes no line of its own: the request below wants the room.
            Some(own) if fine && is_alive(account) => {
                let said = format!("; {} {}", account.capability.name(), account.state.word());
                lines.push(own.text(Role::Text, said));
            }
            before => lines.extend(before.into_iter().chain([account_line(account, reasoned, ages)])),
        }
    }
    if concerns.is_empty() {
        lines.push(
            Line::new().sign(Role::Unknown, Sign::Unknown).text(Role::Unknown, " nothing was looked at yet"),
        );
    }
    let label = |nth| Printable::ours(if nth == 0 { "health" } else { "" });
    lines.into_iter().enumerate().map(|(nth, line)| (label(nth), line)).collect()
}

/// Says how well that works on which an errand relies.
pub(super) fn of_errand(app: &App, errand: &Errand, ages: &mut Ages) -> Vec<(Printable, Line)> {
    if !errand.state().is_unsent() {
        return Vec::new();
    }
    let concerns = app.concerns_of_errand(errand);
    let mut lines: Vec<Line> = concerns.iter().map(|account| account_line(account, true, ages)).collect();
    if lines.is_empty() {
        lines.push(
            Line::new().sign(Role::Unknown, Sign::Unknown).text(Role::Unknown, " nothing was looked at yet"),
        );
    }
    let label = |nth| Printable::ours(if nth == 0 { "health" } else { "" });
    lines.into_iter().enumerate().map(|(nth, line)| (label(nth), line)).collect()
}

/// Says what a person wants to know beside that: what is not well, and then what has little to do with the order.
pub(super) fn asides(app: &App, operation: &Operation, ages: &mut Ages) -> [Vec<(Printable, Line)>; 2] {
    let (mut loud, mut quiet) = (Vec::new(), Vec::new());
    if operation.state().is_unsent() {
        for aside in app.asides(operation) {
            match aside {
                Aside::Row(account) => loud.push((Printable::default(), account_line(account, true, ages))),
                Aside::NoWayBack(lost) => loud.push((Printable::default(), no_way_back(lost))),
                Aside::Quiet(account) => {
                    let label = if quiet.is_empty() { "also" } else { "" };
                    quiet.push((Printable::ours(label), quiet_line(account)));
                }
            }
        }
    }
    [loud, quiet]
}

fn no_way_back(lost: Lost) -> Line {
    let name = Capability::RollbackVisibility.name();
    let why = match lost {
        Lost::None => "no older ReplicaSet is there",
        Lost::Unkept => "its revisionHistoryLimit is 0",
    };
    Line::new()
        .sign(Role::Warn, Sign::Warning)
        .text(Role::Text, format!(" {name}: "))
        .text(Role::Warn, "no revision to go back to")
        .text(Role::Text, format!(", {why}"))
}

fn quiet_line(account: &Health) -> Line {
    let line = Line::of(Role::Muted, format!("{}: {}", account.capability.name(), account.state.word()));
    match account.state.reason() {
        Some(why) => line.text(Role::Muted, ", ").text(Role::Muted, why.clone()),
        None => line,
    }
}

fn was_refused(tried: Tried<'_>) -> bool {
    let Tried::Answered(trial) = tried else { return false };
    matches!(trial.answer, Answer::Seen(Trial::Refused { .. }) | Answer::Forbidden { .. })
}

fn account_line(account: &Health, reasoned: bool, ages: &mut Ages) -> Line {
    let (role, sign) = look(&account.state);
    let name = account.capability.name();
    let line =
        Line::new().sign(role, sign).text(Role::Text, format!(" {name}: ")).text(role, account.state.word());
    let line = match &account.state {
        State::Degraded { since, .. } => line.text(role, format!(" for {}", ages.since(*since))),
        _ => line,
    };
    let line = match account.state.reason().filter(|_| reasoned) {
        Some(why) => line.text(Role::Text, ", ").text(Role::Text, why.clone()),
        None => line,
    };
    // Where the controller was not seen alive, the API server may take an order that nobody carries out.
    if account.capability == Capability::Reconciling && !is_alive(account) {
        return line.text(Role::Warn, ": an accepted order may wait");
    }
    line
}

fn is_alive(account: &Health) -> bool {
    matches!(account.state, State::Available { .. } | State::Supported)
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
        Answer::Seen(Trial::Refused { .. }) => Line::of(Role::Bad, format!(", dry run refused {ago} ago")),
        Answer::Seen(Trial::Overtaken) => {
            Line::of(Role::Warn, format!(", dry run {ago} ago met a Rollout that had moved"))
        }
        Answer::Forbidden { .. } => Line::of(Role::Bad, format!(", dry run forbidden {ago} ago")),
        Answer::Missing { why } | Answer::Failed { why } => {
            Line::of(Role::Unknown, format!(", no answer to the dry run {ago} ago: "))
                .text(Role::Text, why.clone())
        }
    }
}
