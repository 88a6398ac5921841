//! Owns the screen of one Rollout: what it does, its ladder of steps, what stands under it, its conditions.
//!
//! It decides words and emphasis; places are the view's. It never hides that a part is not known: a source that is
//! not live says so where its rows would be.

use super::fleet::{actual_weight, phase_look};
use super::{Ages, Line, Sign, gates, header, waits};
use crate::app::App;
use crate::keymap::{Action, Spelling};
use crate::rollout::delta::Kind;
use crate::rollout::phase::Phase;
use crate::rollout::tree::{Family, Icon, Kin, Note, Rail, Row, RowKind, Tree};
use crate::rollout::{self as domain, Key, Strategy, role, step, weight};
use crate::store::{Freshness, Standing};
use crate::text::{Printable, Role};

mod analysis;

/// One Rollout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rollout {
    /// Namespace, name, strategy, revision.
    pub title: Line,
    /// Phase and message.
    pub phase: Line,
    /// Step, weights, pods.
    pub figures: Line,
    /// Images that run, and for whom.
    pub images: Line,
    /// What it waits for and what comes next.
    pub next: Line,
    /// What an operation of this session came to.
    pub operation: Line,
    /// What its gate says.
    pub gate: gates::Shown,
    /// The ladder of steps; empty where there is none.
    pub ladder: Vec<Line>,
    /// Index of the step in progress in the ladder.
    pub current: Option<usize>,
    /// The tree of revisions, one line a row.
    pub tree: Vec<TreeRow>,
    /// Results of the newest revision's analysis, one metric a line.
    pub analysis: Vec<Line>,
    /// Sources that are not live, each in a line.
    pub doubts: Vec<Line>,
    /// Conditions, one line each.
    pub conditions: Vec<Line>,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// One row of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// Rails and name.
    pub name: Line,
    /// Status with its sign.
    pub status: Line,
    /// Age.
    pub age: Printable,
    /// Roles and counts.
    pub notes: Printable,
}

/// Builds the screen of the Rollout at `key`.
pub(super) fn build(app: &App, key: &Key, ages: &mut Ages, spelling: Spelling) -> Rollout {
    let Some(standing) = app.store.fleet.get(key) else {
        return gone(key, &app.keymap.spelled(Action::Back, spelling));
    };
    let rollout = &*standing.rollout;
    let kin = Kin {
        replica_sets: app.store.replica_sets_of(rollout),
        pods: app.store.pods.in_namespace(&key.namespace).collect(),
        analysis_runs: app.store.analysis_runs.in_namespace(&key.namespace).collect(),
        experiments: app.store.experiments.in_namespace(&key.namespace).collect(),
        deployments: app.store.deployments.in_namespace(&key.namespace).collect(),
    };
    let tree = Tree::of(&Family::select(rollout, &kin));
    let rows = tree.rows(&Printable::ours(standing.phase.word()));
    let current = step::position(rollout).map(|(at, _)| at);
    Rollout {
        title: title(standing),
        phase: phase_line(standing),
        figures: figures(app, rollout),
        images: images(&tree),
        next: next(standing, ages),
        operation: operation(app, key, ages),
        gate: gates::shown(app, key, ages, spelling),
        ladder: ladder(rollout),
        current,
        tree: rows.iter().skip(1).map(|row| tree_row(row, ages)).collect(),
        analysis: analysis::lines(&tree, ages),
        doubts: doubts(app, ages),
        conditions: rollout
            .status
            .conditions
            .iter()
            .map(|condition| condition_line(condition, ages))
            .collect(),
        scroll: app.scroll,
    }
}

/// Says the phase of a Rollout in sign and word, after something else.
pub(super) fn phase_mark(app: &App, key: &Key) -> Line {
    let Some(standing) = app.store.fleet.get(key) else { return Line::new() };
    let (role, sign) = phase_look(standing.phase);
    Line::of(Role::Text, "  ").sign(role, sign).blank().text(role, standing.phase.word())
}

/// Says step, weights and pods of a Rollout, for a screen that is about something else of it.
pub(super) fn figures_of(app: &App, key: &Key) -> Line {
    app.store.fleet.get(key).map(|standing| figures(app, &standing.rollout)).unwrap_or_default()
}

