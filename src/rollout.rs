//! Owns the domain: Rollouts and what belongs to them, as typed values without colour.
//!
//! Parsed from the API's JSON by [`parse`], judged by pure functions ([`phase`], [`weight`], [`tree`] …). It never
//! talks to a cluster, draws, or reads a clock: the time is a parameter. Names, uids and hashes are kept as the
//! cluster spells them ([`Arc<str>`], because requests must carry them byte for byte); free text is [`Printable`].

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::Printable;

pub use event::Event;

pub mod age;
pub mod attention;
pub mod delta;
pub mod event;
pub mod parse;
pub mod phase;
pub mod role;
#[cfg(test)]
pub(crate) mod sample;
pub mod step;
pub mod traffic;
pub mod tree;
pub mod weight;

/// Where an object lives: its namespace and name, as the cluster spells them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

/// What every watched object has: identity, age and owners.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Namespace and name.
    pub key: Key,
    /// Unique id: a recreated object of the same name has another.
    pub uid: Arc<str>,
    /// The server's version of the stored object; opaque.
    pub resource_version: Arc<str>,
    /// Counter that the server raises on each change of the spec.
    pub generation: i64,
    /// When the object was made.
    pub created: Option<Timestamp>,
    /// When deletion was asked for; `None` while the object is wanted.
    pub deleted: Option<Timestamp>,
    /// Uids of the owners.
    pub owners: Vec<Arc<str>>,
    /// Annotation `rollout.argoproj.io/revision`; `None` where absent or not a number.
    pub revision: Option<i64>,
}

/// One Rollout, as last observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Identity.
    pub meta: Meta,
    /// Who keeps the object in step with a repository (Argo CD's tracking id or instance label), if anyone.
    pub tracked_by: Option<Printable>,
    /// Annotation `rollgate.io/gate-policy`: the policy that it is to be judged by.
    pub gate_policy: Option<Printable>,
    /// Annotation `rollout.argoproj.io/workload-generation`.
    pub workload_generation: Option<Arc<str>>,
    /// Who wrote it last, as far as the object tells.
    pub writers: Writers,
    /// What is asked for.
    pub spec: Spec,
    /// What the controller says.
    pub status: Status,
}

/// Who wrote an object last, by `metadata.managedFields`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Writers {
    /// Whoever last wrote into its spec.
    pub spec: Option<Writer>,
    /// Whoever last wrote into its status, but the controller.
    pub status: Option<Writer>,
}

/// A program that wrote an object, as it called itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Its name, for example `kubectl-edit`.
    pub name: Printable,
    /// When it last changed what it holds, by the cluster's clock.
    pub at: Timestamp,
}

/// What a Rollout asks for.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Spec {
    /// Desired pods; `None` where not given (Kubernetes then takes 1).
    pub replicas: Option<i64>,
    /// `spec.paused` as stored: absent and `false` are told apart, because guards compare stored JSON.
    pub paused: Option<bool>,
    /// `spec.restartAt` as stored.
    pub restart_at: Option<Arc<str>>,
    /// Containers of the pod template (empty with a workload reference).
    pub containers: Vec<Container>,
    /// The object that holds the pod template, if the Rollout does not.
    pub workload_ref: Option<WorkloadRef>,
    /// How a new version is brought in.
    pub strategy: Strategy,
    /// `spec.revisionHistoryLimit`: how many older revisions are kept; `None` where not given (Argo then takes 10).
    pub history_limit: Option<i64>,
    /// `spec.selector.matchLabels`, by which the Rollout's pods are found.
    pub match_labels: Vec<(Arc<str>, Arc<str>)>,
}

/// A container of a pod template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Name.
    pub name: Printable,
    /// Image reference.
    pub image: Printable,
}

/// A reference to the object that holds the pod template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRef {
    /// Kind, for example `Deployment`.
    pub kind: Printable,
    /// Name in the Rollout's namespace.
    pub name: Printable,
}

/// How a new version is brought in.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Strategy {
    /// By steps of growing weight.
    Canary(Canary),
    /// By switching a service from the old ReplicaSet to the new.
    BlueGreen(BlueGreen),
    /// Not given, or of a kind that this program does not know.
    #[default]
    Unknown,
}

/// The canary strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// The ladder, in order; shared between Rollouts with equal steps.
    pub steps: Arc<[Step]>,
    /// Traffic routers by their field name (`nginx`, `istio`, plugin names…); empty where pods alone carry weight.
    pub routers: Vec<Printable>,
    /// Whether `trafficRouting` is present at all.
    pub traffic_routed: bool,
    /// Services, and the objects that carry the weights; `None` without `trafficRouting`.
    pub routing: Option<Arc<traffic::Routing>>,
    /// Weight that means "all": `trafficRouting.maxTrafficWeight`, else 100.
    pub max_weight: i64,
    /// Whether stable and canary swap services (`pingPong`).
    pub ping_pong: bool,
    /// Whether a background analysis is declared.
    pub background_analysis: bool,
}

