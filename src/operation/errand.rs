//! Owns what a person can order of the policy service: a run of a workflow, or one anew from a step of a run that ended.
//!
//! Pure, beside [`super::Operation`], whose guards are those of the cluster: the service has none, so that a request is sent once and
//! never again ([`life`]). Source: Cordum, gateway API (`/workflows/{id}/runs`, `/workflow-runs/{id}/rerun`). Invariants: what was shown is
//! what is sent, byte for byte ([`Errand::digest`]); a rerun has no key of its own at the service, so that nobody may send it twice.

use std::sync::Arc;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::json;

use super::policy::Leave;
use super::{Digest, Id, Policy, Refusal, Request};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

mod entries;
pub mod life;
pub mod runs;
pub mod sought;
#[cfg(test)]
mod tests;
pub mod words;

pub use life::{Command, Dispatch, Errand, Event, Reply, State};
pub use runs::{Run, Status};

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A run of a workflow, without input.
    Begin {
        /// The workflow.
        workflow: Arc<str>,
    },
    /// A run anew, from a step of an earlier one.
    Again {
        /// The earlier run, as read.
        run: Run,
        /// The step.
        step: Arc<str>,
    },
}

impl Wanted {
    /// The words by which a rule of the policy names errands.
    pub const WORDS: [&'static str; 2] = ["run", "rerun"];

    /// Returns the one word for it, from the configuration to the record.
    pub fn word(&self) -> &'static str {
        let [run, rerun] = Self::WORDS;
        match self {
            Self::Begin { .. } => run,
            Self::Again { .. } => rerun,
        }
    }

    /// Returns the workflow.
    pub fn workflow(&self) -> &Arc<str> {
        match self {
            Self::Begin { workflow } => workflow,
            Self::Again { run, .. } => &run.workflow,
        }
    }
}

/// Where an errand goes, for which Rollout, and as whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Whither {
    /// Kubeconfig context in which the Rollout lies.
    pub context: Printable,
    /// Namespace and name of the Rollout.
    pub key: Key,
    /// Its uid.
    pub uid: Arc<str>,
    /// URL of that cluster's API server.
    pub server: Printable,
    /// User as the API server names them.
    pub user: Printable,
    /// URL of the policy service.
    pub service: Printable,
    /// Tenant in whose name it is asked.
    pub tenant: Printable,
}

/// What a person wants, and what was read of it.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    /// What to do.
    pub wanted: Wanted,
    /// Identity of the errand to be; also its key at the service, where that takes one.
    pub id: Id,
    /// Where it goes.
    pub whither: Whither,
    /// The newest runs of the workflow, as listed.
    pub listed: &'a [Run],
    /// By which it is judged.
    pub policy: &'a Policy,
    /// The role that the person claims.
    pub role: Option<&'a str>,
}

/// What staging puts together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Staged {
    pub(super) id: Id,
    pub(super) wanted: Wanted,
    pub(super) whither: Whither,
    pub(super) leave: Leave,
    pub(super) request: Request,
    /// Runs that were there before it.
    pub(super) known: Vec<Arc<str>>,
    /// Those of them that take up the same step of the same run.
    pub(super) alike: Vec<Arc<str>>,
    /// Hash of the pods of the canary that it is for.
    pub(super) canary: Option<Arc<str>>,
    pub(super) at: Timestamp,
}

/// Stages an errand for `rollout` as observed at `now`.
///
/// # Errors
/// Refuses where no rule names it, where a freeze is on, or where it makes no sense in this state.
pub fn stage(proposal: Proposal<'_>, rollout: &Rollout, now: Timestamp) -> Result<Errand, Refusal> {
    let Proposal { wanted, id, whither, listed, policy, role } = proposal;
    if whither.key != rollout.meta.key || whither.uid != rollout.meta.uid || rollout.meta.deleted.is_some() {
        return Err(Refusal::new("The Rollout is not the one that was chosen.", "Look at it again."));
    }
    if let Wanted::Again { run, step } = &wanted {
        objection(run, rollout)?;
        check_step(run, step)?;
    }
    let leave = policy.judge_errand((whither.context.as_str(), &whither.key), wanted.word(), role, now)?;
    let known = listed.iter().map(|run| run.id.clone()).collect();
    let alike = listed.iter().filter(|run| run.is_as(&wanted)).map(|run| run.id.clone()).collect();
    let canary = rollout.status.current_pod_hash.clone();
    let request = request(&wanted);
    Ok(Errand::new(Staged { id, wanted, whither, leave, request, known, alike, canary, at: now }))
}

/// Refuses to run anew what still runs, what succeeded, and what no abort asks for.
///
/// # Errors
/// Says which of these it is.
pub fn objection(run: &Run, rollout: &Rollout) -> Result<(), Refusal> {
    if rollout.status.abort != Some(true) {
        let why = "This Rollout is not aborted: there is nothing to take up again.";
        return Err(Refusal::new(why, "Begin a run of the workflow instead."));
    }
    if !run.status.is_over() || run.status == Status::Succeeded {
        let why = format!("The run {} is {}.", Printable::from(&*run.id), run.status.word());
        return Err(Refusal::new(why, "Only a run that ended without success is taken up again."));
    }
    Ok(())
}

fn check_step(run: &Run, step: &Arc<str>) -> Result<(), Refusal> {
    if !run.steps.contains(step) {
        let why = format!("The run {} has no step {}.", Printable::from(&*run.id), Printable::from(&**step));
        return Err(Refusal::new(why, "Choose one of its steps."));
    }
    Ok(())
}

/// What a URL takes as it is.
const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn request(wanted: &Wanted) -> Request {
    let encoded = |name: &str| utf8_percent_encode(name, &KEPT).to_string();
    let (path, body) = match wanted {
        Wanted::Begin { workflow } => (format!("/api/v1/workflows/{}/runs", encoded(workflow)), json!({})),
        Wanted::Again { run, step } => {
            let body = json!({"from_step": &**step, "dry_run": false});
            (format!("/api/v1/workflow-runs/{}/rerun", encoded(&run.id)), body)
        }
    };
    Request { method: "POST", path, content_type: "application/json", body: body.to_string() }
}

/// Returns the path at which a run is read.
pub fn path_of_run(id: &str) -> String {
    format!("/api/v1/workflow-runs/{}", utf8_percent_encode(id, &KEPT))
}

/// Returns the path at which the newest runs of a workflow are listed, newest first.
pub fn path_of_runs(workflow: &str) -> String {
    format!("/api/v1/workflows/{}/runs", utf8_percent_encode(workflow, &KEPT))
}

impl Errand {
    /// Returns the SHA-256 over the id, the word, where it goes, the key at the service and the exact request: what is
    /// acknowledged.
    pub fn digest(&self) -> Digest {
        let Whither { context, server, key, uid, user, service, tenant } = self.whither();
        let whom = [
            &*self.id().0,
            self.wanted().word(),
            context.as_str(),
            server.as_str(),
            &key.namespace,
            &key.name,
            uid,
            user.as_str(),
            service.as_str(),
            tenant.as_str(),
            self.key().unwrap_or_default(),
        ];
        Digest::of_errand(whom.into_iter().chain(self.request().parts()))
    }
}
