//! Owns the row of the objects that carry the traffic: that they are named, and can be read.
//!
//! It never compares weights. Invariant: a Rollout that is under way and whose object was not read is unknown, not fine.

use super::finding::{Finding, worst};
use super::look::{Look, look, unanswered, unseen};
use super::{Place, Scene, reads};
use crate::capability::Dated;
use crate::capability::remedy::{self, Grant};
use crate::capability::sight::{Right, Split, TrafficObject};
use crate::capability::{limits, right};
use crate::rollout::{Canary, Key, Rollout, Strategy, phase};

const HOW: &str = "traffic object";

/// Judges whether the traffic objects of a place can be read.
pub(super) fn judge(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let at = match reads::live(place, scene) {
        Ok(at) => at,
        Err(obstacle) => return obstacle,
    };
    let mut findings = Vec::new();
    let (mut resting, mut unread) = (0_usize, Vec::new());
    for rollout in routed(place) {
        let mut looks = sights(&rollout.meta.key, scene).peekable();
        match looks.peek() {
            Some(_) => findings.extend(looks.map(|(object, dated)| one(rollout, object, dated, scene))),
            None if phase::is_settled(rollout) => resting = resting.saturating_add(1),
            None => unread.push(rollout),
        }
    }
    // Nothing names these: nobody will read them.
    let (nameless, unread): (Vec<&Rollout>, Vec<&Rollout>) =
        unread.into_iter().partition(|rollout| rollout.traffic_refs().is_empty());
    if let Some(first) = nameless.first() {
        let (name, routers) = (&first.meta.key.name, routers(first));
        let more = others(&nameless);
        findings.push(
            Finding::unknown(format!(
                "{name}{more}: it names no object of {routers} that can be read from here"
            ))
            .noted(HOW, format!("{name}: by {routers}"))
            .advised("Look at its weights with that router's own tools before promoting."),
        );
    }
    if let Some(first) = unread.first() {
        let name = &first.meta.key.name;
        let more = others(&unread);
        findings.push(
            Finding::unknown(format!("{name}{more}: its traffic object was not read yet"))
                .noted(HOW, format!("{name}: by {}", routers(first))),
        );
    }
    let finding = worst(findings).unwrap_or_else(Finding::supported);
    match (resting, routed(place).next()) {
        (_, None) => finding.seen("watch", "no Rollout here routes traffic by an object", at),
        (0, _) => finding,
        _ => finding.seen("watch", format!("{resting} at rest: read when they move"), at),
    }
}

/// Counts those beside the one that is named.
fn others(all: &[&Rollout]) -> String {
    if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() }
}

/// Lists the Rollouts whose traffic an object splits.
pub(super) fn routed<'p>(place: &'p Place<'_>) -> impl Iterator<Item = &'p Rollout> {
    place
        .rollouts
        .iter()
        .copied()
        .filter(|rollout| canary(rollout).is_some_and(|canary| canary.traffic_routed))
}

/// Returns the canary strategy of a Rollout, if it has that.
pub(super) fn canary(rollout: &Rollout) -> Option<&Canary> {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => Some(canary),
        Strategy::BlueGreen(_) | Strategy::Unknown => None,
    }
}

/// Returns the looks at the traffic objects of a Rollout.
pub(super) fn sights<'a>(
    key: &Key,
    scene: &Scene<'a>,
) -> impl Iterator<Item = (&'a TrafficObject, &'a Dated<Split>)> {
    let nothing = Key { namespace: "".into(), name: "".into() };
    let first = TrafficObject { key: nothing, kind: "", selector: None };
    let key = key.clone();
    let from = scene.board.traffic.range((key.clone(), first)..);
    from.take_while(move |((of, _), _)| *of == key).map(|((_, object), dated)| (object, dated))
}

/// Names what splits the traffic of a Rollout.
fn routers(rollout: &Rollout) -> String {
    let names =
        canary(rollout).map(|canary| canary.routers.iter().map(ToString::to_string).collect::<Vec<_>>());
    names
        .filter(|names| !names.is_empty())
        .map_or_else(|| "a router that is not known here".into(), |names| names.join(", "))
}

/// Names an object, or the labels of several.
pub(super) fn named(object: &TrafficObject) -> String {
    match object.selector.as_deref() {
        None => format!("{} {}", object.kind, object.key.name),
        Some("") => format!("{} with any labels", object.kind),
        Some(labels) => format!("{} with {labels}", object.kind),
    }
}

fn one(rollout: &Rollout, object: &TrafficObject, dated: &Dated<Split>, scene: &Scene<'_>) -> Finding {
    let name = format!("{} of {}", named(object), rollout.meta.key.name);
    match look(Some(dated), limits::TRAFFIC, scene.now) {
        Look::Seen { at, .. } => Finding::available(at, scene.now).seen(HOW, format!("{name}: read"), at),
        Look::Missing { why, at } => Finding::lacking(format!("{name}, which is not there"))
            .seen(HOW, why.clone(), at)
            .advised(match object.selector {
                None => "The Rollout names it; without it no weight can be set. Make it, or correct the name.",
                Some(_) => {
                    "Without one no weight can be set. Label the route that is meant, or correct the selector."
                }
            }),
        Look::Forbidden { why, at } => barred(object, scene).seen(HOW, why.clone(), at),
        Look::Failed { why, at, since, seen: Some(_) } => {
            Finding::degraded(since, format!("{name}: {why}")).seen(HOW, why.clone(), at)
        }
        Look::Failed { why, at, .. } => unanswered(HOW, &name, why, at),
        Look::Old { at } => unseen(HOW, &name, Some(at)),
        Look::Never => unseen(HOW, &name, None),
    }
}

/// Says which right reading an object takes.
pub(super) fn barred(object: &TrafficObject, scene: &Scene<'_>) -> Finding {
    let namespace = &object.key.namespace;
    let verb = if object.selector.is_some() { "list" } else { "get" };
    match right::reading(object.kind).map(|wanted| Right { verb, ..wanted }) {
        Some(wanted) => Finding::lacking(format!("{} in {namespace}", wanted.words()))
            .remedied(remedy::ask_for(&[wanted], Grant::In(namespace), &scene.board.viewer)),
        None => Finding::lacking(format!("the right to {verb} {} in {namespace}", object.kind)),
    }
}
