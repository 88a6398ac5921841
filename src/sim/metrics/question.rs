//! Questions, from their path and form to the series that answer them.
//!
//! It owns which pages there are, how times are read, and since when a version has a series: since its ReplicaSet was made. It never
//! makes up a value. Invariant: nothing is told of a time that has not come, and nothing of a version that does not exist.

use jiff::Timestamp;
use serde_json::json;

use super::answer::{self, Answer, Row};
use super::selector::{self, Selector};
use super::story::{Measure, Story};
use crate::sim::objects::kind::REPLICA_SET;
use crate::sim::world::World;

/// Most points of a series (Prometheus: web/api/v1/api.go).
const MOST: f64 = 11_000.0;
/// The label by which Argo tells versions apart.
const HASH: &str = "rollouts-pod-template-hash";
/// What it says of itself.
const VERSION: &str = "3.5.0";

/// Answers a question, asked at `now`.
pub fn answer(world: &World, stories: &[Story], (path, form): (&str, &str), now: Timestamp) -> Answer {
    let form = Form::read(form);
    let found = match path {
        "/api/v1/status/buildinfo" => {
            return answer::data(json!({"version": VERSION, "revision": "demo", "goVersion": "none"}));
        }
        "/api/v1/query" => instant(world, stories, &form, now),
        "/api/v1/query_range" => range(world, stories, &form, now),
        _ => return answer::nowhere(),
    };
    found.unwrap_or_else(|why| answer::bad(&why))
}

fn instant(world: &World, stories: &[Story], form: &Form, now: Timestamp) -> Result<Answer, String> {
    let at = match form.get("time") {
        Some(_) => form.time("time")?,
        None => seconds(now),
    };
    Ok(answer::vector(rows(world, stories, form, ([at, at, 1.0], now))?))
}

fn range(world: &World, stories: &[Story], form: &Form, now: Timestamp) -> Result<Answer, String> {
    let (start, end) = (form.time("start")?, form.time("end")?);
    let step = form.step()?;
    if end < start {
        return Err("invalid parameter \"end\": end timestamp must not be before start time".to_owned());
    }
    if (end - start) / step > MOST {
        let why = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)";
        return Err(why.to_owned());
    }
    Ok(answer::matrix(rows(world, stories, form, ([start, end, step], now))?))
}

/// Finds the series that a query means, each with its values at these times that have come.
fn rows(
    world: &World,
    stories: &[Story],
    form: &Form,
    (times, now): ([f64; 3], Timestamp),
) -> Result<Vec<Row>, String> {
    let query = form.get("query").unwrap_or_default();
    let selectors = selector::read(query).map_err(|why| format!("invalid parameter \"query\": {why}"))?;
    let found = selectors.iter().flat_map(|selector| {
        stories.iter().flat_map(move |story| told(world, story, selector, (times, now)))
    });
    Ok(found.filter(|row| !row.points.is_empty()).collect())
}

/// Tells of the versions of one Rollout that a selector means.
fn told(world: &World, story: &Story, selector: &Selector, (times, now): ([f64; 3], Timestamp)) -> Vec<Row> {
    let Some(measure) = Measure::named(&selector.name) else { return Vec::new() };
    let sets = world.objects.list(&REPLICA_SET, Some(&story.namespace));
    let owned = sets.filter(|set| {
        let owner = set.value.pointer("/metadata/ownerReferences/0/name").and_then(|name| name.as_str());
        owner == Some(&story.name)
    });
    let row = |(hash, since): (String, f64)| {
        let labels = [("rollout", &story.name), ("namespace", &story.namespace), ("hash", &hash)];
        let is_meant = selector.labels.iter().all(|(name, value)| labels.contains(&(name.as_str(), value)));
        let mut all: std::collections::BTreeMap<String, String> =
            labels.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        match &selector.mark {
            Some((label, value)) => all.insert(label.clone(), value.clone()),
            None => all.insert("__name__".to_owned(), selector.name.clone()),
        };
        let points = points(times, (since, seconds(now)));
        let value = |at: f64| (at, story.value(measure, &hash, (at / 60.0).floor() as i64));
        is_meant.then(|| Row { labels: all, points: points.map(value).collect() })
    };
    let version = |set: &std::sync::Arc<crate::sim::objects::Stored>| {
        let made = set.value.pointer("/metadata/creationTimestamp")?.as_str()?.parse::<Timestamp>().ok()?;
        Some((set.label(HASH)?.to_owned(), seconds(made)))
    };
    owned.filter_map(version).filter_map(row).collect()
}

/// The times of a question at which a version was there.
fn points([start, end, step]: [f64; 3], (since, now): (f64, f64)) -> impl Iterator<Item = f64> {
    let count = ((end - start) / step).floor() as usize;
    (0..=count).map(move |nth| start + nth as f64 * step).filter(move |at| (since..=now).contains(at))
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// What was sent with a question.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(text: &str) -> Self {
        let decoded = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads a time: seconds since 1970, or as RFC 3339 writes it.
    fn time(&self, name: &str) -> Result<f64, String> {
        let text = self.get(name).unwrap_or_default();
        let read = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
        let read = read.or_else(|| text.parse::<Timestamp>().ok().map(seconds));
        read.ok_or_else(|| format!("invalid parameter {name:?}: cannot parse {text:?} to a valid timestamp"))
    }

    fn step(&self) -> Result<f64, String> {
        let text = self.get("step").unwrap_or_default();
        let read = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
        match read {
            Some(step) if step > 0.0 => Ok(step),
            Some(_) => Err("invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer".to_owned()),
            None => Err(format!("invalid parameter \"step\": cannot parse {text:?} to a valid duration")),
        }
    }
}
