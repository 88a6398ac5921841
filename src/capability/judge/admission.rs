//! Owns the row of who may refuse an order before the controller ever sees it.
//!
//! Invariant: that somebody may refuse makes nothing worse than supported; only a refusal that was seen does.

use super::finding::Finding;
use super::look::{Look, look, unanswered, unseen};
use super::{Scene, trials};
use crate::capability::remedy::{self, Grant};
use crate::capability::sight::{Admitter, Trial};
use crate::capability::{limits, right};

const HOW: &str = "admission";
/// How many of them are named.
const MOST: usize = 6;

/// Judges whether admission stands in the way.
pub(super) fn judge(scene: &Scene<'_>) -> Finding {
    let known = known(scene);
    match refused(scene) {
        Some(refusal) => Finding { evidence: [refusal.evidence, known.evidence].concat(), ..refusal },
        None => known,
    }
}

fn known(scene: &Scene<'_>) -> Finding {
    match look(scene.board.admission.as_ref(), limits::CONFIGURED, scene.now) {
        Look::Seen { what, at } if what.is_empty() => {
            Finding::available(at, scene.now).seen(HOW, "none matches Rollouts", at)
        }
        Look::Seen { what, at } => {
            let passed = newest_passed(scene);
            let mut finding = match passed {
                Some((name, at)) => Finding::available(at, scene.now).seen(
                    "dry run",
                    format!("{name}: let through by all of them"),
                    at,
                ),
                None => Finding::supported(),
            };
            for admitter in what.iter().take(MOST) {
                finding = finding.seen(HOW, described(admitter), at);
            }
            match what.len().checked_sub(MOST) {
                None | Some(0) => finding,
                Some(more) => finding.seen(HOW, format!("and {more} more"), at),
            }
        }
        Look::Forbidden { why, at } => Finding::lacking(right::listed(right::ADMISSION))
            .seen(HOW, why.clone(), at)
            .remedied(remedy::ask_for(right::ADMISSION, Grant::Everywhere, &scene.board.viewer)),
        Look::Missing { why, at } | Look::Failed { why, at, .. } => {
            unanswered(HOW, "who may refuse", why, at)
        }
        Look::Old { at } => unseen(HOW, "who may refuse", Some(at)),
        Look::Never => unseen(HOW, "who may refuse", None),
    }
}

fn described(admitter: &Admitter) -> String {
    let failing = if admitter.fails_closed { "refuses when it fails" } else { "passes when it fails" };
    let bound = match admitter.namespaces.len() {
        0 => String::new(),
        _ => format!(", in {}", admitter.namespaces.join(", ")),
    };
    format!("{} {}: {failing}{bound}", admitter.kind, admitter.name)
}

fn newest_passed<'a>(scene: &Scene<'a>) -> Option<(&'a str, jiff::Timestamp)> {
    let runs = scene.board.trials.iter().filter_map(|((key, _), dated)| {
        match dated.fresh(limits::TRIAL, scene.now)? {
            Trial::Accepted => Some((&*key.name, dated.at)),
            Trial::Refused { .. } | Trial::Overtaken => None,
        }
    });
    runs.max_by_key(|(_, at)| *at)
}

/// Finds the newest refusal that counts.
fn refused(scene: &Scene<'_>) -> Option<Finding> {
    let runs = scene.board.trials.iter().filter_map(|((key, act), dated)| {
        match dated.fresh(limits::TRIAL, scene.now)? {
            Trial::Refused { why } if !trials::is_for_want_of_rights(why) => Some((key, act, why, dated.at)),
            Trial::Refused { .. } | Trial::Accepted | Trial::Overtaken => None,
        }
    });
    let (key, act, why, at) = runs.max_by_key(|(_, _, _, at)| *at)?;
    let order = act.capability().title();
    Some(
        Finding::degraded(at, format!("{order} of {} in {}: {why}", key.name, key.namespace))
            .seen("dry run", why.clone(), at)
            .remedied(trials::who_refuses(scene)),
    )
}
