//! Owns what is read of a workflow's runs, and which of them an errand brought about.
//!
//! It never asks. Source: Cordum, gateway API (`GET /workflow-runs/{id}`, `GET /workflows/{id}/runs`, newest first, 100 at most).
//! Invariant: only a run that bears the errand's own key is said to be its own; a rerun bears none, and is said to be alike.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::Wanted;

/// Most runs that the service lists.
pub const LISTED: usize = 100;

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Identity.
    pub id: Arc<str>,
    /// Workflow.
    pub workflow: Arc<str>,
    /// How it stands.
    pub status: Status,
    /// Its steps.
    pub steps: Vec<Arc<str>>,
    /// Those of them that ended without success.
    pub failed: Vec<Arc<str>>,
    /// The run that it takes up again.
    pub rerun_of: Option<Arc<str>>,
    /// From which step.
    pub rerun_step: Option<Arc<str>>,
    /// The key with which it was asked for.
    pub key: Option<Arc<str>>,
    /// When it was begun, by the service's clock, where that can be read.
    pub begun: Option<Timestamp>,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Waits, for instance for an approval.
    Waiting,
    /// Over, well.
    Succeeded,
    /// Over, badly.
    Failed,
    /// Taken back.
    Cancelled,
    /// Over, too late.
    TimedOut,
    /// Not allowed.
    Denied,
}

impl Status {
    const ALL: [Self; 8] = [
        Self::Pending,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::TimedOut,
        Self::Denied,
    ];

    /// Returns the service's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Denied => "denied",
        }
    }

    /// Tells whether nothing follows.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running | Self::Waiting)
    }
}

/// Tells whether a step ended without success; one whose status is not known did not.
fn has_failed(step: &Value) -> bool {
    let word = step.get("status").and_then(Value::as_str);
    let status = word.and_then(|word| Status::ALL.into_iter().find(|known| known.word() == word));
    status.is_some_and(|status| status.is_over() && status != Status::Succeeded)
}

impl Run {
    /// Reads a run; `None` where it is none, or of a status that is not known.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let status = text("status")?;
        let steps = value.get("steps").and_then(Value::as_object).into_iter().flatten();
        let failed = steps.clone().filter(|(_, step)| has_failed(step));
        Some(Self {
            id: text("id")?.into(),
            workflow: text("workflow_id")?.into(),
            status: Status::ALL.into_iter().find(|known| known.word() == status)?,
            failed: failed.map(|(id, _)| id.as_str().into()).collect(),
            steps: steps.map(|(id, _)| id.as_str().into()).collect(),
            rerun_of: text("rerun_of").map(Arc::from),
            rerun_step: text("rerun_step").map(Arc::from),
            key: text("idempotency_key").map(Arc::from),
            begun: text("created_at").and_then(|at| at.parse().ok()),
        })
    }

    /// Reads a list of runs; `None` where one of them cannot be read.
    pub fn list(value: &Value) -> Option<Vec<Self>> {
        value.as_array()?.iter().map(Self::read).collect()
    }

    /// Tells whether it is what was wanted: of the workflow, and where a run was to be taken up again, of that and that step.
    pub(super) fn is_as(&self, wanted: &Wanted) -> bool {
        self.workflow == *wanted.workflow()
            && match wanted {
                Wanted::Begin { .. } => self.rerun_of.is_none(),
                Wanted::Again { run, step } => {
                    self.rerun_of.as_ref() == Some(&run.id) && self.rerun_step.as_ref() == Some(step)
                }
            }
    }
}
