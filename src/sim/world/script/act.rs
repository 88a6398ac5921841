//! What a step of a script does: orders in a colleague's name, the controller, the wire.
//!
//! It owns the requests that colleagues send, which are those of Argo's kubectl plugin (docs of the plugin: promote,
//! abort, set image). It never waits. Invariant: an order goes through the API's rules like any client's, and may be
//! refused, which is on record.

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Step;
use crate::sim::objects::{Order, Part, Patch, PatchKind, Place, Refusal};
use crate::sim::world::gate::{Policy, Right};
use crate::sim::world::wire::{Meets, Mishap};
use crate::sim::world::{What, World};

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A colleague orders something on a Rollout.
    Order(Place, Wish),
    /// Argo's controller stops, or comes back.
    Controller {
        /// Whether it runs from now on.
        up: bool,
    },
    /// The next requests of a sort meet a mishap.
    Meet(Meets, u32, Mishap),
    /// Every watch ends.
    Cut,
    /// Nothing reaches a client for this long.
    Silence(SignedDuration),
    /// The server forgets its history: a watch that resumes is answered 410.
    Compact,
    /// The person loses a right, or has it again.
    Right {
        /// Which.
        right: Right,
        /// Whether they have it from now on.
        granted: bool,
    },
    /// A policy admits no change of a Rollout from now on; or all are admitted again.
    Policy(Option<Policy>),
}

/// What a colleague wants of a Rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// End the pause.
    Promote,
    /// Abort the update.
    Abort,
    /// Take an aborted update up again.
    Retry,
    /// Pause it by hand.
    Pause,
    /// End that pause.
    Resume,
    /// Roll out another image.
    Image(Arc<str>),
    /// Have another number of replicas.
    Scale(i64),
}

/// Does what a step says.
pub(in crate::sim::world) fn run(world: &mut World, step: &Step) {
    match &step.act {
        Act::Order(place, wish) => {
            if let Err(refusal) = order(world, &step.by, place, wish) {
                world.note(What::Happened(format!("{}: refused: {}", step.by, refusal.message).into()));
            }
        }
        Act::Controller { up } => world.controller(*up),
        Act::Meet(meets, count, mishap) => world.wire.expect(*meets, *count, *mishap),
        Act::Cut => world.wire.cut(),
        Act::Silence(time) => {
            let until = world.now.checked_add(*time).unwrap_or(world.now);
            world.wire.silence(until);
        }
        Act::Compact => {
            world.objects.forget_history();
            world.wire.cut();
        }
        Act::Right { right, granted } => world.gate.grant(right, *granted),
        Act::Policy(policy) => world.gate.policy.clone_from(policy),
    }
}

/// Orders something on a Rollout in somebody's name.
pub(in crate::sim::world) fn order(
    world: &mut World,
    who: &Arc<str>,
    place: &Place,
    wish: &Wish,
) -> Result<(), Refusal> {
    let (part, kind, body) = wish.request();
    let body = body.to_string();
    let patch = Patch { kind, body: body.as_bytes() };
    world.order_as(who, Order::Patch { place, part, patch })
}

impl Wish {
    /// The request by which the kubectl plugin would order it.
    fn request(&self) -> (Part, PatchKind, Value) {
        let merge = PatchKind::Merge;
        match self {
            Self::Promote => (Part::Status, merge, json!({"status": {"pauseConditions": null}})),
            Self::Abort => (Part::Status, merge, json!({"status": {"abort": true}})),
            Self::Retry => (Part::Status, merge, json!({"status": {"abort": false}})),
            Self::Pause => (Part::Whole, merge, json!({"spec": {"paused": true}})),
            Self::Resume => (Part::Whole, merge, json!({"spec": {"paused": false}})),
            Self::Scale(replicas) => (Part::Whole, merge, json!({"spec": {"replicas": replicas}})),
            Self::Image(image) => {
                let path = "/spec/template/spec/containers/0/image";
                (Part::Whole, PatchKind::Json, json!([{"op": "replace", "path": path, "value": &**image}]))
            }
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(place, wish) => write!(f, "{wish} {}/{}", place.namespace, place.name),
            Self::Controller { up: true } => f.write_str("the controller comes back"),
            Self::Controller { up: false } => f.write_str("the controller goes down"),
            Self::Meet(meets, count, mishap) => write!(f, "the next {count} of {meets:?} meet {mishap:?}"),
            Self::Cut => f.write_str("every watch ends"),
            Self::Silence(time) => write!(f, "nothing gets through for {time:#}"),
            Self::Compact => f.write_str("the server forgets its history"),
            Self::Right { right, granted } => {
                let verb = if *granted { "gives back" } else { "takes" };
                write!(f, "{verb} the right to {} {}", right.verb, right.resource)
            }
            Self::Policy(Some(policy)) => write!(f, "has {} refuse changes of Rollouts", policy.name),
            Self::Policy(None) => f.write_str("has changes of Rollouts admitted again"),
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promote => f.write_str("promotes"),
            Self::Abort => f.write_str("aborts"),
            Self::Retry => f.write_str("retries"),
            Self::Pause => f.write_str("pauses"),
            Self::Resume => f.write_str("resumes"),
            Self::Image(image) => write!(f, "rolls out {image} on"),
            Self::Scale(replicas) => write!(f, "scales to {replicas}"),
        }
    }
}
