//! Owns what access reviews say of the rights that a row needs.
//!
//! A review is the server's opinion, not a deed: at best it makes a row supported. Invariant: what was not asked, or not
//! lately, is neither allowed nor denied.

use jiff::Timestamp;

use super::finding::Finding;
use super::look::{Look, look};
use super::{Place, Scene};
use crate::capability::remedy;
use crate::capability::sight::{Right, Ruling};
use crate::capability::{limits, right};
use crate::text::Printable;

const HOW: &str = "access review";

/// What the reviews say of several rights together.
pub(super) struct Ruled {
    /// Which of them are denied.
    pub(super) denied: Vec<Right>,
    /// When the newest denial was had.
    pub(super) denied_at: Option<Timestamp>,
    /// What follows for a row that needs them all.
    pub(super) finding: Finding,
}

/// Judges rights in a place.
pub(super) fn of(needed: &[Right], place: &Place<'_>, scene: &Scene<'_>) -> Ruled {
    let mut denied = Vec::new();
    let mut denied_at = None;
    let mut unknown: Option<(&Right, Printable)> = None;
    let mut rest = Finding::supported();
    for wanted in needed {
        let key = (place.namespace.clone(), wanted.clone());
        match look(scene.board.rights.get(&key), limits::RIGHT, scene.now) {
            Look::Seen { what: Ruling::Allowed, at } => {
                rest = rest.seen(HOW, format!("may {}", wanted.words()), at);
            }
            Look::Seen { what: Ruling::Denied { why }, at } => {
                let words = format!("may not {}", wanted.words());
                let said = if why.is_empty() { words } else { format!("{words}: {why}") };
                rest = rest.seen(HOW, said, at);
                denied.push(wanted.clone());
                denied_at = denied_at.max(Some(at));
            }
            Look::Missing { why, at } | Look::Forbidden { why, at } | Look::Failed { why, at, .. } => {
                rest = rest.seen(HOW, why.clone(), at);
                unknown.get_or_insert((wanted, why.clone()));
            }
            Look::Old { at } => {
                rest = rest.seen(HOW, format!("{}: too old to count", wanted.words()), at);
                unknown.get_or_insert((wanted, Printable::ours("not asked lately")));
            }
            Look::Never => {
                rest = rest.noted(HOW, format!("{}: nobody asked", wanted.words()));
                unknown.get_or_insert((wanted, Printable::ours("not asked yet")));
            }
        }
    }
    let finding = conclude(&denied, unknown, place, scene);
    Ruled { denied, denied_at, finding: Finding { evidence: rest.evidence, ..finding } }
}

fn conclude(
    denied: &[Right],
    unknown: Option<(&Right, Printable)>,
    place: &Place<'_>,
    scene: &Scene<'_>,
) -> Finding {
    let viewer = &scene.board.viewer;
    if !denied.is_empty() {
        return Finding::lacking(format!("{} in {}", right::listed(denied), place.words()))
            .remedied(remedy::ask_for(denied, place.grant(), viewer));
    }
    let Some((wanted, why)) = unknown else { return Finding::supported() };
    let plural = wanted.plural();
    let (resource, sub) = plural.split_once('/').unwrap_or((&plural, ""));
    let flag = format!("--subresource={sub}");
    let mut words = vec!["auth", "can-i", wanted.verb, resource];
    if !sub.is_empty() {
        words.push(&flag);
    }
    Finding::unknown(format!("the right to {}: {why}", wanted.words()))
        .remedied(remedy::run("Ask by hand.", remedy::kubectl(viewer, place.name(), &words)))
}
