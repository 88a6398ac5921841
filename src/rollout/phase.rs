//! Owns the phase of a Rollout and its sentence, as Argo's own clients tell them.
//!
//! Sources: Argo `utils/rollout/rolloututil.go` (`GetRolloutPhase`, `CalculateRolloutPhase`) and, for the generation
//! of a referenced workload, Argo CD's `health.lua`. It never says what to do about a phase. Invariant: the order of
//! the rules is Argo's, so that the report prints what the plugin prints.

use std::fmt;

use super::{BlueGreen, Canary, Rollout, Strategy};
use crate::text::Printable;

#[cfg(test)]
mod tests;

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

/// Tells whether the controller has seen the newest spec.
///
/// A `status.observedGeneration` that is no number (controllers ≤ 0.9 stored a hash) counts as seen.
pub fn is_spec_observed(rollout: &Rollout) -> bool {
    let observed = rollout.status.observed_generation.as_deref().and_then(|text| text.parse::<i64>().ok());
    observed.is_none_or(|observed| observed >= rollout.meta.generation)
}

/// Tells whether somebody cleared the pause and the controller has not acted on it yet.
pub fn is_resuming(rollout: &Rollout) -> bool {
    rollout.status.controller_pause == Some(true) && rollout.status.pauses.list.is_empty()
}

/// Tells whether the controller has seen the newest generation of the workload that holds the template.
pub fn is_workload_observed(rollout: &Rollout) -> bool {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let wanted = number(rollout.workload_generation.as_deref());
    let observed = number(rollout.status.workload_observed_generation.as_deref());
    match (wanted, observed) {
        (Some(wanted), Some(observed)) => rollout.spec.workload_ref.is_none() || wanted == observed,
        _ => true,
    }
}

/// Tells whether the wanted version is the stable one.
pub fn is_fully_promoted(rollout: &Rollout) -> bool {
    let status = &rollout.status;
    status.stable_hash.as_deref().unwrap_or_default()
        == status.current_pod_hash.as_deref().unwrap_or_default()
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

/// Tells whether a restart was asked for that the controller has not finished; times are compared, not spellings.
pub fn is_restarting(rollout: &Rollout) -> bool {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (rollout.spec.restart_at.as_deref(), rollout.status.restarted_at.as_deref()) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(asked), Some(done)) => match (time(asked), time(done)) {
            (Some(asked), Some(done)) => asked != done,
            _ => asked != done,
        },
    }
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

/// Tells whether a stable version is known and is the wanted one.
pub fn is_settled(rollout: &Rollout) -> bool {
    rollout.status.stable_hash.as_deref().is_some_and(|hash| !hash.is_empty()) && is_fully_promoted(rollout)
}

/// Blue-green: tells whether the active service selects the wanted version.
pub fn is_switched(rollout: &Rollout) -> bool {
    let active = rollout.status.active_selector.as_deref().unwrap_or_default();
    !active.is_empty() && active == rollout.status.current_pod_hash.as_deref().unwrap_or_default()
}

/// Blue-green: tells whether the analysis after the switch is asked for and not over.
pub fn is_judging_switch(rollout: &Rollout, blue_green: &BlueGreen) -> bool {
    let over = |status: &str| matches!(status, "Successful" | "Failed" | "Error" | "Inconclusive");
    let run = rollout.status.post_promotion.as_ref();
    blue_green.post_promotion_analysis && !run.is_some_and(|run| over(run.status.as_str()))
}
