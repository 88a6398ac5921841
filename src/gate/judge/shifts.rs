//! Owns counting at shift after shift, as a search closes in: how many values of one sample, each moved down, lie above those of another.
//!
//! Values are compared in lanes of eight, all of them, whatever comes of it: a branch that depends on values cannot be foreseen, and
//! costs more. Once few pairs change places within what is left of the search, only those are compared. Invariant: what is counted is
//! what [`Sample::among`] would count, to the last tie.

use super::rank::{Among, Sample};

#[cfg(test)]
mod tests;

/// Values that are compared together.
const LANES: usize = 8;

/// Two samples between which shifts are searched, one search after the other.
pub struct Shifts<'a> {
    x: &'a Sample,
    y: &'a Sample,
    /// The values of `y`, filled up with infinity, of which there is at least one.
    lanes: Vec<[f64; LANES]>,
    /// The last value of each.
    lasts: Vec<f64>,
    /// The least and the greatest shift, each with the U there.
    ends: [(f64, f64); 2],
    /// Where the search begins and ends by now, each with the U there.
    range: [(f64, f64); 2],
    last: (f64, f64),
    left: Left,
}

/// The pairs that change places within what is left.
#[derive(Default)]
struct Left {
    /// Whether they are few enough to be looked at alone.
    few: bool,
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
    pub fn of(x: &'a Sample, y: &'a Sample, ends: [(f64, f64); 2]) -> Self {
        let mut lanes = vec![[f64::INFINITY; LANES]; y.len() / LANES + 2];
        for (place, value) in lanes.as_flattened_mut().iter_mut().zip(y.values()) {
            *place = *value;
        }
        let lasts = lanes.iter().map(|lanes| lanes[LANES - 1]).collect();
        let [begin, _] = ends;
        Self { x, y, lanes, lasts, ends, range: ends, last: begin, left: Left::default() }
    }

    /// Begins another search.
    pub fn begin(&mut self) {
        self.range = self.ends;
        self.left.few = false;
    }

    /// Counts pairs and ties of the first sample's values, each less by `shift`, and those of the other.
    pub fn among(&mut self, shift: f64) -> Among {
        let (above, met) = if self.left.few { self.left.count(shift) } else { self.count(shift) };
        let among = if met {
            self.x.among(self.y, shift)
        } else {
            Among { above: above as f64, ties: self.x.ties() + self.y.ties() }
        };
        self.last = (shift, among.above);
        among
    }

    /// Counts the pairs in which the first sample's value is greater, and tells whether one is tied: then it counts too few.
    fn count(&self, shift: f64) -> (usize, bool) {
        let (mut above, mut at) = ([0_u64; LANES], 0);
        let (mut before, mut tied) = (0, [0_u64; LANES]);
        for value in self.x.values() {
            let value = value - shift;
            while self.lasts.get(at).is_some_and(|last| *last < value) {
                at += 1;
            }
            before += LANES * at;
            let Some(lanes) = self.lanes.get(at) else { continue };
            for (above, other) in above.iter_mut().zip(lanes) {
                *above += u64::from(*other < value);
            }
            for (tied, other) in tied.iter_mut().zip(lanes) {
                *tied += u64::from(*other == value);
            }
        }
        (before + above.iter().sum::<u64>() as usize, tied.iter().sum::<u64>() > 0)
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
        if self.left.few {
            if 4 * changing < self.left.ours.len() {
                self.left.close_in(range);
            }
        } else if 2 * changing <= self.x.len() + self.y.len() {
            self.left.fill(self.x.values(), self.lanes.as_flattened(), range);
        }
    }
}

impl Left {
    /// Begins anew between two shifts, with all that change places there; `y` is filled up with eight of infinity.
    fn fill(&mut self, x: &[f64], y: &[f64], (begin, end): (f64, f64)) {
        (self.few, self.above) = (true, 0);
        self.ours.clear();
        self.theirs.clear();
        let (mut least, mut kept) = (0, 0);
        for &value in x {
            let (low, high) = (value - end, value - begin);
            let lanes = |at: usize| y.get(at..)?.first_chunk::<LANES>();
            while let Some(lanes) = lanes(least) {
                let below = lanes.iter().map(|other| usize::from(*other < low)).sum::<usize>();
                least += below;
                if below < LANES {
                    break;
                }
            }
            self.above += least;
            let mut most = least;
            while let Some(lanes) = lanes(most) {
                // Those that are met at the begin count as well: rounding can make one value of two shifts.
                let between = lanes.iter().map(|other| usize::from(*other <= high)).sum::<usize>();
                self.ours.extend_from_slice(&[value; LANES]);
                self.theirs.extend_from_slice(lanes);
                most += between;
                kept += between;
                self.truncate(kept);
                if between < LANES {
                    break;
                }
            }
        }
    }

    fn truncate(&mut self, to: usize) {
        self.ours.truncate(to);
        self.theirs.truncate(to);
    }

    /// Counts the pairs in which the first sample's value is greater, and tells whether one is tied.
    fn count(&self, shift: f64) -> (usize, bool) {
        let (ours, theirs) = (self.ours.as_slice(), self.theirs.as_slice());
        let above: usize =
            ours.iter().zip(theirs).map(|(ours, theirs)| usize::from(*theirs < ours - shift)).sum();
        let tied: usize =
            ours.iter().zip(theirs).map(|(ours, theirs)| usize::from(*theirs == ours - shift)).sum();
        (self.above + above, tied > 0)
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
        self.truncate(kept);
    }
}
