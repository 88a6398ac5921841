//! The fault campaign: the real program in a terminal of its own, a real API server and controller, one fault at each
//! acknowledgement, and the API server's audit log as the witness of what became of it.
//!
//! Owns what a campaign stands on and its runs beside each other. `tests/cluster/faults.rs` plays each fault once,
//! `examples/faults.rs` thousands. Invariant: a run is judged when its orders have ended, and again when all has.
#![allow(dead_code, reason = "each program that includes this file uses its own part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../authority.rs"]
mod authority;
mod dice;
mod fault;
pub mod gateway;
mod hand;
mod judge;
mod lane;
mod meddle;
pub mod run;
mod table;
mod weather;
mod witness;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::runtime::Runtime;

#[allow(unused_imports, reason = "a test plays as many runs")]
pub use fault::KINDS;
pub use run::Run;
pub use table::Table;

use crate::cluster::{Cluster, User};
use dice::Dice;
use gateway::Keys;
use lane::Lane;
use meddle::Library;
use weather::Weather;
use witness::Witness;

/// How long the admin's own requests may fail, as under the weather they do.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a campaign stands on.
pub struct Ground<'c> {
    pub cluster: &'c Cluster,
    server: SocketAddr,
    keys: Keys,
    runtime: Runtime,
    library: Library,
    witness: Witness,
    program: PathBuf,
    weather: Weather,
    hands: Permits,
    folder: TempDir,
    seed: u64,
}

/// What is to be played.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of the first run.
    pub first: u64,
    /// How many runs.
    pub runs: u64,
    /// On how many Rollouts at once.
    pub lanes: u64,
    /// How often something happens to all at once; never, where there is none.
    pub weather: Option<Duration>,
    /// After how long no run is begun any more.
    pub limit: Option<Duration>,
    /// Whether each run is told of when it ends.
    pub talks: bool,
}

impl<'c> Ground<'c> {
    /// Prepares a campaign on a cluster with a built program; at most `hands` type at once.
    ///
    /// # Errors
    /// What is missing.
    pub fn on(cluster: &'c Cluster, program: &Path, hands: usize, seed: u64) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("rollgate-faults-").tempdir();
        let folder = folder.map_err(|error| error.to_string())?;
        let url = cluster.url();
        let server = url.strip_prefix("https://").ok_or("the API server has no https address")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        Ok(Self {
            cluster,
            server: server.parse().map_err(|error| format!("{server}: {error}"))?,
            keys: Keys::new(&cluster.folder().join("authority.crt"))?,
            runtime: runtime.map_err(|error| error.to_string())?,
            library: Library::compile(folder.path())?,
            witness: Witness::of(cluster.folder().join("audit.log"), User::Operator.name()),
            program: program.to_owned(),
            weather: Weather::default(),
            hands: Permits::of(hands),
            folder,
            seed,
        })
    }

    /// Plays a plan and returns what came of it.
    ///
    /// # Errors
    /// What kept the campaign itself from being played.
    pub fn play(&self, plan: Plan) -> Result<Table, String> {
        let begin = Instant::now();
        let (next, table) = (AtomicU64::new(plan.first), Mutex::new(Table::default()));
        let (played, storms) = std::thread::scope(|scope| {
            let storm = plan.weather.map(|calm| {
                let mut dice = Dice::of(self.seed, u64::MAX);
                scope.spawn(move || self.weather.blows(self.cluster, &mut dice, calm))
            });
            let lanes: Vec<_> = (0..plan.lanes.min(plan.runs))
                .map(|nth| {
                    let (next, table) = (&next, &table);
                    scope.spawn(move || self.follow(plan, (nth, begin), next, table))
                })
                .collect();
            let played: Vec<_> = lanes.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
            self.weather.end();
            (played, storm.map(std::thread::ScopedJoinHandle::join))
        });
        let mut table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
        for lane in played {
            lane.map_err(|_| "a lane panicked".to_owned())??;
        }
        if let Some(storm) = storms {
            table.weather = storm.map_err(|_| "the weather panicked".to_owned())??;
        }
        table.took = begin.elapsed();
        table.judge_again(|namespace| self.witness.writes(namespace))?;
        Ok(table)
    }

    /// Plays runs on one Rollout, one after another, until none is left.
    fn follow(
        &self,
        plan: Plan,
        (nth, begin): (u64, Instant),
        next: &AtomicU64,
        table: &Mutex<Table>,
    ) -> Result<(), String> {
        // Not all at once: the controller has more than one thing to do.
        std::thread::sleep(Duration::from_millis(nth * 300));
        let mut lane: Option<Lane<'_>> = None;
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= plan.first + plan.runs || plan.limit.is_some_and(|limit| begin.elapsed() > limit) {
                return Ok(());
            }
            let on = match &mut lane {
                Some(lane) => lane,
                None => lane.insert(Lane::make(self, nth)?),
            };
            let run = Run { number, ground: self }.play(on);
            if plan.talks || !run.broken.is_empty() {
                crate::cluster::say(&run.words(self.seed));
            }
            let lost = run.not_played.is_some();
            table.lock().unwrap_or_else(PoisonError::into_inner).takes(run);
            if lost {
                // Whatever stands in the way there, another Rollout is free of it.
                lane = None;
            }
        }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Tries again what fails while the weather lasts.
    fn patiently<T>(&self, mut ask: impl FnMut() -> Result<T, String>) -> Result<T, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            match ask() {
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(300)),
                Ok(answer) => return Ok(answer),
            }
        }
    }
}

/// How many may do something at once.
struct Permits {
    free: Mutex<usize>,
    changed: Condvar,
}

/// One of them, given back when dropped.
struct Permit<'p>(&'p Permits);

impl Permits {
    fn of(count: usize) -> Self {
        Self { free: Mutex::new(count), changed: Condvar::new() }
    }

    fn take(&self) -> Permit<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free =
            self.changed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.changed.notify_one();
    }
}
