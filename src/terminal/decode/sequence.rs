//! Owns the meaning of whole sequences: which key, which report (xterm, `ctlseqs`, "PC-Style Function Keys").
//!
//! It sees no torn ones; the machine above puts them together.
//! Invariant: a sequence with a private mark (`< = > ?`) is a reply or a mouse, never a key.

use super::Decoded;
use crate::keymap::{Code, Key};

/// What a control sequence means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Input.
    Input(Decoded),
    /// A paste begins.
    Paste,
    /// So many more bytes belong to it; all of it means nothing here.
    Skip(u8),
}

/// Reads a control sequence from its parameters and its final byte.
pub(super) fn control(parameters: &[u8], last: u8) -> Meaning {
    let input = match (parameters, last) {
        // Mouse (X10 encoding) left on by another program: button, column and row follow as raw bytes.
        (b"", b'M') => return Meaning::Skip(3),
        // F1 to F5 of the Linux console: one letter follows.
        (b"", b'[') => return Meaning::Skip(1),
        (b"200", b'~') => return Meaning::Paste,
        (b"", b'I') => Decoded::FocusGained,
        (b"", b'O') => Decoded::FocusLost,
        (b"", b'Z') => Decoded::Key(Key::new(Code::Tab).shift()),
        _ => key(parameters, last).map_or(Decoded::Unknown, Decoded::Key),
    };
    Meaning::Input(input)
}

/// Reads the byte after `ESC O`.
pub(super) fn single(byte: u8) -> Decoded {
    let code = match byte {
        b'M' => Some(Code::Enter),
        _ => lettered(byte),
    };
    code.map_or(Decoded::Unknown, |code| Decoded::Key(Key::new(code)))
}

/// Reads `ESC [ 1 ; modifiers letter` and `ESC [ number ; modifiers ~`.
fn key(parameters: &[u8], last: u8) -> Option<Key> {
    let text = std::str::from_utf8(parameters).ok()?;
    let mut numbers = text.split(';');
    let (number, modifiers) = (numbers.next()?, numbers.next());
    if numbers.next().is_some() {
        return None;
    }
    let code = match (last, number) {
        (b'~', number) => numbered(number.parse().ok()?)?,
        // Any other number would make it a cursor report.
        (_, "" | "1") => lettered(last)?,
        _ => return None,
    };
    let held: u8 = modifiers.map_or(Some(1), |text| text.parse().ok())?;
    let held = held.checked_sub(1)?;
    let mut key = Key::new(code);
    if held & 1 != 0 {
        key = key.shift();
    }
    if held & 2 != 0 {
        key = key.alt();
    }
    Some(if held & 4 != 0 { key.ctrl() } else { key })
}

fn lettered(letter: u8) -> Option<Code> {
    Some(match letter {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'P'..=b'S' => Code::Function(letter - b'P' + 1),
        _ => return None,
    })
}

fn numbered(number: u8) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::Function(number - 10),
        17..=21 => Code::Function(number - 11),
        23 | 24 => Code::Function(number - 12),
        _ => return None,
    })
}
