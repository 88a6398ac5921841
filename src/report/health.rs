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

/// Puts together what differs by its reason alone, from the fourth line of a state on; with how many reasons that leaves out.
fn folded<'a>(account: &Account<'a>) -> Vec<(Line<'a>, usize)> {
    let mut folded: Vec<(Line<'a>, usize)> = Vec::new();
    for line in lines(account) {
        let like = |(known, _): &&mut (Line<'a>, usize)| {
            known.capability == line.capability && known.state.word() == line.state.word()
        };
        if folded.iter_mut().filter(|known| like(known)).count() <= NAMED {
            folded.push((line, 0));
        } else if let Some((known, more)) = folded.iter_mut().rev().find(like) {
            known.scopes.extend(line.scopes);
            known.checked = known.checked.min(line.checked);
            *more += 1;
        }
    }
    folded
}

fn rows(account: &Account<'_>) -> String {
    let header = ["", "CAPABILITY", "WHERE", "STATE", "CHECKED", "REASON"].map(str::to_owned);
    let cells = folded(account).into_iter().map(|(line, more)| {
        let needed = if account.needed.contains(&line.capability) { "*" } else { "" };
        let age =
            line.checked.map_or_else(|| "-".to_owned(), |at| age::human(account.now.duration_since(at)));
        let reason =
            line.state.reason().map_or_else(|| line.capability.serves().to_owned(), Printable::to_string);
        let reason = match more {
            0 => reason,
            more => format!("{reason}; and {more} other reasons, which -o json has"),
        };
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

/// What is to be done, and the rows that it mends, by their names, each with where.
type Task<'a> = (&'a Remedy, BTreeMap<&'static str, Vec<&'a Scope>>);

/// Gathers what to do, each once, what is needed first.
fn tasks<'a>(account: &Account<'a>) -> Vec<Task<'a>> {
    let mut found: Vec<Task<'a>> = Vec::new();
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
    found
}

/// Lists what to do; of what differs by its namespace alone, the first few.
fn remedies(account: &Account<'_>) -> String {
    let tasks = tasks(account);
    let (mut out, mut number) = (String::new(), 0);
    let mut alike: BTreeMap<(&str, Vec<&'static str>), usize> = BTreeMap::new();
    for (remedy, rows) in &tasks {
        let nth = alike.entry((remedy.sentence.as_str(), rows.keys().copied().collect())).or_default();
        *nth += 1;
        if *nth > NAMED {
            continue;
        }
        if number == 0 {
            out.push_str("\nWhat to do:\n");
        }
        number += 1;
        let about = rows.iter().map(|(name, scopes)| format!("{name} ({})", where_of(scopes)));
        let about = about.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "\n{number}. {about}: {}", remedy.sentence);
        for line in remedy.paste.iter().flat_map(|paste| paste.lines()) {
            let _ = writeln!(out, "    {}", Printable::from_cluster(line));
        }
    }
    for ((_, rows), count) in alike.iter().filter(|(_, count)| **count > NAMED) {
        let (more, rows) = (count - NAMED, rows.join(", "));
        let _ = writeln!(out, "\nThe same in {more} other namespaces for {rows}: -o json has each.");
    }
    out
}
