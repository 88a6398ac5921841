//! Owns how the metrics of a policy become questions, and the series that come back become evidence.
//!
//! All metrics of both versions are one question: each query is marked by a label of its own and put together with `or`. Where that is
//! refused they are asked one by one, since one wrong query would hide the others. Invariant: a query that finds no series, or several, is
//! missing evidence that says so; series are never added up or chosen from.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::window::{Window, filled};
use crate::clock::Clock;
use crate::config::services::Provider;
use crate::evidence::Evidence;
use crate::evidence::prometheus::range::{Ranged, Refused, Row, range};
use crate::gate::evidence::{Evidence as Proof, Provenance, Series};
use crate::gate::policy::{Metric, Origin, Policy};
use crate::gate::wish::Canary;
use crate::text::Printable;

/// The label by which an answer says to which query it belongs.
const MARK: &str = "rollgate_query";
/// Longest question for all metrics at once, in bytes.
const LONGEST: usize = 256 << 10;
/// How far the clocks may differ where points lie close.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// Queries for the canary and for the stable version.
type Pair = (String, String);
/// What came of asking for both.
type Rows = Result<(Vec<Row>, Vec<Row>), Refused>;

impl Evidence {
    /// Asks for the metrics that are queried, in their order; tells whether the provider answered.
    pub(super) async fn queried(
        &self,
        canary: &Canary,
        metrics: &[&Metric],
        window: &Window,
    ) -> (Vec<Proof>, bool) {
        let all_missing = |source: &str, why: &str| {
            let missing = |metric: &&Metric| unfilled(metric, source, why, window);
            metrics.iter().map(missing).collect::<Vec<Proof>>()
        };
        if metrics.is_empty() {
            return (Vec::new(), true);
        }
        let provider = match provider(&self.services.providers, &canary.policy) {
            Ok(provider) => provider,
            Err(why) => return (all_missing("prometheus", &why), true),
        };
        let source = format!("prometheus at {}", provider.reach);
        if let Some(why) = window.refused() {
            return (all_missing(&source, &why), true);
        }
        let pairs: Vec<Result<Pair, String>> = metrics.iter().map(|metric| pair(metric, canary)).collect();
        let asked: Vec<&Pair> = pairs.iter().flatten().collect();
        let answered = self.all(provider, &asked, &canary.policy, window).await;
        let well = !answered.iter().any(|rows| matches!(rows, Err(Refused::Source(_) | Refused::Slow(_))));
        let mut answered = answered.into_iter();
        let proofs = metrics.iter().zip(&pairs).map(|(metric, pair)| match pair {
            Err(why) => unfilled(metric, &source, why, window),
            Ok(pair) => {
                let rows =
                    answered.next().unwrap_or_else(|| Err(Refused::Question("it was not asked".to_owned())));
                proof(rows, of(&source, pair, window))
            }
        });
        (proofs.collect(), well)
    }

    /// Asks for all pairs: by one question, or each by its own.
    async fn all(&self, provider: &Provider, pairs: &[&Pair], policy: &Policy, window: &Window) -> Vec<Rows> {
        if pairs.is_empty() {
            return Vec::new();
        }
        let together = together(pairs);
        if together.len() <= LONGEST && !self.desk.is_apart(&policy.name, Instant::now()) {
            match self.ranged(provider, &together, window).await {
                Ok(rows) => return parted(rows, pairs.len()),
                Err(Refused::Source(why)) => {
                    return pairs.iter().map(|_| Err(Refused::Source(why.clone()))).collect();
                }
                // What is slow already is not asked more at once: smaller questions come with the next turn.
                Err(Refused::Slow(why)) => {
                    self.desk.part(&policy.name, Instant::now());
                    return pairs.iter().map(|_| Err(Refused::Slow(why.clone()))).collect();
                }
                Err(Refused::Question(_)) => self.desk.part(&policy.name, Instant::now()),
            }
        }
        let each = pairs.iter().map(|(canary, stable)| async move {
            let (canary, stable) =
                tokio::join!(self.ranged(provider, canary, window), self.ranged(provider, stable, window));
            Ok((canary?, stable?))
        });
        join_all(each).await
    }

    async fn ranged(&self, provider: &Provider, query: &str, window: &Window) -> Result<Vec<Row>, Refused> {
        let Some(_seat) = self.desk.seat().await else {
            return Err(Refused::Source("the program is leaving".to_owned()));
        };
        let Ranged { rows, date } = range(provider, query, window).await?;
        match date.filter(|_| matches!(self.clock, Clock::Machine)) {
            Some(date) => in_time(date, self.clock.now(), window).map(|()| rows),
            None => Ok(rows),
        }
    }
}

