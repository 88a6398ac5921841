//! Compares two records of one script and names each place where they differ.
//!
//! Owns what counts as one difference: a leaf of what was settled, printed or answered, or the whole course between two
//! points of rest. Never decides whether a difference is allowed.

use serde_json::Value;

use super::play::{Point, Record};

/// One place where two records differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub script: String,
    /// Which line, from 0 (the making of the objects).
    pub at: usize,
    pub line: String,
    /// Such as `settled/rollout/phase`.
    pub path: String,
    pub real: String,
    pub embedded: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{} line {} ({}): {}", self.script, self.at, self.line, self.path)?;
        writeln!(out, "    real:     {}", self.real)?;
        write!(out, "    embedded: {}", self.embedded)
    }
}

/// Every place where two records of a script differ, in order.
pub fn differences(real: &Record, embedded: &Record) -> Vec<Difference> {
    let mut found = Vec::new();
    for (at, pair) in real.points.iter().zip(&embedded.points).enumerate() {
        point(&real.script, at, pair, &mut found);
    }
    events(real, embedded, &mut found);
    if real.broken != embedded.broken {
        found.push(Difference {
            script: real.script.clone(),
            at: real.points.len().min(embedded.points.len()),
            line: String::new(),
            path: "broken".into(),
            real: real.broken.clone().unwrap_or_default(),
            embedded: embedded.broken.clone().unwrap_or_default(),
        });
    }
    found
}

/// Events are told in their own time: those that the model tells at a point count as told when the real controller has
/// told them by the end, and no event of the real one may be missing at the model's next point. Where the controller said
/// so much that its recorder may drop some, there are none to compare.
fn events(real: &Record, embedded: &Record, found: &mut Vec<Difference>) {
    let told = |record: &Record, at: usize| -> Option<Vec<String>> {
        let point =
            record.points[at.min(record.points.len() - 1)..].iter().find(|it| !it.settled.is_null())?;
        let events = point.settled["events"].as_array()?;
        Some(events.iter().filter_map(|it| Some(it.as_str()?.to_owned())).collect())
    };
    for at in 0..real.points.len().min(embedded.points.len()) {
        let only = |these: &Record, those: &Record, by: usize| -> Vec<String> {
            let (Some(these), Some(those)) = (told(these, at), told(those, by)) else {
                return Vec::new();
            };
            these.into_iter().filter(|it| !those.contains(it)).collect()
        };
        let (real_only, embedded_only) = (only(real, embedded, at + 1), only(embedded, real, usize::MAX));
        if !real_only.is_empty() || !embedded_only.is_empty() {
            found.push(Difference {
                script: real.script.clone(),
                at,
                line: real.points[at].line.clone(),
                path: "events".into(),
                real: real_only.join(NEXT),
                embedded: embedded_only.join(NEXT),
            });
            return;
        }
    }
}

fn point(script: &str, at: usize, (real, embedded): (&Point, &Point), found: &mut Vec<Difference>) {
    let mut leaves = Vec::new();
    leaf("answers", &real.answers, &embedded.answers, &mut leaves);
    leaf("settled", &real.settled, &embedded.settled, &mut leaves);
    leaf("plugin", &real.plugin, &embedded.plugin, &mut leaves);
    let (one, other) = (course(&real.between), course(&embedded.between));
    if one != other {
        leaves.push(("between".into(), one.join(NEXT), other.join(NEXT)));
    }
    let (script, line) = (script.to_owned(), real.line.clone());
    found.extend(leaves.into_iter().map(|(path, real, embedded)| Difference {
        script: script.clone(),
        at,
        line: line.clone(),
        path,
        real,
        embedded,
    }));
}

/// What separates the lines of one side of a difference.
const NEXT: &str = "\n              ";
/// The messages that tell how far the pods are.
const PODS: [&str; 6] = [
    "rollout is restarting",
    "more replicas need to be updated",
    "updated replicas are still becoming available",
    "old replicas are pending termination",
    "waiting for all steps to complete",
    "active service cutover pending",
];

/// The states that were passed through, without those that depend on how fast pods come and go: the messages that tell
/// how far they are count as one, and a dip into waiting for them and back does not count.
fn course(between: &[Value]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for state in between {
        let mut state = state.clone();
        if state["message"].as_str().is_some_and(|it| PODS.contains(&it)) {
            state["message"] = "(pods come and go)".into();
        }
        let line = words(&state);
        if lines.last() == Some(&line) {
            continue;
        }
        let dip = lines.len() > 1
            && lines[lines.len() - 1].ends_with("(pods come and go)")
            && lines[lines.len() - 2] == line;
        if dip {
            lines.pop();
        } else {
            lines.push(line);
        }
    }
    lines
}

/// One state that was passed through, on one line.
fn words(state: &Value) -> String {
    let text = |key: &str| match &state[key] {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    };
    let keys = ["phase", "step", "setWeight", "pause", "abort", "message"];
    keys.map(text).join(" | ")
}

fn leaf(path: &str, real: &Value, embedded: &Value, found: &mut Vec<(String, String, String)>) {
    match (real, embedded) {
        // Compared by themselves, see [`events`].
        _ if path == "settled/events" => {}
        (Value::Object(one), Value::Object(other)) => {
            let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                leaf(&format!("{path}/{key}"), &real[key], &embedded[key], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if texts(one) && texts(other) => {
            lines(path, one, other, found)
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                leaf(&format!("{path}/{at}"), one, other, found);
            }
        }
        (one, other) if one == other => {}
        (one, other) => found.push((path.to_owned(), one.to_string(), other.to_string())),
    }
}

fn texts(all: &[Value]) -> bool {
    all.iter().all(Value::is_string)
}

/// Lists of texts, such as events or printed lines: what only one of them has.
fn lines(path: &str, real: &[Value], embedded: &[Value], found: &mut Vec<(String, String, String)>) {
    if real == embedded {
        return;
    }
    let only = |these: &[Value], others: &[Value]| {
        let mut others = others.to_vec();
        let mut only = Vec::new();
        for one in these {
            match others.iter().position(|other| other == one) {
                Some(at) => drop(others.remove(at)),
                None => only.push(one.as_str().unwrap_or_default().to_owned()),
            }
        }
        if only.is_empty() { "(nothing more, or in another order)".into() } else { only.join(NEXT) }
    };
    found.push((path.to_owned(), only(real, embedded), only(embedded, real)));
}
