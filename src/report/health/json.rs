//! Owns the JSON of `rollgate health`: schema `rollgate/v1`, described in `assets/schema/health.md`.
//!
//! Fields are only ever added, and every field is always present. Names of rows and words of states are those of the
//! screen, and stay. Invariant: an account that is judged is written, whatever its state.

use jiff::Timestamp;
use serde::Serialize;

use super::{Account, checked};
use crate::capability::{Capability, Health, Scope, Standing};
use crate::text::Printable;

#[derive(Serialize)]
struct Judged<'a> {
    schema: &'static str,
    observed_at: Timestamp,
    context: &'a Printable,
    server: &'a Printable,
    user: &'a Printable,
    needed: Needed,
    cut_short: Option<&'a Printable>,
    capabilities: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Needed {
    capabilities: Vec<&'static str>,
    standing: &'static str,
    not_there: Vec<&'static str>,
    unknown: Vec<&'static str>,
    exit_code: u8,
}

#[derive(Serialize)]
struct Row<'a> {
    capability: &'static str,
    namespace: Option<&'a str>,
    needed: bool,
    state: &'static str,
    reason: Option<&'a Printable>,
    since: Option<Timestamp>,
    checked_at: Option<Timestamp>,
    serves: &'static str,
    evidence: Vec<Seen<'a>>,
    remedy: Option<ToDo<'a>>,
}

#[derive(Serialize)]
struct Seen<'a> {
    how: &'static str,
    said: &'a Printable,
    at: Option<Timestamp>,
}

#[derive(Serialize)]
struct ToDo<'a> {
    sentence: &'a Printable,
    paste: Option<&'a str>,
}

pub(super) fn written(account: &Account<'_>) -> String {
    crate::report::json::write(&Judged {
        schema: crate::report::json::SCHEMA,
        observed_at: account.now,
        context: &account.context,
        server: &account.server,
        user: &account.user,
        needed: needed(account),
        cut_short: account.cut_short.as_ref(),
        capabilities: account.healths.iter().map(|health| row(health, account.needed)).collect(),
    })
}

fn needed(account: &Account<'_>) -> Needed {
    let names = |rows: &[Capability]| rows.iter().map(|row| row.name()).collect::<Vec<_>>();
    let (standing, not_there, unknown) = match account.standing {
        Standing::All => ("all", Vec::new(), Vec::new()),
        Standing::SomeNot(not) => ("some_not", names(not), Vec::new()),
        Standing::CannotTell(unknown) => ("cannot_tell", Vec::new(), names(unknown)),
    };
    Needed {
        capabilities: names(account.needed),
        standing,
        not_there,
        unknown,
        exit_code: account.standing.exit_code(),
    }
}

fn row<'a>(health: &'a Health, needed: &[Capability]) -> Row<'a> {
    let namespace = match &health.scope {
        Scope::Cluster => None,
        Scope::Namespace(name) => Some(&**name),
    };
    let evidence = health.evidence.iter();
    let remedy = health.remedy.as_ref();
    Row {
        capability: health.capability.name(),
        namespace,
        needed: needed.contains(&health.capability),
        state: health.state.word(),
        reason: health.state.reason(),
        since: health.since,
        checked_at: checked(health),
        serves: health.capability.serves(),
        evidence: evidence.map(|it| Seen { how: it.how, said: &it.said, at: it.at }).collect(),
        remedy: remedy.map(|it| ToDo { sentence: &it.sentence, paste: it.paste.as_deref() }),
    }
}
