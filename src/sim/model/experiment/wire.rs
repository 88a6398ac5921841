//! Experiments as they stand in the API.
//!
//! It owns names and absences, and what follows from spec and status alone (Argo:
//! pkg/apis/rollouts/v1alpha1/experiment_types.go, utils/experiment). It writes nothing. Invariant: a status that is
//! read and written again is the same.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sim::model::analysis::wire::Phase;
use crate::sim::model::moment;

/// `spec` of an Experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// What runs.
    pub templates: Vec<Template>,
    /// How long, from when all are available; no end where empty.
    pub duration: String,
    /// Seconds in which a template must become available; 600 where left out.
    pub progress_deadline_seconds: Option<i64>,
    /// Whether it shall end.
    pub terminate: bool,
    /// What judges it.
    pub analyses: Vec<Analysis>,
    /// Seconds for which pods stay after the end; 30 where left out.
    pub scale_down_delay_seconds: Option<i64>,
    /// Metrics that do not count.
    pub dry_run: Vec<Value>,
    /// How many measurements are kept.
    pub measurement_retention: Vec<Value>,
    /// Labels and annotations of the runs.
    pub analysis_run_metadata: Value,
}

/// One version that runs in an Experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// How many pods; 1 where left out.
    pub replicas: Option<i64>,
    /// Seconds for which a pod must be ready.
    pub min_ready_seconds: i64,
    /// Which pods are its.
    pub selector: Value,
    /// The pod template.
    pub template: Value,
    /// The Service that it gets.
    pub service: Option<Value>,
}

/// One analysis of an Experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Analysis {
    /// Its name.
    pub name: String,
    /// The template of its run.
    pub template_name: String,
    /// Whether that stands in the whole cluster.
    pub cluster_scope: bool,
    /// Arguments.
    pub args: Vec<Value>,
    /// Whether its success ends the Experiment.
    pub required_for_completion: bool,
}

/// How a template stands; from best to worst where that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Nothing was said yet.
    #[default]
    #[serde(rename = "")]
    Unset,
    /// Its pods are on their way.
    Progressing,
    /// Its pods are available.
    Running,
    /// It ended well.
    Successful,
    /// It did not become available in time.
    Failed,
    /// It could not be made.
    Error,
}

impl Standing {
    /// Tells whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Successful | Self::Failed | Self::Error)
    }

    /// Place in the order from best to worst (Argo: templateStatusOrder).
    pub fn badness(self) -> u8 {
        match self {
            Self::Unset | Self::Successful => 0,
            Self::Running => 1,
            Self::Progressing => 2,
            Self::Error => 3,
            Self::Failed => 4,
        }
    }

    /// The word that objects carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unset => "",
            Self::Progressing => "Progressing",
            Self::Running => "Running",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }
}

/// `status` of an Experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// How it stands.
    #[serde(skip_serializing_if = "unset")]
    pub phase: Phase,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// One entry for each template.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub template_statuses: Vec<TemplateStatus>,
    /// When all templates became available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_at: Option<Timestamp>,
    /// Conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// One entry for each analysis.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub analysis_runs: Vec<RunStatus>,
}

/// How one template stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateStatus {
    /// Its name.
    pub name: String,
    /// Pods.
    pub replicas: i64,
    /// Pods of this version, which all are.
    pub updated_replicas: i64,
    /// Pods that are ready.
    pub ready_replicas: i64,
    /// Pods that are available.
    pub available_replicas: i64,
    /// How often its name was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collision_count: Option<i64>,
    /// How it stands.
    #[serde(skip_serializing_if = "nothing")]
    pub status: Standing,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When something moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
    /// Its Service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_name: String,
    /// Its hash, where it has a Service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pod_template_hash: String,
}

