//! Owns what the health screen says: each row's state as a sign and a word, where it holds, why, and since when.
//!
//! It decides words and emphasis; whether namespaces stand side by side is the view's. There is no sum of the rows.
//! Invariants: only what was observed working is drawn as good; what is left out by design stands at the end, muted.

use crate::app::App;
use crate::capability::{Capability, Health as Account, State};
use crate::keymap::{Action, Spelling};
use crate::text::{Printable, Role};

use super::{Ages, Line, Sign};

mod account;
pub mod strip;

/// The health screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// What is shown, and of where.
    pub title: Line,
    /// Which row of all, or how much there is.
    pub shown: Line,
    /// Every row.
    pub rows: Vec<Row>,
    /// Index of the selected row.
    pub selected: usize,
    /// Namespaces that stand side by side where they fit, the worst first; empty where one is looked at alone.
    pub columns: Vec<Printable>,
    /// Whether `columns` are all that there are.
    pub complete: bool,
    /// The opened row, instead of the rows.
    pub opened: Option<Vec<Line>>,
    /// Lines scrolled down in it.
    pub scroll: usize,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The state for the eye; of several, the worst.
    pub sign: (Role, Sign),
    /// The capability.
    pub name: Line,
    /// The state in a word.
    pub word: Line,
    /// For how long.
    pub since: Printable,
    /// In how many namespaces of all it is like that; empty where that says nothing.
    pub count: Printable,
    /// What is missing, wrong or not known.
    pub reason: Line,
    /// The state in each of the columns; empty for what holds for the whole cluster.
    pub cells: Vec<(Role, Sign)>,
}

/// Returns how a state looks.
pub fn look(state: &State) -> (Role, Sign) {
    match state {
        State::Available { .. } => (Role::Good, Sign::Healthy),
        State::Supported => (Role::Text, Sign::Pending),
        State::ConfigurationDependent { .. } => (Role::Warn, Sign::Paused),
        State::Degraded { .. } => (Role::Bad, Sign::Warning),
        State::Unavailable { .. } => (Role::Bad, Sign::Degraded),
        State::Unknown { .. } => (Role::Unknown, Sign::Unknown),
        State::NotByDesign => (Role::Muted, Sign::Separator),
    }
}

/// Builds the health screen.
pub(super) fn build(app: &App, ages: &mut Ages, spelling: Spelling) -> Health {
    let visit = &app.health.visit;
    let alone = visit.namespace.is_some() || app.health.namespaces().len() < 2;
    let most = usize::from(app.size.0 / 4);
    let names = if alone { Vec::new() } else { app.namespaces_by_need() };
    let columns = names.get(..most.min(names.len())).unwrap_or_default();
    let rows = Capability::ALL.into_iter().map(|row| self::row(app, row, columns, ages)).collect();
    let selected = Capability::ALL.iter().position(|row| *row == visit.row()).unwrap_or(0);
    let opened = visit.opened.then(|| account::lines(app, ages, spelling));
    let shown = if visit.opened {
        Line::new()
    } else {
        Line::of(Role::Muted, format!("{} of {}", selected + 1, Capability::ALL.len()))
    };
    Health {
        title: title(app, alone),
        shown,
        rows,
        selected,
        complete: columns.len() == names.len(),
        columns: columns.iter().map(|name| Printable::from_cluster(name)).collect(),
        opened,
        scroll: app.scroll,
    }
}

fn title(app: &App, alone: bool) -> Line {
    let names = app.health.namespaces();
    let visit = &app.health.visit;
    let line = Line::of(Role::Title, "what works, and how that is known").blank();
    let only = visit.namespace.as_ref().or_else(|| names.first().filter(|_| names.len() == 1));
    match only {
        Some(name) if alone && !name.is_empty() => {
            line.text(Role::Muted, " in ").text(Role::Strong, Printable::from_cluster(name))
        }
        _ if names.len() > 1 => line.text(Role::Muted, format!(" in {} namespaces", names.len())),
        _ => line,
    }
}

fn row(app: &App, capability: Capability, columns: &[std::sync::Arc<str>], ages: &mut Ages) -> Row {
    let checks = &app.health;
    let account = match &checks.visit.namespace {
        Some(namespace) => checks.account(capability, namespace),
        None => checks.worst(capability),
    };
    let Some(account) = account else { return unjudged(capability) };
    let state = &account.state;
    let (role, sign) = look(state);
    let design = *state == State::NotByDesign;
    let cell = |name: &std::sync::Arc<str>| {
        checks
            .account(capability, name)
            .map_or((Role::Unknown, Sign::Unknown), |account| look(&account.state))
    };
    let wide = capability.is_of_cluster();
    let reason = state.reason().cloned().unwrap_or_default();
    Row {
        sign: (role, sign),
        name: Line::of(if design { Role::Muted } else { Role::Text }, capability.title()),
        word: Line::of(role, state.word()),
        since: account.since.filter(|_| !design).map(|since| ages.since(since)).unwrap_or_default(),
        count: count(app, account),
        reason: if design {
            Line::of(Role::Muted, capability.serves())
        } else {
            Line::of(Role::Muted, reason)
        },
        cells: if wide { Vec::new() } else { columns.iter().map(cell).collect() },
    }
}

fn unjudged(capability: Capability) -> Row {
    Row {
        sign: (Role::Unknown, Sign::Unknown),
        name: Line::of(Role::Text, capability.title()),
        word: Line::of(Role::Unknown, "unknown"),
        since: Printable::default(),
        count: Printable::default(),
        reason: Line::of(Role::Muted, "nothing was looked at yet"),
        cells: Vec::new(),
    }
}

/// Says in how many namespaces a row is in that state, where there are several.
fn count(app: &App, account: &Account) -> Printable {
    let all = app.health.accounts(account.capability);
    if all.len() < 2 || app.health.visit.namespace.is_some() {
        return Printable::default();
    }
    let like = all.iter().filter(|other| other.state.word() == account.state.word()).count();
    Printable::from(format!("{like} of {}", all.len()))
}

/// Says of the selected row what does not fit in it: why it is like that, and what to do.
pub(super) fn about_selected(app: &App, spelling: Spelling) -> Line {
    let Some(account) = app.visited().filter(|_| !app.health.visit.opened) else { return Line::new() };
    let (role, sign) = look(&account.state);
    let line = Line::new().sign(role, sign).blank();
    let line = match account.state.reason() {
        Some(why) => line.text(Role::Text, why.clone()),
        None => line.text(Role::Text, account.capability.serves()),
    };
    match &account.remedy {
        Some(remedy) => line.text(Role::Text, ". ").text(Role::Strong, remedy.sentence.clone()),
        None => {
            let key = app.keymap.spelled(Action::Open, spelling);
            line.text(Role::Muted, format!("  {key} shows how that is known"))
        }
    }
}
