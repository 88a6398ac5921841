//! Owns the row of the controller: several signs of life, each weak, and what they cannot tell.
//!
//! Sources: Argo `controller/controller.go` (Lease of 15 s, renewed every 2 s), `rollout/sync.go` (`observedGeneration`).
//! Invariant: it is available only where a sign of life is younger than [`limits::CONTROLLER`] and no Rollout waits.

use jiff::{SignedDuration, Timestamp};

use super::finding::Finding;
use super::look::{Look, look};
use super::{Scene, reads, record, services};
use crate::capability::board::is_within;
use crate::capability::remedy::{self, Grant};
use crate::capability::sight::{Controller, Lease};
use crate::capability::{Evidence, Remedy, limits, right};
use crate::rollout::Key;

/// The Lease holds so long without renewal where it does not say (Argo: `DefaultLeaderElectionLeaseDuration`).
const HOLDS: SignedDuration = SignedDuration::from_secs(15);

/// The signs, put together.
#[derive(Default)]
struct Signs {
    /// When it was seen alive.
    alive: Vec<Timestamp>,
    /// What is wrong, and since when.
    wrong: Vec<(Timestamp, String)>,
    /// What is wrong unless a sign of life contradicts it.
    doubtful: Vec<(Timestamp, String)>,
    /// Whether its pods are ready, which standbys are too.
    ready: bool,
    /// Whether a sign could not be looked at for want of rights.
    barred: bool,
    evidence: Vec<Evidence>,
}

/// Judges whether a controller acts on what is accepted.
pub(super) fn judge(scene: &Scene<'_>) -> Finding {
    let mut signs = Signs::default();
    signs.read_waits(scene);
    signs.read_acts(scene);
    signs.read_lease(scene);
    signs.read_pods(scene);
    signs.conclude(scene)
}

impl Signs {
    fn say(&mut self, how: &'static str, said: impl Into<crate::text::Printable>, at: Option<Timestamp>) {
        self.evidence.push(Evidence { how, said: said.into(), at });
    }

    /// Rollouts whose newest spec, or whose end of a pause, the controller has not taken up.
    fn read_waits(&mut self, scene: &Scene<'_>) {
        let live = |key: &Key| {
            let place = scene.all.iter().find(|place| place.namespace == key.namespace);
            place.is_some_and(|place| reads::live(place, scene).is_ok())
        };
        let late = |since: &Timestamp| scene.now.duration_since(*since) > limits::LAG;
        let waiting = scene.board.waiting.iter().filter(|(key, since)| late(since) && live(key));
        let (mut count, mut longest) = (0_usize, None);
        for (key, since) in waiting {
            count = count.saturating_add(1);
            if longest.is_none_or(|(_, known)| since < known) {
                longest = Some((key, since));
            }
        }
        let Some((key, since)) = longest else { return };
        let others = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let name = format!("{} in {}{others}", key.name, key.namespace);
        self.wrong.push((*since, format!("{name} not taken up by it")));
        self.say(
            "Rollouts",
            format!("{name}: the newest spec or the end of a pause is not acted on"),
            Some(*since),
        );
        self.say("what it cannot tell", "whether another instance id is meant to act on that Rollout", None);
    }

    /// Changes that only the controller writes.
    fn read_acts(&mut self, scene: &Scene<'_>) {
        let Some((key, at)) = &scene.board.acted else { return };
        if is_within(*at, limits::CONTROLLER, scene.now) {
            self.alive.push(*at);
        }
        self.say(
            "Rollouts",
            format!("it acted on {} in {}", key.name, key.namespace),
            Some((*at).min(scene.now)),
        );
    }

    fn read_lease(&mut self, scene: &Scene<'_>) {
        const HOW: &str = "Lease";
        match look(scene.board.lease.as_ref(), limits::CONTROLLER, scene.now) {
            Look::Seen { what, at } => self.weigh_lease(what, at, scene),
            Look::Missing { why, at } => {
                self.say(HOW, format!("{why} (with --leader-elect=false there is none)"), Some(at));
            }
            Look::Forbidden { why, at } => {
                self.barred = true;
                self.say(HOW, why.clone(), Some(at));
            }
            Look::Failed { why, at, .. } => self.say(HOW, why.clone(), Some(at)),
            Look::Old { at } => self.say(HOW, "not looked at lately", Some(at)),
            Look::Never => self.say(HOW, "nobody looked", None),
        }
    }

