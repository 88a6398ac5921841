//! Owns the JSON of what stands under a Rollout: running images and the tree of revisions.
//!
//! It never renames a word of Argo's or Kubernetes' (statuses stay `Running`, `CrashLoopBackOff`). Invariant: the order
//! is that of the tree.

use jiff::Timestamp;
use serde::Serialize;

use crate::rollout::role::Roles;
use crate::rollout::tree::{ExperimentBranch, Revision, SetBranch, Tree};
use crate::rollout::{AnalysisRun, Container, JobMeasurement, MetricResult, Pod};
use crate::text::Printable;

#[derive(Serialize)]
pub struct Under<'a> {
    running_images: Vec<Running>,
    revisions: Vec<RevisionOut<'a>>,
}

#[derive(Serialize)]
struct Running {
    image: Printable,
    tags: Vec<String>,
}

#[derive(Serialize)]
struct RevisionOut<'a> {
    revision: i64,
    replica_sets: Vec<SetOut<'a>>,
    experiments: Vec<ExperimentOut<'a>>,
    analysis_runs: Vec<RunOut<'a>>,
}

#[derive(Serialize)]
struct SetOut<'a> {
    name: Printable,
    uid: Printable,
    created_at: Option<Timestamp>,
    pod_hash: Printable,
    roles: Vec<&'static str>,
    status: &'static str,
    replicas: SetReplicas,
    images: Vec<ImageOut<'a>>,
    experiment_template: Option<&'a Printable>,
    scale_down_at: Option<Printable>,
    pods: Vec<PodOut<'a>>,
}

#[derive(Serialize)]
struct SetReplicas {
    desired: i64,
    current: i64,
    ready: i64,
    available: i64,
}

/// A container of a template and its image.
#[derive(Serialize)]
pub struct ImageOut<'a> {
    container: &'a Printable,
    image: &'a Printable,
}

#[derive(Serialize)]
struct PodOut<'a> {
    name: Printable,
    uid: Printable,
    created_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    status: &'a Printable,
    ready_containers: i64,
    containers: i64,
    restarts: i64,
}

/// An experiment with what it runs.
#[derive(Serialize)]
pub struct ExperimentOut<'a> {
    name: Printable,
    uid: Printable,
    created_at: Option<Timestamp>,
    phase: &'a Printable,
    message: &'a Printable,
    replica_sets: Vec<SetOut<'a>>,
    analysis_runs: Vec<RunOut<'a>>,
}

/// An analysis run with its metrics.
#[derive(Serialize)]
pub struct RunOut<'a> {
    name: Printable,
    uid: Printable,
    created_at: Option<Timestamp>,
    phase: &'a Printable,
    message: &'a Printable,
    metrics: Vec<MetricOut<'a>>,
}

#[derive(Serialize)]
struct MetricOut<'a> {
    name: &'a Printable,
    phase: &'a Printable,
    message: &'a Printable,
    successful: i64,
    failed: i64,
    inconclusive: i64,
    error: i64,
    last_value: Option<&'a Printable>,
    jobs: Vec<JobOut<'a>>,
}

#[derive(Serialize)]
struct JobOut<'a> {
    name: &'a Printable,
    phase: &'a Printable,
    started_at: Option<Timestamp>,
}

impl<'a> Under<'a> {
    pub fn of(tree: &Tree<'a>) -> Self {
        let running = tree
            .images()
            .into_iter()
            .map(|it| Running { image: it.image, tags: it.tags.iter().map(ToString::to_string).collect() });
        Self { running_images: running.collect(), revisions: tree.revisions.iter().map(revision).collect() }
    }
}

fn revision<'a>(revision: &Revision<'a>) -> RevisionOut<'a> {
    RevisionOut {
        revision: revision.number,
        replica_sets: revision.replica_sets.iter().map(set).collect(),
        experiments: revision.experiments.iter().map(experiment).collect(),
        analysis_runs: revision.analysis_runs.iter().copied().map(run).collect(),
    }
}

fn set<'a>(branch: &SetBranch<'a>) -> SetOut<'a> {
    let set = branch.set;
    SetOut {
        name: Printable::from_cluster(&set.meta.key.name),
        uid: Printable::from_cluster(&set.meta.uid),
        created_at: set.meta.created,
        pod_hash: Printable::from_cluster(&set.hash),
        roles: roles(branch.roles),
        status: branch.status.word(),
        replicas: SetReplicas {
            desired: set.desired,
            current: set.current,
            ready: set.ready,
            available: set.available,
        },
        images: images(&set.containers),
        experiment_template: set.experiment_template.as_ref(),
        scale_down_at: set.scale_down_deadline.as_deref().map(Printable::from_cluster),
        pods: branch.pods.iter().copied().map(pod).collect(),
    }
}

fn roles(roles: Roles) -> Vec<&'static str> {
    let held = [
        (roles.stable, "stable"),
        (roles.canary, "canary"),
        (roles.active, "active"),
        (roles.preview, "preview"),
        (roles.ping, "ping"),
        (roles.pong, "pong"),
    ];
    held.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect()
}

/// Names the containers of a template with their images.
pub fn images(containers: &[Container]) -> Vec<ImageOut<'_>> {
    containers.iter().map(|it| ImageOut { container: &it.name, image: &it.image }).collect()
}

fn pod(pod: &Pod) -> PodOut<'_> {
    PodOut {
        name: Printable::from_cluster(&pod.meta.key.name),
        uid: Printable::from_cluster(&pod.meta.uid),
        created_at: pod.meta.created,
        deleted_at: pod.meta.deleted,
        status: &pod.status,
        ready_containers: pod.ready,
        containers: pod.total,
        restarts: pod.restarts,
    }
}

/// Tells an experiment with what it runs.
pub fn experiment<'a>(branch: &ExperimentBranch<'a>) -> ExperimentOut<'a> {
    let experiment = branch.experiment;
    ExperimentOut {
        name: Printable::from_cluster(&experiment.meta.key.name),
        uid: Printable::from_cluster(&experiment.meta.uid),
        created_at: experiment.meta.created,
        phase: &experiment.phase,
        message: &experiment.message,
        replica_sets: branch.replica_sets.iter().map(set).collect(),
        analysis_runs: branch.analysis_runs.iter().copied().map(run).collect(),
    }
}

/// Tells an analysis run with its metrics.
pub fn run(run: &AnalysisRun) -> RunOut<'_> {
    RunOut {
        name: Printable::from_cluster(&run.meta.key.name),
        uid: Printable::from_cluster(&run.meta.uid),
        created_at: run.meta.created,
        phase: &run.phase,
        message: &run.message,
        metrics: run.metrics.iter().map(metric).collect(),
    }
}

fn metric(metric: &MetricResult) -> MetricOut<'_> {
    MetricOut {
        name: &metric.name,
        phase: &metric.phase,
        message: &metric.message,
        successful: metric.successful,
        failed: metric.failed,
        inconclusive: metric.inconclusive,
        error: metric.error,
        last_value: metric.last_value.as_ref(),
        jobs: metric.jobs.iter().map(job).collect(),
    }
}

fn job(job: &JobMeasurement) -> JobOut<'_> {
    JobOut { name: &job.name, phase: &job.phase, started_at: job.started }
}
