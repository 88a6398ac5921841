//! Owns the rows that order: policy, sight, record, rights, and the dry runs that exercised them all.
//!
//! A request that was let through (a dry run, or an order) is the only thing that makes such a row available. Invariant:
//! what would keep a person from ordering it here is said first, even where a dry run went through.

use super::finding::{Finding, worst};
use super::{Granted, Place, Scene, reads, record, rights, trials};
use crate::capability::sight::Right;
use crate::capability::{Act, Evidence, State, remedy, right};
use crate::text::Printable;

/// Judges whether an act is taken in a place.
pub(super) fn judge(act: Act, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let mut findings = Vec::new();
    let mut passed = Vec::new();
    for gate in [policy(act, place, scene), sight(place, scene), ledger(scene)] {
        match gate {
            Ok(evidence) => passed.push(evidence),
            Err(obstacle) => findings.push(obstacle),
        }
    }
    findings.push(power(act, place, scene));
    let mut finding = worst(findings).unwrap_or_else(Finding::supported);
    finding.evidence.extend(passed);
    finding
}

/// Judges whether a confirmation can be opened and acknowledged.
///
/// All that it takes is seen here: the Rollouts, the record, and the policy, which is this program's own.
pub(super) fn gate(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let allowed = place.granted.iter().find(|(_, granted)| *granted == Granted::Yes);
    let act = allowed.or(place.granted.first()).map_or(Act::Promote, |(act, _)| *act);
    let policy = policy(act, place, scene);
    let mut findings: Vec<Finding> = policy.as_ref().err().cloned().into_iter().collect();
    findings.push(match sight(place, scene) {
        Ok(_) => reads::of(right::Read::Rollouts, place, scene),
        Err(obstacle) => obstacle,
    });
    findings.push(match ledger(scene) {
        Ok(_) => record::ledger(scene),
        Err(obstacle) => obstacle,
    });
    let mut finding = worst(findings).unwrap_or_else(Finding::supported);
    finding.evidence.extend(policy.ok());
    finding
}

/// Judges whether orders can be announced as Events.
pub(super) fn announcing(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    reads::in_contact(rights::of(&[right::ANNOUNCE], place, scene).finding, place, scene)
}

/// What passes is evidence; what does not is in the way.
type Gate = Result<Evidence, Finding>;

fn policy(act: Act, place: &Place<'_>, scene: &Scene<'_>) -> Gate {
    const HOW: &str = "session's policy";
    let granted = place.granted.iter().find(|(of, _)| *of == act).map(|(_, granted)| granted);
    let title = act.capability().title();
    match granted {
        Some(Granted::Yes) => {
            Ok(Evidence { how: HOW, said: format!("allows it here: {title}").into(), at: None })
        }
        Some(Granted::No { why }) => {
            let context = &*scene.board.viewer.context;
            let context = if context.is_empty() { "CONTEXT" } else { context };
            let namespace = if place.namespace.is_empty() { "*" } else { &*place.namespace };
            let place = format!("{context}/{namespace}");
            let command = format!("rollgate --allow {}", remedy::shell(&place));
            Err(Finding::lacking(why.clone()).noted(HOW, why.clone()).remedied(remedy::run(
                "Where it is yours to allow, start so; a rule in the configuration file has the last word.",
                command,
            )))
        }
        None => {
            Err(Finding::unknown("what the policy allows here was not asked yet").noted(HOW, "not asked"))
        }
    }
}

fn sight(place: &Place<'_>, scene: &Scene<'_>) -> Gate {
    reads::live(place, scene)
        .map_err(|finding| match finding.state {
            State::Degraded { since, symptom } => Finding {
                state: State::Degraded {
                    since,
                    symptom: format!("orders on an old sight are refused ({symptom})").into(),
                },
                ..finding
            },
            _ => finding,
        })
        .map(|at| Evidence { how: "watch", said: Printable::ours("Rollouts: heard from"), at: Some(at) })
}

fn ledger(scene: &Scene<'_>) -> Gate {
    let finding = record::ledger(scene);
    match finding.state {
        State::Available { at } => {
            Ok(Evidence { how: "ledger", said: Printable::ours("it can be recorded"), at: Some(at) })
        }
        State::Supported => {
            Ok(Evidence { how: "ledger", said: Printable::ours("it can be recorded"), at: None })
        }
        State::Unavailable { ref why } => {
            let why = format!("nothing is sent without a record ({why})").into();
            Err(Finding { state: State::Unavailable { why }, ..finding })
        }
        _ => Err(finding),
    }
}

/// What rights and dry runs come to together.
fn power(act: Act, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let mut ruled = rights::of(&needed(act, place), place, scene);
    let tried = trials::of(act, place, scene);
    // A review that is newer than the newest run was asked after rights were taken away.
    let outdated = ruled.denied_at.is_some_and(|denied| tried.newest.is_none_or(|at| denied > at));
    match tried.state.filter(|_| !outdated) {
        Some((state, remedy)) => Finding {
            state,
            evidence: tried.evidence.into_iter().chain(ruled.finding.evidence).collect(),
            remedy,
        },
        None => {
            ruled.finding.evidence.extend(tried.evidence);
            ruled.finding
        }
    }
}

/// Lists the rights that an act takes on the Rollouts of a place, some of which refer to others for their template.
fn needed(act: Act, place: &Place<'_>) -> Vec<Right> {
    let mut rights = act.rights().to_vec();
    if act != Act::ChangeTemplate {
        return rights;
    }
    for of in place.rollouts.iter().filter_map(|rollout| rollout.spec.workload_ref.as_ref()) {
        let elsewhere = match of.kind.as_str() {
            "Deployment" => right::DEPLOYMENT,
            "ReplicaSet" => right::REPLICA_SET,
            "PodTemplate" => right::POD_TEMPLATE,
            _ => continue,
        };
        if !rights.contains(&elsewhere) {
            rights.push(elsewhere);
        }
    }
    rights
}
