use serde_json::{Value, json};

use super::*;
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};

fn rollout(canary: Value, status: Value) -> Rollout {
    let stored = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"strategy": {"canary": canary}}, "status": {"canary": status},
    });
    match parse::from_value(stored, &mut Interner::default()) {
        Some(Object::Rollout(rollout)) => *rollout,
        other => panic!("{other:?}"),
    }
}

fn refs(routing: Value) -> Vec<TrafficRef> {
    let canary = json!({"canaryService": "new", "stableService": "old", "trafficRouting": routing});
    rollout(canary, json!({})).traffic_refs()
}

/// Kinds, namespaces and names that a `trafficRouting` means.
fn named(routing: Value) -> Vec<(&'static str, String)> {
    refs(routing)
        .iter()
        .map(|one| (one.kind.word(), format!("{}/{}", one.key.namespace, one.key.name)))
        .collect()
}

#[test]
fn each_router_names_its_objects_by_its_own_rule() {
    let cases = [
        (json!({"nginx": {"stableIngress": "front"}}), vec![("Ingress", "shop/web-front-canary")]),
        (
            json!({"nginx": {"stableIngresses": ["a", "b"]}}),
            vec![("Ingress", "shop/web-a-canary"), ("Ingress", "shop/web-b-canary")],
        ),
        (json!({"alb": {"ingress": "front", "servicePort": 80}}), vec![("Ingress", "shop/front")]),
        (json!({"alb": {"ingresses": ["a", "b"]}}), vec![("Ingress", "shop/a"), ("Ingress", "shop/b")]),
        (json!({"smi": {}}), vec![("TrafficSplit", "shop/web")]),
        (json!({"smi": {"trafficSplitName": "cut"}}), vec![("TrafficSplit", "shop/cut")]),
        (json!({"traefik": {"weightedTraefikServiceName": "t"}}), vec![("TraefikService", "shop/t")]),
        (json!({"apisix": {"route": {"name": "r"}}}), vec![("ApisixRoute", "shop/r")]),
        (
            json!({"ambassador": {"mappings": ["m", "n"]}}),
            vec![("Mapping", "shop/m-canary"), ("Mapping", "shop/n-canary")],
        ),
        (json!({"istio": {"virtualService": {"name": "v"}}}), vec![("VirtualService", "shop/v")]),
        (
            json!({"istio": {"virtualServices": [{"name": "v.mesh"}, {"name": "w"}]}}),
            vec![("VirtualService", "mesh/v"), ("VirtualService", "shop/w")],
        ),
        (
            json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "h", "namespace": "edge",
                "grpcRoutes": [{"name": "g"}]}}}),
            vec![("HTTPRoute", "edge/h"), ("GRPCRoute", "edge/g")],
        ),
        (json!({"appMesh": {"virtualService": {"name": "v"}}}), vec![]),
        (json!({"plugins": {"other/router": {"anything": ["x"]}}}), vec![]),
        (json!({"istio": {"virtualService": {}}, "nginx": {}, "alb": {}}), vec![]),
    ];
    for (routing, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(kind, name)| (kind, name.to_owned())).collect();
        assert_eq!(named(routing.clone()), expected, "{routing}");
    }
}

#[test]
fn a_name_that_would_be_too_long_is_cut_as_the_controller_cuts_it() {
    let long = "i".repeat(250);
    let one = refs(json!({"nginx": {"stableIngress": long}}));
    assert_eq!(one[0].key.name.len(), 253);
    assert!(one[0].key.name.ends_with("i-canary"));
    let one = refs(json!({"ambassador": {"mappings": [long]}}));
    assert_eq!(one[0].key.name.len(), 246 + "-canary".len());
}

#[test]
fn without_routing_pods_alone_carry_the_weight() {
    assert_eq!(rollout(json!({"steps": []}), json!({})).traffic_refs(), []);
    let blue_green = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {},
        "spec": {"strategy": {"blueGreen": {"activeService": "a"}}}});
    let Some(Object::Rollout(blue_green)) = parse::from_value(blue_green, &mut Interner::default()) else {
        panic!()
    };
    assert_eq!(blue_green.traffic_refs(), []);
}

#[test]
fn ping_and_pong_stand_for_the_services_where_the_controller_takes_them() {
    let services = |canary: &Value, stable: &str| {
        let one = rollout(canary.clone(), json!({"stablePingPong": stable})).traffic_refs().remove(0);
        (one.stable.to_string(), one.canary.to_string())
    };
    let pair = json!({"pingService": "ping", "pongService": "pong"});
    let alb = json!({"canaryService": "new", "stableService": "old", "pingPong": pair, "trafficRouting": {"alb": {"ingress": "i"}}});
    assert_eq!(services(&alb, "ping"), ("ping".into(), "pong".into()));
    assert_eq!(services(&alb, "pong"), ("pong".into(), "ping".into()));
    assert_eq!(services(&alb, ""), ("pong".into(), "ping".into()), "as Argo: not ping means pong");
    let istio = |mut canary: Value| {
        canary["pingPong"] = pair.clone();
        canary["trafficRouting"] = json!({"istio": {"virtualService": {"name": "v"}}});
        services(&canary, "ping")
    };
    assert_eq!(istio(json!({})), ("ping".into(), "pong".into()));
    assert_eq!(istio(json!({"canaryService": "new", "stableService": "old"})), ("old".into(), "new".into()));
}

