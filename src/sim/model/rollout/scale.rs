//! Scaling a Rollout's ReplicaSets to the pods they shall have, and letting old ones go.
//!
//! It owns the order: stable, new, then old ones; and the deadlines that old ones are given. How many pods each shall have
//! stands in `replicas`. Invariant: a ReplicaSet that a Service or the router still points at keeps its pods (Argo:
//! rollout/replicaset.go, rollout/canary.go).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::conditions::{later, whole};
use super::pass::Pass;
use super::replicas::counts;
use super::set::{HASH, SCALE_DOWN_DEADLINE, Set};
use crate::sim::model::Write;
use crate::sim::objects::Part;

impl<'a> Pass<'a> {
    /// Scales a canary's ReplicaSets; tells whether one was scaled, in which case the rest waits for the next look.
    pub fn reconcile_canary_sets(&mut self) -> bool {
        if self.is_halted() {
            return false;
        }
        self.remove_deadlines();
        if let Some(stable) = self.sets.separate_stable().cloned() {
            // The stable version follows the weights of the last look, so that it shrinks only after the traffic has left.
            let wanted = counts(&self.rollout, &self.sets, self.was().canary.weights.as_ref()).stable;
            if self.scale(&stable, wanted) {
                return true;
            }
        }
        let wanted = counts(&self.rollout, &self.sets, self.next.canary.weights.as_ref()).canary;
        self.scale_new(wanted) || self.scale_down_others()
    }

    /// Scales the wanted version; after an abort only when its time is up.
    pub fn scale_new(&mut self, wanted: i64) -> bool {
        let Some(new) = self.sets.new_set().cloned() else { return false };
        let mut wanted = wanted;
        if self.delays_scale_down_on_abort() {
            match (new.deadline(), self.spec().abort_delay()) {
                (Some(text), _) => match text.parse::<Timestamp>() {
                    Ok(deadline) if deadline > self.now => {
                        self.out.look_again(deadline);
                        return false;
                    }
                    Ok(_) => wanted = 0,
                    Err(_) => {}
                },
                (None, Some(delay)) => {
                    let stable = self.sets.stable_set().map(|set| set.status.available_replicas);
                    if stable == Some(self.spec().wanted()) {
                        self.set_deadline(&new, delay);
                    }
                    return false;
                }
                (None, None) => {}
            }
        }
        self.scale(&new, wanted)
    }

    /// Tells whether an aborted version keeps its pods for a while (Argo: `shouldDelayScaleDownOnAbort`).
    pub fn delays_scale_down_on_abort(&self) -> bool {
        let spec = self.spec();
        let basic = spec.strategy.canary.is_some() && spec.routing().is_none();
        self.is_aborted()
            && self.sets.stable_set().is_some()
            && !basic
            && spec.abort_delay().is_some()
            && !(spec.is_dynamic() && spec.written_abort_delay().is_none())
    }

    /// Takes the deadlines of the wanted and the stable version away, as they are needed again.
    pub fn remove_deadlines(&mut self) {
        let new = self.sets.new_set().filter(|_| !self.delays_scale_down_on_abort());
        let stable = if new.is_some() { self.sets.separate_stable() } else { self.sets.stable_set() };
        let both = new.into_iter().chain(stable).filter(|set| set.deadline().is_some());
        let places: Vec<_> = both.map(|set| set.place.clone()).collect();
        for place in places {
            let patch = json!({ "metadata": { "annotations": { SCALE_DOWN_DEADLINE: Value::Null } } });
            self.merge(place, Part::Whole, patch);
        }
    }

    /// Scales old versions down; tells whether one was scaled.
    pub fn scale_down_others(&mut self) -> bool {
        let mut old: Vec<Set<'a>> = self.sets.others().filter(|set| set.replicas > 0).cloned().collect();
        if old.is_empty() {
            return false;
        }
        if self.spec().strategy.canary.is_none() {
            return self.scale_down_old_blue_green(old);
        }
        self.clean_up_unhealthy(&mut old);
        let least = self.spec().wanted() - self.spec().fences().1;
        let mut spare = self.sets.available() - least;
        if spare <= 0 {
            return false;
        }
        old.sort_by_key(|set| std::cmp::Reverse(set.metadata.revision()));
        let (mut waiting, mut scaled) = (0, false);
        for set in &old {
            if self.spec().routing().is_some() && self.is_referenced(set) {
                continue;
            }
            if spare <= 0 {
                break;
            }
            if set.replicas == 0 {
                continue;
            }
            let wanted = self.old_canary_replicas(set, spare, &mut waiting);
            if set.replicas != wanted {
                self.scale(set, wanted);
                spare -= set.replicas - wanted;
                scaled = true;
            }
        }
        scaled
    }

