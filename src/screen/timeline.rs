//! Owns what the timeline says: one line for each order and each change seen, and all about the selected one.
//!
//! It never says that an order caused a change: what follows one is marked, and no more. Invariant: each time says, in
//! a word, whose clock it is of.

use crate::app::App;
use crate::app::session::Origin;
use crate::keymap::{Action, Spelling};
use crate::rollout::Key;
use crate::rollout::delta::Kind;
use crate::store::Freshness;
use crate::text::{Printable, Role};
use crate::timeline::event::WARNING;
use crate::timeline::{Dial, Line as Told, Order, Source, after};

use super::{Ages, Line, Sign, header};

/// What happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Of what.
    pub title: Line,
    /// Which line is selected, of how many.
    pub shown: Line,
    /// What is not known here, and why: each a line.
    pub notes: Vec<Line>,
    /// Whether a line has to name its Rollout.
    pub of_all: bool,
    /// Lines around the selected one, oldest first.
    pub rows: Vec<Row>,
    /// Index of the selected row.
    pub selected: usize,
    /// All about the selected row.
    pub detail: Vec<Line>,
    /// What to say where there is no row.
    pub empty: Vec<Line>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whether it follows the selected order.
    pub mark: Line,
    /// Day and time, UTC.
    pub time: Printable,
    /// Whose clock that is of.
    pub clock: Printable,
    /// From where it is known.
    pub source: Line,
    /// The Rollout.
    pub rollout: Printable,
    /// What happened.
    pub text: Line,
}

/// Builds the timeline of a Rollout, or of all.
pub(super) fn build(app: &App, of: Option<&Key>, ages: &mut Ages, spelling: Spelling) -> Timeline {
    let lines = app.past();
    let (count, selected) = (lines.len(), app.lookback.selected(&lines));
    let following = after(&lines, selected);
    // No terminal shows more rows than it has, wherever the selected one stands among them.
    let most = usize::from(app.size.1);
    let first = selected.saturating_sub(most);
    let window = lines.iter().enumerate().skip(first).take(2 * most + 1);
    let what = of.map_or_else(
        || Line::of(Role::Title, "all Rollouts"),
        |key| {
            Line::of(Role::Muted, format!("{}/", key.namespace))
                .text(Role::Title, Printable::from_cluster(&key.name))
        },
    );
    let title = what.text(Role::Muted, "  what was ordered and seen, times in UTC");
    let shown = if count == 0 { String::new() } else { format!("{} of {count}", selected + 1) };
    Timeline {
        title,
        shown: Line::of(Role::Muted, shown),
        notes: notes(app, of, ages),
        of_all: of.is_none(),
        rows: window.map(|(index, line)| row(*line, following.contains(&index))).collect(),
        selected: selected - first,
        detail: lines
            .get(selected)
            .map(|line| detail(*line, &then(app, following.len(), spelling)))
            .unwrap_or_default(),
        empty: if count == 0 { empty(app, spelling) } else { Vec::new() },
    }
}

/// Says what is missing: Events that may not be read, and that nothing is kept.
fn notes(app: &App, of: Option<&Key>, ages: &mut Ages) -> Vec<Line> {
    let mut notes = Vec::new();
    if app.session.origin == Origin::Cluster {
        let events = match of {
            Some(key) => app.store.freshness_in(Kind::Events, &key.namespace, ages.now()),
            None => app.store.freshness(Kind::Events, ages.now()),
        };
        let why = match &events {
            Freshness::Live => None,
            Freshness::Unasked => Some("they are read after the Rollouts".into()),
            Freshness::Connecting | Freshness::Syncing { .. } => Some(Printable::default()),
            Freshness::Stale { why, .. }
            | Freshness::Forbidden { why }
            | Freshness::Absent { why }
            | Freshness::Unauthorized { why } => Some(why.clone()),
        };
        if let Some(why) = why {
            let line = Line::of(Role::Muted, "the controller's Events  ").and(header::words(&events, ages));
            notes.push(if why.is_empty() { line } else { line.text(Role::Muted, format!("  {why}")) });
        }
    }
    if let Some(why) = app.timeline.not_kept() {
        let line = Line::new().sign(Role::Warn, Sign::Warning).blank();
        notes.push(
            line.text(Role::Warn, "not kept: it is gone when you leave")
                .text(Role::Muted, format!("  {why}")),
        );
    }
    notes
}

