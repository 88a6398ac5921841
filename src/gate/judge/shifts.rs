//! Owns counting at shift after shift, as a search closes in: how many values of one sample, each moved down, lie above those of another.
//!
//! Where a value lies is read from [`Cells`], without a branch that cannot be foreseen; once few pairs change places within what is left
//! of a search, only those are compared. Invariant: what is counted is what [`Sample::among`] would count, to the last tie.

use super::cells::{CROWD, Cells, met};
use super::rank::{Among, Sample, Tied};

#[cfg(test)]
mod tests;

/// So many pairs that change places are looked at alone.
const FEW: usize = 64;

/// Two samples between which shifts are searched, one search after the other.
pub struct Shifts<'a> {
    x: &'a [f64],
    cells: Cells<'a>,
    /// Ties inside of each sample.
    ties: f64,
    /// The cell of each value, moved as it was last.
    places: Vec<u64>,
    /// Where the search begins and ends by now, each with the U there.
    range: [(f64, f64); 2],
    last: (f64, f64),
    left: Left,
}

/// The pairs that change places within what is left, where they are few.
#[derive(Default)]
struct Left {
    /// How many others there are in which the first sample's value is greater.
    above: usize,
    /// These, and some that do not change places.
    pairs: Vec<(f64, f64)>,
    lows: Vec<u64>,
    highs: Vec<u64>,
}

/// Where a search goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At smaller shifts than the last.
    Smaller,
    /// At greater ones.
    Greater,
}

impl<'a> Shifts<'a> {
    /// Begins with two samples.
    pub fn of(x: &'a Sample, y: &'a Sample) -> Self {
        Self {
            x: x.values(),
            cells: Cells::of(y.values()),
            ties: x.ties() + y.ties(),
            places: Vec::with_capacity(x.len()),
            range: <[_; 2]>::default(),
            last: (0.0, 0.0),
            left: Left { pairs: Vec::with_capacity(2 * FEW), ..Left::default() },
        }
    }

    /// Begins a search between two shifts, each with the U there.
    pub fn begin(&mut self, ends: [(f64, f64); 2]) {
        self.range = ends;
        self.left.pairs.clear();
    }

    /// Counts pairs and ties of the first sample's values, each less by `shift`, and those of the other.
    pub fn among(&mut self, shift: f64) -> Among {
        let among = match self.left.count(shift) {
            Some(above) => Among { above: above as f64, ties: self.ties },
            None => self.count(shift),
        };
        self.last = (shift, among.above);
        among
    }

    fn count(&mut self, shift: f64) -> Among {
        let Self { cells, places, x, .. } = self;
        cells.locate(x, shift, places);
        let (mut doubled, mut tied) = (0, Tied::default());
        for (place, value) in places.iter().zip(*x) {
            let rank = cells.doubled(*place);
            doubled += (rank & !1) as usize;
            if rank % 2 == 1 {
                doubled += cells.compared(value - shift, *place, &mut tied);
            }
        }
        Among { above: doubled as f64 / 2.0, ties: self.ties + tied.more() }
    }

    /// Goes on at one side of the last shift.
    pub fn close_in(&mut self, side: Side) {
        let [begin, end] = &mut self.range;
        match side {
            Side::Smaller => *end = self.last,
            Side::Greater => *begin = self.last,
        }
        let (changing, range) = ((begin.1 - end.1) as usize, (begin.0, end.0));
        if self.left.pairs.is_empty() {
            if changing <= FEW {
                self.left.fill(self.x, &self.cells, range);
            }
        } else if 4 * changing < self.left.pairs.len() {
            self.left.close_in(range);
        }
    }
}

impl Left {
    /// Begins anew between two shifts, with all that change places there.
    fn fill(&mut self, x: &[f64], cells: &Cells<'_>, (begin, end): (f64, f64)) {
        // Rounding can make one value of two shifts: those that are met at the ends are in their cells.
        cells.locate(x, end, &mut self.lows);
        cells.locate(x, begin, &mut self.highs);
        let mut above = 0;
        for ((low, high), value) in self.lows.iter().zip(&self.highs).zip(x) {
            let (mut before, mut others) = cells.between(*low, *high);
            if others.len() > CROWD {
                let (more, between) = met(others, (value - end, value - begin));
                (before, others) = (before + more, between);
            }
            above += before;
            self.pairs.extend(others.iter().map(|other| (*value, *other)));
        }
        self.above = above;
    }

    /// Counts the pairs in which the first sample's value is greater; `None` where one is tied, or where there are more than these.
    fn count(&self, shift: f64) -> Option<usize> {
        if self.pairs.is_empty() {
            return None;
        }
        let (mut above, mut tied) = (self.above, false);
        for (ours, theirs) in &self.pairs {
            let ours = ours - shift;
            above += usize::from(*theirs < ours);
            tied |= *theirs == ours;
        }
        (!tied).then_some(above)
    }

    /// Leaves out what does not change places between two shifts. It is written over whatever becomes of it: a branch could not be foreseen.
    fn close_in(&mut self, (begin, end): (f64, f64)) {
        let mut kept = 0;
        for at in 0..self.pairs.len() {
            let Some(&(ours, theirs)) = self.pairs.get(at) else { break };
            if let Some(place) = self.pairs.get_mut(kept) {
                *place = (ours, theirs);
            }
            let always = theirs < ours - end;
            self.above += usize::from(always);
            kept += usize::from(!always & (theirs <= ours - begin));
        }
        self.pairs.truncate(kept);
    }
}
