//! Owns what dry runs and orders showed of an act: let through, refused in somebody's words, or nothing.
//!
//! Rollouts differ, and so do their refusals: one refused among others degrades a place. Invariant: only a run that was
//! let through within [`limits::TRIAL`] makes an act available.

use jiff::Timestamp;

use super::finding::Finding;
use super::look::{Look, look};
use super::{Place, Scene};
use crate::capability::Dated;
use crate::capability::remedy;
use crate::capability::sight::Trial;
use crate::capability::{Act, Evidence, Remedy, State, limits, right};
use crate::rollout::Key;
use crate::text::Printable;

const HOW: &str = "dry run";
/// How many of them are told of.
const MOST: usize = 4;

/// What the runs of an act in a place showed.
pub(super) struct Tried {
    /// What follows from them; `None` where they showed nothing.
    pub(super) state: Option<(State, Option<Remedy>)>,
    /// When the newest was that showed something of the rights.
    pub(super) newest: Option<Timestamp>,
    pub(super) evidence: Vec<Evidence>,
}

/// The runs that count, told apart.
#[derive(Default)]
struct Runs<'a> {
    accepted: Option<Timestamp>,
    overtaken: Option<Timestamp>,
    forbidden: Option<Timestamp>,
    refused: Vec<(&'a Key, &'a Printable, Timestamp)>,
}

/// Returns the runs of an act in a namespace.
pub(super) fn in_namespace<'a>(
    act: Act,
    place: &Place<'_>,
    scene: &Scene<'a>,
) -> impl Iterator<Item = (&'a Key, &'a Dated<Trial>)> {
    let first = Key { namespace: place.namespace.clone(), name: "".into() };
    let namespace = place.namespace.clone();
    scene
        .board
        .trials
        .range((first, Act::Promote)..)
        .take_while(move |((key, _), _)| key.namespace == namespace)
        .filter(move |((_, of), _)| *of == act)
        .map(|((key, _), dated)| (key, dated))
}

/// Judges the runs of an act in a place.
pub(super) fn of(act: Act, place: &Place<'_>, scene: &Scene<'_>) -> Tried {
    let mut runs = Runs::default();
    let mut evidence = Vec::new();
    for (key, dated) in in_namespace(act, place, scene) {
        let (said, at) = match look(Some(dated), limits::TRIAL, scene.now) {
            Look::Seen { what: Trial::Accepted, at } => {
                runs.accepted = runs.accepted.max(Some(at));
                ("let through by rights, guards and admission".into(), at)
            }
            Look::Seen { what: Trial::Overtaken, at } => {
                runs.overtaken = runs.overtaken.max(Some(at));
                ("a guard failed: rights were exercised, admission was not".into(), at)
            }
            Look::Seen { what: Trial::Refused { why }, at } if is_for_want_of_rights(why) => {
                runs.forbidden = runs.forbidden.max(Some(at));
                (format!("forbidden: {why}"), at)
            }
            Look::Seen { what: Trial::Refused { why }, at } => {
                runs.refused.push((key, why, at));
                (format!("refused: {why}"), at)
            }
            Look::Forbidden { why, at } => {
                runs.forbidden = runs.forbidden.max(Some(at));
                (format!("forbidden: {why}"), at)
            }
            Look::Failed { why, at, .. } | Look::Missing { why, at } => (format!("no answer: {why}"), at),
            Look::Old { at } => ("too old to count".into(), at),
            Look::Never => continue,
        };
        evidence.push(Evidence { how: HOW, said: format!("{}: {said}", key.name).into(), at: Some(at) });
    }
    evidence.sort_by_key(|seen| std::cmp::Reverse(seen.at));
    evidence.truncate(MOST);
    let newest = runs.refused.iter().map(|(_, _, at)| Some(*at)).max().flatten();
    let newest = newest.max(runs.accepted).max(runs.overtaken).max(runs.forbidden);
    Tried { state: runs.state(act, place, scene), newest, evidence }
}

/// Tells authorization's words from those of admission, which come with the same code (apiserver:
/// `endpoints/handlers/responsewriters/errors.go`).
pub(super) fn is_for_want_of_rights(why: &Printable) -> bool {
    let (_, words) = why.as_str().split_once(" is forbidden: User ").unwrap_or_default();
    words.contains(" cannot ")
}

impl Runs<'_> {
    fn state(mut self, act: Act, place: &Place<'_>, scene: &Scene<'_>) -> Option<(State, Option<Remedy>)> {
        if self.forbidden.is_some() && self.forbidden >= self.accepted.max(self.overtaken) {
            let missing = format!("{} in {}", right::listed(act.rights()), place.words());
            let remedy = remedy::ask_for(act.rights(), place.grant(), &scene.board.viewer);
            return Some((State::ConfigurationDependent { missing: missing.into() }, Some(remedy)));
        }
        if !self.refused.is_empty() {
            return Some((self.refusal(place), Some(who_refuses(scene))));
        }
        if let Some(at) = self.accepted {
            return Some((Finding::available(at, scene.now).state, None));
        }
        self.overtaken.map(|_| (State::Supported, None))
    }

    /// Whoever was refused, others may still be taken; where nobody is left, nothing is.
    fn refusal(&mut self, place: &Place<'_>) -> State {
        self.refused.sort_by_key(|(_, _, at)| std::cmp::Reverse(*at));
        let refused = |key: &Key| self.refused.iter().any(|(of, _, _)| *of == key);
        let all = place.rollouts.iter().all(|rollout| refused(&rollout.meta.key));
        let first = self.refused.iter().map(|(_, _, at)| *at).min();
        match (self.refused.first(), first) {
            (Some((key, why, _)), Some(since)) if !all || self.accepted.is_some() => {
                State::Degraded { since, symptom: format!("{}: {why}", key.name).into() }
            }
            (Some((_, why, _)), _) => State::Unavailable { why: (*why).clone() },
            (None, _) => State::Supported,
        }
    }
}

/// Says how to find out who refused.
pub(super) fn who_refuses(scene: &Scene<'_>) -> Remedy {
    let kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings,validatingwebhookconfigurations,\
                 mutatingwebhookconfigurations";
    remedy::run(
        "Read who refused in its words, and ask its owner; this lists who may refuse.",
        remedy::kubectl(&scene.board.viewer, None, &["get", kinds]),
    )
}
