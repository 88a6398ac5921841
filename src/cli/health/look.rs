//! Owns looking once: lists, access reviews, reads, the ledger and the services that the file names, within a time.
//!
//! Everything that the screen looks at is looked at here, by the same edges; nothing is changed by it. It never judges.
//! Invariant: what was not seen when the time is up is not told as seen, and it is said that the time was up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::capability::sight::Provider;
use crate::capability::wish::{Attention, Wish};
use crate::capability::{Board, Sight, board::Viewer};
use crate::clock::Clock;
use crate::cluster::watch::{Pace, Scope, Watch};
use crate::cluster::{Clients, probe};
use crate::config::{Config, Environment};
use crate::evidence::Evidence;
use crate::rollout::delta::{Delta, Kind, Object};
use crate::store::{Freshness, Store};
use crate::text::Printable;

/// What waits to be taken in.
const WAITING: usize = 256;
/// How long a server that fails may take to come back, before that is how it is.
const GRACE: Duration = Duration::from_secs(3);

/// What was seen, and as whom.
pub(super) struct Looked {
    pub(super) context: Printable,
    pub(super) server: Printable,
    pub(super) user: Printable,
    /// Namespaces that were asked for; none where all were.
    pub(super) named: Vec<Arc<str>>,
    pub(super) board: Board,
    pub(super) store: Store,
    /// When a list of each kind was last complete.
    pub(super) listed: BTreeMap<Kind, Timestamp>,
    /// Whether the time was up before all was seen.
    pub(super) cut_short: bool,
}

/// Looks at everything once, for `wait` at the most.
///
/// # Errors
/// One sentence where nothing can be looked at at all: the kubeconfig or its login is of no use.
pub(super) async fn look(config: &Config, wait: Duration) -> Result<Looked, String> {
    let until = Instant::now() + wait;
    let environment = Environment::of_process();
    let connected = Clients::connect(&config.connection, &environment);
    let clients = timeout_at(until, connected).await.map_err(|_| "the login took too long".to_owned())?;
    let clients = clients.map_err(|error| error.to_string())?;
    let scope = Scope::of(&config.connection, clients.identity());
    let (sender, mut deltas) = mpsc::channel(WAITING);
    let _watch = Watch::start(&clients, &scope, Pace::default(), sender);
    let mut looked = Looked::of(&clients, scope);
    let (user, listed) = tokio::join!(
        timeout_at(until, clients.reviewed_user()),
        timeout_at(until, looked.list(&mut deltas)),
    );
    if let Ok(Ok(user)) = user {
        looked.user = user;
    }
    looked.board.viewer =
        Viewer { context: looked.context.as_str().into(), user: looked.user.as_str().into() };
    looked.cut_short = listed.is_err();
    looked.record(config).await;
    let probed = looked.probe(&clients, &mut deltas, until).await;
    let asked = timeout_at(until, looked.ask(config)).await;
    looked.cut_short |= !probed || asked.is_err();
    Ok(looked)
}

impl Looked {
    fn of(clients: &Clients, scope: Scope) -> Self {
        let who = clients.identity();
        Self {
            context: who.context.as_str().into(),
            server: who.server.clone(),
            user: who.user.clone(),
            named: match scope {
                Scope::All => Vec::new(),
                Scope::Namespaces(named) => named,
            },
            board: Board::default(),
            store: Store::default(),
            listed: BTreeMap::new(),
            cut_short: false,
        }
    }

    /// Takes in lists until each is complete, or will not be.
    async fn list(&mut self, deltas: &mut mpsc::Receiver<Delta>) {
        let patient = Instant::now() + GRACE;
        while !self.is_listed(Instant::now() >= patient) {
            match timeout_at(patient.max(Instant::now() + GRACE), deltas.recv()).await {
                Ok(Some(delta)) => self.take(delta),
                Ok(None) => return,
                Err(_) => {}
            }
        }
    }

    fn is_listed(&self, impatient: bool) -> bool {
        [Kind::Rollouts, Kind::ReplicaSets].into_iter().all(|kind| {
            match self.store.freshness(kind, Timestamp::now()) {
                Freshness::Live
                | Freshness::Forbidden { .. }
                | Freshness::Absent { .. }
                | Freshness::Unauthorized { .. } => true,
                Freshness::Stale { .. } => impatient,
                Freshness::Unasked | Freshness::Connecting | Freshness::Syncing { .. } => false,
            }
        })
    }

    fn take(&mut self, delta: Delta) {
        let now = Timestamp::now();
        match &delta {
            Delta::Done(source) => _ = self.listed.insert(source.kind, now),
            Delta::Heard(source, at) => _ = self.listed.insert(source.kind, *at),
            Delta::Seen(_, Object::Rollout(after)) => {
                let before = self.store.fleet.get(&after.meta.key).map(|standing| &*standing.rollout);
                self.board.follow(before, after, now);
            }
            Delta::Seen(_, Object::Event(said)) => self.board.hear(said, now),
            _ => {}
        }
        self.store.apply(delta);
    }

    /// Looks at the ledger.
    async fn record(&mut self, config: &Config) {
        let (config, now) = (config.clone(), Timestamp::now());
        if let Ok(answer) = tokio::task::spawn_blocking(move || super::record::look(&config, now)).await {
            self.board.note(Sight::Recording(answer), Timestamp::now());
        }
    }

    /// Has the cluster looked at; tells whether all was seen in time.
    async fn probe(&mut self, clients: &Clients, deltas: &mut mpsc::Receiver<Delta>, until: Instant) -> bool {
        let wish = self.wish();
        let (sender, mut sights) = mpsc::channel(WAITING);
        let looking = probe::look_once(clients, &wish, sender, Clock::Machine);
        tokio::pin!(looking);
        let mut looks = true;
        loop {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(until) => return false,
                seen = sights.recv() => match seen {
                    Some((sight, at)) => self.board.note(sight, at),
                    None => return true,
                },
                () = &mut looking, if looks => looks = false,
                Some(delta) = deltas.recv() => self.take(delta),
            }
        }
    }

    fn wish(&self) -> Wish {
        let mut namespaces: BTreeSet<Arc<str>> = self.named.iter().cloned().collect();
        namespaces.extend(self.store.fleet.iter().map(|(key, _)| key.namespace.clone()));
        let refs = |standing: &crate::store::Standing| {
            let key = standing.rollout.meta.key.clone();
            standing.rollout.traffic_refs().into_iter().map(move |object| (key.clone(), object))
        };
        Wish {
            namespaces: namespaces.into_iter().collect(),
            traffic: self.store.fleet.iter().flat_map(|(_, standing)| refs(standing)).collect(),
            providers: Vec::new(),
            attention: Attention::Close,
            urged: 0,
        }
    }

    /// Asks the services that the configuration names.
    async fn ask(&mut self, config: &Config) {
        let named: Vec<(Arc<str>, Provider)> = self.board.providers.keys().cloned().collect();
        let evidence = Evidence::new(config.services.clone(), Clock::Machine);
        evidence.once(&named, |sight, at| self.board.note(sight, at)).await;
    }
}
