//! What a client can order, as data.
//!
//! It owns the shape of an order and of its terms. It never carries one out.

use serde_json::Value;

use super::{Kind, Part, Place, Refusal};

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// JSON Patch (RFC 6902): `application/json-patch+json`.
    Json,
    /// Merge patch (RFC 7386): `application/merge-patch+json`.
    Merge,
    /// Strategic merge patch, for kinds of Kubernetes itself: `application/strategic-merge-patch+json`.
    Strategic,
}

/// Media types that a built-in kind takes patches in, in the server's order.
const BUILT_IN: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

/// Media types that a custom kind takes patches in, in the server's order.
const CUSTOM: [&str; 3] =
    ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];

impl PatchKind {
    /// The kind of patch that a Content-Type names, parameters behind `;` aside.
    ///
    /// # Errors
    /// 415 in the server's words where `kind` takes no such patch. Server-side apply is refused too.
    pub fn of(media: &str, kind: &Kind) -> Result<Self, Refusal> {
        let media = media.split(';').next().unwrap_or_default().trim();
        let custom = kind.nature == super::kind::Nature::Custom;
        match media {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" if !custom => Ok(Self::Strategic),
            _ if custom => Err(Refusal::unsupported_media(&CUSTOM)),
            _ => Err(Refusal::unsupported_media(&BUILT_IN)),
        }
    }
}

/// A patch as it came.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    /// How it is written.
    pub kind: PatchKind,
    /// Its bytes.
    pub body: &'a [u8],
}

/// What becomes of the objects that a deleted one owned (`propagationPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cascade {
    /// As the kind has it: they go, but a Job's pods stay.
    #[default]
    Usual,
    /// They go with it.
    Background,
    /// They go before it.
    Foreground,
    /// They stay, without their reference to it.
    Orphan,
}

/// On which terms an object is deleted (`DeleteOptions`).
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What becomes of its dependents.
    pub cascade: Cascade,
    /// It must bear this uid (`preconditions.uid`).
    pub uid: Option<String>,
    /// It must have this version (`preconditions.resourceVersion`).
    pub version: Option<String>,
}

/// What a client orders.
pub enum Order<'a> {
    /// POST of an object.
    Create {
        /// Kind that the path names.
        kind: &'static Kind,
        /// Namespace that the path names; empty for kinds without.
        namespace: &'a str,
        /// The object.
        value: Value,
    },
    /// PUT of an object, or of one of its parts.
    Replace {
        /// Which object.
        place: &'a Place,
        /// Which part of it.
        part: Part,
        /// The whole object, or for [`Part::Scale`] a Scale.
        value: Value,
    },
    /// PATCH of an object, or of one of its parts.
    Patch {
        /// Which object.
        place: &'a Place,
        /// Which part of it.
        part: Part,
        /// The patch.
        patch: Patch<'a>,
    },
    /// DELETE of an object.
    Delete {
        /// Which object.
        place: &'a Place,
        /// On which terms.
        terms: Terms,
    },
}

impl Order<'_> {
    /// What a deletion does to dependents; nothing for other orders.
    pub(super) fn cascade(&self) -> Option<Cascade> {
        match self {
            Self::Delete { terms, .. } => Some(terms.cascade),
            Self::Create { .. } | Self::Replace { .. } | Self::Patch { .. } => None,
        }
    }
}
