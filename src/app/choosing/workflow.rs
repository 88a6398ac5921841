//! Owns the way to an errand: the workflow that a gate policy names, its runs as they were listed, and what of them is ordered.
//!
//! It asks nobody and sends nothing: runs are asked for by an [`Effect`]. Invariants: the workflow is the one that the Rollout's own gate
//! policy names, never one that the service names; what is listed stands still while it is looked at.

use std::sync::Arc;

use jiff::Timestamp;

use super::Stage;
use crate::app::session::{Origin, Service};
use crate::app::{App, Effect, Modal, Now};
use crate::gate::shelf::Choice;
use crate::operation::errand::{self, Run, Status, Wanted, Whither, words};
use crate::operation::{Refusal, policy::Verdict};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

/// The newest runs of a workflow, as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The workflow.
    pub workflow: Arc<str>,
    /// Its runs, newest first.
    pub runs: Vec<Run>,
}

impl Listed {
    /// Returns the run in a row of the list, whose first row begins a new one.
    pub fn run(&self, row: usize) -> Option<&Run> {
        self.runs.get(row.checked_sub(1)?)
    }

    /// Returns the row to begin with: after an abort, the newest run that ended without success.
    fn first(&self, aborted: bool) -> usize {
        let ended = |run: &Run| run.status.is_over() && run.status != Status::Succeeded;
        self.runs.iter().position(ended).filter(|_| aborted).map_or(0, |index| index + 1)
    }
}

impl App {
    /// Returns the service and the workflow that errands for a Rollout are about.
    ///
    /// # Errors
    /// Says which of the two is not named, and where one names it.
    pub fn errand_goal(&self, rollout: &Rollout) -> Result<(&Service, Arc<str>), Refusal> {
        let refuse = |why: String, instead: &str| Refusal { why: why.into(), instead: instead.into() };
        let policy = match self.gates.shelf().choose(rollout) {
            Choice::By(policy) => policy,
            Choice::Missing(name) => {
                let why = format!("Its gate policy {name} is not there, and with it no workflow.");
                return Err(refuse(why, "Put the policy into the folder of gates."));
            }
            Choice::Nothing => {
                let why =
                    "No gate policy is meant for this Rollout, so that no workflow is named.".to_owned();
                return Err(refuse(why, "Name one in a gate policy, under policy_service."));
            }
        };
        let workflow = policy.simulation.as_ref().and_then(|asked| asked.workflow.as_deref());
        let Some(workflow) = workflow else {
            let why = format!("The gate policy {} names no workflow.", policy.name);
            return Err(refuse(why, "Name one there, under policy_service."));
        };
        match &self.session.service {
            Some(service) => Ok((service, workflow.into())),
            None => {
                let why = "No policy service is set up here.".to_owned();
                Err(refuse(why, "Set one up under [policy-service] in the configuration file."))
            }
        }
    }

    /// Tells whether errands are worth a row in the list of orders: a service or a workflow is set up.
    pub fn has_errands(&self, rollout: &Rollout) -> bool {
        let named = match self.gates.shelf().choose(rollout) {
            Choice::By(policy) => policy.simulation.as_ref().is_some_and(|asked| asked.workflow.is_some()),
            Choice::Missing(_) | Choice::Nothing => false,
        };
        self.session.service.is_some() || named
    }

    /// Says why every errand for a Rollout would be refused now, whatever else stands in its way.
    pub fn errand_objection(&self, rollout: &Rollout, now: Timestamp) -> Option<Refusal> {
        if let Err(refusal) = self.errand_goal(rollout) {
            return Some(refusal);
        }
        let [run, rerun] = Wanted::WORDS;
        let refusal = self.errand_leave(rollout, run, now).err()?;
        self.errand_leave(rollout, rerun, now).is_err().then_some(refusal)
    }

    /// Says why a run would not be taken up again now.
    pub fn rerun_objection(&self, rollout: &Rollout, run: &Run, now: Timestamp) -> Option<Refusal> {
        let [_, rerun] = Wanted::WORDS;
        errand::objection(run, rollout).err().or_else(|| self.errand_leave(rollout, rerun, now).err())
    }

    /// Says why no new run would be begun now.
    pub fn run_objection(&self, rollout: &Rollout, now: Timestamp) -> Option<Refusal> {
        let [run, _] = Wanted::WORDS;
        self.errand_leave(rollout, run, now).err()
    }

    fn errand_leave(&self, rollout: &Rollout, word: &str, now: Timestamp) -> Verdict {
        let (context, role) = (&*self.session.context, self.session.role.as_ref().map(Printable::as_str));
        self.session.policy.judge_errand((context, &rollout.meta.key), word, role, now)
    }

    /// Returns the Rollout as observed, unless something stands in the way of any errand for it.
    fn errandable(&self, key: &Key, now: Now) -> Result<Arc<Rollout>, Printable> {
        let gone = || Printable::ours("This Rollout is gone: there is nothing left to order.");
        let rollout = self.store.rollout(key).cloned().ok_or_else(gone)?;
        if self.session.origin != Origin::Cluster {
            return Err(Printable::ours("This is a dump, not a cluster: nothing can be sent from it."));
        }
        if let Some(refusal) = self.errand_objection(&rollout, now.wall) {
            return Err(Printable::from(refusal.to_string()));
        }
        if let Some(why) = &self.unrecorded {
            return Err(why.clone());
        }
        if let Some(errand) = self.errands.under_way(key) {
            let (word, stands) = (errand.wanted().word(), words::describe(errand));
            return Err(Printable::from(format!("{word} is still under way here: {stands}")));
        }
        match self.hindrance(key, now.wall) {
            Some(why) => Err(why),
            None => Ok(rollout),
        }
    }

