//! Owns one page of a list: asking for it and reading it.
//!
//! It never keeps a page beyond its objects. Invariant: a page without `next` is the last.

use serde::Deserialize;

use super::client::Clients;
use super::fault::Fault;
use super::resource::{Collection, Wire};

/// Objects in a page; the size that client-go chose.
pub(super) const SIZE: u32 = 500;

/// One page of a list.
pub(super) struct Page<W> {
    /// Its objects.
    pub(super) items: Vec<W>,
    /// The version of the whole list.
    pub(super) version: String,
    /// Where the next page begins, if there is one.
    pub(super) next: Option<String>,
    /// Objects after this page, where the server says so.
    pub(super) remaining: Option<usize>,
}

#[derive(Deserialize)]
#[serde(bound = "W: Wire")]
struct PageWire<W> {
    metadata: Metadata,
    items: Option<Vec<W>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
    r#continue: Option<String>,
    remaining_item_count: Option<i64>,
}

/// Asks for a page.
pub(super) async fn page<W: Wire>(
    clients: &Clients,
    collection: &Collection,
    limit: u32,
    next: Option<String>,
) -> Result<Page<W>, Fault> {
    let answer = clients.ask(&collection.page(limit, next)?).await?;
    let read: PageWire<W> = serde_json::from_slice(&answer).map_err(|e| Fault::unreadable(&e))?;
    Ok(Page {
        items: read.items.unwrap_or_default(),
        version: read.metadata.resource_version,
        next: read.metadata.r#continue.filter(|next| !next.is_empty()),
        remaining: read.metadata.remaining_item_count.and_then(|count| count.try_into().ok()),
    })
}

/// Asks how many objects there are, by a list of one; `None` where the server does not say.
pub(super) async fn count<W: Wire>(clients: &Clients, collection: &Collection) -> Option<usize> {
    let page = page::<W>(clients, collection, 1, None).await.ok()?;
    match (page.remaining, page.next) {
        (Some(remaining), _) => Some(remaining + page.items.len()),
        (None, None) => Some(page.items.len()),
        (None, Some(_)) => None,
    }
}
