//! Owns the dry run of an order: its exact request, with the words that have the server judge it and store nothing.
//!
//! It is no leave to send: a [`super::Dispatch`] is another type, made elsewhere, by an acknowledgement and a record. This one
//! can be made of any staged order, as often as wanted. Invariant: its path says `dryRun=All`, and its method, body and
//! content type are those of the order.

use super::{Kind, Operation, Request, Site, Target};

/// A request that changes nothing, made of a staged order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    target: Target,
    kind: Kind,
    site: Site,
    request: Request,
}

impl Operation {
    /// Makes the dry run of exactly the request that was staged.
    pub fn rehearsal(&self) -> Rehearsal {
        let request = self.request();
        let joint = if request.path.contains('?') { '&' } else { '?' };
        let path = format!("{}{joint}dryRun=All", request.path);
        let request = Request { path, ..request.clone() };
        Rehearsal { target: self.target().clone(), kind: self.kind(), site: self.site(), request }
    }
}

impl Rehearsal {
    /// Returns on what the order acts, and as whom.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns what is ordered.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the object that the order changes.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the request, which asks the server to store nothing.
    pub fn request(&self) -> &Request {
        &self.request
    }
}
