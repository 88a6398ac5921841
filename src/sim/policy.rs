//! A policy service that is made up, beside the cluster inside: workflows with their runs, decisions, approvals and failed jobs.
//!
//! It owns what a scenario tells of workflows, and answers on loopback in the words of Cordum's gateway API. It never writes in the
//! cluster and has no clock: what a run came to follows from when it began and when it is asked for. Invariant: a run is begun
//! once for each `Idempotency-Key`, and every order is told in the world's history.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::loopback::{self, Served};
use super::objects::Place;
use super::objects::kind::ROLLOUT;
use super::world::{Standing, World};
use crate::clock::Clock;

mod answer;
mod decision;
mod desk;
mod route;
mod run;
#[cfg(test)]
mod tests;
mod workflow;

pub use decision::Decision;
pub use desk::Desk;
pub use workflow::{Failure, Past, Step, TENANT, Waiting, Workflow};

/// Serves workflows beside a world to whoever bears the key; must be called within a tokio runtime.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    (world, clock): (Arc<Mutex<World>>, Clock),
    workflows: Vec<Workflow>,
    (key, seed): (String, u64),
) -> io::Result<Served> {
    let desk = Mutex::new(Desk::new(workflows, key, seed));
    loopback::serve(move |asked| {
        let now = clock.now();
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, ordered) =
            route::answer(&mut desk, asked, (&|workflow| is_canary_out(&world, workflow), now));
        if let Some(words) = ordered {
            world.beside(&words, now);
        }
        answer
    })
    .await
}

/// Tells whether a new version gets traffic in the Rollout that a workflow is about.
fn is_canary_out(world: &World, workflow: &Workflow) -> bool {
    let place = Place::new(&ROLLOUT, &workflow.namespace, &workflow.rollout);
    let standing = world.objects.get(&place).map(|stored| Standing::of(&stored.value));
    standing.is_some_and(|standing| !standing.settled && standing.weight > 0)
}