/// How one analysis stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunStatus {
    /// Its name.
    pub name: String,
    /// Its AnalysisRun.
    pub analysis_run: String,
    /// How it stands.
    pub phase: Phase,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// `Progressing`, `InvalidSpec`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False`.
    pub status: String,
    /// When it was last said.
    pub last_update_time: Timestamp,
    /// When its status last changed.
    pub last_transition_time: Timestamp,
    /// Why, in one word.
    pub reason: String,
    /// Why.
    pub message: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn unset(phase: &Phase) -> bool {
    *phase == Phase::Unset
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn nothing(standing: &Standing) -> bool {
    *standing == Standing::Unset
}

impl Template {
    /// How many pods it shall have.
    pub fn replicas(&self) -> i64 {
        self.replicas.unwrap_or(1)
    }
}

impl Spec {
    /// The sentence about a spec that makes no sense (Argo: VerifyExperimentSpec).
    pub fn fault(&self, name: &str) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for (index, template) in self.templates.iter().enumerate() {
            if template.selector.is_null() {
                return Some(format!("Rollout has missing field '.Spec.Templates[{index}].Selector'"));
            }
            if template.selector.as_object().is_some_and(serde_json::Map::is_empty) {
                return Some(format!(
                    "This experiment is selecting all pods at index {index}. A non-empty selector is required."
                ));
            }
            if template.min_ready_seconds > self.progress_deadline() {
                return Some(format!(
                    "MinReadySeconds cannot be longer than ProgressDeadlineSeconds. Check template index {index}"
                ));
            }
            if template.name.is_empty() {
                return Some(format!("Experiment {name} has empty template name at index {index}"));
            }
            if names.contains(&template.name.as_str()) {
                let repeated = &template.name;
                return Some(format!(
                    "Experiment {name} has repeated template name '{repeated}' in templates"
                ));
            }
            names.push(&template.name);
        }
        None
    }

    /// Seconds in which a template must become available.
    pub fn progress_deadline(&self) -> i64 {
        self.progress_deadline_seconds.unwrap_or(600)
    }

    /// When a template that last moved at a time is late.
    pub fn deadline(&self, moved: Timestamp) -> Timestamp {
        moment::after(moved, SignedDuration::from_secs(self.progress_deadline()))
    }

    /// When the duration is over, where there is one and it has begun.
    pub fn over_at(&self, status: &Status) -> Option<Timestamp> {
        let duration = moment::duration(&self.duration).ok()?;
        Some(moment::after(status.available_at?, duration))
    }
}

impl Status {
    /// How a template stands.
    pub fn template(&self, name: &str) -> Option<&TemplateStatus> {
        self.template_statuses.iter().find(|one| one.name == name)
    }

    /// How an analysis stands.
    pub fn run(&self, name: &str) -> Option<&RunStatus> {
        self.analysis_runs.iter().find(|one| one.name == name)
    }

    /// Keeps how a template stands.
    pub fn keep_template(&mut self, status: TemplateStatus) {
        match self.template_statuses.iter_mut().find(|one| one.name == status.name) {
            Some(known) => *known = status,
            None => self.template_statuses.push(status),
        }
    }

    /// Keeps how an analysis stands.
    pub fn keep_run(&mut self, status: RunStatus) {
        match self.analysis_runs.iter_mut().find(|one| one.name == status.name) {
            Some(known) => *known = status,
            None => self.analysis_runs.push(status),
        }
    }

    /// Tells whether an Experiment is on its way to its end (Argo: IsTerminating).
    pub fn ends(&self, spec: &Spec) -> bool {
        let broken = |standing| matches!(standing, Standing::Failed | Standing::Error);
        let decided = |phase| matches!(phase, Phase::Failed | Phase::Error | Phase::Inconclusive);
        spec.terminate
            || self.phase.is_over()
            || self.template_statuses.iter().any(|one| broken(one.status))
            || self.analysis_runs.iter().any(|one| decided(one.phase))
            || self.has_what_it_needs(spec)
    }

    /// Tells whether there are analyses that are required, and all of them succeeded.
    pub fn has_what_it_needs(&self, spec: &Spec) -> bool {
        let mut required =
            spec.analyses.iter().filter(|analysis| analysis.required_for_completion).peekable();
        let good = |name: &str| self.run(name).is_some_and(|run| run.phase == Phase::Successful);
        required.peek().is_some() && required.all(|analysis| good(&analysis.name))
    }
}
