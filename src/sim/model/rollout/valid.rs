//! What makes a Rollout's spec invalid, in Argo's words.
//!
//! It covers the mistakes that people make; a spec that passes here may still be one that Argo's full validation of pod
//! templates would refuse. Invariant: the first fault in Argo's order is the one that is told (Argo:
//! pkg/apis/rollouts/validation).

use serde_json::{Value, json};

use super::conditions::{INVALID_SPEC, condition};
use super::pass::{Pass, Rollout};
use super::spec::{Amount, BlueGreen, Canary, Spec, Step};

pub mod references;

/// Names the field, the value and what is wrong with it, as Kubernetes does.
pub fn invalid(field: &str, value: &Value, detail: &str) -> String {
    format!("{field}: Invalid value: {value}: {detail}")
}

fn required(field: &str, detail: &str) -> String {
    if detail.is_empty() {
        format!("{field}: Required value")
    } else {
        format!("{field}: Required value: {detail}")
    }
}

/// Gives the first fault of a spec by itself.
///
/// # Errors
/// The fault.
pub fn check(rollout: &Rollout<'_>) -> Result<(), String> {
    let spec = &rollout.spec;
    not_negative("spec.replicas", spec.wanted())?;
    if spec.workload_ref.is_none() {
        check_selector(spec)?;
    }
    check_template(spec)?;
    not_negative("spec.minReadySeconds", spec.min_ready_seconds)?;
    not_negative("spec.revisionHistoryLimit", spec.history())?;
    not_negative("spec.progressDeadlineSeconds", spec.deadline())?;
    if spec.deadline() <= spec.min_ready_seconds {
        let detail = "must be greater than minReadySeconds";
        return Err(invalid("spec.progressDeadlineSeconds", &json!(spec.deadline()), detail));
    }
    match (&spec.strategy.blue_green, &spec.strategy.canary) {
        (None, None) => {
            let detail = "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'";
            Err(required("spec.strategy.strategy", detail))
        }
        (Some(_), Some(_)) => {
            let value = json!("blueGreen: true canary: true");
            Err(invalid("spec.strategy.strategy", &value, "Multiple Strategies can not be listed"))
        }
        (Some(blue_green), None) => check_blue_green(blue_green, spec),
        (None, Some(canary)) => check_canary(canary, spec),
    }
}

fn not_negative(field: &str, value: i64) -> Result<(), String> {
    if value < 0 { Err(invalid(field, &json!(value), "must be greater than or equal to 0")) } else { Ok(()) }
}

fn check_selector(spec: &Spec) -> Result<(), String> {
    match &spec.selector {
        None => Err(required("spec.selector", "Rollout has missing field '.spec.selector'")),
        Some(selector) if selector.match_labels.is_empty() && selector.match_expressions.is_empty() => {
            Err(invalid("spec.selector", &json!({}), "empty selector is invalid for deployment"))
        }
        Some(_) => Ok(()),
    }
}

fn check_template(spec: &Spec) -> Result<(), String> {
    let labels = spec.template.pointer("/metadata/labels").cloned().unwrap_or_default();
    let wanted = spec.selector.iter().flat_map(|selector| &selector.match_labels);
    if wanted.into_iter().any(|(key, value)| labels.get(key).and_then(Value::as_str) != Some(value)) {
        let detail = "`selector` does not match template `labels`";
        return Err(invalid("spec.template.metadata.labels", &labels, detail));
    }
    let containers = spec.template.pointer("/spec/containers").and_then(Value::as_array);
    let Some(containers) = containers.filter(|list| !list.is_empty()) else {
        return Err(required("spec.template.spec.containers", ""));
    };
    for (index, container) in containers.iter().enumerate() {
        for field in ["name", "image"] {
            if container.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(required(&format!("spec.template.spec.containers[{index}].{field}"), ""));
            }
        }
    }
    Ok(())
}

