//! Plays the scripts of `tests/twin` on one of the two clusters at a time: for whoever works on the embedded one.
//!
//! `cargo run --example twin -- record FOLDER [--times 2] [NAME…]` plays them on the real cluster, writes what was seen, one
//! JSON file for each, and says where two rounds of one script differ: such a script depends on time and is no good.
//! `… -- soak --seed N --rounds M` plays made-up scripts on both and says how many agree.
//! `… -- compare FOLDER --plugin FILE [NAME…]` plays them on the embedded cluster and says where it differs from there.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a program for a person at a terminal"
)]

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
use tokio::runtime::{Handle, Runtime};
use twin::{Answers, Place, Record, Script, Side, differences};

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
    /// Say where the embedded cluster differs from what was written
    Compare {
        /// Where that is
        folder: PathBuf,
        /// Argo's plugin; what it prints is not compared without
        #[arg(long)]
        plugin: Option<PathBuf>,
        /// How many are played at once
        #[arg(long, default_value_t = 6)]
        at_once: usize,
        /// Words that a script's name contains; all scripts without
        names: Vec<String>,
    },
    /// Play made-up scripts on both clusters and say how many agree
    Soak {
        /// The seed of the first; each next one has the next number
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many scripts
        #[arg(long, default_value_t = 20)]
        rounds: u64,
        /// How many operations each has
        #[arg(long, default_value_t = 8)]
        operations: usize,
        /// How many are played at once
        #[arg(long, default_value_t = 8)]
        at_once: usize,
    },
}

fn main() -> ExitCode {
    let done = match Flags::parse().what {
        What::Record { folder, times, at_once, names } => record(&folder, times, at_once, &names),
        What::Compare { folder, plugin, at_once, names } => compare(&folder, plugin, at_once, &names),
        What::Soak { seed, rounds, operations, at_once } => soak(seed..seed + rounds, operations, at_once),
    };
    match done {
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

fn scripts(names: &[String]) -> Result<Vec<Script>, String> {
    let mut scripts = twin::script::all()?;
    scripts.retain(|script| names.is_empty() || names.iter().any(|name| script.name.contains(name.as_str())));
    Ok(scripts)
}

fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| error.to_string())
}

/// Does something for every script, several at once.
fn each(scripts: &[Script], at_once: usize, one: impl Fn(&Script) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(script);
                }
            });
        }
    });
}

fn compare(folder: &Path, plugin: Option<PathBuf>, at_once: usize, names: &[String]) -> Result<(), String> {
    let runtime = runtime()?;
    let (scripts, answers) = (scripts(names)?, Answers::serve()?);
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios/differences.md");
    let rows = twin::table::rows(&std::fs::read_to_string(table).map_err(|error| error.to_string())?)?;
    let different = AtomicUsize::new(0);
    let one = |script: &Script| -> Result<(), String> {
        let file = folder.join(format!("{}.json", script.name));
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut real: Record = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if plugin.is_none() {
            for point in &mut real.points {
                point.plugin = serde_json::Value::Null;
            }
        }
        let begin = Instant::now();
        let embedded = twin::embedded::run(script, runtime.handle(), plugin.as_deref(), &answers)?;
        let text = serde_json::to_string_pretty(&embedded).map_err(|error| error.to_string())?;
        std::fs::write(folder.join(format!("{}.embedded.json", script.name)), text)
            .map_err(|error| error.to_string())?;
        let faults = twin::table::judge(&script.name, &differences(&real, &embedded), &rows);
        println!(
            "{}: {} differences, {:.1?}\n{}",
            script.name,
            faults.len(),
            begin.elapsed(),
            faults.join("\n")
        );
        different.fetch_add(usize::from(!faults.is_empty()), Ordering::Relaxed);
        Ok(())
    };
    each(&scripts, at_once, |script| {
        one(script).unwrap_or_else(|error| eprintln!("{}: {error}", script.name));
    });
    let different = different.into_inner();
    println!("{} of {} scripts agree", scripts.len() - different, scripts.len());
    if different == 0 { Ok(()) } else { Err("some differ".into()) }
}

fn record(folder: &Path, times: usize, at_once: usize, names: &[String]) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let scripts = scripts(names)?;
    let runtime = runtime()?;
    let cluster = Cluster::start()?;
    let side = real(&cluster, runtime.handle())?;
    let stage = Stage { cluster: &cluster, side, answers: Answers::serve()?, folder };
    let begin = Instant::now();
    // Those that stop the controller come after the others, alone.
    let (alone, beside): (Vec<Script>, Vec<Script>) = scripts.into_iter().partition(Script::is_disruptive);
    let flaky = Mutex::new(Vec::new());
    for (scripts, at_once) in [(&beside, at_once), (&alone, 1)] {
        each(scripts, at_once, |script| {
            let steady = stage.rounds(script, times).unwrap_or_else(|error| {
                eprintln!("{}: {error}", script.name);
                false
            });
            if !steady {
                flaky.lock().unwrap().push(script.name.clone());
            }
        });
    }
    say(&format!("{:.0?} for {} scripts", begin.elapsed(), beside.len() + alone.len()));
    let flaky = flaky.into_inner().unwrap();
    if flaky.is_empty() { Ok(()) } else { Err(format!("not steady: {}", flaky.join(" "))) }
}

/// Plays a made-up script for every seed on both clusters.
fn soak(seeds: std::ops::Range<u64>, operations: usize, at_once: usize) -> Result<(), String> {
    let runtime = runtime()?;
    let scripts: Vec<Script> =
        seeds.map(|seed| twin::random::script(seed, operations)).collect::<Result<_, _>>()?;
    let cluster = Cluster::start()?;
    let (side, answers) = (real(&cluster, runtime.handle())?, Answers::serve()?);
    let agreed = AtomicUsize::new(0);
    let one = |script: &Script| -> Result<(), String> {
        let controller = |_| Err("made-up scripts do not stop the controller".to_owned());
        let theirs = |namespace: &str| {
            twin::play(script, Place { side: &side, namespace, answers: &answers, controller: &controller })
        };
        let ours = twin::embedded::run(script, runtime.handle(), side.plugin.as_deref(), &answers)?;
        let mut found = differences(&theirs(&script.name)?, &ours);
        if !found.is_empty() {
            // As in the tests: what differs only once is chance.
            found = differences(&theirs(&format!("{}-again", script.name))?, &ours);
        }
        let what: Vec<&str> = script.lines.iter().map(|line| line.text.as_str()).collect();
        println!("{}: {} differences in: {}", script.name, found.len(), what.join("; "));
        found.iter().take(4).for_each(|one| println!("{one}"));
        agreed.fetch_add(usize::from(found.is_empty()), Ordering::Relaxed);
        Ok(())
    };
    each(&scripts, at_once, |script| {
        one(script).unwrap_or_else(|error| eprintln!("{}: {error}", script.name));
    });
    let agreed = agreed.into_inner();
    println!("{agreed} of {} made-up scripts agree", scripts.len());
    if agreed == scripts.len() { Ok(()) } else { Err("some differ".into()) }
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
                // Killed, not held: what it would see in which order when it went on would be chance.
                self.cluster.kill_controller();
                if up { self.cluster.restart_controller() } else { Ok(()) }
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
        now: std::sync::Arc::new(jiff::Timestamp::now),
        pass: None,
    })
}
