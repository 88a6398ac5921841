//! Owns the commands without a screen: where their objects come from, and where their words go.
//!
//! What is said is [`crate::report`]'s; this file fetches (from a dump or a cluster) and prints. It never writes to a
//! cluster.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Cli, Output, Report};
use crate::cluster::watch::{Pace, Scope, Watch};
use crate::cluster::{Clients, Fault, fetch};
use crate::config::{Config, Environment};
use crate::dump::{Dump, Unfound};
use crate::report::list::Scope as Columns;
use crate::report::status::{Observed, StatusWatch};
use crate::report::{self, Answer};
use crate::rollout::delta::{Contact, Delta, Kind, Object, Source};
use crate::rollout::tree::{Family, Kin};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

/// Runs `list`, `get` or `status` and returns the exit code.
pub async fn run(cli: &Cli, command: &Report, config: &Config) -> ExitCode {
    if let Err(answer) = check(cli, command) {
        return say(&answer);
    }
    let answer = match (&cli.global.from, command) {
        (Some(from), command) => from_dump(cli, command, from),
        (None, Report::Status { name, watch: true, timeout, .. }) => {
            watched_status(config, name, timeout).await.unwrap_or_else(Answer::failed)
        }
        (None, command) => from_cluster(cli, command, config).await.unwrap_or_else(Answer::failed),
    };
    say(&answer)
}

/// Prints an answer; a reader that went away (a closed pipe) is no error.
pub(super) fn say(answer: &Answer) -> ExitCode {
    let printed = io::stdout().write_all(answer.out.as_bytes()).and_then(|()| io::stdout().flush());
    let _ = io::stderr().write_all(answer.err.as_bytes());
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::from(answer.code),
    }
}

fn from_dump(cli: &Cli, command: &Report, from: &std::path::Path) -> Answer {
    let dump = match Dump::read(from, &mut io::stdin().lock()) {
        Ok(dump) => dump,
        Err(error) => return Answer::failed(error),
    };
    let now = cli.global.now.unwrap_or_else(Timestamp::now);
    let named = &cli.global.namespace;
    let namespace = named.first().map(String::as_str);
    match command {
        Report::List { output } => {
            let mut rollouts = dump.rollouts_in(None);
            rollouts.retain(|rollout| {
                named.is_empty() || named.iter().any(|name| **name == *rollout.meta.key.namespace)
            });
            let scope = if named.len() == 1 { Columns::One } else { Columns::All };
            listed(&rollouts, scope, (*output, now))
        }
        Report::Get { what, output } => match dump.find(namespace, name_of(what)) {
            Ok(rollout) => shown(&dump.family(rollout), *output, now),
            Err(unfound) => unfound_words(name_of(what), unfound),
        },
        Report::Status { name, output, .. } => match dump.find(namespace, name) {
            Ok(rollout) => stands(rollout, *output, now),
            Err(unfound) => unfound_words(name, unfound),
        },
    }
}

fn unfound_words(name: &str, unfound: Unfound) -> Answer {
    match unfound {
        Unfound::Absent => Answer::not_found(name),
        Unfound::Several(namespaces) => Answer::failed(format_args!(
            "rollout \"{}\" is in several namespaces of this dump ({}): choose one with -n",
            Printable::from(name),
            Printable::from(namespaces.join(", "))
        )),
    }
}

async fn from_cluster(cli: &Cli, command: &Report, config: &Config) -> Result<Answer, String> {
    let clients = connect(config).await?;
    let own = clients.identity().namespace.clone();
    match command {
        Report::List { output } => {
            let (namespaces, scope) = if config.connection.all_namespaces {
                (Vec::new(), Columns::All)
            } else if config.connection.namespaces.is_empty() {
                (vec![own], Columns::One)
            } else {
                let named: Vec<Arc<str>> =
                    config.connection.namespaces.iter().map(|name| name.as_str().into()).collect();
                let scope = if named.len() == 1 { Columns::One } else { Columns::All };
                (named, scope)
            };
            let rollouts =
                fetch::rollouts(&clients, &namespaces).await.map_err(|fault| from(&clients, &fault))?;
            Ok(listed(&rollouts.iter().collect::<Vec<_>>(), scope, (*output, now(cli))))
        }
        Report::Get { what, output } => {
            let key = key(config, &clients, name_of(what));
            match fetch::family(&clients, &key).await.map_err(|fault| from(&clients, &fault))? {
                Some(kin) => {
                    let answer = shown(&family(&kin), *output, now(cli));
                    Ok(Answer { err: unread(&kin) + &answer.err, ..answer })
                }
                None => Ok(Answer::not_found(&key.name)),
            }
        }
        Report::Status { name, output, .. } => {
            let key = key(config, &clients, name);
            match fetch::rollout(&clients, &key).await.map_err(|fault| from(&clients, &fault))? {
                Some(rollout) => Ok(stands(&rollout, *output, now(cli))),
                None => Ok(Answer::not_found(&key.name)),
            }
        }
    }
}

