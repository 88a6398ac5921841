use serde_json::json;

use super::*;
use crate::rollout::Key;
use crate::rollout::traffic::Routes;

fn reference(kind: TrafficKind, part: Part) -> TrafficRef {
    let key = Key { namespace: "shop".into(), name: "object".into() };
    TrafficRef { kind, key, selector: None, canary: "new".into(), stable: "old".into(), part }
}

fn share(canary: i64, of: i64) -> Share {
    Share { canary: Some(canary), of }
}

fn istio(routes: Routes, spec: Value) -> Share {
    read(&reference(TrafficKind::VirtualService, Part::Routes(routes)), &json!({"spec": spec}))
}

/// A route of a VirtualService with these hosts and weights.
fn route(name: &str, weights: &[(&str, i64)]) -> Value {
    let destinations =
        weights.iter().map(|(host, weight)| json!({"destination": {"host": host}, "weight": weight}));
    let mut route = json!({"route": destinations.collect::<Vec<_>>()});
    if !name.is_empty() {
        route["name"] = json!(name);
    }
    route
}

#[test]
fn a_virtual_services_weights_are_those_of_the_rollouts_routes() {
    let none = Routes::default;
    let mine = route("", &[("new", 30), ("old", 70)]);
    let other = route("other", &[("new", 5), ("old", 95)]);
    assert_eq!(istio(none(), json!({"http": [mine]})), share(30, 100));
    assert_eq!(
        istio(none(), json!({"http": [other.clone()]})),
        share(5, 100),
        "the only one, whatever its name"
    );
    assert_eq!(
        istio(none(), json!({"http": [other.clone(), mine.clone()]})),
        share(30, 100),
        "the one without a name"
    );
    let named = || Routes { http: vec!["other".into()], ..none() };
    assert_eq!(istio(named(), json!({"http": [mine, other]})), share(5, 100));
    assert_eq!(istio(named(), json!({"http": []})), Share::UNKNOWN);
}

#[test]
fn hosts_are_compared_up_to_their_first_dot() {
    let spec = json!({"http": [route("", &[("new.shop.svc.cluster.local", 10), ("old.shop", 90)])]});
    assert_eq!(istio(Routes::default(), spec), share(10, 100));
    let spec = json!({"http": [route("", &[("newer", 10), ("older", 90)])]});
    assert_eq!(istio(Routes::default(), spec), Share::UNKNOWN, "neither is this Rollout's");
}

#[test]
fn subsets_of_one_host_are_told_apart_by_the_destination_rule_that_the_rollout_names() {
    let to = |subset: &str, weight: i64| json!({"destination": {"host": "web", "subset": subset}, "weight": weight});
    let spec = json!({"http": [{"route": [to("canary", 25), to("stable", 75)]}]});
    let routes = Routes { subsets: Some(("canary".into(), "stable".into())), ..Routes::default() };
    assert_eq!(istio(routes, spec), share(25, 100));
}

#[test]
fn a_destination_that_is_alone_takes_all() {
    let alone = |host: &str| {
        istio(Routes::default(), json!({"http": [{"route": [{"destination": {"host": host}}]}]}))
    };
    assert_eq!(alone("old"), share(0, 100));
    assert_eq!(alone("new"), share(100, 100));
}

#[test]
fn routes_that_say_different_things_say_nothing() {
    let routes = || Routes { http: vec!["a".into(), "b".into()], ..Routes::default() };
    let spec = |weight: i64| json!({"http": [route("a", &[("new", 20), ("old", 80)]), route("b", &[("new", weight), ("old", 100 - weight)])]});
    assert_eq!(istio(routes(), spec(20)), share(20, 100));
    assert_eq!(istio(routes(), spec(21)), Share::UNKNOWN);
}

#[test]
fn tls_and_tcp_routes_are_found_by_port_and_hosts() {
    let tls = |port: i64, host: &str, weight: i64| {
        let mut route = route("", &[("new", weight), ("old", 100 - weight)]);
        route["match"] = json!([{"port": port, "sniHosts": [host]}]);
        route
    };
    let routes = Routes { tls: vec![(443, vec!["b.example".into()])], ..Routes::default() };
    let spec =
        json!({"tls": [tls(443, "a.example", 1), tls(443, "b.example", 40), tls(8443, "b.example", 2)]});
    assert_eq!(istio(routes, spec), share(40, 100));
    let routes = Routes { tcp: vec![3306], ..Routes::default() };
    let spec = json!({"tcp": [tls(5432, "", 1), tls(3306, "", 15)]});
    assert_eq!(istio(routes, spec), share(15, 100));
}

