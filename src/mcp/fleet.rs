//! Owns the answers that need nothing but the picture: which Rollouts there are, and which revisions one has.
//!
//! It never waits and never asks the cluster. Invariant: the pages of a list have each Rollout once, in the order of
//! namespace and name, whatever comes and goes between them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, Answered, Fresh};
use super::ask::{List, Phase as Asked};
use super::find::{find, watched};
use super::live::Known;
use super::page;
use crate::report::value;
use crate::rollout::Key;
use crate::rollout::delta::Kind;
use crate::rollout::phase::Phase;
use crate::rollout::tree::{Family, Kin};
use crate::store::Standing;

/// Lists Rollouts, a page at a time.
pub(super) fn list(known: &Known, asked: &List, now: Timestamp) -> Answered {
    let (limit, last) = (page::limit(asked.limit)?, page::read(asked.cursor.as_deref())?);
    let last = last.as_deref().and_then(|last| last.split_once('/'));
    let namespace = asked.namespace.as_deref();
    watched(known, namespace)?;
    let words: Vec<String> =
        asked.filter.iter().flat_map(|filter| filter.split_whitespace()).map(str::to_lowercase).collect();
    let fleet = &known.store.fleet;
    let fitting = |(key, standing): &(&Key, &Standing)| fits(key, standing, asked, &words);
    // Without a wish all of them match, and need not be looked at for that.
    let matching = if wishes(asked, &words) { fleet.iter().filter(fitting).count() } else { fleet.len() };
    let last = last.map(|(namespace, name)| Key { namespace: namespace.into(), name: name.into() });
    let mut ahead = fleet.after(last.as_ref()).filter(fitting);
    let page: Vec<_> = ahead.by_ref().take(limit).collect();
    let (more, end) = (ahead.next().is_some(), page.last().map(|(key, _)| *key));
    let rollouts: Vec<Value> =
        page.iter().map(|(_, standing)| value::brief(&standing.rollout, now)).collect();
    let next = end.filter(|_| more).map(|key| page::after(&format!("{}/{}", key.namespace, key.name)));
    let fresh = Fresh::of(known, Kind::Rollouts, namespace, now);
    Ok(Answer::new(fresh, json!({"rollouts": rollouts, "matching": matching, "next_cursor": next})))
}

/// Tells whether some Rollouts are asked for, not all.
fn wishes(asked: &List, words: &[String]) -> bool {
    asked.namespace.is_some() || asked.phase.is_some() || asked.needs_person || !words.is_empty()
}

fn fits(key: &Key, standing: &Standing, asked: &List, words: &[String]) -> bool {
    let of_namespace = asked.namespace.as_deref().is_none_or(|wanted| *key.namespace == *wanted);
    let of_phase = asked.phase.is_none_or(|phase| standing.phase == phase.into());
    let of_need = !asked.needs_person || standing.need.wants_person();
    of_namespace && of_phase && of_need && (words.is_empty() || holds(key, words))
}

fn holds(key: &Key, words: &[String]) -> bool {
    let name = format!("{}/{}", key.namespace, key.name).to_lowercase();
    words.iter().all(|word| name.contains(word.as_str()))
}

impl From<Asked> for Phase {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Healthy => Self::Healthy,
            Asked::Degraded => Self::Degraded,
            Asked::Progressing => Self::Progressing,
            Asked::Paused => Self::Paused,
            Asked::Unknown => Self::Unknown,
        }
    }
}

/// Finds the key of the Rollout that is meant.
pub(super) fn key(known: &Known, name: &str, namespace: Option<&str>, now: Timestamp) -> Result<Key, String> {
    find(known, name, namespace, now).map(|(key, _)| key.clone())
}

/// Tells the revisions of a Rollout by its ReplicaSets, the newest first.
pub(super) fn history(known: &Known, key: &Key, now: Timestamp) -> Answered {
    let (_, standing) = find(known, &key.name, Some(&key.namespace), now)?;
    let rollout = &standing.rollout;
    let kin = Kin { replica_sets: known.store.replica_sets_of(rollout), ..Kin::default() };
    let mut whole = value::family(&Family::select(rollout, &kin), now);
    let mut revisions = whole.get_mut("revisions").map(Value::take).unwrap_or_default();
    // Only who has read pods and runs may say that there are none.
    for revision in revisions.as_array_mut().into_iter().flatten() {
        if let Value::Object(fields) = revision {
            fields.retain(|name, _| !["experiments", "analysis_runs"].contains(&name.as_str()));
            let sets = fields.get_mut("replica_sets").and_then(Value::as_array_mut);
            for set in sets.into_iter().flatten().filter_map(Value::as_object_mut) {
                set.remove("pods");
            }
        }
    }
    let fresh = Fresh::of(known, Kind::ReplicaSets, Some(&key.namespace), now);
    Ok(Answer::new(fresh, of_one(&whole, revisions, json!([]))))
}

/// Puts revisions below the names of their Rollout.
pub(super) fn of_one(whole: &Value, revisions: Value, unread: Value) -> Value {
    let named = |name: &str| whole.get(name).cloned().unwrap_or_default();
    json!({
        "namespace": named("namespace"),
        "name": named("name"),
        "uid": named("uid"),
        "revisions": revisions,
        "unread": unread,
    })
}

/// Tells what follows from a Rollout alone.
pub(super) fn alone(known: &Known, key: &Key, now: Timestamp) -> Result<(Fresh, Value), String> {
    let (_, standing) = find(known, &key.name, Some(&key.namespace), now)?;
    let fresh = Fresh::of(known, Kind::Rollouts, Some(&key.namespace), now);
    Ok((fresh, value::summary(&standing.rollout, now)))
}
