//! Owns what a ReplicaSet is to its Rollout, and how it stands.
//!
//! Source: Argo `pkg/kubectl-argo-rollouts/info/replicaset_info.go`. It never looks at owners: whoever asks knows that
//! the ReplicaSet is the Rollout's own. Invariant: hashes are compared as plain text, absent ones as empty.

use jiff::Timestamp;

use super::{ReplicaSet, Rollout, Strategy, age};

#[cfg(test)]
mod tests;

/// What a ReplicaSet is to its Rollout; of canary, active and preview at most one holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Roles {
    /// The version that is fallen back to.
    pub stable: bool,
    /// The new version of a canary.
    pub canary: bool,
    /// The version with production traffic (blue-green).
    pub active: bool,
    /// The version shown before the switch (blue-green).
    pub preview: bool,
    /// On the ping service.
    pub ping: bool,
    /// On the pong service.
    pub pong: bool,
}

/// How a ReplicaSet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetStatus {
    /// All its pods are available.
    Healthy,
    /// Not all its pods are available, or its newest spec has not been seen.
    Progressing,
    /// Pods could not be made or removed.
    ReplicaFailure,
    /// No pods are wanted.
    ScaledDown,
}

impl SetStatus {
    /// Returns the status's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Progressing => "Progressing",
            Self::ReplicaFailure => "ReplicaFailure",
            Self::ScaledDown => "ScaledDown",
        }
    }
}

/// Tells what a ReplicaSet of a Rollout is to it.
pub fn roles(rollout: &Rollout, set: &ReplicaSet) -> Roles {
    let status = &rollout.status;
    let is = |hash: &Option<std::sync::Arc<str>>| hash.as_deref().unwrap_or_default() == &*set.hash;
    let stable = is(&status.stable_hash);
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => {
            let new = !stable && is(&status.current_pod_hash);
            let stable_is_ping = status.stable_ping_pong.as_ref().is_some_and(|name| name.as_str() == "ping");
            let on_service = canary.ping_pong && (stable || new);
            let on_ping = stable == stable_is_ping;
            Roles {
                stable,
                canary: new,
                ping: on_service && on_ping,
                pong: on_service && !on_ping,
                ..Roles::default()
            }
        }
        Strategy::BlueGreen(_) => {
            let active = is(&status.active_selector);
            Roles { stable, active, preview: !active && is(&status.preview_selector), ..Roles::default() }
        }
        Strategy::Unknown => Roles::default(),
    }
}

/// Tells how a ReplicaSet stands.
pub fn status(set: &ReplicaSet) -> SetStatus {
    if set.meta.generation > set.observed_generation {
        SetStatus::Progressing
    } else if set.failing {
        SetStatus::ReplicaFailure
    } else if set.available < set.desired {
        SetStatus::Progressing
    } else if set.desired == 0 {
        SetStatus::ScaledDown
    } else {
        SetStatus::Healthy
    }
}

/// Tells how long until a scale-down deadline as stored: a duration, `passed`, or nothing where it cannot be read.
pub fn delay(deadline: &str, now: Timestamp) -> String {
    match rfc3339(deadline) {
        Some(deadline) if deadline < now => "passed".to_owned(),
        Some(deadline) => age::human(deadline.duration_since(now)),
        None => String::new(),
    }
}

/// Reads a time as Go's `time.RFC3339` does: with `T` and seconds, and `Z` or an offset; jiff alone reads more.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let shape = "0000-00-00T00:00:00";
    let (date, zone) = text.split_at_checked(shape.len())?;
    let fits = date.bytes().zip(shape.bytes()).all(|(byte, like)| match like {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    });
    (fits && !zone.contains('z')).then(|| text.parse().ok()).flatten()
}
