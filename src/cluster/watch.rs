//! Owns the live view of a cluster: streams that turn into [`Delta`]s, kept open through every fault.
//!
//! Each [`Source`] is one task ([`source`]): it lists (streaming where the server can, in pages where not), follows,
//! resumes, and tells its [`Contact`]. The opened Rollout has sources of its own ([`detail`]); [`life`] asks for a
//! sign of life where the streams are silent. It never decides what is stale. Invariants: deltas of one source are in
//! order; after `Closed` nothing of that source follows, unless it begins anew.
//!
//! [`Contact`]: crate::rollout::delta::Contact
//! [`Source`]: crate::rollout::delta::Source

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::config::Connection;
use crate::rollout::delta::{Delta, Kind, Source};
use crate::rollout::parse::{EventObject, Interner, ReplicaSetObject, RolloutObject};
use crate::rollout::{Key, WorkloadRef};

use super::client::Clients;
use super::identity::Identity;
use super::resource::{Collection, Selector, Wire};
use contact::refused_everywhere;
use pulse::Pulse;
use source::{Follow, Line};

mod contact;
mod detail;
mod life;
mod pace;
mod pulse;
mod source;
#[cfg(test)]
mod tests;

pub use pace::Pace;

/// In which namespaces Rollouts are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In all.
    All,
    /// In these.
    Namespaces(Vec<Arc<str>>),
}

impl Scope {
    /// Returns the scope that the flags mean: `-A`, else each `-n`, else the context's namespace.
    pub fn of(connection: &Connection, identity: &Identity) -> Self {
        if connection.all_namespaces {
            return Self::All;
        }
        let mut named: Vec<Arc<str>> =
            connection.namespaces.iter().map(|name| name.as_str().into()).collect();
        if named.is_empty() {
            named.push(Arc::clone(&identity.namespace));
        }
        named.sort();
        named.dedup();
        Self::Namespaces(named)
    }

    fn namespaces(&self) -> Vec<Option<Arc<str>>> {
        match self {
            Self::All => vec![None],
            Self::Namespaces(named) => named.iter().cloned().map(Some).collect(),
        }
    }
}

/// The Rollout that is opened, of which more is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Namespace and name.
    pub key: Key,
    /// Labels by which its pods are found; without any, the pods of all Rollouts of the namespace are watched.
    pub match_labels: Vec<(Arc<str>, Arc<str>)>,
    /// The object that holds its pod template, if it does not.
    pub workload_ref: Option<WorkloadRef>,
}

/// What all sources of a watch share.
#[derive(Clone)]
struct Shared {
    clients: Clients,
    pace: Pace,
    deltas: mpsc::Sender<Delta>,
    interner: Arc<Mutex<Interner>>,
    pulse: Arc<Pulse>,
    /// Raised to have every source try at once what it waits to try again.
    hurry: watch::Sender<u64>,
}

/// A watch of one cluster; ends when dropped.
pub struct Watch {
    shared: Shared,
    opened: watch::Sender<Option<Detail>>,
    tasks: JoinSet<()>,
}

impl Watch {
    /// Begins to watch the Rollouts and ReplicaSets of `scope`, and what the controller says about them; must be called within a tokio runtime.
    ///
    /// Deltas come in order; a full channel slows the streams down and loses nothing.
    pub fn start(clients: &Clients, scope: &Scope, pace: Pace, deltas: mpsc::Sender<Delta>) -> Self {
        let shared = Shared {
            clients: clients.clone(),
            pace,
            deltas,
            interner: Arc::new(Mutex::new(Interner::new())),
            pulse: Arc::new(Pulse::new()),
            hurry: watch::Sender::new(0),
        };
        let mut tasks = JoinSet::new();
        // A source that is not told to close ends with the task set.
        let (_, never) = watch::channel(false);
        for namespace in scope.namespaces() {
            let rollouts =
                shared.follow::<RolloutObject>(namespace.clone(), Selector::default(), never.clone());
            let sets =
                shared.follow::<ReplicaSetObject>(namespace.clone(), Selector::of_rollouts(), never.clone());
            // Who waits for the list of Rollouts does not wait for what was said about them.
            let events = shared.follow::<EventObject>(namespace, Selector::of_controller(), never.clone());
            tasks.spawn(events.after(rollouts.listed()).run());
            tasks.spawn(rollouts.run());
            tasks.spawn(sets.run());
        }
        let opened = watch::Sender::new(None);
        tasks.spawn(detail::follow(shared.clone(), opened.subscribe()));
        tasks.spawn(life::ask(shared.clone()));
        Self { shared, opened, tasks }
    }

    /// Watches what belongs to one Rollout, in place of what was opened before.
    pub fn open(&self, detail: Detail) {
        self.opened.send_replace(Some(detail));
    }

    /// Ends the watches of the opened Rollout; each tells [`Delta::Closed`].
    pub fn close(&self) {
        self.opened.send_replace(None);
    }

    /// Tries at once what is waiting to be tried again, after reading the credentials anew.
    pub fn retry(&mut self) {
        let shared = self.shared.clone();
        self.tasks.spawn(async move {
            // A failure is told by each source in its own contact.
            let _ = shared.clients.log_in_again().await;
            shared.hurry.send_modify(|times| *times += 1);
        });
    }
}

impl Shared {
    fn follow<W: Wire>(
        &self,
        namespace: Option<Arc<str>>,
        selector: Selector,
        closing: watch::Receiver<bool>,
    ) -> Follow<W> {
        let collection = Collection::of::<W>(namespace.as_deref(), selector);
        let hint = refused_everywhere(W::KIND, namespace.is_none());
        let source = Source { kind: W::KIND, namespace };
        let line = Line::new(self, source, hint);
        let counted = W::KIND == Kind::Rollouts;
        Follow::new(self.clone(), line, collection, closing, counted)
    }
}
