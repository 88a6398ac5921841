//! Owns reading the objects that split a Rollout's traffic.
//!
//! Which API serves a kind is found by asking, the controller's own default first (Argo: utils/defaults/defaults.go), and
//! remembered. It never compares what it read with what the Rollout claims. Invariant: a name out of a Rollout's spec goes
//! into no path unless it can be one.

use serde_json::Value;

use super::eye::{View, answer};
use crate::capability::Sight;
use crate::capability::sight::{Answer, Split, TrafficObject};
use crate::cluster::fault::{Fault, Refusal};
use crate::cluster::resource::plain;
use crate::rollout::Key;
use crate::rollout::traffic::split::{self, Share};
use crate::rollout::traffic::{TrafficKind, TrafficRef};

/// Reads an object, and how it splits the traffic.
pub(super) async fn split(view: &View<'_>, rollout: &Key, reference: &TrafficRef) -> Vec<Sight> {
    let read = object(view, reference, &reference.key.name).await;
    let seen = match read {
        Ok(object) => Answer::Seen(told(split::read(reference, &object))),
        Err(fault) if is_absent(&fault) && reference.kind == TrafficKind::Mapping => {
            without(view, reference).await
        }
        Err(fault) => answer(Err(fault)),
    };
    vec![Sight::Traffic(rollout.clone(), TrafficObject::of(reference), seen)]
}

/// The canary's Mapping is not there while its weight is 0 (Argo: trafficrouting/ambassador/ambassador.go): then the one
/// after which it is named has all.
async fn without(view: &View<'_>, reference: &TrafficRef) -> Answer<Split> {
    let base = reference.key.name.strip_suffix("-canary").unwrap_or_default();
    answer(object(view, reference, base).await.map(|_| Split { canary: Some(0), of: 100 }))
}

async fn object(view: &View<'_>, reference: &TrafficRef, name: &str) -> Result<Value, Fault> {
    plain(&reference.key.namespace).and_then(|()| plain(name))?;
    let (apis, plural) = served(reference.kind);
    let known = view.eye.known(|known| known.served.get(&reference.kind).copied()).unwrap_or(0);
    let mut absent = None;
    for turn in 0..apis.len() {
        let nth = (known + turn) % apis.len();
        let Some(api) = apis.get(nth) else { break };
        let path = format!("/apis/{api}/namespaces/{}/{plural}/{name}", reference.key.namespace);
        match view.get(&path).await {
            Err(fault) if is_unserved(&fault) => absent = Some(fault),
            read => {
                if read.is_ok() {
                    view.eye.known(|known| known.served.insert(reference.kind, nth));
                }
                return read;
            }
        }
    }
    let why = format!("the server knows no {} ({}): its CRD is not installed", reference.kind.word(), plural);
    Err(match absent {
        Some(Fault::Status(refusal)) => Fault::Status(Refusal { message: why.into(), ..refusal }),
        _ => Fault::Unreadable { why: why.into() },
    })
}

/// Names the versions of the API that serve a kind, and its plural.
fn served(kind: TrafficKind) -> (&'static [&'static str], &'static str) {
    match kind {
        TrafficKind::VirtualService => (
            &["networking.istio.io/v1alpha3", "networking.istio.io/v1", "networking.istio.io/v1beta1"],
            "virtualservices",
        ),
        TrafficKind::CanaryIngress | TrafficKind::AlbIngress => (&["networking.k8s.io/v1"], "ingresses"),
        TrafficKind::TrafficSplit => (
            &["split.smi-spec.io/v1alpha1", "split.smi-spec.io/v1alpha2", "split.smi-spec.io/v1alpha3"],
            "trafficsplits",
        ),
        TrafficKind::TraefikService => {
            (&["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1"], "traefikservices")
        }
        TrafficKind::ApisixRoute => (&["apisix.apache.org/v2"], "apisixroutes"),
        TrafficKind::Mapping => (&["getambassador.io/v2", "getambassador.io/v3alpha1"], "mappings"),
        TrafficKind::HttpRoute => {
            (&["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"], "httproutes")
        }
        TrafficKind::GrpcRoute => (&["gateway.networking.k8s.io/v1"], "grpcroutes"),
        TrafficKind::TcpRoute => (&["gateway.networking.k8s.io/v1alpha2"], "tcproutes"),
        TrafficKind::TlsRoute => {
            (&["gateway.networking.k8s.io/v1alpha2", "gateway.networking.k8s.io/v1"], "tlsroutes")
        }
    }
}

/// A path that leads nowhere is answered as plain text; an object that is not there, by a `Status`.
fn is_unserved(fault: &Fault) -> bool {
    matches!(fault, Fault::Status(Refusal { code: 404, by_api_server: false, .. }))
}

fn is_absent(fault: &Fault) -> bool {
    matches!(fault, Fault::Status(Refusal { code: 404, by_api_server: true, .. }))
}

fn told(share: Share) -> Split {
    Split { canary: share.canary, of: share.of }
}
