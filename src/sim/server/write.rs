//! Writes: from a request's body to an order, and from what became of it to an answer.
//!
//! It owns reading bodies and options. It never judges an object: the order meets the API's rules where it is carried
//! out. Invariant: a dry run goes the same way and changes nothing.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::ask::{Ask, invalid};
use super::core::Core;
use super::form::Form;
use super::list;
use super::protobuf;
use super::query::Query;
use super::route::{Route, Verb};
use crate::sim::objects::kind::Quirk;
use crate::sim::objects::{
    Cascade, Cause, Order, Part, Patch, PatchKind, Place, Refusal, Stored, Terms, scale,
};
use crate::sim::world::World;

/// A write as it came.
pub(super) struct Write<'a> {
    pub(super) route: &'a Route,
    pub(super) query: &'a Query,
    pub(super) head: &'a Parts,
    pub(super) body: Bytes,
    pub(super) form: Form,
}

impl Write<'_> {
    /// Tells whether it is only to be tried: by the query, or by the options of a deletion.
    ///
    /// # Errors
    /// 422 for anything but `All`.
    pub(super) fn is_dry(&self) -> Result<bool, Refusal> {
        let (kind, options) = match self.route.verb {
            Verb::Create => ("CreateOptions", Value::Null),
            Verb::Update => ("UpdateOptions", Value::Null),
            Verb::Patch => ("PatchOptions", Value::Null),
            _ => ("DeleteOptions", self.options()?),
        };
        let body = options.get("dryRun").and_then(Value::as_array).into_iter().flatten();
        let asked: Vec<&str> = body.filter_map(Value::as_str).chain(self.query.all("dryRun")).collect();
        if let Some(wrong) = asked.iter().find(|value| **value != "All") {
            let message = format!("Unsupported value: {wrong:?}: supported values: \"All\"");
            let cause = Cause { reason: "FieldValueNotSupported", message, field: "dryRun".to_owned() };
            return Err(invalid(kind, vec![cause]));
        }
        Ok(!asked.is_empty())
    }

    /// Carries it out, or tries it.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn carry_out(&self, core: &Arc<Core>, dry: bool) -> Result<Answer, Refusal> {
        match self.route.verb {
            Verb::Create if self.route.evicts => self.evict(core, dry),
            Verb::Create => {
                let value = self.value()?;
                let (kind, namespace) =
                    (self.route.kind, self.route.namespace.as_deref().unwrap_or_default());
                let order = Order::Create { kind, namespace, value };
                let stored = core.turn(|world| put(world, order, (dry, self.writer())))?;
                Ok(self.shown(core, StatusCode::CREATED, &stored))
            }
            Verb::Update => {
                let (place, value) = (self.place(), self.value()?);
                let order = Order::Replace { place: &place, part: self.route.part, value };
                let (stored, born) = core.turn(|world| {
                    let born = world.objects.get(&place).is_none();
                    put(world, order, (dry, self.writer())).map(|stored| (stored, born))
                })?;
                self.answered(core, if born { StatusCode::CREATED } else { StatusCode::OK }, &stored)
            }
            Verb::Patch => {
                let kind = PatchKind::of(self.content_type(), self.route.kind)?;
                let place = self.place();
                let patch = Patch { kind, body: &self.body };
                let order = Order::Patch { place: &place, part: self.route.part, patch };
                let stored = core.turn(|world| put(world, order, (dry, self.writer())))?;
                self.answered(core, StatusCode::OK, &stored)
            }
            Verb::DeleteCollection => self.delete_all(core, dry),
            _ => {
                let (place, terms) = (self.place(), self.terms()?);
                let order = Order::Delete { place: &place, terms };
                let stored = core.turn(|world| put(world, order, (dry, None)))?;
                Ok(self.gone(core, &stored))
            }
        }
    }

    /// What the client calls itself as a writer.
    fn writer(&self) -> Option<&str> {
        self.query.get("fieldManager").filter(|writer| !writer.is_empty())
    }

    fn place(&self) -> Place {
        let namespace = self.route.namespace.as_deref().unwrap_or_default();
        Place::new(self.route.kind, namespace, self.route.name.as_deref().unwrap_or_default())
    }

    fn content_type(&self) -> &str {
        let header = self.head.headers.get(http::header::CONTENT_TYPE);
        header.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn value(&self) -> Result<Value, Refusal> {
        value(self.content_type(), &self.body)
    }

    /// The options that a deletion brings along.
    fn options(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() { Ok(Value::Null) } else { self.value() }
    }

    /// On which terms to delete: by the body, else by the query.
    fn terms(&self) -> Result<Terms, Refusal> {
        let body = self.options()?;
        let text = |path: &str| body.pointer(path).and_then(Value::as_str);
        let policy = text("/propagationPolicy").or_else(|| self.query.get("propagationPolicy"));
        let orphans = body.pointer("/orphanDependents").and_then(Value::as_bool);
        let cascade = match policy {
            Some("Background") => Cascade::Background,
            Some("Foreground") => Cascade::Foreground,
            Some("Orphan") => Cascade::Orphan,
            Some(other) => {
                let supported = "\"Foreground\", \"Background\", \"Orphan\", \"nil\"";
                let message = format!("Unsupported value: {other:?}: supported values: {supported}");
                let field = "propagationPolicy".to_owned();
                return Err(invalid(
                    "DeleteOptions",
                    vec![Cause { reason: "FieldValueNotSupported", message, field }],
                ));
            }
            None if orphans == Some(true) => Cascade::Orphan,
            None => Cascade::Usual,
        };
        let uid = text("/preconditions/uid").map(str::to_owned);
        Ok(Terms { cascade, uid, version: text("/preconditions/resourceVersion").map(str::to_owned) })
    }

    fn evict(&self, core: &Arc<Core>, dry: bool) -> Result<Answer, Refusal> {
        let place = self.place();
        let terms = Terms::default();
        core.turn(|world| put(world, Order::Delete { place: &place, terms }, (dry, None)))?;
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
        });
        Ok(answer::json(StatusCode::CREATED, &status))
    }

    fn delete_all(&self, core: &Arc<Core>, dry: bool) -> Result<Answer, Refusal> {
        let ask = Ask::read(self.route, self.query)?;
        let terms = self.terms()?;
        let gone = core.turn(|world| {
            let all = list::state(&world.objects, self.route, None)?;
            let meant = all.into_iter().filter(|one| ask.selector.matches(one));
            let gone = meant.filter_map(|one| {
                let order = Order::Delete { place: &one.place, terms: terms.clone() };
                // One that went with its owner a moment ago is gone as well.
                put(world, order, (dry, None)).ok()
            });
            Ok::<_, Refusal>(gone.collect::<Vec<_>>())
        })?;
        Ok(list::of(core, self.route, self.form, gone))
    }

    fn answered(&self, core: &Core, code: StatusCode, stored: &Arc<Stored>) -> Result<Answer, Refusal> {
        match self.route.part {
            Part::Scale => Ok(answer::json(code, &scale::of(stored)?)),
            Part::Whole | Part::Status => Ok(self.shown(core, code, stored)),
        }
    }

    fn shown(&self, core: &Core, code: StatusCode, stored: &Stored) -> Answer {
        shown(core, self.form, code, stored)
    }

    /// Answers a deletion: with the object where it still stands or its kind is so, else with its name and uid.
    fn gone(&self, core: &Core, stored: &Arc<Stored>) -> Answer {
        let place = &stored.place;
        let held = stored.is_leaving() && stored.finalizers().next().is_some();
        if held || place.kind.differs(Quirk::ReturnsDeleted) {
            return self.shown(core, StatusCode::OK, stored);
        }
        let mut details = json!({"name": &*place.name, "kind": place.kind.plural, "uid": stored.uid()});
        if let Some(map) = details.as_object_mut().filter(|_| !place.kind.group.is_empty()) {
            map.insert("group".to_owned(), place.kind.group.into());
        }
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
        });
        answer::json(StatusCode::OK, &status)
    }
}

