//! Owns the tree as rows from top to bottom, each with the rails that draw it (argo-rollouts.md §3.7).
//!
//! It never formats: ages are timestamps, icons and notes are meanings. Invariant: a row is drawn from itself alone.

use std::sync::Arc;

use jiff::Timestamp;

use super::{ExperimentBranch, Icon, Revision, SetBranch, Tree};
use crate::rollout::{AnalysisRun, Meta, Pod};
use crate::text::Printable;

/// One row of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What stands before the name, left to right, three columns each; empty at the top.
    pub rails: Vec<Rail>,
    /// What the row is.
    pub kind: RowKind,
    /// Uid of its object; empty for revisions and jobs.
    pub uid: Arc<str>,
    /// Name; of a revision, `revision:N`.
    pub name: Printable,
    /// Icon before the status.
    pub icon: Icon,
    /// Status word; empty for revisions.
    pub status: Printable,
    /// Since when its age counts; `None` where that is not known, and for revisions, which have no age.
    pub since: Option<Timestamp>,
    /// Remarks, in the order of the plugin's INFO column.
    pub notes: Vec<Note>,
}

/// A piece of the lines that join a row to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rail {
    /// Nothing: the parent above was the last of its siblings.
    Blank,
    /// A line that goes on below.
    Line,
    /// A branch off a line that goes on below.
    Tee,
    /// A branch at the end of its line.
    Elbow,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// The Rollout.
    Rollout,
    /// A revision.
    Revision,
    /// A ReplicaSet.
    ReplicaSet,
    /// A pod.
    Pod,
    /// An experiment.
    Experiment,
    /// An analysis run.
    AnalysisRun,
    /// A job that measured.
    Job,
}

/// A remark on a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// The version that is fallen back to.
    Stable,
    /// The new version of a canary.
    Canary,
    /// The version with production traffic (blue-green).
    Active,
    /// The version shown before the switch (blue-green).
    Preview,
    /// On the ping service.
    Ping,
    /// On the pong service.
    Pong,
    /// Scaled down at this time, as the annotation has it.
    Delay(Arc<str>),
    /// Ready containers of all containers.
    Ready(i64, i64),
    /// Restarts; never zero.
    Restarts(i64),
    /// Measurements of this outcome; never zero.
    Measured(Icon, i64),
}

impl Note {
    /// Returns the word of a note that is a role and nothing else, the same on the screen and in a report.
    pub fn role(&self) -> Option<&'static str> {
        match self {
            Self::Stable => Some("stable"),
            Self::Canary => Some("canary"),
            Self::Active => Some("active"),
            Self::Preview => Some("preview"),
            Self::Ping => Some("ping"),
            Self::Pong => Some("pong"),
            Self::Delay(_) | Self::Ready(..) | Self::Restarts(_) | Self::Measured(..) => None,
        }
    }
}

/// A row without its rails, and what hangs under it.
struct Twig {
    row: Row,
    under: Vec<Twig>,
}

pub(super) fn rows(tree: &Tree<'_>, phase: &Printable) -> Vec<Row> {
    let top = row(RowKind::Rollout, &tree.rollout.meta, Icon::of_phase(phase.as_str()), phase.clone());
    let mut rows = vec![top];
    lay(tree.revisions.iter().map(of_revision).collect(), &[], &mut rows);
    rows
}

fn lay(twigs: Vec<Twig>, above: &[Rail], rows: &mut Vec<Row>) {
    let last = twigs.len().saturating_sub(1);
    for (i, mut twig) in twigs.into_iter().enumerate() {
        let (own, below) = if i == last { (Rail::Elbow, Rail::Blank) } else { (Rail::Tee, Rail::Line) };
        twig.row.rails = [above, &[own]].concat();
        rows.push(twig.row);
        lay(twig.under, &[above, &[below]].concat(), rows);
    }
}

