//! Owns reading the pod templates that an order needs: the one that is there, and those of a Rollout's revisions.
//!
//! The watch does not keep templates, so they are read when they are asked for. It never changes what it reads.
//! Invariant: the revisions are the Rollout's own, the newest first.

use serde::Deserialize;
use serde_json::Value;

use crate::cluster::client::Clients;
use crate::cluster::fault::Fault;
use crate::cluster::resource::{Collection, Selector};
use crate::operation::SiteKind;
use crate::operation::template::{Holder, Revision};
use crate::rollout::Rollout;
use crate::rollout::parse::ReplicaSetObject;

/// ReplicaSets asked for at once: their templates are whole, up to some ten KB each.
const PAGE: u32 = 100;
/// Most pages that are read; what lies behind is left out.
const PAGES: usize = 50;

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMeta,
    #[serde(default)]
    items: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageMeta {
    #[serde(rename = "continue")]
    next: String,
}

/// Reads what holds the pod template of a Rollout: itself, or the workload that it refers to; `None` where that is not
/// there, or of a kind that is not followed.
///
/// # Errors
/// How the request failed.
pub async fn holder(clients: &Clients, rollout: &Rollout) -> Result<Option<Holder>, Fault> {
    let (kind, name) = match &rollout.spec.workload_ref {
        None => (SiteKind::Rollout, &*rollout.meta.key.name),
        Some(reference) => match SiteKind::named(reference.kind.as_str()) {
            Some(kind) => (kind, reference.name.as_str()),
            None => return Ok(None),
        },
    };
    let object = super::site(clients, kind, &rollout.meta.key.namespace, name).await?;
    Ok(object.as_ref().and_then(Holder::read))
}

/// Reads the revisions of a Rollout with their templates, the newest first.
///
/// # Errors
/// How the first failing request failed.
pub async fn revisions(clients: &Clients, rollout: &Rollout) -> Result<Vec<Revision>, Fault> {
    let namespace = Some(&*rollout.meta.key.namespace);
    let sets = Collection::of::<ReplicaSetObject>(namespace, Selector::of_rollouts());
    let (mut found, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let answer = clients.ask(&sets.page(PAGE, next.take())?).await?;
        let page: Page = serde_json::from_slice(&answer).map_err(|error| Fault::unreadable(&error))?;
        found.extend(Revision::all(&page.items, &rollout.meta.uid));
        if page.metadata.next.is_empty() {
            break;
        }
        next = Some(page.metadata.next);
    }
    found.sort_by_key(|revision| std::cmp::Reverse(revision.number));
    Ok(found)
}
