//! A Prometheus that is made up: what it would tell of the versions in a scenario, on loopback.
//!
//! It owns the few questions that it answers in Prometheus's words, and the series behind them, which follow from a story, a
//! seed and the time. It never keeps a point and never judges one. Invariant: the same question about the same minute has the same
//! answer, however often and in whatever order it is asked.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;

use super::loopback::{self, Served};
use crate::clock::Clock;
use crate::sim::world::World;

mod answer;
mod question;
mod selector;
mod story;
#[cfg(test)]
mod tests;

pub use story::{Like, Story};

/// Serves the series of stories, for the versions that a world has; must be called within a tokio runtime.
///
/// # Errors
/// When no port can be had.
pub async fn start(world: Arc<Mutex<World>>, clock: Clock, stories: Vec<Story>) -> io::Result<Served> {
    loopback::serve(move |asked| {
        let form = if asked.method == Method::POST { &asked.body } else { &asked.query };
        let now = clock.now();
        let world = world.lock().unwrap_or_else(PoisonError::into_inner);
        question::answer(&world, &stories, (&asked.path, form), now)
    })
    .await
}
