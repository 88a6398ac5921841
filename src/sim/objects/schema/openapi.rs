//! A shape in the words of OpenAPI v3, as the real server publishes what a definition says (apiextensions:
//! controller/openapi/builder).
//!
//! It owns the translation alone. Invariant: every field that a shape names is described, and no other.

use serde_json::{Map, Value, json};

use super::shape::{Fields, Shape};

impl Shape {
    /// Describes it.
    pub(super) fn openapi(&self) -> Value {
        match self {
            Self::Any => json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
            Self::Text => json!({"type": "string"}),
            Self::Time => json!({"type": "string", "format": "date-time"}),
            Self::Bool => json!({"type": "boolean"}),
            Self::Whole => json!({"type": "integer", "format": "int32"}),
            Self::Number => json!({"type": "number"}),
            Self::Either => json!({"x-kubernetes-int-or-string": true}),
            Self::List(element) => json!({"type": "array", "items": element.openapi()}),
            Self::Map(element) => json!({"type": "object", "additionalProperties": element.openapi()}),
            Self::Fields(fields) => fields.openapi(),
        }
    }
}

impl Fields {
    fn openapi(&self) -> Value {
        let named: Map<String, Value> =
            self.named.iter().map(|(name, shape)| (name.clone(), shape.openapi())).collect();
        let mut described = Map::from_iter([
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), Value::Object(named)),
        ]);
        if !self.required.is_empty() {
            described.insert("required".to_owned(), json!(self.required));
        }
        if self.open {
            described.insert("x-kubernetes-preserve-unknown-fields".to_owned(), json!(true));
        }
        Value::Object(described)
    }
}
