//! What makes the things a Rollout names invalid: Services, templates, Ingresses, VirtualServices.
//!
//! It reads them as they stand now, so that a fault goes away by itself. Invariant: as in Argo, Services come first, then
//! templates, then routers (Argo: pkg/apis/rollouts/validation/validation_references.go).

use serde_json::{Value, json};

use super::invalid;
use crate::sim::model::rollout::pass::Rollout;
use crate::sim::model::rollout::set::{HASH, Metadata};
use crate::sim::model::rollout::spec::Analysis;
use crate::sim::model::rollout::templates::{Hashes, arguments, find, items, run_spec};
use crate::sim::objects::kind::{INGRESS, SERVICE, VIRTUAL_SERVICE};
use crate::sim::objects::{Objects, Place, Stored};

/// Gives the first fault of what a Rollout names.
///
/// # Errors
/// The fault.
pub fn check(objects: &Objects, rollout: &Rollout<'_>) -> Result<(), String> {
    let namespace = &rollout.stored.place.namespace;
    let services = services(rollout);
    for (field, name) in &services {
        if objects.get(&Place::new(&SERVICE, namespace, name)).is_none() {
            return Err(invalid(field, &json!(name), &format!("service \"{name}\" not found")));
        }
    }
    let analyses = analyses(rollout);
    for (field, analysis, _) in &analyses {
        if let Err(missing) = find(objects, namespace, analysis) {
            return Err(invalid(field, &json!(missing.name), &missing.message));
        }
    }
    let stable_ingresses = check_routers_exist(objects, rollout)?;
    for (field, name) in &services {
        if let Some(service) = objects.get(&Place::new(&SERVICE, namespace, name)) {
            check_service(field, service, rollout)?;
        }
    }
    for (field, analysis, is_background) in &analyses {
        check_analysis(objects, rollout, (field, analysis, *is_background))?;
    }
    let stable = rollout.spec.strategy.canary.as_ref().map_or("", |canary| &canary.stable_service);
    for (field, ingress) in stable_ingresses {
        if !leads_to(ingress, stable) {
            let name = &ingress.place.name;
            let detail = format!("ingress `{name}` has no rules using service {stable} backend");
            return Err(invalid(&field, &json!(&**name), &detail));
        }
    }
    Ok(())
}

fn services(rollout: &Rollout<'_>) -> Vec<(&'static str, String)> {
    let strategy = &rollout.spec.strategy;
    let mut all = Vec::new();
    if let Some(it) = &strategy.blue_green {
        all.push(("spec.strategy.blueGreen.activeService", it.active_service.clone()));
        all.push(("spec.strategy.blueGreen.previewService", it.preview_service.clone()));
    } else if let Some(canary) = &strategy.canary {
        all.push(("spec.strategy.canary.stableService", canary.stable_service.clone()));
        all.push(("spec.strategy.canary.canaryService", canary.canary_service.clone()));
    }
    all.retain(|(_, name)| !name.is_empty());
    all
}

fn analyses<'r>(rollout: &'r Rollout<'_>) -> Vec<(String, &'r Analysis, bool)> {
    let strategy = &rollout.spec.strategy;
    let mut all = Vec::new();
    if let Some(it) = &strategy.blue_green {
        let both = [
            ("prePromotionAnalysis", &it.pre_promotion_analysis),
            ("postPromotionAnalysis", &it.post_promotion_analysis),
        ];
        for (name, analysis) in both {
            let field = format!("spec.strategy.blueGreen.{name}.templates");
            all.extend(analysis.as_ref().map(|analysis| (field, analysis, false)));
        }
    } else if let Some(canary) = &strategy.canary {
        for (index, step) in canary.steps.iter().enumerate() {
            let field = format!("spec.strategy.canary.steps[{index}].analysis.templates");
            all.extend(step.analysis.as_ref().map(|analysis| (field, analysis, false)));
        }
        let field = "spec.strategy.canary.analysis.templates".to_owned();
        all.extend(canary.analysis.as_ref().map(|background| (field, &background.analysis, true)));
    }
    all
}