    /// A Lease is dated by its holder's clock, which is taken to be the server's.
    fn weigh_lease(&mut self, lease: &Lease, at: Timestamp, scene: &Scene<'_>) {
        let ahead = record::ahead(scene);
        let name = format!("{}/{}", lease.key.namespace, lease.key.name);
        let Some(renewed) = lease.renewed.and_then(|renewed| renewed.checked_sub(ahead).ok()) else {
            self.say("Lease", format!("{name} was never renewed"), Some(at));
            return;
        };
        let holds = if lease.duration.is_positive() { lease.duration } else { HOLDS };
        let held = !lease.holder.is_empty() && at.duration_since(renewed) <= holds;
        let holder = if lease.holder.is_empty() { "nobody" } else { lease.holder.as_str() };
        self.say("Lease", format!("{name} of {holder}, renewed"), Some(renewed.min(scene.now)));
        if held {
            self.alive.push(at);
            self.say("what it cannot tell", "a leader that renews may still be stuck", None);
            return;
        }
        let later =
            scene.board.acted.as_ref().is_some_and(|(_, acted)| acted.duration_since(renewed) > holds);
        let since = renewed.min(scene.now);
        if later {
            self.doubtful.push((since, format!("{name} is not renewed")));
        } else {
            self.wrong.push((since, format!("no leader: {name} is not renewed")));
        }
    }

    fn read_pods(&mut self, scene: &Scene<'_>) {
        const HOW: &str = "Deployment";
        match look(scene.board.controllers.as_ref(), limits::CONTROLLER, scene.now) {
            Look::Seen { what, at } if what.is_empty() => {
                self.say(HOW, "none that looks like the controller", Some(at));
            }
            Look::Seen { what, at } => self.weigh_pods(what, at),
            Look::Forbidden { why, at } => {
                self.barred = true;
                self.say(HOW, why.clone(), Some(at));
            }
            Look::Missing { why, at } | Look::Failed { why, at, .. } => self.say(HOW, why.clone(), Some(at)),
            Look::Old { at } => self.say(HOW, "not looked at lately", Some(at)),
            Look::Never => self.say(HOW, "nobody looked", None),
        }
    }

    fn weigh_pods(&mut self, controllers: &[Controller], at: Timestamp) {
        for one in controllers {
            let name = format!("{}/{}", one.key.namespace, one.key.name);
            let said = format!("{name}: {} of {} pods ready", one.ready, one.wanted);
            self.say("Deployment", said, Some(at));
        }
        self.ready = controllers.iter().any(|one| one.ready > 0);
        if let (false, Some(first)) = (self.ready, controllers.first()) {
            let name = format!("{}/{}", first.key.namespace, first.key.name);
            let what = if first.wanted == 0 { "is scaled to 0" } else { "has no ready pod" };
            self.doubtful.push((at, format!("{name} {what}")));
        }
        if controllers.len() > 1 {
            self.say(
                "what it cannot tell",
                "which of several controllers acts on a Rollout: that is said by its instance id",
                None,
            );
        }
    }

    fn conclude(mut self, scene: &Scene<'_>) -> Finding {
        if self.alive.is_empty() || !self.wrong.is_empty() {
            self.wrong.append(&mut self.doubtful);
        }
        let since = self.wrong.iter().map(|(since, _)| *since).min();
        let finding = match (since, self.alive.iter().max()) {
            (Some(since), _) => {
                let symptoms: Vec<String> = self.wrong.into_iter().map(|(_, symptom)| symptom).collect();
                Finding::degraded(since, symptoms.join("; ")).remedied(examine(scene))
            }
            (None, Some(at)) => Finding::available(*at, scene.now).seen(
                "signs of life",
                "the newest one",
                (*at).min(scene.now),
            ),
            (None, None) if self.ready => {
                Finding::supported().noted("what it cannot tell", "a ready pod may be a standby")
            }
            (None, None) => unseen(self.barred, scene),
        };
        self.evidence.into_iter().fold(finding, Finding::because)
    }
}

fn unseen(barred: bool, scene: &Scene<'_>) -> Finding {
    let finding = Finding::unknown("no sign of it was seen lately, good or bad");
    if !barred {
        return finding.remedied(examine(scene));
    }
    let home = Grant::In(services::home(scene));
    finding.remedied(remedy::ask_for(right::CONTROLLER, home, &scene.board.viewer))
}

/// Says how to look at the controller by hand.
fn examine(scene: &Scene<'_>) -> Remedy {
    let home = services::home(scene);
    let line = |words: &[&str]| remedy::kubectl(&scene.board.viewer, Some(home), words);
    let selector = "app.kubernetes.io/component=rollouts-controller";
    let lines = [
        line(&["get", "deployments,pods,leases", "-o", "wide"]),
        line(&["logs", "-l", selector, "--since=10m", "--tail=100", "--prefix"]),
    ];
    remedy::run(
        "See whether its pods run and what they say; an accepted order waits until it acts.",
        lines.join("\n"),
    )
}
