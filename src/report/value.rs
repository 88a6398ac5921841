//! Owns the JSON of Rollouts and of what belongs to them as values, for who embeds it in an answer of its own.
//!
//! The fields are those of `list`, `get` and `status` (`assets/schema/report.md`), under the same names. It never adds
//! one of its own but where an object stands alone: its namespace and the Rollout that it belongs to. Invariant: texts
//! of the cluster are in it only as they are printable.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::json;
use crate::rollout::tree::Family;
use crate::rollout::{AnalysisRun, Experiment, Key, Meta, Rollout};
use crate::text::Printable;

/// Tells a Rollout in short, for a page of many.
pub fn brief(rollout: &Rollout, now: Timestamp) -> Value {
    json::brief_value(rollout, now)
}

/// Tells everything that follows from a Rollout alone: the fields of `list -o json`.
pub fn summary(rollout: &Rollout, now: Timestamp) -> Value {
    json::summary_value(rollout, now)
}

/// Tells a Rollout with everything under it: the fields of `get -o json`.
pub fn family(family: &Family<'_>, now: Timestamp) -> Value {
    json::family_value(family, now)
}

/// Tells an AnalysisRun by itself, and the Rollout that it belongs to where that is known.
pub fn analysis_run(run: &AnalysisRun, of: Option<&Key>) -> Value {
    alone(json::run_value(run), &run.meta, of)
}

/// Tells an Experiment by itself with its analysis runs, and the Rollout that it belongs to where that is known.
pub fn experiment(experiment: &Experiment, runs: &[&AnalysisRun], of: Option<&Key>) -> Value {
    alone(json::experiment_value(experiment, runs), &experiment.meta, of)
}

fn alone(mut value: Value, meta: &Meta, of: Option<&Key>) -> Value {
    if let Value::Object(fields) = &mut value {
        place(fields, meta, of);
    }
    value
}

fn place(fields: &mut Map<String, Value>, meta: &Meta, of: Option<&Key>) {
    let said = |text: &str| Value::from(Printable::from_cluster(text).as_str());
    fields.insert("namespace".into(), said(&meta.key.namespace));
    fields.insert("rollout".into(), of.map_or(Value::Null, |key| said(&key.name)));
    fields.insert("revision".into(), meta.revision.map_or(Value::Null, Value::from));
}
