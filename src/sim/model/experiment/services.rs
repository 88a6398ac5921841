//! The Service that a template of an Experiment gets, so that a router can send it its share.
//!
//! It owns making it and taking it away (Argo: experiments/service.go). It never routes. Invariant: a template without
//! `service`, or without ports, has none.

use serde_json::{Value, json};

use super::Pass;
use super::templates::{EXPERIMENT, HASH, TEMPLATE, number};
use super::wire::{Template, TemplateStatus};
use crate::sim::model::{Write, owner};
use crate::sim::objects::Stored;
use crate::sim::objects::kind::SERVICE;

impl Pass<'_> {
    /// Makes a template's Service while it runs, and takes it away when its pods are gone.
    pub fn look_after_service(
        &mut self,
        template: &Template,
        status: &mut TemplateStatus,
        set: &Stored,
        desired: i64,
    ) {
        let mut owned = self.objects.owned_by(&SERVICE, self.experiment);
        let known = owned.find(|service| service.annotation(TEMPLATE) == Some(template.name.as_str()));
        match (&template.service, known) {
            (Some(spec), None) if desired != 0 => self.make_service(template, spec, status, set),
            (Some(_), Some(service)) if desired == 0 && number(set, "/status/availableReplicas") == 0 => {
                self.outcome.writes.push(Write::Delete { place: service.place.clone() });
                status.service_name.clear();
                status.pod_template_hash.clear();
            }
            _ => {}
        }
    }

    fn make_service(&mut self, template: &Template, spec: &Value, status: &mut TemplateStatus, set: &Stored) {
        let ports = ports(&set.value);
        if ports.is_empty() {
            return;
        }
        let given = owner::text(spec, "/name");
        let name = if given.is_empty() { &*set.place.name } else { given };
        let namespace = self.experiment.place.namespace.clone();
        let labels = set.value.pointer("/metadata/labels").cloned().unwrap_or_default();
        let value = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name,
                "namespace": *namespace,
                "annotations": {EXPERIMENT: *self.experiment.place.name, TEMPLATE: template.name},
                "ownerReferences": [
                    owner::reference("argoproj.io/v1alpha1", "Experiment", &self.experiment.value),
                ],
            },
            "spec": {"selector": labels, "ports": ports},
        });
        self.outcome.writes.push(Write::Create { kind: &SERVICE, namespace, value });
        name.clone_into(&mut status.service_name);
        set.label(HASH).unwrap_or_default().clone_into(&mut status.pod_template_hash);
    }
}

/// A Service's ports for all that a template's containers listen on.
fn ports(set: &Value) -> Vec<Value> {
    let containers = set.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let all = containers.into_iter().flatten().filter_map(|one| one.get("ports")?.as_array()).flatten();
    all.map(|port| {
        let number = port.get("containerPort").cloned().unwrap_or_default();
        let mut made = json!({"port": number, "targetPort": number});
        for key in ["protocol", "name"] {
            if let (Some(value), Some(made)) = (port.get(key), made.as_object_mut()) {
                made.insert(key.to_owned(), value.clone());
            }
        }
        made
    })
    .collect()
}
