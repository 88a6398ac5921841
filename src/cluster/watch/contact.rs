//! Owns what a fault means for a source: how it is told, and how long to wait.
//!
//! It never waits itself. Invariant: a refused right and a missing kind are states of their own, never "retrying",
//! since no retry mends them.

use std::time::Duration;

use super::pace::{Backoff, Pace, shortened};
use crate::cluster::fault::{Fault, Refusal};
use crate::rollout::delta::{Contact, Kind};
use crate::text::Printable;

const INSTALL: &str = "Argo Rollouts is not installed in this cluster: kubectl create namespace argo-rollouts && \
     kubectl apply -n argo-rollouts -f \
     https://github.com/argoproj/argo-rollouts/releases/latest/download/install.yaml; rollgate keeps looking";

/// What is done about a fault.
pub(super) struct Reaction {
    pub(super) contact: Contact,
    pub(super) wait: Duration,
    /// Whether what was seen so far may no longer be resumed from.
    pub(super) forget: bool,
}

/// Says what a fault means; `hint` is added to a refusal.
pub(super) fn react(
    fault: &Fault,
    kind: Kind,
    hint: Option<&'static str>,
    pace: &Pace,
    backoff: &mut Backoff,
) -> Reaction {
    match fault {
        Fault::Status(Refusal { code: 403, message, .. }) => Reaction {
            contact: Contact::Forbidden { why: joined(message, hint) },
            wait: shortened(pace.refused),
            forget: true,
        },
        Fault::Status(Refusal { code: 404, message, .. }) => Reaction {
            contact: Contact::Absent { why: absent(kind, message) },
            wait: shortened(pace.refused),
            forget: true,
        },
        Fault::Status(Refusal { code: 401, message, .. }) => Reaction {
            contact: Contact::Unauthorized {
                why: format!(
                    "the server no longer accepts your credentials ({message}); log in again outside \
                     (any kubectl command with this context will do): rollgate takes up the new login"
                )
                .into(),
            },
            wait: backoff.next(),
            forget: false,
        },
        Fault::Credential { why } => Reaction {
            contact: Contact::Unauthorized { why: why.clone() },
            wait: backoff.next(),
            forget: false,
        },
        fault => {
            let asked = match fault {
                Fault::Status(Refusal { retry_after: Some(asked), .. }) => (*asked).min(pace.longest),
                _ => Duration::ZERO,
            };
            let wait = backoff.next().max(asked);
            Reaction { contact: retrying(fault.to_string().into(), wait, pace), wait, forget: false }
        }
    }
}

/// Tells that a source waits to try again.
pub(super) fn retrying(why: Printable, wait: Duration, pace: &Pace) -> Contact {
    Contact::Retrying { why, next: pace.clock.after(wait) }
}

/// Returns what to say, beyond the server's words, to a user who may not read a kind in all namespaces.
pub(super) fn refused_everywhere(kind: Kind, everywhere: bool) -> Option<&'static str> {
    match (everywhere, kind) {
        (true, Kind::Rollouts) => {
            Some("you may not list Rollouts in all namespaces: name yours with -n NAMESPACE instead of -A")
        }
        _ => None,
    }
}

fn joined(message: &Printable, hint: Option<&'static str>) -> Printable {
    hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}").into())
}

fn absent(kind: Kind, message: &Printable) -> Printable {
    match kind {
        Kind::Rollouts | Kind::AnalysisRuns | Kind::Experiments => Printable::ours(INSTALL),
        Kind::ReplicaSets | Kind::Pods | Kind::Deployments | Kind::Events => {
            format!("the server does not know this kind ({message}): is its address right?").into()
        }
    }
}
