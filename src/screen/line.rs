//! Owns styled text as data: pieces with a meaning, put in a line.
//!
//! It never knows a colour, a glyph or a width in columns of a terminal; views resolve meaning into looks.

use crate::text::{Printable, Role};

/// A sign that says the same as a word, for the eye; each has a glyph in every charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// All is well.
    Healthy,
    /// It waits.
    Paused,
    /// It moves.
    Progressing,
    /// It is broken.
    Degraded,
    /// It cannot be told.
    Unknown,
    /// Needs attention.
    Warning,
    /// What is shown may be old.
    Stale,
    /// The step in progress.
    Current,
    /// Behind us.
    Done,
    /// Ahead of us.
    Pending,
    /// From the left to the right.
    Arrow,
    /// Between things of equal rank.
    Separator,
    /// Part of a tree: the line goes on below.
    Trunk,
    /// Part of a tree: a child that has followers.
    Branch,
    /// Part of a tree: the last child.
    LastBranch,
}

/// One piece of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Words.
    Text(Role, Printable),
    /// A sign.
    Sign(Role, Sign),
    /// A share of a whole as a bar: actual and desired of most, in `cells` columns.
    Bar {
        /// What is.
        actual: i64,
        /// What is asked for.
        desired: i64,
        /// What counts as all.
        most: i64,
        /// Columns.
        cells: u16,
    },
    /// A value from 0 to 100 as a bar, with the thresholds that it is measured by.
    Gauge {
        /// How the value looks.
        role: Role,
        /// From 0 to 100; `None` where it is not known.
        value: Option<f64>,
        /// Thresholds, from 0 to 100.
        marks: [f64; 2],
        /// Columns.
        cells: u16,
    },
    /// Points in a row by their heights, two in a column; 0 where there is none.
    Plot(Role, Vec<u8>),
}

/// Pieces in a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(pub Vec<Piece>);

impl Line {
    /// Begins a line with nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a line of one text.
    pub fn of(role: Role, text: impl Into<Printable>) -> Self {
        Self::new().text(role, text)
    }

    /// Adds words.
    #[must_use]
    pub fn text(mut self, role: Role, text: impl Into<Printable>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Piece::Text(role, text));
        }
        self
    }

    /// Adds a sign.
    #[must_use]
    pub fn sign(mut self, role: Role, sign: Sign) -> Self {
        self.0.push(Piece::Sign(role, sign));
        self
    }

    /// Adds a blank.
    #[must_use]
    pub fn blank(self) -> Self {
        self.text(Role::Text, " ")
    }

    /// Adds a bar.
    #[must_use]
    pub fn bar(mut self, (actual, desired, most): (i64, i64, i64), cells: u16) -> Self {
        self.0.push(Piece::Bar { actual, desired, most, cells });
        self
    }

    /// Adds a value from 0 to 100 as a bar with its thresholds.
    #[must_use]
    pub fn gauge(mut self, role: Role, value: Option<f64>, marks: [f64; 2], cells: u16) -> Self {
        self.0.push(Piece::Gauge { role, value, marks, cells });
        self
    }

    /// Adds points in a row by their heights, two in a column.
    #[must_use]
    pub fn plot(mut self, role: Role, heights: Vec<u8>) -> Self {
        self.0.push(Piece::Plot(role, heights));
        self
    }

    /// Adds another line's pieces.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the words alone.
    pub fn plain(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(_, text) => text.as_str(),
                Piece::Sign(..) | Piece::Bar { .. } | Piece::Gauge { .. } | Piece::Plot(..) => "",
            })
            .collect()
    }
}
