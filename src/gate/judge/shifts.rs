//! Owns counting at shift after shift, as a search closes in: how many values of one sample, each moved down, lie above those of another.
//!
//! Once few pairs of values change places within what is left of the search, only those are counted, without a branch that depends
//! on them. Invariant: what is counted is what [`Sample::among`] would count, to the last tie.

use super::rank::{Among, Sample};

#[cfg(test)]
mod tests;

/// Two samples, and the shifts between which is searched.
pub struct Shifts<'a> {
    x: &'a Sample,
    y: &'a Sample,
    /// Where the search begins and ends, each with the U there.
    range: [(f64, f64); 2],
    last: (f64, f64),
    left: Option<Left>,
}

/// The pairs that change places within what is left.
struct Left {
    /// How many others there are in which the first sample's value is greater.
    above: usize,
    ours: Vec<f64>,
    theirs: Vec<f64>,
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
    /// Begins between two shifts, each with the U there.
    pub fn of(x: &'a Sample, y: &'a Sample, range: [(f64, f64); 2]) -> Self {
        let [begin, _] = range;
        Self { x, y, range, last: begin, left: None }
    }

    /// Counts pairs and ties of the first sample's values, each less by `shift`, and those of the other.
    pub fn among(&mut self, shift: f64) -> Among {
        let among = match &self.left {
            None => self.x.among(self.y, shift),
            Some(left) => match left.count(shift) {
                (above, 0) => Among { above: above as f64, ties: self.x.ties() + self.y.ties() },
                _ => self.x.among(self.y, shift),
            },
        };
        self.last = (shift, among.above);
        among
    }

    /// Goes on at one side of the last shift.
    pub fn close_in(&mut self, side: Side) {
        let [begin, end] = &mut self.range;
        match side {
            Side::Smaller => *end = self.last,
            Side::Greater => *begin = self.last,
        }
        let changing = (begin.1 - end.1) as usize;
        let range = (begin.0, end.0);
        match &mut self.left {
            None if changing <= 2 * (self.x.len() + self.y.len()) => {
                self.left = Some(Left::of(self.x.values(), self.y.values(), range, changing + 8));
            }
            Some(left) if 4 * changing < left.ours.len() => left.close_in(range),
            _ => {}
        }
    }
}

impl Left {
    fn of(x: &[f64], y: &[f64], (begin, end): (f64, f64), room: usize) -> Self {
        let mut left = Self { above: 0, ours: Vec::with_capacity(room), theirs: Vec::with_capacity(room) };
        let (mut least, mut most) = (0, 0);
        for &value in x {
            while y.get(least).is_some_and(|&other| other < value - end) {
                least += 1;
            }
            // Those that are met at the begin count as well: rounding can make one value of two shifts.
            while y.get(most).is_some_and(|&other| other <= value - begin) {
                most += 1;
            }
            left.above += least;
            let between = y.get(least..most).unwrap_or_default();
            for other in between {
                left.theirs.push(*other);
                left.ours.push(value);
            }
        }
        left
    }

    /// Counts the pairs in which the first sample's value is greater, and those that are tied.
    fn count(&self, shift: f64) -> (usize, usize) {
        let pairs = || self.ours.iter().zip(&self.theirs);
        let above: usize = pairs().map(|(ours, theirs)| usize::from(*theirs < ours - shift)).sum();
        let tied: usize = pairs().map(|(ours, theirs)| usize::from(*theirs == ours - shift)).sum();
        (self.above + above, tied)
    }

    /// Leaves out what does not change places between two shifts. It is written over whatever becomes of it: a branch could not be foreseen.
    fn close_in(&mut self, (begin, end): (f64, f64)) {
        let mut kept = 0;
        for at in 0..self.ours.len() {
            let (Some(&value), Some(&other)) = (self.ours.get(at), self.theirs.get(at)) else { break };
            if let (Some(ours), Some(theirs)) = (self.ours.get_mut(kept), self.theirs.get_mut(kept)) {
                (*ours, *theirs) = (value, other);
            }
            let always = other < value - end;
            self.above += usize::from(always);
            kept += usize::from(!always & (other <= value - begin));
        }
        self.ours.truncate(kept);
        self.theirs.truncate(kept);
    }
}
