//! Owns finding fast how many values of a sample lie below one: its range, cut into cells of one width, each with how many lie before it.
//!
//! A cell that holds no value says it alone; in one that does, its values are compared. Invariant: to which cell a number belongs only
//! rises with the number, however it is rounded, so that the answer is exact.

use super::rank::Tied;

#[cfg(test)]
mod tests;

/// Cells for each value, so that most are empty.
const EACH: usize = 48;
/// Most cells: a table of more would be slower than what it saves.
const MOST: usize = 8_192;
/// Cells that are written at once.
const RUN: usize = 64;
/// Up to so many values are compared one after the other.
pub(super) const CROWD: usize = 8;
/// Added to a number of up to 2⁵¹, it leaves the nearest whole one in the lowest bits.
const WHOLE: f64 = (1_u64 << 52) as f64;

/// The cells of a sample.
pub(super) struct Cells<'a> {
    values: &'a [f64],
    /// Numbers outside belong to the first and the last cell.
    range: (f64, f64),
    /// Cells for a unit; zero where all values are in one.
    scale: f64,
    /// Of each, twice the number of values before it, and one more where it holds a value.
    ranks: Vec<u32>,
}

impl<'a> Cells<'a> {
    /// Cuts the range of values in ascending order.
    pub(super) fn of(values: &'a [f64]) -> Self {
        let (least, most) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
        let count = (EACH * values.len()).min(MOST);
        let scale = Some(count as f64 / (most - least)).filter(|scale| scale.is_finite()).unwrap_or(0.0);
        let aside = if scale > 0.0 { 1.5 / scale } else { 0.0 };
        let mut cells = Self { values, range: (least - aside, most + aside), scale, ranks: Vec::new() };
        cells.ranks = cells.table(count + 4);
        cells
    }

    /// Writes what is known of so many cells; some more are there to be written over.
    fn table(&self, count: usize) -> Vec<u32> {
        let places: Vec<u64> = self.values.iter().map(|value| self.place(*value)).collect();
        let mut ranks = vec![0; count + RUN];
        let (mut before, mut next) = (0, places.iter().copied().chain([count as u64]).skip(1));
        for (own, (at, until)) in (1..).zip(places.iter().zip(&mut next)) {
            if *at == until {
                continue;
            }
            let (mut from, until) = (*at as usize, until as usize);
            if let Some(rank) = ranks.get_mut(from) {
                *rank = 2 * before + 1;
            }
            before = own;
            from += 1;
            while from < until
                && let Some(run) = ranks.get_mut(from..).and_then(<[u32]>::first_chunk_mut::<RUN>)
            {
                *run = [2 * own; RUN];
                from += RUN;
            }
        }
        ranks.truncate(count);
        ranks
    }

    /// Returns the cell of a number.
    pub(super) fn place(&self, number: f64) -> u64 {
        let (least, most) = self.range;
        let inside = if number > least { number } else { least };
        let inside = if inside < most { inside } else { most };
        ((inside - least) * self.scale + WHOLE).to_bits() & 0xffff
    }

    /// Finds the cells of values, each less by `shift`.
    pub(super) fn locate(&self, values: &[f64], shift: f64, places: &mut Vec<u64>) {
        places.clear();
        places.extend(values.iter().map(|value| self.place(value - shift)));
    }

    /// Returns twice the number of values before a cell, and one more where it holds a value.
    pub(super) fn doubled(&self, place: u64) -> u32 {
        self.ranks.get(place as usize).copied().unwrap_or(2 * self.values.len() as u32)
    }

    /// Returns how many values lie before a cell.
    fn before(&self, place: u64) -> usize {
        self.doubled(place) as usize / 2
    }

    /// Returns the values of a cell and of those up to another, and how many lie before them.
    pub(super) fn between(&self, from: u64, until: u64) -> (usize, &'a [f64]) {
        let before = self.before(from);
        (before, self.values.get(before..self.before(until + 1)).unwrap_or_default())
    }

    /// Compares a number with the values of its cell: returns what that adds to twice the number of those before it, a tie counting one.
    #[cold]
    pub(super) fn compared(&self, number: f64, place: u64, tied: &mut Tied) -> usize {
        let (_, own) = self.between(place, place);
        let (below, equal) = if own.len() <= CROWD {
            let count =
                |meets: fn(f64, f64) -> bool| own.iter().filter(|value| meets(**value, number)).count();
            (count(|value, number| value < number), count(|value, number| value == number))
        } else {
            let (below, met) = met(own, (number, number));
            (below, met.len())
        };
        tied.take(number, equal);
        2 * below + equal
    }
}

/// Returns which of many values in ascending order lie within bounds, both included, and how many lie before them.
pub(super) fn met(values: &[f64], (low, high): (f64, f64)) -> (usize, &[f64]) {
    let below = values.partition_point(|value| *value < low);
    let rest = values.get(below..).unwrap_or_default();
    (below, rest.get(..rest.partition_point(|value| *value <= high)).unwrap_or_default())
}
