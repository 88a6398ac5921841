//! What templates and analyses come to: the Experiment's phase and its conditions.
//!
//! It owns the order in which they count (Argo: experiments/experiment.go calculateStatus, conditions.go). Invariant: an
//! Experiment that is over stays as it is.

use super::Pass;
use super::wire::{Condition, Standing, Status};
use crate::sim::model::analysis::wire::Phase;
use crate::sim::model::moment;

const PROGRESSING: &str = "Progressing";
const INVALID: &str = "InvalidSpec";

impl Pass<'_> {
    /// Draws the Experiment's phase and conditions from its templates and analyses.
    pub fn conclude(&mut self) {
        match self.next.phase {
            Phase::Unset => self.next.phase = Phase::Pending,
            Phase::Pending | Phase::Running => self.draw(),
            _ => {}
        }
        self.next.conditions.retain(|one| one.kind != INVALID);
        self.set_progress();
    }

    fn draw(&mut self) {
        let templates = self.templates();
        let analyses = self.analyses();
        if templates.0 == Phase::Running && self.next.available_at.is_none() {
            self.next.available_at = Some(moment::whole(self.now));
        }
        let required = self.spec.analyses.iter().any(|analysis| analysis.required_for_completion);
        let by_analyses = if templates.0.is_over() {
            templates.0 == Phase::Successful && (analyses.0.is_over() || required)
        } else {
            (analyses.0.is_over() && analyses.0 != Phase::Successful)
                || self.next.has_what_it_needs(&self.spec)
        };
        (self.next.phase, self.next.message) = if by_analyses { analyses } else { templates };
    }

    /// The worst of the templates (Argo: assessTemplates).
    fn templates(&self) -> (Phase, String) {
        let (mut worst, mut message) = (Standing::Successful, String::new());
        for template in &self.spec.templates {
            match self.next.template(&template.name) {
                None if Standing::Progressing.badness() > worst.badness() => worst = Standing::Progressing,
                Some(status) if status.status.badness() > worst.badness() => {
                    worst = status.status;
                    message.clone_from(&status.message);
                }
                _ => {}
            }
        }
        let phase = match worst {
            Standing::Progressing => Phase::Pending,
            Standing::Failed => Phase::Failed,
            Standing::Error => Phase::Error,
            Standing::Successful => Phase::Successful,
            Standing::Running | Standing::Unset => Phase::Running,
        };
        (phase, message)
    }

    /// The worst of the analyses (Argo: assessAnalysisRuns).
    fn analyses(&self) -> (Phase, String) {
        let (mut worst, mut message) = (Phase::Successful, String::new());
        for analysis in &self.spec.analyses {
            if let Some(run) = self.next.run(&analysis.name)
                && run.phase.badness() > worst.badness()
            {
                worst = run.phase;
                message.clone_from(&run.message);
            }
        }
        if self.next.has_what_it_needs(&self.spec) && worst.badness() < Phase::Running.badness() {
            return (Phase::Successful, "Required AnalysisRuns completed".to_owned());
        }
        if worst == Phase::Pending {
            worst = Phase::Running;
        }
        (worst, message)
    }

    fn set_progress(&mut self) {
        let name = &self.experiment.place.name;
        if self.next.phase == Phase::Successful {
            let message = format!("Experiment {name:?} has successfully ran and completed.");
            self.set("False", "ExperimentCompleted", message);
        } else if moved(&self.was, &self.next) {
            let known =
                self.was.conditions.iter().find(|one| one.kind == PROGRESSING && one.status == "True");
            let since = known.map(|one| one.last_transition_time);
            let message = format!("Experiment {name:?} is progressing.");
            self.next.conditions.retain(|one| one.kind != PROGRESSING);
            self.set("True", "ReplicaSetUpdated", message);
            if let (Some(since), Some(one)) = (since, self.next.conditions.last_mut()) {
                one.last_transition_time = since;
            }
        } else if self.was.available_at.is_some()
            && self.spec.over_at(&self.was).is_none_or(|time| time > self.now)
        {
            let message = format!("Experiment {name:?} is running.");
            self.set("True", "NewReplicaSetAvailable", message);
        }
    }

    /// Sets the progress, unless its status and reason stand already (Argo: SetExperimentCondition).
    fn set(&mut self, status: &str, reason: &str, message: String) {
        let known = self.next.conditions.iter().find(|one| one.kind == PROGRESSING).cloned();
        if known.as_ref().is_some_and(|one| one.status == status && one.reason == reason) {
            return;
        }
        let now = moment::whole(self.now);
        let since = known.filter(|one| one.status == status).map_or(now, |one| one.last_transition_time);
        self.next.conditions.retain(|one| one.kind != PROGRESSING);
        self.next.conditions.push(Condition {
            kind: PROGRESSING.to_owned(),
            status: status.to_owned(),
            last_update_time: now,
            last_transition_time: since,
            reason: reason.to_owned(),
            message,
        });
    }

    /// Says that the spec makes no sense.
    pub fn refuse(&mut self, message: String) {
        let now = moment::whole(self.now);
        if self.next.conditions.iter().any(|one| one.kind == INVALID && one.message == message) {
            return;
        }
        self.next.conditions.retain(|one| one.kind != INVALID);
        self.next.conditions.push(Condition {
            kind: INVALID.to_owned(),
            status: "True".to_owned(),
            last_update_time: now,
            last_transition_time: now,
            reason: INVALID.to_owned(),
            message,
        });
    }
}

/// Tells whether a template is new or its counts changed (Argo: ExperimentProgressing).
fn moved(was: &Status, is: &Status) -> bool {
    was.template_statuses.len() < is.template_statuses.len()
        || was.template_statuses.iter().any(|old| {
            is.template(&old.name).is_some_and(|new| {
                (old.replicas, old.ready_replicas, old.available_replicas)
                    != (new.replicas, new.ready_replicas, new.available_replicas)
            })
        })
}
