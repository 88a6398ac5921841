//! Owns `gates backtest`: which past is looked at, where its points come from, and where they are kept.
//!
//! One wide question for each metric and version, cut in memory for each look; stages are those that the ledger keeps. What is said is
//! [`crate::report::gates::backtested`]'s. Invariants: a look has the points that `gates run --at` would judge; what of a policy is not
//! replayed is said, with why.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::subject::{self, Read};
use super::{Backtest, file, heard, past, recording};
use crate::cli::{Cli, Output};
use crate::clock::Clock;
use crate::config::Config;
use crate::evidence::Evidence as Asks;
use crate::evidence::Window;
use crate::gate::answered::Answers;
use crate::gate::evidence::Evidence;
use crate::gate::past::{Present, Stages};
use crate::gate::policy::{Origin, Policy};
use crate::gate::replay::{self, Begun, Kept, MOST};
use crate::gate::stage::Seen;
use crate::gate::wish::Canary;
use crate::report::Answer;
use crate::report::gates::backtested::{self, Past};
use crate::rollout::Key;
use crate::run::runs::OfCluster;
use crate::text::Printable;

/// What is looked back at.
struct Back {
    canary: String,
    stable: String,
    evidence: Vec<Evidence>,
    runs: Vec<Vec<Begun>>,
    stages: Stages,
    answers: Answers,
    /// Why something is not among it.
    unplayed: Vec<Printable>,
}

pub(super) async fn run(cli: &Cli, backtest: &Backtest, config: &Config) -> Result<Answer, String> {
    let (_, policy) = file::policy(&backtest.file)?;
    let policy = Arc::new(policy);
    let begin = begin(backtest)?;
    let every = every(backtest, &policy)?;
    let times = replay::times(begin, backtest.end, every).ok_or_else(|| {
        format!("from {begin} to {} every {every:#} is no look or more than {MOST}: --to lies behind --from; --every is longer than nothing", backtest.end)
    })?;
    let mut back = match recorded(cli, backtest, &policy, begin, config)? {
        Some(back) => back,
        None => gathered(cli, backtest, &policy, begin, config).await?,
    };
    if let Some(path) = &backtest.record {
        recording::write(path, &policy, (&back.canary, &back.stable), &back.evidence)?;
    }
    let (stages, answers) = (std::mem::take(&mut back.stages), std::mem::take(&mut back.answers));
    let kept = Kept { evidence: &back.evidence, runs: &back.runs, stages, answers };
    let looks = replay::replay(&policy, &kept, &times);
    back.unplayed.extend(unplayed(&policy));
    let past = Past {
        policy: &policy,
        versions: (&back.canary, &back.stable),
        every,
        looks: &looks,
        missing: &missing(&policy, &back),
        unplayed: &back.unplayed,
    };
    Ok(match backtest.output {
        Output::Text => backtested::text(&past),
        Output::Json => super::as_json(&backtested::json(&past), backtested::code(&past)),
    })
}

/// Reads `--from`, which elsewhere names a dump.
fn begin(backtest: &Backtest) -> Result<Timestamp, String> {
    let written = backtest.begin.to_string_lossy();
    let wrong =
        || format!("--from is the time at which the canary began, as 2026-11-21T09:00:00Z, not `{written}`");
    written.parse().map_err(|_| wrong())
}

fn every(backtest: &Backtest, policy: &Policy) -> Result<SignedDuration, String> {
    let Some(written) = &backtest.every else { return Ok(policy.resolution) };
    let read: Option<SignedDuration> = written.parse().ok();
    read.filter(|every| every.is_positive())
        .ok_or_else(|| format!("--every is a time such as 1m or 30s, not `{}`", Printable::from(&**written)))
}

/// Returns from when on points count for the first look: as long before as a canary is looked at, as in `gates run --at`.
fn since(policy: &Policy, begin: Timestamp) -> Timestamp {
    begin.checked_sub(policy.lifetime).unwrap_or(Timestamp::MIN)
}

/// Reads what a file keeps, where one is named; nobody is asked then.
fn recorded(
    cli: &Cli,
    backtest: &Backtest,
    policy: &Arc<Policy>,
    begin: Timestamp,
    config: &Config,
) -> Result<Option<Back>, String> {
    let Some(path) = &backtest.recorded else { return Ok(None) };
    let recording = recording::read(path)?;
    let evidence = recording.evidence(policy, (since(policy, begin), backtest.end), backtest.end);
    let mut back = Back {
        canary: recording.canary,
        stable: recording.stable,
        evidence,
        runs: Vec::new(),
        stages: Stages::default(),
        answers: Answers::default(),
        unplayed: Vec::new(),
    };
    match (&backtest.name, cli.global.namespace.first()) {
        (Some(name), Some(namespace)) => {
            let canary = named(namespace, name, (&back.canary, &back.stable), policy);
            back.stand(&canary, None, config);
        }
        _ => back.unplayed.push(Printable::ours(
            "stages: name the Rollout and its namespace (-n), so that what was recorded of it can be found",
        )),
    }
    Ok(Some(back))
}

