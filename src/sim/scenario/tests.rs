//! The scenarios, played without a wire: how each begins, and what a good operator makes of it.

use jiff::SignedDuration;

use super::*;
use crate::sim::objects::kind::{POD, ROLLOUT};
use crate::sim::objects::{Order, Part, Patch, PatchKind, Place};
use crate::sim::world::{Standing, What};

mod form;
mod played;

/// A shipped scenario, the largest with fewer of those who only stand there.
fn scenario(name: &str) -> Scenario {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name).unwrap();
    Scenario::parse(name, &text.replace("count = 9969", "count = 45")).unwrap()
}

fn rollout(name: &str) -> Place {
    name::place(name).unwrap()
}

fn standing(world: &World, name: &str) -> Standing {
    Standing::of(&world.objects.get(&rollout(name)).unwrap().value)
}

fn run(world: &mut World, seconds: i64) {
    world.advance(world.now() + SignedDuration::from_secs(seconds));
}

/// Patches a Rollout's status, as the kubectl plugin does.
fn status(world: &mut World, name: &str, status: &str) {
    let body = format!(r#"{{"status":{status}}}"#);
    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
    world.apply(Order::Patch { place: &rollout(name), part: Part::Status, patch }).unwrap();
}

fn abort(world: &mut World, name: &str) {
    status(world, name, r#"{"abort":true}"#);
}

fn promote(world: &mut World, name: &str) {
    status(world, name, r#"{"pauseConditions":null}"#);
}
