//! Owns the digest that ties what a person read to what goes out.
//!
//! It never depends on how anything is drawn. Invariant: every part is preceded by its length, and the whole by a
//! domain that names its version, so no two different operations share one form.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::operation::entry::ANNOUNCED;
use crate::operation::{Operation, Request};

const OPERATION: &str = "rollgate operation v1";
const ERRAND: &str = "rollgate errand v1";
const REQUEST: &str = "rollgate request v1";

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Digests the parts of an errand.
    pub(in crate::operation) fn of_errand<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::over(ERRAND, parts)
    }

    fn over<'a>(domain: &'a str, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(domain).chain(parts) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Request {
    pub(in crate::operation) fn parts(&self) -> [&str; 4] {
        [self.method, &self.path, self.content_type, &self.body]
    }

    /// Returns the SHA-256 over method, path, content type and body.
    pub fn digest(&self) -> Digest {
        Digest::over(REQUEST, self.parts())
    }
}

impl Operation {
    /// Returns the SHA-256 over the id, the kind, the whole target, the exact request, and whether an Event tells of it: what
    /// is acknowledged.
    pub fn digest(&self) -> Digest {
        let target = self.target();
        let whom = [
            &*self.id().0,
            self.kind().word(),
            target.context.as_str(),
            target.server.as_str(),
            target.user.as_str(),
            &target.key.namespace,
            &target.key.name,
            &target.uid,
        ];
        let told = self.announces().then_some(ANNOUNCED);
        Digest::over(OPERATION, whom.into_iter().chain(self.request().parts()).chain(told))
    }
}
