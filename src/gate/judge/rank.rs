//! Owns counting: how many values of one sample lie above those of another, and what ties there are.
//!
//! It never sorts again what is sorted. Invariant: a [`Sample`] is in ascending order and holds numbers only.

use std::cmp::Ordering;

/// Values in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    /// Sum of t³ − t over its groups of t equal values.
    ties: f64,
}

/// How two samples lie among each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Among {
    /// Pairs in which the first sample's value is greater, a tie counting half: Mann and Whitney's U.
    pub above: f64,
    /// Sum of t³ − t over the groups of t equal values in both samples together.
    pub ties: f64,
}

impl Sample {
    /// Sorts values; what is no finite number is left out.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        // A zero has no sign here, so that numbers alone say the order: that is cheaper than the total order of the bits.
        let numbers = values.into_iter().filter(|value| value.is_finite()).map(|value| value + 0.0);
        let mut values: Vec<f64> = numbers.collect();
        values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        let ties = values.chunk_by(|a, b| a == b).map(|group| excess(group.len())).sum();
        Self { values, ties }
    }

    /// Returns the values in ascending order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the smallest and the greatest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((*self.values.first()?, *self.values.last()?))
    }

    /// Returns the arithmetic mean.
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.values.iter().sum::<f64>() / self.len() as f64)
    }

    /// Tells whether all values are one.
    pub fn is_constant(&self) -> bool {
        self.range().is_some_and(|(least, most)| least == most)
    }

    /// Returns the value below which a share `p` lies, between neighbours by line (Hyndman and Fan's type 7, as R's and NumPy's default).
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let place = p.clamp(0.0, 1.0) * (self.len().checked_sub(1)? as f64);
        let below = *self.values.get(place.floor() as usize)?;
        let above = *self.values.get(place.ceil() as usize)?;
        Some(below + (place - place.floor()) * (above - below))
    }

    /// Counts pairs and ties of these values, each less by `shift`, and those of `other`.
    pub fn among(&self, other: &Self, shift: f64) -> Among {
        let (mut doubled, mut ties) = (0, self.ties + other.ties);
        let (mut below, mut met) = (0, false);
        let y = other.values.as_slice();
        for &value in &self.values {
            let value = value - shift;
            while y.get(below).is_some_and(|&other| other < value) {
                below += 1;
            }
            doubled += 2 * below;
            met |= y.get(below).is_some_and(|&other| other == value);
        }
        if met {
            let (pairs, more) = self.met(other, shift);
            doubled += pairs;
            ties += more;
        }
        Among { above: doubled as f64 / 2.0, ties }
    }

    /// Returns the sum of t³ − t over its groups of t equal values.
    pub(super) fn ties(&self) -> f64 {
        self.ties
    }

    /// Counts the pairs that are tied, and by how much that makes the groups of ties larger.
    pub(super) fn met(&self, other: &Self, shift: f64) -> (usize, f64) {
        let mut theirs = other.values.chunk_by(|a, b| a == b).peekable();
        let (mut pairs, mut more) = (0, 0.0);
        for ours in self.values.chunk_by(|a, b| a - shift == b - shift) {
            let Some(value) = ours.first().map(|value| value - shift) else { continue };
            while theirs.next_if(|group| group.first().is_some_and(|&other| other < value)).is_some() {}
            if let Some(group) = theirs.peek().filter(|group| group.first() == Some(&value)) {
                pairs += ours.len() * group.len();
                more += excess(ours.len() + group.len()) - excess(ours.len()) - excess(group.len());
            }
        }
        (pairs, more)
    }
}

/// Returns t³ − t, by which a group of t equal values lessens the variance of ranks.
fn excess(t: usize) -> f64 {
    let t = t as f64;
    t * t * t - t
}
