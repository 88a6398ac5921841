//! Which objects of a collection a list or a watch means, by labels and by fields together.
//!
//! It owns nothing but the pair. Invariant: an empty one means everything and costs nothing.

use serde_json::Value;

use crate::sim::objects::selector::{FieldSelector, LabelSelector};
use crate::sim::objects::{Kind, Refusal, Stored};

/// Labels and fields that an object must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selector {
    /// Reads `labelSelector` and `fieldSelector`.
    ///
    /// # Errors
    /// 400 in the server's words where one cannot be read, or where the kind knows no such field.
    pub(super) fn read(kind: &Kind, labels: &str, fields: &str) -> Result<Self, Refusal> {
        Ok(Self { labels: LabelSelector::parse(labels)?, fields: FieldSelector::parse(kind, fields)? })
    }

    /// Tells whether everything is meant.
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields == FieldSelector::default()
    }

    /// Returns the one name that is asked for, if there is one.
    pub(super) fn name(&self) -> Option<&str> {
        self.fields.name()
    }

    /// Tells whether an object is meant.
    pub(super) fn matches(&self, object: &Stored) -> bool {
        self.is_empty() || (self.labels.matches(&object.value) && self.fields.matches(&object.value))
    }

    /// Tells whether these labels are meant, by a selector that names any.
    pub(super) fn chooses(&self, labels: Option<&Value>) -> bool {
        !self.labels.is_empty() && self.labels.chooses(labels)
    }
}
