//! Owns the phase of a Rollout and its sentence, as Argo's own clients tell them.
//!
//! Sources: Argo `utils/rollout/rolloututil.go` (`GetRolloutPhase`, `CalculateRolloutPhase`) and, for the generation
//! of a referenced workload, Argo CD's `health.lua`. It never says what to do about a phase. Invariant: the order of
//! the rules is Argo's, so that the report prints what the plugin prints.

use std::fmt;

use super::{BlueGreen, Canary, Rollout, Strategy};
use crate::text::Printable;

mod facts;
#[cfg(test)]
mod tests;

pub use facts::{
    is_fully_promoted, is_judging_switch, is_restarting, is_resuming, is_settled, is_spec_observed,
    is_switched, is_workload_observed,
};

/// The phase of a Rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// All pods are of the wanted version and available.
    Healthy,
    /// Aborted, out of time, or not valid.
    Degraded,
    /// Under way.
    Progressing,
    /// Waits for a person or a timer.
    Paused,
    /// The controller's word is not one of the above; [`word`] has it.
    Unknown,
}

impl Phase {
    /// Every phase, in the order of declaration.
    pub const ALL: [Self; 5] =
        [Self::Healthy, Self::Degraded, Self::Progressing, Self::Paused, Self::Unknown];

    /// Returns the phase's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Degraded => "Degraded",
            Self::Progressing => "Progressing",
            Self::Paused => "Paused",
            Self::Unknown => "Unknown",
        }
    }

    fn named(word: &str) -> Self {
        Self::ALL.into_iter().find(|phase| phase.word() == word).unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Whose reading of a Rollout is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// As the kubectl plugin prints it; for reports.
    Plugin,
    /// As Argo CD reads it, which also sees that a referenced workload is ahead of the controller.
    Screen,
}

/// Tells the phase and its message, which may be empty.
pub fn phase(rollout: &Rollout, reader: Reader) -> (Phase, Printable) {
    let verdict = judge(rollout, reader);
    (verdict.phase, verdict.message.into_printable())
}

/// Tells the phase's word as the plugin prints it: the controller's own, where it is none of [`Phase`].
pub fn word(rollout: &Rollout, reader: Reader) -> Printable {
    match judge(rollout, reader) {
        Verdict { phase: Phase::Unknown, stored: Some(word), .. } => word.clone(),
        verdict => Printable::ours(verdict.phase.word()),
    }
}

/// Tells the phase alone, without building its message.
pub fn phase_only(rollout: &Rollout, reader: Reader) -> Phase {
    judge(rollout, reader).phase
}

/// Why a Rollout is degraded, by its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The controller refuses the spec.
    InvalidSpec,
    /// The update was aborted, by a person or by analysis.
    Aborted,
    /// The progress deadline passed; the controller goes on trying.
    TimedOut,
}

/// Tells why a Rollout is degraded: the first of its conditions that says so.
pub fn trouble(rollout: &Rollout) -> Option<Trouble> {
    troubled(rollout).map(|(trouble, _)| trouble)
}

/// A phase with the pieces of its message, borrowed, so that sorting a fleet builds no text.
struct Verdict<'a> {
    phase: Phase,
    message: Message<'a>,
    stored: Option<&'a Printable>,
}

enum Message<'a> {
    None,
    Ours(&'static str),
    Stored(&'a Printable),
    Because(&'a str, &'a Printable),
}

impl Message<'_> {
    fn into_printable(self) -> Printable {
        match self {
            Self::None => Printable::default(),
            Self::Ours(text) => Printable::ours(text),
            Self::Stored(text) => text.clone(),
            Self::Because(reason, text) => Printable::from(format!("{reason}: {text}")),
        }
    }
}

fn judge(rollout: &Rollout, reader: Reader) -> Verdict<'_> {
    if !is_spec_observed(rollout) {
        return progressing("waiting for rollout spec update to be observed");
    }
    if is_resuming(rollout) {
        return progressing("waiting for rollout to unpause");
    }
    if reader == Reader::Screen && !is_workload_observed(rollout) {
        return progressing("waiting for rollout spec update to be observed for the reference workload");
    }
    if let Some(word) = rollout.status.phase.as_ref().filter(|word| !word.is_empty()) {
        let message = rollout.status.message.as_ref().map_or(Message::None, Message::Stored);
        return Verdict { phase: Phase::named(word.as_str()), message, stored: Some(word) };
    }
    compute(rollout)
}

/// Computes what controllers ≥ 1.0 store (Argo: `CalculateRolloutPhase`).
fn compute(rollout: &Rollout) -> Verdict<'_> {
    let (spec, status) = (&rollout.spec, &rollout.status);
    if let Some((_, message)) = troubled(rollout) {
        return Verdict { phase: Phase::Degraded, message, stored: None };
    }
    if spec.paused == Some(true) {
        return Verdict { phase: Phase::Paused, message: Message::Ours("manually paused"), stored: None };
    }
    if let Some(pause) = status.pauses.list.first() {
        return Verdict { phase: Phase::Paused, message: Message::Stored(&pause.reason), stored: None };
    }
    if is_restarting(rollout) {
        return progressing("rollout is restarting");
    }
    if status.replicas.updated < spec.replicas.unwrap_or(1) {
        return progressing("more replicas need to be updated");
    }
    if status.replicas.available < status.replicas.updated {
        return progressing("updated replicas are still becoming available");
    }
    let unfinished = match &spec.strategy {
        Strategy::Canary(canary) => unfinished_canary(rollout, canary),
        Strategy::BlueGreen(blue_green) => unfinished_blue_green(rollout, blue_green),
        Strategy::Unknown => None,
    };
    match unfinished {
        Some(message) => progressing(message),
        None => Verdict { phase: Phase::Healthy, message: Message::None, stored: None },
    }
}

fn progressing(message: &'static str) -> Verdict<'static> {
    Verdict { phase: Phase::Progressing, message: Message::Ours(message), stored: None }
}

fn troubled(rollout: &Rollout) -> Option<(Trouble, Message<'_>)> {
    rollout.status.conditions.iter().find_map(|condition| {
        if condition.kind.as_str() == "InvalidSpec" {
            return Some((Trouble::InvalidSpec, Message::Because("InvalidSpec", &condition.message)));
        }
        let trouble = match condition.reason.as_str() {
            "RolloutAborted" => Trouble::Aborted,
            "ProgressDeadlineExceeded" => Trouble::TimedOut,
            _ => return None,
        };
        Some((trouble, Message::Because(condition.reason.as_str(), &condition.message)))
    })
}

fn unfinished_canary(rollout: &Rollout, canary: &Canary) -> Option<&'static str> {
    let replicas = &rollout.status.replicas;
    if !canary.traffic_routed && replicas.current > replicas.updated {
        return Some("old replicas are pending termination");
    }
    (!is_settled(rollout)).then_some("waiting for all steps to complete")
}

fn unfinished_blue_green(rollout: &Rollout, blue_green: &BlueGreen) -> Option<&'static str> {
    if !is_switched(rollout) {
        return Some("active service cutover pending");
    }
    if is_settled(rollout) {
        return None;
    }
    Some(match is_judging_switch(rollout, blue_green) {
        true => "waiting for analysis to complete",
        false => "waiting for post-promotion verification to complete",
    })
}
