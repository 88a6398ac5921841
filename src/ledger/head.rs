//! Owns the head of a chain: the number and hash of a record, by which everything up to it can be held to account.
//!
//! It never reads a file. Invariant: a head that was remembered in short is compared in all the digits that were
//! kept, and never in fewer than [`Remembered::SHORTEST`].

use std::fmt;
use std::str::FromStr;

/// SHA-256 of a record and of the one before it.
pub(super) type Hash = [u8; 32];

/// A record by its number and hash; it vouches for all records up to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// Number of the record; 0 is the genesis.
    pub sequence: u64,
    /// SHA-256 of the record and of the one before it.
    pub hash: [u8; 32],
}

impl Head {
    /// Returns `SEQ:HASH` with the first 32 of the hash's 64 digits: short enough for a header, and nobody finds
    /// another record that begins with them.
    pub fn short(&self) -> String {
        let digits: String = self.hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{}:{digits}", self.sequence)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, hex(&self.hash))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({self})")
    }
}

/// Writes a hash as 64 hexadecimal digits.
pub(super) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads 64 lower-case hexadecimal digits.
pub(super) fn unhex(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if digits.len() != 64 || !digits.bytes().all(is_digit) {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// A head that somebody kept outside of the ledger: all or the first digits of its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Number of the record.
    pub sequence: u64,
    digits: String,
}

impl Remembered {
    /// Fewest digits that count as remembering.
    pub const SHORTEST: usize = 16;

    /// Tells whether `hash` begins with what was kept.
    pub fn is(&self, hash: &[u8; 32]) -> bool {
        hex(hash).starts_with(&self.digits)
    }
}

impl fmt::Display for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.digits)
    }
}

impl FromStr for Remembered {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "a head is written SEQ:HASH, as `rollgate ledger verify` prints it, with {} to 64 digits of the hash",
                Self::SHORTEST
            )
        };
        let (sequence, digits) = written.trim().split_once(':').ok_or_else(form)?;
        let digits = digits.to_ascii_lowercase();
        let long_enough = (Self::SHORTEST..=64).contains(&digits.len());
        if !long_enough || !digits.bytes().all(is_digit) || !sequence.bytes().all(|b| b.is_ascii_digit()) {
            return Err(form());
        }
        Ok(Self { sequence: sequence.parse().map_err(|_| form())?, digits })
    }
}
