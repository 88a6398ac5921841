//! Requests that a real API server answered (kube-apiserver 1.34.1 with the definitions of Argo Rollouts 1.9.1), sent to
//! the embedded objects: the answers must be the same, word for word.
//!
//! Each story begins in an empty namespace. `${uid}` and `${rv}` stand for the uid and version of the object named, as
//! last answered. Left out of the recording are uids, versions, times and `managedFields`, which no two clusters share,
//! and of built-in kinds all but code and generation, since the real server fills in defaults. Steps marked `loose` are
//! answered with other details.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::now;
use crate::sim::objects::selector::{FieldSelector, LabelSelector};
use crate::sim::objects::{
    Cascade, KINDS, Kind, Objects, Order, Part, Patch, PatchKind, Place, Refusal, Stored, Terms,
    check_strictly, scale,
};

type Known = HashMap<(String, String), (String, String)>;

struct Story {
    objects: Objects,
    namespace: String,
    known: Known,
    faults: Vec<String>,
}

impl Story {
    fn run(story: &Value) -> Vec<String> {
        let namespace = story["namespace"].as_str().unwrap().to_owned();
        let mut told = Self { objects: Objects::new(7), namespace, known: Known::new(), faults: Vec::new() };
        for (number, step) in story["steps"].as_array().unwrap().iter().enumerate() {
            told.step(number, step);
        }
        told.faults
    }

