//! Owns how the store and the policy look to the rules of health: places, one a namespace, of a session or of one look.
//!
//! It never judges and never asks. Invariant: a namespace in which there are Rollouts, or that was asked for, is a place; where there is
//! none, one without a name stands for all, so that what cannot be read has a row.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::act_of;
use crate::capability::Act;
use crate::capability::judge::{Granted, Place, Reading, Readings};
use crate::operation::{Kind, Policy};
use crate::rollout::delta::Kind as Watched;
use crate::rollout::traffic::TrafficRef;
use crate::rollout::{Key, Rollout};
use crate::store::{Freshness, Store};
use crate::text::Printable;

/// What the policy grants in each namespace, with the number of Rollouts for which that was found out.
pub type Grants = BTreeMap<Arc<str>, (usize, Vec<(Act, Granted)>)>;

/// What places are made of.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// What was read.
    pub store: &'a Store,
    /// Namespaces that were asked for; none where all were.
    pub namespaces: &'a [Arc<str>],
    /// What may be ordered.
    pub policy: &'a Policy,
    /// Kubeconfig context.
    pub context: &'a str,
    /// When a kind was last heard from in a namespace.
    pub heard: &'a dyn Fn(Watched, &str) -> Option<Timestamp>,
}

/// Lists every place, without what an undo could go to ([`targets`]), which takes a while to count in a large fleet.
pub fn of<'a>(ground: Ground<'a>, grants: &mut Grants, now: Timestamp) -> Vec<Place<'a>> {
    let mut found: BTreeMap<Arc<str>, Vec<&Rollout>> =
        ground.namespaces.iter().map(|name| (name.clone(), Vec::new())).collect();
    for (key, standing) in ground.store.fleet.iter() {
        match found.get_mut(&key.namespace) {
            Some(rollouts) => rollouts.push(&*standing.rollout),
            None => _ = found.insert(key.namespace.clone(), vec![&*standing.rollout]),
        }
    }
    if found.is_empty() {
        found.insert(Arc::default(), Vec::new());
    }
    grants.retain(|name, _| found.contains_key(name));
    let place = |(namespace, rollouts): (Arc<str>, Vec<&'a Rollout>)| {
        let granted = granted(ground, (&namespace, &rollouts), grants);
        Place {
            readings: readings(ground, &namespace, now),
            namespace,
            rollouts,
            targets: Vec::new(),
            granted,
        }
    };
    found.into_iter().map(place).collect()
}

/// Counts the revisions that each Rollout of a place could go back to; empty where ReplicaSets are not known.
pub fn targets(store: &Store, place: &Place<'_>) -> Vec<usize> {
    if !store.is_known(Watched::ReplicaSets, &place.namespace) {
        return Vec::new();
    }
    let older = |rollout: &&Rollout| {
        let current = rollout.status.current_pod_hash.as_deref();
        let sets = store.replica_sets.owned_by(&rollout.meta.uid);
        sets.filter(|set| set.meta.revision.is_some() && Some(&*set.hash) != current).count()
    };
    place.rollouts.iter().map(older).collect()
}

/// Lists the traffic objects of Rollouts that are under way or opened, the opened one first.
pub(super) fn traffic(store: &Store, opened: Option<&Key>) -> Vec<(Key, TrafficRef)> {
    let opened = opened.and_then(|key| store.rollout(key));
    let under_way = |rollout: &&Arc<Rollout>| {
        let status = &rollout.status;
        status.current_pod_hash != status.stable_hash
            && opened.is_none_or(|it| it.meta.key != rollout.meta.key)
    };
    let all = store.fleet.iter().map(|(_, standing)| &standing.rollout);
    let wanted = opened.into_iter().chain(all.filter(under_way));
    wanted
        .flat_map(|rollout| {
            let refs = rollout.traffic_refs().into_iter();
            refs.map(|object| (rollout.meta.key.clone(), object))
        })
        .collect()
}

fn readings(ground: Ground<'_>, namespace: &str, now: Timestamp) -> Readings {
    let reading = |kind| {
        let heard = (ground.heard)(kind, namespace);
        reading(ground.store.freshness_in(kind, namespace, now), heard)
    };
    Readings {
        rollouts: reading(Watched::Rollouts),
        replica_sets: reading(Watched::ReplicaSets),
        pods: reading(Watched::Pods),
        analysis_runs: reading(Watched::AnalysisRuns),
        events: reading(Watched::Events),
    }
}

fn reading(freshness: Freshness, heard: Option<Timestamp>) -> Reading {
    match (freshness, heard) {
        (Freshness::Live, Some(at)) => Reading::Live { at },
        (Freshness::Live, None) => Reading::Loading,
        (Freshness::Unasked, _) => Reading::Unwatched,
        (Freshness::Connecting | Freshness::Syncing { .. }, _) => Reading::Loading,
        (Freshness::Stale { since, why }, _) => Reading::Stale { since, why },
        (Freshness::Forbidden { why }, _) => Reading::Forbidden { why },
        (Freshness::Absent { why }, _) => Reading::Absent { why },
        (Freshness::Unauthorized { why }, _) => Reading::LoggedOut { why },
    }
}

/// Says what the policy grants in a namespace: what it does on one of its Rollouts at least.
fn granted(
    ground: Ground<'_>,
    (namespace, rollouts): (&Arc<str>, &[&Rollout]),
    grants: &mut Grants,
) -> Vec<(Act, Granted)> {
    if let Some((count, known)) = grants.get(namespace)
        && *count == rollouts.len()
    {
        return known.clone();
    }
    let any = Key { namespace: namespace.clone(), name: Arc::from("any") };
    let mut keys: Vec<&Key> = rollouts.iter().map(|rollout| &rollout.meta.key).collect();
    if keys.is_empty() || ground.policy.is_read_only() {
        keys = vec![keys.first().copied().unwrap_or(&any)];
    }
    let granted: Vec<(Act, Granted)> =
        Act::ALL.into_iter().map(|act| (act, granted_on(ground, act, &keys))).collect();
    grants.insert(namespace.clone(), (rollouts.len(), granted.clone()));
    granted
}

fn granted_on(ground: Ground<'_>, act: Act, keys: &[&Key]) -> Granted {
    let mut refusal = None;
    for key in keys {
        for kind in Kind::ALL.into_iter().filter(|kind| act_of(*kind) == Some(act)) {
            match ground.policy.terms(ground.context, key, kind) {
                Ok(_) => return Granted::Yes,
                Err(why) => _ = refusal.get_or_insert(why),
            }
        }
    }
    let why = refusal.map_or_else(Printable::default, |refusal| Printable::from(refusal.to_string()));
    Granted::No { why }
}
