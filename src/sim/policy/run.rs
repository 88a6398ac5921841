//! A run of a workflow: how it stands at a time.
//!
//! It owns when each of its steps begins and ends, which follows from when the run began alone. It keeps no state that moves. Invariant:
//! what is over at a time is over, in the same way, at every later one.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::workflow::{TENANT, Workflow};

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// Identity.
    pub id: String,
    /// When it was begun.
    pub begun: Timestamp,
    /// The key with which it was asked for.
    pub key: Option<String>,
    /// The run that it takes up again, and from which step.
    pub again: Option<(String, String)>,
    /// Name of the step that fails, if one does.
    pub fails: Option<String>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    Pending,
    Running,
    Succeeded,
    Failed,
}

impl Stands {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// A step of a run at a time.
struct Turn<'a> {
    step: &'a str,
    stands: Stands,
    /// From when to when it runs.
    runs: (Timestamp, Timestamp),
}

impl Run {
    /// Tells how a step stands; `None` for one that the workflow does not have.
    pub(super) fn stands(&self, of: &Workflow, step: &str, now: Timestamp) -> Option<Stands> {
        self.turns(of, now).into_iter().find(|turn| turn.step == step).map(|turn| turn.stands)
    }

    /// Says how it stands at a time, as the service shows it (Cordum: `GET /workflow-runs/{id}`).
    pub(super) fn shown(&self, of: &Workflow, now: Timestamp) -> Value {
        let turns = self.turns(of, now);
        let failed = turns.iter().find(|turn| turn.stands == Stands::Failed);
        let over = failed.or(turns.last().filter(|turn| turn.stands == Stands::Succeeded));
        let status = over.map_or(Stands::Running, |turn| turn.stands);
        let completed = over.map(|turn| turn.runs.1.to_string());
        let error = failed.map(|turn| format!("step {} failed", turn.step));
        let (rerun_of, rerun_step) = self.again.clone().unzip();
        let steps: Map<String, Value> =
            turns.iter().map(|turn| (turn.step.to_owned(), turn.shown())).collect();
        json!({
            "id": self.id, "workflow_id": of.name, "org_id": TENANT, "status": status.word(),
            "created_at": self.begun.to_string(), "started_at": self.begun.to_string(),
            "completed_at": completed, "error": error, "steps": steps, "idempotency_key": self.key,
            "rerun_of": rerun_of, "rerun_step": rerun_step, "dry_run": false,
        })
    }

    fn turns<'a>(&self, of: &'a Workflow, now: Timestamp) -> Vec<Turn<'a>> {
        let from = self.again.as_ref().map(|(_, step)| step.as_str());
        let first = of.steps.iter().position(|step| Some(step.name.as_str()) == from).unwrap_or(0);
        let (mut begins, mut broken) = (self.begun, false);
        let turns = of.steps.iter().enumerate().map(|(nth, step)| {
            // What stood before the step from which it is taken up is taken over, and takes no time.
            let takes = if nth < first { SignedDuration::ZERO } else { step.takes };
            let ends = begins.checked_add(takes).unwrap_or(begins);
            let fails = self.fails.as_deref() == Some(step.name.as_str());
            let stands = match () {
                () if broken || now < begins => Stands::Pending,
                () if now < ends => Stands::Running,
                () if fails => Stands::Failed,
                () => Stands::Succeeded,
            };
            let turn = Turn { step: &step.name, stands, runs: (begins, ends) };
            (begins, broken) = (ends, broken || fails);
            turn
        });
        turns.collect()
    }
}

impl Turn<'_> {
    fn shown(&self) -> Value {
        let (begins, ends) = self.runs;
        let begun = (self.stands != Stands::Pending).then(|| begins.to_string());
        let over = matches!(self.stands, Stands::Succeeded | Stands::Failed).then(|| ends.to_string());
        json!({"step_id": self.step, "status": self.stands.word(), "started_at": begun, "completed_at": over})
    }
}
