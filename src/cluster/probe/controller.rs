//! Owns the signs of a controller that can be looked at: its Deployment and the Lease of its leader.
//!
//! Argo: manifests/base (labels), controller/controller.go (Lease `argo-rollouts-controller-lock`, with an instance id
//! `-ID` behind it). It never decides whether the controller lives. Invariant: a namespace that could not be looked into is
//! never told as one without a controller.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;

use super::eye::{View, failed, is_forbidden};
use crate::capability::sight::{Answer, Controller, Lease, Sight};
use crate::cluster::fault::Fault;
use crate::rollout::Key;
use crate::text::Printable;

#[cfg(test)]
mod tests;

/// Where controllers are deployed, unless told otherwise (Argo: manifests).
pub(super) const HOME: &str = "argo-rollouts";
const LOCK: &str = "argo-rollouts-controller-lock";
const LABELLED: &str = "labelSelector=app.kubernetes.io%2Fname%3Dargo-rollouts&limit=50";

/// Looks for the controllers' Deployments: everywhere where that is allowed, else where they usually are.
pub(super) async fn deployments(view: &View<'_>) -> Vec<Sight> {
    let found = match everywhere(view, "/apis/apps/v1/deployments", "deployments", LABELLED).await {
        Some(Ok(list)) => Ok(items(&list)),
        Some(Err(fault)) => Err(fault),
        None => {
            nearby(view, |namespace| format!("/apis/apps/v1/namespaces/{namespace}/deployments?{LABELLED}"))
                .await
        }
    };
    let answer = match found {
        Err(fault) => failed(&fault),
        Ok(found) => {
            let found: Vec<&Value> = found.iter().filter(|one| is_controller(one)).collect();
            view.eye.known(|known| {
                known.homes = found.iter().map(|one| key(one).namespace).collect();
                known.unelected = found.iter().any(|one| runs_unelected(one));
            });
            match found.is_empty() {
                true => Answer::Missing {
                    why: nowhere(view, "Deployment labelled app.kubernetes.io/name=argo-rollouts"),
                },
                false => Answer::Seen(found.into_iter().map(controller).collect()),
            }
        }
    };
    vec![Sight::Controllers(answer)]
}

/// Looks for the Lease that was renewed last.
pub(super) async fn lease(view: &View<'_>) -> Vec<Sight> {
    let homes = view.eye.known(|known| known.homes.clone());
    let found = if homes.is_empty() {
        let named = format!("fieldSelector=metadata.name%3D{LOCK}");
        match everywhere(view, "/apis/coordination.k8s.io/v1/leases", "leases", &named).await {
            Some(read) => read.map(|list| items(&list)),
            None => nearby(view, lock).await,
        }
    } else {
        at_home(view, &homes).await
    };
    let answer = match found.as_deref().map(newest) {
        Ok(Some(lease)) => Answer::Seen(lease),
        Ok(None) => {
            let unelected = view.eye.known(|known| known.unelected);
            let why = match unelected {
                true => "none: the controller runs with --leader-elect=false".into(),
                false => nowhere(view, &format!("Lease {LOCK}")),
            };
            Answer::Missing { why }
        }
        Err(fault) => failed(fault),
    };
    vec![Sight::Lease(answer)]
}

/// Reads the Leases of the namespaces where controllers are: all of them, since an instance id is a part of the name; by
/// the usual name where they may not be listed.
async fn at_home(view: &View<'_>, homes: &BTreeSet<Arc<str>>) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    for home in homes.iter().take(5) {
        let path = format!("/apis/coordination.k8s.io/v1/namespaces/{home}/leases?limit=500");
        if view.eye.known(|known| known.is_refused("leases at home", view.eye.now())) {
            found.extend(one(view, &lock(home)).await?);
            continue;
        }
        let read = view.get::<Value>(&path).await;
        if is_forbidden(&read) {
            view.eye.known(|known| known.refuse("leases at home", view.eye.now()));
            found.extend(one(view, &lock(home)).await?);
        } else {
            found.extend(items(&read?));
        }
    }
    Ok(found)
}

fn lock(namespace: &str) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{LOCK}")
}

/// Lists in all namespaces; nothing where that is refused, which is remembered for a while.
async fn everywhere(
    view: &View<'_>,
    path: &str,
    what: &'static str,
    query: &str,
) -> Option<Result<Value, Fault>> {
    if view.eye.known(|known| known.is_refused(what, view.eye.now())) {
        return None;
    }
    let read = view.get(&format!("{path}?{query}")).await;
    if is_forbidden(&read) {
        view.eye.known(|known| known.refuse(what, view.eye.now()));
        return None;
    }
    Some(read)
}

