//! Owns how the controller's own metrics are read: whether it reconciles, what waits for it, what it is stuck at.
//!
//! Sources: Argo `controller/metrics/prommetrics.go`, client-go `util/workqueue/metrics.go`. It never takes an answer alone for a
//! sign of life: a standby answers too, with zeros. Invariant: a count is a sign only from one look to the next.

use jiff::{SignedDuration, Timestamp};

use super::Signs;
use crate::capability::dated::is_within;
use crate::capability::judge::Scene;
use crate::capability::judge::look::{Look, look};
use crate::capability::limits;
use crate::capability::sight::Meters;

const HOW: &str = "its metrics";

impl Signs {
    /// What its metrics say, where the configuration names their address.
    pub(super) fn read_meters(&mut self, scene: &Scene<'_>) {
        match look(scene.board.meters.as_ref(), limits::CONTROLLER, scene.now) {
            Look::Seen { what, at } => self.weigh_meters(what, at.min(scene.now), scene),
            Look::Failed { why, at, since, seen } => {
                self.say(HOW, why.clone(), Some(at));
                if seen.is_some() {
                    self.doubtful.push((since, format!("its metrics no longer answer: {why}")));
                }
            }
            Look::Missing { why, at } | Look::Forbidden { why, at } => self.say(HOW, why.clone(), Some(at)),
            Look::Old { at } => self.say(HOW, "not looked at lately", Some(at)),
            Look::Never => {}
        }
    }

    fn weigh_meters(&mut self, meters: &Meters, at: Timestamp, scene: &Scene<'_>) {
        self.say(HOW, counted(meters), Some(at));
        let course = scene.board.course;
        if let Some(moved) = course.moved.filter(|moved| is_within(*moved, limits::CONTROLLER, scene.now)) {
            self.alive.push(moved);
            self.say(HOW, "it has reconciled Rollouts since", Some(moved));
        }
        if meters.busy >= limits::STUCK {
            let since = at.checked_sub(meters.busy).unwrap_or(at);
            let seconds = meters.busy.as_secs();
            self.wrong.push((since, format!("it has been at one Rollout for {seconds} s")));
        }
        if let Some(since) = course.stuck.filter(|since| at.duration_since(*since) > limits::LAG) {
            let (queued, wait) = (meters.queued, if meters.queued == 1 { "waits" } else { "wait" });
            self.wrong.push((since, format!("{queued} {wait} in its queue, and it reconciles none")));
        }
        let untold = match meters.reconciled {
            0 => "whether it works: a count of 0 is that of a standby, or of one that has just begun",
            _ => "whether the one pod that answers leads, where there are several",
        };
        self.say("cannot tell", untold, Some(at));
    }
}

fn counted(meters: &Meters) -> String {
    let version = if meters.version.is_empty() { "no version" } else { meters.version.as_str() };
    let busy = match meters.busy {
        SignedDuration::ZERO => String::new(),
        busy => format!(", at one for {} s", busy.as_secs()),
    };
    format!(
        "{version}; {} times reconciled, {} of them with an error; {} in its queue{busy}",
        meters.reconciled, meters.failed, meters.queued
    )
}
