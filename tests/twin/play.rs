//! Plays a script on one cluster, line by line, and records what can be compared.
//!
//! Owns the order: carry out, come to rest, look. Never judges. A record holds no time, hash, random name or address.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::observer::Observer;
use super::operate::Place;
use super::plugin;
use super::script::{Line, Order, Script};
use super::side::{Ask, collection};

/// What was seen of one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The line.
    pub line: String,
    /// The answers to its requests.
    pub answers: Value,
    /// The distinct states that the Rollout went through, the one it came from first.
    pub between: Vec<Value>,
    /// Everything, at rest.
    pub settled: Value,
    /// What the plugin printed at rest.
    pub plugin: Value,
}

/// What was seen of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub script: String,
    pub points: Vec<Point>,
    /// Why it could not be played to the end.
    pub broken: Option<String>,
}

/// Plays a script in its place, whose namespace is made first.
///
/// # Errors
/// When the namespace cannot be made; whatever goes wrong later is part of the record.
pub fn play(script: &Script, place: Place<'_>) -> Result<Record, String> {
    let Place { side, namespace, answers, .. } = place;
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    side.must(&Ask::create("/api/v1/namespaces", &object))?;
    for (name, value) in &script.answers {
        answers.set(namespace, name, value);
    }
    let mut record = Record { script: script.name.clone(), points: Vec::new(), broken: None };
    let mut player = Player {
        seen: Observer::start(side, namespace)?,
        place,
        controllers: true,
        last: (Value::Null, Value::Null),
    };
    if let Err(why) = player.all(script, &mut record.points) {
        let line = record.points.len();
        record.broken = Some(player.seen.names.text(&format!("after line {line}: {why}")));
    }
    Ok(record)
}

struct Player<'a> {
    seen: Observer,
    place: Place<'a>,
    /// Whether the controller runs, so that rest means that it has caught up.
    controllers: bool,
    /// What was settled last, without its Events, and what the plugin showed of it.
    last: (Value, Value),
}

impl Player<'_> {
    fn all(&mut self, script: &Script, points: &mut Vec<Point>) -> Result<(), String> {
        let answers = self.apply(script)?;
        let settled = self.seen.settle(true)?;
        points.push(self.point("apply", answers, settled)?);
        for line in &script.lines {
            let point = self.line(line).map_err(|why| format!("{:?}: {why}", line.text))?;
            points.push(point);
        }
        // Events are told in their own time: what was told last is looked at a while later.
        self.seen.wait(Duration::from_millis(1500))?;
        let settled = self.seen.settle(self.controllers)?;
        points.push(self.point("(the end)", Value::Null, settled)?);
        Ok(())
    }

    /// Makes the objects; the Rollout after a moment, so that the controller knows what it refers to.
    fn apply(&mut self, script: &Script) -> Result<Value, String> {
        let mut summaries = Vec::new();
        for manifest in &script.manifests {
            if manifest["kind"] == "Rollout" && !summaries.is_empty() {
                self.seen.wait(Duration::from_millis(500))?;
            }
            let text = manifest.to_string().replace("ANSWERS", &self.place.answers.url(self.place.namespace));
            let manifest: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            let kind = manifest["kind"].as_str().unwrap_or_default();
            let ask = Ask::create(&collection(kind, self.place.namespace)?, &manifest);
            summaries.push(self.place.side.send(&ask)?.summary());
        }
        Ok(json!(summaries))
    }

    fn line(&mut self, line: &Line) -> Result<Point, String> {
        let answers = self.place.carry_out(line, &self.seen)?;
        if let Order::Controller(up) = line.order {
            self.controllers = up;
        }
        if let (Order::Wait(seconds), true) = (&line.order, line.at_once) {
            self.seen.wait(Duration::from_secs_f64(*seconds))?;
        }
        if line.at_once {
            let answers = self.seen.names.replace(&answers);
            let nothing = || Value::Null;
            return Ok(Point {
                line: line.text.clone(),
                answers,
                between: Vec::new(),
                settled: nothing(),
                plugin: nothing(),
            });
        }
        let settled = match &line.order {
            Order::Until(path, text) => {
                self.seen.settle_when(self.controllers, |tuple| holds(tuple, path, text))
            }
            Order::Wait(seconds) => {
                self.seen.wait(Duration::from_secs_f64(*seconds))?;
                self.seen.settle(self.controllers)
            }
            _ => self.seen.settle(self.controllers),
        };
        self.point(&line.text, answers, settled?)
    }

    fn point(&mut self, line: &str, answers: Value, settled: Value) -> Result<Point, String> {
        let names = &self.seen.names;
        // Events come late on a busy machine, and the plugin shows none.
        let mut shown = settled.clone();
        shown["events"] = Value::Null;
        let plugin = match self.place.side.plugin {
            // Nothing has changed: it would say the same, and each look costs the machine as much as many requests.
            Some(_) if self.last.0 == shown => self.last.1.clone(),
            Some(_) => plugin::view(self.place.side, self.place.namespace, names)?,
            None => Value::Null,
        };
        self.last = (shown, plugin.clone());
        let answers = names.replace(&answers);
        let between = self.seen.take_between();
        let names = &self.seen.names;
        let between = between.iter().map(|state| names.replace(state)).collect();
        Ok(Point { line: line.to_owned(), answers, between, settled, plugin })
    }
}

/// Says whether a tuple has this text at a dotted path; a text is compared without its quotes.
fn holds(tuple: &Value, path: &str, wanted: &str) -> bool {
    let value = path.split('.').try_fold(tuple, |value, key| match value {
        Value::Array(all) => all.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    });
    match value {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Null) | None => wanted == "null",
        Some(other) => *other == wanted.parse::<Value>().unwrap_or_default(),
    }
}
