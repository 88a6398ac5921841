//! Owns staging: from an order and a Rollout as observed to an operation that can be read and acknowledged.
//!
//! It refuses what would do nothing, or something else than its name says, and then tells what to do instead: a key
//! pressed in vain explains itself. It never sends. Invariant: an [`Operation`] exists only with a [`Leave`] of the
//! policy for its kind and target, and for a Rollout of the same uid.

use std::sync::Arc;

use jiff::Timestamp;

use super::life::Staged;
use super::policy::{Ask, Leave, Policy};
use super::refusal::Refusal;
use super::{Bar, Course, Facts, Id, Judged, Operation, Order, Target, plan, request};
use crate::rollout::phase::{Trouble, is_workload_observed, trouble};
use crate::rollout::Rollout;
use crate::text::Printable;

mod abort;
mod full;
mod goal;
mod manual;
mod promote;
mod restart;
mod retry;
mod template;
mod terminate;

/// What a person wants done.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What to do.
    pub order: Order,
    /// Identity of the operation to be.
    pub id: Id,
    /// On what, and as whom.
    pub target: Target,
    /// By which it is judged.
    pub policy: Arc<Policy>,
    /// The role that the person claims.
    pub role: Option<Printable>,
    /// When this Rollout was last promoted, as far as is known.
    pub last_promotion: Option<Timestamp>,
    /// What numeric gates say of it; `None` where none are meant for the Rollout.
    pub judged: Option<Judged>,
}

/// Stages an operation on `rollout` as observed at `now`.
///
/// # Errors
/// Refuses where the policy does, where the order makes no sense in this state, or where names are not plain.
pub fn stage(proposal: Proposal, rollout: &Rollout, now: Timestamp) -> Result<Operation, Refusal> {
    check_target(&proposal, rollout)?;
    let mut facts = Facts::of(rollout);
    let course = decide(&proposal.order, rollout, &mut facts, now)?;
    let leave = judge(&proposal, plan::weight_after(&course, rollout), &facts, now)?;
    let minds = proposal.order.kind().promotes() && !proposal.order.goes_back(facts.stable_hash.as_deref());
    let Proposal { id, target, policy, judged, .. } = proposal;
    let judged = judged.map(|judged| if minds { judged } else { judged.hindering_nothing() });
    let bar = judged.as_ref().map_or(Bar::Open, |judged| judged.bar);
    let request = request::build(&id, &target, &course, &facts).map_err(|error| {
        Refusal::new(
            format!("A stored value of this Rollout is not JSON ({error})."),
            "Look at the object with `kubectl get -o yaml`.",
        )
    })?;
    let weighty = plan::weighty(&course, &facts);
    Ok(Operation::new(Staged {
        consequence: with_event(plan::consequence(&course, rollout, &facts), policy.announces()),
        weighty,
        announces: policy.announces(),
        id,
        target,
        leave: leave.with_name(weighty).over(bar),
        judged,
        bar,
        course,
        facts,
        request,
        at: now,
    }))
}

/// Adds to a consequence that an Event tells of the order, where one does.
fn with_event(consequence: Printable, announces: bool) -> Printable {
    if !announces {
        return consequence;
    }
    Printable::from(format!("{consequence} An Event on it will tell that you ordered this."))
}

/// Decides what `order` means for `rollout` in its present state at `now`, without looking at the policy.
///
/// # Errors
/// Refuses where the order would do nothing, or something else than its name says.
pub fn course(order: &Order, rollout: &Rollout, now: Timestamp) -> Result<Course, Refusal> {
    decide(order, rollout, &mut Facts::of(rollout), now)
}