    fn old_canary_replicas(&mut self, set: &Set<'_>, spare: i64, waiting: &mut usize) -> i64 {
        if self.spec().routing().is_none() {
            return (set.replicas - spare).max(0);
        }
        let is_previous = self.was().is_promoted() || set.deadline().is_some();
        if is_previous && !self.spec().is_dynamic() {
            self.delayed_replicas(set, waiting, set.replicas)
        } else {
            0
        }
    }

    fn clean_up_unhealthy(&mut self, old: &mut [Set<'a>]) {
        old.sort_by_key(|set| (set.metadata.creation_timestamp, set.metadata.name.clone()));
        for set in old {
            let available = set.status.available_replicas;
            if set.replicas > available {
                self.scale(set, available);
                set.replicas = available;
            }
        }
    }

    fn scale_down_old_blue_green(&mut self, mut old: Vec<Set<'a>>) -> bool {
        if self.old_must_wait_for_analysis() {
            return false;
        }
        old.sort_by_key(|set| std::cmp::Reverse(set.metadata.revision()));
        let (mut waiting, mut scaled) = (0, false);
        for set in &old {
            if self.is_referenced(set) {
                continue;
            }
            let wanted = self.delayed_replicas(set, &mut waiting, self.spec().wanted());
            if set.replicas != wanted {
                self.scale(set, wanted);
                scaled = true;
            }
        }
        scaled
    }

    /// Gives the pods of an old version that has a deadline or is given one (Argo: `scaleDownDelayHelper`).
    fn delayed_replicas(&mut self, set: &Set<'_>, waiting: &mut usize, wanted: i64) -> i64 {
        let limit = self.spec().scale_down_limit();
        let Some(text) = set.deadline() else {
            if *waiting >= limit {
                return 0;
            }
            *waiting += 1;
            self.set_deadline(set, self.spec().scale_down_delay());
            return set.replicas;
        };
        *waiting += 1;
        match text.parse::<Timestamp>() {
            Ok(deadline) if *waiting <= limit && deadline > self.now => {
                self.out.look_again(deadline);
                wanted
            }
            _ => 0,
        }
    }

    fn set_deadline(&mut self, set: &Set<'_>, seconds: i64) {
        if seconds == 0 {
            return;
        }
        let deadline = whole(later(self.now, seconds)).to_string();
        let patch = json!({ "metadata": { "annotations": { SCALE_DOWN_DEADLINE: deadline } } });
        self.merge(set.place.clone(), Part::Whole, patch);
    }

    /// Tells whether status or a Service still points at a version (Argo: `isReplicaSetReferenced`).
    fn is_referenced(&self, set: &Set<'_>) -> bool {
        let (hash, was) = (set.hash(), self.was());
        let weights = was.canary.weights.iter();
        let routed = weights
            .flat_map(|weights| [&weights.canary.pod_template_hash, &weights.stable.pod_template_hash]);
        let noted = [
            &was.stable_rs,
            &was.current_pod_hash,
            &was.blue_green.active_selector,
            &was.blue_green.preview_selector,
        ];
        let served = self.services.values().filter_map(|service| service.selector.get(HASH));
        !hash.is_empty() && noted.into_iter().chain(routed).chain(served).any(|known| known == hash)
    }

    /// Deletes the oldest versions beyond those that are kept, with their runs (Argo: `reconcileRevisionHistoryLimit`).
    pub fn forget_old_sets(&mut self) {
        let mut old: Vec<&Set<'a>> =
            self.sets.others().filter(|set| set.metadata.deletion_timestamp.is_none()).collect();
        let surplus =
            usize::try_from(self.spec().history()).map_or(0, |limit| old.len().saturating_sub(limit));
        old.sort_by_key(|set| (set.metadata.creation_timestamp, set.metadata.name.clone()));
        let idle = |set: &&&Set<'_>| {
            let seen = set.metadata.generation <= set.status.observed_generation;
            set.replicas == 0 && set.status.replicas == 0 && seen
        };
        let gone: Vec<_> = old
            .iter()
            .take(surplus)
            .filter(idle)
            .map(|set| (set.place.clone(), set.hash().to_owned()))
            .collect();
        for (place, hash) in gone {
            self.out.writes.push(Write::Delete { place });
            let with_it: Vec<_> = self.runs.others_of(&hash).collect();
            self.out.writes.extend(with_it.into_iter().map(|place| Write::Delete { place }));
        }
    }
}
