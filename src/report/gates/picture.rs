//! Owns the picture of one verdict: a file of SVG that stands alone.
//!
//! It loads nothing, runs nothing and needs no font of its own. Invariant: every text in it is escaped.

use std::fmt::Write;

use super::chart::{self, CANARY, Frame, STABLE};
use super::markup::{escape, raw};
use super::{Judged, class, number};
use crate::gate::evidence::Evidence;
use crate::gate::record;
use crate::gate::verdict::Part;

/// Width of the picture.
const WIDTH: f64 = 760.0;
/// Height of what stands above the metrics.
const HEAD: f64 = 150.0;
/// Height of a metric.
const EACH: f64 = 150.0;
/// Height of what stands below the metrics.
const FOOT: f64 = 46.0;
/// Characters that fit on a line.
const LINE: usize = 105;

/// Draws it.
pub fn svg(judged: &Judged<'_>) -> String {
    let gate = judged.gate;
    let parts = gate.verdict.iter().flat_map(|verdict| &verdict.parts);
    let each: Vec<(&Part, &Evidence)> = parts.zip(&gate.evidence).collect();
    let height = HEAD + EACH * each.len() as f64 + FOOT;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escape(&title(judged))
    );
    out.push_str(&head(judged));
    for (place, (part, evidence)) in each.into_iter().enumerate() {
        out.push_str(&metric(part, evidence, HEAD + EACH * place as f64));
    }
    for (line, text) in foot(judged).iter().enumerate() {
        out.push_str(&written(text, 20.0, height - FOOT + 16.0 * (line + 1) as f64, "fill=\"#4b5563\""));
    }
    out.push_str("</svg>\n");
    out
}

/// Says in a line what it is of and what it says.
pub(super) fn title(judged: &Judged<'_>) -> String {
    let name = crate::text::Printable::from(format!("{}/{}", judged.key.namespace, judged.key.name));
    format!("{name}: {}", record::word(judged.gate.word(judged.now)))
}

/// Says where it comes from, in lines.
pub(super) fn foot(judged: &Judged<'_>) -> [String; 2] {
    [
        format!("{}; ledger: {}", judged.cluster, judged.ledger),
        format!("judged as of {} by rollgate {}", judged.now, env!("CARGO_PKG_VERSION")),
    ]
}

fn head(judged: &Judged<'_>) -> String {
    let gate = judged.gate;
    let word = gate.word(judged.now);
    let stage = gate.standing.as_ref().map_or("stage not known", |standing| record::stage(standing.stage));
    let score = gate.verdict.as_ref().and_then(|verdict| verdict.score);
    let said =
        score.map_or_else(|| "score cannot be told".to_owned(), |score| format!("score {}", number(score)));
    let policy = crate::text::Printable::from(&*gate.policy.name);
    let heading = format!("font-size=\"20\" font-weight=\"bold\" fill=\"{}\"", chart::colour(word));
    let mut out = written(&title(judged), 20.0, 34.0, &heading);
    out.push_str(&written(gate.why(judged.now).as_str(), 20.0, 56.0, "fill=\"#111827\""));
    let versions = crate::text::Printable::from(format!("canary {} beside {}", gate.canary, judged.stable));
    out.push_str(&written(&format!("{stage}, {versions}, policy {policy}"), 20.0, 76.0, "fill=\"#4b5563\""));
    out.push_str(&written(&said, 20.0, 104.0, "fill=\"#111827\""));
    let frame = Frame { left: 160.0, top: 92.0, width: 560.0, height: 16.0 };
    out.push_str(&chart::score(score, gate.policy.thresholds, word, frame));
    out
}

fn metric(part: &Part, evidence: &Evidence, top: f64) -> String {
    let points = format!("{} and {} points", part.points.0, part.points.1);
    let said = format!("{}: {} ({points}): {}", part.name, class(part), part.why);
    let mut out = written(&said, 20.0, top + 16.0, "fill=\"#111827\"");
    let frame = Frame { left: 80.0, top: top + 28.0, width: 640.0, height: 84.0 };
    match evidence {
        Evidence::Series { canary, stable, .. } => {
            out.push_str(&chart::series(canary, stable, frame));
            let legend = format!(
                "<text x=\"400\" y=\"{}\" text-anchor=\"middle\"><tspan fill=\"{CANARY}\">canary \u{2014}</tspan>  \
                 <tspan fill=\"{STABLE}\">stable - -</tspan></text>",
                top + 126.0
            );
            out.push_str(&legend);
        }
        Evidence::Measured { measured, .. } => {
            let phase = format!("measured by an AnalysisRun: {}", measured.phase);
            out.push_str(&written(&phase, 80.0, top + 60.0, "fill=\"#4b5563\""));
        }
        Evidence::Missing { why, .. } => {
            out.push_str(&written(&format!("not to be had: {why}"), 80.0, top + 60.0, "fill=\"#4b5563\""));
        }
    }
    out
}

/// Writes a line of text, cut where it would leave the picture.
fn written(text: &str, x: f64, y: f64, looks: &str) -> String {
    let cut = crate::text::Printable::from(text).cut(LINE);
    let mut out = String::new();
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" {looks}>{}</text>", raw(cut.as_str()));
    out
}
