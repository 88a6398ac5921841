//! Owns the reading of keys out of the terminal's bytes (xterm, `ctlseqs`; ECMA-48), as a machine without a clock.
//!
//! Written here and not left to crossterm, whose parser turns late replies into key presses, is wedged by one it does
//! not know, makes three keys of an arrow key torn by a slow link, and whose reader blocks or spins. It gives keys no
//! meaning. Invariant: bytes of a sequence, known or not, whole or torn by less than [`SEQUENCE_PAUSE`], are never
//! keys; every state but one between keys ends by itself after a pause, so no input can wedge it.

use std::time::{Duration, Instant};

use self::sequence::Meaning;
use crate::keymap::{Code, Key};

mod sequence;
#[cfg(test)]
mod tests;

/// How long an escape may be followed by the rest of a sequence; after it, it was the key.
pub const ESCAPE_PAUSE: Duration = Duration::from_millis(30);
/// How long the parts of a sequence may lie apart.
pub const SEQUENCE_PAUSE: Duration = Duration::from_millis(500);
/// How long a paste may pause.
pub const PASTE_PAUSE: Duration = Duration::from_secs(2);
/// Longest paste kept, in bytes; the rest of it is dropped.
pub const LONGEST_PASTE: usize = 64 * 1024;
/// Longest sequence that can mean a key.
const LONGEST_SEQUENCE: usize = 32;
const PASTE_END: &[u8] = b"\x1b[201~";
const ESC: u8 = 0x1b;

/// What the bytes meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A key press.
    Key(Key),
    /// Text between the marks of a paste.
    Paste(String),
    /// The terminal came to the front.
    FocusGained,
    /// The terminal went to the back.
    FocusLost,
    /// Nothing that this program knows: a reply, a mouse, broken text.
    Unknown,
}

/// Where in the bytes the machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum State {
    /// Between keys.
    #[default]
    Between,
    /// After ESC.
    Escape,
    /// After `ESC [`.
    Control,
    /// After `ESC O`.
    Single,
    /// Inside a string that only a reply contains (OSC, DCS, SOS, PM, APC), to its end.
    Reply,
    /// After ESC inside such a string.
    ReplyEscape,
    /// Inside a paste.
    Paste,
    /// Inside a character of several bytes.
    Character,
    /// Before so many bytes that belong to a sequence that is already known to mean nothing here.
    Skip(u8),
}

/// Reads keys out of bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    held: Vec<u8>,
    last: Option<Instant>,
    decoded: Vec<(Decoded, Instant)>,
}

impl Decoder {
    /// Makes a machine between keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes that were read together at a time; returns what they complete, with the time of its last byte.
    pub fn feed(&mut self, bytes: &[u8], at: Instant) -> Vec<(Decoded, Instant)> {
        self.pause(at);
        self.last = Some(at);
        for byte in bytes {
            self.step(*byte, at);
        }
        std::mem::take(&mut self.decoded)
    }

    /// Returns what the passing of time completes: an escape that was the key, a paste that stopped.
    pub fn elapsed(&mut self, now: Instant) -> Vec<(Decoded, Instant)> {
        self.pause(now);
        std::mem::take(&mut self.decoded)
    }

    /// Returns when [`Self::elapsed`] is due, if anything is incomplete.
    pub fn due(&self) -> Option<Instant> {
        let patience = match self.state {
            State::Between => return None,
            State::Escape => ESCAPE_PAUSE,
            State::Paste => PASTE_PAUSE,
            _ => SEQUENCE_PAUSE,
        };
        self.last.map(|last| last + patience)
    }

    /// Tells whether bytes have come that mean nothing yet.
    pub fn is_incomplete(&self) -> bool {
        self.state != State::Between
    }

    fn pause(&mut self, now: Instant) {
        let (Some(due), Some(at)) = (self.due(), self.last) else { return };
        if now < due {
            return;
        }
        let meant = match self.state {
            State::Escape => Decoded::Key(Key::new(Code::Esc)),
            State::Paste => self.pasted(),
            _ => Decoded::Unknown,
        };
        self.complete(meant, at);
    }

