//! Owns the tree under a Rollout: revisions, their ReplicaSets with Pods, experiments, analysis runs with jobs.
//!
//! Made from a [`Family`] by ownership (uids), sorted and labelled as Argo's plugin does (argo-rollouts.md §3.2–3.7).
//! It never formats an age or a glyph: rows carry meanings, which the report prints and the screen styles.
//! Invariant: each object of the family stands in the tree once, and a row's rails draw it without looking at others.

use super::role::{self, Roles, SetStatus};
use super::{AnalysisRun, Experiment, Pod, ReplicaSet, Rollout};
use crate::text::Printable;

mod family;
mod icon;
mod images;
mod row;
#[cfg(test)]
mod tests;

pub use family::{Family, Kin};
pub use icon::Icon;
pub use images::{RunningImage, Tag};
pub use row::{Note, Rail, Row, RowKind};

/// What stands under a Rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree<'a> {
    /// The Rollout at the top.
    pub rollout: &'a Rollout,
    /// Revisions, newest first; objects without a revision stand in revision 0.
    pub revisions: Vec<Revision<'a>>,
}

/// One revision and what was made for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision<'a> {
    /// Its number, from annotation `rollout.argoproj.io/revision`.
    pub number: i64,
    /// ReplicaSets by name.
    pub replica_sets: Vec<SetBranch<'a>>,
    /// Experiments, oldest first.
    pub experiments: Vec<ExperimentBranch<'a>>,
    /// Analysis runs, oldest first.
    pub analysis_runs: Vec<&'a AnalysisRun>,
}

/// A ReplicaSet with its pods.
#[derive(Clone, Debug, PartialEq)]
pub struct SetBranch<'a> {
    /// The ReplicaSet.
    pub set: &'a ReplicaSet,
    /// What it is to the Rollout; none for an experiment's.
    pub roles: Roles,
    /// How it stands.
    pub status: SetStatus,
    /// Its pods, oldest first, then by name.
    pub pods: Vec<&'a Pod>,
}

/// An experiment with what it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentBranch<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Its ReplicaSets.
    pub replica_sets: Vec<SetBranch<'a>>,
    /// Its analysis runs.
    pub analysis_runs: Vec<&'a AnalysisRun>,
}

impl<'a> Tree<'a> {
    /// Builds the tree of a family.
    pub fn of(family: &Family<'a>) -> Self {
        let uid = &*family.rollout.meta.uid;
        let sets = sets_of(uid, Some(family.rollout), family);
        let experiments = experiments_of(uid, family);
        let runs = runs_of(uid, family);
        let mut numbers: Vec<i64> = (sets.iter().map(|it| revision(it.set.meta.revision)))
            .chain(experiments.iter().map(|it| revision(it.experiment.meta.revision)))
            .chain(runs.iter().map(|it| revision(it.meta.revision)))
            .collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.dedup();
        let mut revisions: Vec<Revision<'a>> = numbers.into_iter().map(Revision::empty).collect();
        for set in sets {
            at(&mut revisions, set.set.meta.revision, |it| it.replica_sets.push(set));
        }
        for experiment in experiments {
            at(&mut revisions, experiment.experiment.meta.revision, |it| it.experiments.push(experiment));
        }
        for run in runs {
            at(&mut revisions, run.meta.revision, |it| it.analysis_runs.push(run));
        }
        Self { rollout: family.rollout, revisions }
    }

    /// Returns the images of ReplicaSets that have pods, with who runs them, sorted by image.
    pub fn images(&self) -> Vec<RunningImage> {
        images::running(self)
    }

    /// Returns the tree as rows from top to bottom; the first is the Rollout itself, with `icon` and `status` of its
    /// phase.
    pub fn rows(&self, phase: &Printable) -> Vec<Row> {
        row::rows(self, phase)
    }

    /// Returns the ReplicaSets of the Rollout itself, newest revision first.
    pub fn sets(&self) -> impl Iterator<Item = &SetBranch<'a>> {
        self.revisions.iter().flat_map(|it| &it.replica_sets)
    }
}

impl Revision<'_> {
    fn empty(number: i64) -> Self {
        Self { number, replica_sets: Vec::new(), experiments: Vec::new(), analysis_runs: Vec::new() }
    }
}

fn at<'a>(revisions: &mut [Revision<'a>], number: Option<i64>, put: impl FnOnce(&mut Revision<'a>)) {
    if let Some(found) = revisions.iter_mut().find(|it| it.number == revision(number)) {
        put(found);
    }
}

/// The revision that an object without a readable annotation counts to (Argo: `parseRevision`).
fn revision(annotated: Option<i64>) -> i64 {
    annotated.unwrap_or(0)
}

fn sets_of<'a>(owner: &str, rollout: Option<&Rollout>, family: &Family<'a>) -> Vec<SetBranch<'a>> {
    let mut sets: Vec<&'a ReplicaSet> =
        family.replica_sets.iter().copied().filter(|set| family::owned(&set.meta, owner)).collect();
    sets.sort_by(|a, b| {
        revision(b.meta.revision)
            .cmp(&revision(a.meta.revision))
            .then_with(|| a.meta.key.name.cmp(&b.meta.key.name))
    });
    let mut branches: Vec<SetBranch<'a>> = sets
        .into_iter()
        .map(|set| SetBranch {
            set,
            roles: rollout.map_or_else(Roles::default, |rollout| role::roles(rollout, set)),
            status: role::status(set),
            pods: Vec::new(),
        })
        .collect();
    for pod in &family.pods {
        let mut owners = pod.meta.owners.iter();
        let home = owners.find_map(|uid| branches.iter().position(|branch| branch.set.meta.uid == *uid));
        if let Some(branch) = home.and_then(|home| branches.get_mut(home)) {
            branch.pods.push(pod);
        }
    }
    for branch in &mut branches {
        branch
            .pods
            .sort_by(|a, b| (a.meta.created, &a.meta.key.name).cmp(&(b.meta.created, &b.meta.key.name)));
    }
    branches
}

fn runs_of<'a>(owner: &str, family: &Family<'a>) -> Vec<&'a AnalysisRun> {
    let mut runs: Vec<&'a AnalysisRun> =
        family.analysis_runs.iter().copied().filter(|run| family::owned(&run.meta, owner)).collect();
    runs.sort_by(|a, b| {
        (revision(b.meta.revision).cmp(&revision(a.meta.revision)))
            .then_with(|| a.meta.created.cmp(&b.meta.created))
            .then_with(|| b.meta.key.name.cmp(&a.meta.key.name))
    });
    runs
}

fn experiments_of<'a>(owner: &str, family: &Family<'a>) -> Vec<ExperimentBranch<'a>> {
    let mut experiments: Vec<&'a Experiment> =
        family.experiments.iter().copied().filter(|it| family::owned(&it.meta, owner)).collect();
    // The plugin leaves equal times in the order of a hash map; names make the order repeatable.
    experiments.sort_by(|a, b| {
        (revision(b.meta.revision).cmp(&revision(a.meta.revision)))
            .then_with(|| a.meta.created.cmp(&b.meta.created))
            .then_with(|| a.meta.key.name.cmp(&b.meta.key.name))
    });
    (experiments.into_iter())
        .map(|experiment| ExperimentBranch {
            experiment,
            replica_sets: sets_of(&experiment.meta.uid, None, family),
            analysis_runs: runs_of(&experiment.meta.uid, family),
        })
        .collect()
}