async fn gathered(
    cli: &Cli,
    backtest: &Backtest,
    policy: &Arc<Policy>,
    begin: Timestamp,
    config: &Config,
) -> Result<Back, String> {
    let (canary, read) = canary(cli, backtest, policy, config).await?;
    let asks = Asks::new(config.services.clone(), Clock::Machine);
    let asks = match read.as_ref().and_then(|read| read.clients.clone()) {
        Some(clients) => asks.reading(Arc::new(OfCluster(clients))),
        None => asks,
    };
    let now = Timestamp::now();
    let window = Window::between(policy, (since(policy, begin), backtest.end), now);
    let mut back = Back {
        canary: canary.hash.to_string(),
        stable: canary.stable.to_string(),
        evidence: asks.gather_over(&canary, &window).await,
        runs: Vec::new(),
        stages: Stages::default(),
        answers: Answers::default(),
        unplayed: Vec::new(),
    };
    if analysed(policy) {
        match asks.begun(&canary).await {
            Ok(runs) => back.runs = runs,
            Err(why) => back.unplayed.push(Printable::from(format!("AnalysisRuns: {why}"))),
        }
    }
    let present = read.as_ref().and_then(|read| {
        let seen = Seen::of(&read.rollout, read.available);
        past::present(&read.rollout, &seen, &canary, now)
    });
    back.stand(&canary, present, config);
    Ok(back)
}

impl Back {
    /// Takes in where the canary stood, and what the policy service said of it.
    fn stand(&mut self, canary: &Canary, present: Option<Present>, config: &Config) {
        let (stages, unread) = past::stages(canary, present, config);
        self.stages = stages;
        self.unplayed.extend(unread.map(|why| Printable::from(format!("recorded stages: {why}"))));
        if canary.policy.simulation.is_some() {
            let (answers, unread) = heard::answers(canary, config);
            self.answers = answers;
            let unread = unread.map(|why| Printable::from(format!("what the policy service said: {why}")));
            self.unplayed.extend(unread);
        }
    }
}

fn analysed(policy: &Policy) -> bool {
    policy.metrics.iter().any(|metric| metric.origin == Origin::Analysis)
}

/// Says which canary is meant; the cluster is not asked where the command line says it all.
async fn canary(
    cli: &Cli,
    backtest: &Backtest,
    policy: &Arc<Policy>,
    config: &Config,
) -> Result<(Canary, Option<Read>), String> {
    let name = backtest.name.as_deref().unwrap_or_default();
    let namespace = cli.global.namespace.first();
    let (hash, stable) = (backtest.canary.as_deref(), backtest.stable.as_deref());
    if let (Some(namespace), Some(hash), Some(stable), false) = (namespace, hash, stable, analysed(policy)) {
        return Ok((named(namespace, name, (hash, stable), policy), None));
    }
    let read = subject::from_cluster(name, namespace.map(String::as_str), config).await?;
    let canary = subject::versions(&read.rollout, policy, (hash, stable))?;
    Ok((canary, Some(read)))
}

fn named(namespace: &str, name: &str, (hash, stable): (&str, &str), policy: &Arc<Policy>) -> Canary {
    Canary {
        key: Key { namespace: namespace.into(), name: name.into() },
        uid: Arc::from(""),
        hash: hash.into(),
        stable: stable.into(),
        policy: policy.clone(),
        runs: Vec::new(),
    }
}

/// Says what has no past, and why.
fn missing(policy: &Policy, back: &Back) -> Vec<(Printable, Printable)> {
    let runs = back.runs.iter().map(|runs| !runs.is_empty()).chain(std::iter::repeat(false));
    let each = policy.metrics.iter().zip(&back.evidence).zip(runs);
    let each = each.filter(|(_, ran)| !ran).filter_map(|((metric, evidence), _)| {
        let why = match evidence {
            Evidence::Missing { why, .. } => why.clone(),
            Evidence::Measured { .. } => Printable::ours(replay::NO_PAST),
            Evidence::Series { .. } => return None,
        };
        Some((Printable::from(&*metric.name), why))
    });
    each.collect()
}

/// Says what of a policy cannot be replayed, whatever is kept.
fn unplayed(policy: &Policy) -> Vec<Printable> {
    let mut all = Vec::new();
    if analysed(policy) {
        all.push(
            "metrics without a query: only from AnalysisRuns that are still in the cluster; Argo keeps a few (spec.analysis.successfulRunHistoryLimit, unsuccessfulRunHistoryLimit), and what one had measured before its newest measurement is not kept apart",
        );
    }
    all.into_iter().map(Printable::ours).collect()
}