    fn step(&mut self, byte: u8, at: Instant) {
        match (self.state, byte) {
            (State::Paste, _) => self.paste(byte, at),
            (State::Skip(left), _) => match left.saturating_sub(1) {
                0 => self.complete(Decoded::Unknown, at),
                left => self.state = State::Skip(left),
            },
            (State::Reply, 0x07) | (State::ReplyEscape, b'\\') => self.complete(Decoded::Unknown, at),
            (State::Reply, ESC) => self.state = State::ReplyEscape,
            (State::Reply, _) => {}
            // An escape that ends no string begins anew.
            (State::ReplyEscape, _) => {
                self.begin(State::Escape);
                self.step(byte, at);
            }
            (State::Escape, ESC) => {
                self.complete(Decoded::Key(Key::new(Code::Esc)), at);
                self.begin(State::Escape);
            }
            (State::Control | State::Single | State::Character, ESC) => {
                self.complete(Decoded::Unknown, at);
                self.begin(State::Escape);
            }
            (State::Between, ESC) => self.begin(State::Escape),
            (State::Escape, _) => self.after_escape(byte, at),
            (State::Between, 0x80..) => {
                self.begin(State::Character);
                self.character(byte, at);
            }
            (State::Between, _) => self.complete(plain(byte), at),
            (State::Character, _) => self.character(byte, at),
            (State::Control, _) => self.control(byte, at),
            (State::Single, _) => self.complete(sequence::single(byte), at),
        }
    }

    fn after_escape(&mut self, byte: u8, at: Instant) {
        match byte {
            b'[' => self.begin(State::Control),
            b'O' => self.begin(State::Single),
            b']' | b'P' | b'X' | b'^' | b'_' => self.begin(State::Reply),
            0x80.. => {
                self.complete(Decoded::Unknown, at);
                self.step(byte, at);
            }
            _ => {
                let meant = match plain(byte) {
                    Decoded::Key(key) => Decoded::Key(key.alt()),
                    other => other,
                };
                self.complete(meant, at);
            }
        }
    }

    /// Takes a byte of a control sequence: parameters and intermediates up to a final byte (ECMA-48, 5.4).
    fn control(&mut self, byte: u8, at: Instant) {
        match byte {
            0x20..=0x3f => {
                if self.held.len() < LONGEST_SEQUENCE {
                    self.held.push(byte);
                }
            }
            0x40..=0x7e => {
                // A sequence that filled its room is no key, whatever it ends in.
                let whole = self.held.len() < LONGEST_SEQUENCE;
                match sequence::control(&self.held, byte) {
                    Meaning::Paste if whole => self.begin(State::Paste),
                    Meaning::Skip(bytes) if whole => self.begin(State::Skip(bytes)),
                    Meaning::Input(input) if whole => self.complete(input, at),
                    _ => self.complete(Decoded::Unknown, at),
                }
            }
            _ => self.complete(Decoded::Unknown, at),
        }
    }

    fn character(&mut self, byte: u8, at: Instant) {
        self.held.push(byte);
        match std::str::from_utf8(&self.held) {
            Ok(text) => {
                let meant = text.chars().next().filter(|c| !c.is_control());
                self.complete(meant.map_or(Decoded::Unknown, |c| Decoded::Key(Key::char(c))), at);
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                // A byte that cannot go on this character may begin something of its own.
                let begins_anew = self.held.len() > 1;
                self.complete(Decoded::Unknown, at);
                if begins_anew {
                    self.step(byte, at);
                }
            }
        }
    }

    fn paste(&mut self, byte: u8, at: Instant) {
        self.held.push(byte);
        if self.held.ends_with(PASTE_END) {
            self.held.truncate(self.held.len() - PASTE_END.len());
            let meant = self.pasted();
            self.complete(meant, at);
        } else if self.held.len() > LONGEST_PASTE + PASTE_END.len() {
            // The text is long enough; only what may become the end mark is still kept behind it.
            self.held.remove(LONGEST_PASTE);
        }
    }

    fn pasted(&mut self) -> Decoded {
        self.held.truncate(LONGEST_PASTE);
        Decoded::Paste(String::from_utf8_lossy(&self.held).into_owned())
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.held.clear();
    }

    fn complete(&mut self, meant: Decoded, at: Instant) {
        self.begin(State::Between);
        self.decoded.push((meant, at));
    }
}

/// Reads a byte of ASCII: control bytes without a key of their own are keys with control held (ECMA-48, 5.2).
fn plain(byte: u8) -> Decoded {
    let key = match byte {
        b'\t' => Key::new(Code::Tab),
        b'\r' => Key::new(Code::Enter),
        0x7f => Key::new(Code::Backspace),
        0x00 => Key::char(' ').ctrl(),
        0x01..=0x1f => Key::char(char::from(byte | 0x40)).ctrl(),
        _ => Key::char(char::from(byte)),
    };
    Decoded::Key(key)
}
