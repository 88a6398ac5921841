//! Owns what is done to raw series before they are compared: what is no number, and what lies too far out.
//!
//! (Kayenta: `Transforms`.) It never changes a value that it keeps, and says how many it left out.

use super::rank::Sample;

/// The largest size of a value that is compared: sums of the squares of larger ones are no numbers any more.
pub const LARGEST: f64 = 1e150;

/// What is done with values that are no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NanStrategy {
    /// They are left out: they say nothing.
    #[default]
    Remove,
    /// They are taken as zero: for counts, where silence means none.
    Replace,
}

/// What is done with values that lie far out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum OutlierStrategy {
    /// They are kept.
    #[default]
    Keep,
    /// They are left out where they lie further than this many interquartile ranges outside the quartiles, and outside the
    /// first and the last hundredth.
    Remove {
        /// Interquartile ranges; Kayenta's is 3.
        factor: f64,
    },
}

/// A series that can be compared, and what was left out of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cleaned {
    /// What is compared.
    pub sample: Sample,
    /// Points that were measured and are compared: what was taken as zero is none.
    pub points: usize,
    /// Points that were no number.
    pub not_numbers: usize,
    /// Points that lay too far out.
    pub outliers: usize,
}

/// Makes a series comparable.
pub fn clean(raw: &[f64], nan: NanStrategy, outliers: OutlierStrategy) -> Cleaned {
    let not_numbers = raw.iter().filter(|value| !value.is_finite()).count();
    let numbers = raw.iter().filter_map(|value| match (value.is_finite(), nan) {
        (true, _) => Some(*value),
        (false, NanStrategy::Replace) => Some(0.0),
        (false, NanStrategy::Remove) => None,
    });
    let sample = Sample::of(numbers);
    let fences = match outliers {
        OutlierStrategy::Keep => None,
        OutlierStrategy::Remove { factor } => fences(&sample, factor),
    };
    let (before, made_up) = (sample.len(), if nan == NanStrategy::Replace { not_numbers } else { 0 });
    let sample = match fences {
        None => sample,
        Some((low, high)) => {
            Sample::of(sample.values().iter().copied().filter(|value| (low..=high).contains(value)))
        }
    };
    let points = sample.len().saturating_sub(made_up);
    Cleaned { outliers: before - sample.len(), points, sample, not_numbers }
}

fn fences(sample: &Sample, factor: f64) -> Option<(f64, f64)> {
    let (first, third) = (sample.quantile(0.25)?, sample.quantile(0.75)?);
    let reach = factor * (third - first);
    Some((sample.quantile(0.01)?.min(first - reach), sample.quantile(0.99)?.max(third + reach)))
}
