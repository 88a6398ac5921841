//! The shape of a kind's objects, read from a table of fields.
//!
//! It owns the table's notation: one field a line, one blank of indentation a level, `!` for a required one; `{}` has the
//! fields below, `{+}` these and any other, `{x}` is a map of x, `[x]` a list of x. It never judges a value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What may stand at a place.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    Any,
    Text,
    Time,
    Bool,
    Whole,
    Number,
    /// A whole number or a text.
    Either,
    List(Box<Shape>),
    Map(Box<Shape>),
    Fields(Fields),
}

/// The fields of an object.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields {
    /// Whether fields that are not named here are kept.
    pub(super) open: bool,
    pub(super) named: BTreeMap<String, Shape>,
    pub(super) required: Vec<String>,
}

struct Line<'a> {
    depth: usize,
    name: &'a str,
    notation: &'a str,
}

impl Shape {
    /// The shape that a table describes; `apiVersion`, `kind` and `metadata` need not be named.
    pub(super) fn read(table: &str) -> Self {
        let lines: Vec<Line<'_>> = table.lines().filter_map(line).collect();
        let mut fields = Fields::default();
        fields.take(&lines, 0);
        for name in ["apiVersion", "kind", "metadata"] {
            fields.named.insert(name.to_owned(), Self::Any);
        }
        Self::Fields(fields)
    }

    fn of(notation: &str, below: &[Line<'_>], depth: usize) -> Self {
        let inside =
            |open: char, close: char| notation.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        match notation {
            "text" => Self::Text,
            "time" => Self::Time,
            "bool" => Self::Bool,
            "int32" | "int64" => Self::Whole,
            "number" => Self::Number,
            "either" => Self::Either,
            "{}" | "{+}" => {
                let mut fields = Fields { open: notation == "{+}", ..Fields::default() };
                fields.take(below, depth);
                Self::Fields(fields)
            }
            _ => match (inside('[', ']'), inside('{', '}')) {
                (Some(element), _) => Self::List(Box::new(Self::of(element, below, depth))),
                (None, Some(element)) => Self::Map(Box::new(Self::of(element, below, depth))),
                (None, None) => Self::Any,
            },
        }
    }

    /// The shape of a field.
    pub(super) fn field(&self, name: &str) -> Option<&Shape> {
        match self {
            Self::Fields(fields) => fields.named.get(name),
            _ => None,
        }
    }

    /// Drops the fields that are neither named nor allowed unnamed, and named ones that are null (apiextensions:
    /// apiserver/schema/defaulting/prune.go; no field of Argo's may be null).
    pub(super) fn prune(&self, value: &mut Value) {
        match (self, value) {
            (Self::Fields(fields), Value::Object(map)) => {
                map.retain(|key, value| match fields.named.get(key) {
                    Some(Self::Any) => true,
                    Some(_) => !value.is_null(),
                    None => fields.open,
                });
                for (key, value) in map.iter_mut() {
                    if let Some(shape) = fields.named.get(key) {
                        shape.prune(value);
                    }
                }
            }
            (Self::Map(shape), Value::Object(map)) => {
                map.retain(|_, value| !value.is_null());
                map.values_mut().for_each(|value| shape.prune(value));
            }
            (Self::List(shape), Value::Array(list)) => list.iter_mut().for_each(|value| shape.prune(value)),
            _ => {}
        }
    }

    /// Collects the paths of the fields that [`Shape::prune`] would drop.
    pub(super) fn unknown(&self, path: &str, value: &Value, found: &mut Vec<String>) {
        match (self, value) {
            (Self::Fields(fields), Value::Object(map)) => fields.unknown(path, map, found),
            (Self::Map(shape), Value::Object(map)) => {
                map.iter().for_each(|(key, value)| shape.unknown(&below(path, key), value, found));
            }
            (Self::List(shape), Value::Array(list)) => {
                let items = list.iter().enumerate();
                items.for_each(|(index, value)| shape.unknown(&format!("{path}[{index}]"), value, found));
            }
            _ => {}
        }
    }
}

impl Fields {
    /// Takes the lines of one depth as fields, and the deeper ones behind each as what is below it.
    fn take(&mut self, lines: &[Line<'_>], depth: usize) {
        let mut rest = lines;
        while let Some((first, behind)) = rest.split_first() {
            let count = behind.iter().take_while(|line| line.depth > depth).count();
            let (under, next) = behind.split_at(count);
            let name = first.name.trim_end_matches('!');
            if name != first.name {
                self.required.push(name.to_owned());
            }
            self.named.insert(name.to_owned(), Shape::of(first.notation, under, depth + 1));
            rest = next;
        }
    }

    fn unknown(&self, path: &str, map: &Map<String, Value>, found: &mut Vec<String>) {
        for (key, value) in map {
            match self.named.get(key) {
                Some(shape) => shape.unknown(&below(path, key), value, found),
                None if self.open => {}
                None => found.push(below(path, key)),
            }
        }
    }
}

/// The path of a field below another one.
pub(super) fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn line(text: &str) -> Option<Line<'_>> {
    if text.starts_with('#') {
        return None;
    }
    let (name, notation) = text.trim().split_once(' ')?;
    Some(Line { depth: text.len() - text.trim_start().len(), name, notation })
}
