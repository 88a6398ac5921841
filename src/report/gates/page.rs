//! Owns the page of one verdict: a file of HTML that stands alone, for the document about an incident.
//!
//! It loads nothing and runs nothing, and says so to the browser by its policy. Invariant: every text in it is escaped, and each metric
//! stands with what its evidence can be found again by: source, query, window, digest.

use std::fmt::Write;

use super::chart::{self, Frame};
use super::markup::{escape, raw};
use super::picture::{foot, title};
use super::{Judged, between, class, number, trigger};
use crate::gate::evidence::Evidence;
use crate::gate::record;
use crate::gate::stage::Outcome;
use crate::gate::verdict::Part;
use crate::rollout::age;

const STYLE: &str = "\
body{font:15px/1.45 system-ui,sans-serif;color:#111827;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e5e7eb}\
th{font-weight:600}td,p,h1,h3{overflow-wrap:break-word}td:first-child,td:last-child,code{overflow-wrap:anywhere}td:first-child{min-width:8rem}code{font-size:.85rem}figure{margin:1rem 0;break-inside:avoid}svg{width:100%;height:auto}\
figcaption,footer,.dim{color:#4b5563}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;background:#f3f4f6;padding:.75rem}";

/// Writes it.
pub fn html(judged: &Judged<'_>) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escape(&title(judged))
    );
    out.push_str(&head(judged));
    out.push_str(&stage(judged));
    out.push_str(&metrics(judged));
    out.push_str(&triggers(judged));
    out.push_str(&evidence(judged));
    let record = serde_json::to_string_pretty(&record::of(judged.gate, judged.now)).unwrap_or_default();
    let _ = write!(out, "<h2>As recorded</h2>\n<pre>{}</pre>\n<footer>\n", escaped_lines(&record));
    for line in foot(judged) {
        let _ = writeln!(out, "<p>{}</p>", raw(&line));
    }
    out.push_str("</footer>\n</body>\n</html>\n");
    out
}

fn head(judged: &Judged<'_>) -> String {
    let gate = judged.gate;
    let word = gate.word(judged.now);
    let mut out = format!(
        "<h1 style=\"color:{}\">{}</h1>\n<p><strong>{}</strong></p>\n",
        chart::colour(word),
        escape(&title(judged)),
        raw(gate.why(judged.now).as_str())
    );
    let _ = writeln!(
        out,
        "<p class=\"dim\">Canary <code>{}</code> beside <code>{}</code>, policy {}, as of {}.</p>",
        raw(&gate.canary),
        raw(judged.stable),
        raw(&gate.policy.name),
        judged.now
    );
    let score = gate.verdict.as_ref().and_then(|verdict| verdict.score);
    let said = score
        .map_or_else(|| "The score cannot be told.".to_owned(), |score| format!("Score {}.", number(score)));
    let frame = Frame { left: 10.0, top: 6.0, width: 740.0, height: 18.0 };
    let bar = chart::score(score, gate.policy.thresholds, word, frame);
    let _ = writeln!(
        out,
        "<h2>Score</h2>\n<p>{said}</p>\n<svg viewBox=\"0 0 760 46\" role=\"img\" font-size=\"12\" font-family=\"sans-serif\">\
         <title>{}</title>{bar}</svg>",
        escape(&said)
    );
    for note in judged.notes {
        let _ = writeln!(out, "<p>{}: {}</p>", note.grade.word(), raw(note.what.as_str()));
    }
    out
}

