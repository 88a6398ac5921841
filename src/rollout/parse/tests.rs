use serde_json::json;

use super::*;
use crate::rollout::{
    AnalysisRun, Deployment, Experiment, Pod, ReplicaSet, Rollout, Step, StepDuration, Strategy,
};

mod lenience;
mod objects;
mod pods;
mod rollouts;
mod sharing;

fn rollout(value: Value) -> Rollout {
    RolloutObject::deserialize(value).unwrap().into_rollout(&mut Interner::new())
}

fn replica_set(value: Value) -> ReplicaSet {
    ReplicaSetObject::deserialize(value).unwrap().into_replica_set(&mut Interner::new())
}

fn pod(value: Value) -> Pod {
    PodObject::deserialize(value).unwrap().into_pod(&mut Interner::new())
}

fn analysis_run(value: Value) -> AnalysisRun {
    AnalysisRunObject::deserialize(value).unwrap().into_analysis_run(&mut Interner::new())
}

fn experiment(value: Value) -> Experiment {
    ExperimentObject::deserialize(value).unwrap().into_experiment(&mut Interner::new())
}

fn deployment(value: Value) -> Deployment {
    DeploymentObject::deserialize(value).unwrap().into_deployment(&mut Interner::new())
}

fn steps(value: Value) -> Vec<Step> {
    let rollout = rollout(json!({"spec": {"strategy": {"canary": {"steps": value}}}}));
    match rollout.spec.strategy {
        Strategy::Canary(canary) => canary.steps.to_vec(),
        other => panic!("no canary: {other:?}"),
    }
}

fn pause(written: &str, seconds: Option<i64>) -> Step {
    Step::Pause(Some(StepDuration { written: written.into(), seconds }))
}
