//! Owns reading the objects that split a Rollout's traffic.
//!
//! Which API serves a kind is found by asking, the controller's own default first (Argo: utils/defaults/defaults.go), and
//! remembered. It never compares what it read with what the Rollout claims. Invariants: a name out of a Rollout's spec goes
//! into no path unless it can be one, and labels only escaped; what labels choose is read by one request, and not in part.

use serde_json::Value;

use super::eye::{View, answer};
use crate::capability::Sight;
use crate::capability::sight::{Answer, Split, TrafficObject};
use crate::cluster::fault::{Fault, Refusal};
use crate::cluster::resource::plain;
use crate::rollout::Key;
use crate::rollout::traffic::split::{self, Share};
use crate::rollout::traffic::{TrafficKind, TrafficRef};

/// How many objects labels may choose.
const MOST: usize = 100;

/// Reads an object, and how it splits the traffic.
pub(super) async fn split(view: &View<'_>, rollout: &Key, reference: &TrafficRef) -> Vec<Sight> {
    if let Some(labels) = &reference.selector {
        let found = chosen(view, reference, labels).await;
        return vec![Sight::Chosen(rollout.clone(), TrafficObject::of(reference), found)];
    }
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

/// Reads all objects that bear such labels, and how each splits the traffic.
async fn chosen(
    view: &View<'_>,
    reference: &TrafficRef,
    labels: &str,
) -> Answer<Vec<(TrafficObject, Split)>> {
    let (kind, namespace) = (reference.kind.word(), &reference.key.namespace);
    let list =
        match served_as(view, reference, &format!("?labelSelector={}&limit={MOST}", escaped(labels))).await {
            Ok(list) => list,
            Err(fault) => return answer(Err(fault)),
        };
    let more =
        list.pointer("/metadata/continue").and_then(Value::as_str).is_some_and(|more| !more.is_empty());
    if more {
        let why = format!("more than {MOST} of kind {kind} in {namespace} bear {labels}: not all are read");
        return Answer::Failed { why: why.into() };
    }
    let items = list.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let found: Vec<_> = items.iter().filter_map(|item| one_of(reference, item)).collect();
    match found.is_empty() {
        true => Answer::Missing { why: format!("no {kind} in {namespace} bears {labels}").into() },
        false => Answer::Seen(found),
    }
}

fn one_of(reference: &TrafficRef, item: &Value) -> Option<(TrafficObject, Split)> {
    let name = item.pointer("/metadata/name").and_then(Value::as_str)?;
    let key = Key { name: name.into(), ..reference.key.clone() };
    let reference = TrafficRef { key, selector: None, ..reference.clone() };
    Some((TrafficObject::of(&reference), told(split::read(&reference, item))))
}

/// Escapes all that means something in a query (RFC 3986 §2.3).
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

async fn object(view: &View<'_>, reference: &TrafficRef, name: &str) -> Result<Value, Fault> {
    plain(name)?;
    served_as(view, reference, &format!("/{name}")).await
}

/// Reads what stands behind the path of a kind in a namespace, in the version that the server serves.
async fn served_as(view: &View<'_>, reference: &TrafficRef, rest: &str) -> Result<Value, Fault> {
    plain(&reference.key.namespace)?;
    let (apis, plural) = served(reference.kind);
    let known = view.eye.known(|known| known.served.get(&reference.kind).copied()).unwrap_or(0);
    let mut absent = None;
    for turn in 0..apis.len() {
        let nth = (known + turn) % apis.len();
        let Some(api) = apis.get(nth) else { break };
        let path = format!("/apis/{api}/namespaces/{}/{plural}{rest}", reference.key.namespace);
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
