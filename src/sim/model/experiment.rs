//! Argo's Experiment controller, v1.9.1, as one pure look at one Experiment.
//!
//! It owns the order of a look: templates, analyses, status, Events (Argo: experiments/experiment.go, controller.go).
//! It never measures and never touches the Rollout that owns the Experiment, but tells it of its analyses. Invariant:
//! templates and analyses are judged by the status as it was when the look began.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::model::analysis::wire::Phase;
use crate::sim::model::{Outcome, Write, difference, owner};
use crate::sim::objects::{Objects, Part, Place, Stored};

mod analyses;
mod services;
mod templates;
mod verdict;
mod wire;

use wire::{Spec, Status};

/// Looks at one Experiment.
pub fn reconcile(objects: &Objects, place: &Place, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(experiment) = objects.get(place) else { return outcome };
    if owner::leaving(&experiment.value) {
        return outcome;
    }
    let spec = experiment.value.get("spec").cloned().unwrap_or_default();
    let spec: Spec = serde_json::from_value(spec).unwrap_or_default();
    let old = experiment.value.get("status").cloned().unwrap_or(Value::Null);
    let was: Status = serde_json::from_value(old.clone()).unwrap_or_default();
    let ends = was.ends(&spec);
    let next = was.clone();
    let mut pass = Pass { objects, experiment, spec, was, next, ends, now, outcome: &mut outcome };
    pass.go();
    let (was, next) = (pass.was.phase, pass.next);
    let phase = next.phase;
    let new = serde_json::to_value(next).unwrap_or_default();
    if let Some(patch) = difference::patch(&old, &new) {
        let patch = json!({ "status": patch });
        outcome.writes.push(Write::Merge { place: place.clone(), part: Part::Whole, patch });
    }
    if phase != was {
        let message = format!("Experiment transitioned from {} -> {}", was.word(), phase.word());
        let warning = matches!(phase, Phase::Failed | Phase::Error | Phase::Inconclusive);
        outcome.writes.push(Write::Tell { about: place.clone(), warning, reason: reason(phase), message });
    }
    outcome
}

fn reason(phase: Phase) -> &'static str {
    match phase {
        Phase::Unset => "Experiment",
        Phase::Pending => "ExperimentPending",
        Phase::Running => "ExperimentRunning",
        Phase::Successful => "ExperimentSuccessful",
        Phase::Failed => "ExperimentFailed",
        Phase::Error => "ExperimentError",
        Phase::Inconclusive => "ExperimentInconclusive",
    }
}

/// One look at one Experiment.
struct Pass<'a> {
    objects: &'a Objects,
    experiment: &'a Stored,
    spec: Spec,
    was: Status,
    next: Status,
    /// Whether it is on its way to its end: nothing new begins, everything is taken down.
    ends: bool,
    now: Timestamp,
    outcome: &'a mut Outcome,
}

impl Pass<'_> {
    fn go(&mut self) {
        if let Some(fault) = self.spec.fault(&self.experiment.place.name) {
            self.refuse(fault);
            return;
        }
        for template in self.spec.templates.clone() {
            self.look_after_template(&template);
        }
        for analysis in self.spec.analyses.clone() {
            self.look_after_analysis(&analysis);
        }
        self.conclude();
        self.plan();
    }

    /// Asks for a look when the duration or a deadline is over (Argo: calculateEnqueueDuration).
    fn plan(&mut self) {
        if self.next.ends(&self.spec) {
            return;
        }
        if let Some(time) = self.spec.over_at(&self.next).filter(|time| *time > self.now) {
            self.outcome.look_again(time);
        }
        for template in &self.spec.templates {
            let Some(status) = self.next.template(&template.name) else { continue };
            let waits = !status.status.is_over() && status.available_replicas != template.replicas();
            let deadline = status.last_transition_time.map(|time| self.spec.deadline(time));
            if let Some(time) = deadline.filter(|time| waits && *time > self.now) {
                self.outcome.look_again(time);
            }
        }
    }

    fn tell(&mut self, warning: bool, reason: &'static str, message: String) {
        let about = self.experiment.place.clone();
        self.outcome.writes.push(Write::Tell { about, warning, reason, message });
    }
}

#[cfg(test)]
mod tests;
