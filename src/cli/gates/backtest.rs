//! Owns `gates backtest`: which past is looked at, where its points come from, and where they are kept.
//!
//! One wide question for each metric and version, cut in memory for each look. What is said is
//! [`crate::report::gates::backtested`]'s.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Backtest, file, recording, subject};
use crate::cli::{Cli, Output};
use crate::clock::Clock;
use crate::config::Config;
use crate::evidence::Evidence as Asks;
use crate::evidence::Window;
use crate::gate::evidence::Evidence;
use crate::gate::policy::Policy;
use crate::gate::replay::{self, MOST};
use crate::gate::wish::Canary;
use crate::report::Answer;
use crate::report::gates::backtested::{self, Past};
use crate::rollout::Key;
use crate::text::Printable;

/// What is looked back at.
struct Seen {
    canary: String,
    stable: String,
    evidence: Vec<Evidence>,
}

pub(super) async fn run(cli: &Cli, backtest: &Backtest, config: &Config) -> Result<Answer, String> {
    let (_, policy) = file::policy(&backtest.file)?;
    let begin = begin(backtest)?;
    let every = every(backtest, &policy)?;
    let times = replay::times(begin, backtest.end, every).ok_or_else(|| {
        format!("from {begin} to {} every {every:#} is no look or more than {MOST}: --to lies behind --from; --every is longer than nothing", backtest.end)
    })?;
    let seen = match &backtest.recorded {
        Some(path) => {
            let recording = recording::read(path)?;
            let evidence = recording.evidence(&policy, (begin, backtest.end), backtest.end);
            Seen { canary: recording.canary, stable: recording.stable, evidence }
        }
        None => gathered(cli, backtest, &policy, begin, config).await?,
    };
    if let Some(path) = &backtest.record {
        recording::write(path, &policy, (&seen.canary, &seen.stable), &seen.evidence)?;
    }
    let missing = missing(&policy, &seen.evidence);
    let past = Past {
        policy: &policy,
        versions: (&seen.canary, &seen.stable),
        every,
        looks: &replay::replay(&policy, &seen.evidence, &times),
        missing: &missing,
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

async fn gathered(
    cli: &Cli,
    backtest: &Backtest,
    policy: &Policy,
    begin: Timestamp,
    config: &Config,
) -> Result<Seen, String> {
    let canary = canary(cli, backtest, &Arc::new(policy.clone()), config).await?;
    let asks = Asks::new(config.services.clone(), Clock::Machine);
    let window = Window::between(policy, (begin, backtest.end), Timestamp::now());
    let evidence = asks.gather_over(&canary, &window).await;
    Ok(Seen { canary: canary.hash.to_string(), stable: canary.stable.to_string(), evidence })
}

/// Says which canary is meant; the cluster is not asked where the command line says it all.
async fn canary(
    cli: &Cli,
    backtest: &Backtest,
    policy: &Arc<Policy>,
    config: &Config,
) -> Result<Canary, String> {
    let name = backtest.name.as_deref().unwrap_or_default();
    let namespace = cli.global.namespace.first();
    let (hash, stable) = (backtest.canary.as_deref(), backtest.stable.as_deref());
    if let (Some(namespace), Some(hash), Some(stable)) = (namespace, hash, stable) {
        return Ok(Canary {
            key: Key { namespace: namespace.as_str().into(), name: name.into() },
            uid: Arc::from(""),
            hash: hash.into(),
            stable: stable.into(),
            policy: policy.clone(),
            runs: Vec::new(),
        });
    }
    let read = subject::from_cluster(name, namespace.map(String::as_str), config).await?;
    subject::versions(&read.rollout, policy, (hash, stable))
}

/// Says what has no past, and why.
fn missing(policy: &Policy, evidence: &[Evidence]) -> Vec<(Printable, Printable)> {
    let each = policy.metrics.iter().zip(evidence).filter_map(|(metric, evidence)| {
        let why = match evidence {
            Evidence::Missing { why, .. } => why.clone(),
            Evidence::Measured { .. } => Printable::ours(replay::NO_PAST),
            Evidence::Series { .. } => return None,
        };
        Some((Printable::from(&*metric.name), why))
    });
    each.collect()
}
