//! Bodies in Kubernetes' protobuf, of the few kinds that kubectl sends so: reviews, Namespaces, ConfigMaps, Secrets,
//! evictions, and options of deletions.
//!
//! It owns their field numbers (k8s.io/api: generated.proto) and reading the wire format. It never writes protobuf:
//! every client that sends it takes JSON back. Invariant: what is broken, or of another kind, is nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The media type.
pub(super) const MEDIA: &str = "application/vnd.kubernetes.protobuf";

/// What every body begins with (apimachinery: pkg/runtime/serializer/protobuf).
const MAGIC: &[u8] = b"k8s\0";

/// A field: its number, its name in JSON, and how it is read.
struct Field(u64, &'static str, Shape);

enum Shape {
    Text,
    Texts,
    Number,
    Flag,
    /// Pairs of texts.
    Map,
    /// Texts to bytes, which JSON has in base64.
    Bytes,
    One(&'static [Field]),
}

/// One field as it stands in the bytes.
enum Item<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

const META: &[Field] = &[
    Field(1, "name", Shape::Text),
    Field(2, "generateName", Shape::Text),
    Field(3, "namespace", Shape::Text),
    Field(5, "uid", Shape::Text),
    Field(6, "resourceVersion", Shape::Text),
    Field(11, "labels", Shape::Map),
    Field(12, "annotations", Shape::Map),
    Field(14, "finalizers", Shape::Texts),
];

const METADATA: Field = Field(1, "metadata", Shape::One(META));

const OPTIONS: &[Field] = &[
    Field(1, "gracePeriodSeconds", Shape::Number),
    Field(
        2,
        "preconditions",
        Shape::One(&[Field(1, "uid", Shape::Text), Field(2, "resourceVersion", Shape::Text)]),
    ),
    Field(3, "orphanDependents", Shape::Flag),
    Field(4, "propagationPolicy", Shape::Text),
    Field(5, "dryRun", Shape::Texts),
];

const ATTRIBUTES: &[Field] = &[
    Field(1, "namespace", Shape::Text),
    Field(2, "verb", Shape::Text),
    Field(3, "group", Shape::Text),
    Field(4, "version", Shape::Text),
    Field(5, "resource", Shape::Text),
    Field(6, "subresource", Shape::Text),
    Field(7, "name", Shape::Text),
];

const ACCESS: &[Field] = &[
    Field(1, "resourceAttributes", Shape::One(ATTRIBUTES)),
    Field(
        2,
        "nonResourceAttributes",
        Shape::One(&[Field(1, "path", Shape::Text), Field(2, "verb", Shape::Text)]),
    ),
];

fn fields(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "SelfSubjectAccessReview" => const { &[METADATA, Field(2, "spec", Shape::One(ACCESS))] },
        "SelfSubjectRulesReview" => {
            const { &[METADATA, Field(2, "spec", Shape::One(&[Field(1, "namespace", Shape::Text)]))] }
        }
        "SelfSubjectReview" => const { &[METADATA] },
        "Namespace" => const { &[METADATA] },
        "ConfigMap" => {
            const {
                &[
                    METADATA,
                    Field(2, "data", Shape::Map),
                    Field(3, "binaryData", Shape::Bytes),
                    Field(4, "immutable", Shape::Flag),
                ]
            }
        }
        "Secret" => {
            const {
                &[
                    METADATA,
                    Field(2, "data", Shape::Bytes),
                    Field(3, "type", Shape::Text),
                    Field(4, "stringData", Shape::Map),
                    Field(5, "immutable", Shape::Flag),
                ]
            }
        }
        "Eviction" => const { &[METADATA, Field(2, "deleteOptions", Shape::One(OPTIONS))] },
        "DeleteOptions" => OPTIONS,
        _ => return None,
    })
}

/// Reads a body; `None` where it is broken or of a kind that is not known here.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for (number, item) in items(body.strip_prefix(MAGIC)?)? {
        match (number, item) {
            (1, Item::Bytes(bytes)) => {
                for (number, item) in items(bytes)? {
                    let text = item.text()?;
                    if number == 1 { api_version = text } else { kind = text }
                }
            }
            (2, Item::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let mut object = message(raw, fields(&kind)?)?;
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    Some(Value::Object(object))
}

fn message(bytes: &[u8], fields: &[Field]) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    for (number, item) in items(bytes)? {
        if let Some(Field(_, name, shape)) = fields.iter().find(|field| field.0 == number) {
            put(&mut object, name, shape, &item)?;
        }
    }
    Some(object)
}

fn put(object: &mut Map<String, Value>, name: &str, shape: &Shape, item: &Item<'_>) -> Option<()> {
    let value = match shape {
        // What is not set is written as empty.
        Shape::Text => match item.text()? {
            text if text.is_empty() => return Some(()),
            text => text.into(),
        },
        Shape::Number => item.number()?.into(),
        Shape::Flag => Value::Bool(item.number()? != 0),
        Shape::One(fields) => Value::Object(message(item.bytes()?, fields)?),
        Shape::Texts => {
            let list = object.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()?.push(item.text()?.into());
            return Some(());
        }
        Shape::Map | Shape::Bytes => {
            let (mut key, mut value) = (String::new(), Value::from(""));
            for (number, item) in items(item.bytes()?)? {
                match (number, shape) {
                    (1, _) => key = item.text()?,
                    (_, Shape::Bytes) => value = STANDARD.encode(item.bytes()?).into(),
                    _ => value = item.text()?.into(),
                }
            }
            let map = object.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            map.as_object_mut()?.insert(key, value);
            return Some(());
        }
    };
    object.insert(name.to_owned(), value);
    Some(())
}

impl<'a> Item<'a> {
    fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) => None,
        }
    }

    fn text(&self) -> Option<String> {
        self.bytes().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
    }

    fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number.cast_signed()),
            Self::Bytes(_) => None,
        }
    }
}

/// Takes a message apart.
fn items(mut bytes: &[u8]) -> Option<Vec<(u64, Item<'_>)>> {
    let mut items = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let item = match tag & 7 {
            0 => Item::Number(varint(&mut bytes)?),
            1 => Item::Bytes(take(&mut bytes, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Item::Bytes(take(&mut bytes, length)?)
            }
            5 => Item::Bytes(take(&mut bytes, 4)?),
            _ => return None,
        };
        items.push((tag >> 3, item));
    }
    Some(items)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
