//! Owns the rows of services beside the cluster: the policy service, and notifications.
//!
//! Invariant: that something is configured is never more than supported; only an answer makes a service available.

use super::Scene;
use super::finding::Finding;
use super::look::{Look, look, unanswered, unseen};
use crate::capability::remedy::{self, Grant};
use crate::capability::sight::{Answering, Notifying};
use crate::capability::{limits, right};

/// Where Argo Rollouts is installed unless somebody chose otherwise.
pub(super) const HOME: &str = "argo-rollouts";

/// Judges whether the policy service answers.
pub(super) fn policy(scene: &Scene<'_>) -> Finding {
    const HOW: &str = "request";
    match look(scene.board.policy_service.as_ref(), limits::SERVICE, scene.now) {
        Look::Seen { what: Answering::Well { version }, at } => {
            let version = if version.is_empty() { "without a version" } else { version.as_str() };
            Finding::available(at, scene.now).seen(HOW, format!("answered: {version}"), at)
        }
        Look::Seen { what: Answering::Wrongly { what }, at } => {
            Finding::degraded(at, format!("it does not answer as a policy service does: {what}"))
                .seen(HOW, what.clone(), at)
                .advised("Check its address: something else may answer there.")
        }
        Look::Seen { what: Answering::Named { .. }, at } => {
            Finding::supported().seen(HOW, "configured; it was not asked", at)
        }
        Look::Missing { why, at } => Finding::lacking(why.clone())
            .seen("configuration", why.clone(), at)
            .advised("Without one nothing is asked of it; the policy of this session still counts."),
        Look::Forbidden { why, at } => Finding::lacking(format!("a key that it takes: {why}"))
            .seen(HOW, why.clone(), at)
            .advised("Give it a key that is valid for this service and tenant."),
        Look::Failed { why, at, since, seen: Some(_) } => {
            Finding::degraded(since, why.clone()).seen(HOW, why.clone(), at).advised(UNREACHED)
        }
        Look::Failed { why, at, .. } => {
            Finding::unavailable(why.clone()).seen(HOW, why.clone(), at).advised(UNREACHED)
        }
        Look::Old { at } => unseen(HOW, "the policy service", Some(at)),
        Look::Never => unseen(HOW, "the policy service", None),
    }
}

const UNREACHED: &str = "Check its address, and the way there from this machine.";

/// Judges whether others would be told.
pub(super) fn notifications(scene: &Scene<'_>) -> Finding {
    const HOW: &str = "ConfigMap";
    const WHAT: &str = "notifications";
    match look(scene.board.notifying.as_ref(), limits::CONFIGURED, scene.now) {
        Look::Seen { what, at } => configured(what).seen(HOW, counted(what), at).seen(
            "cannot tell",
            "whether a message arrived, and who is subscribed",
            at,
        ),
        Look::Missing { why, at } => Finding::lacking(why.clone())
            .seen(HOW, why.clone(), at)
            .advised("Configure a service and triggers: argo-rollouts.readthedocs.io, Notifications."),
        Look::Forbidden { why, at } => Finding::unknown("their ConfigMap may not be read")
            .seen(HOW, why.clone(), at)
            .remedied(remedy::ask_for(right::NOTIFICATIONS, Grant::In(home(scene)), &scene.board.viewer)),
        Look::Failed { why, at, .. } => unanswered(HOW, WHAT, why, at),
        Look::Old { at } => unseen(HOW, WHAT, Some(at)),
        Look::Never => unseen(HOW, WHAT, None),
    }
}

fn configured(of: &Notifying) -> Finding {
    if of.services.is_empty() {
        return Finding::lacking("a service (service.…) in argo-rollouts-notification-configmap");
    }
    if of.triggers.is_empty() {
        return Finding::lacking("a trigger (trigger.…) in argo-rollouts-notification-configmap");
    }
    if !of.unset.is_empty() {
        let keys: Vec<&str> = of.unset.iter().map(crate::text::Printable::as_str).collect();
        return Finding::lacking(format!("in argo-rollouts-notification-secret: {}", keys.join(", ")));
    }
    Finding::supported()
}

fn counted(of: &Notifying) -> String {
    let services: Vec<&str> = of.services.iter().map(crate::text::Printable::as_str).collect();
    format!(
        "services: {}; {} triggers",
        if services.is_empty() { "none".into() } else { services.join(", ") },
        of.triggers.len()
    )
}

/// Returns the namespace of the controller, as far as it was seen.
pub(super) fn home<'a>(scene: &Scene<'a>) -> &'a str {
    use crate::capability::Answer;
    let deployed = match scene.board.controllers.as_ref().map(|dated| &dated.answer) {
        Some(Answer::Seen(controllers)) => controllers.first().map(|one| &*one.key.namespace),
        _ => None,
    };
    let leased = match scene.board.lease.as_ref().map(|dated| &dated.answer) {
        Some(Answer::Seen(lease)) => Some(&*lease.key.namespace),
        _ => None,
    };
    deployed.or(leased).unwrap_or(HOME)
}
