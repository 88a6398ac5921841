use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::*;

fn painted(cells: &[(u16, u16, Cell)]) -> String {
    let mut frame = Vec::new();
    let count = paint(&mut frame, cells.iter().map(|(x, y, cell)| (*x, *y, cell)));
    assert_eq!(count, cells.len());
    String::from_utf8(frame).unwrap()
}

fn cell(symbol: &str, style: Style) -> Cell {
    let mut cell = Cell::default();
    cell.set_symbol(symbol).set_style(style);
    cell
}

#[test]
fn no_cells_are_no_bytes() {
    assert_eq!(painted(&[]), "");
}

#[test]
fn neighbours_share_a_cursor_move_and_attributes() {
    let red = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
    let cells = [(4, 1, cell("a", red)), (5, 1, cell("b", red)), (5, 2, cell("c", Style::new()))];
    assert_eq!(painted(&cells), "\x1b[2;5H\x1b[1;31mab\x1b[3;6H\x1b[0mc");
}

#[test]
fn the_sixteen_names_are_spelled_for_terminals_that_have_sixteen() {
    for (colour, fg, bg) in [
        (Color::Black, 30, 40),
        (Color::Red, 31, 41),
        (Color::Gray, 37, 47),
        (Color::DarkGray, 90, 100),
        (Color::LightCyan, 96, 106),
        (Color::White, 97, 107),
    ] {
        let sent = painted(&[(0, 0, cell("x", Style::new().fg(colour).bg(colour)))]);
        assert_eq!(sent, format!("\x1b[1;1H\x1b[{fg};{bg}mx\x1b[0m"));
    }
    let rich = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(9));
    assert_eq!(painted(&[(0, 0, cell("x", rich))]), "\x1b[1;1H\x1b[38;2;1;2;3;48;5;9mx\x1b[0m");
}

#[test]
fn a_colour_can_end_without_ending_the_attributes() {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let cells = [(0, 0, cell("a", bold.fg(Color::Green))), (1, 0, cell("b", bold))];
    assert_eq!(painted(&cells), "\x1b[1;1H\x1b[1;32ma\x1b[39mb\x1b[0m");
}

#[test]
fn the_cursor_is_placed_anew_after_a_wide_symbol() {
    let cells = [(0, 0, cell("漢", Style::new())), (2, 0, cell("x", Style::new()))];
    assert_eq!(painted(&cells), "\x1b[1;1H漢\x1b[1;3Hx");
}

#[test]
fn a_control_character_in_a_cell_never_reaches_the_terminal() {
    for hostile in ["\x1b[2J", "\x07", "\u{9b}31m", "a\nb", "\x7f", "\x1b]52;c;eA==\x07"] {
        assert_eq!(painted(&[(0, 0, cell(hostile, Style::new()))]), "\x1b[1;1H?");
    }
}

fn any_style() -> impl Strategy<Value = Style> {
    let colour = || {
        prop_oneof![
            3 => Just(Color::Reset),
            3 => proptest::sample::select(vec![Color::Red, Color::LightBlue, Color::White, Color::Black]),
            1 => any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
        ]
    };
    // The attributes that the model terminal can show.
    let shown = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
    (colour(), colour(), any::<u16>()).prop_map(move |(fg, bg, bits)| {
        Style::new().fg(fg).bg(bg).add_modifier(Modifier::from_bits_truncate(bits) & shown)
    })
}

fn vt_colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        Color::Reset => vt100::Color::Default,
        named if base(named) >= 90 => vt100::Color::Idx(base(named) - 90 + 8),
        named => vt100::Color::Idx(base(named) - 30),
    }
}

proptest! {
    /// Frame after frame of random changes, as ratatui computes them, shown by a model terminal.
    #[test]
    fn after_every_frame_the_terminal_shows_the_buffer(
        frames in proptest::collection::vec(
            proptest::collection::vec((0u16..12, 0u16..4, "[a-z●│]", any_style()), 0..30), 1..6)
    ) {
        let area = Rect::new(0, 0, 12, 4);
        let size = |n| NonZeroU16::new(n).unwrap();
        let mut terminal = vt100::Parser::new(size(4), size(12), 0);
        let mut before = Buffer::empty(area);
        for changes in frames {
            let mut after = before.clone();
            for (x, y, symbol, style) in changes {
                after[(x, y)].set_symbol(&symbol).set_style(style);
            }
            let mut bytes = Vec::new();
            paint(&mut bytes, before.diff_iter(&after));
            terminal.process(&bytes);
            for (x, y) in (0..12).flat_map(|x| (0..4).map(move |y| (x, y))) {
                let (wanted, shown) = (&after[(x, y)], terminal.screen().cell(y, x).unwrap());
                let symbol = if shown.has_contents() { shown.contents() } else { " " };
                prop_assert_eq!(symbol, wanted.symbol());
                prop_assert_eq!(shown.fgcolor(), vt_colour(wanted.fg));
                prop_assert_eq!(shown.bgcolor(), vt_colour(wanted.bg));
                prop_assert_eq!(shown.bold(), wanted.modifier.contains(Modifier::BOLD));
                prop_assert_eq!(shown.italic(), wanted.modifier.contains(Modifier::ITALIC));
                prop_assert_eq!(shown.underline(), wanted.modifier.contains(Modifier::UNDERLINED));
                prop_assert_eq!(shown.inverse(), wanted.modifier.contains(Modifier::REVERSED));
            }
            before = after;
        }
    }
}
