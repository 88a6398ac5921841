//! Owns how what was looked at once stands before the rules: places, one a namespace.
//!
//! It never judges. Invariant: a namespace that was asked for, or in which there are Rollouts, is a place; where there is
//! none, one without a name stands for all, so that what cannot be read has a row.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::look::Looked;
use crate::app::health::act_of;
use crate::capability::Act;
use crate::capability::judge::{Granted, Place, Reading, Readings};
use crate::config::Config;
use crate::operation::Kind;
use crate::rollout::delta::Kind as Watched;
use crate::rollout::{Key, Rollout};
use crate::store::{Freshness, Store};
use crate::text::Printable;

/// Lists every place.
pub(super) fn of<'a>(looked: &'a Looked, config: &Config, now: Timestamp) -> Vec<Place<'a>> {
    let mut found: BTreeMap<Arc<str>, Vec<&'a Rollout>> =
        looked.named.iter().map(|name| (name.clone(), Vec::new())).collect();
    for (key, standing) in looked.store.fleet.iter() {
        found.entry(key.namespace.clone()).or_default().push(&standing.rollout);
    }
    if found.is_empty() {
        found.insert(Arc::default(), Vec::new());
    }
    let place = |(namespace, rollouts): (Arc<str>, Vec<&'a Rollout>)| Place {
        readings: readings(looked, &namespace, now),
        targets: targets(&looked.store, &namespace, &rollouts),
        granted: Act::ALL.map(|act| (act, granted(looked, config, act, (&namespace, &rollouts)))).into(),
        namespace,
        rollouts,
    };
    found.into_iter().map(place).collect()
}

fn readings(looked: &Looked, namespace: &str, now: Timestamp) -> Readings {
    let watched = |kind| {
        let freshness = looked.store.freshness_in(kind, namespace, now);
        reading(freshness, looked.listed.get(&kind).copied())
    };
    Readings {
        rollouts: watched(Watched::Rollouts),
        replica_sets: watched(Watched::ReplicaSets),
        pods: Reading::Unwatched,
        analysis_runs: Reading::Unwatched,
        events: Reading::Unwatched,
    }
}

fn reading(freshness: Freshness, listed: Option<Timestamp>) -> Reading {
    match (freshness, listed) {
        (Freshness::Live, Some(at)) => Reading::Live { at },
        (Freshness::Live | Freshness::Connecting | Freshness::Syncing { .. }, _) => Reading::Loading,
        (Freshness::Unasked, _) => Reading::Unwatched,
        (Freshness::Stale { since, why }, _) => Reading::Stale { since, why },
        (Freshness::Forbidden { why }, _) => Reading::Forbidden { why },
        (Freshness::Absent { why }, _) => Reading::Absent { why },
        (Freshness::Unauthorized { why }, _) => Reading::LoggedOut { why },
    }
}

/// Counts the revisions that each Rollout could go back to; empty where ReplicaSets are not known.
fn targets(store: &Store, namespace: &str, rollouts: &[&Rollout]) -> Vec<usize> {
    if !store.is_known(Watched::ReplicaSets, namespace) {
        return Vec::new();
    }
    let older = |rollout: &&Rollout| {
        let current = rollout.status.current_pod_hash.as_deref();
        let sets = store.replica_sets.owned_by(&rollout.meta.uid);
        sets.filter(|set| set.meta.revision.is_some() && Some(&*set.hash) != current).count()
    };
    rollouts.iter().map(older).collect()
}

/// Says whether the policy allows an order of this kind on one Rollout of a namespace at least.
fn granted(
    looked: &Looked,
    config: &Config,
    act: Act,
    (namespace, rollouts): (&Arc<str>, &[&Rollout]),
) -> Granted {
    let any = Key { namespace: namespace.clone(), name: Arc::from("any") };
    let keys = rollouts.iter().map(|rollout| &rollout.meta.key).chain(rollouts.is_empty().then_some(&any));
    let mut refusal = None;
    for key in keys {
        for kind in Kind::ALL.into_iter().filter(|kind| act_of(*kind) == Some(act)) {
            match config.policy.terms(looked.context.as_str(), key, kind) {
                Ok(_) => return Granted::Yes,
                Err(why) => _ = refusal.get_or_insert(why),
            }
        }
    }
    Granted::No { why: refusal.map_or_else(Printable::default, |refusal| refusal.to_string().into()) }
}
