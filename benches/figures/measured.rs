//! Numbers measured again and again: medians, ranges, percentiles.
//!
//! It knows no unit.

use std::time::Duration;

/// The same figure from several runs.
#[derive(Clone, Default)]
pub struct Series(Vec<f64>);

impl Series {
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn median(&self) -> Option<f64> {
        percentile(&self.0, 0.5)
    }

    /// The least and the most.
    pub fn range(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least, most)
    }
}

/// The middle, the 99th of a hundred, and the most of many durations, each over several runs.
#[derive(Default)]
pub struct Spread {
    pub p50: Series,
    pub p99: Series,
    pub most: Series,
}

impl Spread {
    /// Adds one run, in milliseconds.
    pub fn add(&mut self, durations: &[Duration]) {
        let all: Vec<f64> = durations.iter().copied().map(milliseconds).collect();
        for (series, share) in [(&mut self.p50, 0.5), (&mut self.p99, 0.99), (&mut self.most, 1.0)] {
            if let Some(value) = percentile(&all, share) {
                series.add(value);
            }
        }
    }
}

fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = (last as f64 * share).ceil() as usize;
    sorted.get(at.min(last)).copied()
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
