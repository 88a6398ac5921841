//! Owns the characters of the plugin's output: icons, kinds of rows, rails.
//!
//! It never chooses by terminal: a report is the same everywhere. Source: Argo `pkg/kubectl-argo-rollouts/info`.

use crate::rollout::tree::{Icon, Rail, RowKind};

/// Returns the plugin's character for an icon.
pub fn of_icon(icon: Icon) -> &'static str {
    match icon {
        Icon::Waiting => "◷",
        Icon::Progressing => "◌",
        Icon::Warning => "⚠",
        Icon::Unknown => "?",
        Icon::Good => "✔",
        Icon::Bad => "✖",
        Icon::Paused => "॥",
        Icon::Neutral => "•",
        Icon::Blank => " ",
    }
}

/// Returns the plugin's character and word for a kind of row.
pub fn of_kind(kind: RowKind) -> (&'static str, &'static str) {
    match kind {
        RowKind::Rollout => ("⟳", "Rollout"),
        RowKind::Revision => ("#", ""),
        RowKind::ReplicaSet => ("⧉", "ReplicaSet"),
        RowKind::Pod => ("□", "Pod"),
        RowKind::Experiment => ("Σ", "Experiment"),
        RowKind::AnalysisRun => ("α", "AnalysisRun"),
        RowKind::Job => ("⊞", "Job"),
    }
}

/// Returns the plugin's three columns for a rail.
pub fn of_rail(rail: Rail) -> &'static str {
    match rail {
        Rail::Blank => "   ",
        Rail::Line => "│  ",
        Rail::Tee => "├──",
        Rail::Elbow => "└──",
    }
}
