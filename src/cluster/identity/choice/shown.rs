//! Owns what of a server's path is shown and recorded: not what may be a secret in it.
//!
//! Some proxies put a key into the path. A segment that looks drawn at random gives way to a short digest of it, by
//! which two clusters are still told apart. It never changes where requests go. Invariant: two paths that differ are
//! shown differently, and one path always in the same way.

use sha2::{Digest, Sha256};

/// Letters and digits without a break that no name has.
const LONG_RUN: usize = 16;
/// As many hexadecimal digits are a key or an identity, with dashes between them or not.
const LONG_HEX: usize = 32;

/// Returns a path with the segments that may be secrets replaced.
pub(super) fn path(path: &str) -> String {
    let segments = path.split('/').map(|segment| match is_random(segment) {
        true => format!("~{}", digest(segment)),
        false => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn is_random(segment: &str) -> bool {
    let runs = segment.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mixed = |run: &str| {
        let has = |kind: fn(&u8) -> bool| run.as_bytes().iter().any(kind);
        let kinds = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
        kinds.into_iter().filter(|kind| has(*kind)).count() > 1
    };
    let hex = segment.bytes().filter(u8::is_ascii_hexdigit).count();
    let only_hex = segment.bytes().all(|letter| letter.is_ascii_hexdigit() || letter == b'-');
    (only_hex && hex >= LONG_HEX) || runs.into_iter().any(|run| run.len() >= LONG_RUN && mixed(run))
}

/// Twelve hexadecimal digits of the SHA-256.
fn digest(segment: &str) -> String {
    let hash = Sha256::digest(segment.as_bytes());
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