/// Refuses an answer from another time: how old its points are could not be told.
fn in_time(date: Timestamp, now: Timestamp, window: &Window) -> Result<(), Refused> {
    let ahead = date.duration_since(now);
    if ahead.abs() <= SKEW.max(window.step) {
        return Ok(());
    }
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    let by = SignedDuration::from_secs(ahead.abs().as_secs());
    Err(Refused::Source(format!("its clock is {by:#} {side} this machine's: put the wrong one right")))
}

/// Returns the provider that a policy means.
fn provider<'a>(providers: &'a [Provider], policy: &Policy) -> Result<&'a Provider, String> {
    match (&policy.provider, providers) {
        (None, [only]) => Ok(only),
        (None, []) => Err(
            "no provider is configured: put the Prometheus that has the metrics into the configuration, as [[provider]]"
                .to_owned(),
        ),
        (None, several) => Err(format!(
            "{} providers are configured: say which one with `provider:` in the policy {}",
            several.len(),
            policy.name
        )),
        (Some(word), all) => all.iter().find(|provider| provider.is_called(word)).ok_or_else(|| {
            format!("there is no provider `{word}` in the configuration: add [[provider]] with name = \"{word}\"")
        }),
    }
}

fn pair(metric: &Metric, canary: &Canary) -> Result<Pair, String> {
    match &metric.origin {
        Origin::Query { canary: ours, stable } => Ok((filled(ours, canary)?, filled(stable, canary)?)),
        Origin::Analysis => Err("it is no query".to_owned()),
    }
}

/// Puts queries together; each stands on lines of its own, so that a remark at its end ends with it.
fn together(pairs: &[&Pair]) -> String {
    let queries = pairs.iter().flat_map(|(canary, stable)| [canary, stable]);
    let marked = queries
        .enumerate()
        .map(|(place, query)| format!("label_replace(\n{query}\n, \"{MARK}\", \"{place}\", \"\", \"\")"));
    marked.collect::<Vec<_>>().join("\nor\n")
}

/// Gives each pair what was answered to it.
fn parted(rows: Vec<Row>, count: usize) -> Vec<Rows> {
    let mut sorted: Vec<(Vec<Row>, Vec<Row>)> = vec![Default::default(); count];
    for mut row in rows {
        let place = row.labels.remove(MARK).and_then(|place| place.parse::<usize>().ok());
        if let Some((canary, stable)) = place.and_then(|place| sorted.get_mut(place / 2)) {
            if place.is_some_and(|place| place % 2 == 0) { canary.push(row) } else { stable.push(row) }
        }
    }
    sorted.into_iter().map(Ok).collect()
}

fn of(source: &str, (canary, stable): &Pair, window: &Window) -> Provenance {
    Provenance {
        source: Printable::from(source),
        query: Printable::from(format!("{canary} against {stable}")),
        window: (window.from, window.to),
        asked: window.asked,
    }
}

/// Says why nothing was asked for a metric.
fn unfilled(metric: &Metric, source: &str, why: &str, window: &Window) -> Proof {
    let pair = match &metric.origin {
        Origin::Query { canary, stable } => (canary.clone(), stable.clone()),
        Origin::Analysis => Pair::default(),
    };
    Proof::Missing { why: Printable::from(why), of: of(source, &pair, window) }
}

fn proof(rows: Rows, of: Provenance) -> Proof {
    let both = match rows {
        Ok(both) => both,
        Err(Refused::Question(why) | Refused::Slow(why) | Refused::Source(why)) => {
            return Proof::Missing { why: Printable::from(why), of };
        }
    };
    match (only(both.0, "canary"), only(both.1, "stable version")) {
        (Ok(canary), Ok(stable)) => Proof::Series { stable: beside(stable, &canary), canary, of },
        (Err(why), _) | (_, Err(why)) => Proof::Missing { why: Printable::from(why), of },
    }
}

/// Takes the one series that there has to be.
fn only(mut rows: Vec<Row>, whose: &str) -> Result<Series, String> {
    match rows.len() {
        0 => Err(format!("no series of the {whose}: it has no traffic, or the query means something else")),
        1 => rows.pop().map(|row| row.series).ok_or_else(String::new),
        several => Err(format!(
            "{several} series of the {whose} where one was asked for, which differ in {}: add them up in the query",
            differing(&rows)
        )),
    }
}

/// Names the labels by which series differ.
fn differing(rows: &[Row]) -> String {
    let mut names: Vec<&str> = rows.iter().flat_map(|row| row.labels.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let first = rows.first();
    names.retain(|name| {
        rows.iter().any(|row| row.labels.get(*name) != first.and_then(|row| row.labels.get(*name)))
    });
    names.truncate(5);
    names.join(", ")
}

/// Leaves of the stable version's series what lies beside the canary's: what was before it is another day.
fn beside(stable: Series, canary: &Series) -> Series {
    let begun = canary.points.first().map(|(at, _)| *at);
    let points = stable.points.into_iter().filter(|(at, _)| begun.is_none_or(|begun| *at >= begun));
    Series { points: points.collect() }
}

#[cfg(test)]
mod tests;
