//! Owns how analysis is said: each metric of the newest revision's runs, with its counts and newest value.
//!
//! It judges nothing: phases and messages are the controller's.

use super::icon_look;
use crate::rollout::tree::{Icon, Tree};
use crate::rollout::{AnalysisRun, MetricResult};
use crate::screen::{Ages, Line};
use crate::text::Role;

/// Writes one line a metric; a run that has none yet gets a line of its own.
pub(super) fn lines(tree: &Tree<'_>, ages: &mut Ages) -> Vec<Line> {
    let Some(newest) = tree.revisions.first() else { return Vec::new() };
    let mut lines = Vec::new();
    for run in &newest.analysis_runs {
        lines.push(headed(run, ages));
        lines.extend(run.metrics.iter().map(metric));
    }
    lines
}

fn headed(run: &AnalysisRun, ages: &mut Ages) -> Line {
    let (role, sign) = icon_look(Icon::of_analysis(run.phase.as_str()));
    let mut line = Line::new().sign(role, sign).blank().text(Role::Strong, run.meta.key.name.as_ref());
    line = line.text(Role::Text, "  ").text(role, run.phase.clone());
    if let Some(created) = run.meta.created {
        line = line.text(Role::Muted, format!("  {}", ages.since(created)));
    }
    if run.message.is_empty() {
        line
    } else {
        line.text(Role::Text, "  ").text(Role::Text, run.message.clone())
    }
}

fn metric(metric: &MetricResult) -> Line {
    let (role, sign) = icon_look(Icon::of_analysis(metric.phase.as_str()));
    let mut line = Line::of(Role::Text, "  ").sign(role, sign).blank().text(Role::Text, metric.name.clone());
    let counts = [
        (metric.successful, "passed", Role::Good),
        (metric.failed, "failed", Role::Bad),
        (metric.inconclusive, "inconclusive", Role::Unknown),
        (metric.error, "errors", Role::Warn),
    ];
    for (count, word, role) in counts {
        if count > 0 {
            line = line.text(Role::Text, "  ").text(role, format!("{count} {word}"));
        }
    }
    if let Some(value) = &metric.last_value {
        line = line.text(Role::Muted, "  newest ").text(Role::Text, value.clone());
    }
    if metric.message.is_empty() {
        line
    } else {
        line.text(Role::Muted, "  ").text(Role::Muted, metric.message.clone())
    }
}
