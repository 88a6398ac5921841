//! Runs the cases on one shared cluster, with the closing line of the standard test runner.
//!
//! Owns the cluster's start (with the first case that runs), the rule that a disruptive case runs alone, and the end.
//! A case that fails does not hinder another; one that leaves the cluster broken makes the next say which program ended.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::cluster::{self, Cluster};

/// A test: it fails by an error or by a panic.
pub type Test = Arc<dyn Fn(&Cluster) -> Result<(), String> + Send + Sync>;

/// One test on the shared cluster.
#[derive(Clone)]
pub struct Case {
    name: String,
    disruptive: bool,
    test: Test,
}

impl Case {
    /// A test that keeps to its namespace and runs beside others.
    pub fn new(
        name: impl Into<String>,
        test: impl Fn(&Cluster) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), disruptive: false, test: Arc::new(test) }
    }

    /// A test that stops a program of the cluster: it runs alone, after the others, and puts back what it stopped.
    pub fn disruptive(
        name: impl Into<String>,
        test: impl Fn(&Cluster) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { disruptive: true, ..Self::new(name, test) }
    }

    /// Says whether the command line lets this test run.
    pub fn is_asked_for(&self, arguments: &Arguments) -> bool {
        let fits = |word: &String| {
            if arguments.exact { *word == self.name } else { self.name.contains(word.as_str()) }
        };
        !arguments.list && arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
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
        Trial::test(case.name.clone(), move || shared.run(&case))
            .with_ignored_flag(missing.is_some() && !required)
    };
    let conclusion = libtest_mimic::run(&arguments, cases.into_iter().map(trial).collect());
    // Before the process exits: nothing of the cluster may outlive it.
    drop(shared);
    conclusion.exit_code()
}

impl Shared {
    fn run(&self, case: &Case) -> Result<(), Failed> {
        self.start();
        let answer = if case.disruptive {
            let guard = self.cluster.write().unwrap_or_else(PoisonError::into_inner);
            let answer = call(guard.as_ref(), case);
            answer.and_then(|()| afresh(guard.as_ref()))
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

fn call(cluster: Option<&Result<Cluster, String>>, case: &Case) -> Result<(), String> {
    let cluster = cluster.ok_or("the cluster was not started")?.as_ref().map_err(Clone::clone)?;
    cluster.check()?;
    (case.test)(cluster)
}

/// Gives the next case a controller without the back-off that a server's absence left in this one (up to a minute).
fn afresh(cluster: Option<&Result<Cluster, String>>) -> Result<(), String> {
    match cluster {
        Some(Ok(cluster)) => cluster.restart_controller(),
        _ => Ok(()),
    }
}
