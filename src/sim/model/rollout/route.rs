//! The router's weights: how a canary's traffic is shared.
//!
//! Every router counts as one that does at once what it is told; none is asked, so none verifies. Invariant: the new
//! version gets no traffic before it has pods, and the stable one none that it cannot serve (Argo:
//! rollout/trafficrouting.go `reconcileTrafficRouting`).

use super::pass::Pass;
use super::replicas::{are_reached, is_enough, step_weight};
use super::status::{Destination, Weights};

impl Pass<'_> {
    /// Shares the traffic as the step asks.
    pub fn route(&mut self) {
        if self.spec().routing().is_none() {
            self.next.canary.weights = None;
            return;
        }
        let stable_hash = self.sets.stable_set().map(|set| set.hash().to_owned()).unwrap_or_default();
        let mut canary_hash = self.sets.new_set().map(|set| set.hash().to_owned()).unwrap_or_default();
        let (weight, additional) = match self.dynamic_rollback() {
            Some(from) => {
                canary_hash = from;
                (self.weight_going_back(), Vec::new())
            }
            None => self.weight(),
        };
        let whole = self.spec().whole_weight();
        if !self.stable_can_serve(whole - weight) {
            return;
        }
        self.tell_routers(weight);
        let (canary_service, stable_service) = self.canary_services();
        let experiment: i64 = additional.iter().map(|share: &Destination| share.weight).sum();
        let weights = Weights {
            canary: Destination { weight, service_name: canary_service, pod_template_hash: canary_hash },
            stable: Destination {
                weight: whole - weight - experiment,
                service_name: stable_service,
                pod_template_hash: stable_hash,
            },
            additional,
            verified: None,
        };
        let before = self.was().canary.weights.clone();
        if before.as_ref().is_some_and(|before| Weights { verified: None, ..before.clone() } == weights) {
            if let Some(weights) = &mut self.next.canary.weights {
                weights.verified = None;
            }
            return;
        }
        self.tell(
            "TrafficWeightUpdated",
            format!("Traffic weight updated {}", change(before.as_ref(), &weights)),
        );
        self.next.canary.weights = Some(weights);
    }

    /// Gives the names of the canary's and of the stable Service.
    pub fn canary_services(&self) -> (String, String) {
        let canary = self.spec().strategy.canary.as_ref();
        canary
            .map(|canary| (canary.canary_service.clone(), canary.stable_service.clone()))
            .unwrap_or_default()
    }

    /// Gives the new version's weight, and what an Experiment's versions get.
    fn weight(&mut self) -> (i64, Vec<Destination>) {
        if self.was().is_promoted() {
            return (0, Vec::new());
        }
        if self.is_aborted() {
            let weight = self.weight_going_back();
            if weight == 0 || !self.spec().is_dynamic() {
                let (service, stable) = (self.canary_services().0, self.sets.stable_set().cloned());
                self.lead(&service, stable.as_ref(), false);
            }
            return (weight, Vec::new());
        }
        let available = self.sets.new_set().map_or(0, |set| set.status.available_replicas);
        if available == 0 {
            return (0, self.experiment_shares());
        }
        if self.was().promote_full {
            let (whole, wanted) = (self.spec().whole_weight(), self.spec().wanted().max(1));
            let weights = self.was().canary.weights.as_ref();
            let kept = weights.map_or(0, |weights| weights.canary.weight);
            return (if self.spec().is_dynamic() { whole * available / wanted } else { kept }, Vec::new());
        }
        self.weight_of_step()
    }

    fn weight_of_step(&self) -> (i64, Vec<Destination>) {
        let Some(index) = self.step_index() else { return (0, Vec::new()) };
        if !are_reached(&self.rollout, &self.sets, None) {
            // The pods of the step are not there yet: the weight of the steps before it stays.
            let before = usize::try_from(index).unwrap_or(0);
            let weight = self.spec().steps().iter().take(before).rev().find_map(|step| step.set_weight);
            return (weight.unwrap_or(0), self.experiment_shares());
        }
        if Some(index) == self.spec().end() {
            return (self.spec().whole_weight(), Vec::new());
        }
        (step_weight(&self.rollout), self.experiment_shares())
    }

    /// Tells whether the stable version has the pods for its share (Argo: `checkReplicasAvailable`).
    fn stable_can_serve(&self, weight: i64) -> bool {
        let Some(stable) = self.sets.stable_set() else { return false };
        let wanted = weight * self.spec().wanted() / self.spec().whole_weight().max(1);
        stable.status.available_replicas >= wanted || is_enough(&self.rollout, Some(stable), wanted)
    }
}

fn change(before: Option<&Weights>, after: &Weights) -> String {
    let to = after.canary.weight;
    let mut parts = match before.map(|before| before.canary.weight) {
        None => vec![format!("to {to}")],
        Some(from) if from != to => vec![format!("from {from} to {to}")],
        Some(_) => Vec::new(),
    };
    if before.is_some_and(|before| before.additional != after.additional) {
        let all = after.additional.iter();
        let all = all.map(|it| format!("{{{} {} {}}}", it.weight, it.service_name, it.pod_template_hash));
        parts.push(format!("additional: [{}]", all.collect::<Vec<_>>().join(" ")));
    }
    parts.join(", ")
}