fn gone(key: &Key, back: &str) -> Rollout {
    Rollout {
        title: Line::of(Role::Title, format!("{}/{}", key.namespace, key.name)),
        phase: Line::of(
            Role::Bad,
            format!("This Rollout is gone: it was deleted, or never listed. {back} goes back."),
        ),
        ..Rollout::default()
    }
}

fn title(standing: &Standing) -> Line {
    let rollout = &standing.rollout;
    let key = &rollout.meta.key;
    let strategy = match &rollout.spec.strategy {
        Strategy::Canary(_) => "canary",
        Strategy::BlueGreen(_) => "blue-green",
        Strategy::Unknown => "strategy not known",
    };
    let line = Line::of(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Title, Printable::from_cluster(&key.name))
        .text(Role::Muted, format!("  {strategy}"));
    match rollout.meta.revision {
        Some(revision) => line.text(Role::Muted, format!("  revision {revision}")),
        None => line,
    }
}

/// Says phase and message.
pub(super) fn phase_line(standing: &Standing) -> Line {
    let (role, sign) = phase_look(standing.phase);
    let line = Line::new().sign(role, sign).blank().text(role, standing.phase.word());
    if standing.message.is_empty() {
        line
    } else {
        line.text(Role::Text, "  ").text(Role::Text, standing.message.clone())
    }
}

fn figures(app: &App, rollout: &domain::Rollout) -> Line {
    let mut line = Line::new();
    if let Some((at, of)) = step::position(rollout) {
        line =
            line.text(Role::Muted, "step ").text(Role::Strong, format!("{at}/{of}")).text(Role::Text, "   ");
    }
    if let Some((actual, desired)) = actual_weight(app, rollout).zip(weight::desired(rollout)) {
        let most = weight::max(rollout).unwrap_or(100);
        line = line.text(Role::Muted, "weight ").bar((actual, desired, most), 10).blank();
        line = line.text(Role::Strong, actual.to_string());
        if actual != desired {
            line = line.sign(Role::Muted, Sign::Arrow).text(Role::Strong, desired.to_string());
        }
        line =
            line.text(Role::Muted, if most == 100 { " %   ".to_owned() } else { format!(" of {most}   ") });
    }
    let replicas = &rollout.status.replicas;
    let wanted = rollout.spec.replicas.unwrap_or(1);
    line.text(Role::Muted, "pods ")
        .text(
            if replicas.ready < wanted { Role::Warn } else { Role::Strong },
            format!("{}/{wanted}", replicas.ready),
        )
        .text(Role::Muted, format!(" ready, {} updated, {} available", replicas.updated, replicas.available))
}

fn images(tree: &Tree<'_>) -> Line {
    let mut line = Line::new();
    for running in tree.images() {
        let tags: Vec<String> = running.tags.iter().map(ToString::to_string).collect();
        line = line
            .text(Role::Muted, format!("{} ", tags.join(", ")))
            .text(Role::Text, running.image)
            .text(Role::Text, "   ");
    }
    line
}

fn next(standing: &Standing, ages: &mut Ages) -> Line {
    let line = Line::of(Role::Muted, "waits for ").and(waits::sentence(standing, ages));
    match step::next_text(&standing.rollout).filter(|_| standing.phase != Phase::Degraded) {
        Some(next) => line.text(Role::Muted, "   then ").text(Role::Text, next),
        None => line,
    }
}

fn operation(app: &App, key: &Key, ages: &mut Ages) -> Line {
    let Some(news) = app.news(key, ages.now()) else { return Line::new() };
    let role = if news.is_trouble() { Role::Accent } else { Role::Strong };
    let line = Line::of(Role::Muted, format!("{} ", news.word())).text(role, news.describe());
    match news.since() {
        Some(since) => line.text(Role::Muted, format!("  {} ago", ages.since(since))),
        None => line,
    }
}

