//! Owns which objects split the traffic of a Rollout, as its `trafficRouting` names them.
//!
//! Names follow from the controller's own rules (Argo: rollout/trafficrouting). It never reads such an object; what one of
//! them says of the canary's share is [`split`]'s. Invariant: an object that the controller would not touch is not named.

use std::sync::Arc;

use super::{Key, Rollout, Strategy};

pub mod split;
#[cfg(test)]
mod tests;

/// Kinds of objects that split traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficKind {
    /// Istio.
    VirtualService,
    /// NGINX: the second Ingress, which the controller makes for the canary.
    CanaryIngress,
    /// AWS: the Ingress whose annotation holds an action with weights.
    AlbIngress,
    /// SMI.
    TrafficSplit,
    /// Traefik.
    TraefikService,
    /// Apache APISIX.
    ApisixRoute,
    /// Ambassador: the second Mapping, which the controller makes for the canary and deletes at weight 0.
    Mapping,
    /// Gateway API.
    HttpRoute,
    /// Gateway API.
    GrpcRoute,
    /// Gateway API.
    TcpRoute,
    /// Gateway API.
    TlsRoute,
}

impl TrafficKind {
    /// Returns the kind as objects spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::VirtualService => "VirtualService",
            Self::CanaryIngress | Self::AlbIngress => "Ingress",
            Self::TrafficSplit => "TrafficSplit",
            Self::TraefikService => "TraefikService",
            Self::ApisixRoute => "ApisixRoute",
            Self::Mapping => "Mapping",
            Self::HttpRoute => "HTTPRoute",
            Self::GrpcRoute => "GRPCRoute",
            Self::TcpRoute => "TCPRoute",
            Self::TlsRoute => "TLSRoute",
        }
    }
}

/// Which part of an object the controller writes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Part {
    /// The only one that there is.
    #[default]
    Whole,
    /// Routes of a VirtualService.
    Routes(Routes),
    /// Rules of these names.
    Rules(Vec<Arc<str>>),
    /// Annotations that begin so; of an ALB, the action of this service.
    Annotations {
        /// What stands before the slash.
        prefix: Arc<str>,
        /// Service after which an ALB's action is named; empty for the stable one.
        service: Arc<str>,
    },
}

/// Routes of a VirtualService that carry a Rollout's weights; an empty list means Argo's default for that protocol.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Routes {
    /// Names of HTTP routes.
    pub http: Vec<Arc<str>>,
    /// Port and SNI hosts of TLS routes.
    pub tls: Vec<(i64, Vec<Arc<str>>)>,
    /// Ports of TCP routes.
    pub tcp: Vec<i64>,
    /// Subsets of the DestinationRule: that of the canary, that of the stable version.
    pub subsets: Option<(Arc<str>, Arc<str>)>,
}

/// An object as `trafficRouting` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its kind.
    pub kind: TrafficKind,
    /// Its namespace, where that is not the Rollout's.
    pub namespace: Option<Arc<str>>,
    /// Its name, or that of the object after which it is named; empty where labels choose.
    pub name: Arc<str>,
    /// Chooses all objects of the kind that bear such labels, in the place of a name.
    pub selector: Option<Arc<str>>,
    /// The part that is written.
    pub part: Part,
}

/// What a canary's `trafficRouting` says of services and objects.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Routing {
    /// `canaryService`; empty where there is none.
    pub canary_service: Arc<str>,
    /// `stableService`; empty where there is none.
    pub stable_service: Arc<str>,
    /// `pingPong`: the ping service and the pong service.
    pub ping_pong: Option<(Arc<str>, Arc<str>)>,
    /// The objects, in the order of the fields' names.
    pub objects: Vec<Named>,
}

/// An object that splits a Rollout's traffic, and how the canary's share is read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficRef {
    /// Its kind.
    pub kind: TrafficKind,
    /// Its namespace and name; the name is empty where labels choose.
    pub key: Key,
    /// Chooses all objects of the kind in the namespace that bear such labels, as the API takes it (`app=web,!old`; empty
    /// for all of them).
    pub selector: Option<Arc<str>>,
    /// Service that the canary is on.
    pub canary: Arc<str>,
    /// Service that the stable version is on.
    pub stable: Arc<str>,
    /// The part that is written.
    pub part: Part,
}

impl Rollout {
    /// Names the objects that split its traffic; none where pods alone carry weight, or the router's are of no known kind.
    pub fn traffic_refs(&self) -> Vec<TrafficRef> {
        let Strategy::Canary(canary) = &self.spec.strategy else { return Vec::new() };
        let Some(routing) = canary.routing.as_deref() else { return Vec::new() };
        let stable_ping = self.status.stable_ping_pong.as_ref().is_some_and(|side| side.as_str() == "ping");
        routing
            .objects
            .iter()
            .filter_map(|named| named.resolved(&self.meta.key, routing, stable_ping))
            .collect()
    }
}

impl Named {
    fn resolved(&self, owner: &Key, routing: &Routing, stable_ping: bool) -> Option<TrafficRef> {
        let name = match self.kind {
            // Argo: utils/ingress/ingress.go, `GetCanaryIngressName`.
            TrafficKind::CanaryIngress => {
                format!("{}-canary", first(&format!("{}-{}", owner.name, self.name), 253 - "-canary".len()))
                    .into()
            }
            // Argo: trafficrouting/ambassador/ambassador.go, `buildCanaryMappingName`.
            TrafficKind::Mapping => format!("{}-canary", first(&self.name, 246)).into(),
            TrafficKind::TrafficSplit if self.name.is_empty() => Arc::clone(&owner.name),
            _ => Arc::clone(&self.name),
        };
        if self.name.is_empty() && self.selector.is_none() && self.kind != TrafficKind::TrafficSplit {
            return None;
        }
        let namespace = self.namespace.as_ref().unwrap_or(&owner.namespace);
        let (stable, canary) = routing.services(self.kind, stable_ping);
        let key = Key { namespace: Arc::clone(namespace), name };
        let (kind, selector) = (self.kind, self.selector.clone());
        Some(TrafficRef { kind, key, selector, canary, stable, part: self.part.clone() })
    }
}

impl Routing {
    /// Says which service is the stable version's and which the canary's (Argo: trafficrouting/service_helper.go; an ALB
    /// prefers ping and pong, Istio and the plugin for the Gateway API take them where nothing else is named).
    fn services(&self, kind: TrafficKind, stable_ping: bool) -> (Arc<str>, Arc<str>) {
        let bare = self.canary_service.is_empty() && self.stable_service.is_empty();
        let swapped = match kind {
            TrafficKind::AlbIngress => true,
            TrafficKind::VirtualService
            | TrafficKind::HttpRoute
            | TrafficKind::GrpcRoute
            | TrafficKind::TcpRoute
            | TrafficKind::TlsRoute => bare,
            _ => false,
        };
        match &self.ping_pong {
            Some((ping, pong)) if swapped && stable_ping => (Arc::clone(ping), Arc::clone(pong)),
            Some((ping, pong)) if swapped => (Arc::clone(pong), Arc::clone(ping)),
            _ => (Arc::clone(&self.stable_service), Arc::clone(&self.canary_service)),
        }
    }
}

/// Returns at most the first `length` bytes, as names in Kubernetes have one byte a letter.
fn first(text: &str, length: usize) -> &str {
    text.get(..length).unwrap_or(text)
}
