//! Chance without a generator: suffixes, choices and jitter that follow from names and versions.
//!
//! It owns no state, so the same question has the same answer whoever asks, however often and in whatever order; two
//! worlds of the same seed stay alike. It is no cryptography. Invariant: letters and lengths are those of Kubernetes.

use jiff::SignedDuration;

/// Letters of generated names: no vowels, nothing that reads like another letter (Kubernetes: apimachinery
/// pkg/util/rand).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Mixes the parts of a question into 64 bits (FNV-1a, then a finaliser that spreads neighbours apart).
pub fn mix(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Makes the five letters that end a generated name, as in `web-6c54544bf9-7x2kq`.
pub fn suffix(parts: &[&str]) -> String {
    let mut rest = mix(parts);
    let mut letters = String::with_capacity(5);
    for _ in 0..5 {
        letters.push(letter(rest % 27));
        rest /= 27;
    }
    letters
}

/// Chooses a duration below `limit`, in whole milliseconds.
pub fn jitter(parts: &[&str], limit: SignedDuration) -> SignedDuration {
    let span = u64::try_from(limit.as_millis()).unwrap_or(0).max(1);
    SignedDuration::from_millis(i64::try_from(mix(parts) % span).unwrap_or(0))
}

/// Chooses a number from -1 up to 1.
pub fn wobble(parts: &[&str]) -> f64 {
    let high = u32::try_from(mix(parts) >> 32).unwrap_or(0);
    f64::from(high) / f64::from(u32::MAX) * 2.0 - 1.0
}

fn letter(index: u64) -> char {
    let found = usize::try_from(index).ok().and_then(|index| LETTERS.get(index));
    char::from(found.copied().unwrap_or(b'b'))
}

#[cfg(test)]
mod tests;
