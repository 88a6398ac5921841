//! Owns gathering what a gate judges: for one canary, one [`Evidence`](Proof) for each metric of its policy.
//!
//! It asks the provider that the policy means, the AnalysisRuns through whoever reads them, and the policy service; it never judges, and
//! what could not be had says why. What that costs: for each canary one request a resolution of its policy (15 s at least), for all
//! together [`desk::REFILL`] sets the most, and [`desk::AT_ONCE`] are under way at a time. Invariant: an answer that is not whole is none.

use jiff::Timestamp;
use tokio::time::Instant;

use super::Evidence;
use super::policy::approvals::{Listing, PAGES};
use super::policy::simulation;
use crate::clock::Clock;
use crate::config::services::PolicyService;
use crate::gate::evidence::{Evidence as Proof, Provenance};
use crate::gate::policy::{Metric, Origin, Simulation};
use crate::gate::stage::Outcome;
use crate::gate::trigger::{Approvals, Heard, Reasons};
use crate::gate::wish::{Canary, Gathered};
use crate::text::Printable;

pub(super) mod desk;
mod follow;
mod matched;
mod runs;
mod turns;
mod window;

pub use runs::Runs;
pub use window::Window;

/// Why nothing of the policy service is known where it is not said how it is reached.
const NO_SERVICE: &str =
    "the policy asks the policy service, and there is no [policy-service] in the configuration";

/// What was gathered, and whether whoever was asked answered.
struct Answered {
    evidence: Vec<Proof>,
    well: bool,
}

/// What the policy service says of a canary.
#[derive(Default)]
struct Said {
    simulation: Option<Outcome>,
    reasons: Heard<Reasons>,
    approvals: Heard<Approvals>,
}

impl Evidence {
    /// Gathers all that the policy of a canary wants, as of a time.
    pub async fn gather(&self, canary: &Canary, now: Timestamp) -> Gathered {
        self.gathered(canary, now).await.0
    }

    /// Gathers the evidence of a canary for a window of its own; for looking back.
    pub async fn gather_over(&self, canary: &Canary, window: &Window) -> Vec<Proof> {
        self.answered(canary, window).await.evidence
    }

    /// Gathers, and tells whether whoever was asked answered.
    async fn gathered(&self, canary: &Canary, now: Timestamp) -> (Gathered, bool) {
        let window = Window::of(&canary.policy, now);
        let (answered, said) = tokio::join!(self.answered(canary, &window), self.said(canary));
        let Answered { evidence, well } = answered;
        let Said { simulation, reasons, approvals } = said;
        let gathered = Gathered {
            key: canary.key.clone(),
            hash: canary.hash.clone(),
            policy: canary.policy.clone(),
            at: now,
            evidence,
            simulation,
            reasons,
            approvals,
        };
        (gathered, well)
    }

    /// Asks the policy service what the policy names.
    async fn said(&self, canary: &Canary) -> Said {
        let Some(asked) = &canary.policy.simulation else { return Said::default() };
        let watched = canary.policy.triggers.backlog.is_watched();
        let Some(service) = &self.services.policy_service else {
            let why = || Printable::ours(NO_SERVICE);
            let approvals = watched.then(|| Err(why()));
            return Said { simulation: Some(Outcome::Untold(why())), reasons: Some(Err(why())), approvals };
        };
        let (simulation, reasons) = self.allowed(canary, service, asked).await;
        let approvals = if watched { Some(self.waiting(service, asked).await) } else { None };
        Said { simulation: Some(simulation), reasons: Some(reasons), approvals }
    }

    /// Reads what waits for a person's approval, page by page.
    async fn waiting(&self, service: &PolicyService, asked: &Simulation) -> Result<Approvals, Printable> {
        let mut listing = Listing::of(asked);
        for _ in 0..PAGES {
            let _seat = self.desk.seat().await;
            if !listing.read(service).await? {
                break;
            }
        }
        Ok(listing.found())
    }

    /// Asks whether it is allowed, and why jobs failed of late.
    async fn allowed(
        &self,
        canary: &Canary,
        service: &PolicyService,
        asked: &Simulation,
    ) -> (Outcome, Result<Reasons, Printable>) {
        let _seat = self.desk.seat().await;
        let whose = turns::whose(canary);
        let outcome = match self.desk.simulated(&whose, Instant::now()) {
            Some(outcome) => outcome,
            None => {
                let outcome = simulation::simulate(service, asked).await;
                self.desk.remember(whose, &outcome, Instant::now());
                outcome
            }
        };
        let now = matches!(self.clock, Clock::Machine).then(|| self.clock.now());
        let (topic, rule) = (asked.topic.as_deref(), &canary.policy.triggers.overload);
        (outcome, simulation::reasons(service, topic, rule, now).await)
    }

    async fn answered(&self, canary: &Canary, window: &Window) -> Answered {
        let metrics = &canary.policy.metrics;
        let queried: Vec<&Metric> =
            metrics.iter().filter(|metric| matches!(metric.origin, Origin::Query { .. })).collect();
        let (series, runs) = tokio::join!(self.queried(canary, &queried, window), self.measured(canary));
        let (mut series, well) = series;
        let mut evidence = Vec::with_capacity(metrics.len());
        // What was queried comes in the order of the metrics that are queried.
        series.reverse();
        for metric in metrics {
            evidence.push(match metric.origin {
                Origin::Query { .. } => series.pop().unwrap_or_else(|| missing("it was not asked", window)),
                Origin::Analysis => runs.of(&metric.name, window),
            });
        }
        Answered { evidence, well }
    }
}

/// Says that something could not be had, from nowhere in particular.
fn missing(why: &str, window: &Window) -> Proof {
    let of = Provenance {
        source: Printable::default(),
        query: Printable::default(),
        window: (window.from, window.to),
        asked: window.asked,
    };
    Proof::Missing { why: Printable::from(why), of }
}
