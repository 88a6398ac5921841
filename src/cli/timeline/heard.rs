//! Owns what `rollgate timeline` hears from the cluster: the controller's Events, read once.
//!
//! It never watches and never writes. Invariant: a cluster that cannot be read takes nothing away from what is kept; it is
//! said why, unless there is no cluster at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::cluster::identity::IdentityError;
use crate::cluster::{Clients, fetch};
use crate::config::{Config, Environment};
use crate::rollout::Key;
use crate::timeline::{Scene, Timeline, told};

/// How long the cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of asking.
pub(super) enum Heard {
    /// The Events are among the lines.
    All,
    /// There is no cluster to ask.
    NoCluster,
    /// They could not be read, and why.
    Nothing(String),
}

/// Adds what the controller said to a timeline; of runs and experiments what belongs to a Rollout that is `named` or known
/// from its lines.
pub(super) async fn listen(timeline: &mut Timeline, named: Option<&str>, config: &Config) -> Heard {
    match tokio::time::timeout(PATIENCE, read(timeline, named, config)).await {
        Ok(Ok(())) => Heard::All,
        Ok(Err(heard)) => heard,
        Err(_) => Heard::Nothing(format!("the API server did not answer within {} s", PATIENCE.as_secs())),
    }
}

async fn read(timeline: &mut Timeline, named: Option<&str>, config: &Config) -> Result<(), Heard> {
    let connected = Clients::connect(&config.connection, &Environment::of_process()).await;
    let clients = connected.map_err(|error| match error {
        IdentityError::NoKubeconfig { .. } => Heard::NoCluster,
        error => Heard::Nothing(error.to_string()),
    })?;
    hear(timeline, named, &clients, config).await
}

/// Adds what the controller said, as [`listen`] does, on a connection that there is.
pub(super) async fn hear(
    timeline: &mut Timeline,
    named: Option<&str>,
    clients: &Clients,
    config: &Config,
) -> Result<(), Heard> {
    let connection = &config.connection;
    let who = clients.identity();
    let scene = Scene { context: who.context.clone(), server: who.server.clone() };
    let namespaces: Vec<Arc<str>> = connection.namespaces.iter().map(|name| name.as_str().into()).collect();
    let all = fetch::said(clients, &namespaces)
        .await
        .map_err(|fault| Heard::Nothing(format!("context {}, {}: {fault}", scene.context, scene.server)))?;
    let mut known: BTreeSet<Key> =
        timeline.lines(None, "").into_iter().map(|line| line.key().clone()).collect();
    known.extend(all.iter().filter_map(|said| said.rollout(|_| false)));
    let is_known = |key: &Key| known.contains(key) || named == Some(&*key.name);
    let now = Timestamp::now();
    for said in &all {
        if let Some(key) = said.rollout(is_known) {
            timeline.see(told(said, key, &scene, now));
        }
    }
    Ok(())
}
