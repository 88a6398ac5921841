//! Owns the commands about gates: their flags, their help, their exit codes.
//!
//! They judge and tell; none of them orders anything, and none writes into a cluster. Invariant: exit code 0 of a judgement means that the
//! evidence was there, fresh and whole, and speaks for a promotion.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Cli, Output};
use crate::config::Config;
use crate::gate::record;
use crate::gate::stage::Stage;
use crate::report::Answer;
use crate::report::gates::UNTOLD;

mod asked;
mod backtest;
mod explain;
mod file;
mod judge;
mod lint;
mod past;
mod recording;
mod subject;
#[cfg(test)]
mod tests;

pub(super) use asked::verdict;

const EXAMPLES: &str = "\
Examples:
  rollgate gates lint gates/*.yaml                     what is wrong with these policies, by line
  rollgate gates lint shop.yaml --steps rollout.yaml   and whether that Rollout's pauses are long enough
  rollgate gates lint shop.yaml --rollout web -n shop  the same of a Rollout in the cluster
  rollgate gates explain shop                          what it wants, and how much of a regression it would see
  rollgate gates run checkout -n shop                  judge this Rollout now
  rollgate gates run checkout -n shop -o json          the same, as it is recorded
  rollgate gates backtest shop.yaml checkout --from 2026-11-21T09:00:00Z --to 2026-11-21T12:00:00Z
  rollgate gates report checkout -n shop -o verdict.html

Policies are the files of the folder gates beside the configuration file, or of --gates; --policy takes a
file from anywhere. Values come from the Prometheus that the configuration names ([[provider]]).";

const CODES: &str = "\
Exit codes: 0 pass; 1 hold: a person has to decide; 2 fail, or a trigger fires; 3 it cannot be told: something
is missing, too old, too little or unreachable, nothing is being brought in, or the command line is wrong.
3 is a refusal like 2.";

/// Flags of `gates`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Gates {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what is wrong with policy files, and what will surprise; exit code 0, 1 where something is wrong, 2.
    Lint(Lint),
    /// Print the JSON Schema of policy files, for editors.
    Schema,
    /// Say in plain words what a policy wants, and how much of a regression it would see.
    Explain(Explain),
    /// Judge a Rollout now; exit code 0 pass, 1 hold, 2 fail, 3 cannot tell.
    Run(Run),
    /// Say when a policy would have passed, failed or proposed an abort in the past.
    Backtest(Backtest),
    /// Write one verdict as a page (.html) or picture (.svg) that stands alone.
    Report(Report),
}

#[derive(Debug, Args)]
struct Lint {
    /// Policy files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File with Rollouts, as `kubectl get -o yaml` writes them: are their pauses long enough?
    #[arg(long, value_name = "FILE", conflicts_with = "rollout")]
    steps: Option<PathBuf>,
    /// The same of a Rollout that is read from the cluster (with -n its namespace).
    #[arg(long, value_name = "NAME")]
    rollout: Option<String>,
}

#[derive(Debug, Args)]
struct Explain {
    /// Name of a policy in the folder.
    #[arg(required_unless_present = "policy")]
    name: Option<String>,
    /// Policy file, in place of a name.
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    policy: Option<PathBuf>,
    /// File with a Rollout whose steps are explained with it.
    #[arg(long, value_name = "FILE")]
    steps: Option<PathBuf>,
    /// How much a point scatters: standard deviation in per cent of the mean.
    #[arg(long, value_name = "PERCENT", default_value_t = 30.0, value_parser = noise)]
    noise: f64,
}

/// What is judged, and by what.
#[derive(Debug, Args)]
struct Subject {
    /// Policy file [default: the policy that the Rollout names or that is meant for it].
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Hash of the canary's pods [default: the Rollout's now].
    #[arg(long, value_name = "HASH")]
    canary: Option<String>,
    /// Hash of the stable version's pods [default: the Rollout's now].
    #[arg(long, value_name = "HASH")]
    stable: Option<String>,
    /// Judge what this file holds; nothing is asked (`gates backtest --record` writes one).
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,
    /// Stage to judge it in: shadow, canary-1, canary-2, full [default: that of now; with --at that of then, if it is known].
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Option<Stage>,
}

#[derive(Debug, Args)]
#[command(after_help = CODES)]
struct Run {
    /// Name of the Rollout.
    name: String,
    #[command(flatten)]
    subject: Subject,
    /// Judge as of this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

const BACKTEST: &str = "\
At each look only what was measured by then counts, in the stage of then where a session of the screen recorded it,
else by score and triggers alone. What has no past is said. Exit code: the word of the last look, as of `gates run`.";

#[derive(Debug, Args)]
#[command(after_help = BACKTEST)]
struct Backtest {
    /// Policy file.
    file: PathBuf,
    /// Name of the Rollout; not needed with --recorded.
    #[arg(required_unless_present = "recorded")]
    name: Option<String>,
    /// Begin (RFC 3339): when the canary began.
    #[arg(id = "from", long = "from", value_name = "TIME", help_heading = "Time")]
    begin: PathBuf,
    /// End (RFC 3339).
    #[arg(long = "to", value_name = "TIME", help_heading = "Time")]
    end: Timestamp,
    /// How far apart the looks are [default: the policy's metric_resolution].
    #[arg(long, value_name = "TIME", help_heading = "Time")]
    every: Option<String>,
    /// Hash of the canary's pods [default: the Rollout's now].
    #[arg(long, value_name = "HASH")]
    canary: Option<String>,
    /// Hash of the stable version's pods [default: the Rollout's now].
    #[arg(long, value_name = "HASH")]
    stable: Option<String>,
    /// Judge what this file holds; nothing is asked.
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,
    /// Write what was gathered into this file, for --recorded.
    #[arg(long, value_name = "FILE", conflicts_with = "recorded")]
    record: Option<PathBuf>,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = CODES)]
struct Report {
    /// Name of the Rollout.
    name: String,
    #[command(flatten)]
    subject: Subject,
    /// Judge as of this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// File to write: its name ends in .html or .svg.
    #[arg(short, long, value_name = "FILE", value_parser = file::page)]
    output: PathBuf,
}

impl Gates {
    /// Runs what needs no configuration: a folder of policies that cannot be read is no reason not to look at a file.
    pub fn alone(&self) -> Option<ExitCode> {
        let answer = match &self.what {
            What::Lint(lint) if lint.rollout.is_none() => lint::run(lint),
            What::Schema => Answer::told(SCHEMA.to_owned()),
            _ => return None,
        };
        Some(super::reports::say(&answer))
    }

    /// Returns the exit code where nothing can be told because the configuration is of no use.
    pub fn untold(&self) -> u8 {
        match &self.what {
            What::Lint(_) | What::Schema | What::Explain(_) => 2,
            What::Run(_) | What::Backtest(_) | What::Report(_) => UNTOLD,
        }
    }
}

/// The JSON Schema of policy files.
pub const SCHEMA: &str = include_str!("../../docs/gate-policy.schema.json");

/// Runs the command and returns the exit code.
pub async fn run(cli: &Cli, gates: &Gates, config: &Config) -> ExitCode {
    let answer = match &gates.what {
        What::Lint(lint) => lint::beside(cli, lint, config).await,
        What::Schema => Answer::told(SCHEMA.to_owned()),
        What::Explain(explain) => explain::run(explain, config),
        What::Run(run) => {
            let told = judge::run(cli, run, config).await;
            told.unwrap_or_else(|why| failed(&why, UNTOLD))
        }
        What::Backtest(backtest) => {
            let told = backtest::run(cli, backtest, config).await;
            told.unwrap_or_else(|why| failed(&why, UNTOLD))
        }
        What::Report(report) => {
            let told = judge::report(cli, report, config).await;
            told.unwrap_or_else(|why| failed(&why, UNTOLD))
        }
    };
    super::reports::say(&answer)
}

/// Says in a sentence why nothing can be told.
fn failed(why: &str, code: u8) -> Answer {
    Answer { code, ..Answer::failed(crate::text::Printable::from(why)) }
}

/// Writes JSON, in which names from files and the cluster are safe on a terminal.
fn as_json(value: &serde_json::Value, code: u8) -> Answer {
    Answer { code, ..Answer::told(super::json::write(value)) }
}

/// Returns the exit code of a command line that cannot be understood, where that is not 2: for a judgement 2 means fail.
pub(super) fn misread(words: impl Iterator<Item = std::ffi::OsString>) -> Option<u8> {
    // Flags may stand between, and one of them may have the value `gates`.
    let commands = ["run", "backtest", "report", "lint", "schema", "explain", "help"];
    let mut behind = words.skip_while(|word| word != "gates").skip(1);
    let command = behind.find(|word| commands.iter().any(|command| word == command))?;
    ["run", "backtest", "report"].iter().any(|judges| command == *judges).then_some(UNTOLD)
}

/// Accepts a stage in which there is something to decide.
fn stage(written: &str) -> Result<Stage, String> {
    let decides = |stage: &Stage| matches!(stage, Stage::Shadow | Stage::First | Stage::Second | Stage::Full);
    let found = record::stage_named(written).filter(decides);
    found.ok_or_else(|| "one of shadow, canary-1, canary-2, full".to_owned())
}

fn noise(written: &str) -> Result<f64, String> {
    let read: Option<f64> = written.trim_end_matches('%').parse().ok();
    read.filter(|percent| (0.1..=1000.0).contains(percent))
        .ok_or_else(|| "a number of per cent between 0.1 and 1000".to_owned())
}

/// Names a file in a sentence.
fn shown(path: &Path) -> String {
    crate::text::Printable::from(path.display().to_string()).to_string()
}
