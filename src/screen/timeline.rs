//! Owns what the timeline says: one line for each order and each change seen, and all about the selected one.
//!
//! It never says that an order caused a change: what follows one is marked, and no more. Invariant: each time says, in
//! a word, whose clock it is of.

use crate::app::App;
use crate::keymap::{Action, Spelling};
use crate::rollout::Key;
use crate::text::{Printable, Role};
use crate::timeline::{Dial, Line as Told, Order, Source, after};

use super::{Line, Sign};

/// What happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Of what.
    pub title: Line,
    /// Which line is selected, of how many.
    pub shown: Line,
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
pub(super) fn build(app: &App, of: Option<&Key>, spelling: Spelling) -> Timeline {
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
        of_all: of.is_none(),
        rows: window.map(|(index, line)| row(*line, following.contains(&index))).collect(),
        selected: selected - first,
        detail: lines.get(selected).map(|line| detail(*line, following.len())).unwrap_or_default(),
        empty: if count == 0 { empty(app, spelling) } else { Vec::new() },
    }
}

fn empty(app: &App, spelling: Spelling) -> Vec<Line> {
    let first = if app.lookback.filter.value().is_empty() {
        "Nothing was ordered or seen yet: a change is told when it is seen, and what is merely there is no change."
    } else {
        "No line holds these words."
    };
    let back = app.keymap.spelled(Action::Back, spelling);
    vec![Line::of(Role::Text, first), Line::of(Role::Muted, format!("{back} goes back."))]
}

fn row(line: Told<'_>, follows: bool) -> Row {
    let key = line.key();
    let mark = if follows { Line::new().sign(Role::Accent, Sign::Trunk) } else { Line::new() };
    let (role, look) = match line.source() {
        Source::Order => (Role::Accent, Role::Strong),
        Source::Gap => (Role::Warn, Role::Warn),
        Source::Health => (Role::Progress, Role::Text),
        Source::Spec | Source::Status | Source::Analysis => (Role::Muted, Role::Text),
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

fn detail(line: Told<'_>, following: usize) -> Vec<Line> {
    let clock = match line.dial() {
        Dial::Cluster => "by the cluster's clock",
        Dial::Ours => "by the clock here",
    };
    let head = Line::of(Role::Muted, format!("{:.0} {clock}, {}", line.at(), line.source().word()));
    let mut lines = vec![head, Line::of(Role::Text, line.text())];
    if let Told::Order(order) = line {
        lines.extend(about(order, following));
    }
    lines
}

fn about(order: &Order, following: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if !order.consequence.is_empty() {
        lines.push(Line::of(Role::Muted, "meant to  ").text(Role::Text, order.consequence.clone()));
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
    let seen = match following {
        0 => "nothing was seen until the next order".to_owned(),
        1 => "1 change was seen until the next order".to_owned(),
        more => format!("{more} changes were seen until the next order"),
    };
    lines.push(Line::of(Role::Muted, "then      ").text(Role::Text, seen));
    lines
}
