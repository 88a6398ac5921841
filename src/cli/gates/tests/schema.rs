use super::*;

/// Keywords that only say something to people.
const ANNOTATIONS: [&str; 4] = ["$schema", "title", "description", "default"];

/// The core, as the policy's authors wrote it.
const CORE: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  canary_lifetime_hours: 3
  metric_interval_hours: 1
  score:
    pass: 95
    marginal: 75
  rollback_triggers:
    max_error_rate_delta: 2.0
    max_policy_deny_rate: 0.03
";

/// Every setting that there is.
const ALL: &str = "\
name: shop
applies_to: {namespaces: [shop], names: ['*']}
rollout_gates:
  min_data_points_per_metric: 30
  canary_lifetime_hours: 2.5
  metric_interval_hours: 1
  metric_resolution: 30s
  score: {pass: 95, marginal: 75}
  method: sequential
  confidence: 0.99
  rollback_triggers:
    max_error_rate_delta: 2.0
    error_rate_metric: errors
    error_rate_floor: 0.1
    max_policy_deny_rate: 0.03
    policy_deny_metric: denied
    parser_failure_metric: errors
    sustained_overload: {reasons: [no_workers], at_least: 2, within: 10m}
    max_approvals_waiting: 5
    max_approval_wait: 30m
args: {job: web}
metrics:
  - name: errors
    query: errors{job=\"{{job}}\",hash=\"{{canary}}\"}
    stable_query: errors{hash=\"{{stable}}\"}
    direction: increase
    groups: [errors]
    critical: true
    must_have_data: true
    nan: replace
    outliers: remove
    outlier_factor: 2.5
    tolerance: 0.1
    effect_size: {measure: mean_ratio, allowed_increase: 1.1, allowed_decrease: 0.9, critical_increase: 1.5, critical_decrease: 0.5}
  - name: denied
groups: {errors: 60}
stages:
  canary_1_up_to: 10
  canary_2_up_to: 50
  latency_groups: [errors]
  business_cycle: {lasts: 24h, from: '09:00', zone: Europe/Berlin}
provider: main
policy_service: {topic: job.refund, bundle: secops/demo, workflow: refunds}
";

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn json(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"))
}

/// Tells whether a value is as a schema says; knows the keywords that ours uses, and no other.
fn fits(schema: &Value, value: &Value) -> bool {
    schema.as_object().unwrap().iter().all(|(keyword, wanted)| match keyword.as_str() {
        keyword if ANNOTATIONS.contains(&keyword) => true,
        "type" => match wanted.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            other => panic!("type {other}"),
        },
        "enum" => wanted.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
        "exclusiveMinimum" => value.as_f64().is_none_or(|number| number > wanted.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
        "required" => {
            let names = wanted.as_array().unwrap();
            value
                .as_object()
                .is_none_or(|it| names.iter().all(|name| it.contains_key(name.as_str().unwrap())))
        }
        "properties" => value.as_object().is_none_or(|it| {
            it.iter().all(|(name, inner)| wanted.get(name).is_none_or(|schema| fits(schema, inner)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|it| {
            let named = |name: &str| schema.pointer(&format!("/properties/{name}")).is_some();
            it.iter().filter(|(name, _)| !named(name)).all(|(_, inner)| match wanted {
                Value::Bool(allowed) => *allowed,
                schema => fits(schema, inner),
            })
        }),
        "items" => value.as_array().is_none_or(|it| it.iter().all(|inner| fits(wanted, inner))),
        other => panic!("keyword {other}"),
    })
}

/// Lists the settings that the reader knows in a place, by what it answers to one that it does not know.
fn known(place: &str) -> BTreeSet<String> {
    let refused = reader::read(&place.replace("HERE", "zzqzz: 1"), "x").unwrap_err();
    let (_, listed) = refused.why.split_once("zzqzz`").unwrap_or_else(|| panic!("{place}: {refused}"));
    let word = |text: &str| text.trim().trim_matches(['`', ';', ',', '.']).to_owned();
    let listed = listed.rsplit_once("there are ").or_else(|| listed.rsplit_once("expected ")).unwrap().1;
    listed.replace(" or ", ", ").replace("one of ", "").split(',').map(word).collect()
}

#[test]
fn the_schema_has_each_setting_of_the_reader_and_no_other() {
    for (place, pointer) in [
        ("{rollout_gates: {}, HERE}", ""),
        ("{rollout_gates: {}, applies_to: {HERE}}", "/properties/applies_to"),
        ("{rollout_gates: {HERE}}", "/properties/rollout_gates"),
        (
            "{rollout_gates: {score: {pass: 1, marginal: 1, HERE}}}",
            "/properties/rollout_gates/properties/score",
        ),
        (
            "{rollout_gates: {rollback_triggers: {HERE}}}",
            "/properties/rollout_gates/properties/rollback_triggers",
        ),
        (
            "{rollout_gates: {rollback_triggers: {sustained_overload: {HERE}}}}",
            "/properties/rollout_gates/properties/rollback_triggers/properties/sustained_overload",
        ),
        ("{rollout_gates: {}, metrics: [{name: a, HERE}]}", "/properties/metrics/items"),
        (
            "{rollout_gates: {}, metrics: [{name: a, effect_size: {HERE}}]}",
            "/properties/metrics/items/properties/effect_size",
        ),
        ("{rollout_gates: {}, stages: {HERE}}", "/properties/stages"),
        ("{rollout_gates: {}, policy_service: {HERE}}", "/properties/policy_service"),
        (
            "{rollout_gates: {}, stages: {business_cycle: {HERE}}}",
            "/properties/stages/properties/business_cycle",
        ),
    ] {
        let schema = schema();
        let at = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
        let named: BTreeSet<String> = at["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(named, known(place), "{pointer}");
        assert_eq!(at["additionalProperties"], json!(false), "{pointer}");
        let described = at["properties"].as_object().unwrap();
        assert!(described.iter().all(|(_, it)| it["description"].is_string() || it["items"].is_object()));
    }
}

#[test]
fn the_core_as_it_is_written_and_every_setting_fit_the_schema_and_are_read() {
    for text in [CORE, ALL] {
        assert!(fits(&schema(), &json(text)), "{text}");
        reader::read(text, "x").unwrap_or_else(|fault| panic!("{fault}"));
    }
    // Every setting that the schema names stands in the example, so that none of them is only promised.
    fn all(schema: &Value, value: &Value, missing: &mut Vec<String>) {
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            match value.get(name) {
                None => missing.push(name.clone()),
                Some(value) => all(inner, value, missing),
            }
        }
        if let (Some(items), Some(first)) = (schema.get("items"), value.get(0)) {
            all(items, first, missing);
        }
    }
    let mut missing = Vec::new();
    all(&schema(), &json(ALL), &mut missing);
    assert_eq!(missing, [""; 0]);
}

#[test]
fn what_the_schema_refuses_the_reader_refuses_too_and_the_other_way_round() {
    let mut seen = 0;
    for (right, wrong) in [
        ("pass: 95", "pass: 950"),
        ("pass: 95, ", ""),
        ("pass: 95, marginal: 75", "pass: 0.95, marginal: 0.75"),
        ("min_data_points_per_metric: 30", "min_data_points_per_metric: 1"),
        ("min_data_points_per_metric: 30", "min_data_points_per_metric: 2.5"),
        ("method: sequential", "method: sequentiel"),
        ("confidence: 0.99", "confidence: 1"),
        ("error_rate_floor: 0.1", "error_rate_floor: 0"),
        ("max_policy_deny_rate: 0.03", "max_policy_deny_rate: 3"),
        ("at_least: 2", "at_least: 0"),
        ("max_approvals_waiting: 5", "max_approvals_waiting: -1"),
        ("max_approval_wait: 30m", "max_approval_wait: 30"),
        ("direction: increase", "direction: up"),
        ("nan: replace", "nan: keep"),
        ("critical: true", "critical: 7"),
        ("outlier_factor: 2.5", "outlier_factor: 0"),
        ("tolerance: 0.1", "tolerance: -0.1"),
        ("measure: mean_ratio", "measure: ratio"),
        ("canary_1_up_to: 10", "canary_1_up_to: 0"),
        ("errors: 60", "errors: 160"),
        ("provider: main", "providr: main"),
        ("workflow: refunds", "workflow: [refunds]"),
        ("groups: [errors]", "groups: errors"),
        ("- name: errors\n", "- nam: errors\n"),
    ] {
        assert!(ALL.contains(right), "{right}");
        let text = ALL.replacen(right, wrong, 1);
        assert!(!fits(&schema(), &json(&text)), "the schema takes {wrong}");
        assert!(reader::read(&text, "x").is_err(), "the reader takes {wrong}");
        seen += 1;
    }
    assert_eq!(seen, 24);
}

#[test]
fn the_usual_value_that_the_schema_names_is_the_readers() {
    let without = |text: &str| reader::read(text, "x").unwrap();
    let base = "rollout_gates: {PUT}\nmetrics: [{name: m, query: 'q{h=\"{{canary}}\"}'}]\n";
    let usual = without(&base.replace("PUT", ""));
    let schema = schema();
    let core = schema.pointer("/properties/rollout_gates/properties").unwrap().as_object().unwrap();
    let mut seen = 0;
    for (name, setting) in core {
        let Some(default) = setting.get("default") else { continue };
        let given = base.replace("PUT", &format!("{name}: {default}"));
        assert_eq!(without(&given), usual, "{name}");
        seen += 1;
    }
    assert!(seen >= 5, "{seen} usual values: are they still found?");
}