    fn step(&mut self, number: usize, step: &Value) {
        if step["verb"] == "LIST" {
            return self.list(number, step);
        }
        let kind = *KINDS.iter().find(|kind| Some(kind.plural) == step["kind"].as_str()).unwrap();
        let name = step["name"].as_str().unwrap_or_default().to_owned();
        let key = (kind.plural.to_owned(), name);
        let (uid, version) = self.known.get(&key).cloned().unwrap_or_default();
        let text = match &step["body"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let text = text.replace("${uid}", &uid).replace("${rv}", &version);
        let answer = self.send(kind, step, &key.1, &text);
        let expected = &step["answer"];
        let mut got = match answer {
            Ok(object) => self.told(kind, step, &object, &version),
            Err(refusal) => refused(&refusal, &uid, &version),
        };
        if step["loose"] == true {
            got.as_object_mut().unwrap().remove("details");
        }
        let wanted = expected.clone();
        if got != wanted {
            let asked = format!("{} {} {}", step["verb"], step["kind"], step["body"]);
            self.faults.push(format!("{} {number}: {asked}\n  real {wanted}\n  ours {got}", self.namespace));
        }
    }

    fn list(&mut self, number: usize, step: &Value) {
        let kind = *KINDS.iter().find(|kind| Some(kind.plural) == step["kind"].as_str()).unwrap();
        let text = |key: &str| step["query"][key].as_str().unwrap_or_default().to_owned();
        let labels = LabelSelector::parse(&text("labelSelector"));
        let fields = FieldSelector::parse(kind, &text("fieldSelector"));
        let got = match (labels, fields) {
            (Ok(labels), Ok(fields)) => {
                let all = self.objects.list(kind, Some(&self.namespace));
                let chosen = all.filter(|one| labels.matches(&one.value) && fields.matches(&one.value));
                json!({"code": 200, "names": chosen.map(|one| one.place.name.to_string()).collect::<Vec<_>>()})
            }
            (Err(refusal), _) | (_, Err(refusal)) => refused(&refusal, "", ""),
        };
        if got != step["answer"] {
            let (query, wanted) = (&step["query"], &step["answer"]);
            self.faults.push(format!("{} {number}: {query}\n  real {wanted}\n  ours {got}", self.namespace));
        }
    }

    fn send(
        &mut self,
        kind: &'static Kind,
        step: &Value,
        name: &str,
        text: &str,
    ) -> Result<Arc<Stored>, Refusal> {
        let place = Place::new(kind, &self.namespace, name);
        let part = match step["part"].as_str() {
            Some("status") => Part::Status,
            Some("scale") => Part::Scale,
            _ => Part::Whole,
        };
        let value = || serde_json::from_str::<Value>(text).unwrap();
        if step["strict"] == true && step["verb"] != "PATCH" {
            check_strictly(kind, &value())?;
        }
        let order = match step["verb"].as_str().unwrap() {
            "GET" if part == Part::Scale => return self.objects.read(&place).cloned(),
            "GET" if kind.has(part) => return self.objects.read(&place).cloned(),
            "GET" => return Err(Refusal::no_such_part(&place)),
            "POST" => Order::Create { kind, namespace: &self.namespace.clone(), value: value() },
            "PUT" => Order::Replace { place: &place, part, value: value() },
            "PATCH" => {
                let media = match step["patch"].as_str().unwrap() {
                    "json" => "application/json-patch+json; charset=utf-8",
                    "merge" => "application/merge-patch+json",
                    _ => "application/strategic-merge-patch+json",
                };
                let patch = Patch { kind: PatchKind::of(media, kind)?, body: text.as_bytes() };
                return self.carry(step, Order::Patch { place: &place, part, patch });
            }
            _ => Order::Delete { place: &place, terms: terms(&value()) },
        };
        self.carry(step, order)
    }

    fn carry(&mut self, step: &Value, order: Order<'_>) -> Result<Arc<Stored>, Refusal> {
        if step["dry"] == true {
            self.objects.rehearse(order, now())
        } else {
            self.objects.apply(order, now())
        }
    }

    /// The answer in the form of the recording.
    fn told(&mut self, kind: &Kind, step: &Value, stored: &Stored, version: &str) -> Value {
        let expected = &step["answer"];
        let scaled = step["part"] == "scale";
        let object = if scaled { scale::of(stored) } else { Ok(stored.value.clone()) };
        let object = match object {
            Ok(object) => object,
            Err(refusal) => return refused(&refusal, stored.uid(), version),
        };
        let read = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        let now = read("resourceVersion");
        self.known.insert((kind.plural.to_owned(), read("name")), (stored.uid().to_owned(), now.clone()));
        let mut told = Map::new();
        told.insert("code".to_owned(), expected["code"].clone());
        if expected["status"] == true {
            return json!({"code": 200, "status": true});
        }
        told.insert("changed".to_owned(), Value::Bool(now != version));
        if let Some(wanted) = expected.get("object") {
            let mut object = stripped(&object);
            if step["generated"] == true {
                object["metadata"].as_object_mut().unwrap().remove("name");
            }
            if kind.group != "argoproj.io" && scaled {
                object["status"].as_object_mut().unwrap().remove("selector");
            }
            assert!(wanted.is_object());
            told.insert("object".to_owned(), object);
        }
        if let Some(paths) = step["see"].as_array() {
            let see = |path: &Value| object.pointer(path.as_str().unwrap()).cloned().unwrap_or(Value::Null);
            told.insert("seen".to_owned(), paths.iter().map(see).collect());
        }
        if expected.get("generation").is_some() {
            told.insert("generation".to_owned(), object["metadata"]["generation"].clone());
        }
        Value::Object(told)
    }
}

fn terms(options: &Value) -> Terms {
    let text = |key: &str| options["preconditions"][key].as_str().map(str::to_owned);
    Terms { cascade: Cascade::Usual, uid: text("uid"), version: text("resourceVersion") }
}

fn refused(refusal: &Refusal, uid: &str, version: &str) -> Value {
    let body: Value = serde_json::from_str(&refusal.body()).unwrap();
    let mut told = Map::new();
    for key in ["code", "message", "reason", "details"] {
        if let Some(value) = body.get(key) {
            told.insert(key.to_owned(), value.clone());
        }
    }
    let mut text = Value::Object(told).to_string();
    if !uid.is_empty() {
        text = text.replace(uid, "${uid}").replace(&format!("record ({version})"), "record (${rv})");
    }
    serde_json::from_str(&text).unwrap()
}

fn stripped(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].as_object_mut().unwrap();
    for key in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        metadata.remove(key);
    }
    if metadata.contains_key("deletionTimestamp") {
        metadata.insert("deletionTimestamp".to_owned(), "T".into());
    }
    object
}

#[test]
fn every_request_is_answered_as_the_real_server_answered_it() {
    let stories: Vec<Value> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    assert!(stories.len() > 5);
    let faults: Vec<String> = stories.iter().flat_map(Story::run).collect();
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}
