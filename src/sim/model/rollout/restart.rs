//! Restarts: replacing pods that are older than a person asked.
//!
//! It evicts by deleting; there are no disruption budgets here. Invariant: no more pods go at once than may be missing,
//! and at least one may (Argo: rollout/restart.go).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::pass::Pass;
use super::set::{Metadata, Set};
use crate::sim::model::Write;
use crate::sim::objects::kind::POD;
use crate::sim::objects::{Place, Stored};

/// Seconds after which a restart that is not done is looked at again.
const CHECK: i64 = 30;

impl Pass<'_> {
    /// Replaces pods that are older than asked, as many as may go now; tells how many went.
    pub fn restart_pods(&mut self) -> usize {
        let Some(at) = self.spec().restart_at else { return 0 };
        if self.now <= at {
            // It counts from the moment after.
            self.out.look_again(at.checked_add(SignedDuration::from_millis(1)).unwrap_or(at));
            return 0;
        }
        if self.was().restarted_at == Some(at) {
            return 0;
        }
        let pods = self.pods_by_priority();
        let all: i64 = self.sets.all.iter().map(|set| set.replicas).sum();
        let (wanted, at_once) = (self.spec().wanted(), self.spec().fences().1.max(1));
        let available = pods.iter().filter(|pod| pod.available && !pod.leaving).count();
        let room = i64::try_from(available).unwrap_or(0) - (wanted.max(all) - at_once);
        let old: Vec<_> = pods.iter().filter(|pod| pod.created.is_some_and(|created| created < at)).collect();
        let room = usize::try_from(room).unwrap_or(0);
        let going = old.iter().filter(|pod| !pod.leaving).take(room).map(|pod| pod.place.clone());
        let going: Vec<Place> = going.collect();
        if old.len() == going.len() {
            self.next.restarted_at = Some(at);
        } else {
            self.again_in(CHECK);
        }
        let count = going.len();
        self.out.writes.extend(going.into_iter().map(|place| Write::Delete { place }));
        count
    }

    /// Gives the pods: the stable version's first, then the new one's, then older ones'.
    fn pods_by_priority(&self) -> Vec<Pod> {
        let others = self.sets.others();
        let new =
            self.sets.new_set().filter(|set| self.sets.stable_set().is_none_or(|it| it.place != set.place));
        let sets = self.sets.stable_set().into_iter().chain(new).chain(others);
        let stored = |set: &Set<'_>| self.objects.get(&set.place);
        let pods = sets.filter_map(stored).flat_map(|set| self.objects.owned_by(&POD, set));
        pods.map(|pod| Pod::read(pod)).collect()
    }
}

struct Pod {
    place: Place,
    created: Option<Timestamp>,
    available: bool,
    leaving: bool,
}

impl Pod {
    fn read(stored: &Stored) -> Self {
        let metadata = Metadata::read(&stored.value);
        let conditions = stored.value.pointer("/status/conditions").and_then(Value::as_array);
        let is = |condition: &Value, key: &str, text: &str| {
            condition.get(key).and_then(Value::as_str) == Some(text)
        };
        let available =
            conditions.into_iter().flatten().any(|it| is(it, "type", "Ready") && is(it, "status", "True"));
        Self {
            place: stored.place.clone(),
            created: metadata.creation_timestamp,
            available,
            leaving: metadata.deletion_timestamp.is_some(),
        }
    }
}