fn nginx(annotations: Value) -> Share {
    let part = Part::Annotations { prefix: "nginx.ingress.kubernetes.io".into(), service: "".into() };
    read(&reference(TrafficKind::CanaryIngress, part), &json!({"metadata": {"annotations": annotations}}))
}

#[test]
fn the_canarys_ingress_bears_its_weight_and_what_it_is_of() {
    let key = |name: &str| format!("nginx.ingress.kubernetes.io/{name}");
    let with = |pairs: &[(&str, &str)]| {
        nginx(
            pairs
                .iter()
                .map(|(name, value)| (key(name), json!(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        )
    };
    assert_eq!(with(&[("canary", "true"), ("canary-weight", "35")]), share(35, 100));
    assert_eq!(
        with(&[("canary", "true"), ("canary-weight", "35"), ("canary-weight-total", "1000")]),
        share(35, 1000)
    );
    assert_eq!(with(&[("canary-weight", "35")]), Share::UNKNOWN, "it takes no part");
    assert_eq!(with(&[("canary", "true"), ("canary-weight", "many")]), Share::UNKNOWN);
    assert_eq!(with(&[("canary", "true"), ("canary-weight", "135")]), Share::UNKNOWN);
    assert_eq!(with(&[("canary", "true")]), Share::UNKNOWN);
    assert_eq!(
        nginx(json!({"other.prefix/canary": "true", "other.prefix/canary-weight": "5"})),
        Share::UNKNOWN
    );
}

#[test]
fn an_albs_action_holds_target_groups_spelled_in_either_case() {
    let alb = |service: &str, key: &str, action: &str| {
        let part = Part::Annotations { prefix: "alb.ingress.kubernetes.io".into(), service: service.into() };
        let key = format!("alb.ingress.kubernetes.io/actions.{key}");
        read(&reference(TrafficKind::AlbIngress, part), &json!({"metadata": {"annotations": {key: action}}}))
    };
    let argos = r#"{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"new","ServicePort":"80","Weight":10},{"ServiceName":"old","ServicePort":"80","Weight":90}]}}"#;
    let by_hand = r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"new","weight":10},{"serviceName":"old","weight":30}]}}"#;
    assert_eq!(alb("", "old", argos), share(10, 100));
    assert_eq!(alb("root", "root", argos), share(10, 100));
    assert_eq!(alb("", "old", by_hand), share(10, 40));
    assert_eq!(alb("", "other", argos), Share::UNKNOWN);
    assert_eq!(alb("", "old", "{"), Share::UNKNOWN);
}

#[test]
fn lists_of_backends_are_added_up() {
    let backends = |fields: (&str, &str), weights: [(&str, Value); 3]| {
        weights.map(|(name, weight)| json!({fields.0: name, fields.1: weight}))
    };
    let smi = |weights| {
        read(
            &reference(TrafficKind::TrafficSplit, Part::Whole),
            &json!({"spec": {"backends": backends(("service", "weight"), weights)}}),
        )
    };
    assert_eq!(smi([("new", json!(10)), ("old", json!(80)), ("trial", json!(10))]), share(10, 100));
    assert_eq!(
        smi([("new", json!("10")), ("old", json!("90")), ("trial", json!("0"))]),
        share(10, 100),
        "quantities"
    );
    assert_eq!(smi([("new", json!("500m")), ("old", json!("1")), ("trial", json!("0"))]), Share::UNKNOWN);
    assert_eq!(smi([("a", json!(1)), ("b", json!(1)), ("c", json!(1))]), Share::UNKNOWN);
    assert_eq!(smi([("new", json!(0)), ("old", json!(0)), ("c", json!(0))]), Share::UNKNOWN);
    let traefik = json!({"spec": {"weighted": {"services": [{"name": "old", "weight": 60}, {"name": "new", "weight": 40}]}}});
    assert_eq!(read(&reference(TrafficKind::TraefikService, Part::Whole), &traefik), share(40, 100));
}

