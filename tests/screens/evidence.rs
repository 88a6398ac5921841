//! Evidence for a canary of the fixture, as edges bring it: made up minute by minute, judged by the real policy and judge.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rollgate::app::{Event, Gates};
use rollgate::gate::Shelf;
use rollgate::gate::evidence::{Evidence, Provenance, Series};
use rollgate::gate::policy::{Policy, file};
use rollgate::gate::wish::{Canary, Gathered};
use rollgate::rollout::Key;
use rollgate::text::Printable;

use crate::world::World;

/// Errors count half; what the queue does alone does not fail the whole.
pub const POLICY: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  score:
    pass: 95
    marginal: 75
  rollback_triggers:
    max_error_rate_delta: 2.0
    error_rate_metric: error rate
    error_rate_floor: 0.5
    max_policy_deny_rate: 0.03
    policy_deny_metric: deny rate
groups:
  errors: 50
  latency: 30
  load: 10
  policy: 10
metrics:
  - name: error rate
    query: errors{hash=\"{{canary}}\"}
    direction: increase
    groups: [errors]
    critical: true
    tolerance: 0.1
  - name: latency p99
    query: latency{hash=\"{{canary}}\"}
    direction: increase
    groups: [latency]
  - name: queue depth
    query: queue{hash=\"{{canary}}\"}
    direction: increase
    groups: [load]
  - name: deny rate
    query: denied{hash=\"{{canary}}\"}
    direction: increase
    groups: [policy]
    tolerance: 0.01
";

/// Means of canary and stable version, for each metric in the policy's order.
pub const GOOD: [(f64, f64); 4] = [(0.41, 0.42), (121.0, 120.0), (3.1, 3.1), (0.004, 0.004)];

pub fn policy(text: &str) -> Policy {
    file::read(text, "frontend").unwrap()
}

impl World {
    /// A live cluster with the fixture's objects, judged by a policy.
    pub fn judged(text: &str) -> Self {
        let mut world = Self::empty();
        world.app.gates = Gates::by(Shelf::of(vec![policy(text)]));
        world.fill();
        world
    }

    /// A canary (`demo/routed`) with four times the errors of the stable version.
    pub fn failing() -> Self {
        let mut world = Self::judged(POLICY);
        let [_, latency, queue, denied] = GOOD;
        let evidence = world.series([(1.72, 0.42), latency, queue, denied], 60);
        world.gathers("routed", evidence);
        world
    }

    /// Brings evidence for a canary, one for each metric of its policy.
    pub fn gathers(&mut self, name: &str, evidence: Vec<Evidence>) {
        let key = Key { namespace: "demo".into(), name: name.into() };
        let rollout = self.app.store.rollout(&key).unwrap().clone();
        let policy: Arc<Policy> = self.app.gates.of(&key).unwrap().policy.clone();
        let canary = Canary::of(&rollout, &policy).unwrap();
        let at = self.now().wall;
        let (hash, simulation, reasons, approvals) = (canary.hash, None, None, None);
        let gathered = Gathered { key, hash, policy, at, evidence, simulation, reasons, approvals };
        self.event(Event::Gathered(Box::new(gathered)));
    }

    /// Series around means, a point each minute up to now; the first points of the canary are like the stable version's.
    pub fn series(&self, means: [(f64, f64); 4], points: i64) -> Vec<Evidence> {
        let now = self.now().wall;
        means.map(|(canary, stable)| beside(now, (canary, stable), points)).to_vec()
    }
}

/// Two series, of which the canary's leaves the other a fifth into it.
pub fn beside(now: Timestamp, (canary, stable): (f64, f64), points: i64) -> Evidence {
    let wobble = |point: i64, by: i64| 1.0 + 0.01 * ((point * by % 20) as f64 - 9.5);
    let at = |point: i64| now - SignedDuration::from_mins(points - 1 - point) - SignedDuration::from_secs(8);
    let begun = |point: i64| if point < points / 5 { stable } else { canary };
    let series = |value: &dyn Fn(i64) -> f64| Series {
        points: (0..points).map(|point| (at(point), value(point))).collect(),
    };
    Evidence::Series {
        canary: series(&|point| begun(point) * wobble(point, 37)),
        stable: series(&|point| stable * wobble(point, 53)),
        of: provenance(now),
    }
}

pub fn provenance(now: Timestamp) -> Provenance {
    Provenance {
        source: Printable::from("prometheus at http://prometheus:9090"),
        query: Printable::from("errors"),
        window: (now - SignedDuration::from_hours(3), now),
        asked: now,
    }
}