/// Reads where controllers usually are: in the namespace that the manifests name, and in the context's.
async fn nearby(view: &View<'_>, path: impl Fn(&str) -> String) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    let mut refused = None;
    for namespace in namespaces(view) {
        match one(view, &path(&namespace)).await {
            Ok(seen) => found.extend(seen),
            Err(fault) if fault.code() == Some(403) => refused = refused.or(Some(fault)),
            Err(fault) => return Err(fault),
        }
    }
    // Nothing found where somebody may not look is no finding.
    match refused {
        Some(fault) if found.is_empty() => Err(fault),
        _ => Ok(found),
    }
}

fn namespaces(view: &View<'_>) -> BTreeSet<Arc<str>> {
    [HOME.into(), Arc::clone(&view.eye.clients.identity().namespace)].into()
}

/// Reads an object or a list; nothing where there is none.
async fn one(view: &View<'_>, path: &str) -> Result<Vec<Value>, Fault> {
    match view.get::<Value>(path).await {
        Ok(read) if read.get("items").is_some() => Ok(items(&read)),
        Ok(read) => Ok(vec![read]),
        Err(fault) if fault.code() == Some(404) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

fn nowhere(view: &View<'_>, what: &str) -> Printable {
    let now = view.eye.now();
    let refused =
        view.eye.known(|known| known.is_refused("deployments", now) || known.is_refused("leases", now));
    let places: Vec<String> = namespaces(view).iter().map(ToString::to_string).collect();
    match refused {
        true => format!("no {what} in namespace {}; elsewhere it may not be looked for", places.join(" or "))
            .into(),
        false => format!("no {what} in any namespace").into(),
    }
}

fn items(list: &Value) -> Vec<Value> {
    list.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn key(object: &Value) -> Key {
    Key { namespace: text(object, "/metadata/namespace").into(), name: text(object, "/metadata/name").into() }
}

fn containers(deployment: &Value) -> impl Iterator<Item = &Value> {
    deployment.pointer("/spec/template/spec/containers").and_then(Value::as_array).into_iter().flatten()
}

/// Tells the controller from others of the same name, such as the dashboard (Argo: manifests, labels).
fn is_controller(deployment: &Value) -> bool {
    let component = text(deployment, "/metadata/labels/app.kubernetes.io~1component");
    component.is_empty() || component == "rollouts-controller" || component == "controller"
}

fn runs_unelected(deployment: &Value) -> bool {
    let words = containers(deployment).flat_map(|one| {
        ["command", "args"].into_iter().filter_map(|field| one.get(field)?.as_array()).flatten()
    });
    let mut words = words.filter_map(Value::as_str);
    words.any(|word| word.trim_start_matches('-') == "leader-elect=false")
}

fn controller(deployment: &Value) -> Controller {
    let image = |one: &Value| one.get("image").and_then(Value::as_str).map(Printable::from_cluster);
    let number = |path: &str| deployment.pointer(path).and_then(Value::as_i64);
    // Beside the controller there may be a proxy's container: the image that is called like it counts.
    let called =
        |one: &&Value| text(one, "/image").contains("argo-rollouts") || text(one, "/name") == "argo-rollouts";
    let container = containers(deployment).find(called).or_else(|| containers(deployment).next());
    Controller {
        key: key(deployment),
        image: container.and_then(image).unwrap_or_default(),
        wanted: number("/spec/replicas").unwrap_or(1),
        ready: number("/status/readyReplicas").unwrap_or(0),
    }
}

/// Chooses among a controller's Leases the one that was renewed last: where several instances run, one of them lives.
fn newest(leases: &[Value]) -> Option<Lease> {
    let ours = |lease: &&Value| {
        let rest = text(lease, "/metadata/name").strip_prefix(LOCK);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    leases.iter().filter(ours).map(read_lease).max_by_key(|lease| lease.renewed)
}

fn read_lease(lease: &Value) -> Lease {
    let seconds = lease.pointer("/spec/leaseDurationSeconds").and_then(Value::as_i64).unwrap_or(15);
    Lease {
        key: key(lease),
        holder: Printable::from_cluster(text(lease, "/spec/holderIdentity")),
        renewed: text(lease, "/spec/renewTime").parse().ok(),
        duration: SignedDuration::from_secs(seconds),
    }
}
