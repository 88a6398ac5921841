//! Owns what is said of the orders that need a person: a line for each, what is known of the selected one and what to do
//! next, and all of one.
//!
//! Words for standings and next steps are the orders' own. Invariants: an order whose program runs is never called in
//! doubt or left; every standing has a sign and a word.

use super::{Ages, Line, Sign};
use crate::app::{App, Page};
use crate::keymap::{Action, Spelling};
use crate::operation::unsettled::{Ordered, Owner, Standing, Told, Unsettled};
use crate::text::{Printable, Role};

/// The orders that need a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Orders {
    /// What is listed, or which order is shown whole.
    pub title: Line,
    /// Which of them is selected, of how many.
    pub shown: Line,
    /// Rows around the selected one, the newest first.
    pub rows: Vec<Row>,
    /// Index of the selected row.
    pub selected: usize,
    /// What is known of the selected one.
    pub detail: Vec<Line>,
    /// All of one order, which then stands in place of the list: label and line.
    pub whole: Option<Vec<(Printable, Line)>>,
    /// Lines scrolled down in it.
    pub scroll: usize,
    /// What to say where there is no row.
    pub empty: Vec<Line>,
}

/// One order.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How it stands.
    pub standing: Line,
    /// How long ago it was acknowledged.
    pub age: Printable,
    /// The kind of order.
    pub kind: Printable,
    /// Namespace and name of the Rollout.
    pub rollout: Printable,
    /// As whom.
    pub who: Printable,
    /// What to do.
    pub next: Printable,
}

/// Builds the list, or what is shown of one order.
pub(super) fn build(app: &App, ages: &mut Ages, spelling: Spelling) -> Orders {
    let all = app.unsettled();
    let selected = app.selected_order();
    let chosen = all.get(selected).copied();
    if let Some(order) = chosen.filter(|_| app.desk.is_whole()) {
        return Orders {
            title: title(order),
            shown: standing(order.standing),
            whole: Some(whole(app, order, ages)),
            scroll: app.scroll,
            ..Orders::default()
        };
    }
    // No terminal shows more rows than it has, wherever the selected one stands among them.
    let most = usize::from(app.size.1);
    let first = selected.saturating_sub(most);
    let rows = all.iter().skip(first).take(2 * most + 1);
    let mut detail = chosen.map(|order| about(app, order)).unwrap_or_default();
    detail.extend(elsewhere(app));
    Orders {
        title: Line::of(Role::Title, "orders that need you, or that are under way"),
        shown: if all.is_empty() {
            Line::new()
        } else {
            Line::of(Role::Muted, format!("{} of {}", selected + 1, all.len()))
        },
        rows: rows.map(|order| row(app, order, ages)).collect(),
        selected: selected - first,
        detail,
        empty: if all.is_empty() { empty(app, spelling) } else { Vec::new() },
        ..Orders::default()
    }
}

/// Says how an order stands, with its sign.
fn standing(standing: Standing) -> Line {
    let (role, sign) = match standing {
        Standing::Open => (Role::Progress, Sign::Progressing),
        Standing::Left => (Role::Warn, Sign::Stale),
        Standing::InDoubt => (Role::Warn, Sign::Unknown),
        Standing::Dead => (Role::Bad, Sign::Degraded),
    };
    Line::new().sign(role, sign).blank().text(role, standing.word())
}

fn row(app: &App, order: &Unsettled, ages: &mut Ages) -> Row {
    let (kind, rollout) = match &order.order {
        Ok(ordered) => {
            (ordered.word.clone(), Printable::from(format!("{}/{}", ordered.key.namespace, ordered.key.name)))
        }
        Err(_) => ("unreadable".into(), "-".into()),
    };
    Row {
        standing: standing(order.standing),
        age: order.at.map(|at| ages.since(at)).unwrap_or_default(),
        kind,
        rollout,
        who: order.user.clone(),
        next: order.next_step(app.looks_after_orders()),
    }
}

fn about(app: &App, order: &Unsettled) -> Vec<Line> {
    let mut lines = vec![labelled("known  ", order.known.clone())];
    match &order.order {
        Ok(ordered) => lines.push(labelled("meant  ", ordered.consequence.clone())),
        Err(why) => lines.push(labelled("order  ", why.clone())),
    }
    lines.push(labelled("by     ", by(order)));
    lines.push(labelled("now    ", order.advice(app.looks_after_orders())));
    lines
}

fn labelled(label: &'static str, text: Printable) -> Line {
    Line::of(Role::Muted, label).text(Role::Text, text)
}

/// Names the user, the person and the program.
fn by(order: &Unsettled) -> Printable {
    let program = match &order.owner {
        Owner::Here => "in this session".to_owned(),
        Owner::Beside(pid) => format!("in process {pid} on this machine, which runs"),
        Owner::Ended => "in a program that has ended".to_owned(),
        Owner::Unknown(host) if !host.is_empty() => format!("in a program on {host}, which may run"),
        Owner::Unknown(_) => "in a program of which nothing is recorded".to_owned(),
    };
    let person = if order.person.is_empty() { String::new() } else { format!(" ({})", order.person) };
    Printable::from(format!("{}{person}, {program}", order.user))
}

