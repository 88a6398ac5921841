//! Runs the cases on one shared cluster, with the closing line of the standard test runner.
//!
//! Owns the cluster's start (with the first case that runs), the rule that a disruptive case runs alone, and the end.
//! A case that fails does not hinder another; one that leaves the cluster broken makes the next say which program ended.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::cluster::{self, Cluster};

/// A test: it fails by an error or by a panic.
pub type Test = fn(&Cluster) -> Result<(), String>;

/// One test on the shared cluster.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    disruptive: bool,
    test: Test,
}

impl Case {
    /// A test that keeps to its namespace and runs beside others.
    pub const fn new(name: &'static str, test: Test) -> Self {
        Self { name, disruptive: false, test }
    }

    /// A test that stops a program of the cluster: it runs alone, after the others, and puts back what it stopped.
    pub const fn disruptive(name: &'static str, test: Test) -> Self {
        Self { name, disruptive: true, test }
    }
}

/// The shared cluster: shared among ordinary cases, alone for a disruptive one.
#[derive(Default)]
struct Shared {
    /// `None` until a case needs it; a start that failed is not tried again.
    cluster: RwLock<Option<Result<Cluster, String>>>,
    starting: Mutex<()>,
}

/// Runs the cases that the command line names and ends the cluster.
pub fn run(mut cases: Vec<Case>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Cases mostly wait for the cluster; more of them at once would only make two cores slower.
    arguments.test_threads = arguments.test_threads.or(Some(4));
    let missing = cluster::missing();
    let required = std::env::var("ROLLGATE_CLUSTER").is_ok_and(|value| value == "required");
    if let Some(reason) = missing.as_ref().filter(|_| !required && !arguments.list) {
        eprintln!("test cluster: {reason}; these tests are ignored");
    }
    cases.sort_by_key(|case| case.disruptive);
    let shared = Arc::new(Shared::default());
    let trial = |case: Case| {
        let shared = Arc::clone(&shared);
        Trial::test(case.name, move || shared.run(case)).with_ignored_flag(missing.is_some() && !required)
    };
    let conclusion = libtest_mimic::run(&arguments, cases.into_iter().map(trial).collect());
    // Before the process exits: nothing of the cluster may outlive it.
    drop(shared);
    conclusion.exit_code()
}

impl Shared {
    fn run(&self, case: Case) -> Result<(), Failed> {
        self.start();
        let answer = if case.disruptive {
            let guard = self.cluster.write().unwrap_or_else(PoisonError::into_inner);
            call(guard.as_ref(), case)
        } else {
            let guard = self.cluster.read().unwrap_or_else(PoisonError::into_inner);
            call(guard.as_ref(), case)
        };
        answer.map_err(Failed::from)
    }

    fn start(&self) {
        let _one = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cluster.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            let started = Cluster::start();
            *self.cluster.write().unwrap_or_else(PoisonError::into_inner) = Some(started);
        }
    }
}

fn call(cluster: Option<&Result<Cluster, String>>, case: Case) -> Result<(), String> {
    let cluster = cluster.ok_or("the cluster was not started")?.as_ref().map_err(Clone::clone)?;
    cluster.check()?;
    (case.test)(cluster)
}
