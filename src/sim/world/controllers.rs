//! How a controller's look is carried out: reconcile, write, wake, look again.
//!
//! It owns what happens when a write of a controller is refused, and when one object is written without end. It never
//! decides what is written: that is the model's. Invariant: time never stands still for a look that asks for another.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;

use super::{AFTER_REFUSAL, Author, STORM, STORM_TIME, What, World, model, wake};
use crate::sim::model::{Write, random};
use crate::sim::objects::kind::{EVENT, LEASE, ROLLOUT};
use crate::sim::objects::{
    Cascade, Change, EventKind, Kind, Order, Part, Patch, PatchKind, Place, Refusal, Stored, Terms,
};

/// The least time between two looks at one object.
const BREATH: SignedDuration = SignedDuration::from_millis(10);

impl World {
    /// Has the controller of an object look at it now.
    pub(super) fn look(&mut self, place: &Place) {
        if self.parked.is_some() && wake::is_argos(place) {
            self.look_at(place.clone(), self.now);
            return;
        }
        if place.kind == &LEASE {
            return self.renew(place);
        }
        let outcome = model::reconcile(&self.objects, place, &*self.metrics, self.now);
        let writes = !outcome.writes.is_empty();
        let refused = outcome.writes.into_iter().find_map(|write| self.write(place, write).err());
        self.take_in();
        if writes && self.storms(place) {
            return;
        }
        if let Some(refusal) = refused.filter(|refusal| refusal.code != 404) {
            let at = self.now.checked_add(AFTER_REFUSAL).unwrap_or(self.now);
            self.note(What::Happened(
                format!("the controller of {place:?} was refused: {}", refusal.message).into(),
            ));
            self.look_at(place.clone(), at);
        }
        if let Some(again) = outcome.again {
            let soonest = self.now.checked_add(BREATH).unwrap_or(self.now);
            self.look_at(place.clone(), again.max(soonest));
        }
    }

    fn write(&mut self, by: &Place, write: Write) -> Result<(), Refusal> {
        let now = self.now;
        let order = match write {
            Write::Create { kind, namespace, value } => {
                return self.objects.create(kind, &namespace, value, now).map(drop);
            }
            Write::Replace { place, part, value } => {
                return self.objects.replace(&place, part, value, now).map(drop);
            }
            Write::Merge { place, part, patch } => (place, part, patch),
            Write::Delete { place } => {
                // Controllers say so: a Job's pods would stay otherwise (Argo: metricproviders/job/job.go).
                let terms = Terms { cascade: Cascade::Background, ..Terms::default() };
                return self.objects.apply(Order::Delete { place: &place, terms }, now).map(drop);
            }
            Write::Tell { about, warning, reason, message } => {
                let uid = self.objects.get(&about).map(|object| object.uid().to_owned()).unwrap_or_default();
                let about = About { place: &about, uid: &uid, warning };
                return self.tell(by.kind, about, reason, &message);
            }
        };
        let (place, part, patch) = order;
        let body = patch.to_string();
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        self.objects.apply(Order::Patch { place: &place, part, patch }, now).map(drop)
    }

    /// Counts a write of an object's controller; tells whether that is a storm, and leaves the object alone then.
    pub(super) fn storms(&mut self, place: &Place) -> bool {
        let now = self.now;
        let (since, count) = self.pace.entry(place.clone()).or_insert((now, 0));
        if now.duration_since(*since) > STORM_TIME {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count < STORM {
            return false;
        }
        self.queue.forget(place);
        self.pace.remove(place);
        let words =
            format!("{place:?} was written {STORM} times within {STORM_TIME:#}: its controller is stopped");
        self.note(What::Fault(words.into()));
        true
    }

    /// Writes an Event as the controllers' recorders do: one object for each that is alike, counted up.
    fn tell(
        &mut self,
        by: &'static Kind,
        about: About<'_>,
        reason: &'static str,
        message: &str,
    ) -> Result<(), Refusal> {
        let About { place: about, uid, warning } = about;
        let sort = if warning { "Warning" } else { "Normal" };
        let hash = random::mix(&[about.kind.kind, &*about.namespace, &about.name, sort, reason, message]);
        let name = format!("{}.{hash:016x}", about.name);
        let place = Place::new(&EVENT, &about.namespace, &name);
        let at = format!("{:.0}", self.now);
        if let Some(known) = self.objects.get(&place) {
            let count = known.value.get("count").and_then(serde_json::Value::as_i64).unwrap_or(1);
            let body = json!({"count": count + 1, "lastTimestamp": at}).to_string();
            let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
            return self.objects.patch(&place, Part::Whole, patch, self.now).map(drop);
        }
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": name, "namespace": &*about.namespace},
            "involvedObject": {"apiVersion": about.kind.api_version(), "kind": about.kind.kind,
                "namespace": &*about.namespace, "name": &*about.name, "uid": uid},
            "type": sort, "reason": reason, "message": message, "count": 1,
            "firstTimestamp": at, "lastTimestamp": at, "source": {"component": component(by)},
        });
        let namespace = Arc::clone(&about.namespace);
        self.objects.create(&EVENT, &namespace, event, self.now).map(drop)
    }
}

/// What an Event is about, and of which sort it is.
struct About<'a> {
    place: &'a Place,
    uid: &'a str,
    warning: bool,
}

impl World {
    /// Has Argo's controller say that a Rollout is gone, if it is there to see it (Argo: rollout/controller.go, the
    /// informer's `DeleteFunc`; name and namespace stand in its order); tells whether it did.
    pub(super) fn tell_of_deletion(&mut self, change: &Change) -> bool {
        let Stored { place, .. } = &*change.object;
        if place.kind != &ROLLOUT || change.event != EventKind::Deleted || self.parked.is_some() {
            return false;
        }
        let message = format!("Rollout {}/{} is deleted.", place.name, place.namespace);
        let about = About { place, uid: change.object.uid(), warning: false };
        // A namespace that goes too takes no Events any more.
        self.tell(&ROLLOUT, about, "RolloutDeleted", &message).is_ok()
    }
}

/// Names the controller that tells Events from its looks at a kind (Argo: utils/record/record.go).
fn component(kind: &'static Kind) -> &'static str {
    match kind.plural {
        "replicasets" => "replicaset-controller",
        "pods" => "kubelet",
        "jobs" => "job-controller",
        _ => "rollouts-controller",
    }
}

/// What Argo's plugin, with which colleagues work, calls itself.
const PLUGIN: &str = "kubectl-argo-rollouts";

impl World {
    /// Carries out an order in a colleague's name.
    pub(super) fn order_as(&mut self, who: &Arc<str>, order: Order<'_>) -> Result<(), Refusal> {
        self.apply_as(Author::Colleague(Arc::clone(who)), Some(PLUGIN), order).map(drop)
    }
}
