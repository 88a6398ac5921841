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

/// Ties between two samples, taken in ascending order.
#[derive(Default)]
pub(super) struct Tied {
    value: f64,
    /// How many of the first sample have this value, and how many of the other.
    sizes: (usize, usize),
    more: f64,
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
        let given = values.into_iter();
        let mut values = Vec::with_capacity(given.size_hint().1.unwrap_or_default());
        values.extend(given.filter(|value| value.is_finite()).map(|value| value + 0.0));
        values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        let tied = values.iter().zip(values.iter().skip(1)).any(|(value, next)| value == next);
        let groups = || values.chunk_by(|a, b| a == b).map(|group| excess(group.len())).sum();
        let ties = if tied { groups() } else { 0.0 };
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
        let (mut doubled, mut below, mut tied) = (0, 0, Tied::default());
        let y = other.values.as_slice();
        for &value in &self.values {
            let value = value - shift;
            while y.get(below).is_some_and(|&other| other < value) {
                below += 1;
            }
            doubled += 2 * below;
            if y.get(below) == Some(&value) {
                let rest = y.get(below..).unwrap_or_default();
                let equal = rest.iter().take_while(|other| **other == value).count();
                tied.take(value, equal);
                doubled += equal;
            }
        }
        Among { above: doubled as f64 / 2.0, ties: self.ties + other.ties + tied.more() }
    }

    /// Returns the sum of t³ − t over its groups of t equal values.
    pub(super) fn ties(&self) -> f64 {
        self.ties
    }
}

impl Tied {
    /// Takes a value of the first sample, and how many of the other are equal to it.
    pub(super) fn take(&mut self, value: f64, equal: usize) {
        if equal == 0 {
            return;
        }
        if self.value != value {
            self.close();
            self.value = value;
        }
        self.sizes = (self.sizes.0 + 1, equal);
    }

    /// Returns by how much the groups of ties inside of each sample grow.
    pub(super) fn more(mut self) -> f64 {
        self.close();
        self.more
    }

    fn close(&mut self) {
        let (ours, theirs) = std::mem::take(&mut self.sizes);
        self.more += excess(ours + theirs) - excess(ours) - excess(theirs);
    }
}

/// Returns t³ − t, by which a group of t equal values lessens the variance of ranks.
fn excess(t: usize) -> f64 {
    let t = t as f64;
    t * t * t - t
}
