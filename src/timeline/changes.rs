//! Owns which difference between two versions of a Rollout is worth a line, and its words.
//!
//! It compares what was seen before with what is seen now, and says nothing of a first sight: what is not known to have
//! changed is no change. It never names a person: an object does not say who changed it. Invariant: the same two
//! versions give the same lines.

use jiff::Timestamp;

use super::{Dial, LONGEST, Scene, Sighting, Source};
use crate::rollout::phase::{self, Reader};
use crate::rollout::{AnalysisStatus, Rollout, Strategy, step, weight};
use crate::text::Printable;

/// A difference: from where it is known, and its words.
type Told = (Source, String);

/// Says what changed between two versions of a Rollout, the second of which was seen at `now`.
pub fn changes(before: &Rollout, after: &Rollout, scene: &Scene, now: Timestamp) -> Vec<Sighting> {
    let told = if before.meta.uid == after.meta.uid {
        [spec(before, after), status(before, after), analyses(before, after)].concat()
    } else {
        vec![(Source::Spec, "deleted and made anew: another object of the same name".to_owned())]
    };
    let (at, dial) = dated(before, after, now);
    let sighting = |(source, words): Told| {
        // What is asked for has no time of its own in the object.
        let (at, dial) = if source == Source::Spec { (now, Dial::Ours) } else { (at, dial) };
        let text = cut(&Printable::from(words));
        let (scene, key) = (scene.clone(), after.meta.key.clone());
        Sighting { at, dial, seen_at: now, scene, key, source, text }
    };
    told.into_iter().map(sighting).collect()
}

/// Says that a Rollout is gone.
pub fn gone(rollout: &Rollout, scene: &Scene, now: Timestamp) -> Sighting {
    Sighting {
        at: now,
        dial: Dial::Ours,
        seen_at: now,
        scene: scene.clone(),
        key: rollout.meta.key.clone(),
        source: Source::Spec,
        text: Printable::ours("deleted"),
    }
}

fn cut(text: &Printable) -> Printable {
    Printable::from(text.as_str().chars().take(LONGEST).collect::<String>())
}

/// Takes the time from the object where a condition or a pause is new in it, else from our clock.
fn dated(before: &Rollout, after: &Rollout, now: Timestamp) -> (Timestamp, Dial) {
    match newest(after) {
        Some(at) if newest(before).is_none_or(|old| at > old) => (at, Dial::Cluster),
        _ => (now, Dial::Ours),
    }
}

fn newest(rollout: &Rollout) -> Option<Timestamp> {
    let status = &rollout.status;
    let pauses = status.pauses.list.iter().filter_map(|pause| pause.since);
    status.conditions.iter().filter_map(|condition| condition.since).chain(pauses).max()
}

fn spec(before: &Rollout, after: &Rollout) -> Vec<Told> {
    let (old, new) = (&before.spec, &after.spec);
    let mut told = Vec::new();
    match (old.paused == Some(true), new.paused == Some(true)) {
        (false, true) => told.push("paused by hand".to_owned()),
        (true, false) => told.push("no longer paused by hand".to_owned()),
        _ => {}
    }
    for container in &new.containers {
        let was = old.containers.iter().find(|other| other.name == container.name);
        match was {
            Some(was) if was.image != container.image => {
                told.push(format!("image of {}: {} -> {}", container.name, was.image, container.image));
            }
            _ => {}
        }
    }
    if let (true, Some(at)) = (old.restart_at != new.restart_at, &new.restart_at) {
        told.push(format!("restart asked for as of {at}"));
    }
    let (was, is) = (old.replicas.unwrap_or(1), new.replicas.unwrap_or(1));
    if was != is {
        told.push(format!("pods wanted: {was} -> {is}"));
    }
    let (was, is) = (before.meta.generation, after.meta.generation);
    if told.is_empty() && was != is {
        told.push(format!("spec changed (generation {was} -> {is})"));
    }
    told.into_iter().map(|words| (Source::Spec, words)).collect()
}

