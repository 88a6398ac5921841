//! Whether a value has the shape that its kind gives it, in the words of the server.
//!
//! It owns the sentences about wrong types and missing fields (kube-openapi: validation/validate, validation/errors).
//! It never changes a value. Invariant: what is equal to what stood there before is not judged.

use jiff::Timestamp;
use serde_json::Value;

use super::shape::{Fields, Shape, below};
use crate::sim::objects::fault::{Fault, quoted};

/// Collects the faults of a value.
#[derive(Default)]
pub(super) struct Judge {
    /// What stands before the path in a fault's field, but not in its sentence.
    pub(super) prefix: &'static str,
    pub(super) faults: Vec<Fault>,
}

impl Judge {
    /// Judges a value at a path, where `before` stood until now.
    pub(super) fn judge(&mut self, shape: &Shape, path: &str, before: Option<&Value>, value: &Value) {
        if before == Some(value) {
            return;
        }
        if let Some((wanted, is)) = mismatch(shape, value) {
            self.mistyped(path, wanted, is);
            if *shape == Shape::Either {
                let why = format!("\"{path}\" must validate at least one schema (anyOf)");
                self.faults.push(Fault::invalid("<nil>", &"".into(), &why));
                self.mistyped(path, "integer", is);
            }
            return;
        }
        match (shape, value) {
            (Shape::Time, Value::String(text)) if !is_time(text) => {
                self.mistyped(path, "date-time", text);
            }
            (Shape::Fields(fields), Value::Object(map)) => {
                for (key, value) in map {
                    if let Some(shape) = fields.named.get(key) {
                        self.judge(shape, &below(path, key), before.and_then(|old| old.get(key)), value);
                    }
                }
                self.require(fields, path, value);
            }
            (Shape::Map(shape), Value::Object(map)) => {
                for (key, value) in map {
                    self.judge(shape, &below(path, key), before.and_then(|old| old.get(key)), value);
                }
            }
            (Shape::List(shape), Value::Array(list)) => {
                for (index, value) in list.iter().enumerate() {
                    self.judge(shape, &format!("{path}[{index}]"), None, value);
                }
            }
            _ => {}
        }
    }

    fn mistyped(&mut self, path: &str, wanted: &str, is: &str) {
        let why = format!("{path} in body must be of type {wanted}: {}", quoted(is));
        self.faults.push(Fault::mistyped(self.field(path), is, &why));
    }

    fn require(&mut self, fields: &Fields, path: &str, value: &Value) {
        for name in fields.required.iter().filter(|name| value.get(name.as_str()).is_none()) {
            self.faults.push(Fault::required(self.field(&below(path, name)), ""));
        }
    }

    fn field(&self, path: &str) -> String {
        match (self.prefix, path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}.{path}"),
        }
    }
}

/// Whether a text is a date-time (RFC 3339): jiff alone would take a blank for the `T`.
fn is_time(text: &str) -> bool {
    matches!(text.as_bytes().get(10), Some(b'T' | b't')) && text.parse::<Timestamp>().is_ok()
}

/// The type that is wanted and the one that is there, where they differ.
fn mismatch(shape: &Shape, value: &Value) -> Option<(&'static str, &'static str)> {
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let whole = is == "integer" || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let (wanted, fits) = match shape {
        Shape::Any => return None,
        Shape::Text | Shape::Time => ("string", is == "string"),
        Shape::Bool => ("boolean", is == "boolean"),
        Shape::Whole => ("integer", whole),
        Shape::Number => ("number", whole || is == "number"),
        Shape::Either => ("integer,string", whole || is == "string"),
        Shape::List(_) => ("array", is == "array"),
        Shape::Map(_) | Shape::Fields(_) => ("object", is == "object"),
    };
    match (shape, is) {
        _ if fits => None,
        // Of a time the server names formats instead of types, but for lists and null.
        (Shape::Time, "boolean" | "object") => Some(("date-time", "")),
        (Shape::Time, "number") => Some(("date-time", "double")),
        (Shape::Time, "integer") => Some(("date-time", "int64")),
        _ => Some((wanted, is)),
    }
}
