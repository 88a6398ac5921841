//! Owns the way from a wish to an order: the list of orders, and the lists from which one of them takes what it needs.
//!
//! It stages nothing by itself and sends nothing. Invariants: what is listed stands still while it is looked at, so
//! that a key means what was seen; each stage remembers the one before it, and leaving goes back to that one.

use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use super::App;
use crate::keymap::{Action, Place};
use crate::operation::order::Run;
use crate::operation::{Facts, Goal, Kind, Order, Refusal, SiteKind, stage};
use crate::rollout::delta::Kind as Watched;
use crate::rollout::{Key, Rollout, Strategy};
use crate::text::Printable;

mod keys;
pub mod templates;
mod workflow;

pub use templates::Templates;
pub use workflow::Listed;

/// What is being chosen, and for which Rollout.
#[derive(Debug)]
pub struct Choosing {
    key: Key,
    stage: Stage,
    selected: usize,
    said: Option<Printable>,
}

/// What is listed.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Every order.
    Menu,
    /// Steps ahead, by index from 0: how far a promotion goes.
    Goals(Vec<i64>),
    /// AnalysisRuns and Experiments that are under way, by name.
    Runs(Vec<(SiteKind, Arc<str>)>),
    /// Nothing yet: the templates that an order of this kind needs are being read.
    Reading(Kind),
    /// Revisions, the newest first.
    Revisions(Arc<Templates>),
    /// Containers of the template.
    Containers(Arc<Templates>),
    /// The image that a container gets.
    Image(Naming),
    /// Nothing yet: the runs of this workflow are being read.
    Asking(Arc<str>),
    /// A new run of a workflow, then its runs, the newest first.
    Workflow(Arc<Listed>),
    /// The steps of the run in that row of the list.
    Steps(Arc<Listed>, usize),
}

/// An image that is being named for a container.
#[derive(Clone, Debug)]
pub struct Naming {
    /// What was read.
    pub templates: Arc<Templates>,
    /// The container.
    pub container: String,
    /// What is typed.
    pub input: Input,
    /// Whether the line is finished.
    pub finished: bool,
}

/// Actions that order something, as listed, with the kind of each.
pub const ORDERS: [(Action, Kind); 12] = [
    (Action::Promote, Kind::Promote),
    (Action::PromoteTo, Kind::PromoteTo),
    (Action::PromoteFull, Kind::PromoteFull),
    (Action::Pause, Kind::Pause),
    (Action::Resume, Kind::Resume),
    (Action::Abort, Kind::Abort),
    (Action::CancelUpdate, Kind::Cancel),
    (Action::Retry, Kind::Retry),
    (Action::Undo, Kind::Undo),
    (Action::SetImage, Kind::SetImage),
    (Action::Restart, Kind::Restart),
    (Action::Terminate, Kind::Terminate),
];

impl Choosing {
    fn new(key: Key) -> Self {
        Self { key, stage: Stage::Menu, selected: 0, said: None }
    }

    /// Returns the Rollout that it is about.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns what is listed.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Returns the index of what is selected.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Returns why the last key did nothing.
    pub fn said(&self) -> Option<&Printable> {
        self.said.as_ref()
    }

    /// Returns the place in which keys are meant.
    pub fn place(&self) -> Place {
        match self.stage {
            Stage::Menu => Place::Menu,
            Stage::Image(Naming { finished: false, .. }) => Place::Typing,
            _ => Place::Choice,
        }
    }

    fn len(&self) -> usize {
        match &self.stage {
            Stage::Menu => ORDERS.len(),
            Stage::Goals(goals) => goals.len(),
            Stage::Runs(runs) => runs.len(),
            Stage::Revisions(read) => read.revisions.len(),
            Stage::Containers(read) => read.containers().len(),
            Stage::Workflow(listed) => listed.runs.len() + 1,
            Stage::Steps(listed, row) => listed.run(*row).map_or(0, |run| run.steps.len()),
            Stage::Reading(_) | Stage::Image(_) | Stage::Asking(_) => 1,
        }
    }
}

