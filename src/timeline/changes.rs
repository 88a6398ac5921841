//! Owns which difference between two versions of a Rollout is worth a line, and its words.
//!
//! It compares what was seen before with what is seen now, and says nothing of a first sight: what is not known to have
//! changed is no change. It names a person's program only where the object does (`managedFields`), and never the person.
//! Invariant: the same two versions give the same lines, with the same marks.

use jiff::Timestamp;

use super::{Dial, Scene, Sighting, Source, cut};
use crate::rollout::event::CONTROLLER;
use crate::rollout::phase::{self, Reader};
use crate::rollout::{
    AnalysisRun, AnalysisStatus, Key, MetricResult, Rollout, Strategy, Writer, step, weight,
};

/// A difference: from where it is known, which one it is among those of its version, and its words.
struct Told {
    source: Source,
    what: String,
    words: String,
    by: Option<Writer>,
}

impl Told {
    fn of(source: Source, what: &str, words: impl Into<String>) -> Self {
        Self { source, what: what.to_owned(), words: words.into(), by: None }
    }

    /// Lays it to whoever wrote that part of the object last, if they wrote it just now.
    fn by(self, writer: Option<&Writer>) -> Self {
        Self { by: writer.cloned(), ..self }
    }
}

/// Says what changed between two versions of a Rollout, the second of which was seen at `now`.
pub fn changes(before: &Rollout, after: &Rollout, scene: &Scene, now: Timestamp) -> Vec<Sighting> {
    let told: Vec<Told> = if before.meta.uid == after.meta.uid {
        let parts = [spec(before, after), status(before, after), analyses(before, after)];
        parts.into_iter().flatten().collect()
    } else {
        vec![Told::of(Source::Spec, "anew", "deleted and made anew: another object of the same name")]
    };
    let dated = dated(before, after, now);
    let sighting = |told: Told| {
        let (at, dial) = match (&told.by, told.source) {
            (Some(writer), _) => (writer.at, Dial::Cluster),
            // What is asked for has no time of its own in the object.
            (None, Source::Spec) => (now, Dial::Ours),
            (None, _) => dated,
        };
        let by = told.by.as_ref().map(|writer| format!(" (by {})", named(writer))).unwrap_or_default();
        let (scene, key, meta) = (scene.clone(), after.meta.key.clone(), &after.meta);
        Sighting {
            at,
            dial,
            seen_at: now,
            scene,
            key,
            source: told.source,
            text: cut(told.words + &by),
            mark: format!("{}@{}/{}", meta.uid, meta.resource_version, told.what).into(),
            count: 1,
        }
    };
    told.into_iter().map(sighting).collect()
}

/// Names a program that wrote: the controller, an order of rollgate's by the end of its id, or another by its own word.
fn named(writer: &Writer) -> String {
    let name = writer.name.as_str();
    match name.strip_prefix("rollgate-") {
        Some(order) if order.len() == 12 => format!("rollgate, order ...{order}"),
        _ if name == CONTROLLER => "the controller".to_owned(),
        _ => name.to_owned(),
    }
}

/// Returns who wrote a part, where their entry is another than before.
fn fresh<'a>(before: Option<&Writer>, after: Option<&'a Writer>) -> Option<&'a Writer> {
    after.filter(|after| before != Some(after))
}

/// Says what the metrics of an AnalysisRun have shown since it was last seen, on the Rollout `key` that it judges.
pub fn measured(
    before: &AnalysisRun,
    after: &AnalysisRun,
    key: &Key,
    scene: &Scene,
    now: Timestamp,
) -> Vec<Sighting> {
    let moved = |metric: &&MetricResult| {
        let was = before.metrics.iter().find(|was| was.name == metric.name);
        was.is_none_or(|was| (&was.phase, counts(was)) != (&metric.phase, counts(metric)))
    };
    let sighting = |metric: &MetricResult| {
        let value = metric.last_value.as_ref().map(|value| format!(", newest value {value}"));
        let why = if metric.message.is_empty() { String::new() } else { format!(": {}", metric.message) };
        let (good, bad, unclear, failed) = counts(metric);
        let count = [(good, "good"), (bad, "bad"), (unclear, "inconclusive"), (failed, "errors")];
        let count: Vec<String> = count
            .into_iter()
            .filter(|(many, _)| *many > 0)
            .map(|(many, of)| format!("{many} {of}"))
            .collect();
        let count = if count.is_empty() { "not measured yet".to_owned() } else { count.join(", ") };
        let (run, name, phase) = (&after.meta.key.name, &metric.name, &metric.phase);
        Sighting {
            at: now,
            dial: Dial::Ours,
            seen_at: now,
            scene: scene.clone(),
            key: key.clone(),
            source: Source::Analysis,
            text: cut(format!("{run} {name} {phase}: {count}{}{why}", value.unwrap_or_default())),
            mark: format!("{}@{}/{name}", after.meta.uid, after.meta.resource_version).into(),
            count: 1,
        }
    };
    if before.meta.uid != after.meta.uid {
        return Vec::new();
    }
    after.metrics.iter().filter(moved).map(sighting).collect()
}

fn counts(metric: &MetricResult) -> (i64, i64, i64, i64) {
    (metric.successful, metric.failed, metric.inconclusive, metric.error)
}