fn check_service(field: &str, service: &Stored, rollout: &Rollout<'_>) -> Result<(), String> {
    let name = &*service.place.name;
    let labels = rollout.spec.template.pointer("/metadata/labels");
    let selector = service.value.pointer("/spec/selector").and_then(Value::as_object);
    for (key, value) in selector.into_iter().flatten().filter(|(key, _)| *key != HASH) {
        if labels.and_then(|labels| labels.get(key)) != Some(value) {
            let detail = format!("Service \"{name}\" has unmatch label \"{key}\" in rollout");
            return Err(invalid(field, &json!(name), &detail));
        }
    }
    let metadata = Metadata::read(&service.value);
    let manager = metadata.annotations.get("argo-rollouts.argoproj.io/managed-by-rollouts");
    if manager.is_some_and(|manager| manager != rollout.name()) {
        let detail = format!("Service \"{name}\" is managed by another Rollout");
        return Err(invalid(field, &json!(name), &detail));
    }
    Ok(())
}

fn check_analysis(
    objects: &Objects,
    rollout: &Rollout<'_>,
    (field, analysis, is_background): (&str, &Analysis, bool),
) -> Result<(), String> {
    let Ok(templates) = find(objects, &rollout.stored.place.namespace, analysis) else { return Ok(()) };
    let hashes = Hashes { latest: "dummy-new-hash", stable: "dummy-stable-hash" };
    let given = arguments(&analysis.args, hashes, rollout).unwrap_or_default();
    let names = templates.iter().map(|template| template.name.as_str()).collect::<Vec<_>>().join(" ");
    run_spec(&templates, analysis, &given)
        .map_err(|detail| invalid(field, &json!(format!("templateNames: [{names}]")), &detail))?;
    if is_background {
        return Ok(());
    }
    for template in &templates {
        let endless = |metric: &&Value| metric.get("count").is_none() && metric.get("interval").is_some();
        if let Some(metric) = items(template.spec, "metrics").find(endless) {
            let (name, metric) =
                (&template.name, metric.get("name").and_then(Value::as_str).unwrap_or_default());
            let detail = format!(
                "AnalysisTemplate {name} has metric {metric} which runs indefinitely. Invalid value for count: <nil>"
            );
            return Err(invalid(field, &json!(name), &detail));
        }
    }
    Ok(())
}

/// Looks up what the router is named; gives the Ingresses that have to lead to the stable Service.
fn check_routers_exist<'a>(
    objects: &'a Objects,
    rollout: &Rollout<'_>,
) -> Result<Vec<(String, &'a Stored)>, String> {
    let Some(routing) = rollout.spec.routing() else { return Ok(Vec::new()) };
    let namespace = &rollout.stored.place.namespace;
    let mut found = Vec::new();
    if let Some(nginx) = routing.routers.get("nginx") {
        let one = nginx.get("stableIngress").and_then(Value::as_str).filter(|name| !name.is_empty());
        let many = items(nginx, "stableIngresses").filter_map(Value::as_str);
        let base = "spec.strategy.canary.trafficRouting.nginx";
        let all: Vec<_> = one
            .map(|name| ("stableIngress", name))
            .into_iter()
            .chain(many.map(|name| ("stableIngresses", name)))
            .collect();
        if all.is_empty() {
            let detail =
                "Either StableIngress or StableIngresses must be configured. Neither are configured.";
            return Err(format!("{base}: Internal error: {detail}"));
        }
        for (field, name) in all {
            let field = format!("{base}.{field}");
            let Some(ingress) = objects.get(&Place::new(&INGRESS, namespace, name)) else {
                let detail = format!("ingress.networking.k8s.io \"{name}\" not found");
                return Err(invalid(&field, &json!(name), &detail));
            };
            found.push((field, &**ingress));
        }
    }
    if let Some(name) = routing.routers.get("istio").and_then(|istio| istio.pointer("/virtualService/name")) {
        let name = name.as_str().unwrap_or_default();
        if objects.get(&Place::new(&VIRTUAL_SERVICE, namespace, name)).is_none() {
            let field = "spec.strategy.canary.trafficRouting.istio.virtualService.name";
            let detail = format!("virtualservices.networking.istio.io \"{name}\" not found");
            return Err(invalid(field, &json!(name), &detail));
        }
    }
    Ok(found)
}

fn leads_to(ingress: &Stored, service: &str) -> bool {
    let spec = ingress.value.get("spec").unwrap_or(&Value::Null);
    let paths =
        items(spec, "rules").filter_map(|rule| rule.get("http")).flat_map(|http| items(http, "paths"));
    let mut names = paths
        .filter_map(|path| path.pointer("/backend/service/name"))
        .chain(spec.pointer("/defaultBackend/service/name"));
    names.any(|name| name.as_str() == Some(service))
}
