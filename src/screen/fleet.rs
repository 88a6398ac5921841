//! Owns the fleet screen: one row a Rollout, what needs a person on top, and the counts.
//!
//! It decides words and emphasis; columns are the view's. Invariant: rows are those that the app last prepared, so
//! that what is seen is what a key acts on.

use super::{Ages, Line, Sign, gates, header, health, images, waits};
use crate::app::App;
use crate::app::browse::PHASES;
use crate::app::news::News;
use crate::app::session::Origin;
use crate::keymap::{Action, Spelling};
use crate::rollout::delta::Kind;
use crate::rollout::phase::Phase;
use crate::rollout::{Key, Rollout, step, weight};
use crate::store::{Freshness, Standing};
use crate::text::{Printable, Role};

/// All Rollouts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// How many need a person, and how many are in each phase.
    pub counts: Line,
    /// Marks of health, those that need a person first; none where nothing is looked at.
    pub strip: Vec<Line>,
    /// The abort that is proposed, in place of the marks.
    pub proposal: Option<gates::proposal::Proposal>,
    /// Whether there is a column for what gates say: where there are policies, whatever the rows are.
    pub gated: bool,
    /// The key that opens them, for where there is room.
    pub strip_key: Line,
    /// Which of them are shown.
    pub shown: Line,
    /// Rows in view.
    pub rows: Vec<Row>,
    /// Rows above those in view.
    pub above: usize,
    /// Rows below those in view.
    pub below: usize,
    /// What is said where there is no row: why, and what to do.
    pub empty: Vec<Line>,
}

/// One Rollout in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whether keys act on it.
    pub selected: bool,
    /// The phase for the eye.
    pub sign: (Role, Sign),
    /// Namespace; empty where only one was asked for, which the header names.
    pub namespace: Printable,
    /// Name.
    pub name: Printable,
    /// Phase in a word.
    pub phase: (Role, Printable),
    /// Step in progress of all, `2/8`.
    pub step: Printable,
    /// Actual weight, desired weight, and what counts as all.
    pub weight: Option<(i64, i64, i64)>,
    /// What its gate says in a word; empty where nothing is judged.
    pub gate: (Role, Printable),
    /// Ready pods of desired, `4/5`.
    pub ready: (Role, Printable),
    /// What it waits for, or what an operation came to.
    pub waits: Line,
    /// Images of the version that is brought in.
    pub images: Printable,
    /// Age of the object.
    pub age: Printable,
}

/// Returns how a phase looks.
pub fn phase_look(phase: Phase) -> (Role, Sign) {
    match phase {
        Phase::Healthy => (Role::Good, Sign::Healthy),
        Phase::Paused => (Role::Warn, Sign::Paused),
        Phase::Progressing => (Role::Progress, Sign::Progressing),
        Phase::Degraded => (Role::Bad, Sign::Degraded),
        Phase::Unknown => (Role::Unknown, Sign::Unknown),
    }
}

/// Builds the fleet screen.
pub(super) fn build(app: &App, ages: &mut Ages, spelling: Spelling) -> Fleet {
    let (above, keys) = app.browse.in_view();
    let selected = app.browse.selected();
    let rows: Vec<Row> = keys
        .iter()
        .filter_map(|key| {
            let standing = app.store.fleet.get(key)?;
            Some(row(app, key, standing, ages)).map(|row| Row { selected: selected == Some(key), ..row })
        })
        .collect();
    let below = app.browse.len().saturating_sub(above + keys.len());
    let empty = if rows.is_empty() { empty(app, ages, spelling) } else { Vec::new() };
    Fleet {
        counts: counts(app, ages),
        strip: health::strip::build(app),
        strip_key: health::strip::key(app, spelling),
        proposal: gates::proposal::build(app, spelling),
        gated: gates::are_judged(app),
        shown: shown(app),
        rows,
        above,
        below,
        empty,
    }
}

fn row(app: &App, key: &Key, standing: &Standing, ages: &mut Ages) -> Row {
    let rollout = &standing.rollout;
    let (role, sign) = phase_look(standing.phase);
    let (desired, actual) = (weight::desired(rollout), actual_weight(app, rollout));
    let replicas = rollout.spec.replicas.unwrap_or(1);
    let ready = rollout.status.replicas.ready;
    Row {
        selected: false,
        sign: (role, sign),
        namespace: if one_namespace(app) {
            Printable::default()
        } else {
            Printable::from_cluster(&key.namespace)
        },
        name: Printable::from_cluster(&key.name),
        phase: (role, Printable::ours(standing.phase.word())),
        step: step::position(rollout)
            .map(|(at, of)| Printable::from(format!("{at}/{of}")))
            .unwrap_or_default(),
        weight: actual
            .zip(desired)
            .map(|(actual, desired)| (actual, desired, weight::max(rollout).unwrap_or(100))),
        gate: gates::of_row(app, rollout, ages.now()),
        ready: (
            if ready < replicas { Role::Warn } else { Role::Text },
            Printable::from(format!("{ready}/{replicas}")),
        ),
        waits: match app.news(key, ages.now()) {
            // What went as ordered is over: the row says what it waits for now.
            Some(news) if !news.is_done() => outcome(news, ages),
            _ => waits::brief(standing, ages),
        },
        images: images::wanted(app, rollout),
        age: rollout.meta.created.map(|created| ages.since(created)).unwrap_or_default(),
    }
}

/// Tells whether all rows are of one namespace on purpose, so that repeating it says nothing.
fn one_namespace(app: &App) -> bool {
    app.session.namespaces.len() == 1 || app.browse.namespace.is_some()
}