fn stage(judged: &Judged<'_>) -> String {
    let Some(standing) = &judged.gate.standing else {
        return "<h2>Stage</h2>\n<p>It is not known.</p>\n".to_owned();
    };
    let mut out = format!("<h2>Stage</h2>\n<p>{}</p>\n", record::stage(standing.stage));
    let rows = standing.requirements.iter().map(|(requirement, outcome)| {
        let why = match outcome {
            Outcome::Met => "",
            Outcome::Held(why) | Outcome::Untold(why) | Outcome::Failed(why) => why.as_str(),
        };
        vec![
            record::requirement(*requirement).to_owned(),
            record::word(outcome.word()).to_owned(),
            why.to_owned(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        out.push_str(&table(&["asked for", "", "why"], &rows));
    }
    out
}

fn metrics(judged: &Judged<'_>) -> String {
    let Some(verdict) = &judged.gate.verdict else {
        return "<h2>Metrics</h2>\n<p>Nothing was judged.</p>\n".to_owned();
    };
    let absent = || "-".to_owned();
    let row = |part: &Part| {
        vec![
            part.name.to_string(),
            class(part),
            format!("{} / {}", part.points.0, part.points.1),
            part.difference.map_or_else(absent, |(lower, _, upper)| between(lower, upper)),
            part.ratio.map_or_else(absent, |ratio| format!("{ratio:.2}")),
            part.age.map_or_else(absent, age::human),
            part.why.to_string(),
        ]
    };
    let rows: Vec<_> = verdict.parts.iter().map(row).collect();
    let groups = verdict.groups.iter().map(|(name, weight, score)| {
        let score = score.map_or_else(|| "cannot be told".to_owned(), number);
        vec![name.clone(), format!("{} %", number(*weight)), score]
    });
    let groups: Vec<_> = groups.collect();
    format!(
        "<h2>Metrics</h2>\n{}<h2>Groups</h2>\n{}",
        table(&["metric", "class", "points of canary / stable", "difference", "ratio", "age", "why"], &rows),
        table(&["group", "weight", "score"], &groups)
    )
}

fn triggers(judged: &Judged<'_>) -> String {
    let row = |(cause, reading): &(_, _)| vec![record::cause(*cause).to_owned(), trigger(reading)];
    let rows: Vec<_> = judged.gate.triggers.iter().map(row).collect();
    format!("<h2>Triggers</h2>\n{}", table(&["trigger", "state"], &rows))
}

/// Shows what each metric rests on, and where that can be found again.
fn evidence(judged: &Judged<'_>) -> String {
    let parts = judged.gate.verdict.iter().flat_map(|verdict| &verdict.parts);
    let mut out = "<h2>Evidence</h2>\n".to_owned();
    for (part, evidence) in parts.zip(&judged.gate.evidence) {
        let shown = match evidence {
            Evidence::Series { canary, stable, .. } => {
                let frame = Frame { left: 80.0, top: 6.0, width: 660.0, height: 120.0 };
                format!(
                    "<svg viewBox=\"0 0 760 150\" role=\"img\" font-size=\"12\" font-family=\"sans-serif\"><title>{}</title>{}</svg>\n\
                     <p class=\"dim\"><span style=\"color:{}\">\u{2014} canary</span> <span style=\"color:{}\">- - stable</span></p>",
                    raw(&format!("{}: canary beside stable", part.name)),
                    chart::series(canary, stable, frame),
                    chart::CANARY,
                    chart::STABLE
                )
            }
            Evidence::Measured { measured, .. } => {
                format!("<p>Measured by an AnalysisRun: {}.</p>", raw(measured.phase.as_str()))
            }
            Evidence::Missing { why, .. } => format!("<p>It was not to be had: {}.</p>", raw(why.as_str())),
        };
        let _ = writeln!(
            out,
            "<figure>\n<h3>{}</h3>\n{shown}\n<figcaption>{} from {}, <code>{}</code>, {} to {}, asked {}; SHA-256 <code>{}</code></figcaption>\n</figure>",
            raw(part.name.as_str()),
            raw(&class(part)),
            raw(part.of.source.as_str()),
            raw(part.of.query.as_str()),
            part.of.window.0,
            part.of.window.1,
            part.of.asked,
            raw(&part.digest)
        );
    }
    out
}

fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = "<table>\n<tr>".to_owned();
    for cell in head {
        let _ = write!(out, "<th>{}</th>", escape(cell));
    }
    out.push_str("</tr>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", raw(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
    out
}

/// Escapes JSON line by line, so that its lines stay lines.
fn escaped_lines(json: &str) -> String {
    json.lines().map(|line| format!("{}\n", raw(line))).collect()
}
