//! Owns what is judged: the Rollout from a cluster or a dump, the policy that is meant for it, and which two versions are compared.
//!
//! It reads and never writes. Invariant: what cannot be found out ends in a sentence, never in a guess.

use std::sync::Arc;

use super::{Subject, file};
use crate::cli::Cli;
use crate::cluster::{Clients, fetch};
use crate::config::{Config, Environment};
use crate::dump::{Dump, Unfound};
use crate::gate::policy::Policy;
use crate::gate::policy::lint::Finding;
use crate::gate::shelf::Choice;
use crate::gate::stage::Seen;
use crate::gate::wish::Canary;
use crate::rollout::{Key, Rollout, weight};
use crate::text::Printable;

/// A Rollout with what is judged of it.
pub(super) struct Found {
    pub(super) rollout: Rollout,
    pub(super) canary: Canary,
    /// How it is seen now.
    pub(super) seen: Seen,
    /// Where it was read.
    pub(super) cluster: Printable,
    /// The cluster, where it was read from one.
    pub(super) clients: Option<Clients>,
    /// What is to be said of it.
    pub(super) notes: Vec<Finding>,
}

/// Finds what a command line means.
///
/// # Errors
/// One sentence: it cannot be read, is not there, has no policy, or brings nothing in.
pub(super) async fn find(cli: &Cli, name: &str, subject: &Subject, config: &Config) -> Result<Found, String> {
    let read = read(cli, name, config).await?;
    let policy = match &subject.policy {
        Some(path) => Arc::new(file::policy(path)?.1),
        None => chosen(&read.rollout, config)?,
    };
    let canary = versions(&read.rollout, &policy, (subject.canary.as_deref(), subject.stable.as_deref()))?;
    let seen = Seen::of(&read.rollout, read.available);
    let Read { rollout, cluster, clients, .. } = read;
    Ok(Found { rollout, canary, seen, cluster, clients, notes: Vec::new() })
}

/// A Rollout as it was read.
pub(super) struct Read {
    pub(super) rollout: Rollout,
    /// Available pods of the canary; `None` where ReplicaSets could not be read.
    pub(super) available: Option<i64>,
    pub(super) cluster: Printable,
    pub(super) clients: Option<Clients>,
}

/// Reads a Rollout from the dump of `--from`, else from the cluster.
pub(super) async fn read(cli: &Cli, name: &str, config: &Config) -> Result<Read, String> {
    if cli.global.namespace.len() > 1 {
        return Err("one Rollout is in one namespace: name one with -n".to_owned());
    }
    let namespace = cli.global.namespace.first().map(String::as_str);
    match &cli.global.from {
        Some(path) => {
            let dump = Dump::read(path, &mut std::io::stdin().lock()).map_err(|error| error.to_string())?;
            let found = dump.find(namespace, name).map_err(|unfound| absent(name, &unfound))?;
            let available = weight::canary_available(found, &dump.replica_sets);
            Ok(Read {
                rollout: found.clone(),
                available: Some(available),
                cluster: Printable::from(format!("read from {}", path.display())),
                clients: None,
            })
        }
        None => from_cluster(name, namespace, config).await,
    }
}

/// Reads a Rollout from the cluster.
pub(super) async fn from_cluster(
    name: &str,
    namespace: Option<&str>,
    config: &Config,
) -> Result<Read, String> {
    let connected = Clients::connect(&config.connection, &Environment::of_process()).await;
    let clients = connected.map_err(|error| error.to_string())?;
    let own = || clients.identity().namespace.clone();
    let key = Key { namespace: namespace.map_or_else(own, Arc::from), name: Arc::from(name) };
    of_cluster(clients, &key).await
}

/// Reads a Rollout from a cluster that is connected already.
pub(super) async fn of_cluster(clients: Clients, key: &Key) -> Result<Read, String> {
    let who = clients.identity();
    let cluster = Printable::from(format!("context {}, {}", who.context, who.server));
    let read = fetch::family(&clients, key).await.map_err(|fault| format!("{cluster}: {fault}"))?;
    let family = read.ok_or_else(|| absent(&key.name, &Unfound::Absent))?;
    let unread = family.unread.iter().any(|(kind, _)| *kind == crate::rollout::delta::Kind::ReplicaSets);
    let available = (!unread).then(|| weight::canary_available(&family.rollout, &family.replica_sets));
    Ok(Read { rollout: family.rollout, available, cluster, clients: Some(clients) })
}

fn absent(name: &str, unfound: &Unfound) -> String {
    let name = Printable::from(name);
    match unfound {
        Unfound::Absent => format!("rollout.argoproj.io \"{name}\" not found"),
        Unfound::Several(namespaces) => {
            let namespaces = Printable::from(namespaces.join(", "));
            format!(
                "rollout \"{name}\" is in several namespaces of this dump ({namespaces}): choose one with -n"
            )
        }
    }
}

fn chosen(rollout: &Rollout, config: &Config) -> Result<Arc<Policy>, String> {
    let folder = config.gates.folder.as_deref().map(super::shown);
    let there = folder.map_or_else(
        || "there is no folder of policies".to_owned(),
        |it| format!("policies are read from {it}"),
    );
    match config.gates.shelf.choose(rollout) {
        Choice::By(policy) => Ok(policy),
        Choice::Nothing => {
            Err(format!("no policy is meant for this Rollout ({there}); name a file with --policy"))
        }
        Choice::Missing(name) => {
            Err(format!("this Rollout names the policy `{name}`, which is not there ({there})"))
        }
    }
}

/// Says which two versions are compared: the Rollout's, but for what the command line says.
pub(super) fn versions(
    rollout: &Rollout,
    policy: &Arc<Policy>,
    (canary, stable): (Option<&str>, Option<&str>),
) -> Result<Canary, String> {
    let mut as_if = rollout.clone();
    if let Some(hash) = canary {
        as_if.status.current_pod_hash = Some(hash.into());
    }
    if let Some(hash) = stable {
        as_if.status.stable_hash = Some(hash.into());
    }
    Canary::of(&as_if, policy).ok_or_else(|| {
        "nothing is being brought in, so there is no canary to judge; name one of the past with --canary and --stable".to_owned()
    })
}