fn ladder(rollout: &domain::Rollout) -> Vec<Line> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return Vec::new() };
    let at = step::position(rollout).map_or(0, |(at, _)| at);
    let lines = canary.steps.iter().enumerate().map(|(index, step)| {
        let (role, sign) = match index.cmp(&at) {
            std::cmp::Ordering::Less => (Role::Muted, Sign::Done),
            std::cmp::Ordering::Equal => (Role::Strong, Sign::Current),
            std::cmp::Ordering::Greater => (Role::Text, Sign::Pending),
        };
        Line::new().sign(role, sign).blank().text(role, step.text())
    });
    lines.collect()
}

fn tree_row(row: &Row, ages: &mut Ages) -> TreeRow {
    let mut name = Line::new();
    for rail in row.rails.iter().skip(1) {
        name = match rail {
            Rail::Blank => name.text(Role::Border, "  "),
            Rail::Line => name.sign(Role::Border, Sign::Trunk).blank(),
            Rail::Tee => name.sign(Role::Border, Sign::Branch).blank(),
            Rail::Elbow => name.sign(Role::Border, Sign::LastBranch).blank(),
        };
    }
    let role = if row.kind == RowKind::Revision { Role::Strong } else { Role::Text };
    let (look, sign) = icon_look(row.icon);
    let status = if row.status.is_empty() {
        Line::new()
    } else {
        Line::new().sign(look, sign).blank().text(look, row.status.clone())
    };
    let notes: Vec<String> = row.notes.iter().map(|note| note_words(note, ages)).collect();
    TreeRow {
        name: name.text(role, row.name.clone()),
        status,
        age: row.since.map(|since| ages.since(since)).unwrap_or_default(),
        notes: Printable::from(notes.join(" ")),
    }
}

fn note_words(note: &Note, ages: &mut Ages) -> String {
    match note {
        Note::Delay(deadline) => format!("delay:{}", role::delay(deadline, ages.now())),
        Note::Ready(ready, total) => format!("{ready}/{total}"),
        Note::Restarts(restarts) => format!("restarts:{restarts}"),
        Note::Measured(icon, count) => format!("{count} {}", measured(*icon)),
        role => role.role().unwrap_or_default().to_owned(),
    }
}

fn measured(icon: Icon) -> &'static str {
    match icon {
        Icon::Good => "passed",
        Icon::Bad => "failed",
        Icon::Unknown => "inconclusive",
        _ => "errors",
    }
}

pub(super) fn icon_look(icon: Icon) -> (Role, Sign) {
    match icon {
        Icon::Good => (Role::Good, Sign::Healthy),
        Icon::Bad => (Role::Bad, Sign::Degraded),
        Icon::Warning => (Role::Warn, Sign::Warning),
        Icon::Progressing => (Role::Progress, Sign::Progressing),
        Icon::Waiting | Icon::Paused => (Role::Warn, Sign::Paused),
        Icon::Unknown => (Role::Unknown, Sign::Unknown),
        Icon::Neutral | Icon::Blank => (Role::Muted, Sign::Pending),
    }
}

fn doubts(app: &App, ages: &mut Ages) -> Vec<Line> {
    let sources = [
        (Kind::ReplicaSets, "ReplicaSets"),
        (Kind::Pods, "Pods"),
        (Kind::AnalysisRuns, "AnalysisRuns"),
        (Kind::Experiments, "Experiments"),
    ];
    let mut lines = Vec::new();
    for (kind, name) in sources {
        let freshness = app.store.freshness(kind, ages.now());
        if matches!(freshness, Freshness::Live | Freshness::Unasked) {
            continue;
        }
        lines.push(Line::of(Role::Muted, format!("{name} ")).and(header::words(&freshness, ages)));
    }
    lines
}

fn condition_line(condition: &domain::Condition, ages: &mut Ages) -> Line {
    let age = condition.since.map(|since| ages.since(since)).unwrap_or_default();
    let line = Line::of(Role::Muted, format!("{:<12}", condition.kind))
        .text(Role::Text, format!("{:<8}", condition.status))
        .text(Role::Muted, format!("{age:>4}  "))
        .text(Role::Text, condition.reason.clone());
    if condition.message.is_empty() {
        line
    } else {
        line.text(Role::Muted, format!("  {}", condition.message))
    }
}