/// Selectors of a Gateway API plugin's configuration, by kind.
fn chosen(gateway: Value) -> Vec<(&'static str, String, String)> {
    let refs = refs(json!({"plugins": {"argoproj-labs/gatewayAPI": gateway}}));
    let chosen = refs.iter().filter_map(|one| {
        let labels = one.selector.as_deref()?;
        Some((one.kind.word(), format!("{}/{}", one.key.namespace, one.key.name), labels.to_owned()))
    });
    chosen.collect()
}

#[test]
fn routes_are_chosen_by_labels_of_each_kind_in_the_namespace_that_is_named_beside_those_with_names() {
    let by = |app: &str| json!({"matchLabels": {"app": app}});
    let gateway = json!({"namespace": "edge", "httpRoute": "h", "httpRouteSelector": by("a"),
        "grpcRouteSelector": by("b"), "tcpRouteSelector": by("c"), "tlsRouteSelector": by("d")});
    let at = |kind, labels: &str| (kind, "edge/".to_owned(), labels.to_owned());
    let all = [
        at("HTTPRoute", "app=a"),
        at("GRPCRoute", "app=b"),
        at("TCPRoute", "app=c"),
        at("TLSRoute", "app=d"),
    ];
    assert_eq!(chosen(gateway.clone()), all);
    assert_eq!(
        named(json!({"plugins": {"argoproj-labs/gatewayAPI": gateway}}))[0],
        ("HTTPRoute", "edge/h".to_owned())
    );
    assert_eq!(chosen(json!({"httpRouteSelector": by("a")}))[0].1, "shop/", "else in the Rollout's own");
}

#[test]
fn a_selector_is_asked_for_as_the_api_writes_it() {
    let text =
        |selector: Value| chosen(json!({"httpRouteSelector": selector})).into_iter().map(|it| it.2).next();
    let expression = |operator: &str, values: Value| {
        text(
            json!({"matchExpressions": [{"key": "example.com/tier", "operator": operator, "values": values}]}),
        )
    };
    for (found, wanted) in [
        (text(json!({"matchLabels": {"b": "2", "a": ""}})), Some("a=,b=2")),
        (text(json!({})), Some("")),
        (text(Value::Null), None),
        (expression("In", json!(["a", "b"])), Some("example.com/tier in (a,b)")),
        (expression("NotIn", json!(["a"])), Some("example.com/tier notin (a)")),
        (expression("Exists", Value::Null), Some("example.com/tier")),
        (expression("DoesNotExist", json!([])), Some("!example.com/tier")),
        (
            text(
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "old", "operator": "DoesNotExist"}]}),
            ),
            Some("app=web,!old"),
        ),
    ] {
        assert_eq!(found.as_deref(), wanted);
    }
}

#[test]
fn a_selector_that_the_api_would_refuse_chooses_nothing_rather_than_more() {
    let expression = |key: &str, operator: &str, values: Value| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
    for selector in [
        json!({"matchLabels": {"app": 3}}),
        json!({"matchLabels": "app=web"}),
        json!({"matchLabels": {"": "x"}}),
        json!({"matchLabels": {"app": "x,!y"}}),
        json!({"matchLabels": {"app=x,b": "y"}}),
        json!({"matchExpressions": {"key": "a"}}),
        json!({"matchExpressions": ["a"]}),
        expression("a", "Near", json!(["b"])),
        expression("a", "In", json!([])),
        expression("a", "Exists", json!(["b"])),
        expression("a", "In", json!(["b", 3])),
        expression("a\u{1b}[2J", "Exists", Value::Null),
        json!("app=web"),
    ] {
        assert_eq!(chosen(json!({"httpRouteSelector": selector.clone()})), [], "{selector}");
    }
}

#[test]
fn a_route_may_say_which_of_its_rules_carries_the_weight() {
    let gateway = json!({"httpRoute": "h", "httpRouteRuleName": "argo", "grpcRoutes": [{"name": "g", "ruleName": "live"},
        {"name": "i", "ruleName": ""}]});
    let parts: Vec<Part> = refs(json!({"plugins": {"argoproj-labs/gatewayAPI": gateway}}))
        .into_iter()
        .map(|one| one.part)
        .collect();
    assert_eq!(parts, [Part::Rules(vec!["argo".into()]), Part::Rules(vec!["live".into()]), Part::Whole]);
}

#[test]
fn a_gateway_route_leads_to_ping_and_pong_where_no_other_services_are_named() {
    let pair = json!({"pingService": "ping", "pongService": "pong"});
    let routing = json!({"plugins": {"argoproj-labs/gatewayAPI": {"tcpRoute": "t"}}});
    let one =
        rollout(json!({"pingPong": pair, "trafficRouting": routing}), json!({"stablePingPong": "ping"}));
    let one = one.traffic_refs().remove(0);
    assert_eq!((&*one.stable, &*one.canary), ("ping", "pong"));
}