fn empty(app: &App, spelling: Spelling) -> Vec<Line> {
    let first = if app.lookback.filter.value().is_empty() {
        "Nothing was ordered or seen yet: a change is told when it is seen, and what is merely there is no change."
    } else {
        "No line holds these words. Words like source:event leave the lines of a source."
    };
    let back = app.keymap.spelled(Action::Back, spelling);
    vec![Line::of(Role::Text, first), Line::of(Role::Muted, format!("{back} goes back."))]
}

fn row(line: Told<'_>, follows: bool) -> Row {
    let key = line.key();
    let mark = if follows { Line::new().sign(Role::Accent, Sign::Trunk) } else { Line::new() };
    let (role, look) = match line.source() {
        Source::Order => (Role::Accent, Role::Strong),
        Source::Health | Source::Gate => (Role::Progress, Role::Text),
        Source::Gap | Source::Away => (Role::Warn, Role::Warn),
        Source::Event if line.text().as_str().starts_with(WARNING) => (Role::Bad, Role::Bad),
        Source::Spec | Source::Status | Source::Analysis | Source::Event => (Role::Muted, Role::Text),
    };
    Row {
        mark,
        time: Printable::from(line.at().strftime("%m-%d %H:%M:%S").to_string()),
        clock: Printable::ours(line.dial().word()),
        source: Line::of(role, line.source().word()),
        rollout: match &*key.name {
            "" if key.namespace.is_empty() => Printable::default(),
            "" => Printable::from(format!("{}/*", key.namespace)),
            name => Printable::from(format!("{}/{name}", key.namespace)),
        },
        text: Line::of(look, line.text()),
    }
}

/// Says what followed an order, and how to get there.
fn then(app: &App, following: usize, spelling: Spelling) -> String {
    let key = app.keymap.spelled(Action::Follow, spelling);
    match following {
        0 => "nothing was seen until the next order".to_owned(),
        1 => format!("1 line until the next order, marked at its left: {key} goes there"),
        more => format!("{more} lines until the next order, marked at their left: {key} goes there"),
    }
}

fn detail(line: Told<'_>, then: &str) -> Vec<Line> {
    let clock = match line.dial() {
        Dial::Cluster => "by the cluster's clock",
        Dial::Ours => "by the clock here",
    };
    let head = Line::of(Role::Muted, format!("{:.0} {clock}, {}", line.at(), line.source().word()));
    let mut lines = vec![head, Line::of(Role::Text, line.text())];
    if let Told::Order(order) = line {
        lines.extend(about(order, then));
    }
    lines
}

fn about(order: &Order, then: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    if !order.consequence.is_empty() {
        lines.push(Line::of(Role::Muted, "meant to  ").text(Role::Text, order.consequence.clone()));
    }
    if !order.against.is_empty() {
        lines.push(
            Line::of(Role::Warn, "against   ").text(Role::Text, format!("the gates, {}", order.against)),
        );
    }
    if !order.facts.is_empty() {
        let facts: Vec<String> = order.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        lines.push(Line::of(Role::Muted, "rested on ").text(Role::Text, facts.join("; ")));
    }
    let stages: Vec<String> = order
        .stages
        .iter()
        .map(|stage| format!("{} {}", stage.at.strftime("%H:%M:%S"), stage.word))
        .collect();
    lines.push(Line::of(Role::Muted, "went      ").text(Role::Text, stages.join(", ")));
    lines.push(Line::of(Role::Muted, "then      ").text(Role::Text, then.to_owned()));
    lines
}
