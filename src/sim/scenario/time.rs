//! How a scenario writes lengths of time: `90s`, `5m`, `3h`, `21d`.
//!
//! It owns reading them. It knows no calendar: a day has 24 hours.

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de};

/// A length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub SignedDuration);

impl Span {
    fn read(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        // Some centuries at most: no sum of a few of them can overflow.
        let number: i64 = number.parse().ok().filter(|number| *number <= 100_000)?;
        Some(Self(SignedDuration::from_secs(number * seconds)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is no length of time such as 90s, 5m, 3h, 21d"))
        })
    }
}
