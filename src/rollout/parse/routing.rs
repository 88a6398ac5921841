//! Owns the wire type of `trafficRouting`: which routers there are, and which objects they write.
//!
//! Field names are Argo's (pkg/apis/rollouts/v1alpha1/types.go) and, of the Gateway API, its plugin's (pkg/plugin/types.go).
//! It never decides what an object is called in the end. Invariant: what is not understood is left out, not guessed.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::MapAccess;

use super::intern::Interner;
use super::lenient::{Lenient, Maybe, Present, lenient_structs};
use super::selector::Selector;
use crate::rollout::traffic::{Named, Part, Routes, TrafficKind};
use crate::text::Printable;

/// Annotations of NGINX's, unless `annotationPrefix` says otherwise.
const NGINX: &str = "nginx.ingress.kubernetes.io";
/// Annotations of the AWS load balancer controller's, unless `annotationPrefix` says otherwise.
const ALB: &str = "alb.ingress.kubernetes.io";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoutingWire {
    pub max_traffic_weight: Maybe<i64>,
    alb: Maybe<IngressWire>,
    ambassador: Maybe<AmbassadorWire>,
    apisix: Maybe<ApisixWire>,
    app_mesh: Maybe<Present>,
    istio: Maybe<IstioWire>,
    nginx: Maybe<IngressWire>,
    smi: Maybe<SmiWire>,
    traefik: Maybe<TraefikWire>,
    plugins: Maybe<Plugins>,
}