    /// Has the runs of the workflow read for the Rollout that is being chosen for.
    pub(super) fn ask_for_runs(&mut self, now: Now) -> Vec<Effect> {
        let Some(key) = self.choosing.as_ref().map(|choosing| choosing.key.clone()) else {
            return Vec::new();
        };
        let asked = self.errandable(&key, now).and_then(|rollout| {
            let goal = self.errand_goal(&rollout).map_err(|refusal| Printable::from(refusal.to_string()));
            goal.map(|(_, workflow)| workflow)
        });
        match asked {
            Ok(workflow) => {
                self.show(Ok(Stage::Asking(workflow.clone())));
                vec![Effect::ReadRuns { key, workflow }]
            }
            Err(why) => {
                self.show(Err(why));
                Vec::new()
            }
        }
    }

    /// Takes in the runs of a workflow, unless something else is being chosen by now.
    pub(in crate::app) fn heard_runs(
        &mut self,
        key: &Key,
        workflow: &str,
        read: Result<Vec<Run>, Printable>,
    ) -> Vec<Effect> {
        self.dirty = true;
        let aborted = self.store.rollout(key).is_some_and(|rollout| rollout.status.abort == Some(true));
        let Some(choosing) = self.choosing.as_mut().filter(|choosing| choosing.key == *key) else {
            return Vec::new();
        };
        let Stage::Asking(asked) = &choosing.stage else { return Vec::new() };
        if **asked != *workflow {
            return Vec::new();
        }
        match read {
            Ok(runs) => {
                let listed = Listed { workflow: asked.clone(), runs };
                choosing.selected = listed.first(aborted);
                choosing.stage = Stage::Workflow(Arc::new(listed));
            }
            Err(why) => {
                self.refuse_reading(Printable::from(format!(
                    "The runs of {workflow} could not be read: {why}."
                )));
            }
        }
        Vec::new()
    }

    /// Begins a run, or goes on to the steps of the one that is selected.
    pub(super) fn take_run(&mut self, listed: &Arc<Listed>, row: usize, now: Now) {
        let Some(run) = listed.run(row) else {
            return self.stage_errand(Wanted::Begin { workflow: listed.workflow.clone() }, listed, now);
        };
        let Some(choosing) = &mut self.choosing else { return };
        let rollout = self.store.rollout(&choosing.key).cloned();
        let refused = rollout.and_then(|rollout| self.rerun_objection(&rollout, run, now.wall));
        if let Some(refusal) = refused {
            return self.show(Err(Printable::from(refusal.to_string())));
        }
        if run.steps.is_empty() {
            return self.show(Err(Printable::ours("This run has no step from which it could be taken up.")));
        }
        let first = run.steps.iter().position(|step| run.failed.contains(step)).unwrap_or(0);
        if let Some(choosing) = &mut self.choosing {
            (choosing.stage, choosing.selected) = (Stage::Steps(listed.clone(), row), first);
        }
    }

    /// Stages that a run is taken up again from the selected step.
    pub(super) fn take_step(&mut self, listed: &Arc<Listed>, (row, step): (usize, usize), now: Now) {
        let run = listed.run(row);
        match run.and_then(|run| Some((run.clone(), run.steps.get(step)?.clone()))) {
            Some((run, step)) => self.stage_errand(Wanted::Again { run, step }, listed, now),
            None => self.show(Err(Printable::ours("What was selected is gone: go back and choose again."))),
        }
    }

    fn stage_errand(&mut self, wanted: Wanted, listed: &Listed, now: Now) {
        match self.try_errand(wanted, listed, now) {
            Ok(()) => self.choosing = None,
            Err(why) => self.show(Err(why)),
        }
    }

    fn try_errand(&mut self, wanted: Wanted, listed: &Listed, now: Now) -> Result<(), Printable> {
        let key = self.choosing.as_ref().map(|choosing| choosing.key.clone());
        let rollout = self.errandable(&key.ok_or("Nothing is being chosen.")?, now)?;
        let refused = |refusal: Refusal| Printable::from(refusal.to_string());
        let (service, workflow) = self.errand_goal(&rollout).map_err(refused)?;
        if *wanted.workflow() != workflow {
            return Err(Printable::ours("This is no run of the workflow that the gate policy names."));
        }
        let whither = self.whither(&rollout, service.clone());
        let id = self.session.mint(self.operations.next_number(), now.wall);
        let role = self.session.role.clone();
        let policy = self.session.policy.clone();
        let (listed, role) = (&*listed.runs, role.as_ref().map(Printable::as_str));
        let proposal = errand::Proposal { wanted, id, whither, listed, policy: &policy, role };
        let staged = errand::stage(proposal, &rollout, now.wall).map_err(refused)?;
        self.modal = Some(Modal::for_errand(&staged, now.mono));
        self.errands.stage(staged, now);
        self.browse.pin();
        Ok(())
    }

    fn whither(&self, rollout: &Rollout, service: Service) -> Whither {
        let target = self.session.target(rollout);
        Whither {
            context: target.context,
            server: target.server,
            key: target.key,
            uid: target.uid,
            user: target.user,
            service: service.url,
            tenant: service.tenant,
        }
    }
}
