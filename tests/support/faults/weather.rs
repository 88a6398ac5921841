//! What happens to all at once: the API server killed or stopped, the controller killed or stopped, history compacted.
//!
//! It strikes at random times until it is told to end, and leaves the cluster whole. Invariant: one thing at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::dice::Dice;
use crate::cluster::Cluster;

/// The weather over a cluster.
#[derive(Default)]
pub struct Weather {
    over: AtomicBool,
    kills: AtomicU64,
}

impl Weather {
    /// Ends it, after what is under way.
    pub fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// Counts how often the API server was killed so far.
    pub fn server_kills(&self) -> u64 {
        self.kills.load(Ordering::SeqCst)
    }

    /// Makes weather, every `calm` or so; returns how often there was what.
    ///
    /// # Errors
    /// When the cluster could not be made whole again.
    pub fn blows(
        &self,
        cluster: &Cluster,
        dice: &mut Dice,
        calm: Duration,
    ) -> Result<BTreeMap<&'static str, u64>, String> {
        let mut counts = BTreeMap::new();
        loop {
            let share = dice.between(50, 150);
            let until = Instant::now() + calm * u32::try_from(share).unwrap_or(100) / 100;
            while Instant::now() < until {
                if self.over.load(Ordering::SeqCst) {
                    return Ok(counts);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            // What goes wrong in the storm itself is mended too: the API server may be slow to come back.
            match self.strikes(cluster, dice) {
                Ok(name) => *counts.entry(name).or_default() += 1,
                Err(_) => self.rebuilds(cluster)?,
            }
            if mend(cluster).is_err() {
                self.rebuilds(cluster)?;
            }
        }
    }

    fn rebuilds(&self, cluster: &Cluster) -> Result<(), String> {
        let mut last = Ok(());
        for _ in 0..4 {
            self.kills.fetch_add(1, Ordering::SeqCst);
            last = cluster.restart_api_server().and_then(|()| cluster.restart_controller());
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn strikes(&self, cluster: &Cluster, dice: &mut Dice) -> Result<&'static str, String> {
        let pause = Duration::from_millis(dice.between(300, 3_500));
        Ok(match dice.between(0, 5) {
            0 => {
                self.kills.fetch_add(1, Ordering::SeqCst);
                cluster.kill_api_server();
                std::thread::sleep(pause / 4);
                cluster.restart_api_server()?;
                self.kills.fetch_add(1, Ordering::SeqCst);
                "API server killed (SIGKILL) and started anew"
            }
            1 => {
                cluster.pause_api_server()?;
                std::thread::sleep(pause);
                cluster.resume_api_server()?;
                "API server stopped (SIGSTOP) for 0.3–3.5 s"
            }
            2 => {
                cluster.compact()?;
                "etcd's history compacted"
            }
            3 => {
                cluster.kill_controller();
                std::thread::sleep(pause);
                cluster.restart_controller()?;
                "Argo's controller killed (SIGKILL) and started anew"
            }
            _ => {
                cluster.pause_controller()?;
                std::thread::sleep(pause);
                cluster.resume_controller()?;
                "Argo's controller stopped (SIGSTOP) for 0.3–3.5 s"
            }
        })
    }
}

/// A controller that lost its lease in the storm has ended by itself.
fn mend(cluster: &Cluster) -> Result<(), String> {
    match cluster.check() {
        Ok(()) => Ok(()),
        Err(why) if why.contains("rollouts-controller") => cluster.restart_controller(),
        Err(why) => Err(why),
    }
}
