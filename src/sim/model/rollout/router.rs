//! What a router is told: nginx by a second Ingress, Istio by the weights in its VirtualService.
//!
//! Other routers hold nothing in this cluster; for them the status alone tells the weight. It never decides a weight.
//! Invariant: what is told already is not told again (Argo: rollout/trafficrouting/nginx, /istio).

use serde_json::{Map, Value, json};

use super::pass::Pass;
use super::put::put;
use super::templates::items;
use crate::sim::model::Write;
use crate::sim::objects::kind::{INGRESS, VIRTUAL_SERVICE};
use crate::sim::objects::{Part, Place, Stored};

impl Pass<'_> {
    /// Tells the routers a weight for the new version.
    pub fn tell_routers(&mut self, weight: i64) {
        let Some(routing) = self.spec().routing() else { return };
        let (nginx, istio) = (routing.routers.get("nginx").cloned(), routing.routers.get("istio").cloned());
        if let Some(nginx) = nginx {
            let one = nginx.get("stableIngress").into_iter().chain(items(&nginx, "stableIngresses"));
            for name in one.filter_map(Value::as_str).filter(|name| !name.is_empty()) {
                self.tell_nginx(&nginx, name, weight);
            }
        }
        if let Some(istio) = istio {
            for service in istio.get("virtualService").into_iter().chain(items(&istio, "virtualServices")) {
                self.tell_istio(service, weight);
            }
        }
    }

    fn tell_nginx(&mut self, nginx: &Value, stable: &str, weight: i64) {
        let namespace = self.place().namespace.clone();
        let Some(ingress) = self.objects.get(&Place::new(&INGRESS, &namespace, stable)) else { return };
        let name = format!("{}-{stable}-canary", self.rollout.name());
        let (annotations, spec) =
            (self.canary_annotations(nginx, ingress, weight), self.canary_spec(ingress));
        let place = Place::new(&INGRESS, &namespace, &name);
        let Some(known) = self.objects.get(&place) else {
            let value = json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {
                    "name": name,
                    "namespace": &*namespace,
                    "annotations": annotations,
                    "ownerReferences": self.rollout.owner_reference(),
                },
                "spec": spec,
            });
            let message = format!("Creating canary ingress `{name}` with weight `{weight}`");
            self.tell("CreatingCanaryIngress", message);
            return self.out.writes.push(Write::Create { kind: &INGRESS, namespace, value });
        };
        let is_told = annotations.iter().all(|(key, value)| known.annotation(key) == value.as_str());
        if !is_told || known.value.get("spec") != Some(&spec) {
            let message = format!("Updating Ingress `{name}` to desiredWeight '{weight}'");
            self.tell("PatchingCanaryIngress", message);
            let patch = json!({ "metadata": { "annotations": annotations }, "spec": spec });
            self.merge(place, Part::Whole, patch);
        }
    }

    fn canary_annotations(&self, nginx: &Value, stable: &Stored, weight: i64) -> Map<String, Value> {
        let prefix =
            nginx.get("annotationPrefix").and_then(Value::as_str).unwrap_or("nginx.ingress.kubernetes.io");
        let given = |key: &str| nginx.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let full =
            |key: &str| if key.starts_with(prefix) { key.to_owned() } else { format!("{prefix}/{key}") };
        let class = "kubernetes.io/ingress.class";
        let mut all = Map::new();
        all.extend(stable.annotation(class).map(|value| (class.to_owned(), json!(value))));
        all.extend(
            given("additionalIngressAnnotations").iter().map(|(key, value)| (full(key), value.clone())),
        );
        all.extend(given("canaryIngressAnnotations"));
        all.insert(format!("{prefix}/canary"), json!("true"));
        all.insert(format!("{prefix}/canary-weight"), json!(weight.to_string()));
        if let Some(total) = self.spec().routing().and_then(|routing| routing.max_traffic_weight) {
            all.insert(format!("{prefix}/canary-weight-total"), json!(total.to_string()));
        }
        all
    }

    /// Gives the stable Ingress's rules that lead to the stable Service, leading to the canary's instead.
    fn canary_spec(&self, stable: &Stored) -> Value {
        let (canary, from) = self.canary_services();
        let spec = stable.value.get("spec").unwrap_or(&Value::Null);
        let mut rules = Vec::new();
        for rule in items(spec, "rules") {
            let (mut rule, mut leads) = (rule.clone(), false);
            let paths = rule.pointer_mut("/http/paths").and_then(Value::as_array_mut);
            for name in
                paths.into_iter().flatten().filter_map(|path| path.pointer_mut("/backend/service/name"))
            {
                if name.as_str() == Some(&from) {
                    (*name, leads) = (json!(canary), true);
                }
            }
            if leads {
                rules.push(rule);
            }
        }
        let mut new = json!({ "rules": rules });
        for key in ["ingressClassName", "tls"] {
            if let Some(value) = spec.get(key) {
                put(&mut new, &[key], value.clone());
            }
        }
        new
    }

    fn tell_istio(&mut self, service: &Value, weight: i64) {
        let name = service.get("name").and_then(Value::as_str).unwrap_or_default();
        let named: Vec<&str> = items(service, "routes").filter_map(Value::as_str).collect();
        let place = Place::new(&VIRTUAL_SERVICE, &self.place().namespace, name);
        let Some(known) = self.objects.get(&place) else { return };
        let (canary, stable) = self.canary_services();
        let whole = self.spec().whole_weight();
        let before = known.value.pointer("/spec/http").cloned().unwrap_or_default();
        let mut http = before.clone();
        for route in http.as_array_mut().into_iter().flatten() {
            let is_named =
                route.get("name").and_then(Value::as_str).is_some_and(|name| named.contains(&name));
            if !named.is_empty() && !is_named {
                continue;
            }
            for way in route.get_mut("route").and_then(Value::as_array_mut).into_iter().flatten() {
                match way.pointer("/destination/host").and_then(Value::as_str) {
                    Some(host) if host == canary => put(way, &["weight"], json!(weight)),
                    Some(host) if host == stable => put(way, &["weight"], json!(whole - weight)),
                    _ => {}
                }
            }
        }
        if http != before {
            self.merge(place, Part::Whole, json!({ "spec": { "http": http } }));
            let message = format!("VirtualService `{name}` set to desiredWeight '{weight}'");
            self.tell("Updated VirtualService", message);
        }
    }
}
