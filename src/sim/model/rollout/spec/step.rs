//! A canary's steps and what they name: analyses, experiments, their arguments.
//!
//! It owns the step's text as Events tell it. It never decides whether a step is done. Invariant: a step's kind is the
//! first of its fields in Argo's order, as the controller takes it.

use serde::Deserialize;
use serde_json::Value;

use super::Amount;

/// One of `spec.strategy.canary.steps`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Step {
    /// Per cent of the traffic or of the pods.
    pub set_weight: Option<i64>,
    /// Waits.
    pub pause: Option<PauseStep>,
    /// Scales the canary apart from its traffic.
    pub set_canary_scale: Option<SetCanaryScale>,
    /// Measures.
    pub analysis: Option<Analysis>,
    /// Runs versions beside each other.
    pub experiment: Option<Experiment>,
    /// Routes by header.
    pub set_header_route: Option<Named>,
    /// Mirrors traffic.
    pub set_mirror_route: Option<Named>,
    /// Runs a plugin.
    pub plugin: Option<Named>,
}

/// A step that waits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PauseStep {
    /// How long; absent until a person resumes.
    pub duration: Option<Amount>,
}

/// A step that has a name and settings that change nothing here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Its name.
    pub name: String,
}

/// A step that scales the canary.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SetCanaryScale {
    /// Per cent of the wanted pods.
    pub weight: Option<i64>,
    /// A number of pods.
    pub replicas: Option<i64>,
    /// Whether the scale follows the traffic again.
    pub match_traffic_weight: bool,
}

/// What is measured: the templates and what is given to them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Analysis {
    /// The templates by name.
    pub templates: Vec<TemplateRef>,
    /// Arguments.
    pub args: Vec<Argument>,
    /// Metrics that do not count.
    pub dry_run: Vec<Value>,
    /// How many measurements are kept.
    pub measurement_retention: Vec<Value>,
    /// Labels and annotations of the runs.
    pub analysis_run_metadata: Value,
}

/// Names a template.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateRef {
    /// Its name.
    pub template_name: String,
    /// Whether it stands in the whole cluster.
    pub cluster_scope: bool,
}

/// An argument of an analysis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where its value comes from.
    pub value_from: Option<ValueFrom>,
}

/// Where an argument's value comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ValueFrom {
    /// `Latest` or `Stable`.
    pub pod_template_hash_value: Option<String>,
    /// A field of the Rollout.
    pub field_ref: Option<FieldRef>,
}

/// Names a field of the Rollout.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldRef {
    /// Its path: `metadata.labels['app']`, `spec.replicas`.
    pub field_path: String,
}

/// A step that runs an Experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Experiment {
    /// The versions.
    pub templates: Vec<ExperimentTemplate>,
    /// How long.
    pub duration: Option<String>,
    /// What is measured meanwhile.
    pub analyses: Vec<ExperimentAnalysis>,
    /// Metrics that do not count.
    pub dry_run: Vec<Value>,
    /// Labels and annotations of the runs.
    pub analysis_run_metadata: Value,
    /// Seconds that its pods stay afterwards.
    pub scale_down_delay_seconds: Option<i64>,
}

/// A version in an Experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExperimentTemplate {
    /// Its name.
    pub name: String,
    /// `canary` or `stable`.
    pub spec_ref: String,
    /// How many pods.
    pub replicas: Option<i64>,
    /// Labels and annotations of its pods.
    pub metadata: Value,
    /// A selector of its own.
    pub selector: Option<Value>,
    /// Per cent of the traffic.
    pub weight: Option<i64>,
    /// Its Service.
    pub service: Option<Named>,
}

/// An analysis in an Experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExperimentAnalysis {
    /// Its name.
    pub name: String,
    /// The template.
    pub template_name: String,
    /// Whether the template stands in the whole cluster.
    pub cluster_scope: bool,
    /// Arguments.
    pub args: Vec<Argument>,
    /// Whether the Experiment ends when it does.
    pub required_for_completion: bool,
}

impl Step {
    /// Tells whether time spent in the step says nothing about progress (Argo: rollout/sync.go `isIndefiniteStep`).
    pub fn is_indefinite(&self) -> bool {
        self.experiment.is_some() || self.analysis.is_some() || self.pause.is_some()
    }
}

impl std::fmt::Display for Step {
    /// Writes the step as Events name it (Argo: utils/rollout/rolloututil.go `CanaryStepString`).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(weight) = self.set_weight {
            return write!(f, "setWeight: {weight}");
        }
        match &self.pause {
            Some(PauseStep { duration: Some(duration) }) => return write!(f, "pause: {duration}"),
            Some(_) => return f.write_str("pause"),
            None => {}
        }
        if self.experiment.is_some() {
            return f.write_str("experiment");
        }
        if self.analysis.is_some() {
            return f.write_str("analysis");
        }
        match &self.set_canary_scale {
            Some(SetCanaryScale { weight: Some(weight), .. }) => {
                return write!(f, "setCanaryScale{{weight: {weight}}}");
            }
            Some(SetCanaryScale { match_traffic_weight: true, .. }) => {
                return f.write_str("setCanaryScale{matchTrafficWeight: true}");
            }
            Some(SetCanaryScale { replicas: Some(replicas), .. }) => {
                return write!(f, "setCanaryScale{{replicas: {replicas}}}");
            }
            _ => {}
        }
        match (&self.plugin, &self.set_header_route, &self.set_mirror_route) {
            (Some(plugin), _, _) => write!(f, "plugin: {}", plugin.name),
            (_, Some(route), _) => write!(f, "setHeaderRoute: {}", route.name),
            (_, _, Some(route)) => write!(f, "setMirrorRoute: {}", route.name),
            _ => f.write_str("invalid"),
        }
    }
}

impl PauseStep {
    /// Gives the pause in seconds; `None` where it ends only by a person (Argo: types.go `DurationSeconds`).
    pub fn seconds(&self) -> Option<i64> {
        match self.duration.as_ref()? {
            Amount::Number(seconds) => Some(*seconds),
            Amount::Text(text) => Some(text.parse().ok().or_else(|| go_seconds(text)).unwrap_or(-1)),
        }
    }
}

/// Reads a duration as Go writes it (`1h30m`, `1.5s`, `-10m`), in whole seconds.
pub fn go_seconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = tail;
    }
    let whole = total as i64;
    (!text.is_empty()).then_some(if negative { -whole } else { whole })
}
