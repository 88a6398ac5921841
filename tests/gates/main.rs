//! The commands about gates, as the real binary runs them: over recorded evidence, over a real Prometheus, and their pages in a real
//! browser.
//!
//! Prometheus and browser are Debian's, fetched by the tests themselves. Where one cannot be had its tests are counted as ignored, unless
//! `ROLLGATE_CLUSTER=required`: then that is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "../support/browser.rs"]
mod browser;
#[allow(dead_code, reason = "it has more than one use")]
#[path = "../support/cluster/cache.rs"]
mod cache;
#[path = "../support/installed.rs"]
mod installed;

mod asked;
mod desk;
mod heard;
mod pages;
mod words;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let required = std::env::var("ROLLGATE_CLUSTER").is_ok_and(|value| value == "required");
    let plain = words::trials().into_iter().chain(heard::trials());
    let mut trials: Vec<Trial> = plain.map(|(name, test)| trial(name, test)).collect();
    let fits =
        |name: &str| !arguments.list && arguments.filter.as_ref().is_none_or(|word| name.contains(word));
    let (asked, pages) = (asked::trials(), pages::trials());
    let had = |wanted: bool, what: &str, fetched: &dyn Fn() -> Result<(), String>| {
        let had = if wanted { fetched() } else { Err("it was not asked for".to_owned()) };
        if let (Err(why), true, false) = (&had, wanted, required) {
            eprintln!("no {what}: {why}; its tests are ignored");
        }
        had
    };
    let server =
        had(asked.iter().any(|(name, _)| fits(name)), "Prometheus", &|| installed::prometheus().map(drop));
    let window = had(pages.iter().any(|(name, _)| fits(name)), "Chromium", &|| browser::chromium().map(drop));
    for (name, test) in asked {
        let ignored = server.is_err() && !required;
        trials.push(trial(name, move || test(&installed::prometheus()?)).with_ignored_flag(ignored));
    }
    for (name, test) in pages {
        let ignored = window.is_err() && !required;
        trials.push(trial(name, move || test(&browser::chromium()?)).with_ignored_flag(ignored));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

type Outcome = Result<(), String>;

fn trial(name: &'static str, test: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(Into::into))
}