/// Returns the weight that a canary really has; `None` where its ReplicaSets are not known yet.
pub(super) fn actual_weight(app: &App, rollout: &Rollout) -> Option<i64> {
    let sets = app.store.replica_sets_of(rollout);
    let seen = app.store.is_known(Kind::ReplicaSets, &rollout.meta.key.namespace);
    weight::actual(rollout, seen.then(|| weight::canary_available(rollout, sets)))
}

/// Says what an order came to, and how long ago.
fn outcome(news: News<'_>, ages: &mut Ages) -> Line {
    let role = if news.is_trouble() { Role::Accent } else { Role::Progress };
    let line = Line::of(role, format!("{}: {}", news.word(), news.state()));
    match news.since() {
        Some(since) => line.text(Role::Muted, format!(" {}", ages.since(since))),
        None => line,
    }
}

/// Says what does not fit in the selected row.
pub(super) fn about_selected(app: &App, ages: &mut Ages) -> Line {
    let Some(standing) = app.browse.selected().and_then(|key| app.store.fleet.get(key)) else {
        return Line::new();
    };
    if let Some(news) = app.news(&standing.rollout.meta.key, ages.now()) {
        let role = if news.is_trouble() { Role::Accent } else { Role::Text };
        let said = Line::of(role, format!("{}: {}", news.word(), news.describe()));
        return match news.since() {
            Some(since) => said.text(Role::Muted, format!("  {} ago", ages.since(since))),
            None => said,
        };
    }
    let mut line = gates::of_selected(app, &standing.rollout, ages);
    let between = |line: Line| line.blank().sign(Role::Muted, Sign::Separator).blank();
    if !line.is_empty() {
        line = between(line);
    }
    // What a gate says of a canary leaves room for a message only where that says more than the phase.
    if !standing.message.is_empty() && (line.is_empty() || standing.phase == Phase::Degraded) {
        line = between(line.text(Role::Text, standing.message.clone()));
    }
    line = line.text(Role::Muted, images::wanted(app, &standing.rollout));
    match standing.rollout.meta.created {
        Some(created) => line.text(Role::Muted, format!("  age {}", ages.since(created))),
        None => line,
    }
}

fn counts(app: &App, ages: &Ages) -> Line {
    let fleet = &app.store.fleet;
    if fleet.is_empty() && !app.store.freshness(Kind::Rollouts, ages.now()).is_live() {
        return Line::of(Role::Muted, "nothing is known yet");
    }
    let needy = fleet.wanting_person();
    let role = if needy > 0 { Role::Accent } else { Role::Muted };
    let mut line = Line::of(role, format!("{needy} need you")).text(Role::Text, "  ");
    for phase in PHASES {
        let count = fleet.in_phase(phase);
        let (role, sign) = phase_look(phase);
        let (role, words) = if count == 0 { (Role::Muted, Role::Muted) } else { (role, Role::Text) };
        line = line
            .text(Role::Text, " ")
            .sign(role, sign)
            .text(words, format!(" {count} {} ", phase.word().to_lowercase()));
    }
    line
}

fn shown(app: &App) -> Line {
    let browse = &app.browse;
    let mut line = Line::new();
    if !browse.is_filtered() {
        return line;
    }
    line = line.text(Role::Match, format!("{} of {}", browse.len(), app.store.fleet.len()));
    if let Some(phase) = browse.phase {
        line = line.text(Role::Muted, format!(" {}", phase.word().to_lowercase()));
    }
    if let Some(namespace) = &browse.namespace {
        line = line.text(Role::Muted, format!(" in {namespace}"));
    }
    if !browse.filter.value().is_empty() && !browse.typing {
        line = line.text(Role::Muted, format!(" like {}", browse.filter.value()));
    }
    line
}

fn empty(app: &App, ages: &mut Ages, spelling: Spelling) -> Vec<Line> {
    let key = |action| app.keymap.spelled(action, spelling);
    if browse_hides(app) {
        return vec![
            Line::of(Role::Text, "No Rollout passes the filter."),
            Line::of(Role::Muted, format!("{} shows all again.", key(Action::ClearFilter))),
        ];
    }
    if app.session.origin != Origin::Cluster {
        return vec![Line::of(Role::Text, "This dump holds no Rollout.")];
    }
    match app.store.freshness(Kind::Rollouts, ages.now()) {
        Freshness::Live => vec![
            Line::of(Role::Text, "There are no Rollouts here."),
            Line::of(
                Role::Muted,
                "The cluster was asked and has none in the namespaces in view; new ones appear by themselves.",
            ),
        ],
        Freshness::Forbidden { why } => vec![
            Line::of(Role::Bad, "You may not list Rollouts here."),
            Line::of(Role::Text, why),
            Line::of(
                Role::Muted,
                "Name namespaces that you may read with -n, or ask for get, list and watch on rollouts.argoproj.io.",
            ),
        ],
        Freshness::Absent { why } | Freshness::Unauthorized { why } | Freshness::Stale { why, .. } => {
            vec![
                Line::of(Role::Bad, why),
                Line::of(
                    Role::Muted,
                    format!(
                        "It is tried again by itself; {} asks now, {} leaves.",
                        key(Action::Refresh),
                        key(Action::Quit)
                    ),
                ),
            ]
        }
        freshness @ (Freshness::Unasked | Freshness::Connecting | Freshness::Syncing { .. }) => {
            vec![header::words(&freshness, ages)]
        }
    }
}

fn browse_hides(app: &App) -> bool {
    app.browse.is_filtered() && !app.store.fleet.is_empty()
}
