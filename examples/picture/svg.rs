//! Writes a grid as an SVG: text as text, lines and blocks as shapes, no fonts and no scripts of its own.
//!
//! Fonts differ from place to place, so each run of text is held to its cells, signs are centred in theirs, and what a
//! terminal joins from cell to cell (lines, bars) is drawn, not written.

use std::fmt::Write;

use crate::grid::{Cell, Grid, Ink, PAPER, Rgb};

/// Size of a cell and of its text, in pixels.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 19.0;
const SIZE: f64 = 14.0;
/// From the top of a cell to the line on which text stands.
const BASE: f64 = 14.0;
/// Room around the screen.
const MARGIN: f64 = 14.0;
const FONTS: &str =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// Draws a whole screen.
pub fn picture(grid: &Grid, title: &str) -> String {
    let (width, height) =
        (f64::from(grid.columns) * WIDTH + 2.0 * MARGIN, grid.rows.len() as f64 * HEIGHT + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\" font-family=\"{FONTS}\" font-size=\"{SIZE}\" xml:space=\"preserve\">\n",
        escaped(title),
        hex(PAPER),
    );
    for (row, cells) in grid.rows.iter().enumerate() {
        grounds(&mut svg, row, cells);
        for (column, run) in runs(cells) {
            drawn(&mut svg, row, column, run);
        }
    }
    lines(&mut svg, grid);
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The grounds of a row, where they are not the paper.
fn grounds(svg: &mut String, row: usize, cells: &[Cell]) {
    let mut column = 0;
    for same in cells.chunk_by(|a, b| a.ink.bg == b.ink.bg) {
        let ink = same[0].ink;
        if ink.bg != PAPER {
            // A little wider than its cells, as terminals draw it without seams.
            rect(svg, ink.bg, 1.0, (x(column), y(row), same.len() as f64 * WIDTH, HEIGHT + 0.3));
        }
        column += same.len();
    }
}

/// What is drawn alike, from left to right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Text,
    Sign,
    Line,
    Block,
}

fn kind(cell: &Cell) -> Kind {
    let Some(first) = cell.symbol.chars().next() else { return Kind::Text };
    match first {
        ' ' if !cell.ink.underline => Kind::Nothing,
        '\u{2500}'..='\u{257f}' if arms(first).is_some() => Kind::Line,
        '\u{2580}'..='\u{2593}' => Kind::Block,
        _ if first.is_ascii() || first.is_alphanumeric() => Kind::Text,
        _ => Kind::Sign,
    }
}

/// Cuts a row into runs of one kind and ink; single blanks between words stay in their run.
fn runs(cells: &[Cell]) -> Vec<(usize, &[Cell])> {
    let mut runs = Vec::new();
    let mut from = 0;
    while from < cells.len() {
        let first = kind(&cells[from]);
        let alike = |at: usize| cells[at].ink == cells[from].ink && kind(&cells[at]) == first;
        let mut to = from + 1;
        while to < cells.len() && first != Kind::Sign {
            let gap = first == Kind::Text
                && kind(&cells[to]) == Kind::Nothing
                && to + 1 < cells.len()
                && alike(to + 1);
            if !alike(to) && !gap {
                break;
            }
            to += 1;
        }
        if first != Kind::Nothing {
            runs.push((from, &cells[from..to]));
        }
        from = to;
    }
    runs
}

fn drawn(svg: &mut String, row: usize, column: usize, run: &[Cell]) {
    let ink = run[0].ink;
    match kind(&run[0]) {
        // Lines are drawn for the whole screen at once.
        Kind::Nothing | Kind::Line => {}
        Kind::Text => text(svg, row, column, run),
        Kind::Sign => {
            let at = format!(
                "x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\"",
                x(column) + WIDTH / 2.0,
                y(row) + BASE
            );
            let _ = writeln!(svg, "<text {at}{}>{}</text>", attributes(ink), escaped(&run[0].symbol));
        }
        Kind::Block => {
            let mut column = column;
            for same in run.chunk_by(|a, b| a.symbol == b.symbol) {
                block(svg, ink, &same[0].symbol, (x(column), y(row), same.len() as f64 * WIDTH));
                column += same.len();
            }
        }
    }
}

