//! `rollgate mcp` as an assistant meets it: the real binary, lines of JSON-RPC of the tests' own, the embedded cluster; then the
//! official SDKs as clients.
//!
//! The SDKs are fetched by `pip` and `npm` at the versions named in `tests/support/sdks.rs`; the Prometheus is Debian's. Where one cannot be
//! had its tests are counted as ignored, unless `ROLLGATE_CLUSTER=required`: then that is a failure.
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
#[path = "../support/embedded.rs"]
mod embedded;
#[path = "../support/installed.rs"]
mod installed;
#[allow(dead_code, reason = "the tests on the real cluster lead its clients")]
#[path = "../support/sdks.rs"]
mod kits;

mod answers;
mod assistant;
mod disk;
mod door;
mod gates;
mod hostile;
mod lines;
#[path = "../support/listening.rs"]
mod listening;
#[allow(dead_code, reason = "most of its faults are for orders")]
#[path = "../support/faults/meddle.rs"]
mod meddle;
mod noise;
mod proposing;
mod runs;
mod sdks;
mod shared;
mod unread;
mod waiting;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

type Named = (&'static str, fn());

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let own = [
        answers::trials(),
        runs::trials(),
        gates::trials(),
        waiting::trials(),
        lines::trials(),
        noise::trials(),
        hostile::trials(),
        proposing::trials(),
        door::trials(),
        disk::trials(),
        unread::trials(),
        shared::trials(),
    ]
    .concat();
    let mut trials: Vec<Trial> = own.into_iter().map(|(name, test)| trial(name, test)).collect();
    let required = std::env::var("ROLLGATE_CLUSTER").is_ok_and(|value| value == "required");
    for (name, fetch, test) in sdks::trials().into_iter().chain(gates::real()) {
        let wanted = !arguments.list && arguments.filter.as_ref().is_none_or(|word| name.contains(word));
        let had = if wanted { fetch() } else { Err("it was not asked for".to_owned()) };
        if let (Err(why), true, false) = (&had, wanted, required) {
            eprintln!("{name}: {why}; it is ignored");
        }
        let missing = had.is_err();
        let ran = Trial::test(name, move || {
            test(&had?);
            Ok(())
        });
        trials.push(ran.with_ignored_flag(missing && !required));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &'static str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}
