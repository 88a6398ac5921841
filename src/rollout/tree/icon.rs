//! Owns what an icon means and which status has which (Argo: `rolloutIcon`, `replicaSetIcon`, `podIcon`, `analysisIcon`).
//!
//! It never says how an icon is drawn: the report prints the plugin's characters, a theme its own.

/// What an icon in front of a status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
    /// Not begun.
    Waiting,
    /// Under way.
    Progressing,
    /// Something could not be done.
    Warning,
    /// Neither good nor bad.
    Unknown,
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Held.
    Paused,
    /// Nothing there on purpose.
    Neutral,
    /// A status that has no icon.
    Blank,
}

impl Icon {
    /// Returns the icon of a Rollout's phase.
    pub fn of_phase(phase: &str) -> Self {
        match phase {
            "Progressing" => Self::Progressing,
            "Error" | "InvalidSpec" => Self::Warning,
            "Paused" => Self::Paused,
            "Healthy" => Self::Good,
            "Degraded" => Self::Bad,
            "Unknown" => Self::Unknown,
            "ScaledDown" => Self::Neutral,
            _ => Self::Blank,
        }
    }

    /// Returns the icon of a ReplicaSet's status word.
    pub fn of_replica_set(status: &str) -> Self {
        match status {
            "Progressing" => Self::Progressing,
            "Healthy" => Self::Good,
            "ReplicaFailure" => Self::Bad,
            "ScaledDown" => Self::Neutral,
            _ => Self::Blank,
        }
    }

    /// Returns the icon of a pod's status word.
    pub fn of_pod(status: &str) -> Self {
        if status.starts_with("Init:") {
            return Self::Progressing;
        }
        if status.starts_with("Signal:") || status.starts_with("ExitCode:") {
            return Self::Bad;
        }
        if status.ends_with("Error") || status.starts_with("Err") {
            return Self::Warning;
        }
        match status {
            "Pending" | "Terminating" | "ContainerCreating" => Self::Progressing,
            "Running" | "Completed" => Self::Good,
            "Failed" | "InvalidImageName" | "CrashLoopBackOff" => Self::Bad,
            "ImagePullBackOff" | "RegistryUnavailable" => Self::Warning,
            "Unknown" => Self::Unknown,
            _ => Self::Blank,
        }
    }

    /// Returns the icon of the phase of an analysis run, a measurement or an experiment.
    pub fn of_analysis(phase: &str) -> Self {
        match phase {
            "Successful" => Self::Good,
            "Inconclusive" => Self::Unknown,
            "Failed" => Self::Bad,
            "Error" => Self::Warning,
            "Running" => Self::Progressing,
            "Pending" => Self::Waiting,
            _ => Self::Blank,
        }
    }
}
