//! The judge beside SciPy and R, on thousands of made-up samples.
//!
//! Both are fetched by the tests themselves. Where one cannot be had its tests are counted as ignored, unless
//! `ROLLGATE_CLUSTER=required`: then that is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[allow(dead_code, reason = "it has more than one use")]
#[path = "../support/cluster/cache.rs"]
mod cache;
#[path = "../support/samples.rs"]
mod samples;
#[path = "../support/statistics.rs"]
mod statistics;

mod r;
mod scipy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use rollgate::gate::judge::rank::Sample;
use samples::Pair;

type Outcome = Result<(), String>;
type Test = (&'static str, fn(&Path) -> Outcome);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let required = std::env::var("ROLLGATE_CLUSTER").is_ok_and(|value| value == "required");
    let mut trials = Vec::new();
    for (name, fetch, tests) in [
        ("SciPy", statistics::scipy as fn() -> Result<PathBuf, String>, scipy::trials()),
        ("R", statistics::r, r::trials()),
    ] {
        let asked_for =
            |name: &str| !arguments.list && arguments.filter.as_ref().is_none_or(|word| name.contains(word));
        let wanted = tests.iter().any(|(name, _)| asked_for(name));
        let program = if wanted { fetch() } else { Err("it was not asked for".to_owned()) };
        if let (Err(why), true, false) = (&program, wanted, required) {
            eprintln!("no {name}: {why}; its tests are ignored");
        }
        for (name, test) in tests {
            let (missing, program) = (program.is_err(), program.clone());
            let ran = Trial::test(name, move || Ok(test(&program?)?));
            trials.push(ran.with_ignored_flag(missing && !required));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn sorted(pair: &Pair) -> (Sample, Sample) {
    (Sample::of(pair.canary.iter().copied()), Sample::of(pair.stable.iter().copied()))
}

/// Tells whether two chances agree to nine digits, however small they are.
fn agree(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9 * theirs.abs()
}

/// Fails with the first few of what differs.
fn none(differ: &[String], of: usize) -> Outcome {
    match differ {
        [] => Ok(()),
        some => Err(format!("{} of {of} differ:\n{}", some.len(), some[..some.len().min(8)].join("\n"))),
    }
}
