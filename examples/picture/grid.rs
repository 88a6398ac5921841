//! A screen as plain cells: what stands in each and in which ink, whichever terminal it came from.
//!
//! Colours are resolved here, so that reverse and dim are no longer special. It draws nothing.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// The ground on which nothing is drawn.
pub const PAPER: Rgb = (0x14, 0x18, 0x1f);
/// Text in no colour of its own.
const TEXT: Rgb = (0xd4, 0xda, 0xe2);
/// The sixteen named colours.
const NAMED: [Rgb; 16] = [
    (0x22, 0x28, 0x31),
    (0xd8, 0x64, 0x64),
    (0x6d, 0xbf, 0x78),
    (0xdd, 0xab, 0x4d),
    (0x63, 0x93, 0xdc),
    (0xb5, 0x80, 0xdd),
    (0x52, 0xba, 0xc4),
    (0xb8, 0xc0, 0xca),
    (0x6d, 0x77, 0x84),
    (0xff, 0x7d, 0x78),
    (0x93, 0xd8, 0x98),
    (0xf2, 0xca, 0x7a),
    (0x82, 0xb4, 0xff),
    (0xd7, 0xa8, 0xf8),
    (0x80, 0xdd, 0xe6),
    (0xf4, 0xf6, 0xf9),
];

/// How a cell is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    pub fg: Rgb,
    pub bg: Rgb,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
}

/// What stands in one cell; the second cell of a wide character is empty.
#[derive(Clone, Debug)]
pub struct Cell {
    pub symbol: String,
    pub ink: Ink,
}

/// A screen, row by row.
pub struct Grid {
    pub columns: u16,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Copy, Default)]
struct Look {
    fg: Option<Rgb>,
    bg: Option<Rgb>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl Look {
    fn ink(self) -> Ink {
        let (fg, bg) = (self.fg.unwrap_or(TEXT), self.bg.unwrap_or(PAPER));
        let (fg, bg) = if self.reverse { (bg, fg) } else { (fg, bg) };
        let fg = if self.dim { mixed(fg, bg) } else { fg };
        Ink { fg, bg, bold: self.bold, italic: self.italic, underline: self.underline }
    }
}

impl Grid {
    /// Takes what stands on a terminal.
    pub fn of_terminal(screen: &vt100::Screen) -> Self {
        let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
        let cell = |row, column| {
            let cell = screen.cell(row, column).expect("a cell of the screen");
            let look = Look {
                fg: terminal_colour(cell.fgcolor()),
                bg: terminal_colour(cell.bgcolor()),
                bold: cell.bold(),
                dim: cell.dim(),
                italic: cell.italic(),
                underline: cell.underline(),
                reverse: cell.inverse(),
            };
            let symbol = if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() };
            let symbol = if cell.is_wide_continuation() { String::new() } else { symbol };
            Cell { symbol, ink: look.ink() }
        };
        Self {
            columns,
            rows: (0..rows).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect(),
        }
    }

    /// Takes what was drawn in memory.
    pub fn of_buffer(buffer: &Buffer) -> Self {
        let cell = |x, y| {
            let cell = &buffer[(x, y)];
            let has = |modifier| cell.modifier.contains(modifier);
            let look = Look {
                fg: buffer_colour(cell.fg),
                bg: buffer_colour(cell.bg),
                bold: has(Modifier::BOLD),
                dim: has(Modifier::DIM),
                italic: has(Modifier::ITALIC),
                underline: has(Modifier::UNDERLINED),
                reverse: has(Modifier::REVERSED),
            };
            Cell { symbol: cell.symbol().to_owned(), ink: look.ink() }
        };
        let area = buffer.area;
        let rows = (0..area.height).map(|y| (0..area.width).map(|x| cell(x, y)).collect()).collect();
        Self { columns: area.width, rows }
    }

    /// The characters alone, without blanks at the ends of lines.
    pub fn text(&self) -> String {
        let line = |row: &Vec<Cell>| {
            let line: String = row.iter().map(|cell| cell.symbol.as_str()).collect();
            format!("{}\n", line.trim_end())
        };
        self.rows.iter().map(line).collect()
    }
}

/// A colour on its way into the ground: what terminals make of dim text.
fn mixed(ink: Rgb, ground: Rgb) -> Rgb {
    let mix = |ink: u8, ground: u8| ((u16::from(ink) * 3 + u16::from(ground) * 2) / 5) as u8;
    (mix(ink.0, ground.0), mix(ink.1, ground.1), mix(ink.2, ground.2))
}

fn terminal_colour(colour: vt100::Color) -> Option<Rgb> {
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(indexed(index)),
        vt100::Color::Rgb(r, g, b) => Some((r, g, b)),
    }
}

fn buffer_colour(colour: Color) -> Option<Rgb> {
    let named = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some((r, g, b)),
        Color::Indexed(index) => return Some(indexed(index)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(NAMED[named])
}

/// The palette of 256 (xterm): sixteen named ones, a cube of six levels, and greys.
fn indexed(index: u8) -> Rgb {
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let n = index - 16;
            (level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}
