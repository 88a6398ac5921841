//! What a policy service beside the cluster knows of a scenario: workflows, and what there was of them before it begins.
//!
//! It owns their form in the file, where an unknown key is refused, and their times, which count back from the beginning. It never answers
//! for the service.

use jiff::Timestamp;
use serde::Deserialize;

use super::name;
use super::time::Span;
use crate::sim::policy::{self, Decision};
use crate::sim::world::World;

/// A workflow, as a scenario writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// The Rollout whose gate names it, `NAMESPACE/NAME`.
    pub on: String,
    /// The topic of its jobs.
    pub topic: String,
    /// What is decided about the topic.
    #[serde(default)]
    pub decision: Decision,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Its steps, by the order of their names: the service knows no other.
    pub steps: Vec<Step>,
    /// Runs before the beginning.
    #[serde(default)]
    pub runs: Vec<Run>,
    /// What waits for a person's approval at the beginning.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// Jobs that failed before the beginning.
    #[serde(default)]
    pub failures: Vec<Failure>,
}

/// A step; it rests on those before it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How long it takes.
    pub takes: Span,
    /// What is decided about it.
    #[serde(default)]
    pub decision: Decision,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Whether it fails in a run that begins while a canary gets traffic.
    #[serde(default)]
    pub fails_with_canary: bool,
}

/// A run of the past.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Run {
    /// How long before the beginning it began.
    pub ago: Span,
    /// The step that failed, if one did.
    pub failed: Option<String>,
}

/// Something that waits for a person's approval.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// Since how long before the beginning.
    pub ago: Span,
    /// The step that waits.
    pub step: String,
}

/// A job that failed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Failure {
    /// How long before the beginning.
    pub ago: Span,
    /// Reason code.
    pub reason: String,
}

/// Makes the workflows of a world as it stands at the beginning.
///
/// # Errors
/// Says which Rollout or step is not there, and which steps do not stand in order.
pub(super) fn told(written: &[Workflow], world: &World) -> Result<Vec<policy::Workflow>, String> {
    written
        .iter()
        .map(|workflow| workflow.told(world).map_err(|why| format!("workflow `{}`: {why}", workflow.name)))
        .collect()
}

impl Workflow {
    fn told(&self, world: &World) -> Result<policy::Workflow, String> {
        let place = name::place(&self.on)?;
        world.objects.get(&place).ok_or_else(|| format!("there is no Rollout {}", self.on))?;
        self.check()?;
        let before = |ago: Span| -> Timestamp { world.now().checked_sub(ago.0).unwrap_or(world.now()) };
        let past = |run: &Run| policy::Past { at: before(run.ago), failed: run.failed.clone() };
        let waiting = |one: &Approval| policy::Waiting { since: before(one.ago), step: one.step.clone() };
        let failure = |one: &Failure| policy::Failure { at: before(one.ago), reason: one.reason.clone() };
        Ok(policy::Workflow {
            name: self.name.clone(),
            namespace: place.namespace.to_string(),
            rollout: place.name.to_string(),
            topic: self.topic.clone(),
            decided: (self.decision, self.reason.clone()),
            steps: self.steps.iter().map(Step::told).collect(),
            past: self.runs.iter().map(past).collect(),
            waiting: self.approvals.iter().map(waiting).collect(),
            failures: self.failures.iter().map(failure).collect(),
        })
    }

    fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() || !self.steps.is_sorted_by(|one, next| one.name < next.name) {
            return Err("its steps must stand in the order of their names, each once".into());
        }
        let failed = self.runs.iter().filter_map(|run| run.failed.as_ref());
        let mut named = failed.chain(self.approvals.iter().map(|approval| &approval.step));
        match named.find(|named| !self.steps.iter().any(|step| step.name == **named)) {
            Some(step) => Err(format!("it has no step `{step}`")),
            None => Ok(()),
        }
    }
}

impl Step {
    fn told(&self) -> policy::Step {
        policy::Step {
            name: self.name.clone(),
            takes: self.takes.0,
            decided: (self.decision, self.reason.clone()),
            fails_with_canary: self.fails_with_canary,
        }
    }
}