fn check_blue_green(strategy: &BlueGreen, spec: &Spec) -> Result<(), String> {
    if strategy.active_service == strategy.preview_service {
        let detail = "This rollout uses the same service for the active and preview services, but two different services are required.";
        return Err(invalid("spec.strategy.activeService", &json!(strategy.active_service), detail));
    }
    match strategy.scale_down_delay_revision_limit {
        Some(limit) if usize::try_from(spec.history()).is_ok_and(|history| history < limit) => {
            let detail = "This rollout's revision history limit can not be smaller than the rollout's scale down limit";
            Err(invalid("spec.strategy.scaleDownDelayRevisionLimit", &json!(limit), detail))
        }
        _ => Ok(()),
    }
}

fn check_canary(canary: &Canary, spec: &Spec) -> Result<(), String> {
    let zero = |amount: &Option<Amount>| amount.as_ref().is_some_and(|amount| amount.number() == 0);
    if zero(&canary.max_surge) && zero(&canary.max_unavailable) {
        let value = match &canary.max_surge {
            Some(Amount::Text(text)) => json!(text),
            _ => json!(0),
        };
        return Err(invalid(
            "spec.strategy.maxSurge",
            &value,
            "MaxSurge and MaxUnavailable both can not be zero",
        ));
    }
    let (stable, fresh) = (&canary.stable_service, &canary.canary_service);
    if !fresh.is_empty() && stable == fresh {
        let detail = "This rollout uses the same service for the stable and canary services, but two different services are required.";
        return Err(invalid("spec.strategy.stableService", &json!(stable), detail));
    }
    check_routing(canary)?;
    let steps = canary.steps.iter().enumerate();
    steps.into_iter().try_for_each(|(index, step)| check_step(index, step, canary, spec.whole_weight()))
}

fn check_routing(canary: &Canary) -> Result<(), String> {
    let dynamic = |detail| invalid("spec.strategy.dynamicStableScale", &json!(true), detail);
    let Some(routing) = &canary.traffic_routing else {
        if let Some(seconds) = canary.scale_down_delay_seconds {
            let detail = "Canary scaleDownDelaySeconds can only be used with traffic routing";
            return Err(invalid("spec.strategy.scaleDownDelaySeconds", &json!(seconds), detail));
        }
        if canary.dynamic_stable_scale {
            return Err(dynamic("Canary dynamicStableScale can only be used with traffic routing"));
        }
        return Ok(());
    };
    let subsets = routing.routers.get("istio").is_some_and(|istio| istio.get("destinationRule").is_some());
    let routers = ["alb", "smi", "apisix", "ambassador", "nginx", "appMesh", "traefik"];
    let by_service = routers.iter().any(|name| routing.routers.contains_key(*name));
    if by_service || (routing.routers.contains_key("istio") && !subsets) {
        let detail = "Canary service and Stable service must to be set to use Traffic Routing";
        for (field, name) in
            [("stableService", &canary.stable_service), ("canaryService", &canary.canary_service)]
        {
            if name.is_empty() {
                return Err(invalid(&format!("spec.strategy.{field}"), &json!(""), detail));
            }
        }
    }
    if canary.scale_down_delay_seconds.is_some() && canary.dynamic_stable_scale {
        return Err(dynamic("Canary dynamicStableScale cannot be used with scaleDownDelaySeconds"));
    }
    match routing.max_traffic_weight {
        Some(weight)
            if !routing.routers.contains_key("nginx") && !routing.routers.contains_key("plugins") =>
        {
            let detail = "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins";
            Err(invalid("spec.strategy.trafficRouting.maxTrafficWeight", &json!(weight), detail))
        }
        _ => Ok(()),
    }
}

