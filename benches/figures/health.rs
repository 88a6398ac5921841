//! What judging health costs where there is much to judge: ten thousand Rollouts in two hundred namespaces.
//!
//! The app is driven in this process, with sights as edges bring them. A turn of judging is what a key that comes in that
//! moment waits for; so that each has something to do, one Rollout of every namespace changes before it.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rollgate::app::session::Origin;
use rollgate::app::{App, Event, Now, Session};
use rollgate::capability::sight::{Answer, Lease, Ruling};
use rollgate::capability::{Sight, right};
use rollgate::keymap::Keymap;
use rollgate::operation::{Actor, Policy};
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Contact, Delta, Kind, Source};
use rollgate::rollout::parse::{self, Interner};
use serde_json::json;

use super::measured::{Series, Spread, milliseconds};
use super::table::{Table, Target, Unit};

const ROLLOUTS: usize = 10_000;
const NAMESPACES: usize = 200;
/// Turns of one run: a minute's worth, with sweeps over all namespaces.
const TURNS: usize = 60;
/// Turns in which every namespace is judged once (`src/app/health.rs`: fifty at a time).
const ROUND: usize = 4;

/// Measures turns of judging.
///
/// # Errors
/// When the fleet cannot be made.
pub fn measure(runs: usize, table: &mut Table) -> Result<(), String> {
    super::say("health");
    let (mut spread, mut round) = (Spread::default(), Series::default());
    for _ in 0..runs {
        let turns = Fleet::new()?.turns()?;
        round.add(turns.iter().take(ROUND).copied().map(milliseconds).sum());
        spread.add(&turns);
    }
    for (name, series, target) in [
        ("health: a turn of judging, in 200 namespaces: p50", &spread.p50, Target::None),
        ("health: a turn of judging, in 200 namespaces: p99", &spread.p99, Target::AtMost(8.0)),
        ("health: all 200 namespaces judged", &round, Target::None),
    ] {
        table.add(name, ROLLOUTS, series, (Unit::Milliseconds, target));
    }
    Ok(())
}

struct Fleet {
    app: App,
    mono: Duration,
    version: u64,
    interner: Interner,
}

fn namespace(nth: usize) -> String {
    format!("team-{:03}", nth % NAMESPACES)
}

impl Fleet {
    fn new() -> Result<Self, String> {
        let keymap = Keymap::defaults().map_err(|error| error.to_string())?;
        let (mono, version, interner) = (Duration::ZERO, 100, Interner::default());
        let mut fleet = Self { app: App::new(session()?, keymap), mono, version, interner };
        for kind in [Kind::Rollouts, Kind::ReplicaSets] {
            let source = Source { kind, namespace: None };
            fleet.tell(Delta::Begin(source.clone()));
            for nth in 0..if kind == Kind::Rollouts { ROLLOUTS } else { 0 } {
                fleet.changes(nth)?;
            }
            fleet.tell(Delta::Done(source.clone()));
            fleet.tell(Delta::Contact(source, Contact::Live, fleet.now().wall));
        }
        for nth in 0..NAMESPACES {
            for right in right::ASKED {
                let at = namespace(nth).into();
                fleet.sees(Sight::Right(at, right.clone(), Answer::Seen(Ruling::Allowed)));
            }
        }
        Ok(fleet)
    }

    fn now(&self) -> Now {
        let began: Timestamp = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
        Now { wall: began + self.mono, mono: self.mono, steady: self.mono }
    }

    fn tell(&mut self, delta: Delta) {
        self.app.update(Event::Delta(delta), self.now());
    }

    fn sees(&mut self, sight: Sight) {
        let now = self.now();
        self.app.update(Event::Sight(sight, now.wall), now);
    }

    /// Tells a new version of a Rollout.
    fn changes(&mut self, nth: usize) -> Result<(), String> {
        self.version += 1;
        let value = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": format!("web-{nth:05}"), "namespace": namespace(nth), "uid": format!("uid-{nth}"),
                "generation": 2, "resourceVersion": self.version.to_string()},
            "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
                "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}}},
            "status": {"phase": "Paused", "observedGeneration": "2", "currentPodHash": "new", "stableRS": "old",
                "currentStepIndex": 1, "controllerPause": true, "replicas": 5, "updatedReplicas": 1,
                "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2019-12-01T00:00:00Z"}],
                "readyReplicas": 5, "availableReplicas": 5},
        });
        let object = parse::from_value(value, &mut self.interner).ok_or("no Rollout")?;
        self.tell(Delta::Seen(Source { kind: Kind::Rollouts, namespace: None }, object));
        Ok(())
    }

    /// Lets a minute pass and says how long each turn of judging took.
    fn turns(&mut self) -> Result<Vec<Duration>, String> {
        let mut turns = Vec::with_capacity(TURNS);
        for turn in 0..TURNS {
            // Judged at the next tick, which is a turn's worth later: neither of these judges by itself.
            for nth in 0..NAMESPACES {
                self.changes((turn * NAMESPACES + nth) % ROLLOUTS)?;
            }
            self.sees(Sight::Lease(Answer::Seen(lease(self.now().wall))));
            self.mono += Duration::from_millis(1_050);
            let (now, began) = (self.now(), Instant::now());
            self.app.update(Event::Tick, now);
            turns.push(began.elapsed());
        }
        Ok(turns)
    }
}

fn lease(renewed: Timestamp) -> Lease {
    Lease {
        key: Key { namespace: "argo-rollouts".into(), name: "argo-rollouts-controller-lock".into() },
        holder: "argo-rollouts-1".into(),
        renewed: Some(renewed),
        duration: SignedDuration::from_secs(15),
    }
}

fn session() -> Result<Session, String> {
    let rule = "prod/*".parse().map_err(|_| "no rule".to_owned())?;
    Ok(Session {
        context: "prod".into(),
        server: "https://127.0.0.1:6443".into(),
        user: "ada".into(),
        namespaces: Vec::new(),
        policy: Policy::new(vec![rule], Vec::new()).into(),
        role: None,
        service: None,
        origin: Origin::Cluster,
        caution: None,
        actor: Actor::default(),
        seed: [7; 16],
        story: None,
    })
}
