//! Owns the spelling of colours in theme files: `default`, the 16 names, `#rrggbb`.
//!
//! The names are those of the terminal's palette, so the person's own choice of colours holds. No 256-colour
//! indices: what they show differs from what a theme's author saw.
//! Invariant: every colour read here can be told apart as shown by 16 colours or not ([`is_rich`]).

use ratatui::style::Color;

const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// Reads a colour.
pub(super) fn read(text: &str) -> Option<Color> {
    match text.strip_prefix('#') {
        Some(hex) if hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok().map(Color::from_u32)
        }
        Some(_) => None,
        None => NAMES.iter().find(|(name, _)| *name == text).map(|(_, colour)| *colour),
    }
}

/// Tells whether a colour needs more than the 16 names.
pub(super) fn is_rich(colour: Color) -> bool {
    matches!(colour, Color::Rgb(..))
}
