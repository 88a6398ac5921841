//! Owns the edges that look at integrations: the cluster's, the services' beside it, the record's; who gathers evidence for gates, and
//! who tries a staged request.
//!
//! It only starts and ends them. Invariants: what looks is told the same wish; all of it ends when this is dropped, and
//! nobody waits for it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::recording::{self, Record};
use crate::capability::Sight;
use crate::capability::wish::Wish;
use crate::clock::Clock;
use crate::cluster::Clients;
use crate::cluster::probe::{Probe, try_run};
use crate::evidence::Evidence;
use crate::gate;
use crate::operation::{Policy, Rehearsal};

/// Dry runs under way at once; more are left out, since the next is asked for within a minute.
const TRIALS: usize = 4;

/// From where integrations are looked at, and where that is told.
pub struct Lookout {
    /// The connections.
    pub clients: Clients,
    /// The services beside the cluster.
    pub evidence: Evidence,
    /// What may be ordered, and so tried.
    pub policy: Arc<Policy>,
    /// Where sights go.
    pub sights: mpsc::Sender<(Sight, Timestamp)>,
    /// Where evidence goes.
    pub gathered: mpsc::Sender<gate::wish::Gathered>,
    /// Which time it lives in.
    pub clock: Clock,
}

/// Edges that look; end when dropped.
pub struct Prober {
    lookout: Lookout,
    _tasks: JoinSet<()>,
    trials: JoinSet<()>,
    _probe: Probe,
}

impl Prober {
    /// Begins to look, and to gather, as wished; must be called within a tokio runtime.
    pub fn start(
        lookout: Lookout,
        (wishes, gathering): (&watch::Sender<Wish>, &watch::Sender<gate::wish::Wish>),
        record: Record,
    ) -> Self {
        let (sights, clock) = (lookout.sights.clone(), lookout.clock);
        let probe = Probe::start(&lookout.clients, wishes.subscribe(), sights.clone(), clock);
        let mut tasks = JoinSet::new();
        tasks.spawn(lookout.evidence.clone().follow(wishes.subscribe(), sights.clone()));
        let evidence = lookout.evidence.clone();
        tasks.spawn(evidence.follow_gates(gathering.subscribe(), lookout.gathered.clone()));
        tasks.spawn(recording::follow(record, wishes.subscribe(), sights, clock));
        Self { lookout, _tasks: tasks, trials: JoinSet::new(), _probe: probe }
    }

    /// Leaves in a wish those providers that the configuration says how to reach: the others are told by the cluster alone.
    pub fn askable(&self, mut wish: Wish) -> Wish {
        wish.providers.retain(|(_, provider)| self.lookout.evidence.asks(provider));
        wish
    }

    /// Sends a dry run, beside everything else.
    pub fn try_out(&mut self, rehearsal: Rehearsal) {
        while self.trials.try_join_next().is_some() {}
        if self.trials.len() >= TRIALS {
            return;
        }
        let Lookout { clients, policy, sights, clock, .. } = &self.lookout;
        let (clients, policy, sights, clock) = (clients.clone(), policy.clone(), sights.clone(), *clock);
        self.trials.spawn(async move {
            if let Some(sight) = try_run(&clients, &policy, &rehearsal).await {
                // Without a loop nobody listens.
                let _ = sights.send((sight, clock.now())).await;
            }
        });
    }
}
