//! Owns what is true of the other object that an order changes: a workload with the template, or a run.
//!
//! Read from the watch (runs) or from the object's JSON as fetched. It never looks at counters of measurements.
//! Invariant: what is not known is `None`, and never taken for a value.

use std::sync::Arc;

use serde_json::Value;

use crate::operation::site::SiteKind;
use crate::operation::template::Holder;
use crate::rollout::Meta;
use crate::text::Printable;

/// What was true of the object that an order changes, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteFacts {
    /// `metadata.uid`.
    pub uid: Arc<str>,
    /// `metadata.generation`.
    pub generation: i64,
    /// `status.phase` of a run; `None` where absent or empty.
    pub phase: Option<Arc<str>>,
    /// `spec.terminate` of a run, as stored.
    pub terminate: Option<bool>,
    /// The pod template, where the object holds one.
    pub template: Option<Arc<Value>>,
    /// The container that gets another image.
    pub image: Option<ImageFacts>,
}

/// A container as it stands in a stored template.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageFacts {
    /// JSON pointer of the container in the stored object.
    pub pointer: String,
    /// Its name.
    pub container: Arc<str>,
    /// Its image.
    pub image: Option<Arc<str>>,
}

impl SiteFacts {
    /// Takes what holds a template.
    pub fn of_holder(holder: &Holder) -> Self {
        Self {
            uid: holder.site.uid.clone(),
            generation: holder.generation,
            phase: None,
            terminate: None,
            template: Some(holder.template.clone()),
            image: None,
        }
    }

    /// Takes a run that the watch told of.
    pub(in crate::operation) fn of_run(meta: &Meta, phase: &Printable, terminate: Option<bool>) -> Self {
        Self {
            uid: meta.uid.clone(),
            generation: meta.generation,
            phase: (!phase.is_empty()).then(|| phase.as_str().into()),
            terminate,
            template: None,
            image: None,
        }
    }

    /// Reads an object of any of the kinds that orders change; `None` where it is of another kind.
    pub fn read(object: &Value) -> Option<Self> {
        if let Some(holder) = Holder::read(object) {
            return Some(Self::of_holder(&holder));
        }
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        SiteKind::named(text("/kind")?)?;
        Some(Self {
            uid: text("/metadata/uid")?.into(),
            generation: object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default(),
            phase: text("/status/phase").filter(|phase| !phase.is_empty()).map(Into::into),
            terminate: object.pointer("/spec/terminate").and_then(Value::as_bool),
            template: None,
            image: None,
        })
    }

    /// Looks in these facts for the container that an order staged on `staged` gives another image.
    pub(in crate::operation) fn at(self, staged: &Self, kind: SiteKind) -> Self {
        let image = staged.image.as_ref().map(|image| ImageFacts {
            pointer: image.pointer.clone(),
            container: self.text_at(kind, &image.pointer, "name").unwrap_or_default().into(),
            image: self.text_at(kind, &image.pointer, "image").map(Into::into),
        });
        Self { image, ..self }
    }

    fn text_at(&self, kind: SiteKind, pointer: &str, field: &str) -> Option<&str> {
        let within = pointer.strip_prefix(kind.template()?)?;
        self.template.as_ref()?.pointer(within)?.get(field)?.as_str()
    }

    /// Tells whether a run is over (Argo: `AnalysisPhase.Completed`).
    pub fn is_over(&self) -> bool {
        matches!(self.phase.as_deref(), Some("Successful" | "Failed" | "Error" | "Inconclusive"))
    }
}
