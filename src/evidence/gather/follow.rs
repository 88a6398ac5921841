//! Owns following a wish of gates: who is due is asked for, a few at a time, until nobody takes it any more.
//!
//! Invariants: for one canary at most one question is under way; nothing waits for whoever takes what was gathered, but the next turn does.

use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, watch};

use super::desk::AT_ONCE;
use super::turns::{Next, Turns};
use crate::evidence::Evidence;
use crate::gate::wish::{Gathered, Wish};

/// The longest sleep; what is wished ends it sooner.
const LONGEST: Duration = Duration::from_secs(300);

impl Evidence {
    /// Gathers at the pace of [`super::turns`], until nobody takes it or makes wishes any more.
    pub async fn follow_gates(self, mut wishes: watch::Receiver<Wish>, gathered: mpsc::Sender<Gathered>) {
        let mut turns = Turns::new(self.clock.speed());
        let mut under_way = FuturesUnordered::new();
        loop {
            let wish = wishes.borrow_and_update().clone();
            let now = tokio::time::Instant::now().into_std();
            let wait = match turns.next(&wish, now) {
                _ if under_way.len() >= AT_ONCE => LONGEST,
                Next::Now(canary) => {
                    turns.begun(&canary, now);
                    let evidence = &self;
                    under_way.push(async move {
                        let (gathered, well) = evidence.gathered(&canary, evidence.clock.now()).await;
                        (canary, gathered, well)
                    });
                    continue;
                }
                Next::In(wait) => wait.min(LONGEST),
                Next::Never => LONGEST,
            };
            tokio::select! {
                Some((canary, found, well)) = under_way.next(), if !under_way.is_empty() => {
                    turns.ended(&canary, well);
                    if gathered.send(found).await.is_err() {
                        return;
                    }
                }
                () = tokio::time::sleep(wait) => {}
                changed = wishes.changed() => if changed.is_err() { return },
                () = gathered.closed() => return,
            }
        }
    }
}
