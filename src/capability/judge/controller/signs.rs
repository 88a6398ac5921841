//! Owns how each sign of the controller is read: Rollouts that wait, its acts, its Lease, its Events, its pods.
//!
//! It never weighs one against another. Sources: Argo `controller/controller.go`, client-go `tools/leaderelection`.
//! Invariant: a sign that could not be looked at is neither good nor bad.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Signs;
use crate::capability::dated::is_within;
use crate::capability::judge::look::{Look, look};
use crate::capability::judge::{Scene, reads, record};
use crate::capability::limits;
use crate::capability::sight::{Controller, Lease};

/// The Lease holds so long without renewal where it does not say (Argo: `DefaultLeaderElectionLeaseDuration`).
const HOLDS: SignedDuration = SignedDuration::from_secs(15);

impl Signs {
    /// Rollouts whose newest spec, or whose end of a pause, the controller has not taken up.
    pub(super) fn read_waits(&mut self, scene: &Scene<'_>) {
        let live: BTreeSet<&str> = scene
            .all
            .iter()
            .filter(|place| reads::live(place, scene).is_ok())
            .map(|place| &*place.namespace)
            .collect();
        let late = |since: &Timestamp| scene.now.duration_since(*since) > limits::LAG;
        let waiting =
            scene.board.waiting.iter().filter(|(key, since)| late(since) && live.contains(&*key.namespace));
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
        self.say("cannot tell", "whether another instance id is meant to act on that Rollout", Some(*since));
    }

    /// Changes that only the controller writes.
    pub(super) fn read_acts(&mut self, scene: &Scene<'_>) {
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

    pub(super) fn read_lease(&mut self, scene: &Scene<'_>) {
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
            self.say("cannot tell", "a leader that renews may still be stuck", Some(at));
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

    /// The newest Event that it wrote, dated by the clock of its node, which is taken to be the server's.
    pub(super) fn read_said(&mut self, scene: &Scene<'_>) {
        let Some((about, reason, at)) = &scene.board.said else { return };
        let Ok(at) = at.checked_sub(record::ahead(scene)) else { return };
        let words = format!("it said {reason} of {} in {}", about.name, about.namespace);
        if at > scene.now + limits::AHEAD {
            self.say("Event", format!("{words}, dated in the future: it does not count"), None);
            return;
        }
        let counts = is_within(at, limits::CONTROLLER, scene.now);
        self.say("Event", words, Some(at.min(scene.now)));
        if counts {
            self.alive.push(at);
            self.say("cannot tell", "whether it still does what it said then", Some(at.min(scene.now)));
        } else {
            self.say("cannot tell", "whether it lives: where nothing happens it says nothing", None);
        }
    }

    pub(super) fn read_pods(&mut self, scene: &Scene<'_>) {
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
                "cannot tell",
                "which of several controllers acts on a Rollout: that is said by its instance id",
                Some(at),
            );
        }
    }
}
