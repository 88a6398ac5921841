//! Owns the chain: which bytes of a record are hashed, and that each record follows from the one before it.
//!
//! The form is fixed and written down in `assets/schema/ledger.md`, so that anybody can compute it anew; it never looks
//! into a body. Invariants: no two different records have the same bytes (every text is preceded by its length, an
//! absent one is told from an empty one); a change of the form changes [`FORM`].

use sha2::{Digest as _, Sha256};

use super::head::Hash;
use super::verdict::{Broken, Fault};

/// Name and version of the hashed form; the first bytes of it.
pub(super) const FORM: &str = "rollgate ledger record v1";
/// What stands for the hash of the record before the first.
pub(super) const BEFORE_ALL: Hash = [0; 32];
/// In place of a length: there is no text.
const ABSENT: u64 = u64::MAX;

/// What a record holds, as bytes.
pub(super) struct Fields<'a> {
    pub(super) at: &'a [u8],
    pub(super) operation: &'a [u8],
    pub(super) entry: i64,
    pub(super) event: &'a [u8],
    pub(super) actor: Option<&'a [u8]>,
    pub(super) api_user: &'a [u8],
    pub(super) body: &'a [u8],
}

/// Computes hashes, one after the other, in one piece of memory.
#[derive(Default)]
pub(super) struct Sealer {
    bytes: Vec<u8>,
}

impl Sealer {
    /// Returns the hash of record `sequence`, which follows the record of hash `before`.
    pub(super) fn seal(&mut self, before: &Hash, sequence: u64, fields: &Fields<'_>) -> Hash {
        self.bytes.clear();
        self.bytes.extend_from_slice(FORM.as_bytes());
        self.bytes.extend_from_slice(before);
        self.bytes.extend_from_slice(&sequence.to_be_bytes());
        self.text(fields.at);
        self.text(fields.operation);
        self.bytes.extend_from_slice(&fields.entry.to_be_bytes());
        self.text(fields.event);
        match fields.actor {
            Some(actor) => self.text(actor),
            None => self.bytes.extend_from_slice(&ABSENT.to_be_bytes()),
        }
        self.text(fields.api_user);
        self.text(fields.body);
        Sha256::digest(&self.bytes).into()
    }

    fn text(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.bytes.extend_from_slice(text);
    }
}

/// A walk along the chain, record by record.
pub(super) struct Walk {
    next: u64,
    before: Hash,
    sealer: Sealer,
}

impl Walk {
    /// Begins at record `next`; the record before it has the hash `before`.
    pub(super) fn from(next: u64, before: Hash) -> Self {
        Self { next, before, sealer: Sealer::default() }
    }

    /// Returns the number of the record that comes next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Returns the hash of the record before that.
    pub(super) fn before(&self) -> Hash {
        self.before
    }

    /// Takes the next record as it is found.
    ///
    /// # Errors
    /// It is not the next one, or does not follow from the one before it.
    pub(super) fn step(&mut self, sequence: i64, fields: &Fields<'_>, hash: &[u8]) -> Result<(), Broken> {
        match u64::try_from(sequence) {
            Ok(found) if found == self.next => {}
            Ok(found) if found > self.next => return Err(self.broken(Fault::Missing { found })),
            Ok(_) | Err(_) => return Err(self.broken(Fault::OutOfPlace { found: sequence })),
        }
        let computed = self.sealer.seal(&self.before, self.next, fields);
        if computed != hash {
            return Err(self.broken(Fault::Altered));
        }
        self.before = computed;
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// Says that the chain is broken at the record that comes next.
    pub(super) fn broken(&self, fault: Fault) -> Broken {
        Broken { sequence: self.next, fault }
    }
}
