//! What the person orders of the policy service in a schedule, for which Rollout, and by which rules.

use std::sync::OnceLock;

use jiff::Span;
use jiff::tz::TimeZone;
use rollgate::operation::errand::{Errand, Proposal, Run, Wanted, Whither, stage};
use rollgate::operation::policy::freeze::{Begin, Grip};
use rollgate::operation::policy::{Freeze, Pattern, Rule, Scope, Terms};
use rollgate::operation::{Id, Policy};
use rollgate::rollout::{Key, Rollout};

use super::super::*;

/// The workflow that is run.
pub(super) const WORKFLOW: &str = "refunds";
/// The run that is taken up again, and from which step.
pub(super) const FAILED: &str = "run-1";
pub(super) const STEP: &str = "pay";
/// How long a freeze lasts, in milliseconds.
pub(super) const FROZEN: i64 = 600_000;

pub(super) fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

/// The Rollout as it is when the order is staged: aborted.
pub(super) fn aborted() -> &'static Rollout {
    static ABORTED: OnceLock<Rollout> = OnceLock::new();
    ABORTED.get_or_init(|| rollout("new", true).expect("a Rollout"))
}

/// The Rollout with pods of this hash.
pub(super) fn rollout(hash: &str, aborted: bool) -> Option<Rollout> {
    let mut value = stored();
    value["status"]["currentPodHash"] = hash.into();
    value["status"]["abort"] = aborted.into();
    parsed(&value)
}

/// Rules that name both orders, and a freeze that begins so many milliseconds after everything did, where there is one.
pub(super) fn policy(frozen: Option<i64>) -> Policy {
    let operations = Wanted::WORDS.iter().map(|word| Pattern::new(*word)).collect();
    let scope = Scope { operations, ..Scope::default() };
    let freezes = frozen.map(|from| Freeze {
        name: "fair".into(),
        scope: Scope::default(),
        begins: Begin::Once((begin() + SignedDuration::from_millis(from)).to_zoned(TimeZone::UTC).datetime()),
        lasts: Span::new().milliseconds(FROZEN),
        zone: TimeZone::UTC,
        grip: Grip::Yields,
    });
    Policy::new(
        vec![Rule { scope, terms: Some(Terms::default()), line: None }],
        freezes.into_iter().collect(),
    )
}

pub(super) fn wanted(listed: &[Run], again: bool) -> Wanted {
    match listed.iter().find(|run| &*run.id == FAILED).filter(|_| again) {
        Some(run) => Wanted::Again { run: run.clone(), step: STEP.into() },
        None => Wanted::Begin { workflow: WORKFLOW.into() },
    }
}

pub(super) fn staged(wanted: Wanted, id: &str, listed: &[Run], policy: &Policy) -> Option<Errand> {
    let whither = Whither {
        context: "c".into(),
        key: key(),
        uid: "u-1".into(),
        server: "https://s".into(),
        user: "ada".into(),
        service: "https://p".into(),
        tenant: "shop".into(),
    };
    let proposal = Proposal { wanted, id: Id(id.into()), whither, listed, policy, role: None };
    stage(proposal, aborted(), begin()).ok()
}
