//! Owns the bytes of a frame: changed cells become cursor moves, attributes and text (ECMA-48, xterm `ctlseqs`).
//!
//! Written here and not left to crossterm, which spells the 16 names as 256-colour codes (wrong on terminals that
//! have 16), drops attributes under `NO_COLOR`, and ends every frame with four resets.
//! Invariant: no control character of a cell reaches the terminal, and every frame ends with plain attributes.

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

#[cfg(test)]
mod tests;

/// What stands in for a symbol that holds a control character.
const REFUSED: &str = "?";

/// Attributes with the code that sets them (ECMA-48, 8.3.117).
const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// The attributes that the terminal has at a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    modifier: Modifier,
    fg: Color,
    bg: Color,
}

const PLAIN: Pen = Pen { modifier: Modifier::empty(), fg: Color::Reset, bg: Color::Reset };

/// Appends the bytes that paint the cells, each given with its column and row from 0. Returns how many cells.
pub fn paint<'a>(frame: &mut Vec<u8>, cells: impl Iterator<Item = (u16, u16, &'a Cell)>) -> usize {
    let (mut pen, mut next, mut painted) = (PLAIN, None, 0);
    for (column, row, cell) in cells {
        if next != Some((column, row)) {
            put(frame, format_args!("\x1b[{};{}H", row.saturating_add(1), column.saturating_add(1)));
        }
        // After a symbol of two columns this does not match, and the cursor is placed anew: never guessed.
        next = Some((column.saturating_add(1), row));
        let wanted = Pen { modifier: cell.modifier, fg: cell.fg, bg: cell.bg };
        change(frame, pen, wanted);
        pen = wanted;
        let symbol = cell.symbol();
        let safe = if symbol.chars().any(char::is_control) { REFUSED } else { symbol };
        frame.extend_from_slice(safe.as_bytes());
        painted += 1;
    }
    change(frame, pen, PLAIN);
    painted
}

/// Appends what turns one pen into another; nothing if they are equal.
fn change(frame: &mut Vec<u8>, mut from: Pen, to: Pen) {
    if from == to {
        return;
    }
    let mut codes = Codes { frame, any: false };
    // Codes that take single attributes away differ between terminals (22, 21); a reset does not.
    if !to.modifier.contains(from.modifier) || to == PLAIN {
        codes.code(format_args!("0"));
        from = PLAIN;
    }
    for (attribute, code) in ATTRIBUTES {
        if to.modifier.contains(attribute) && !from.modifier.contains(attribute) {
            codes.code(format_args!("{code}"));
        }
    }
    if from.fg != to.fg {
        codes.colour(to.fg, 0);
    }
    if from.bg != to.bg {
        codes.colour(to.bg, 10);
    }
    codes.end();
}

/// Writes one SGR sequence.
struct Codes<'a> {
    frame: &'a mut Vec<u8>,
    any: bool,
}

impl Codes<'_> {
    fn code(&mut self, code: std::fmt::Arguments<'_>) {
        self.frame.extend_from_slice(if self.any { b";" } else { b"\x1b[" });
        put(self.frame, code);
        self.any = true;
    }

    /// Writes a colour; `ground` is 0 for the foreground and 10 for the background.
    fn colour(&mut self, colour: Color, ground: u8) {
        match colour {
            Color::Rgb(red, green, blue) => self.code(format_args!("{};2;{red};{green};{blue}", 38 + ground)),
            Color::Indexed(index) => self.code(format_args!("{};5;{index}", 38 + ground)),
            named => self.code(format_args!("{}", base(named) + ground)),
        }
    }

    fn end(self) {
        if self.any {
            self.frame.push(b'm');
        }
    }
}

/// Returns the foreground code of a named colour; the terminal's own is 39.
fn base(colour: Color) -> u8 {
    match colour {
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => 39,
    }
}

fn put(frame: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = frame.write_fmt(text);
}
