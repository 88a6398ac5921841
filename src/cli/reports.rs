//! Owns the commands without a screen: where their objects come from, and where their words go.
//!
//! What is said is [`crate::report`]'s; this file fetches (from a dump or a cluster) and prints. It never writes to a
//! cluster.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Cli, Command, Output};
use crate::cluster::{Clients, fetch};
use crate::config::{Config, Environment};
use crate::dump::Dump;
use crate::report::{self, Answer, list::Scope, status::{StatusWatch, Step}};
use crate::rollout::phase::{self, Reader};
use crate::rollout::tree::{Family, Kin};
use crate::rollout::{Key, Rollout};

/// Runs `list`, `get` or `status` and returns the exit code.
pub async fn run(cli: &Cli, command: &Command, config: &Config) -> ExitCode {
    let answer = match (&cli.common.from, command) {
        (Some(from), command) => from_dump(cli, command, from),
        (None, Command::Status { name, watch: true, timeout, .. }) => {
            watched_status(config, name, timeout).await.unwrap_or_else(Answer::failed)
        }
        (None, command) => from_cluster(cli, command, config).await.unwrap_or_else(Answer::failed),
    };
    say(&answer)
}

/// Prints an answer; a reader that went away (a closed pipe) is no error.
fn say(answer: &Answer) -> ExitCode {
    let printed = io::stdout().write_all(answer.out.as_bytes()).and_then(|()| io::stdout().flush());
    let _ = io::stderr().write_all(answer.err.as_bytes());
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::from(answer.code),
    }
}

fn from_dump(cli: &Cli, command: &Command, from: &std::path::Path) -> Answer {
    let dump = match Dump::read(from, &mut io::stdin().lock()) {
        Ok(dump) => dump,
        Err(error) => return Answer::failed(error),
    };
    let now = cli.common.now.unwrap_or_else(Timestamp::now);
    let namespace = cli.common.namespace.first().map(String::as_str);
    match command {
        Command::List { output } => {
            let scope = if namespace.is_some() { Scope::One } else { Scope::All };
            listed(&dump.rollouts_in(namespace), scope, (*output, now))
        }
        Command::Get { what, output } => match dump.find(namespace, name_of(what)) {
            Ok(rollout) => shown(&dump.family(rollout), *output, now),
            Err(unfound) => Answer::failed(unfound),
        },
        Command::Status { name, output, .. } => match dump.find(namespace, name) {
            Ok(rollout) => stands(rollout, *output, now),
            Err(unfound) => Answer::failed(unfound),
        },
    }
}

async fn from_cluster(cli: &Cli, command: &Command, config: &Config) -> Result<Answer, String> {
    let clients = connect(config).await?;
    let own = clients.identity().namespace.clone();
    match command {
        Command::List { output } => {
            let (namespaces, scope) = if config.connection.all_namespaces {
                (Vec::new(), Scope::All)
            } else if config.connection.namespaces.is_empty() {
                (vec![own], Scope::One)
            } else {
                let named: Vec<Arc<str>> = config.connection.namespaces.iter().map(|name| name.as_str().into()).collect();
                let scope = if named.len() == 1 { Scope::One } else { Scope::All };
                (named, scope)
            };
            let rollouts = fetch::rollouts(&clients, &namespaces).await.map_err(|fault| fault.to_string())?;
            Ok(listed(&rollouts.iter().collect::<Vec<_>>(), scope, (*output, now(cli))))
        }
        Command::Get { what, output } => {
            let key = key(config, &clients, name_of(what));
            match fetch::family(&clients, &key).await.map_err(|fault| fault.to_string())? {
                Some(kin) => Ok(shown(&family(&kin), *output, now(cli))),
                None => Ok(Answer::not_found(&key.name)),
            }
        }
        Command::Status { name, output, .. } => {
            let key = key(config, &clients, name);
            match fetch::rollout(&clients, &key).await.map_err(|fault| fault.to_string())? {
                Some(rollout) => Ok(stands(&rollout, *output, now(cli))),
                None => Ok(Answer::not_found(&key.name)),
            }
        }
    }
}

async fn connect(config: &Config) -> Result<Clients, String> {
    Clients::connect(&config.connection, &Environment::of_process()).await.map_err(|error| error.to_string())
}

fn key(config: &Config, clients: &Clients, name: &str) -> Key {
    let namespace = config.connection.namespaces.first().map(|name| Arc::from(name.as_str()));
    Key { namespace: namespace.unwrap_or_else(|| clients.identity().namespace.clone()), name: name.into() }
}

fn name_of(what: &[String]) -> &str {
    what.last().map(String::as_str).unwrap_or_default()
}

fn now(cli: &Cli) -> Timestamp {
    cli.common.now.unwrap_or_else(Timestamp::now)
}

fn listed(rollouts: &[&Rollout], scope: Scope, (output, now): (Output, Timestamp)) -> Answer {
    match output {
        Output::Text => report::list::text(rollouts, scope),
        Output::Json => report::list::json(rollouts, now),
    }
}

fn shown(family: &Family<'_>, output: Output, now: Timestamp) -> Answer {
    match output {
        Output::Text => report::get::text(family, now),
        Output::Json => report::get::json(family, now),
    }
}

fn stands(rollout: &Rollout, output: Output, now: Timestamp) -> Answer {
    match output {
        Output::Text => report::status::text(rollout),
        Output::Json => report::status::json(rollout, now),
    }
}

fn family(fetched: &fetch::Fetched) -> Family<'_> {
    let kin = Kin {
        replica_sets: fetched.replica_sets.iter().collect(),
        pods: fetched.pods.iter().collect(),
        analysis_runs: fetched.analysis_runs.iter().collect(),
        experiments: fetched.experiments.iter().collect(),
        deployments: fetched.deployments.iter().collect(),
    };
    Family::select(&fetched.rollout, &kin)
}

/// Prints each change of a Rollout's phase until it is healthy or degraded, or the time is up.
async fn watched_status(config: &Config, name: &str, timeout: &str) -> Result<Answer, String> {
    let limit = report::status::timeout(timeout)?;
    let clients = connect(config).await?;
    let key = key(config, &clients, name);
    let mut watch = StatusWatch::default();
    let ended = {
        let seen = fetch::watch_one(&clients, &key, |rollout: &Rollout| {
            let (phase, message) = phase::phase(rollout, Reader::Plugin);
            let Step { line, done } = watch.observe(&phase, &message);
            if let Some(line) = line {
                let _ = io::stdout().write_all(line.as_bytes()).and_then(|()| io::stdout().flush());
            }
            done
        });
        match limit {
            Some(limit) => tokio::time::timeout(limit, seen).await.unwrap_or(Ok(true)),
            None => tokio::time::timeout(Duration::MAX, seen).await.unwrap_or(Ok(true)),
        }
    };
    match ended {
        Ok(true) => Ok(watch.end()),
        Ok(false) => Ok(Answer::not_found(name)),
        Err(fault) => Err(fault.to_string()),
    }
}
