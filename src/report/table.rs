//! Owns columns: cells padded with blanks so that each column is as wide as its widest cell and two more.
//!
//! Widths count characters, not terminal columns, because the plugin's tables do (Go: `text/tabwriter`). Invariant:
//! the last cell of a row is never padded, so trailing blanks appear only where the plugin prints them.

/// Lays out rows of equal length; each ends with a line feed.
pub fn lay<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::with_capacity(rows.len() * (widths.iter().sum::<usize>() + 2 * N));
    for row in rows {
        for (i, (cell, width)) in row.iter().zip(widths).enumerate() {
            text.push_str(cell);
            if i + 1 < N {
                text.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
            }
        }
        text.push('\n');
    }
    text
}
