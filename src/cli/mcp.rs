//! Owns the command `mcp`: an assistant asks on standard input, and is answered on standard output.
//!
//! It puts together who watches ([`follow`]), who reads ([`read`]) and who answers ([`crate::mcp`]). Nothing that sends is made here, whatever
//! the configuration allows. Invariant: an assistant is answered before the cluster is, and told so; standard output holds the protocol
//! and nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::Cli;
use crate::config::Config;
use crate::mcp::{self, Ending, Live, Offers};

mod follow;
mod read;

const EXAMPLES: &str = "\
An assistant starts this itself; it is written into its settings, for example:
  claude mcp add rollgate -- rollgate mcp -A
  {\"mcpServers\": {\"rollgate\": {\"command\": \"rollgate\", \"args\": [\"mcp\", \"-A\"]}}}

Without -A or -n the context's namespace is watched. It reads and proposes: no tool approves, sends or overrides
anything, --allow counts for nothing here, and what is proposed waits for a person in rollgate's terminal.

Exit codes: 0 the assistant closed its end; 1 it never spoke the protocol; 130 and 143 after SIGINT and SIGTERM.";

/// Flags of `mcp`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Mcp {}

/// Serves until the assistant leaves or a signal comes, and returns the exit code.
pub async fn run(cli: &Cli, _: &Mcp, config: &Config) -> ExitCode {
    if cli.global.from.is_some() {
        let why = "a dump cannot be asked by an assistant: leave out --from";
        return super::reports::say(&crate::report::Answer::failed(why));
    }
    let live = Arc::new(Live::default());
    let reached = follow::start(config, Arc::clone(&live));
    let reads = Arc::new(read::Reading::new(config, Arc::clone(&live), reached));
    let offers = Offers::kept_at(config.ledger.clone().or_else(crate::ledger::default_path));
    tokio::select! {
        ending = mcp::serve(live, reads, offers) => match ending {
            Ending::Closed => ExitCode::SUCCESS,
            Ending::Unbegun => ExitCode::FAILURE,
        },
        code = ended() => ExitCode::from(code),
    }
}

/// Waits for a signal that ends the program; returns the exit code that shells expect.
async fn ended() -> u8 {
    let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    // Where a signal cannot be heard it has its own effect, which is to end the program.
    let (Ok(mut interrupted), Ok(mut terminated)) = streams else { return std::future::pending().await };
    tokio::select! {
        _ = interrupted.recv() => 130,
        _ = terminated.recv() => 143,
    }
}