async fn connect(config: &Config) -> Result<Clients, String> {
    Clients::connect(&config.connection, &Environment::of_process()).await.map_err(|error| error.to_string())
}

/// Says what could not be read, so that its absence is not taken for nothing being there.
fn unread(kin: &fetch::Family) -> String {
    let lines = kin
        .unread
        .iter()
        .map(|(kind, fault)| format!("Warning: {kind:?} could not be read, and are not shown: {fault}\n"));
    lines.collect()
}

/// Says which cluster a fault comes from.
pub(super) fn from(clients: &Clients, fault: &Fault) -> String {
    let who = clients.identity();
    format!("context {}, {}: {fault}", who.context, who.server)
}

fn key(config: &Config, clients: &Clients, name: &str) -> Key {
    let namespace = config.connection.namespaces.first().map(|name| Arc::from(name.as_str()));
    Key { namespace: namespace.unwrap_or_else(|| clients.identity().namespace.clone()), name: name.into() }
}

fn name_of(what: &[String]) -> &str {
    what.last().map(String::as_str).unwrap_or_default()
}

/// Refuses what can mean nothing: a kind that `get` does not know, one Rollout in several namespaces.
fn check(cli: &Cli, command: &Report) -> Result<(), Answer> {
    let what: &[String] = match command {
        Report::List { .. } => return Ok(()),
        Report::Get { what, .. } => what,
        Report::Status { .. } => &[],
    };
    if cli.global.namespace.len() > 1 {
        return Err(Answer::failed("one Rollout is in one namespace: name one with -n"));
    }
    match what {
        [kind, _] if !["rollout", "rollouts", "ro"].contains(&kind.as_str()) => {
            let kind = Printable::from(kind.as_str());
            Err(Answer::failed(format_args!("`{kind}` cannot be shown: write `rollgate get rollout NAME`")))
        }
        _ => Ok(()),
    }
}

fn now(cli: &Cli) -> Timestamp {
    cli.global.now.unwrap_or_else(Timestamp::now)
}

fn listed(rollouts: &[&Rollout], scope: Columns, (output, now): (Output, Timestamp)) -> Answer {
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

/// Picks what belongs to a Rollout from what was read.
pub(super) fn family(fetched: &fetch::Family) -> Family<'_> {
    let kin = Kin {
        replica_sets: fetched.replica_sets.iter().collect(),
        pods: fetched.pods.iter().collect(),
        analysis_runs: fetched.analysis_runs.iter().collect(),
        experiments: fetched.experiments.iter().collect(),
        deployments: fetched.deployment.iter().collect(),
    };
    Family::select(&fetched.rollout, &kin)
}

/// Prints each change of a Rollout's phase until it is healthy or degraded, or the time is up.
async fn watched_status(config: &Config, name: &str, timeout: &str) -> Result<Answer, String> {
    let limit = report::status::timeout(timeout)?;
    let clients = connect(config).await?;
    let key = key(config, &clients, name);
    if fetch::rollout(&clients, &key).await.map_err(|fault| from(&clients, &fault))?.is_none() {
        return Ok(Answer::not_found(name));
    }
    let (sender, mut deltas) = mpsc::channel(256);
    let scope = Scope::Namespaces(vec![key.namespace.clone()]);
    let _watch = Watch::start(&clients, &scope, Pace::default(), sender);
    let mut status = StatusWatch::default();
    let follow = async {
        while let Some(delta) = deltas.recv().await {
            if let Some(told) = taken(delta, &key, &mut status) {
                return told;
            }
        }
        None
    };
    let gone = match limit {
        Some(limit) => tokio::time::timeout(limit, follow).await.unwrap_or(None),
        None => follow.await,
    };
    Ok(gone.unwrap_or_else(|| status.end()))
}

/// Takes in what a watch told, and prints what is news; returns how it ends, once it does: by itself, or because the
/// Rollout is gone.
fn taken(delta: Delta, key: &Key, status: &mut StatusWatch) -> Option<Option<Answer>> {
    match delta {
        Delta::Seen(_, Object::Rollout(rollout)) if rollout.meta.key == *key => {
            let Observed { line, done } = status.observe(&rollout);
            let _ = io::stdout()
                .write_all(line.unwrap_or_default().as_bytes())
                .and_then(|()| io::stdout().flush());
            done.then_some(None)
        }
        Delta::Gone(Source { kind: Kind::Rollouts, .. }, gone) if gone == *key => {
            Some(Some(Answer::not_found(&key.name)))
        }
        Delta::Contact(Source { kind: Kind::Rollouts, .. }, contact, _) => {
            if let Some(why) = trouble(&contact) {
                let _ = writeln!(io::stderr(), "Warning: {why}; it is tried again");
            }
            None
        }
        _ => None,
    }
}

fn trouble(contact: &Contact) -> Option<&Printable> {
    match contact {
        Contact::Retrying { why, .. }
        | Contact::Forbidden { why }
        | Contact::Absent { why }
        | Contact::Unauthorized { why } => Some(why),
        Contact::Connecting | Contact::Syncing { .. } | Contact::Live => None,
    }
}
