//! Owns when an AnalysisRun or an Experiment may be terminated.
//!
//! Invariant: only a run that belongs to the Rollout and is not over is ended.

use super::{Refusal, is_dns_name};
use crate::operation::course::{Role, Termination};
use crate::operation::order::Run;
use crate::operation::{Course, Facts, SiteKind};
use crate::rollout::Rollout;

/// Decides whether `run` of `rollout` may be ended.
///
/// # Errors
/// Refuses where it is over or ending, was not begun, or belongs to something else.
pub(super) fn course(run: &Run, rollout: &Rollout, facts: &mut Facts) -> Result<Course, Refusal> {
    let (kind, name) = (run.site.kind.word(), &run.site.name);
    let own = run.owners.contains(&rollout.meta.uid) && run.key.namespace == rollout.meta.key.namespace;
    if !own || run.site.uid.is_empty() || !is_dns_name(name) {
        return Err(Refusal::new(
            format!("The {kind} {name} does not belong to this Rollout."),
            "Choose one of those that are shown under it.",
        ));
    }
    if let (true, Some(phase)) = (run.facts.is_over(), run.facts.phase.as_deref()) {
        return Err(Refusal::new(
            format!("The {kind} {name} is over: {phase}."),
            "There is nothing left to end.",
        ));
    }
    if run.facts.terminate == Some(true) {
        return Err(Refusal::new(
            format!("The {kind} {name} is already being ended."),
            "Wait for the controller.",
        ));
    }
    if run.facts.phase.is_none() {
        return Err(Refusal::new(
            format!("The controller has not yet begun the {kind} {name}."),
            "Wait until it runs.",
        ));
    }
    facts.site = Some(run.facts.clone());
    Ok(Course::Terminate(Box::new(Termination { site: run.site.clone(), role: role(run, rollout) })))
}

fn role(run: &Run, rollout: &Rollout) -> Role {
    let status = &rollout.status;
    if run.site.kind == SiteKind::Experiment {
        let named = status.experiment.as_ref().is_some_and(|name| name.as_str() == &*run.site.name);
        return if named { Role::Step } else { Role::Other };
    }
    let named = |of: &Option<crate::rollout::AnalysisStatus>| {
        of.as_ref().is_some_and(|analysis| analysis.name.as_str() == &*run.site.name)
    };
    match () {
        () if named(&status.step_analysis) => Role::Step,
        () if named(&status.background_analysis) => Role::Background,
        () if named(&status.pre_promotion) => Role::BeforeSwitch,
        () if named(&status.post_promotion) => Role::AfterSwitch,
        () => Role::Other,
    }
}
