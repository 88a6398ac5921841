//! What is told of a workflow: its steps, the Rollout that it works through, and what there was before the scenario begins.
//!
//! It owns the facts alone and computes nothing but what a dry run, the list of approvals and that of failed jobs say of them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::decision::Decision;

/// The tenant that the service serves.
pub const TENANT: &str = "demo";

/// A workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// Namespace of the Rollout whose gate names it.
    pub namespace: String,
    /// Name of that Rollout.
    pub rollout: String,
    /// The topic of its jobs.
    pub topic: String,
    /// What is decided about that topic, and why.
    pub decided: (Decision, String),
    /// Its steps: each rests on those before it.
    pub steps: Vec<Step>,
    /// Runs of the past, in any order.
    pub past: Vec<Past>,
    /// What waits for a person's approval.
    pub waiting: Vec<Waiting>,
    /// Jobs that failed.
    pub failures: Vec<Failure>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How long it takes.
    pub takes: SignedDuration,
    /// What is decided about it, and why.
    pub decided: (Decision, String),
    /// Whether it fails in a run that begins while a canary gets traffic.
    pub fails_with_canary: bool,
}

/// A run of the past.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// When it began.
    pub at: Timestamp,
    /// The step that failed, if one did.
    pub failed: Option<String>,
}

/// Something that waits for a person's approval.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Since when.
    pub since: Timestamp,
    /// The step that waits.
    pub step: String,
}

/// A job that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// Reason code.
    pub reason: String,
}

impl Workflow {
    /// Says of each step what would be decided, by the order of names (Cordum: handlers_workflows.go).
    pub(super) fn dry_run(&self) -> Value {
        let mut steps: Vec<&Step> = self.steps.iter().collect();
        steps.sort_by(|one, other| one.name.cmp(&other.name));
        let told = steps.into_iter().map(|step| {
            let (decision, reason) = &step.decided;
            json!({
                "step_id": step.name, "step_name": step.name, "step_type": "worker",
                "decision": decision.short(), "reason": reason,
            })
        });
        json!({"workflow_id": self.name, "steps": told.collect::<Vec<_>>()})
    }

    /// Lists what waits for a person, each with when the service last touched it, in microseconds.
    pub(super) fn approvals(&self) -> impl Iterator<Item = (i64, Value)> + '_ {
        self.waiting.iter().enumerate().map(|(nth, waiting)| {
            let at = waiting.since.as_microsecond();
            let job = json!({
                "id": format!("{}-{}-{}", self.name, waiting.step, nth + 1), "state": "APPROVAL_REQUIRED",
                "topic": self.topic, "tenant": TENANT, "updated_at": at,
            });
            let item = json!({
                "job": job, "decision": Decision::RequireApproval.short(), "approval_required": true,
                "approval_status": "pending", "approval_actionability": "actionable",
                "workflow_id": self.name, "workflow_step_id": waiting.step, "step_name": waiting.step,
                "workflow_name": self.name,
            });
            (at, item)
        })
    }

    /// Lists the jobs that failed, each with when.
    pub(super) fn failed_jobs(&self) -> impl Iterator<Item = (Timestamp, Value)> + '_ {
        self.failures.iter().enumerate().map(|(nth, failure)| {
            let item = json!({
                "job_id": format!("{}-failed-{}", self.name, nth + 1), "topic": self.topic,
                "status": "JOB_STATUS_FAILED", "reason": failure.reason, "created_at": failure.at.to_string(),
            });
            (failure.at, item)
        })
    }
}
