//! Owns `gates run` and `gates report`: one verdict on one Rollout, printed or written as a page.
//!
//! It gathers and judges as the live screen does, once. It never orders anything. Invariant: what could not be had is told with the verdict.

use std::sync::Arc;

use jiff::Timestamp;

use super::subject::{self, Found};
use super::{Report, Run, Subject, file, heard, past, recording, shown};
use crate::cli::{Cli, Output};
use crate::clock::Clock;
use crate::config::Config;
use crate::evidence::Evidence as Asks;
use crate::evidence::Window;
use crate::gate::answered::Then;
use crate::gate::evidence::Evidence;
use crate::gate::policy::lint;
use crate::gate::wish::Gathered;
use crate::gate::{Gate, record};
use crate::ledger::{self, Reader};
use crate::report::Answer;
use crate::report::gates::{self, Judged, page, picture};
use crate::run::runs::OfCluster;
use crate::text::Printable;

/// Judges and prints.
pub(super) async fn run(cli: &Cli, run: &Run, config: &Config) -> Result<Answer, String> {
    let now = as_of(cli, run.at);
    let mut found = subject::find(cli, &run.name, &run.subject, config).await?;
    let gate = judged(&mut found, &run.subject, config, (run.at, now)).await?;
    let said = told(&found, &gate, config, now, |judged| match run.output {
        Output::Text => gates::text(judged),
        Output::Json => super::as_json(&gates::json(judged), gates::exit_code(gate.word(now))),
    });
    Ok(said)
}

/// Judges and writes a file; says in a line what it holds.
pub(super) async fn report(cli: &Cli, report: &Report, config: &Config) -> Result<Answer, String> {
    let now = as_of(cli, report.at);
    let mut found = subject::find(cli, &report.name, &report.subject, config).await?;
    let gate = judged(&mut found, &report.subject, config, (report.at, now)).await?;
    let is_picture = report.output.extension().is_some_and(|end| end.eq_ignore_ascii_case("svg"));
    let text = told(&found, &gate, config, now, |judged| match is_picture {
        true => picture::svg(judged),
        false => page::html(judged),
    });
    file::write(&report.output, &text)?;
    let word = gate.word(now);
    let said = format!("{}: {}: {}\n", shown(&report.output), record::word(word), gate.why(now));
    Ok(Answer { code: gates::exit_code(word), ..Answer::told(said) })
}

fn as_of(cli: &Cli, at: Option<Timestamp>) -> Timestamp {
    at.or(cli.global.now).unwrap_or_else(Timestamp::now)
}

/// Gathers, and judges as of a time, in the stage of that time.
async fn judged(
    found: &mut Found,
    subject: &Subject,
    config: &Config,
    (at, now): (Option<Timestamp>, Timestamp),
) -> Result<Gate, String> {
    let sight = past::sight(found, subject.stage, at, config);
    found.notes.extend(sight.note.clone());
    let is_past = at.is_some_and(|at| at < Timestamp::now());
    let gathered = match &subject.recorded {
        Some(path) => {
            let recording = recording::read(path)?;
            let begin = now.checked_sub(found.canary.policy.lifetime).unwrap_or(Timestamp::MIN);
            let evidence = recording.evidence_on(&found.canary, (begin, now), now);
            looked_back(found, evidence, config, now)
        }
        None if is_past => {
            let window = Window::of(&found.canary.policy, now);
            let evidence = asks(found, config).gather_over(&found.canary, &window).await;
            looked_back(found, evidence, config, now)
        }
        None => asks(found, config).gather(&found.canary, now).await,
    };
    let canary = &found.canary;
    let mut gate = Gate::new(canary.policy.clone(), canary.hash.clone());
    sight.begin(&mut gate);
    gate.take(gathered, &sight.seen, now);
    Ok(gate)
}

/// Puts what sessions heard of the policy service beside the evidence of a time in the past: what it would say now is not asked.
fn looked_back(found: &mut Found, evidence: Vec<Evidence>, config: &Config, at: Timestamp) -> Gathered {
    let canary = &found.canary;
    let (Then { simulation, reasons, approvals, .. }, note) = heard::then(canary, at, config);
    let (key, hash, policy) = (canary.key.clone(), canary.hash.clone(), canary.policy.clone());
    found.notes.extend(note);
    Gathered { key, hash, policy, at, evidence, simulation, reasons, approvals }
}

/// Prepares to ask what the configuration names, and the cluster for AnalysisRuns.
fn asks(found: &Found, config: &Config) -> Asks {
    let asks = Asks::new(config.services.clone(), Clock::Machine);
    match &found.clients {
        Some(clients) => asks.reading(Arc::new(OfCluster(clients.clone()))),
        None => asks,
    }
}

/// Says a verdict, with what is to be known beside it.
pub(super) fn told<T>(
    found: &Found,
    gate: &Gate,
    config: &Config,
    now: Timestamp,
    say: impl FnOnce(&Judged<'_>) -> T,
) -> T {
    let mut notes = lint::scale(&gate.policy, &gate.evidence);
    notes.extend_from_slice(&found.notes);
    say(&Judged {
        key: &found.rollout.meta.key,
        stable: &found.canary.stable,
        gate,
        cluster: found.cluster.clone(),
        ledger: head(config),
        notes: &notes,
        now,
    })
}

/// Returns the head of the ledger, so that the record of this time can be found; or why there is none.
fn head(config: &Config) -> Printable {
    let Some(path) = config.ledger.clone().or_else(ledger::default_path) else {
        return Printable::ours("there is none");
    };
    match Reader::open(&path).and_then(|reader| reader.head()) {
        Ok(Some(head)) => Printable::from(format!("head {}, {}", head.short(), path.display())),
        Ok(None) => Printable::from(format!("{} keeps no chain", path.display())),
        Err(_) => Printable::ours("there is none"),
    }
}
