//! Owns copying through the terminal (OSC 52): works over SSH, writes only, and never learns whether it worked.
//!
//! Used on a key press alone, never from data; the terminal's own clipboard is never read.
//! Invariant: the text travels as base64, so no byte of it is a control character to the terminal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[cfg(test)]
mod tests;

/// Longest text copied, in bytes: 100 kB of base64 with its frame, which common terminals and tmux still take.
pub const LONGEST: usize = 74_994;

/// The program between this one and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Through {
    /// Nothing that needs wrapping.
    #[default]
    Directly,
    /// tmux: the sequence is wrapped in its passthrough (needs `allow-passthrough on`).
    Tmux,
}

/// The text is longer than terminals take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are more than a terminal takes to copy ({LONGEST})")]
pub struct TooLong(pub usize);

/// Encodes a text as the sequence that asks the terminal to copy it (xterm, `ctlseqs`, OSC 52).
///
/// # Errors
/// Returns [`TooLong`] above [`LONGEST`] bytes.
pub fn sequence(text: &str, through: Through) -> Result<Vec<u8>, TooLong> {
    if text.len() > LONGEST {
        return Err(TooLong(text.len()));
    }
    let copy = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    Ok(match through {
        Through::Directly => copy,
        Through::Tmux => format!("\x1bPtmux;{}\x1b\\", copy.replace('\x1b', "\x1b\x1b")),
    }
    .into_bytes())
}
