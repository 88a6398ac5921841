//! Plays the scripts of `tests/twin` on the real cluster and writes what was seen: one JSON file for each script.
//!
//! `cargo run --example twin -- record FOLDER [--times 2] [NAME…]` plays scripts whose names contain one of the words,
//! and says where two rounds of one script differ: such a script depends on time and is no good.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

#[path = "../tests/support/cluster/cluster.rs"]
mod cluster;
#[path = "../tests/twin/twin.rs"]
mod twin;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::{Parser, Subcommand};
use cluster::{Cluster, User, say};
use tokio::runtime::Handle;
use twin::{Answers, Place, Record, Script, Side, Timing, differences};

/// Plays scripts on the real cluster.
#[derive(Parser)]
struct Flags {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Write what is seen of each script
    Record {
        /// Where to
        folder: PathBuf,
        /// How often each is played
        #[arg(long, default_value_t = 1)]
        times: usize,
        /// How many are played at once
        #[arg(long, default_value_t = 10)]
        at_once: usize,
        /// Words that a script's name contains; all scripts without
        names: Vec<String>,
    },
}

fn main() -> ExitCode {
    let What::Record { folder, times, at_once, names } = Flags::parse().what;
    match record(&folder, times, at_once, &names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What a round needs.
struct Stage<'a> {
    cluster: &'a Cluster,
    side: Side,
    answers: Answers,
    folder: &'a Path,
}

fn record(folder: &Path, times: usize, at_once: usize, names: &[String]) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let mut scripts = twin::script::all()?;
    scripts.retain(|script| names.is_empty() || names.iter().any(|name| script.name.contains(name.as_str())));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let cluster = Cluster::start()?;
    let side = real(&cluster, runtime.handle())?;
    let stage = Stage { cluster: &cluster, side, answers: Answers::serve()?, folder };
    let begin = Instant::now();
    // Those that stop the controller come after the others, alone.
    let (alone, beside): (Vec<Script>, Vec<Script>) = scripts.into_iter().partition(Script::is_disruptive);
    let flaky = Mutex::new(Vec::new());
    for (scripts, at_once) in [(&beside, at_once), (&alone, 1)] {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| {
                    while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let steady = stage.rounds(script, times);
                        if !steady.unwrap_or_else(|error| {
                            eprintln!("{}: {error}", script.name);
                            false
                        }) {
                            flaky.lock().unwrap().push(script.name.clone());
                        }
                    }
                });
            }
        });
    }
    say(&format!("{:.0?} for {} scripts", begin.elapsed(), beside.len() + alone.len()));
    let flaky = flaky.into_inner().unwrap();
    if flaky.is_empty() { Ok(()) } else { Err(format!("not steady: {}", flaky.join(" "))) }
}

impl Stage<'_> {
    /// Plays a script several times; says whether all rounds were the same and went to the end.
    fn rounds(&self, script: &Script, times: usize) -> Result<bool, String> {
        let mut first: Option<Record> = None;
        let mut steady = true;
        for round in 1..=times {
            let begin = Instant::now();
            let namespace = format!("{}-{round}", script.name);
            let controller = |up: bool| {
                if up { self.cluster.resume_controller() } else { self.cluster.pause_controller() }
            };
            let place = Place {
                side: &self.side,
                namespace: &namespace,
                answers: &self.answers,
                controller: &controller,
            };
            let record = twin::play(script, place)?;
            let text = serde_json::to_string_pretty(&record).map_err(|error| error.to_string())?;
            let file = if round == 1 { script.name.clone() } else { format!("{}.{round}", script.name) };
            let file = self.folder.join(format!("{file}.json"));
            std::fs::write(file, text).map_err(|error| error.to_string())?;
            if let Some(why) = &record.broken {
                eprintln!("{}: {why}", script.name);
                steady = false;
            }
            println!(
                "{} round {round}: {} points, {:.0?}",
                script.name,
                record.points.len(),
                begin.elapsed()
            );
            match &first {
                None => first = Some(record),
                Some(first) => {
                    for one in differences(first, &record) {
                        println!("{one}");
                        steady = false;
                    }
                }
            }
        }
        Ok(steady)
    }
}

fn real(cluster: &Cluster, handle: &Handle) -> Result<Side, String> {
    let kubeconfig = cluster.kubeconfig(User::Admin);
    Ok(Side {
        name: "real",
        client: twin::side::connect(handle, &kubeconfig)?,
        handle: handle.clone(),
        kubeconfig,
        plugin: Some(cluster.program("kubectl-argo-rollouts")?),
        timing: Timing::REAL,
        now: std::sync::Arc::new(jiff::Timestamp::now),
    })
}
