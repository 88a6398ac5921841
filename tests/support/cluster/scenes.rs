//! Rollouts brought into a state and held there: what tests compare and what a person looks at.
//!
//! Owns the way to each state, by the same requests that people send. Returns only when the controller itself reports the
//! state, so that a test starts from a fact. A scene stays as it is until somebody acts, unless its words say otherwise.

use serde_json::{Value, json};

use super::{Namespace, Sample};

/// A state that a Rollout can be brought into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// A canary at its first revision.
    Healthy,
    /// A canary of two revisions, paused at 20 % until a person acts.
    PausedAtStep,
    /// A canary paused at 20 % for an hour.
    PausedForAnHour,
    /// A healthy canary with `spec.paused`.
    PausedByHand,
    /// A canary whose update was aborted at 20 %.
    Aborted,
    /// A canary whose new pod runs and never becomes ready; its deadline is ten minutes away.
    Stuck,
    /// A canary whose new pod crashes again and again; its deadline is ten minutes away.
    Crashing,
    /// A canary whose new image cannot be pulled and whose deadline of five seconds has passed.
    DeadlinePassed,
    /// A canary that names a Service which does not exist.
    InvalidSpec,
    /// A canary scaled to no replicas.
    ScaledToZero,
    /// A canary whose analysis step runs for ever.
    AnalysisRunning,
    /// A canary whose analysis failed, which aborted the update.
    AnalysisFailed,
    /// A canary paused at 20 % while a background analysis runs.
    BackgroundAnalysis,
    /// A canary with an experiment that runs for ever.
    ExperimentRunning,
    /// A canary paused with 10 % of its traffic moved by an Ingress.
    Routed,
    /// A canary of a Deployment's pods, paused at 25 %.
    WorkloadRef,
    /// A blue-green Rollout at its first revision.
    BlueGreenHealthy,
    /// A blue-green Rollout whose preview waits for a person.
    BlueGreenPaused,
    /// A blue-green Rollout whose update was aborted.
    BlueGreenAborted,
}

impl Scene {
    /// Every scene.
    pub const ALL: [Self; 19] = [
        Self::Healthy,
        Self::PausedAtStep,
        Self::PausedForAnHour,
        Self::PausedByHand,
        Self::Aborted,
        Self::Stuck,
        Self::Crashing,
        Self::DeadlinePassed,
        Self::InvalidSpec,
        Self::ScaledToZero,
        Self::AnalysisRunning,
        Self::AnalysisFailed,
        Self::BackgroundAnalysis,
        Self::ExperimentRunning,
        Self::Routed,
        Self::WorkloadRef,
        Self::BlueGreenHealthy,
        Self::BlueGreenPaused,
        Self::BlueGreenAborted,
    ];

