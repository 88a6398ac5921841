//! Owns the columns of the fleet: which are shown at a width, and where they stand.
//!
//! It knows widths only. Invariant: the same width always gives the same places.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Looks, line};
use crate::screen::Line;
use crate::text::Role;

/// A column of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Phase for the eye.
    Sign,
    /// Namespace and name.
    Name,
    /// Phase in a word.
    Phase,
    /// Step of all.
    Step,
    /// Weight as a bar.
    Bar,
    /// Weight in numbers.
    Weight,
    /// What its gate says.
    Gate,
    /// Ready pods of desired.
    Ready,
    /// What it waits for.
    Waits,
    /// Images.
    Images,
    /// Age.
    Age,
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Sign | Self::Bar => "",
            Self::Name => "ROLLOUT",
            Self::Phase => "PHASE",
            Self::Step => "STEP",
            Self::Weight => "WEIGHT",
            Self::Gate => "GATE",
            Self::Ready => "READY",
            Self::Waits => "WAITS FOR",
            Self::Images => "IMAGES",
            Self::Age => "AGE",
        }
    }

    fn is_right(self) -> bool {
        matches!(self, Self::Step | Self::Weight | Self::Ready | Self::Age)
    }
}

/// Fewest columns of a name, before others give way.
const NAME: u16 = 12;

/// Columns with their offsets and widths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<(Column, u16, u16)>);

impl Columns {
    /// Chooses the columns for a terminal of this width; where gates have one, the bar gives way to it if room is short.
    pub fn of(width: u16, gated: bool) -> Self {
        let bar = if width >= 100 { 8 } else { 5 };
        let mut columns = vec![
            (Column::Sign, 1),
            (Column::Name, 0),
            (Column::Phase, 11),
            (Column::Step, 5),
            (Column::Bar, bar),
            (Column::Weight, 6),
            (Column::Ready, 5),
            (Column::Waits, 17),
        ];
        if gated {
            columns.insert(7, (Column::Gate, 4));
            columns.retain(|(column, _)| width >= 90 || *column != Column::Bar);
        }
        if width >= 110 {
            columns.push((Column::Images, 20));
            columns.push((Column::Age, 4));
        }
        let taken = |columns: &[(Column, u16)]| {
            let gaps = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(0) + 2;
            gaps + columns.iter().map(|(_, width)| width).sum::<u16>()
        };
        // Whose row it is comes first: what else is said of it stands on its own screen, too.
        for less in [Column::Bar, Column::Waits, Column::Ready] {
            if width < taken(&columns) + NAME {
                columns.retain(|(column, _)| *column != less);
            }
        }
        let mut spare = width.saturating_sub(taken(&columns));
        let name = spare.min(24);
        spare -= name;
        // What is left over goes to the columns that hold free text, in equal parts.
        let growing = if width >= 110 { 3 } else { 2 };
        let grown = |column: Column, base: u16| match column {
            Column::Name => name + spare / growing,
            Column::Waits | Column::Images => base + spare / growing,
            _ => base,
        };
        let mut x = 1;
        let mut placed = Vec::with_capacity(columns.len());
        for (column, base) in columns {
            let width = grown(column, base);
            placed.push((column, x, width));
            x += width + 1;
        }
        Self(placed)
    }

    /// Gives each column's place in a row.
    pub fn places(&self, row: Rect) -> impl Iterator<Item = (Column, Rect)> {
        self.0.iter().filter_map(move |(column, x, width)| {
            let x = row.x.saturating_add(*x);
            let width = (*width).min(row.right().saturating_sub(x));
            (width > 0).then_some((*column, Rect { x, width, height: 1, y: row.y }))
        })
    }

    /// Draws the heads.
    pub fn head(&self, frame: &mut Frame<'_>, row: Rect, looks: &Looks) {
        for (column, place) in self.places(row) {
            let head = column.head();
            let space =
                if column.is_right() { usize::from(place.width).saturating_sub(head.len()) } else { 0 };
            let text = Line::of(Role::Text, " ".repeat(space)).text(Role::Muted, head);
            line::put(frame, place, &text, looks);
        }
    }
}
