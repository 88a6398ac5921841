//! Owns `rollgate health`: each row in each namespace, what is needed of them, and what to do, as text and as JSON.
//!
//! It judges nothing: rows and their accounts are [`crate::capability`]'s. It never says that all is well; it says whether what was
//! asked for is there. The JSON is described in `assets/schema/health.md`. Invariant: what is not known is never left out.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;

use crate::capability::{Capability, Evidence, Health, Remedy, Scope, Standing, State};
use crate::rollout::age;
use crate::text::Printable;

use super::{Answer, table};

mod json;
#[cfg(test)]
mod tests;

/// Namespaces that are named where several say the same.
const NAMED: usize = 3;

/// Everything that was judged, and for whom.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// Kubeconfig context.
    pub context: Printable,
    /// URL of the API server.
    pub server: Printable,
    /// User as the API server names them, where it said so.
    pub user: Printable,
    /// The rows, in the order of [`Capability::ALL`] and then of namespaces.
    pub healths: &'a [Health],
    /// What is needed.
    pub needed: &'a [Capability],
    /// Whether that is there.
    pub standing: &'a Standing,
    /// What was not looked at in time; nothing where all was.
    pub cut_short: Option<Printable>,
    /// When it was judged.
    pub now: Timestamp,
}

/// Writes it as text: what is needed, a table, what to do.
pub fn text(account: &Account<'_>) -> Answer {
    let mut out = format!("context {}, user {}, {}\n", account.context, account.user, account.server);
    let _ = writeln!(out, "{}", verdict(account));
    if let Some(cut) = &account.cut_short {
        let _ = writeln!(out, "{cut}");
    }
    out.push('\n');
    out.push_str(&rows(account));
    out.push_str(&remedies(account));
    Answer { code: account.standing.exit_code(), ..Answer::told(out) }
}

/// Writes it as JSON.
pub fn json(account: &Account<'_>) -> Answer {
    Answer { code: account.standing.exit_code(), ..Answer::told(json::written(account)) }
}

/// Says in a sentence whether what is needed is there.
fn verdict(account: &Account<'_>) -> String {
    let names = |rows: &[Capability]| rows.iter().map(|row| row.name()).collect::<Vec<_>>().join(", ");
    match account.standing {
        Standing::All => format!("needed and there: {}", names(account.needed)),
        Standing::SomeNot(not) => format!("needed and not there: {}", names(not)),
        Standing::CannotTell(unknown) => format!("needed, and cannot be told: {}", names(unknown)),
    }
}

/// What several namespaces say alike.
struct Line<'a> {
    capability: Capability,
    state: &'a State,
    scopes: Vec<&'a Scope>,
    /// The oldest of the times at which it was checked.
    checked: Option<Timestamp>,
}

fn lines<'a>(account: &Account<'a>) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for health in account.healths {
        let checked = checked(health);
        let alike = |line: &&mut Line<'a>| {
            line.capability == health.capability && is_alike(line.state, &health.state)
        };
        match lines.iter_mut().rev().find(alike) {
            Some(line) => {
                line.scopes.push(&health.scope);
                line.checked = line.checked.min(checked);
            }
            None => lines.push(Line {
                capability: health.capability,
                state: &health.state,
                scopes: vec![&health.scope],
                checked,
            }),
        }
    }
    lines
}

/// Returns when the weightiest evidence was seen.
fn checked(health: &Health) -> Option<Timestamp> {
    health.evidence.iter().find_map(|evidence: &Evidence| evidence.at)
}

/// Tells whether two states read the same, their times apart.
fn is_alike(one: &State, other: &State) -> bool {
    one.word() == other.word() && one.reason() == other.reason()
}

fn rows(account: &Account<'_>) -> String {
    let header = ["", "CAPABILITY", "WHERE", "STATE", "CHECKED", "REASON"].map(str::to_owned);
    let cells = lines(account).into_iter().map(|line| {
        let needed = if account.needed.contains(&line.capability) { "*" } else { "" };
        let age =
            line.checked.map_or_else(|| "-".to_owned(), |at| age::human(account.now.duration_since(at)));
        let reason =
            line.state.reason().map_or_else(|| line.capability.serves().to_owned(), Printable::to_string);
        let state = line.state.word();
        [
            needed.to_owned(),
            line.capability.name().to_owned(),
            where_of(&line.scopes),
            state.to_owned(),
            age,
            reason,
        ]
    });
    let table = table::lay(&std::iter::once(header).chain(cells).collect::<Vec<_>>());
    format!("{table}\n* needed\n")
}

/// Names where several accounts hold.
fn where_of(scopes: &[&Scope]) -> String {
    let names: Vec<String> = scopes.iter().take(NAMED).map(|scope| title(scope).to_string()).collect();
    let more = scopes.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(",") + &more
}

/// Names a scope; the namespace without a name stands for all, where none could be read.
fn title(scope: &Scope) -> Printable {
    match scope {
        Scope::Namespace(name) if name.is_empty() => Printable::ours("(all)"),
        scope => scope.title(),
    }
}

/// Lists what to do, each once, what is needed first.
fn remedies(account: &Account<'_>) -> String {
    let mut found: Vec<(&Remedy, BTreeMap<&'static str, Vec<&Scope>>)> = Vec::new();
    let is_needed = |health: &&Health| account.needed.contains(&health.capability);
    let (first, then): (Vec<_>, Vec<_>) = account.healths.iter().partition(is_needed);
    for health in first.into_iter().chain(then) {
        let Some(remedy) = &health.remedy else { continue };
        let at = found.iter().position(|(known, _)| *known == remedy);
        let at = at.unwrap_or_else(|| {
            found.push((remedy, BTreeMap::new()));
            found.len() - 1
        });
        if let Some((_, rows)) = found.get_mut(at) {
            rows.entry(health.capability.name()).or_default().push(&health.scope);
        }
    }
    let mut out = String::new();
    for (number, (remedy, rows)) in found.iter().enumerate() {
        if number == 0 {
            out.push_str("\nWhat to do:\n");
        }
        let about = rows.iter().map(|(name, scopes)| format!("{name} ({})", where_of(scopes)));
        let about = about.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "\n{}. {about}: {}", number + 1, remedy.sentence);
        for line in remedy.paste.iter().flat_map(|paste| paste.lines()) {
            let _ = writeln!(out, "    {}", Printable::from_cluster(line));
        }
    }
    out
}
