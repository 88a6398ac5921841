//! Tests against a real cluster: one for the whole run, a namespace of its own for every test.
//!
//! The cluster starts when the first test that is not filtered out runs, and ends with the run. Where Go is missing the
//! tests are counted as ignored, unless `ROLLGATE_CLUSTER=required`: then that is a failure. See `README.md` beside this.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests"
)]

#[path = "../support/faults/faults.rs"]
mod campaign;
#[path = "../support/cluster/cluster.rs"]
mod cluster;
use cluster::cache;
#[path = "../support/exporter.rs"]
mod exporter;
mod harness;
#[path = "../support/installed.rs"]
mod installed;
#[path = "../support/listening.rs"]
mod listening;
mod person;
#[path = "../support/policy_service.rs"]
mod policy_service;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/sdks.rs"]
mod sdks;
#[path = "../twin/twin.rs"]
mod twin_play;

// Each file of tests: a `pub fn trials() -> Vec<Case>`.
mod assistants;
mod attacks;
mod broken;
mod differential;
mod doubt;
mod errands;
mod faults;
mod gates;
mod health;
mod itself;
mod leaving;
mod operations;
mod orders;
mod probe;
mod selfheal;
mod served;
mod timeline;
mod twin;
mod watching;

fn main() -> std::process::ExitCode {
    let all = [
        // The first takes longest; the others run beside it.
        doubt::trials(),
        faults::trials(),
        assistants::trials(),
        attacks::trials(),
        operations::trials(),
        orders::trials(),
        probe::trials(),
        selfheal::trials(),
        watching::trials(),
        broken::trials(),
        leaving::trials(),
        errands::trials(),
        gates::trials(),
        health::trials(),
        differential::trials(),
        itself::trials(),
        served::trials(),
        timeline::trials(),
        twin::trials(),
    ];
    harness::run(all.concat())
}
