//! Owns pictures of numbers, as SVG: two series of a metric beside each other, and a score between its thresholds.
//!
//! It never draws what is no number: there the line has a gap. The two lines differ in colour and in how they are dashed. Invariant: all
//! values lie inside the frame, which is drawn from the smallest to the greatest of both series.

use std::fmt::Write;

use jiff::Timestamp;

use super::markup::escape;
use super::number;
use crate::gate::evidence::Series;
use crate::gate::judge::score::{Thresholds, Word};

/// Colour of the canary's line.
pub(super) const CANARY: &str = "#b45309";
/// Colour of the stable version's line.
pub(super) const STABLE: &str = "#1d4ed8";

/// A place in a picture, in its units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// What both series lie within.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reach {
    from: f64,
    to: f64,
    least: f64,
    most: f64,
}

/// Draws two series into a frame; nothing but the frame and a sentence where neither has a number.
pub(super) fn series(canary: &Series, stable: &Series, frame: Frame) -> String {
    let Frame { left, top, width, height } = frame;
    let mut out = format!(
        "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#9ca3af\"/>"
    );
    let Some(reach) = reach(canary, stable) else {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#4b5563\">no points</text>",
            left + width / 2.0,
            top + height / 2.0
        );
        return out;
    };
    for (series, colour, dash) in [(stable, STABLE, "5 3"), (canary, CANARY, "none")] {
        let _ = write!(
            out,
            "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"{dash}\"/>",
            path(series, &reach, frame)
        );
    }
    out.push_str(&labels(&reach, frame));
    out
}

fn reach(canary: &Series, stable: &Series) -> Option<Reach> {
    let both = canary.points.iter().chain(&stable.points).filter(|(_, value)| value.is_finite());
    let first = both.clone().next()?;
    let begin = Reach { from: seconds(first.0), to: seconds(first.0), least: first.1, most: first.1 };
    Some(both.fold(begin, |reach, (at, value)| Reach {
        from: reach.from.min(seconds(*at)),
        to: reach.to.max(seconds(*at)),
        least: reach.least.min(*value),
        most: reach.most.max(*value),
    }))
}

fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

/// Says how far along a value is, from 0 to 1; in the middle where all are one.
fn share(value: f64, least: f64, most: f64) -> f64 {
    // Halved first: the difference of two large numbers may be none.
    let (span, off) = (most / 2.0 - least / 2.0, value / 2.0 - least / 2.0);
    if span > 0.0 { (off / span).clamp(0.0, 1.0) } else { 0.5 }
}

/// Writes a line through the numbers of a series, which begins anew behind each gap.
fn path(series: &Series, reach: &Reach, frame: Frame) -> String {
    let mut path = String::new();
    let mut pen_is_down = false;
    for (at, value) in &series.points {
        if !value.is_finite() {
            pen_is_down = false;
            continue;
        }
        let x = frame.left + frame.width * share(seconds(*at), reach.from, reach.to);
        let y = frame.top + frame.height * (1.0 - share(*value, reach.least, reach.most));
        let _ = write!(path, "{}{x:.1} {y:.1}", if pen_is_down { "L" } else { "M" });
        pen_is_down = true;
    }
    path
}

/// Writes the smallest and greatest value at the left, and the first and last time below.
fn labels(reach: &Reach, frame: Frame) -> String {
    let time = |at: f64| Timestamp::from_second(at as i64).map(|at| at.strftime("%H:%M").to_string());
    let bottom = frame.top + frame.height;
    let all = [
        (frame.left - 6.0, frame.top + 10.0, "end", number(reach.most)),
        (frame.left - 6.0, bottom, "end", number(reach.least)),
        (frame.left, bottom + 14.0, "start", time(reach.from).unwrap_or_default()),
        (
            frame.left + frame.width,
            bottom + 14.0,
            "end",
            format!("{} UTC", time(reach.to).unwrap_or_default()),
        ),
    ];
    all.iter().fold(String::new(), |mut out, (x, y, anchor, text)| {
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#4b5563\">{}</text>",
            escape(text)
        );
        out
    })
}

/// Returns the colour of a word; the word itself always stands beside it.
pub(super) fn colour(word: Word) -> &'static str {
    match word {
        Word::Pass => "#15803d",
        Word::Hold => "#b45309",
        Word::CannotTell => "#4b5563",
        Word::Fail => "#b91c1c",
    }
}

/// Draws a score from 0 to 100 with its two thresholds, named below.
pub(super) fn score(score: Option<f64>, thresholds: Thresholds, word: Word, frame: Frame) -> String {
    let Frame { left, top, width, height } = frame;
    let at = |score: f64| left + width * (score / 100.0).clamp(0.0, 1.0);
    let mut out =
        format!("<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"#e5e7eb\"/>");
    if let Some(score) = score.filter(|score| score.is_finite()) {
        let _ = write!(
            out,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{:.1}\" height=\"{height}\" fill=\"{}\"/>",
            at(score) - left,
            colour(word)
        );
    }
    let bottom = top + height;
    for (threshold, name) in [(thresholds.marginal, "hold"), (thresholds.pass, "pass")] {
        let x = at(threshold);
        let _ = write!(
            out,
            "<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"#111827\" stroke-width=\"1.5\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#111827\">{name} {}</text>",
            top - 3.0,
            bottom + 3.0,
            bottom + 15.0,
            number(threshold)
        );
    }
    out
}
