//! Owns reading how notifications are configured: services, triggers, and which keys of the Secret they name.
//!
//! Argo: ConfigMap `argo-rollouts-notification-configmap` and Secret `argo-rollouts-notification-secret`, read as
//! argoproj/notifications-engine does (pkg/api/config.go). It never reads a value of a Secret: only its metadata is asked
//! for, and who manages which field says which keys there are. Invariant: a Secret's data never comes over the wire.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::controller::HOME;
use super::eye::{View, answer};
use crate::capability::Sight;
use crate::capability::sight::{Answer, Notifying};
use crate::cluster::fault::Fault;
use crate::text::Printable;

#[cfg(test)]
mod tests;

const CONFIG: &str = "argo-rollouts-notification-configmap";
const SECRET: &str = "argo-rollouts-notification-secret";
/// An object without its data; no other form is accepted.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfigMap {
    data: BTreeMap<String, String>,
}

/// Which keys a Secret has.
#[derive(Debug, PartialEq, Eq)]
enum Keys {
    These(BTreeSet<String>),
    /// It may not be read, or nobody says which fields it manages.
    Unknown,
}

/// Reads the configuration.
pub(super) async fn configured(view: &View<'_>) -> Vec<Sight> {
    let home = view.eye.known(|known| known.homes.first().cloned()).unwrap_or_else(|| HOME.into());
    let read = view.get::<ConfigMap>(&format!("/api/v1/namespaces/{home}/configmaps/{CONFIG}")).await;
    let seen = match read {
        Err(fault) => answer(Err(fault)),
        Ok(config) => {
            let wanted = keys_named(&config.data);
            let there = if wanted.is_empty() { Keys::Unknown } else { keys(view, &home).await };
            Answer::Seen(told(&config.data, &wanted, &there))
        }
    };
    vec![Sight::Notifying(seen)]
}

/// Asks which keys the Secret has, without its values.
async fn keys(view: &View<'_>, home: &str) -> Keys {
    let path = format!("/api/v1/namespaces/{home}/secrets/{SECRET}");
    match view.get_as::<Value>(&path, METADATA_ONLY).await {
        Ok(metadata) => managed(&metadata),
        Err(fault) if fault.code() == Some(404) => Keys::These(BTreeSet::new()),
        Err(Fault::Status(_)) | Err(_) => Keys::Unknown,
    }
}

/// Reads keys off the fields that somebody manages (meta/v1: `managedFields`).
fn managed(metadata: &Value) -> Keys {
    let entries = metadata.pointer("/metadata/managedFields").and_then(Value::as_array);
    let fields = entries.into_iter().flatten().filter_map(|entry| entry.get("fieldsV1"));
    let mut keys = BTreeSet::new();
    let mut told = false;
    for fields in fields {
        let data = ["f:data", "f:stringData"].into_iter().filter_map(|part| fields.get(part)?.as_object());
        for names in data.map(Map::keys) {
            told = true;
            keys.extend(names.filter_map(|name| name.strip_prefix("f:")).map(str::to_owned));
        }
    }
    if told { Keys::These(keys) } else { Keys::Unknown }
}

/// Lists the keys of the Secret that services name, each as `$key`.
fn keys_named(data: &BTreeMap<String, String>) -> BTreeSet<String> {
    let services = data.iter().filter(|(name, _)| name.starts_with("service."));
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let named = |text: &str| {
        let pieces: Vec<String> =
            text.split('$').skip(1).map(|rest| rest.chars().take_while(|c| fits(*c)).collect()).collect();
        pieces
    };
    services.flat_map(|(_, text)| named(text)).filter(|key: &String| !key.is_empty()).collect()
}

fn told(data: &BTreeMap<String, String>, wanted: &BTreeSet<String>, there: &Keys) -> Notifying {
    let service =
        |key: &str| Some(Printable::from_cluster(key.strip_prefix("service.")?.rsplit('.').next()?));
    let trigger = |key: &str| key.strip_prefix("trigger.").map(Printable::from_cluster);
    let unset = match there {
        Keys::Unknown => Vec::new(),
        Keys::These(there) => wanted.difference(there).map(|key| Printable::from_cluster(key)).collect(),
    };
    Notifying {
        services: data.keys().filter_map(|key| service(key)).collect(),
        triggers: data.keys().filter_map(|key| trigger(key)).collect(),
        unset,
    }
}