/// NGINX and ALB: they name their Ingresses alike, in different fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct IngressWire {
    annotation_prefix: Maybe<Arc<str>>,
    root_service: Maybe<Arc<str>>,
    ingress: Maybe<Arc<str>>,
    ingresses: Maybe<Vec<Arc<str>>>,
    stable_ingress: Maybe<Arc<str>>,
    stable_ingresses: Maybe<Vec<Arc<str>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AmbassadorWire {
    mappings: Maybe<Vec<Arc<str>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ApisixWire {
    route: Maybe<ApisixRouteWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ApisixRouteWire {
    name: Maybe<Arc<str>>,
    rules: Maybe<Vec<Arc<str>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct IstioWire {
    virtual_service: Maybe<VirtualServiceWire>,
    virtual_services: Maybe<Vec<VirtualServiceWire>>,
    destination_rule: Maybe<DestinationRuleWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VirtualServiceWire {
    name: Maybe<Arc<str>>,
    routes: Maybe<Vec<Arc<str>>>,
    tls_routes: Maybe<Vec<PortWire>>,
    tcp_routes: Maybe<Vec<PortWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PortWire {
    port: Maybe<i64>,
    sni_hosts: Maybe<Vec<Arc<str>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DestinationRuleWire {
    canary_subset_name: Maybe<Arc<str>>,
    stable_subset_name: Maybe<Arc<str>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SmiWire {
    traffic_split_name: Maybe<Arc<str>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TraefikWire {
    weighted_traefik_service_name: Maybe<Arc<str>>,
}

/// What the plugin for the Gateway API is told; other plugins' words leave it empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GatewayWire {
    namespace: Maybe<Arc<str>>,
    http_route: Maybe<Arc<str>>,
    http_route_rule_name: Maybe<Arc<str>>,
    http_routes: Maybe<Vec<NameWire>>,
    http_route_selector: Maybe<Selector>,
    grpc_route: Maybe<Arc<str>>,
    grpc_route_rule_name: Maybe<Arc<str>>,
    grpc_routes: Maybe<Vec<NameWire>>,
    grpc_route_selector: Maybe<Selector>,
    tcp_route: Maybe<Arc<str>>,
    tcp_route_rule_name: Maybe<Arc<str>>,
    tcp_routes: Maybe<Vec<NameWire>>,
    tcp_route_selector: Maybe<Selector>,
    tls_route: Maybe<Arc<str>>,
    tls_route_rule_name: Maybe<Arc<str>>,
    tls_routes: Maybe<Vec<NameWire>>,
    tls_route_selector: Maybe<Selector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NameWire {
    name: Maybe<Arc<str>>,
    rule_name: Maybe<Arc<str>>,
}

/// What is said of routes of one kind: the one and its rule, several, and labels that choose.
type Routed = ((Maybe<Arc<str>>, Maybe<Arc<str>>), Maybe<Vec<NameWire>>, Maybe<Selector>);

/// Plugins that are not `null`, by name, in stored order.
#[derive(Clone, Debug, Default)]
struct Plugins(Vec<(Printable, GatewayWire)>);

impl Lenient for Plugins {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut plugins = Vec::new();
        while let Some((Maybe(name), told)) =
            map.next_entry::<Maybe<Printable>, Option<Maybe<GatewayWire>>>()?
        {
            plugins.extend(name.zip(told).map(|(name, told)| (name, told.or_default())));
        }
        Ok(Some(Self(plugins)))
    }
}

lenient_structs!(
    RoutingWire,
    IngressWire,
    AmbassadorWire,
    ApisixWire,
    ApisixRouteWire,
    IstioWire,
    VirtualServiceWire,
    PortWire,
    DestinationRuleWire,
    SmiWire,
    TraefikWire,
    GatewayWire,
    NameWire,
);

impl RoutingWire {
    /// Names the routers by their fields.
    pub fn routers(&self, interner: &mut Interner) -> Vec<Printable> {
        let built_in = [
            ("alb", self.alb.0.is_some()),
            ("ambassador", self.ambassador.0.is_some()),
            ("apisix", self.apisix.0.is_some()),
            ("appMesh", self.app_mesh.0.is_some()),
            ("istio", self.istio.0.is_some()),
            ("nginx", self.nginx.0.is_some()),
            ("smi", self.smi.0.is_some()),
            ("traefik", self.traefik.0.is_some()),
        ];
        let built_in =
            built_in.into_iter().filter(|(_, there)| *there).map(|(name, _)| Printable::ours(name));
        let plugins = self.plugins.0.iter().flat_map(|plugins| &plugins.0).map(|(name, _)| name.clone());
        built_in.chain(plugins).map(|name| interner.text(name)).collect()
    }

    /// Names the objects that they write.
    pub fn objects(self) -> Vec<Named> {
        let mut found = Vec::new();
        if let Some(alb) = self.alb.0 {
            let part = Part::Annotations {
                prefix: alb.annotation_prefix.0.unwrap_or_else(|| ALB.into()),
                service: alb.root_service.or_default(),
            };
            let names = alb.ingresses.0.unwrap_or_else(|| alb.ingress.0.into_iter().collect());
            found.extend(names.into_iter().map(|name| named(TrafficKind::AlbIngress, name, part.clone())));
        }
        let mappings = self.ambassador.or_default().mappings.or_default();
        found.extend(mappings.into_iter().map(|name| named(TrafficKind::Mapping, name, Part::Whole)));
        if let Some(route) = self.apisix.0.and_then(|apisix| apisix.route.0) {
            let name = route.name.or_default();
            // Argo: apisix/apisix.go, `processSetWeightRoutes`: without rules, the one that is called like the route.
            let rules = route.rules.0.unwrap_or_else(|| vec![Arc::clone(&name)]);
            found.push(named(TrafficKind::ApisixRoute, name, Part::Rules(rules)));
        }
        found.extend(self.istio.0.into_iter().flat_map(IstioWire::objects));
        if let Some(nginx) = self.nginx.0 {
            let prefix = nginx.annotation_prefix.0.unwrap_or_else(|| NGINX.into());
            let part = Part::Annotations { prefix, service: Arc::default() };
            let names =
                nginx.stable_ingresses.0.unwrap_or_else(|| nginx.stable_ingress.0.into_iter().collect());
            found.extend(names.into_iter().map(|name| named(TrafficKind::CanaryIngress, name, part.clone())));
        }
        found.extend(
            self.smi.0.map(|smi| {
                named(TrafficKind::TrafficSplit, smi.traffic_split_name.or_default(), Part::Whole)
            }),
        );
        found.extend(
            self.traefik
                .0
                .and_then(|traefik| traefik.weighted_traefik_service_name.0)
                .map(|name| named(TrafficKind::TraefikService, name, Part::Whole)),
        );
        found.extend(self.plugins.or_default().0.into_iter().flat_map(|(_, gateway)| gateway.objects()));
        found
    }
}

impl IstioWire {
    fn objects(self) -> impl Iterator<Item = Named> {
        let subsets = self
            .destination_rule
            .0
            .map(|rule| (rule.canary_subset_name.or_default(), rule.stable_subset_name.or_default()));
        let services = self.virtual_service.0.into_iter().chain(self.virtual_services.or_default());
        services.map(move |service| {
            let written = service.name.or_default();
            // Argo: utils/istio/istio.go, `GetVirtualServiceNamespaceName`: what follows the first dot is a namespace.
            let mut parts = written.split('.');
            let name = parts.next().unwrap_or_default().into();
            let namespace = parts.next().map(Into::into);
            let tls = service.tls_routes.or_default().into_iter();
            let tcp = service.tcp_routes.or_default().into_iter();
            let routes = Routes {
                http: service.routes.or_default(),
                tls: tls.map(|route| (route.port.or_default(), route.sni_hosts.or_default())).collect(),
                tcp: tcp.map(|route| route.port.or_default()).collect(),
                subsets: subsets.clone(),
            };
            Named { namespace, ..named(TrafficKind::VirtualService, name, Part::Routes(routes)) }
        })
    }
}

impl GatewayWire {
    /// Names the objects, those that labels choose behind the named ones (plugin: pkg/plugin/plugin.go,
    /// `discoverRoutesBySelector`).
    fn objects(self) -> Vec<Named> {
        let namespace = self.namespace.0.filter(|namespace| !namespace.is_empty());
        let http = ((self.http_route, self.http_route_rule_name), self.http_routes, self.http_route_selector);
        let grpc = ((self.grpc_route, self.grpc_route_rule_name), self.grpc_routes, self.grpc_route_selector);
        let tcp = ((self.tcp_route, self.tcp_route_rule_name), self.tcp_routes, self.tcp_route_selector);
        let tls = ((self.tls_route, self.tls_route_rule_name), self.tls_routes, self.tls_route_selector);
        let kinds = [
            (TrafficKind::HttpRoute, http),
            (TrafficKind::GrpcRoute, grpc),
            (TrafficKind::TcpRoute, tcp),
            (TrafficKind::TlsRoute, tls),
        ];
        let found = kinds.into_iter().flat_map(|(kind, routed)| routes(kind, routed));
        found.map(|route| Named { namespace: namespace.clone(), ..route }).collect()
    }
}

fn routes(kind: TrafficKind, (one, many, chosen): Routed) -> impl Iterator<Item = Named> {
    let many = many.or_default().into_iter().map(|route| (route.name.0, route.rule_name.0));
    let listed = std::iter::once((one.0.0, one.1.0)).chain(many);
    let listed = listed.filter_map(move |(name, rule)| {
        let rule = rule.filter(|rule| !rule.is_empty());
        Some(named(kind, name?, rule.map_or(Part::Whole, |rule| Part::Rules(vec![rule]))))
    });
    let chosen = chosen
        .0
        .map(|Selector(labels)| Named { selector: Some(labels), ..named(kind, Arc::default(), Part::Whole) });
    listed.chain(chosen)
}

fn named(kind: TrafficKind, name: Arc<str>, part: Part) -> Named {
    Named { kind, namespace: None, name, selector: None, part }
}
