//! Owns one document of a dump: an object, a list of objects, or a list of lists.
//!
//! It turns the items of a list into the domain one after another, so that a list of 100 MB never stands in memory as
//! a tree. It never judges a kind itself: `rollout::parse` does. Invariant: each object is kept or counted as skipped.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};

/// Objects of known kinds in their order, and how many others there were.
#[derive(Default)]
pub struct Harvest {
    /// Objects of known kinds.
    pub objects: Vec<Object>,
    /// How many objects of other kinds were passed over.
    pub skipped: usize,
}

/// What one document holds: the items of a list already read, a single object not yet.
#[derive(Default)]
pub struct Document {
    items: Harvest,
    rest: Vec<Value>,
}

impl Document {
    /// Returns the objects; those not yet read share their texts through `interner`.
    pub fn harvest(mut self, interner: &mut Interner) -> Harvest {
        for value in self.rest {
            self.items.gather(value, interner);
        }
        self.items
    }
}

impl Harvest {
    /// Keeps an object; a list is kept item by item.
    fn gather(&mut self, value: Value, interner: &mut Interner) {
        let Value::Object(mut fields) = value else {
            self.skipped += 1;
            return;
        };
        let Some(items) = fields.remove("items") else {
            match parse::from_value(Value::Object(fields), interner) {
                Some(object) => self.objects.push(object),
                None => self.skipped += 1,
            }
            return;
        };
        if let Value::Array(items) = items {
            let list = ListKind::of(&fields);
            items.into_iter().for_each(|item| self.gather(list.name(item), interner));
        }
    }
}

/// What a typed list (`PodList`) says of its items, which then do not say it themselves.
struct ListKind {
    version: Option<Value>,
    kind: Option<Value>,
}

impl ListKind {
    fn of(list: &Map<String, Value>) -> Self {
        let kind = list.get("kind").and_then(Value::as_str).and_then(|kind| kind.strip_suffix("List"));
        Self {
            version: list.get("apiVersion").cloned(),
            kind: kind.filter(|kind| !kind.is_empty()).map(|kind| Value::from(kind.to_owned())),
        }
    }

    fn name(&self, mut item: Value) -> Value {
        if let (Value::Object(fields), Some(kind), Some(version)) = (&mut item, &self.kind, &self.version)
            && !fields.contains_key("kind")
        {
            fields.insert("kind".to_owned(), kind.clone());
            fields.entry("apiVersion").or_insert_with(|| version.clone());
        }
        item
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object or a list of them")
    }

    fn visit_unit<E: Error>(self) -> Result<Document, E> {
        Ok(Document::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(value) = seq.next_element()? {
            document.rest.push(value);
        }
        Ok(document)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut fields, mut list) = (Map::new(), None);
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                list = Some(map.next_value::<Items>()?.0);
            } else {
                fields.insert(key, map.next_value()?);
            }
        }
        let Some(mut document) = list else {
            return Ok(Document { items: Harvest::default(), rest: vec![Value::Object(fields)] });
        };
        let kind = ListKind::of(&fields);
        document.rest = document.rest.into_iter().map(|item| kind.name(item)).collect();
        Ok(document)
    }
}

/// The `items` of a list: read as they come, but for those that need the list's kind, which may follow.
struct Items(Document);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemsVisitor).map(Items)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Document, E> {
        Ok(Document::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Document::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        let mut interner = Interner::default();
        while let Some(value) = seq.next_element::<Value>()? {
            if value.get("kind").is_some() {
                document.items.gather(value, &mut interner);
            } else {
                document.rest.push(value);
            }
        }
        Ok(document)
    }
}
