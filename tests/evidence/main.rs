//! Services beside the cluster, asked as the program asks them: scripted ones for each way to answer, and a real Prometheus.
//!
//! The real one is Debian's, fetched by the tests themselves. Where it cannot be had its tests are counted as ignored, unless
//! `ROLLGATE_CLUSTER=required`: then that is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "../support/authority.rs"]
mod authority;
#[allow(dead_code, reason = "it has more than one use")]
#[path = "../support/cluster/cache.rs"]
mod cache;
#[path = "../support/exporter.rs"]
mod exporter;
#[path = "../support/fake_server.rs"]
mod fake_server;
#[path = "../support/installed.rs"]
mod installed;

mod approvals;
mod controller;
mod errands;
mod following;
mod gathered;
mod gathering;
mod policy;
mod prometheus;
mod real;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use rollgate::capability::Sight;
use rollgate::capability::sight::{Answer, Answering, Provider};
use rollgate::clock::Clock;
use rollgate::config::{File, Services};
use rollgate::evidence::Evidence;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let scripted = [
        prometheus::trials(),
        policy::trials(),
        following::trials(),
        gathering::trials(),
        approvals::trials(),
        errands::trials(),
        controller::trials(),
    ]
    .concat();
    let mut trials: Vec<Trial> = scripted.into_iter().map(|(name, test)| trial(name, test)).collect();
    let required = std::env::var("ROLLGATE_CLUSTER").is_ok_and(|value| value == "required");
    let real = [real::trials(), gathered::trials()].concat();
    let asked_for =
        |name: &str| !arguments.list && arguments.filter.as_ref().is_none_or(|word| name.contains(word));
    let wanted = real.iter().any(|(name, _)| asked_for(name));
    let program = if wanted { installed::prometheus() } else { Err("it was not asked for".to_owned()) };
    if let (Err(why), true, false) = (&program, wanted, required) {
        eprintln!("no Prometheus: {why}; its tests are ignored");
    }
    for (name, test) in real {
        let (missing, program) = (program.is_err(), program.clone());
        let ran = trial(name, move || test(&program?));
        trials.push(ran.with_ignored_flag(missing && !required));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

type Outcome = Result<(), String>;
type Real = (&'static str, fn(&std::path::Path) -> Outcome);
type Named = (&'static str, fn() -> Outcome);

fn trial(name: &'static str, test: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(Into::into))
}

/// Runs a test that awaits.
fn block<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test)
}

/// Reads a configuration file with this in it, which stands in `folder`.
fn services(folder: &std::path::Path, text: &str) -> Services {
    File::parse(&folder.join("config.toml"), text).unwrap_or_else(|error| panic!("{error}: {text}")).services
}

/// The address that templates name in these tests.
const ADDRESS: &str = "http://prometheus.monitoring.svc:9090";

/// A provider that templates of namespace `shop` name.
fn named() -> (Arc<str>, Provider) {
    ("shop".into(), Provider { kind: "prometheus".into(), address: ADDRESS.into() })
}

/// Asks once, and returns every sight.
async fn sights(services: &Services, named: &[(Arc<str>, Provider)]) -> Vec<Sight> {
    let mut told = Vec::new();
    Evidence::new(services.clone(), Clock::Machine).once(named, |sight, _| told.push(sight)).await;
    told
}

/// Asks the one provider of a configuration that templates name.
async fn asked(services: &Services) -> Answer<Answering> {
    let told = sights(services, &[named()]).await;
    let mut answers = told.into_iter().filter_map(|sight| match sight {
        Sight::Provider(namespace, provider, answer) => {
            assert_eq!((namespace, provider), named());
            Some(answer)
        }
        _ => None,
    });
    let answer = answers.next().expect("a sight of the provider");
    assert_eq!(answers.next(), None);
    answer
}

/// Asks the policy service of a configuration.
async fn asked_policy(services: &Services) -> Answer<Answering> {
    match sights(services, &[]).await.as_slice() {
        [Sight::PolicyService(answer)] => answer.clone(),
        other => panic!("{other:?}"),
    }
}

/// Returns the words of an answer that is none.
fn why(answer: &Answer<Answering>) -> String {
    match answer {
        Answer::Failed { why } | Answer::Forbidden { why } | Answer::Missing { why } => why.to_string(),
        Answer::Seen(Answering::Wrongly { what }) => what.to_string(),
        Answer::Seen(other) => panic!("{other:?}"),
    }
}
