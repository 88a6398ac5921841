//! Owns the JSON of `list`, `get` and `status`: a schema of this program's own, `rollgate/v1`.
//!
//! The schema is described in `assets/schema/report.md`: fields are only ever added. Absent facts are `null`, never
//! zero; times are RFC 3339 in UTC. It never repeats what the API server stores under other names than here.
//! Invariant: every field is always present, so that a reader never has to ask whether it exists.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::rollout::tree::{ExperimentBranch, Family, Tree};
use crate::rollout::{AnalysisRun, Experiment, Rollout};

mod summary;
mod under;
mod waits;

use summary::{Brief, Standing, Summary};

/// Name and version of the schema.
pub(super) const SCHEMA: &str = "rollgate/v1";

#[derive(Serialize)]
struct Listed<'a> {
    schema: &'static str,
    observed_at: Timestamp,
    rollouts: Vec<Summary<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    schema: &'static str,
    observed_at: Timestamp,
    #[serde(flatten)]
    summary: Summary<'a>,
    #[serde(flatten)]
    under: under::Under<'a>,
}

#[derive(Serialize)]
struct Stands {
    schema: &'static str,
    observed_at: Timestamp,
    #[serde(flatten)]
    standing: Standing,
}

/// Writes Rollouts, in the order given.
pub fn list(rollouts: &[&Rollout], now: Timestamp) -> String {
    let rollouts = rollouts.iter().map(|rollout| Summary::of(rollout, None, now)).collect();
    write(&Listed { schema: SCHEMA, observed_at: now, rollouts })
}

/// Writes one Rollout with everything under it.
pub fn one(family: &Family<'_>, now: Timestamp) -> String {
    let tree = Tree::of(family);
    let summary = Summary::of(family.rollout, Some((family, &tree)), now);
    write(&One { schema: SCHEMA, observed_at: now, summary, under: under::Under::of(&tree) })
}

/// Writes how one Rollout stands.
pub fn standing(rollout: &Rollout, now: Timestamp) -> String {
    write(&Stands { schema: SCHEMA, observed_at: now, standing: Standing::of(rollout, now) })
}

/// Returns what [`list`] writes of one Rollout.
pub(super) fn summary_value(rollout: &Rollout, now: Timestamp) -> Value {
    value(&Summary::of(rollout, None, now))
}

/// Returns what [`summary_value`] does that a page of many tells of each.
pub(super) fn brief_value(rollout: &Rollout, now: Timestamp) -> Value {
    value(&Brief::of(rollout, now))
}

/// Returns what [`one`] writes, without schema and time.
pub(super) fn family_value(family: &Family<'_>, now: Timestamp) -> Value {
    #[derive(Serialize)]
    struct Bare<'a> {
        #[serde(flatten)]
        summary: Summary<'a>,
        #[serde(flatten)]
        under: under::Under<'a>,
    }
    let tree = Tree::of(family);
    let summary = Summary::of(family.rollout, Some((family, &tree)), now);
    value(&Bare { summary, under: under::Under::of(&tree) })
}

/// Returns what [`one`] writes of an AnalysisRun.
pub(super) fn run_value(run: &AnalysisRun) -> Value {
    value(&under::run(run))
}

/// Returns what [`one`] writes of an Experiment, without its ReplicaSets.
pub(super) fn experiment_value(experiment: &Experiment, runs: &[&AnalysisRun]) -> Value {
    let branch = ExperimentBranch { experiment, replica_sets: Vec::new(), analysis_runs: runs.to_vec() };
    value(&under::experiment(&branch))
}

fn value(fields: &impl Serialize) -> Value {
    serde_json::to_value(fields).unwrap_or_default()
}

/// None of these types can fail to be written: their keys are strings and their numbers whole.
pub(super) fn write(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default()
}
