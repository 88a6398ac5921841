//! The figures that rollgate promises, measured on this machine and printed as one table.
//!
//! `cargo bench --bench figures` runs the real binary in a terminal of its own: against a real API server beside curl,
//! kubectl and Argo's plugin (where the test cluster can run, see tests/cluster/README.md), and against a replay server
//! in a second process that sends the same bytes as fast as loopback allows. `-- --help` lists the options. A figure
//! that is missed is told as missed; timings never fail, so the exit code says only whether measuring worked.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]
#![allow(clippy::indexing_slicing, reason = "of JSON values, where an absent field is null")]

#[path = "../../tests/support/cluster/cluster.rs"]
mod cluster;
use cluster::cache;
#[path = "../../tests/support/replay/replay.rs"]
mod replay;
#[path = "../../tests/support/samples.rs"]
mod samples;
#[path = "../../tests/support/statistics.rs"]
mod statistics;

mod assistant;
mod embedded;
mod fleet;
mod health;
mod judge;
mod ledger;
mod machine;
mod measured;
mod orders;
mod process;
mod real;
#[allow(clippy::expect_used, reason = "shared with the tests")]
#[path = "../../tests/simulation/schedule.rs"]
mod schedule;
mod schedules;
mod screen;
mod stream;
mod table;
mod terminal;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use table::Table;

/// Measures the figures that rollgate promises and prints them as one table.
#[derive(Parser)]
struct Options {
    /// How often each figure is taken; the median is told
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Sizes of the fleet
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    sizes: Vec<usize>,
    /// Which figures; all unless named
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Seconds for which an idle screen is watched
    #[arg(long, default_value_t = 20)]
    idle: u64,
    /// Keys pressed in each run
    #[arg(long, default_value_t = 500)]
    keys: usize,
    /// Print the table as Markdown
    #[arg(long)]
    markdown: bool,
    /// Cargo says so to every bench
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the replay server: folder and size
    #[arg(long, hide = true, num_args = 2)]
    replay: Vec<String>,
}

/// A group of figures.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Against a real API server, beside curl, kubectl and the plugin
    Real,
    /// Start and memory against the replay server
    Start,
    /// A screen on which nothing happens
    Idle,
    /// Keys while events arrive
    Keys,
    /// Bytes to the terminal
    Bytes,
    /// From acknowledgement to the wire
    Orders,
    /// The ledger alone: appends, opening, verifying
    Ledger,
    /// Judging health in 200 namespaces
    Health,
    /// Orders under faults, played from seeds
    Schedules,
    /// Verdicts on metrics, beside SciPy
    Judge,
    /// The demo, and the embedded cluster's wire
    Embedded,
    /// What an assistant waits for: reading and proposing
    Mcp,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.replay.as_slice() {
        [folder, count] => count
            .parse()
            .map_err(|_| "a size is a number".to_owned())
            .and_then(|count| replay::serve(Path::new(folder), count, cluster::stored)),
        _ => measure(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), String> {
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut table = Table::default();
    for size in &options.sizes {
        if wanted(Part::Real) {
            match cluster::missing() {
                Some(reason) => eprintln!("no figures beside kubectl: {reason}"),
                None => real::measure(*size, options.runs, &mut table)?,
            }
        }
        fleet::measure(*size, options, &wanted, &mut table)?;
    }
    if wanted(Part::Embedded) {
        embedded::measure(options.runs, &mut table)?;
    }
    if wanted(Part::Orders) {
        orders::measure(options.runs, &mut table)?;
    }
    if wanted(Part::Ledger) {
        ledger::measure(options.runs, &mut table)?;
    }
    if wanted(Part::Health) {
        health::measure(options.runs, &mut table)?;
    }
    if wanted(Part::Schedules) {
        schedules::measure(&mut table)?;
    }
    if wanted(Part::Judge) {
        judge::measure(options.runs, &mut table)?;
    }
    if wanted(Part::Mcp) {
        assistant::measure(options.runs, &mut table)?;
    }
    println!("{}\n", machine::words());
    println!("{}", if options.markdown { table.markdown() } else { table.text() });
    Ok(())
}

/// Tells a person what is being done, beside the table.
fn say(words: &str) {
    eprintln!("figures: {words}");
}