/// Answers with one object.
pub(super) fn shown(core: &Core, form: Form, code: StatusCode, stored: &Stored) -> Answer {
    let now = core.turn(|world| world.now());
    let mut out = Vec::with_capacity(stored.json.len() + 1);
    form.single(&mut out, stored, true, now);
    out.push(b'\n');
    answer::whole(code, answer::JSON, out)
}

/// Carries out an order, or tries it.
fn put(
    world: &mut World,
    order: Order<'_>,
    (dry, writer): (bool, Option<&str>),
) -> Result<Arc<Stored>, Refusal> {
    if dry { world.rehearse(order) } else { world.apply_by(writer, order) }
}

fn unsupported() -> Refusal {
    Refusal::unsupported_media(&["application/json", "application/yaml"])
}

/// Reads a body as an object.
///
/// # Errors
/// 415 for a type that is neither JSON nor YAML, 400 for what is broken.
pub(super) fn value(content_type: &str, body: &[u8]) -> Result<Value, Refusal> {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    match media {
        "" | "application/json" | "*/*" => serde_json::from_slice(body).map_err(|why| {
            let text = String::from_utf8_lossy(body);
            Refusal::bad_request(format!("couldn't get version/kind; json parse error: {why} in {text:.200}"))
        }),
        "application/yaml" => serde_saphyr::from_slice(body)
            .map_err(|why| Refusal::bad_request(format!("error converting YAML to JSON: {why}"))),
        // As protobuf, a few kinds are read; the others are not.
        protobuf::MEDIA => protobuf::read(body).ok_or_else(unsupported),
        _ => Err(unsupported()),
    }
}
