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
