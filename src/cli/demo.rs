//! Owns the command `demo`: its flags, its help, and the demo without a screen.
//!
//! The demo itself is put together in [`crate::run::demo`]. Invariant: a flag that would count for nothing here, because it
//! is about another cluster or another ledger, is refused and not passed over.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::Global;
use crate::run::demo::{self, Play};
use crate::sim::scenario::{self, DEFAULT};

/// Flags of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Scenario to play: a name, or a file that ends in .toml.
    #[arg(long, value_name = "NAME", default_value = DEFAULT)]
    pub scenario: String,
    /// How many times as fast as the clock it plays; a confirmation waits for you as long as ever.
    #[arg(long, value_name = "1..60", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub speed: u32,
    /// What chance follows from: the same seed, the same names and measurements.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print a kubeconfig for the cluster and keep it running until Ctrl-C, without a screen.
    #[arg(long)]
    pub serve: bool,
    /// List the scenarios.
    #[arg(long)]
    pub list: bool,
}

/// Writes what stands below the flags in `demo --help`.
pub fn after_help() -> String {
    format!(
        "Scenarios:\n{}\nThe cluster is inside this program: an API server, ReplicaSets, pods, and a model of Argo's \
         controller. Where that is known to differ from the real one is listed in assets/scenarios/differences.md. The \
         gates of gate-… rest on a Prometheus, and in gate-bad and gate-shadow on a policy service, that are inside, too. \
         Nothing that is ordered in a demo leaves it.",
        scenario::listed()
    )
}

/// Says of the first flag that has no place in a demo what to do; nothing where there is none.
pub(super) fn out_of_place(global: &Global) -> Option<String> {
    if global.from.is_some() {
        return Some(
            "`--from` shows a dump and `demo` the cluster inside this program: leave out one of the two."
                .into(),
        );
    }
    if !global.allow.is_empty() {
        return Some("`--allow` is not needed: in a demo everything may be ordered, so leave it out.".into());
    }
    if global.ledger.is_some() {
        return Some("`--ledger` would be ignored: a demo keeps a ledger of its own and prints it at the end, so leave it out.".into());
    }
    let flag = chosen_cluster(global)?;
    Some(format!(
        "`{flag}` is about a cluster of yours and `demo` has one inside this program: leave out one of the two."
    ))
}

/// Names the first flag by which a cluster, or who one is to it, was chosen.
fn chosen_cluster(global: &Global) -> Option<&'static str> {
    let flags = [
        ("--kubeconfig", global.kubeconfig.is_some()),
        ("--context", global.context.is_some()),
        ("--cluster", global.cluster.is_some()),
        ("--user", global.user.is_some()),
        ("--as", global.impersonate.is_some()),
        ("--as-group", !global.impersonate_group.is_empty()),
        ("--as-uid", global.impersonate_uid.is_some()),
        ("--token", global.token.is_some()),
        ("--server", global.server.is_some()),
        ("--certificate-authority", global.certificate_authority.is_some()),
        ("--tls-server-name", global.tls_server_name.is_some()),
        ("--insecure-skip-tls-verify", global.insecure_skip_tls_verify),
        ("--request-timeout", global.request_timeout.is_some()),
    ];
    flags.into_iter().find_map(|(flag, given)| given.then_some(flag))
}

impl Demo {
    /// Returns what is to be played.
    pub fn play(&self) -> Play {
        Play { scenario: self.scenario.clone(), speed: self.speed, seed: self.seed }
    }

    /// Lists the scenarios, or serves one, where that was asked for instead of a screen.
    pub async fn without_screen(&self) -> Option<ExitCode> {
        if self.list {
            return Some(say(&scenario::listed()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS));
        }
        if !self.serve {
            return None;
        }
        Some(served(&self.play()).await.unwrap_or_else(|sentence| {
            let _ = writeln!(io::stderr(), "rollgate: {sentence}");
            ExitCode::FAILURE
        }))
    }
}

/// Serves until somebody wants it to end; where nobody hears how to reach it, it ends at once.
async fn served(play: &Play) -> Result<ExitCode, String> {
    let mut serving = demo::serve(play).await?;
    say(&serving.words()).map_err(|error| {
        format!("Nobody hears where the demo is served (standard output: {error}), so it has ended.")
    })?;
    serving.until_wanted().await;
    // Who wanted it to end need not hear what came of it.
    let _ = say(&serving.end());
    Ok(ExitCode::SUCCESS)
}

fn say(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush())
}
