//! Owns who watches for assistants: connects, however long that takes, and feeds the picture.
//!
//! It only lists and watches. Invariant: a connection that cannot be made is told in the picture and tried again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::cluster::Clients;
use crate::cluster::watch::{Pace, Scope, Watch};
use crate::config::{Config, Environment};
use crate::mcp::{Link, Live, Whom};

/// How long one attempt to connect may take; logins by a program are part of it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pause before the second attempt; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Deltas that may wait; a burst beyond it waits in the connection.
const WAITING: usize = 4096;
/// Deltas that are taken in at once, so that an answer never waits for a whole list.
const BATCH: usize = 64;

/// Who reads, once the cluster is reached.
pub(super) type Reached = watch::Receiver<Option<Clients>>;

/// Begins to connect and to watch, until the program ends.
pub(super) fn start(config: &Config, live: Arc<Live>) -> Reached {
    let (reach, reached) = watch::channel(None);
    let connection = config.connection.clone();
    tokio::spawn(async move {
        let environment = Environment::of_process();
        let clients = connected(&live, || Clients::connect(&connection, &environment)).await;
        let scope = Scope::of(&connection, clients.identity());
        live.link(Link::Open(whom(&clients, &scope)));
        let (sender, mut deltas) = mpsc::channel(WAITING);
        let _watch = Watch::start(&clients, &scope, Pace::default(), sender);
        reach.send_replace(Some(clients));
        let mut batch = Vec::with_capacity(BATCH);
        while deltas.recv_many(&mut batch, BATCH).await > 0 {
            live.take(batch.drain(..));
        }
    });
    reached
}

/// Connects, as often as it takes.
async fn connected<F, E: std::fmt::Display>(live: &Live, connect: impl Fn() -> F) -> Clients
where
    F: Future<Output = Result<Clients, E>>,
{
    let mut pause = PAUSE;
    loop {
        let why = match tokio::time::timeout(PATIENCE, connect()).await {
            Ok(Ok(clients)) => return clients,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("connecting took longer than {} s", PATIENCE.as_secs()),
        };
        live.link(Link::Failed { why: why.into() });
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn whom(clients: &Clients, scope: &Scope) -> Whom {
    let who = clients.identity();
    Whom {
        context: who.context.as_str().into(),
        server: who.server.clone(),
        namespaces: match scope {
            Scope::All => Vec::new(),
            Scope::Namespaces(named) => named.clone(),
        },
    }
}
