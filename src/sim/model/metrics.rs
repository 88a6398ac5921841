//! Measurements that are made up: named series as small formulas that a scenario gives.
//!
//! It owns which series a question means and what its value is at a time. It never judges a value; `analysis` does.
//! Invariant: the same question at the same time has the same answer; chance follows from the question alone.
//!
//! A question means the series whose `name` is the metric's own name, or stands as a word in what the provider is asked
//! (a query, a URL, its arguments filled in: `error_rate` in `error_rate{service="web"}`). Where several do, one that names
//! the Rollout (`on`) comes first, then the longest name, then the earlier one. The question is about the stable version
//! where `stable` or `baseline` or the stable hash stands in it as a word; what `but` says then counts for nothing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::sim::model::{Asked, Measured, Metrics, moment, random};

/// One series.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Series {
    /// The metric's name in its template, or a word in what the provider is asked.
    pub name: String,
    /// The Rollout asked about, `NAMESPACE/NAME`; all where left out.
    #[serde(default)]
    pub on: Option<String>,
    /// The value as long as nothing makes it another.
    pub value: Level,
    /// How far it moves up and down by chance.
    #[serde(default)]
    pub wobble: f64,
    /// What makes it another value; the last that holds counts.
    #[serde(default)]
    pub but: Vec<But>,
}

/// What makes a series another value; every condition that is given must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct But {
    /// From this time after the beginning on.
    #[serde(default, deserialize_with = "duration")]
    pub after: Option<SignedDuration>,
    /// From this age of the new version on.
    #[serde(default, deserialize_with = "duration")]
    pub from_age: Option<SignedDuration>,
    /// While the new version gets at least this share of the traffic, in per cent.
    #[serde(default)]
    pub from_weight: u32,
    /// While the new version's image has this tag.
    #[serde(default)]
    pub tag: Option<String>,
    /// The value then.
    pub value: Level,
}

/// What a series answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Level {
    /// A number; `nan` and `inf` are numbers.
    Number(f64),
    /// Something else.
    Word(Word),
    /// The provider's error.
    Error {
        /// Its sentence.
        error: String,
    },
}

/// An answer that is no number and no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// No values.
    Empty,
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SignedDuration>, D::Error> {
    let text = String::deserialize(from)?;
    moment::duration(&text).map(Some).map_err(serde::de::Error::custom)
}

/// A source that answers by series.
#[derive(Clone, Debug)]
pub struct Formulas {
    seed: u64,
    begins: Timestamp,
    series: Vec<Series>,
}

impl Formulas {
    /// A source of a scenario's series, whose times count from `begins`.
    pub fn new(seed: u64, begins: Timestamp, series: Vec<Series>) -> Self {
        Self { seed, begins, series }
    }

    fn find(&self, asked: &Asked<'_>, words: &[&str]) -> Option<&Series> {
        let meant = |series: &&Series| asked.metric == series.name || said(words, &series.name);
        let concerned = |series: &&Series| match series.on.as_deref().and_then(|on| on.split_once('/')) {
            None => series.on.is_none(),
            Some((namespace, name)) => namespace == asked.namespace && asked.rollout == Some(name),
        };
        let found = self.series.iter().filter(meant).filter(concerned).enumerate();
        let rank = |(index, series): &(usize, &Series)| {
            (series.on.is_some(), series.name.len(), std::cmp::Reverse(*index))
        };
        found.max_by_key(rank).map(|(_, series)| series)
    }

    fn level<'a>(&self, series: &'a Series, asked: &Asked<'_>, now: Timestamp) -> &'a Level {
        let passed = now.duration_since(self.begins);
        let age = asked.since.map(|since| now.duration_since(since));
        let tag = asked.image.and_then(|image| image.rsplit_once(':')).map(|(_, tag)| tag);
        let holds = |but: &&But| {
            but.after.is_none_or(|after| passed >= after)
                && but.from_age.is_none_or(|from| age.is_some_and(|age| age >= from))
                && asked.weight.unwrap_or(0) >= but.from_weight
                && but.tag.as_deref().is_none_or(|wanted| tag == Some(wanted))
        };
        series.but.iter().rfind(holds).map_or(&series.value, |but| &but.value)
    }

    /// A number as it stands at a time, four digits behind the point.
    fn number(&self, series: &Series, base: f64, asked: &Asked<'_>, now: Timestamp) -> String {
        let seed = self.seed.to_string();
        let when = now.as_second().to_string();
        let about = asked.rollout.unwrap_or(asked.run);
        let moved = series.wobble * random::wobble(&[&seed, asked.namespace, about, &series.name, &when]);
        let value = base + moved;
        if value.is_nan() {
            "NaN".to_owned()
        } else if value.is_infinite() {
            if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
        } else {
            ((value * 10_000.0).round() / 10_000.0).to_string()
        }
    }
}

impl Metrics for Formulas {
    fn measure(&self, asked: &Asked<'_>, now: Timestamp) -> Measured {
        let text = spoken(asked.provider);
        let words: Vec<&str> = split(&text).collect();
        let listed = asked.provider.get("prometheus").is_some();
        let Some(series) = self.find(asked, &words) else {
            // Prometheus answers a question about a series that it does not know with an empty list.
            return if listed {
                Measured::Value("[]".to_owned())
            } else {
                Measured::Error("received non 2xx response code: 404".to_owned())
            };
        };
        let stable =
            ["stable", "baseline"].into_iter().chain(asked.stable_hash).any(|word| said(&words, word));
        let level = if stable { &series.value } else { self.level(series, asked, now) };
        match level {
            Level::Number(base) => {
                let number = self.number(series, *base, asked, now);
                Measured::Value(if listed { format!("[{number}]") } else { number })
            }
            Level::Word(Word::Empty) if asked.provider.get("web").is_some() => {
                Measured::Error("result of web metric produced no value".to_owned())
            }
            Level::Word(Word::Empty) => Measured::Value("[]".to_owned()),
            Level::Error { error } => Measured::Error(error.clone()),
        }
    }
}

/// Tells whether a text stands among words; a text of several words stands where they follow each other.
fn said(words: &[&str], text: &str) -> bool {
    let wanted: Vec<&str> = split(text).collect();
    !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
}

/// The words of a text: letters, digits and `_`.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Everything that a provider is told, as one text.
fn spoken(provider: &Value) -> String {
    let mut text = String::new();
    let mut rest = vec![provider];
    while let Some(value) = rest.pop() {
        match value {
            Value::String(said) => {
                text.push_str(said);
                text.push('\n');
            }
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => rest.extend(fields.values()),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests;