fn text(svg: &mut String, row: usize, column: usize, run: &[Cell]) {
    let written: String = run.iter().map(|cell| cell.symbol.as_str()).collect();
    let width = run.len() as f64 * WIDTH;
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\"{}>{}</text>",
        x(column),
        y(row) + BASE,
        attributes(run[0].ink),
        escaped(&written)
    );
}

/// Box drawing: which of a cell's four arms (left, right, up, down) a character has.
fn arms(line: char) -> Option<[bool; 4]> {
    Some(match line {
        '─' => [true, true, false, false],
        '│' => [false, false, true, true],
        '┌' => [false, true, false, true],
        '┐' => [true, false, false, true],
        '└' => [false, true, true, false],
        '┘' => [true, false, true, false],
        '├' => [false, true, true, true],
        '┤' => [true, false, true, true],
        '┬' => [true, true, false, true],
        '┴' => [true, true, true, false],
        '┼' => [true; 4],
        _ => return None,
    })
}

/// A stretch of line across cells or down them: its colour, the place across it, and from where to where along it.
type Stretch = (Rgb, f64, f64, f64);

/// Every line of the screen, each in one piece: joined in a picture, pieces leave seams.
fn lines(svg: &mut String, grid: &Grid) {
    let (mut across, mut down) = (Vec::new(), Vec::new());
    for (row, cells) in grid.rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let Some([left, right, up, below]) = cell.symbol.chars().next().and_then(arms) else { continue };
            let (middle, centre, ink) = (x(column) + WIDTH / 2.0, y(row) + HEIGHT / 2.0, cell.ink.fg);
            if left || right {
                let to = if right { x(column + 1) } else { middle };
                join(&mut across, (ink, centre, if left { x(column) } else { middle }, to));
            }
            if up || below {
                let to = if below { y(row + 1) } else { centre };
                join(&mut down, (ink, middle, if up { y(row) } else { centre }, to));
            }
        }
    }
    for (ink, centre, from, to) in across {
        stroke(svg, ink, &format!("M{from:.1} {centre:.1}H{to:.1}"));
    }
    for (ink, middle, from, to) in down {
        stroke(svg, ink, &format!("M{middle:.1} {from:.1}V{to:.1}"));
    }
}

fn join(all: &mut Vec<Stretch>, (ink, place, from, to): Stretch) {
    let goes_on = |known: &&mut Stretch| known.0 == ink && known.1 == place && (known.3 - from).abs() < 0.01;
    match all.iter_mut().rev().find(goes_on) {
        Some(known) => known.3 = to,
        None => all.push((ink, place, from, to)),
    }
}

fn stroke(svg: &mut String, ink: Rgb, path: &str) {
    let _ = writeln!(svg, "<path d=\"{path}\" stroke=\"{}\" stroke-linecap=\"square\"/>", hex(ink));
}

/// A block or shade; full ones leave a little air above and below, so that bars of neighbouring rows stay apart.
fn block(svg: &mut String, ink: Ink, symbol: &str, (left, top, width): (f64, f64, f64)) {
    let air = 3.5;
    let whole = (left, top + air, width, HEIGHT - 2.0 * air);
    match symbol.chars().next() {
        Some('░') => rect(svg, ink.fg, 0.22, whole),
        Some('▒') => rect(svg, ink.fg, 0.5, whole),
        Some('▓') => rect(svg, ink.fg, 0.75, whole),
        Some(part @ '▁'..='▇') => {
            let high = HEIGHT * f64::from(part as u32 - 0x2580) / 8.0;
            rect(svg, ink.fg, 1.0, (left, top + HEIGHT - high, width, high));
        }
        _ => rect(svg, ink.fg, 1.0, whole),
    }
}

fn rect(svg: &mut String, colour: Rgb, opacity: f64, (left, top, width, height): (f64, f64, f64, f64)) {
    let faint = if opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
    let _ = writeln!(
        svg,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{}\"{faint}/>",
        hex(colour)
    );
}

fn attributes(ink: Ink) -> String {
    let mut written = format!(" fill=\"{}\"", hex(ink.fg));
    for (on, attribute) in [
        (ink.bold, " font-weight=\"700\""),
        (ink.italic, " font-style=\"italic\""),
        (ink.underline, " text-decoration=\"underline\""),
    ] {
        written.push_str(if on { attribute } else { "" });
    }
    written
}

fn x(column: usize) -> f64 {
    column as f64 * WIDTH
}

fn y(row: usize) -> f64 {
    row as f64 * HEIGHT
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