#[test]
fn apisix_rules_are_found_by_name_and_have_to_agree() {
    let rule = |name: &str, new: i64| {
        json!({"name": name, "backends": [
        {"serviceName": "new", "weight": new}, {"serviceName": "old", "weight": 100 - new}]})
    };
    let apisix = |rules: &[&str]| {
        let part = Part::Rules(rules.iter().map(|name| (*name).into()).collect());
        read(
            &reference(TrafficKind::ApisixRoute, part),
            &json!({"spec": {"http": [rule("a", 20), rule("b", 20), rule("c", 50)]}}),
        )
    };
    assert_eq!(apisix(&["a", "b"]), share(20, 100));
    assert_eq!(apisix(&["a", "c"]), Share::UNKNOWN);
    assert_eq!(apisix(&["a", "gone"]), Share::UNKNOWN);
}

#[test]
fn a_gateway_routes_rule_counts_where_it_leads_to_both_versions() {
    let gateway = |rules: Value| {
        read(&reference(TrafficKind::HttpRoute, Part::Whole), &json!({"spec": {"rules": rules}}))
    };
    let both = json!({"backendRefs": [{"name": "new", "weight": 15}, {"name": "old", "weight": 85}]});
    let by_header = json!({"backendRefs": [{"name": "new"}]});
    let elsewhere = json!({"backendRefs": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]});
    assert_eq!(gateway(json!([by_header, elsewhere, both])), share(15, 100));
    assert_eq!(
        gateway(json!([{"backendRefs": [{"name": "new"}, {"name": "old"}]}])),
        share(1, 2),
        "1 where none is told"
    );
    assert_eq!(gateway(json!([by_header])), Share::UNKNOWN);
}

#[test]
fn of_a_gateway_route_only_the_rule_that_is_named_counts_where_one_is() {
    let rule = |name: &str, new: i64, old: i64| {
        json!({"name": name, "backendRefs": [
        {"name": "new", "weight": new}, {"name": "old", "weight": old}]})
    };
    let object = json!({"spec": {"rules": [rule("live", 0, 95), rule("argo", 30, 70)]}});
    let by = |part: Part| read(&reference(TrafficKind::HttpRoute, part), &object);
    assert_eq!(by(Part::Whole), Share::UNKNOWN, "they contradict each other");
    assert_eq!(by(Part::Rules(vec!["argo".into()])), share(30, 100));
    assert_eq!(by(Part::Rules(vec!["gone".into()])), Share::UNKNOWN);
}

#[test]
fn a_mapping_bears_the_canarys_weight() {
    let mapping = |spec: Value| read(&reference(TrafficKind::Mapping, Part::Whole), &json!({"spec": spec}));
    assert_eq!(mapping(json!({"weight": 45})), share(45, 100));
    assert_eq!(mapping(json!({})), Share::UNKNOWN);
}

#[test]
fn an_object_of_any_other_shape_says_nothing() {
    let kinds = [
        reference(TrafficKind::VirtualService, Part::Routes(Routes::default())),
        reference(TrafficKind::CanaryIngress, Part::Annotations { prefix: "p".into(), service: "".into() }),
        reference(TrafficKind::AlbIngress, Part::Annotations { prefix: "p".into(), service: "".into() }),
        reference(TrafficKind::TrafficSplit, Part::Whole),
        reference(TrafficKind::ApisixRoute, Part::Rules(vec!["r".into()])),
        reference(TrafficKind::HttpRoute, Part::Whole),
        reference(TrafficKind::Mapping, Part::Whole),
    ];
    let odd = [
        Value::Null,
        json!([]),
        json!({"spec": 7, "metadata": []}),
        json!({"spec": {"http": {}, "backends": "x", "rules": [7], "weight": {}}, "metadata": {"annotations": 1}}),
        json!({"spec": {"http": [{"route": [{"weight": -5, "destination": {"host": "new"}}, {"weight": 105}]}]}}),
    ];
    for reference in &kinds {
        for object in &odd {
            assert_eq!(read(reference, object).canary, None, "{reference:?} {object}");
        }
    }
}
