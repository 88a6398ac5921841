//! Owns how two series become heights on one scale and one span of time, so that an eye can lay one beside the other.
//!
//! It never smooths a gap away: where nothing was measured there is nothing. Invariants: both series have the same number of
//! samples; a height is 0 where there is no value, else from 1 to [`HIGHEST`]; work grows with points once, never with columns.

use jiff::{SignedDuration, Timestamp};

use crate::gate::evidence::Series;

/// Samples of a plot: so that 14, 21 and 42 columns of two samples each divide it evenly.
pub const SAMPLES: usize = 84;
/// Height of the highest value; the lowest has 1.
pub const HIGHEST: u8 = 4;

/// Heights of both series.
pub(super) struct Plot {
    pub(super) canary: Vec<u8>,
    pub(super) stable: Vec<u8>,
}

/// The span of time that both share.
struct Span {
    begin: Timestamp,
    step: SignedDuration,
    /// How long a value stands before it is a gap.
    holds: SignedDuration,
}

/// Plots two series; a difference within `least` of the metric's unit does not fill the scale.
pub(super) fn of(canary: &Series, stable: &Series, resolution: SignedDuration, least: f64) -> Plot {
    let times = || canary.points.iter().chain(&stable.points).map(|(at, _)| *at);
    let (Some(begin), Some(end)) = (times().min(), times().max()) else {
        return Plot { canary: vec![0; SAMPLES], stable: vec![0; SAMPLES] };
    };
    let samples = i32::try_from(SAMPLES).unwrap_or(i32::MAX);
    let step = (end.duration_since(begin) / samples).max(SignedDuration::from_millis(1));
    let span = Span { begin, step, holds: resolution.saturating_mul(3) / 2 };
    let (ours, theirs) = (sampled(canary, &span), sampled(stable, &span));
    let values = || ours.iter().chain(&theirs).flatten().copied();
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    // Half of what there is: noise of a tenth must not look like a mountain.
    let span_least = least.max(low.abs().max(high.abs()) / 2.0);
    let scale = (low, (high - low).max(span_least));
    let heights = |samples: Vec<Option<f64>>| samples.into_iter().map(|value| height(value, scale)).collect();
    Plot { canary: heights(ours), stable: heights(theirs) }
}

/// Takes the mean of what falls into each sample; a value stands until the next is due.
fn sampled(series: &Series, span: &Span) -> Vec<Option<f64>> {
    let mut points = series.points.iter().filter(|(_, value)| value.is_finite()).peekable();
    let mut last: Option<(Timestamp, f64)> = None;
    let mut samples = Vec::with_capacity(SAMPLES);
    let mut until = span.begin;
    for nth in 0..SAMPLES {
        until = if nth + 1 == SAMPLES {
            Timestamp::MAX
        } else {
            until.saturating_add(span.step).unwrap_or(until)
        };
        let (mut sum, mut count) = (0.0, 0_u32);
        while let Some((at, value)) = points.next_if(|(at, _)| *at < until) {
            (sum, count, last) = (sum + value, count + 1, Some((*at, *value)));
        }
        let held =
            last.filter(|(at, _)| nth + 1 == SAMPLES || until.duration_since(*at) <= span.holds + span.step);
        samples.push(if count > 0 { Some(sum / f64::from(count)) } else { held.map(|(_, value)| value) });
    }
    samples
}

fn height(value: Option<f64>, (low, span): (f64, f64)) -> u8 {
    let Some(value) = value else { return 0 };
    let share = if span > 0.0 { ((value - low) / span).clamp(0.0, 1.0) } else { 0.0 };
    1 + (share * f64::from(HIGHEST - 1)).round() as u8
}