fn status(before: &Rollout, after: &Rollout) -> Vec<Told> {
    let mut told = Vec::new();
    let (old, new) = (&before.status, &after.status);
    if let (true, Some(hash)) = (old.current_pod_hash != new.current_pod_hash, &new.current_pod_hash) {
        let revision = after.meta.revision.map(|it| format!(" (revision {it})")).unwrap_or_default();
        told.push(format!("version to bring in is {hash}{revision}"));
    }
    match (old.abort == Some(true), new.abort == Some(true)) {
        (false, true) => told.push("aborted".to_owned()),
        (true, false) => told.push("no longer aborted".to_owned()),
        _ => {}
    }
    if old.promote_full != Some(true) && new.promote_full == Some(true) {
        told.push("full promotion asked for".to_owned());
    }
    told.extend(ladder(before, after));
    told.extend(phases(before, after));
    if let (true, Some(hash)) = (old.stable_hash != new.stable_hash, &new.stable_hash) {
        told.push(format!("stable version is {hash}"));
    }
    if let (true, Some(hash)) = (old.active_selector != new.active_selector, &new.active_selector) {
        told.push(format!("active service selects {hash}"));
    }
    told.into_iter().map(|words| (Source::Status, words)).collect()
}

/// Says step and weight.
fn ladder(before: &Rollout, after: &Rollout) -> Vec<String> {
    let mut told = Vec::new();
    let position = |rollout: &Rollout| step::position(rollout).filter(|(_, of)| *of > 0);
    if let (old, Some((at, of))) = (position(before), position(after))
        && old.map(|(at, _)| at) != Some(at)
    {
        let was = old.map_or_else(|| "?".to_owned(), |(at, _)| at.to_string());
        let now = step::ladder(after).get(at).map(|step| format!(": {}", step.text()));
        told.push(format!("step {was} -> {at} of {of}{}", now.unwrap_or_default()));
    }
    let Strategy::Canary(canary) = &after.spec.strategy else { return told };
    let set = |rollout: &Rollout| rollout.status.weights.map(|weights| weights.canary);
    let (was, is, words) = if canary.traffic_routed {
        (set(before), set(after), "weight")
    } else {
        (weight::desired(before), weight::desired(after), "weight asked for")
    };
    if let (true, Some(is)) = (was != is, is) {
        let was = was.map_or_else(|| "?".to_owned(), |was| was.to_string());
        told.push(format!("{words}: {was} -> {is} of {}", canary.max_weight));
    }
    told
}

fn phases(before: &Rollout, after: &Rollout) -> Option<String> {
    let ((was, old), (is, message)) =
        (phase::phase(before, Reader::Screen), phase::phase(after, Reader::Screen));
    // Messages that count pods change all the time; a new reason to wait or to fail is news.
    let waits = matches!(is, phase::Phase::Paused | phase::Phase::Degraded);
    if was == is && (!waits || old == message) {
        return None;
    }
    let why = if message.is_empty() { String::new() } else { format!(": {message}") };
    Some(if was == is { format!("{is}{why}") } else { format!("{was} -> {is}{why}") })
}

fn analyses(before: &Rollout, after: &Rollout) -> Vec<Told> {
    let all = |rollout: &Rollout| {
        let status = &rollout.status;
        let runs = [
            &status.step_analysis,
            &status.background_analysis,
            &status.pre_promotion,
            &status.post_promotion,
        ];
        runs.into_iter().flatten().cloned().collect::<Vec<AnalysisStatus>>()
    };
    let old = all(before);
    let told = all(after).into_iter().filter_map(|run| {
        let was = old.iter().find(|other| other.name == run.name);
        if was.is_some_and(|was| was.status == run.status) {
            return None;
        }
        let was = was.map_or_else(String::new, |was| format!("{} -> ", was.status));
        let why = if run.message.is_empty() { String::new() } else { format!(": {}", run.message) };
        Some((Source::Analysis, format!("{} {was}{}{why}", run.name, run.status)))
    });
    told.collect()
}