fn check_step(index: usize, step: &Step, canary: &Canary, whole: i64) -> Result<(), String> {
    let field = format!("spec.strategy.steps[{index}]");
    let detail =
        "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause";
    let (experiment, pause) = (step.experiment.is_some(), step.pause.is_some());
    let (weight, analysis) = (step.set_weight.is_some(), step.analysis.is_some());
    if [experiment, pause, weight, analysis].iter().filter(|is| **is).count() > 1 {
        let value = format!(
            "step.Experiment: {experiment} step.Pause: {pause} step.SetWeight: {weight} step.Analysis: {analysis}"
        );
        return Err(invalid(&field, &json!(value), detail));
    }
    let routes = step.set_header_route.is_some() || step.set_mirror_route.is_some();
    let other = step.set_canary_scale.is_some() || routes || step.plugin.is_some();
    if !(experiment || pause || weight || analysis || other) {
        let names = [
            "Experiment",
            "Pause",
            "SetWeight",
            "Analysis",
            "SetCanaryScale",
            "SetHeaderRoute",
            "SetMirrorRoute",
            "Plugin",
        ];
        let value = names.map(|name| format!("step.{name}: true")).join(" ");
        return Err(invalid(&field, &json!(value), detail));
    }
    if let Some(weight) = step.set_weight.filter(|weight| !(0..=whole).contains(weight)) {
        let detail = format!("SetWeight needs to be between 0 and {whole}");
        return Err(invalid(&format!("{field}.setWeight"), &json!(weight), &detail));
    }
    let seconds = step.pause.as_ref().and_then(|pause| pause.seconds());
    if let Some(seconds) = seconds.filter(|seconds| *seconds < 0) {
        let detail = "Duration needs to be greater than 0";
        return Err(invalid(&format!("{field}.pause.duration"), &json!(seconds), detail));
    }
    check_routed_step(&field, step, canary)
}

fn check_routed_step(field: &str, step: &Step, canary: &Canary) -> Result<(), String> {
    let routing = canary.traffic_routing.as_ref();
    let has = |name: &str| routing.is_some_and(|routing| routing.routers.contains_key(name));
    if step.set_canary_scale.is_some() && routing.is_none() {
        let detail = "SetCanaryScale requires TrafficRouting to be set";
        return Err(required("spec.strategy.trafficRouting", detail));
    }
    let takes_headers = ["istio", "alb", "apisix", "plugins"].iter().any(|name| has(name));
    if let Some(route) = step.set_header_route.as_ref().filter(|_| !takes_headers) {
        let detail = "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix";
        return Err(invalid(&format!("{field}.setHeaderRoute"), &json!({ "name": route.name }), detail));
    }
    if let Some(route) = step.set_mirror_route.as_ref().filter(|_| !has("istio")) {
        let detail = "SetMirrorRoute requires TrafficRouting, supports Istio only";
        return Err(invalid(&format!("{field}.setMirrorRoute"), &json!({ "name": route.name }), detail));
    }
    let routes = [("setHeaderRoute", &step.set_header_route), ("setMirrorRoute", &step.set_mirror_route)];
    for (kind, route) in routes.into_iter().filter_map(|(kind, route)| Some((kind, route.as_ref()?))) {
        let Some(managed) = routing.and_then(|routing| routing.managed_routes.as_ref()) else {
            let detail = "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'";
            return Err(required("spec.strategy.trafficRouting.managedRoutes", detail));
        };
        if !managed.iter().any(|known| known.get("name").and_then(Value::as_str) == Some(&route.name)) {
            let detail = "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes";
            return Err(invalid(&format!("{field}.{kind}"), &json!(route.name), detail));
        }
    }
    Ok(())
}

impl Pass<'_> {
    /// Says in the status why the spec cannot be followed (Argo: `createInvalidRolloutCondition`).
    pub fn refuse(&mut self, fault: &str) {
        let message = format!("The Rollout \"{}\" is invalid: {fault}", self.rollout.name());
        let known = self.was().condition(INVALID_SPEC).map(|known| known.message.clone());
        let observed = self.was().observed_generation == self.rollout.metadata.generation.to_string();
        if known.as_ref() != Some(&message) || !observed {
            let mut next = self.was().clone();
            if known.as_ref() != Some(&message) {
                next.unset(INVALID_SPEC);
            }
            next.set(condition(INVALID_SPEC, "True", INVALID_SPEC, message, self.now));
            self.write_conditions(next);
        }
        self.again_in(10);
    }
}
