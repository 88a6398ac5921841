//! The versions that run in an Experiment, each a ReplicaSet.
//!
//! It owns making them, scaling them up at once and down after a while, and how each stands (Argo:
//! experiments/experiment.go reconcileTemplate, replicaset.go). Pods are the ReplicaSet controller's. Invariant: a
//! template that is over stays as it is.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Pass;
use super::wire::{Standing, Template, TemplateStatus};
use crate::sim::model::rollout::hash::template_hash;
use crate::sim::model::{Write, difference, moment, owner};
use crate::sim::objects::kind::REPLICA_SET;
use crate::sim::objects::{Part, Stored};

/// Label that ties pods to a version.
pub const HASH: &str = "rollouts-pod-template-hash";
/// Annotation with the Experiment's name.
pub const EXPERIMENT: &str = "experiment.argoproj.io/name";
/// Annotation with the template's name.
pub const TEMPLATE: &str = "experiment.argoproj.io/template-name";
const DEADLINE: &str = "scale-down-deadline";

impl<'a> Pass<'a> {
    /// The ReplicaSet of a template.
    pub fn set_of(&self, template: &str) -> Option<&'a Stored> {
        let mut owned = self.objects.owned_by(&REPLICA_SET, self.experiment);
        owned.find(|set| set.annotation(TEMPLATE) == Some(template)).map(|set| &**set)
    }

    /// Brings a template's ReplicaSet to what it shall be, and notes how it stands.
    pub fn look_after_template(&mut self, template: &Template) {
        let known = self.was.template(&template.name).cloned();
        let was = known
            .unwrap_or_else(|| TemplateStatus { name: template.name.clone(), ..TemplateStatus::default() });
        let mut status = was.clone();
        let desired = if self.ends || status.status.is_over() { 0 } else { template.replicas() };
        let set = self.set_of(&template.name);
        match set {
            None => {
                self.make_set(template);
                status.last_transition_time = Some(moment::whole(self.now));
            }
            Some(set) => {
                self.look_after_service(template, &mut status, set, desired);
                if number(set, "/spec/replicas") != desired {
                    self.scale(set, desired, template.replicas());
                    status.last_transition_time = Some(moment::whole(self.now));
                }
            }
        }
        let count = |pointer| set.map_or(0, |set| number(set, pointer));
        status.replicas = count("/status/replicas");
        status.updated_replicas = status.replicas;
        status.ready_replicas = count("/status/readyReplicas");
        status.available_replicas = count("/status/availableReplicas");
        let counts = |of: &TemplateStatus| (of.replicas, of.ready_replicas, of.available_replicas);
        if counts(&was) != counts(&status) {
            status.last_transition_time = Some(moment::whole(self.now));
        }
        self.judge(template, &mut status, desired);
        self.tell_standing(&was, &status);
        self.next.keep_template(status);
    }

    fn judge(&self, template: &Template, status: &mut TemplateStatus, desired: i64) {
        if status.status.is_over() {
            return;
        }
        let over = self.spec.over_at(&self.was).is_some_and(|time| time <= self.now);
        status.status = if desired == status.available_replicas {
            if over || self.ends { Standing::Successful } else { Standing::Running }
        } else {
            let moved = status.last_transition_time.unwrap_or(self.now);
            if self.spec.deadline(moved) <= self.now {
                let seconds = self.spec.progress_deadline();
                let name = &template.name;
                status.message =
                    format!("Template '{name}' exceeded its progressDeadlineSeconds ({seconds})");
                Standing::Failed
            } else if self.ends {
                Standing::Successful
            } else {
                Standing::Progressing
            }
        };
    }

    fn tell_standing(&mut self, was: &TemplateStatus, is: &TemplateStatus) {
        if was.status == is.status {
            return;
        }
        let mut message =
            format!("Template '{}' transitioned from {} -> {}", is.name, was.status.word(), is.status.word());
        if !is.message.is_empty() {
            message.push_str(&format!(": {}", is.message));
        }
        let (warning, reason) = match is.status {
            Standing::Failed => (true, "TemplateFailed"),
            Standing::Error => (true, "TemplateError"),
            Standing::Progressing => (false, "TemplateProgressing"),
            Standing::Running => (false, "TemplateRunning"),
            Standing::Successful => (false, "TemplateSuccessful"),
            Standing::Unset => (false, "Template"),
        };
        self.tell(warning, reason, message);
    }

    /// Asks for a template's ReplicaSet, without pods at first.
    fn make_set(&mut self, template: &Template) {
        let namespace = self.experiment.place.namespace.clone();
        let hash = template_hash(&template.template, None);
        let (mut pods, mut selector) = (template.template.clone(), template.selector.clone());
        difference::put(&mut pods, &["metadata", "labels", HASH], json!(hash));
        difference::put(&mut selector, &["matchLabels", HASH], json!(hash));
        let labels = pods.pointer("/metadata/labels").cloned();
        let name = &self.experiment.place.name;
        let mut value = json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": format!("{name}-{}", template.name),
                "namespace": *namespace,
                "labels": labels,
                "annotations": {EXPERIMENT: **name, TEMPLATE: template.name},
                "ownerReferences": [
                    owner::reference("argoproj.io/v1alpha1", "Experiment", &self.experiment.value),
                ],
            },
            "spec": {"replicas": 0, "selector": selector, "template": pods},
        });
        if template.min_ready_seconds > 0 {
            difference::put(&mut value, &["spec", "minReadySeconds"], json!(template.min_ready_seconds));
        }
        self.outcome.writes.push(Write::Create { kind: &REPLICA_SET, namespace, value });
    }

    /// Scales a ReplicaSet; down to nothing only when its deadline is over, which this sets first.
    fn scale(&mut self, set: &Stored, desired: i64, stays: i64) {
        let mut desired = desired;
        if desired == 0
            && let Some(deadline) = self.deadline(set).filter(|deadline| *deadline > self.now)
        {
            self.outcome.look_again(deadline);
            desired = stays;
        }
        let now = number(set, "/spec/replicas");
        if now == desired {
            return;
        }
        let patch = json!({"spec": {"replicas": desired}});
        self.outcome.writes.push(Write::Merge { place: set.place.clone(), part: Part::Whole, patch });
        let way = if now < desired { "up" } else { "down" };
        let message = format!("Scaled {way} ReplicaSet {} from {now} to {desired}", set.place.name);
        self.tell(false, "ScalingReplicaSet", message);
    }

    /// The time at which a ReplicaSet goes; it gets one if it has none, unless pods go at once.
    fn deadline(&mut self, set: &Stored) -> Option<Timestamp> {
        let delay = self.spec.scale_down_delay_seconds.unwrap_or(30);
        let known = set.annotation(DEADLINE);
        let annotation = match (delay, known) {
            (0, None) => return None,
            (0, Some(_)) => Value::Null,
            (_, Some(deadline)) => return deadline.parse().ok(),
            (_, None) => json!(moment::written(moment::after(self.now, SignedDuration::from_secs(delay)))),
        };
        let deadline = annotation.as_str().and_then(|text| text.parse().ok());
        let patch = json!({"metadata": {"annotations": {DEADLINE: annotation}}});
        self.outcome.writes.push(Write::Merge { place: set.place.clone(), part: Part::Whole, patch });
        deadline
    }
}

/// A number in an object; 0 where there is none.
pub fn number(object: &Stored, pointer: &str) -> i64 {
    object.value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}
