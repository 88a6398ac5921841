//! What is told of a service's versions: how many requests they get, how many fail, how long the slowest take.
//!
//! It owns the values of every minute, by chance that follows from seed, version and minute alone. It never knows the time. Invariant:
//! few requests make rough values, as they do in life: errors are counted, and a percentile of few is uncertain.

use std::f64::consts::TAU;

use crate::sim::model::random;

/// What one version is like.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Like {
    /// Requests that fail, in per cent.
    pub errors: f64,
    /// Time within which 99 of 100 requests are answered, in milliseconds.
    pub latency: f64,
    /// Requests a minute.
    pub requests: f64,
    /// Requests of a hundred that a policy denies.
    #[serde(default)]
    pub denied: f64,
}

/// What is told of a Rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Hash of the version that is the stable one when the story begins.
    pub first: String,
    /// What that one is like.
    pub stable: Like,
    /// What every other one is like.
    pub canary: Like,
    /// What chance follows from.
    pub seed: u64,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Requests that fail, in per cent.
    Errors,
    /// The 99th percentile of latency, in milliseconds.
    Latency,
    /// Requests a minute.
    Requests,
    /// The share of requests that a policy denies, from 0 to 1.
    Denied,
}

/// Means above this many are taken from the normal distribution, which is as good then.
const MANY: f64 = 50.0;

impl Measure {
    const ALL: [(&'static str, Self); 4] = [
        ("demo_error_percent", Self::Errors),
        ("demo_latency_p99_milliseconds", Self::Latency),
        ("demo_requests_per_minute", Self::Requests),
        ("demo_policy_denied_share", Self::Denied),
    ];

    /// Finds it by the name of its series.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, measure)| *measure)
    }
}

impl Story {
    /// Returns the value of a version in a minute, counted from 1970.
    pub fn value(&self, measure: Measure, hash: &str, minute: i64) -> f64 {
        let like = if hash == self.first { &self.stable } else { &self.canary };
        let chance = Chance { seed: self.seed.to_string(), of: [&self.namespace, &self.name, hash], minute };
        let requests = chance.count("requests", like.requests);
        match measure {
            Measure::Requests => requests,
            Measure::Errors if requests == 0.0 => f64::NAN,
            Measure::Errors => 100.0 * chance.count("errors", requests * like.errors / 100.0) / requests,
            Measure::Latency | Measure::Denied if requests == 0.0 => f64::NAN,
            Measure::Denied => chance.count("denied", requests * like.denied / 100.0) / requests,
            Measure::Latency => {
                let spread = (100.0 / requests).sqrt().min(0.6);
                // A lognormal distribution whose mean is what is told.
                like.latency * (spread * chance.normal("latency") - spread * spread / 2.0).exp()
            }
        }
    }
}

/// Chance, without a generator.
struct Chance<'a> {
    seed: String,
    of: [&'a str; 3],
    minute: i64,
}

impl Chance<'_> {
    /// Between 0 and 1, neither of them.
    fn share(&self, what: &str, turn: usize) -> f64 {
        let [namespace, name, hash] = self.of;
        let (minute, turn) = (self.minute.to_string(), turn.to_string());
        let mixed = random::mix(&[&self.seed, namespace, name, hash, what, &minute, &turn]);
        ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Of the standard normal distribution (Box and Muller).
    fn normal(&self, what: &str) -> f64 {
        (-2.0 * self.share(what, 0).ln()).sqrt() * (TAU * self.share(what, 1)).cos()
    }

    /// Of Poisson's distribution (Knuth, The Art of Computer Programming, 3.4.1).
    fn count(&self, what: &str, mean: f64) -> f64 {
        if mean > MANY {
            return (mean + mean.sqrt() * self.normal(what)).round().max(0.0);
        }
        let (limit, mut left, mut turn) = ((-mean).exp(), self.share(what, 0), 0);
        while left > limit {
            turn += 1;
            left *= self.share(what, turn);
        }
        turn as f64
    }
}
