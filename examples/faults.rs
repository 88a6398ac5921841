//! Plays the fault campaign: the real program, a real cluster, one fault at each acknowledgement, the audit log as witness.
//!
//! `cargo run --release --example faults -- --runs 1000 --seed 1` prints a table of what was done and how it ended, and
//! ends with code 1 where a promise was broken. `--first N --runs 1` plays one run again.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a program for a person at a terminal"
)]

#[path = "../tests/support/cluster/cluster.rs"]
mod cluster;
#[path = "../tests/support/faults/faults.rs"]
mod faults;
#[path = "../tests/support/pty.rs"]
mod pty;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use cluster::{Cluster, say};
use faults::{Ground, Plan, Table};

/// Plays the fault campaign on a cluster of its own.
#[derive(Parser)]
struct Flags {
    /// How many runs
    #[arg(long, default_value_t = 1000)]
    runs: u64,
    /// The seed of all chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first run
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// On how many Rollouts at once
    #[arg(long, default_value_t = 48)]
    lanes: u64,
    /// How many terminals are typed at, at once
    #[arg(long, default_value_t = 5)]
    hands: usize,
    /// Every how many seconds something happens to the whole cluster; 0 for never
    #[arg(long, default_value_t = 30)]
    weather: u64,
    /// After how many minutes no run is begun any more
    #[arg(long)]
    minutes: Option<u64>,
    /// Tell of every run
    #[arg(long)]
    verbose: bool,
}

fn main() -> ExitCode {
    match run(&Flags::parse()) {
        Ok(table) => {
            println!("{table}");
            if table.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Result<Table, String> {
    let program = built();
    let cluster = Cluster::start()?;
    say(&format!("the audit log is {}", cluster.folder().join("audit.log").display()));
    let ground = Ground::on(&cluster, &program, flags.hands, flags.seed)?;
    ground.play(Plan {
        first: flags.first,
        runs: flags.runs,
        lanes: flags.lanes,
        weather: (flags.weather > 0).then(|| Duration::from_secs(flags.weather)),
        limit: flags.minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        talks: flags.verbose,
    })
}

/// Builds the program as this example was built, and returns where it lies.
fn built() -> PathBuf {
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--bin", "rollgate"]);
    build.args((!cfg!(debug_assertions)).then_some("--release"));
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    // What cargo tells this example about itself would make build scripts believe that their world has changed.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_") && name != "CARGO_HOME" && name != "CARGO_TARGET_DIR" {
            build.env_remove(name);
        }
    }
    assert!(build.status().expect("cargo runs").success(), "the program does not build");
    // This example lies in target/PROFILE/examples.
    let this = std::env::current_exe().expect("the path of this example");
    this.parent().and_then(|examples| examples.parent()).expect("a target folder").join("rollgate")
}
