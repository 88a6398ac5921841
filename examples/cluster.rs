//! Starts the test cluster with sample Rollouts and leaves it up until Ctrl-C.
//!
//! `cargo run --example cluster` prints the `export KUBECONFIG=…` line to use in another terminal. `--bare N` leaves the
//! controllers out and creates N synthetic Rollouts instead, for measuring. `--empty` starts the whole cluster without
//! any. Everything ends with this program, however it ends.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

#[path = "../tests/support/cluster/cluster.rs"]
mod cluster;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use cluster::{CONTEXT, Cluster, Scene, User, say};

/// Starts the test cluster and leaves it up until Ctrl-C.
#[derive(Parser)]
struct Flags {
    /// Create this many synthetic Rollouts that nothing acts on; no controller runs
    #[arg(long, value_name = "N", conflicts_with = "empty")]
    bare: Option<usize>,
    /// Start the whole cluster without any sample
    #[arg(long)]
    empty: bool,
}

fn main() -> ExitCode {
    match run(&Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let cluster = match flags.bare {
        Some(count) => {
            let cluster = Cluster::start_bare()?;
            cluster.create_many(count)?;
            cluster
        }
        None => Cluster::start()?,
    };
    say(&format!("up after {:.1?}", begin.elapsed()));
    if flags.bare.is_none() && !flags.empty {
        // A sample that does not come is worth a look: the cluster stays up.
        furnish(&cluster).unwrap_or_else(|error| say(&error));
    }
    println!("{}", words(&cluster));
    runtime.block_on(ended()).map_err(|error| error.to_string())?;
    say("stopping");
    Ok(())
}

fn furnish(cluster: &Cluster) -> Result<(), String> {
    let namespace = cluster.namespace_named("demo")?;
    let all = Scene::ALL;
    let brought = std::thread::scope(|scope| {
        let threads: Vec<_> = all
            .chunks(all.len().div_ceil(4))
            .map(|scenes| {
                let namespace = &namespace;
                scope.spawn(move || scenes.iter().try_for_each(|s| s.bring(namespace, s.name()).map(drop)))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a scene panicked".to_owned()))
            .collect::<Vec<_>>()
    });
    brought.into_iter().try_for_each(|scene| scene?)
}

fn words(cluster: &Cluster) -> String {
    let file = |user| cluster.kubeconfig(user).display().to_string();
    let users = [User::Operator, User::Viewer, User::StatusOperator, User::NamespacedOperator, User::Nobody];
    let others: String = users.map(|user| format!("#   {:<20} {}\n", user.name(), file(user))).concat();
    format!(
        "export KUBECONFIG={admin}\n# context {CONTEXT}, user admin; the same context as somebody else:\n{others}\
         # audit log {audit}\n# programs {programs}\n# Ctrl-C ends the cluster and removes its folder.",
        admin = file(User::Admin),
        audit = cluster.folder().join("audit.log").display(),
        programs = cluster
            .program("kubectl")
            .into_iter()
            .chain(cluster.program("kubectl-argo-rollouts"))
            .map(|program| program.display().to_string())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

async fn ended() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        answer = tokio::signal::ctrl_c() => answer,
        _ = terminate.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    }
}