impl Default for Canary {
    /// Returns a canary without steps or routing, whose weights are per cent.
    fn default() -> Self {
        Self {
            steps: Arc::default(),
            routers: Vec::new(),
            traffic_routed: false,
            routing: None,
            max_weight: 100,
            ping_pong: false,
            background_analysis: false,
        }
    }
}

/// The blue-green strategy.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BlueGreen {
    /// Service that carries production traffic.
    pub active_service: Option<Printable>,
    /// Service that shows the new version before the switch.
    pub preview_service: Option<Printable>,
    /// `autoPromotionEnabled`; `None` means yes.
    pub auto_promotion: Option<bool>,
    /// `autoPromotionSeconds`, if any.
    pub auto_promotion_seconds: Option<i64>,
    /// Whether an analysis runs after the switch.
    pub post_promotion_analysis: bool,
}

/// One step of a canary's ladder (Argo: `CanaryStep`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Sends this share of traffic (or pods) to the canary.
    SetWeight(i64),
    /// Waits; `None` waits for a person.
    Pause(Option<StepDuration>),
    /// Sets the canary's size apart from its weight.
    SetCanaryScale(CanaryScale),
    /// Runs analysis templates (their names).
    Analysis(Vec<Printable>),
    /// Runs an experiment.
    Experiment,
    /// Routes by header; the route's name.
    SetHeaderRoute(Printable),
    /// Mirrors traffic; the route's name.
    SetMirrorRoute(Printable),
    /// Runs a step plugin; its name.
    Plugin(Printable),
    /// A step that this program does not know.
    Unknown,
}

/// How long a pause step lasts: as written, and in seconds where that can be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepDuration {
    /// As written (`300`, `5m`).
    pub written: Printable,
    /// In seconds; `None` where the text is no duration.
    pub seconds: Option<i64>,
}

/// The three ways to size a canary (Argo: `SetCanaryScale`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CanaryScale {
    /// In per cent of `spec.replicas`.
    Weight(i64),
    /// In pods.
    Replicas(i64),
    /// As the traffic weight.
    MatchTrafficWeight,
}

/// What the controller says of a Rollout.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Status {
    /// `status.phase` of controllers ≥ 1.0.
    pub phase: Option<Printable>,
    /// `status.message`.
    pub message: Option<Printable>,
    /// `status.observedGeneration`, a string in Argo's API.
    pub observed_generation: Option<Arc<str>>,
    /// `status.workloadObservedGeneration`.
    pub workload_observed_generation: Option<Arc<str>>,
    /// Hash of the wanted pod template.
    pub current_pod_hash: Option<Arc<str>>,
    /// Hash of the stable ReplicaSet.
    pub stable_hash: Option<Arc<str>>,
    /// Index of the step in progress; equal to the number of steps when all are done.
    pub step_index: Option<i64>,
    /// Why the controller waits.
    pub pauses: Pauses,
    /// `status.controllerPause` as stored.
    pub controller_pause: Option<bool>,
    /// `status.abort` as stored.
    pub abort: Option<bool>,
    /// `status.abortedAt` as stored.
    pub aborted_at: Option<Arc<str>>,
    /// `status.promoteFull` as stored.
    pub promote_full: Option<bool>,
    /// `status.restartedAt` as stored.
    pub restarted_at: Option<Arc<str>>,
    /// Pods by state.
    pub replicas: Replicas,
    /// Conditions, in stored order.
    pub conditions: Vec<Condition>,
    /// `status.canary.weights.canary.weight` and whether a router verified it.
    pub weights: Option<Weights>,
    /// Which service the stable pods are on (`ping` or `pong`).
    pub stable_ping_pong: Option<Printable>,
    /// The analysis of the step in progress.
    pub step_analysis: Option<AnalysisStatus>,
    /// The analysis that runs beside the steps.
    pub background_analysis: Option<AnalysisStatus>,
    /// The experiment of the step in progress.
    pub experiment: Option<Printable>,
    /// Blue-green: hash that the active service selects.
    pub active_selector: Option<Arc<str>>,
    /// Blue-green: hash that the preview service selects.
    pub preview_selector: Option<Arc<str>>,
    /// Blue-green: the analysis before the switch.
    pub pre_promotion: Option<AnalysisStatus>,
    /// Blue-green: the analysis after the switch.
    pub post_promotion: Option<AnalysisStatus>,
}

/// Pause conditions: parsed, and the exact JSON as stored for guards.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Pauses {
    /// In stored order.
    pub list: Vec<Pause>,
    /// The stored JSON array, compact; `None` where the field is absent or `null`.
    pub stored: Option<Arc<str>>,
}