/// Decides the course, and adds to the facts what is true of the other object that the order changes.
fn decide(order: &Order, rollout: &Rollout, facts: &mut Facts, now: Timestamp) -> Result<Course, Refusal> {
    check_rollout(rollout, facts)?;
    match order {
        Order::Promote => promote::course(rollout, facts),
        Order::PromoteTo(goal) => goal::course(*goal, rollout, facts),
        Order::PromoteFull => full::course(rollout, facts),
        Order::Pause => manual::pause(rollout, facts),
        Order::Resume => manual::resume(facts),
        Order::Abort => abort::course(rollout, facts),
        Order::Cancel(undo) => template::cancel(undo, rollout, facts),
        Order::Retry => retry::course(rollout, facts),
        Order::Undo(undo) => template::undo(undo, rollout, facts),
        Order::SetImage(image) => template::image(image, rollout, facts),
        Order::Restart => restart::course(rollout, facts, now),
        Order::Terminate(run) => terminate::course(run, rollout, facts),
    }
}

fn check_rollout(rollout: &Rollout, facts: &Facts) -> Result<(), Refusal> {
    if rollout.meta.deleted.is_some() {
        return Err(Refusal::new("This Rollout is being deleted.", "There is nothing left to order."));
    }
    if facts.pod_hash.is_none() && trouble(rollout) == Some(Trouble::InvalidSpec) {
        return Err(Refusal::new(
            "The controller refuses the spec of this Rollout (InvalidSpec) and does nothing with it.",
            "Correct the spec as the controller's message says.",
        ));
    }
    if facts.pod_hash.is_none() {
        return Err(Refusal::new(
            "The controller has not yet taken note of this Rollout.",
            "Wait for its first status, or check that the Argo Rollouts controller runs.",
        ));
    }
    Ok(())
}

fn unknown_strategy() -> Refusal {
    Refusal::new("This Rollout has no strategy that this program knows.", "Use the kubectl plugin for it.")
}

/// Refuses what needs a stable version; `does` says what the first version does instead.
fn first_version(does: &str) -> Refusal {
    Refusal::new(format!("This is the first version, which {does}."), "Wait until it is the stable one.")
}

fn judge(
    proposal: &Proposal,
    weight_after: Option<u32>,
    facts: &Facts,
    now: Timestamp,
) -> Result<Leave, Refusal> {
    let ask = Ask {
        context: proposal.target.context.as_str(),
        key: &proposal.target.key,
        kind: proposal.order.kind(),
        goes_back: proposal.order.goes_back(facts.stable_hash.as_deref()),
        role: proposal.role.as_ref().map(Printable::as_str),
        weight_after,
        last_promotion: proposal.last_promotion,
        now,
    };
    proposal.policy.judge(&ask)
}

fn check_target(proposal: &Proposal, rollout: &Rollout) -> Result<(), Refusal> {
    let target = &proposal.target;
    let key = &target.key;
    if !is_dns_name(&key.namespace) || !is_dns_name(&key.name) {
        return Err(Refusal::new(
            "The namespace or the name is not a plain DNS name, so what is shown could differ from what is meant.",
            "Use kubectl for this object, after looking at its name byte by byte.",
        ));
    }
    proposal.policy.terms(target.context.as_str(), key, proposal.order.kind())?;
    if target.uid.is_empty() || *key != rollout.meta.key || target.uid != rollout.meta.uid {
        return Err(Refusal::new(
            "The Rollout is not the one that was chosen: it was deleted and made anew.",
            "Look at it again, then order again.",
        ));
    }
    Ok(())
}

/// Tells whether it is a DNS subdomain as Kubernetes names objects (RFC 1123): it can stand in a path as it is.
fn is_dns_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Refuses while the controller has not taken note of the newest spec: it may then wipe what is written into the
/// status (Argo: rollout/sync.go, `resetRolloutStatus`).
fn wait_for_observation(rollout: &Rollout, facts: &Facts) -> Result<(), Refusal> {
    if facts.spec_observed() && is_workload_observed(rollout) {
        return Ok(());
    }
    Err(Refusal::new(
        "The controller has not yet taken note of the newest spec, and may wipe this order when it does.",
        "Wait until it has; if it does not, check that the Argo Rollouts controller runs.",
    ))
}
