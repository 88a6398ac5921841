//! Owns resources: `rollgate://rollouts/{namespace}/{name}`, one for each Rollout that is watched.
//!
//! It never guesses what an address means. Invariant: an address that is listed can be read as long as its Rollout is there.

use jiff::Timestamp;
use rmcp::model::{
    ErrorData, ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
};
use serde_json::json;

use super::answer::Answer;
use super::find::said;
use super::live::Known;
use super::{fleet, page};
use crate::rollout::Key;
use crate::text::Printable;

const SCHEME: &str = "rollgate://rollouts/";
const JSON: &str = "application/json";
/// Longest part of an address that can be a name.
const LONGEST: usize = 253;

/// Writes the address of a Rollout.
pub(super) fn uri(key: &Key) -> String {
    format!("{SCHEME}{}/{}", key.namespace, key.name)
}

/// Reads the key from an address; nothing where it is none of ours.
pub(super) fn key(uri: &str) -> Option<Key> {
    let (namespace, name) = uri.strip_prefix(SCHEME)?.split_once('/')?;
    let is_name = |part: &str| {
        (1..=LONGEST).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    };
    (is_name(namespace) && is_name(name)).then(|| Key { namespace: namespace.into(), name: name.into() })
}

/// Describes the addresses.
pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(format!("{SCHEME}{{namespace}}/{{name}}"), "rollout")
        .with_title("A Rollout")
        .with_description("Everything that follows from one Rollout alone; can be subscribed to")
        .with_mime_type(JSON)
}

/// Lists the Rollouts, a page at a time.
pub(super) fn list(known: &Known, cursor: Option<&str>) -> Result<ListResourcesResult, ErrorData> {
    let limit = page::limit(None).unwrap_or(1);
    let last = page::read(cursor).map_err(|why| ErrorData::invalid_params(why, None))?;
    let last = last.as_deref().and_then(|last| last.split_once('/'));
    let is_after = |key: &Key| last.is_none_or(|last| (&*key.namespace, &*key.name) > last);
    let mut keys = known.store.fleet.iter().map(|(key, _)| key).filter(|key| is_after(key));
    let shown: Vec<&Key> = keys.by_ref().take(limit).collect();
    let next =
        keys.next().and(shown.last()).map(|key| page::after(&format!("{}/{}", key.namespace, key.name)));
    let mut listed = ListResourcesResult::with_all_items(shown.into_iter().map(resource).collect());
    listed.next_cursor = next;
    Ok(listed)
}

fn resource(key: &Key) -> Resource {
    let name = Printable::from_cluster(&format!("{}/{}", key.namespace, key.name));
    Resource::new(uri(key), name.as_str()).with_mime_type(JSON)
}

/// Reads one.
pub(super) fn read(known: &Known, uri: &str, now: Timestamp) -> Result<ReadResourceResult, ErrorData> {
    let absent = |why: String| ErrorData::resource_not_found(why, None);
    let key = key(uri).ok_or_else(|| absent(format!("{} is no address of a Rollout", said(uri))))?;
    let (fresh, rollout) = fleet::alone(known, &key, now).map_err(absent)?;
    let object = Answer::new(fresh, json!({"rollout": rollout})).object();
    let contents = ResourceContents::text(object.to_string(), uri).with_mime_type(JSON);
    Ok(ReadResourceResult::new(vec![contents]))
}