/// One reason why the controller waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// `CanaryPauseStep`, `BlueGreenPause`, `InconclusiveAnalysisRun`, `InconclusiveExperiment`.
    pub reason: Printable,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// Pods by state, as the status counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Replicas {
    /// All pods.
    pub current: i64,
    /// Pods of the new version.
    pub updated: i64,
    /// Pods that are ready.
    pub ready: i64,
    /// Pods that are available.
    pub available: i64,
}

/// A condition of a Rollout's status.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Type, for example `Progressing`.
    pub kind: Printable,
    /// `True`, `False` or `Unknown`.
    pub status: Printable,
    /// One-word reason.
    pub reason: Printable,
    /// Sentence.
    pub message: Printable,
    /// Since when it has this status.
    pub since: Option<Timestamp>,
}

/// Traffic weights as the controller last set them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Weights {
    /// Share sent to the canary, of [`Canary::max_weight`].
    pub canary: i64,
    /// Share sent to the stable version.
    pub stable: i64,
    /// Whether the router confirmed the weight; `None` where it does not verify.
    pub verified: Option<bool>,
}

/// An AnalysisRun as named in a Rollout's status.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisStatus {
    /// Name of the AnalysisRun.
    pub name: Printable,
    /// `Pending`, `Running`, `Successful`, `Failed`, `Error` or `Inconclusive`.
    pub status: Printable,
    /// Sentence.
    pub message: Printable,
}

/// One ReplicaSet.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaSet {
    /// Identity.
    pub meta: Meta,
    /// Label `rollouts-pod-template-hash`; empty where absent.
    pub hash: Arc<str>,
    /// Desired pods.
    pub desired: i64,
    /// Pods of it.
    pub current: i64,
    /// Ready pods of it.
    pub ready: i64,
    /// Available pods of it.
    pub available: i64,
    /// `status.observedGeneration`.
    pub observed_generation: i64,
    /// Whether condition `ReplicaFailure` is `True`.
    pub failing: bool,
    /// Annotation `scale-down-deadline` as stored.
    pub scale_down_deadline: Option<Arc<str>>,
    /// Annotation `experiment.argoproj.io/template-name`.
    pub experiment_template: Option<Printable>,
    /// Containers of the template.
    pub containers: Vec<Container>,
}

/// One Pod, reduced to what kubectl's printer needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Identity.
    pub meta: Meta,
    /// Label `rollouts-pod-template-hash`; empty where absent.
    pub hash: Arc<str>,
    /// Status word as kubectl prints it (`Running`, `Init:0/1`, `CrashLoopBackOff` …).
    pub status: Printable,
    /// Ready containers.
    pub ready: i64,
    /// Containers.
    pub total: i64,
    /// Restarts as kubectl counts them.
    pub restarts: i64,
}

/// One AnalysisRun.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisRun {
    /// Identity.
    pub meta: Meta,
    /// `Pending`, `Running`, `Successful`, `Failed`, `Error`, `Inconclusive` or empty.
    pub phase: Printable,
    /// Sentence.
    pub message: Printable,
    /// Results per metric, in stored order.
    pub metrics: Vec<MetricResult>,
    /// `spec.terminate` as stored: whether it is to end now.
    pub terminate: Option<bool>,
    /// Label `rollouts-pod-template-hash`: of which version's pods it judges; empty where absent.
    pub hash: Arc<str>,
}

/// What one metric of an AnalysisRun has shown so far; counters count measurements.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct MetricResult {
    /// Name.
    pub name: Printable,
    /// Phase, as of AnalysisRuns.
    pub phase: Printable,
    /// Sentence.
    pub message: Printable,
    /// Measurements that met the success condition.
    pub successful: i64,
    /// Measurements that met the failure condition.
    pub failed: i64,
    /// Measurements that met neither.
    pub inconclusive: i64,
    /// Measurements that could not be taken.
    pub error: i64,
    /// Jobs behind measurements.
    pub jobs: Vec<JobMeasurement>,
    /// The newest measured value, if any.
    pub last_value: Option<Printable>,
    /// When the newest finished measurement finished.
    pub measured_at: Option<Timestamp>,
}

/// A measurement that a Job took.
#[derive(Clone, Debug, PartialEq)]
pub struct JobMeasurement {
    /// Name of the Job.
    pub name: Printable,
    /// Phase of the measurement.
    pub phase: Printable,
    /// When it began.
    pub started: Option<Timestamp>,
}

/// One Experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Identity.
    pub meta: Meta,
    /// Phase, as of AnalysisRuns.
    pub phase: Printable,
    /// Sentence.
    pub message: Printable,
    /// `spec.terminate` as stored: whether it is to end now.
    pub terminate: Option<bool>,
}

/// A Deployment that a Rollout may refer to for its pod template.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Identity.
    pub meta: Meta,
    /// Containers of the template.
    pub containers: Vec<Container>,
}
