//! Owns asking services beside the cluster for proof: whether each answers as one of its kind does.
//!
//! It asks what the person's own file names and nothing else, whatever the cluster's objects say; it reads, except for the
//! policy decision that the file asks for, and for what a person ordered of the policy service ([`errand`]). What gates judge is gathered in [`gather`]. It never judges and knows no cluster. Invariants: a question takes at most
//! [`wire::LONGEST`] and [`wire::LARGEST`], follows no redirect and is never repeated by itself; no secret reaches a sight.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::capability::Sight;
use crate::capability::sight::{Answer, Answering, Provider};
use crate::capability::wish::Wish;
use crate::clock::Clock;
use crate::config::Services;
use crate::text::Printable;

mod controller;
mod errand;
mod gather;
mod policy;
mod prometheus;
mod round;
mod secret;
mod tls;
mod trouble;
mod wire;

pub use errand::Errands;
pub use gather::{Runs, Window};
use round::{Next, Round, Target};

/// The services that may be asked; cheap to clone.
#[derive(Clone)]
pub struct Evidence {
    services: Arc<Services>,
    clock: Clock,
    runs: Option<Arc<dyn Runs>>,
    desk: Arc<gather::desk::Desk>,
}

/// Providers as templates name them, each with the namespace that does.
type Named = [(Arc<str>, Provider)];

impl Evidence {
    /// Prepares to ask what the configuration names; nothing is sent yet.
    pub fn new(services: Services, clock: Clock) -> Self {
        let desk = Arc::new(gather::desk::Desk::new(clock.speed()));
        Self { services: Arc::new(services), clock, runs: None, desk }
    }

    /// Has AnalysisRuns read by this.
    pub fn reading(self, runs: Arc<dyn Runs>) -> Self {
        Self { runs: Some(runs), ..self }
    }

    /// Tells whether the configuration says how a provider is reached; others are never asked.
    pub fn asks(&self, provider: &Provider) -> bool {
        self.services.provider(&provider.kind, &provider.address).is_some()
    }

    /// Asks every service once, all at a time, and hands each answer to `told` as it comes.
    pub async fn once(&self, named: &Named, mut told: impl FnMut(Sight, Timestamp)) {
        let asked = self.targets(named).into_iter().map(|target| self.look(target, true, named));
        let mut asked: FuturesUnordered<_> = asked.collect();
        while let Some((_, sights)) = asked.next().await {
            let at = self.clock.now();
            sights.into_iter().for_each(|sight| told(sight, at));
        }
    }

    /// Asks at the pace of [`round`], one service after the other, until nobody takes the sights or makes wishes any more.
    pub async fn follow(self, mut wishes: watch::Receiver<Wish>, sights: mpsc::Sender<(Sight, Timestamp)>) {
        let mut round = Round::default();
        let mut urged = wishes.borrow().urged;
        loop {
            let wish = wishes.borrow_and_update().clone();
            if wish.urged != urged {
                urged = wish.urged;
                round.urge();
            }
            let now = tokio::time::Instant::now().into_std();
            let wait = match round.next(&self.targets(&wish.providers), wish.attention, now) {
                Next::Now(target) => {
                    let decides = round.decides(target, now);
                    let (well, seen) = self.look(target, decides, &wish.providers).await;
                    for sight in seen {
                        if sights.send((sight, self.clock.now())).await.is_err() {
                            return;
                        }
                    }
                    round.answered(target, well, tokio::time::Instant::now().into_std());
                    Duration::ZERO
                }
                Next::In(wait) => wait,
                Next::Never => Duration::MAX,
            };
            tokio::select! {
                () = tokio::time::sleep(wait.min(round::LONGEST_WAIT)) => {}
                changed = wishes.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Returns what is to be asked: each provider that somebody names, once, the policy service, and the controller's
    /// metrics where the file says how they are reached.
    fn targets(&self, named: &Named) -> Vec<Target> {
        let is_named =
            |at: &usize| self.services.providers.get(*at).is_some_and(|it| names(named, it).next().is_some());
        let providers = (0..self.services.providers.len()).filter(is_named).map(Target::Provider);
        let controller = self.services.controller.iter().map(|_| Target::Controller);
        providers.chain([Target::PolicyService]).chain(controller).collect()
    }

    /// Asks one; tells whether it answered well, and the sight for each who names it.
    async fn look(&self, target: Target, decides: bool, named: &Named) -> (bool, Vec<Sight>) {
        match target {
            Target::PolicyService => {
                let answer = match &self.services.policy_service {
                    None => {
                        Answer::Missing { why: Printable::ours("no [policy-service] in the configuration") }
                    }
                    Some(service) => policy::look(service, decides).await,
                };
                // Where none is configured there is nothing to try again sooner.
                (
                    is_well(&answer) || matches!(answer, Answer::Missing { .. }),
                    vec![Sight::PolicyService(answer)],
                )
            }
            Target::Controller => {
                let Some(metrics) = &self.services.controller else { return (true, Vec::new()) };
                let answer = controller::look(metrics).await;
                (matches!(answer, Answer::Seen(_)), vec![Sight::Meters(answer)])
            }
            Target::Provider(at) => {
                let Some(provider) = self.services.providers.get(at) else { return (true, Vec::new()) };
                let answer = prometheus::look(provider).await;
                let each = |(namespace, named): &(Arc<str>, Provider)| {
                    Sight::Provider(namespace.clone(), named.clone(), answer.clone())
                };
                (is_well(&answer), names(named, provider).map(each).collect())
            }
        }
    }
}

/// Returns who names a provider.
fn names<'a>(
    named: &'a Named,
    provider: &'a crate::config::services::Provider,
) -> impl Iterator<Item = &'a (Arc<str>, Provider)> {
    named.iter().filter(|(_, named)| provider.is_named(&named.kind, &named.address))
}

fn is_well(answer: &Answer<Answering>) -> bool {
    matches!(answer, Answer::Seen(Answering::Well { .. }))
}
