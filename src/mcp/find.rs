//! Owns which Rollout is meant by a name, with or without its namespace.
//!
//! It never guesses: a name that is in several namespaces is asked for anew. Invariant: "there is none" is said only where
//! everything was listed.

use jiff::Timestamp;

use super::answer::{Fresh, quoted};
use super::live::{Known, Link};
use crate::rollout::Key;
use crate::rollout::delta::Kind;
use crate::store::Standing;
use crate::text::Printable;

/// How many names are offered.
const OFFERED: usize = 8;

/// Finds the Rollout that is meant.
///
/// # Errors
/// One sentence on why it is not known which, with the names that it could be.
pub(super) fn find<'a>(
    known: &'a Known,
    name: &str,
    namespace: Option<&str>,
    now: Timestamp,
) -> Result<(&'a Key, &'a Standing), String> {
    let (namespace, name) = match (namespace, name.split_once('/')) {
        (None, Some((namespace, name))) => (Some(namespace), name),
        _ => (namespace, name),
    };
    watched(known, namespace)?;
    let all = known.store.fleet.iter();
    let meant: Vec<_> = all
        .filter(|(key, _)| *key.name == *name && namespace.is_none_or(|wanted| *key.namespace == *wanted))
        .take(OFFERED + 1)
        .collect();
    match meant.as_slice() {
        [one] => Ok(*one),
        [] => Err(absent(known, name, namespace, now)),
        several => {
            let places: Vec<String> = several.iter().map(|(key, _)| said(&key.namespace)).collect();
            Err(format!("Rollout {} is in several namespaces ({}): say which", said(name), places.join(", ")))
        }
    }
}

/// Tells whether a namespace is watched, where one is named.
///
/// # Errors
/// One sentence with the namespaces that are.
pub(super) fn watched(known: &Known, namespace: Option<&str>) -> Result<(), String> {
    match (namespace, &known.link) {
        (Some(namespace), Link::Open(whom)) if !whom.watches(namespace) => Err(format!(
            "namespace {} is not watched here: rollgate mcp was started for {}; start it with -n or -A",
            said(namespace),
            whom.namespaces.iter().map(|named| said(named)).collect::<Vec<_>>().join(", ")
        )),
        _ => Ok(()),
    }
}

fn absent(known: &Known, name: &str, namespace: Option<&str>, now: Timestamp) -> String {
    let fresh = Fresh::of(known, Kind::Rollouts, namespace, now);
    if !fresh.is_complete() {
        return format!("Rollout {} is not known yet. {} Ask again.", said(name), fresh.words());
    }
    let near: Vec<String> = known
        .store
        .fleet
        .iter()
        .filter(|(key, _)| key.name.contains(name) || (!key.name.is_empty() && name.contains(&*key.name)))
        .take(OFFERED)
        .map(|(key, _)| format!("{}/{}", key.namespace, key.name))
        .collect();
    let near = match near.as_slice() {
        [] => String::new(),
        near => format!(" There are: {}.", near.iter().map(|name| said(name)).collect::<Vec<_>>().join(", ")),
    };
    format!("there is no Rollout {}. {}{near}", said(name), fresh.words())
}

/// Quotes a name.
pub(super) fn said(name: &str) -> String {
    quoted(&Printable::from_cluster(name).cut(200))
}