impl App {
    /// Says why an order of this kind would be refused now for what it is, whatever else stands in its way.
    pub fn objection(&self, rollout: &Rollout, kind: Kind, now: Timestamp) -> Option<Refusal> {
        let terms = self.session.policy.terms(&self.session.context, &rollout.meta.key, kind);
        if let Err(refusal) = terms {
            return Some(refusal);
        }
        let course = |order: &Order| stage::course(order, rollout, now).err();
        match kind {
            Kind::Promote => course(&Order::Promote),
            Kind::PromoteTo => {
                let next = rollout.status.step_index.unwrap_or(0).saturating_add(1);
                course(&Order::PromoteTo(Goal::Step(next)))
            }
            Kind::PromoteFull => course(&Order::PromoteFull),
            Kind::Pause => course(&Order::Pause),
            Kind::Resume => course(&Order::Resume),
            Kind::Abort => course(&Order::Abort),
            Kind::Retry => course(&Order::Retry),
            Kind::Restart => course(&Order::Restart),
            Kind::Terminate => self.no_run(rollout),
            Kind::Cancel => no_update(rollout),
            Kind::Undo | Kind::SetImage => None,
        }
    }

    /// Returns a run of the Rollout as observed.
    pub fn run_of(&self, rollout: &Rollout, kind: SiteKind, name: &str) -> Option<Run> {
        self.runs(rollout).into_iter().find(|run| run.site.kind == kind && &*run.site.name == name)
    }

    fn no_run(&self, rollout: &Rollout) -> Option<Refusal> {
        let namespace = &*rollout.meta.key.namespace;
        let known = [Watched::AnalysisRuns, Watched::Experiments]
            .into_iter()
            .any(|kind| self.store.is_known(kind, namespace));
        if !self.runs_under_way(rollout).is_empty() {
            return None;
        }
        Some(if known {
            Refusal {
                why: Printable::ours("No AnalysisRun or Experiment of this Rollout is under way."),
                instead: Printable::ours("There is nothing to end."),
            }
        } else {
            Refusal {
                why: Printable::ours("What is measured is known only of the Rollout that is open."),
                instead: Printable::ours("Open it, then order again."),
            }
        })
    }

    fn runs(&self, rollout: &Rollout) -> Vec<Run> {
        let uid = &rollout.meta.uid;
        let experiments: Vec<_> = self.store.experiments.owned_by(uid).collect();
        let mut runs: Vec<Run> = self.store.analysis_runs.owned_by(uid).map(Run::analysis).collect();
        for experiment in experiments {
            runs.push(Run::experiment(experiment));
            let made = self.store.analysis_runs.owned_by(&experiment.meta.uid);
            runs.extend(made.map(|run| Run::analysis_of(run, experiment)));
        }
        runs
    }

    fn runs_under_way(&self, rollout: &Rollout) -> Vec<(SiteKind, Arc<str>)> {
        let open = self.runs(rollout).into_iter().filter(|run| !run.facts.is_over());
        open.map(|run| (run.site.kind, run.site.name)).collect()
    }
}

/// Says so where no update is in progress that could be cancelled.
fn no_update(rollout: &Rollout) -> Option<Refusal> {
    Facts::of(rollout).fully_promoted().then(|| Refusal {
        why: Printable::ours("There is no update to cancel: the wanted version is the stable one."),
        instead: Printable::ours("To go back to an earlier version, undo."),
    })
}

/// Lists the steps ahead of the one in progress.
fn goals(rollout: &Rollout) -> Vec<i64> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return Vec::new() };
    let now = rollout.status.step_index.unwrap_or(0);
    (0i64..).zip(canary.steps.iter()).map(|(index, _)| index).filter(|index| *index > now).collect()
}
