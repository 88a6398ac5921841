//! Owns the token that a caller over HTTP must bear: what it may look like, and whether one that was given is it.
//!
//! It keeps a digest and never the token itself, so that nothing here can show it. Invariant: how long a comparison takes
//! says nothing about the token.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Shortest token, in characters: 128 bits where they are of base 64.
const SHORTEST: usize = 22;
/// Longest token, in characters.
const LONGEST: usize = 512;

/// What callers must bear.
pub struct Token([u8; 32]);

impl Token {
    /// Takes a token that was read or made.
    ///
    /// # Errors
    /// One sentence where it is too short, too long, or of characters that a header cannot have (RFC 6750, section 2.1).
    pub fn new(secret: &SecretString) -> Result<Self, String> {
        let text = secret.expose_secret();
        if !(SHORTEST..=LONGEST).contains(&text.len()) {
            return Err(format!("a token has {SHORTEST} to {LONGEST} characters"));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        match text.bytes().all(fits) {
            true => Ok(Self(digest(text.as_bytes()))),
            false => Err("a token has letters, digits and - . _ ~ + / = alone".to_owned()),
        }
    }

    /// Tells whether this is it.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        // Digests are compared, so that neither the length of what was given nor the first difference shows in the time.
        let apart = self.0.iter().zip(digest(given)).fold(0, |apart, (one, other)| apart | (one ^ other));
        std::hint::black_box(apart) == 0
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