    /// A name for a Rollout in this state.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::PausedAtStep => "paused-at-step",
            Self::PausedForAnHour => "paused-for-an-hour",
            Self::PausedByHand => "paused-by-hand",
            Self::Aborted => "aborted",
            Self::Stuck => "stuck",
            Self::Crashing => "crashing",
            Self::DeadlinePassed => "deadline-passed",
            Self::InvalidSpec => "invalid-spec",
            Self::ScaledToZero => "scaled-to-zero",
            Self::AnalysisRunning => "analysis-running",
            Self::AnalysisFailed => "analysis-failed",
            Self::BackgroundAnalysis => "background-analysis",
            Self::ExperimentRunning => "experiment-running",
            Self::Routed => "routed",
            Self::WorkloadRef => "workload-ref",
            Self::BlueGreenHealthy => "blue-green-healthy",
            Self::BlueGreenPaused => "blue-green-paused",
            Self::BlueGreenAborted => "blue-green-aborted",
        }
    }

    /// Makes a Rollout called `name`, brings it into this state and returns it.
    ///
    /// # Errors
    /// The server's refusal, or that the state did not come in time.
    pub fn bring(self, namespace: &Namespace<'_>, name: &str) -> Result<Value, String> {
        self.apply(namespace, name)?;
        if self == Self::InvalidSpec {
            return namespace.wait_phase(name, "Degraded");
        }
        let first = namespace.wait_phase(name, "Healthy")?;
        let Some(tag) = self.second_tag() else { return self.turn(namespace, name, first) };
        namespace.set_tag(name, tag)?;
        let updated = |rollout: &Value| rollout["status"]["currentPodHash"] != rollout["status"]["stableRS"];
        match self {
            Self::Stuck | Self::Crashing => namespace.wait_rollout(name, "has an unready pod", |rollout| {
                updated(rollout)
                    && rollout["status"]["updatedReplicas"] == 1
                    && phase(rollout) == "Progressing"
            }),
            Self::DeadlinePassed | Self::AnalysisFailed => {
                namespace.wait_rollout(name, "is degraded", |rollout| phase(rollout) == "Degraded")
            }
            Self::AnalysisRunning => namespace.wait_rollout(name, "runs its analysis", |rollout| {
                rollout["status"]["canary"]["currentStepAnalysisRunStatus"]["status"] == "Running"
            }),
            Self::ExperimentRunning => namespace.wait_rollout(name, "runs its experiment", |rollout| {
                rollout["status"]["canary"]["currentExperiment"].is_string()
            }),
            _ => {
                let paused = |rollout: &Value| updated(rollout) && phase(rollout) == "Paused";
                let rollout = namespace.wait_rollout(name, "is paused", paused)?;
                self.turn(namespace, name, rollout)
            }
        }
    }

    fn apply(self, namespace: &Namespace<'_>, name: &str) -> Result<(), String> {
        let hour = json!([{"setWeight": 20}, {"pause": {"duration": "1h"}}]);
        let (sample, change) = match self {
            Self::PausedForAnHour => {
                (Sample::Canary, json!({"spec": {"strategy": {"canary": {"steps": hour}}}}))
            }
            Self::DeadlinePassed => (Sample::Canary, json!({"spec": {"progressDeadlineSeconds": 5}})),
            Self::InvalidSpec => {
                let services = json!({"stableService": "missing-stable", "canaryService": "missing-canary"});
                (Sample::Canary, json!({"spec": {"strategy": {"canary": services}}}))
            }
            Self::AnalysisRunning => (Sample::AnalysisLasts, json!({})),
            Self::AnalysisFailed => (Sample::AnalysisFails, json!({})),
            Self::BackgroundAnalysis => (Sample::Background, json!({})),
            Self::ExperimentRunning => (Sample::Experiment, json!({})),
            Self::Routed => (Sample::Routed, json!({})),
            Self::WorkloadRef => (Sample::WorkloadRef, json!({})),
            Self::BlueGreenHealthy | Self::BlueGreenPaused | Self::BlueGreenAborted => {
                (Sample::BlueGreen, json!({}))
            }
            _ => (Sample::Canary, json!({})),
        };
        namespace.apply_changed(sample, name, &change)
    }

    fn second_tag(self) -> Option<&'static str> {
        match self {
            Self::Healthy
            | Self::PausedByHand
            | Self::InvalidSpec
            | Self::ScaledToZero
            | Self::BlueGreenHealthy => None,
            Self::Stuck => Some("unready"),
            Self::Crashing => Some("crash"),
            Self::DeadlinePassed => Some("unpullable"),
            _ => Some("v2"),
        }
    }

    fn turn(self, namespace: &Namespace<'_>, name: &str, rollout: Value) -> Result<Value, String> {
        match self {
            Self::Aborted | Self::BlueGreenAborted => {
                namespace.change_status(name, &json!({"status": {"abort": true}}))?;
                namespace.wait_phase(name, "Degraded")
            }
            Self::PausedByHand => {
                namespace.change(name, &json!({"spec": {"paused": true}}))?;
                namespace.wait_phase(name, "Paused")
            }
            Self::ScaledToZero => {
                namespace.change(name, &json!({"spec": {"replicas": 0}}))?;
                namespace.wait_rollout(name, "has no replicas", |rollout| {
                    rollout["status"]["replicas"].as_u64().unwrap_or(0) == 0 && phase(rollout) == "Healthy"
                })
            }
            Self::BackgroundAnalysis => {
                namespace.wait_rollout(name, "runs a background analysis", |rollout| {
                    rollout["status"]["canary"]["currentBackgroundAnalysisRunStatus"]["status"] == "Running"
                })
            }
            _ => Ok(rollout),
        }
    }
}

fn phase(rollout: &Value) -> &str {
    rollout["status"]["phase"].as_str().unwrap_or_default()
}
