//! Owns the command `mcp`: an assistant asks on standard input and is answered on standard output, or several over HTTP.
//!
//! It puts together who watches ([`follow`]), who reads ([`read`]), where they come in ([`door`]) and who answers ([`crate::mcp`]). Nothing that
//! sends is made here, whatever the configuration allows. Invariant: an assistant is answered before the cluster is, and told so; standard
//! output holds the protocol and nothing else, or, over HTTP, where to ask.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::Cli;
use crate::config::Config;
use crate::mcp::{self, Ending, Live, Offers, Reads};
use crate::report::Answer;
use crate::text::Printable;

mod door;
mod follow;
mod read;
#[cfg(test)]
mod tests;

const EXAMPLES: &str = "\
An assistant starts this itself; it is written into its settings, for example:
  claude mcp add rollgate -- rollgate mcp -A
  {\"mcpServers\": {\"rollgate\": {\"command\": \"rollgate\", \"args\": [\"mcp\", \"-A\"]}}}

Several may ask over HTTP, with the token of a file that only you can read:
  rollgate mcp -A --http 127.0.0.1:8420
  {\"mcpServers\": {\"rollgate\": {\"type\": \"http\", \"url\": \"http://127.0.0.1:8420/mcp\",
    \"headers\": {\"Authorization\": \"Bearer ${ROLLGATE_TOKEN}\"}}}}

Without -A or -n the context's namespace is watched. It reads and proposes: no tool approves, sends or overrides
anything, --allow counts for nothing here, and what is proposed waits for a person in rollgate's terminal.

Exit codes: 0 the assistant closed its end; 1 it never spoke the protocol, or over HTTP nobody can be heard; 130 and
143 after SIGINT and SIGTERM.";

/// Flags of `mcp`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Mcp {
    /// Answer over HTTP at this address of loopback, in place of standard input (`127.0.0.1:8420`; port 0 takes a free one).
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = door::address)]
    http: Option<SocketAddr>,
    /// File with the token that callers must bear; made where it is missing [default: mcp-token beside the ledger].
    #[arg(long, value_name = "FILE", requires = "http")]
    http_token_file: Option<PathBuf>,
    /// End a session over HTTP that was without a word for this long, that of an answer included [default: 3600].
    #[arg(long, value_name = "SECONDS", requires = "http", value_parser = clap::value_parser!(u32).range(1..))]
    http_idle: Option<u32>,
}

/// Serves until the assistant leaves or a signal comes, and returns the exit code.
pub async fn run(cli: &Cli, mcp: &Mcp, config: &Config) -> ExitCode {
    if cli.global.from.is_some() {
        let why = "a dump cannot be asked by an assistant: leave out --from";
        return super::reports::say(&Answer::failed(why));
    }
    match mcp.http {
        Some(address) => over_http(address, mcp, config).await,
        None => over_lines(config).await,
    }
}

type Sources = (Arc<Live>, Arc<dyn Reads>, Offers);

/// Begins to watch, and returns what answers are made of.
fn sources(config: &Config) -> Sources {
    let live = Arc::new(Live::default());
    let reached = follow::start(config, Arc::clone(&live));
    let reads = Arc::new(read::Reading::new(config, Arc::clone(&live), reached));
    let offers = Offers::kept_at(config.ledger.clone().or_else(crate::ledger::default_path));
    (live, reads, offers)
}

async fn over_lines(config: &Config) -> ExitCode {
    let ended = ended();
    let (live, reads, offers) = sources(config);
    tokio::select! {
        ending = mcp::serve(live, reads, offers) => match ending {
            Ending::Closed => ExitCode::SUCCESS,
            Ending::Unbegun => ExitCode::FAILURE,
        },
        code = ended => ExitCode::from(code),
    }
}

async fn over_http(address: SocketAddr, mcp: &Mcp, config: &Config) -> ExitCode {
    let idle = mcp.http_idle.map_or(mcp::IDLE, |seconds| Duration::from_secs(seconds.into()));
    let opened = match door::open((address, idle), mcp.http_token_file.as_deref(), config).await {
        Ok(opened) => opened,
        Err(why) => return super::reports::say(&Answer::failed(Printable::from(why))),
    };
    let ended = ended();
    let token = Printable::from(opened.token.display().to_string());
    let said = format!("assistants are answered at http://{}/mcp\nthe token is in {token}\n", opened.address);
    super::reports::say(&Answer::told(said));
    ExitCode::from(mcp::listen(opened.door, sources(config), ended).await)
}

/// Hears signals from now on, and waits for one that ends the program; returns the exit code that shells expect.
fn ended() -> impl Future<Output = u8> {
    let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        // Where a signal cannot be heard it has its own effect, which is to end the program.
        let (Ok(mut interrupted), Ok(mut terminated)) = streams else { return std::future::pending().await };
        tokio::select! {
            _ = interrupted.recv() => 130,
            _ = terminated.recv() => 143,
        }
    }
}
