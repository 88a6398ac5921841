//! Owns how far the server's clock is ahead of this machine's, from the dates that answers bear anyway.
//!
//! A date has no fractions of a second, so one says little more than a second's worth; the median of several is told. It
//! never asks for anything. Invariant: without a date nothing is told.

use jiff::SignedDuration;

use super::eye::View;
use crate::capability::Sight;
use crate::capability::sight::Answer;

/// How old a date may be, in the machine's seconds.
const OLDEST: u64 = 300;

/// Measures the difference.
pub(super) fn measured(view: &View<'_>) -> Vec<Sight> {
    let (now, speed) = (view.eye.now(), view.eye.clock.speed());
    let span = |span: std::time::Duration| SignedDuration::try_from(span * speed).unwrap_or_default();
    let dates = view.eye.clients.dates().into_iter().filter(|dated| dated.came.elapsed().as_secs() < OLDEST);
    let ahead = dates.map(|dated| {
        // The date was taken at some time of the request's way there and back, and cut to the second.
        let taken = now - span(dated.came.elapsed()) - span(dated.took / 2);
        dated.date.duration_since(taken) + SignedDuration::from_millis(500)
    });
    median(ahead.collect()).map(|ahead| Sight::Skew(Answer::Seen(ahead))).into_iter().collect()
}

fn median(mut spans: Vec<SignedDuration>) -> Option<SignedDuration> {
    spans.sort();
    spans.get(spans.len() / 2).copied()
}
