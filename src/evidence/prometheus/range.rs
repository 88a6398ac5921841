//! Owns one range query: what is sent, and which answers are series.
//!
//! It is posted as a form, since queries are long, and read with GET where a proxy in between takes nothing else. Source: Prometheus, HTTP
//! API v1 (`query_range`). Invariant: an answer that is not whole (an error, a warning, another type, a page) is no series, and what it
//! is instead is said in its own words.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{asked, forwarded, opening, redirect, short, shut_out};
use crate::config::services::Provider;
use crate::evidence::gather::Window;
use crate::evidence::secret;
use crate::evidence::trouble::Trouble;
use crate::evidence::wire::{Body, Question, Reply, ask};
use crate::gate::evidence::Series;

const PATH: &str = "/api/v1/query_range";
/// Longest path that is read with GET: what servers take.
const LONGEST_PATH: usize = 8 << 10;
/// How warnings begin that say nothing against the values (Prometheus: util/annotations).
const REMARK: &str = "PromQL info";

/// A series as it was answered.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::evidence) struct Row {
    /// Its labels.
    pub(in crate::evidence) labels: BTreeMap<String, String>,
    /// Its values.
    pub(in crate::evidence) series: Series,
}

/// Why there are no series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::evidence) enum Refused {
    /// It answered, or tried to: this question is wrong, or too much.
    Question(String),
    /// It did not answer in time: this question may be too much, or it is in trouble.
    Slow(String),
    /// It does not answer as it should, whatever is asked.
    Source(String),
}

/// What was answered, and when by the server's clock.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::evidence) struct Ranged {
    /// The series.
    pub(in crate::evidence) rows: Vec<Row>,
    /// The server's time, where it says so.
    pub(in crate::evidence) date: Option<Timestamp>,
}

/// Asks for the values of a query over a window.
pub(in crate::evidence) async fn range(
    provider: &Provider,
    query: &str,
    window: &Window,
) -> Result<Ranged, Refused> {
    let form = form(query, window);
    let posted = posted(provider, &form).await.map_err(|trouble| refused(provider, &trouble))?;
    let path = format!("{PATH}?{form}");
    let reply = match posted.status.as_u16() {
        405 | 501 if path.len() <= LONGEST_PATH => {
            asked(provider, &path).await.map_err(|trouble| refused(provider, &trouble))?
        }
        _ => posted,
    };
    let date = reply.date;
    let rows = read(&reply, provider)?;
    fits(&rows, window).map(|()| Ranged { rows, date })
}

/// Refuses what was not asked for: points of other times would be of another canary's life or never grow old, and such as lie closer
/// together would be enough too soon.
fn fits(rows: &[Row], window: &Window) -> Result<(), Refused> {
    let wrong = |what: &str| Err(Refused::Question(format!("it answered with points {what}")));
    // Between asking and answering a minute may begin.
    let begin = window.from.checked_sub(window.step).unwrap_or(Timestamp::MIN);
    let end = window.to.checked_add(window.step).unwrap_or(Timestamp::MAX);
    let apart = window.step.checked_sub(SignedDuration::from_millis(1)).unwrap_or_default();
    for row in rows {
        let times = || row.series.points.iter().map(|(at, _)| *at);
        if times().any(|at| at < begin || end < at) {
            return wrong(
                "of other times than were asked for: what stands between may have kept an old answer",
            );
        }
        if times().zip(times().skip(1)).any(|(at, next)| next.duration_since(at) < apart) {
            return wrong("that lie closer together than was asked for");
        }
    }
    Ok(())
}

async fn posted(provider: &Provider, form: &str) -> Result<Reply, Trouble> {
    let authorization = secret::authorization(&provider.login).await?;
    let headers = authorization.map(|value| (http::header::AUTHORIZATION, value)).into_iter().collect();
    let body = Some(Body::Form(form.to_owned()));
    ask(Question { endpoint: &provider.reach, path: PATH, headers, body }).await
}

fn form(query: &str, window: &Window) -> String {
    let encoded = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
    let seconds = |at: Timestamp| at.as_millisecond() as f64 / 1000.0;
    format!(
        "query={encoded}&start={}&end={}&step={}",
        seconds(window.from),
        seconds(window.to),
        window.step.as_secs_f64()
    )
}

fn refused(provider: &Provider, trouble: &Trouble) -> Refused {
    match trouble {
        Trouble::Large { .. } => Refused::Question(trouble.to_string()),
        Trouble::Silent { .. } => Refused::Slow(trouble.to_string()),
        _ => Refused::Source(format!("{trouble}{}", forwarded(provider, trouble))),
    }
}

#[derive(Deserialize)]
struct Answered {
    status: String,
    #[serde(default)]
    data: Value,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
}

/// Takes the series out of an answer.
fn read(reply: &Reply, provider: &Provider) -> Result<Vec<Row>, Refused> {
    let code = reply.status.as_u16();
    match code {
        300..=399 => return Err(Refused::Source(redirect(reply))),
        401 | 403 => return Err(Refused::Source(shut_out(code, &provider.login))),
        _ => {}
    }
    let Ok(answered) = serde_json::from_slice::<Answered>(&reply.body) else {
        let what = format!("answered {code} with what no Prometheus says: {}", opening(reply));
        return Err(Refused::Source(what));
    };
    if answered.status != "success" || code != 200 {
        let kind = if answered.kind.is_empty() { String::new() } else { format!(" {}", answered.kind) };
        let what = format!("answered {code}{kind}: {}", short(&answered.error));
        return Err(Refused::Question(what));
    }
    if let Some(warning) = answered.warnings.iter().find(|warning| !warning.starts_with(REMARK)) {
        return Err(Refused::Question(format!("its answer may not be whole: {}", short(warning))));
    }
    match answered.data.get("resultType").and_then(Value::as_str) {
        Some("matrix") => {}
        other => {
            let what = other.map_or_else(|| "nothing".to_owned(), |other| format!("a {}", short(other)));
            return Err(Refused::Question(format!("it answered with {what} where series were asked for")));
        }
    }
    rows(&answered.data).map_err(Refused::Question)
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    #[serde(default)]
    histograms: Option<Value>,
}

fn rows(data: &Value) -> Result<Vec<Row>, String> {
    let found = data.get("result").ok_or("its answer has no result")?;
    let found: Vec<Written> = Deserialize::deserialize(found)
        .map_err(|error| format!("its series cannot be read: {}", short(&error.to_string())))?;
    found.into_iter().map(Written::into_row).collect()
}

impl Written {
    fn into_row(self) -> Result<Row, String> {
        if self.histograms.is_some() {
            return Err("it answered with histograms: take a quantile or a rate of them".to_owned());
        }
        let mut points = Vec::with_capacity(self.values.len());
        for (at, value) in self.values {
            let at = Timestamp::from_millisecond((at * 1000.0).round() as i64);
            let (Ok(at), Ok(value)) = (at, value.parse::<f64>()) else {
                return Err(format!("`{}` is no value", short(&value)));
            };
            if points.last().is_some_and(|(last, _)| *last >= at) {
                return Err("its points are not in the order of time".to_owned());
            }
            points.push((at, value));
        }
        Ok(Row { labels: self.metric, series: Series { points } })
    }
}

#[cfg(test)]
mod tests;
