//! Owns the signs of the screen, named by what they mean, in a UTF-8 and an ASCII set.
//!
//! Only box drawing, block elements, geometric shapes, Braille and plain arrows: no code point that a terminal may draw as an
//! emoji, since those take two columns on some. A sign never stands alone; a word stands beside it.
//! Invariant: every sign is exactly one column wide in both sets.

use super::Environment;

/// Which characters the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charset {
    /// Unicode in UTF-8.
    Utf8,
    /// ASCII alone.
    Ascii,
}

impl Charset {
    /// Chooses ASCII where it is asked for or where the locale is not UTF-8.
    pub fn choose(ascii: bool, environment: &Environment) -> Self {
        if ascii || !environment.is_utf8() { Self::Ascii } else { Self::Utf8 }
    }
}

/// The signs of the screen, one column each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// All is well.
    pub healthy: &'static str,
    /// Waits.
    pub paused: &'static str,
    /// Under way.
    pub progressing: &'static str,
    /// Failed.
    pub degraded: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Scaled to nothing, or not asked for.
    pub empty: &'static str,
    /// Passed.
    pub passed: &'static str,
    /// Needs watching.
    pub warning: &'static str,
    /// Observed too long ago.
    pub stale: &'static str,
    /// The current step, the selected row.
    pub current: &'static str,
    /// A step that is done.
    pub done: &'static str,
    /// A step still to come.
    pub pending: &'static str,
    /// A filled part of a bar.
    pub bar_full: &'static str,
    /// An empty part of a bar.
    pub bar_empty: &'static str,
    /// Where a bar is meant to get to.
    pub bar_target: &'static str,
    /// A branch of a tree with more to come.
    pub branch: &'static str,
    /// The last branch of a tree.
    pub last_branch: &'static str,
    /// A line of a tree that goes on.
    pub trunk: &'static str,
    /// The horizontal part of a branch, and of rules.
    pub horizontal: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// From one value to another.
    pub arrow: &'static str,
    /// More above.
    pub more_above: &'static str,
    /// More below.
    pub more_below: &'static str,
    /// Between parts of a line.
    pub separator: &'static str,
    /// Corners of a box: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Sparkline, from lowest to highest.
    pub levels: [&'static str; 8],
    /// Two points of a plot side by side, by their heights from 0 (there is none) to [`HIGHEST`].
    pub pairs: &'static [[char; HIGHEST as usize + 1]; HIGHEST as usize + 1],
    /// Where a threshold lies in a bar.
    pub threshold: &'static str,
}

/// Height of the highest point of a plot; the lowest has 1.
pub const HIGHEST: u8 = 4;

/// Braille: each half of a cell is a column of four dots (Unicode 16, chapter 21.1); nothing at all is a blank, since some
/// fonts draw the empty pattern.
const DOTS: [[char; 5]; 5] = [
    [' ', '⢀', '⢠', '⢰', '⢸'],
    ['⡀', '⣀', '⣠', '⣰', '⣸'],
    ['⡄', '⣄', '⣤', '⣴', '⣼'],
    ['⡆', '⣆', '⣦', '⣶', '⣾'],
    ['⡇', '⣇', '⣧', '⣷', '⣿'],
];

/// The higher of the two.
const MARKS: [[char; 5]; 5] = [
    [' ', '_', '-', '=', '#'],
    ['_', '_', '-', '=', '#'],
    ['-', '-', '-', '=', '#'],
    ['=', '=', '=', '=', '#'],
    ['#', '#', '#', '#', '#'],
];

const UTF8: Glyphs = Glyphs {
    healthy: "●",
    paused: "◐",
    progressing: "◌",
    degraded: "■",
    unknown: "?",
    empty: "○",
    passed: "●",
    warning: "▲",
    stale: "◇",
    current: "►",
    done: "●",
    pending: "○",
    bar_full: "█",
    bar_empty: "░",
    bar_target: "▒",
    branch: "├",
    last_branch: "└",
    trunk: "│",
    horizontal: "─",
    ellipsis: "…",
    arrow: "→",
    more_above: "↑",
    more_below: "↓",
    separator: "·",
    corners: ["┌", "┐", "└", "┘"],
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    pairs: &DOTS,
    threshold: "│",
};

const ASCII: Glyphs = Glyphs {
    healthy: "*",
    paused: "=",
    progressing: "~",
    degraded: "X",
    unknown: "?",
    empty: "o",
    passed: "+",
    warning: "!",
    stale: "-",
    current: ">",
    done: "*",
    pending: ".",
    bar_full: "#",
    bar_empty: ".",
    bar_target: ":",
    branch: "|",
    last_branch: "`",
    trunk: "|",
    horizontal: "-",
    ellipsis: "~",
    arrow: ">",
    more_above: "^",
    more_below: "v",
    separator: "|",
    corners: ["+", "+", "+", "+"],
    levels: [".", ".", ":", ":", "-", "=", "+", "#"],
    pairs: &MARKS,
    threshold: "|",
};

impl Glyphs {
    /// Returns the signs of a charset.
    pub const fn of(charset: Charset) -> Self {
        match charset {
            Charset::Utf8 => UTF8,
            Charset::Ascii => ASCII,
        }
    }

    /// Returns two points of a plot as one sign; a height beyond [`HIGHEST`] counts as that.
    pub fn pair(&self, left: u8, right: u8) -> char {
        let row = self.pairs.get(usize::from(left.min(HIGHEST)));
        row.and_then(|row| row.get(usize::from(right.min(HIGHEST)))).copied().unwrap_or(' ')
    }

    /// Lists every sign, with its name.
    pub fn all(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = vec![
            ("healthy", self.healthy),
            ("paused", self.paused),
            ("progressing", self.progressing),
            ("degraded", self.degraded),
            ("unknown", self.unknown),
            ("empty", self.empty),
            ("passed", self.passed),
            ("warning", self.warning),
            ("stale", self.stale),
            ("current", self.current),
            ("done", self.done),
            ("pending", self.pending),
            ("bar full", self.bar_full),
            ("bar empty", self.bar_empty),
            ("bar target", self.bar_target),
            ("branch", self.branch),
            ("last branch", self.last_branch),
            ("trunk", self.trunk),
            ("horizontal", self.horizontal),
            ("ellipsis", self.ellipsis),
            ("arrow", self.arrow),
            ("more above", self.more_above),
            ("more below", self.more_below),
            ("separator", self.separator),
            ("threshold", self.threshold),
        ];
        all.extend(self.corners.map(|corner| ("corner", corner)));
        all.extend(self.levels.map(|level| ("level", level)));
        all
    }
}
