//! The fault campaign in short: every fault once, side by side on Rollouts of their own, and some faults of all at once.
//!
//! `examples/faults.rs` plays thousands. Invariant: no order takes effect twice, and none ends otherwise than the audit log
//! says.

use std::path::Path;
use std::time::Duration;

use crate::campaign::{Ground, KINDS, Plan};
use crate::cluster::{Cluster, say};
use crate::harness::Case;

/// The cases of this file. Most of their time is the minute and a half until a request that was lost is surely lost.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "whatever fails at an acknowledgement, an order takes effect once or not, and says which",
            sample,
        ),
        Case::disruptive(
            "orders under an API server and a controller that come and go end as they say",
            weather,
        ),
    ]
}

fn sample(cluster: &Cluster) -> Result<(), String> {
    play(cluster, Plan { first: 0, runs: KINDS, lanes: KINDS, weather: None, limit: None, talks: false })
}

fn weather(cluster: &Cluster) -> Result<(), String> {
    // Whole faults of the link and the machine: each kind stands once in as many numbers.
    let plan = Plan {
        first: KINDS,
        runs: 12,
        lanes: 12,
        weather: Some(Duration::from_secs(6)),
        limit: None,
        talks: false,
    };
    play(cluster, plan)
}

fn play(cluster: &Cluster, plan: Plan) -> Result<(), String> {
    let ground = Ground::on(cluster, Path::new(env!("CARGO_BIN_EXE_rollgate")), 4, 5)?;
    let table = ground.play(plan)?;
    say(&format!("\n{table}"));
    if !table.broken.is_empty() || table.double_effects > 0 {
        return Err(table.broken.join("\n"));
    }
    if !table.not_played.is_empty() {
        return Err(table.not_played.join("\n"));
    }
    Ok(())
}