fn row(kind: RowKind, meta: &Meta, icon: Icon, status: Printable) -> Row {
    Row {
        rails: Vec::new(),
        kind,
        uid: meta.uid.clone(),
        name: Printable::from_cluster(&meta.key.name),
        icon,
        status,
        since: meta.created,
        notes: Vec::new(),
    }
}

fn of_revision(revision: &Revision<'_>) -> Twig {
    let under = (revision.replica_sets.iter().map(of_set))
        .chain(revision.experiments.iter().map(of_experiment))
        .chain(revision.analysis_runs.iter().copied().map(of_run))
        .collect();
    let row = Row {
        rails: Vec::new(),
        kind: RowKind::Revision,
        uid: "".into(),
        name: Printable::from(format!("revision:{}", revision.number)),
        icon: Icon::Blank,
        status: Printable::default(),
        since: None,
        notes: Vec::new(),
    };
    Twig { row, under }
}

fn of_set(branch: &SetBranch<'_>) -> Twig {
    let status = branch.status.word();
    let mut row =
        row(RowKind::ReplicaSet, &branch.set.meta, Icon::of_replica_set(status), Printable::ours(status));
    row.notes = notes_of_set(branch);
    Twig { row, under: branch.pods.iter().copied().map(of_pod).collect() }
}

fn notes_of_set(branch: &SetBranch<'_>) -> Vec<Note> {
    let roles = &branch.roles;
    let new = match (roles.canary, roles.active, roles.preview) {
        (true, _, _) => Some(Note::Canary),
        (_, true, _) => Some(Note::Active),
        (_, _, true) => Some(Note::Preview),
        _ => None,
    };
    let deadline = branch.set.scale_down_deadline.clone().filter(|it| !it.is_empty());
    [
        roles.stable.then_some(Note::Stable),
        new,
        roles.ping.then_some(Note::Ping),
        roles.pong.then_some(Note::Pong),
        deadline.map(Note::Delay),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_pod(pod: &Pod) -> Twig {
    let mut row = row(RowKind::Pod, &pod.meta, Icon::of_pod(pod.status.as_str()), pod.status.clone());
    row.notes = vec![Note::Ready(pod.ready, pod.total)];
    row.notes.extend((pod.restarts > 0).then_some(Note::Restarts(pod.restarts)));
    Twig { row, under: Vec::new() }
}

fn of_experiment(branch: &ExperimentBranch<'_>) -> Twig {
    let phase = branch.experiment.phase.clone();
    let row = row(RowKind::Experiment, &branch.experiment.meta, Icon::of_analysis(phase.as_str()), phase);
    let under = (branch.replica_sets.iter().map(of_set))
        .chain(branch.analysis_runs.iter().copied().map(of_run))
        .collect();
    Twig { row, under }
}

fn of_run(run: &AnalysisRun) -> Twig {
    let mut row =
        row(RowKind::AnalysisRun, &run.meta, Icon::of_analysis(run.phase.as_str()), run.phase.clone());
    let sum = |count: fn(&crate::rollout::MetricResult) -> i64| run.metrics.iter().map(count).sum::<i64>();
    row.notes = [
        (Icon::Good, sum(|it| it.successful)),
        (Icon::Bad, sum(|it| it.failed)),
        (Icon::Unknown, sum(|it| it.inconclusive)),
        (Icon::Warning, sum(|it| it.error)),
    ]
    .into_iter()
    .filter_map(|(icon, count)| (count > 0).then_some(Note::Measured(icon, count)))
    .collect();
    let jobs = run.metrics.iter().flat_map(|metric| &metric.jobs);
    let under = jobs.map(|job| {
        let row = Row {
            rails: Vec::new(),
            kind: RowKind::Job,
            uid: "".into(),
            name: job.name.clone(),
            icon: Icon::of_analysis(job.phase.as_str()),
            status: job.phase.clone(),
            since: job.started,
            notes: Vec::new(),
        };
        Twig { row, under: Vec::new() }
    });
    Twig { row, under: under.collect() }
}