fn title(order: &Unsettled) -> Line {
    match &order.order {
        Ok(ordered) => Line::of(Role::Title, ordered.word.clone())
            .blank()
            .text(Role::Muted, format!("{}/", ordered.key.namespace))
            .text(Role::Strong, Printable::from_cluster(&ordered.key.name)),
        Err(_) => Line::of(Role::Title, "an order that cannot be read"),
    }
}

/// Tells all that is recorded of an order: what came of it before what was asked for, which is long.
fn whole(app: &App, order: &Unsettled, ages: &mut Ages) -> Vec<(Printable, Line)> {
    let mut rows: Vec<(Printable, Line)> = Vec::new();
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    put("now", Line::of(Role::Strong, order.advice(app.looks_after_orders())));
    put("known", Line::of(Role::Text, order.known.clone()));
    let age = order.at.map(|at| ages.since(at)).unwrap_or_default();
    let at = order.at.map(|at| format!("{at:.0}, {age} ago")).unwrap_or_default();
    put("ordered", Line::of(Role::Text, at));
    put("by", Line::of(Role::Text, by(order)));
    match &order.order {
        Err(why) => put("order", Line::of(Role::Bad, why.clone())),
        Ok(ordered) => {
            put("meant", Line::of(Role::Text, ordered.consequence.clone()));
            let cluster = Line::of(Role::Text, ordered.context.clone()).text(Role::Muted, "  ");
            put("cluster", cluster.text(Role::Muted, ordered.server.clone()));
        }
    }
    put("id", Line::of(Role::Muted, Printable::from(&*order.id.0)));
    rows.extend(order.records.iter().flat_map(record));
    rows.extend(order.order.iter().flat_map(asked_for));
    rows
}

/// Tells on which facts an order rested, and its request.
fn asked_for(ordered: &Ordered) -> Vec<(Printable, Line)> {
    let facts = ordered.facts.iter().enumerate().map(|(nth, fact)| {
        let line = Line::of(Role::Muted, fact.name.clone()).text(Role::Text, ": ");
        (if nth == 0 { "facts" } else { "" }, line.text(Role::Text, fact.value.clone()))
    });
    let request = ordered.request.iter().enumerate();
    let request = request
        .map(|(nth, line)| (if nth == 0 { "request" } else { "" }, Line::of(Role::Text, line.clone())));
    let digest = ("digest", Line::of(Role::Muted, ordered.digest.clone()));
    facts.chain(request).chain([digest]).map(|(label, line)| (Printable::ours(label), line)).collect()
}

/// Tells a record: its number, time and word, what it says, its hash.
fn record(told: &Told) -> Vec<(Printable, Line)> {
    let label = Printable::from(format!("#{}", told.number));
    let head = Line::of(Role::Strong, told.event.clone()).text(Role::Muted, format!("  {}", told.at));
    let mut rows = vec![(label, head)];
    for (name, value) in &told.says {
        let line = Line::of(Role::Muted, name.clone()).text(Role::Text, ": ").text(Role::Text, value.clone());
        rows.push((Printable::default(), line));
    }
    let hash =
        if told.hash.is_empty() { "none: the file keeps no chain yet".into() } else { told.hash.clone() };
    rows.push((Printable::default(), Line::of(Role::Muted, "sha-256 ").text(Role::Muted, hash)));
    rows
}

/// Says how many orders other clusters have, since only this one's are listed.
fn elsewhere(app: &App) -> Option<Line> {
    let count = app.unsettled_elsewhere();
    (count > 0).then(|| {
        let what = if count == 1 { "1 order" } else { "orders" };
        let number = if count == 1 { String::new() } else { format!("{count} ") };
        Line::of(Role::Muted, format!("{number}{what} on other clusters: `rollgate orders` lists all."))
    })
}

fn empty(app: &App, spelling: Spelling) -> Vec<Line> {
    let back = app.keymap.spelled(Action::Back, spelling);
    let first = match app.desk.trouble() {
        Some(why) => Line::of(Role::Bad, format!("The ledger cannot be read: {why}.")),
        None if !app.desk.is_read() => Line::of(Role::Muted, "The ledger is being read."),
        None => Line::of(
            Role::Text,
            "No order needs you: every order that was given on this cluster has its end, and none is under way.",
        ),
    };
    [Some(first), elsewhere(app), Some(Line::of(Role::Muted, format!("{back} goes back.")))]
        .into_iter()
        .flatten()
        .collect()
}

/// Says in the header that orders need a person, and the key that lists them.
pub(super) fn mark(app: &App) -> Line {
    let count = app.needing_person();
    if count == 0 || app.page == Page::Unsettled {
        return Line::new();
    }
    let key = app.keymap.spelled(Action::Unsettled, Spelling::Ascii);
    let words = if count == 1 { "1 order needs you".to_owned() } else { format!("{count} orders need you") };
    Line::new().sign(Role::Warn, Sign::Warning).blank().text(Role::Warn, format!("{words}: {key}  "))
}
