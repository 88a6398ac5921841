//! Owns `rollgate timeline`: what was ordered and seen, from the ledger's file, and what the controller said, from the
//! cluster where there is one; its flags, help and exit codes.
//!
//! It reads, never writes, and does without either of the two. What is said is in [`said`]. Invariant: exit code 0 means that there is
//! something to tell, 1 that nothing fits, 2 that it cannot be told.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::Output;
use crate::cluster::Clients;
use crate::config::Config;
use crate::ledger::{self, LedgerError, Reader};
use crate::rollout::Key;
use crate::text::Printable;
use crate::timeline::{Line, Timeline, fits};

mod heard;
mod said;

use heard::Heard;

const EXAMPLES: &str = "\
Examples:
  rollgate timeline                          everything that is kept, oldest first
  rollgate timeline checkout -n shop         who promoted this, on what evidence, and what happened
  rollgate timeline --filter 'order abort'   lines that hold both words
  rollgate timeline --filter source:event    what the controller said, and nothing else
  rollgate timeline --kept                   what is kept in the file, without asking the cluster
  rollgate timeline checkout -o json         with the facts of each order and all its states

What is seen is kept while a session runs, for 30 days and 20,000 lines; orders are kept for good; the cluster keeps Events for about an hour.
Sources: order, spec, status, analysis, event, away (it changed while nobody looked), gap (what could not be kept).
Exit codes: 0 there is something; 1 nothing fits; 2 it cannot be told.";

/// Flags of `timeline`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Asked {
    /// Name of a Rollout; all without one.
    name: Option<String>,
    /// Only what is kept in the file: the cluster is not asked for the controller's Events.
    #[arg(long)]
    kept: bool,
    /// Only lines that hold each of these words; `source:WORD` leaves the lines of a source.
    #[arg(short, long, value_name = "WORDS", default_value = "")]
    filter: String,
    /// How many lines at most, the newest.
    #[arg(short, long, value_name = "N", default_value_t = 500)]
    limit: usize,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// How many records of the ledger are looked through, the newest.
const RECORDS: usize = 100_000;

/// Tells what was ordered, seen and said, and returns the exit code.
pub async fn run(asked: &Asked, config: &Config) -> ExitCode {
    let (timeline, kept) = match read(config) {
        Ok(timeline) => (timeline, Ok(())),
        Err(why) => (Timeline::unbounded(), Err(why.to_string())),
    };
    match completed(timeline, kept, asked, config).await {
        Ok(timeline) => {
            let lines = chosen(&timeline, asked, config);
            let words = match asked.output {
                Output::Text => said::text(&lines),
                Output::Json => said::json(&lines),
            };
            let mut out = io::stdout().lock();
            // A reader that went away is no error.
            let _ = out.write_all(words.as_bytes()).and_then(|()| out.flush());
            ExitCode::from(u8::from(lines.is_empty()))
        }
        Err(why) => {
            let _ = writeln!(io::stderr(), "Error: {}", Printable::from(why));
            ExitCode::from(2)
        }
    }
}

/// Adds what the cluster still has; either of the two may be missing, which is said, but not both.
async fn completed(
    mut timeline: Timeline,
    kept: Result<(), String>,
    asked: &Asked,
    config: &Config,
) -> Result<Timeline, String> {
    let heard = match asked.kept {
        true => Heard::NoCluster,
        false => heard::listen(&mut timeline, asked.name.as_deref(), config).await,
    };
    let missing = match (kept, heard) {
        (Ok(()), Heard::All | Heard::NoCluster) => return Ok(timeline),
        (Ok(()), Heard::Nothing(why)) => format!("the controller's Events are not among these: {why}"),
        (Err(why), Heard::All) => format!("only the controller's Events are told: {why}"),
        (Err(why), Heard::NoCluster | Heard::Nothing(_)) => return Err(why),
    };
    let _ = writeln!(io::stderr(), "Warning: {}", Printable::from(missing));
    Ok(timeline)
}

impl Asked {
    /// Asks for the newest lines about a Rollout, or about all, the controller's Events included.
    pub(super) fn of(name: Option<String>, filter: &str, limit: usize) -> Self {
        Self { name, kept: false, filter: filter.to_owned(), limit, output: Output::Json }
    }
}

/// Tells the newest lines, oldest first, and what is missing among them; `clients` is who reaches the cluster, or why nobody
/// does.
///
/// # Errors
/// One sentence where there is nothing to tell from.
pub(super) async fn values(
    asked: &Asked,
    clients: Result<Clients, String>,
    config: &Config,
) -> Result<(Vec<Value>, Option<String>), String> {
    let kept = tokio::task::spawn_blocking({
        let config = config.clone();
        move || match read(&config) {
            // Where nothing was ever ordered, nothing is missing.
            Err(Unread::Absent(_)) => Ok(Timeline::unbounded()),
            read => read.map_err(|why| why.to_string()),
        }
    });
    let (mut timeline, mut missing) = match kept.await.map_err(|error| error.to_string())? {
        Ok(timeline) => (timeline, None),
        Err(why) => (Timeline::unbounded(), Some(why)),
    };
    let heard = match &clients {
        Ok(clients) => heard::hear(&mut timeline, asked.name.as_deref(), clients, config).await,
        Err(why) => Err(Heard::Nothing(why.clone())),
    };
    if let Err(Heard::Nothing(why)) = heard {
        if let Some(kept) = missing {
            return Err(format!("{kept}; {why}"));
        }
        missing = Some(format!("the controller's Events are not among these: {why}"));
    }
    Ok((chosen(&timeline, asked, config).into_iter().map(said::entry).collect(), missing))
}

/// Why what is kept cannot be told.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("there is no home folder for a ledger: name a file with --ledger")]
    Homeless,
    #[error("{0}")]
    Absent(LedgerError),
    #[error("{0}")]
    Ledger(LedgerError),
}

impl From<LedgerError> for Unread {
    fn from(error: LedgerError) -> Self {
        if matches!(error, LedgerError::Absent(_)) { Self::Absent(error) } else { Self::Ledger(error) }
    }
}

fn read(config: &Config) -> Result<Timeline, Unread> {
    let path = config.ledger.clone().or_else(ledger::default_path).ok_or(Unread::Homeless)?;
    let reader = Reader::open(&path)?;
    let kept = usize::try_from(ledger::seen::MOST).unwrap_or(usize::MAX);
    let mut timeline = Timeline::unbounded();
    timeline.recall(reader.seen(kept)?, &reader.told(RECORDS)?);
    Ok(timeline)
}

/// Lists the newest lines that are asked for, oldest first.
fn chosen<'a>(timeline: &'a Timeline, asked: &Asked, config: &Config) -> Vec<Line<'a>> {
    let wanted = &config.connection;
    let of_namespace = |key: &Key| {
        wanted.namespaces.is_empty() || wanted.namespaces.iter().any(|name| **name == *key.namespace)
    };
    let of_name = |key: &Key| asked.name.as_deref().is_none_or(|name| *name == *key.name);
    let of_context = |line: &Line<'_>| {
        wanted.context.as_deref().is_none_or(|name| Printable::from(name) == line.scene().context)
    };
    let mut lines = timeline.lines(None, "");
    lines.retain(|line| {
        let key = line.key();
        // What was left out concerns every Rollout.
        let concerns = key.name.is_empty() || (of_namespace(key) && of_name(key));
        concerns && of_context(line) && fits(*line, &asked.filter)
    });
    let over = lines.len().saturating_sub(asked.limit);
    lines.split_off(over)
}