/// Says that a Rollout is gone.
pub fn gone(rollout: &Rollout, scene: &Scene, now: Timestamp) -> Sighting {
    Sighting {
        mark: format!("{}/gone", rollout.meta.uid).into(),
        ..Sighting::ours(Source::Spec, rollout.meta.key.clone(), scene.clone(), "deleted".to_owned(), now)
    }
}

/// Says that a Rollout was not found any more when all were listed anew: it went at a time that is not known.
pub fn swept(key: &Key, scene: &Scene, now: Timestamp) -> Sighting {
    let words = "deleted, as a new list shows".to_owned();
    Sighting::ours(Source::Spec, key.clone(), scene.clone(), words, now)
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
    let by = fresh(before.writers.spec.as_ref(), after.writers.spec.as_ref());
    let mut told = Vec::new();
    let mut tell = |what: &str, words: String| told.push(Told::of(Source::Spec, what, words).by(by));
    match (old.paused == Some(true), new.paused == Some(true)) {
        (false, true) => tell("paused", "paused by hand".to_owned()),
        (true, false) => tell("paused", "no longer paused by hand".to_owned()),
        _ => {}
    }
    for container in &new.containers {
        let was = old.containers.iter().find(|other| other.name == container.name);
        match was {
            Some(was) if was.image != container.image => {
                let (name, image) = (&container.name, &container.image);
                tell(&format!("image:{name}"), format!("image of {name}: {} -> {image}", was.image));
            }
            _ => {}
        }
    }
    if let (true, Some(at)) = (old.restart_at != new.restart_at, &new.restart_at) {
        tell("restart", format!("restart asked for as of {at}"));
    }
    let (was, is) = (old.replicas.unwrap_or(1), new.replicas.unwrap_or(1));
    if was != is {
        tell("replicas", format!("pods wanted: {was} -> {is}"));
    }
    let (was, is) = (before.meta.generation, after.meta.generation);
    if told.is_empty() && was != is {
        told.push(Told::of(Source::Spec, "spec", format!("spec changed (generation {was} -> {is})")).by(by));
    }
    told
}

fn status(before: &Rollout, after: &Rollout) -> Vec<Told> {
    let mut told = Vec::new();
    let (old, new) = (&before.status, &after.status);
    // The controller's own hand in the status is no news.
    let by = fresh(before.writers.status.as_ref(), after.writers.status.as_ref());
    let mut tell = |what: &str, words: String, by| told.push(Told::of(Source::Status, what, words).by(by));
    if let (true, Some(hash)) = (old.current_pod_hash != new.current_pod_hash, &new.current_pod_hash) {
        let revision = after.meta.revision.map(|it| format!(" (revision {it})")).unwrap_or_default();
        tell("version", format!("version to bring in is {hash}{revision}"), None);
    }
    match (old.abort == Some(true), new.abort == Some(true)) {
        (false, true) => tell("abort", "aborted".to_owned(), by),
        (true, false) => tell("abort", "no longer aborted".to_owned(), by),
        _ => {}
    }
    if old.promote_full != Some(true) && new.promote_full == Some(true) {
        tell("full", "full promotion asked for".to_owned(), by);
    }
    if !old.pauses.list.is_empty() && new.pauses.list.is_empty() && by.is_some() {
        tell("unpaused", "its pauses were taken away".to_owned(), by);
    }
    for (what, words) in ladder(before, after) {
        tell(what, words, None);
    }
    if let Some(words) = phases(before, after) {
        tell("phase", words, None);
    }
    if let (true, Some(hash)) = (old.stable_hash != new.stable_hash, &new.stable_hash) {
        tell("stable", format!("stable version is {hash}"), None);
    }
    if let (true, Some(hash)) = (old.active_selector != new.active_selector, &new.active_selector) {
        tell("active", format!("active service selects {hash}"), None);
    }
    told
}

/// Says step and weight.
fn ladder(before: &Rollout, after: &Rollout) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    let position = |rollout: &Rollout| step::position(rollout).filter(|(_, of)| *of > 0);
    if let (old, Some((at, of))) = (position(before), position(after))
        && old.map(|(at, _)| at) != Some(at)
    {
        let was = old.map_or_else(|| "?".to_owned(), |(at, _)| at.to_string());
        let now = step::ladder(after).get(at).map(|step| format!(": {}", step.text()));
        told.push(("step", format!("step {was} -> {at} of {of}{}", now.unwrap_or_default())));
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
        told.push(("weight", format!("{words}: {was} -> {is} of {}", canary.max_weight)));
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
        let was = old.iter().find(|other| other.name == run.name).filter(|was| !was.status.is_empty());
        // One that was just made has no status yet.
        if run.status.is_empty() || was.is_some_and(|was| was.status == run.status) {
            return None;
        }
        let was = was.map_or_else(String::new, |was| format!("{} -> ", was.status));
        let why = if run.message.is_empty() { String::new() } else { format!(": {}", run.message) };
        let words = format!("{} {was}{}{why}", run.name, run.status);
        Some(Told::of(Source::Analysis, &format!("run:{}", run.name), words))
    });
    told.collect()
}
