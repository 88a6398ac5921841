//! The policy: which rule counts, what an approval wants, and that nothing opens by accident.

mod freezes;
mod properties;
mod rules;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::freeze::{Begin, Cron, Grip};
use super::*;

fn time(written: &str) -> Timestamp {
    written.parse().unwrap()
}

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn patterns(written: &[&str]) -> Vec<Pattern> {
    written.iter().map(|one| Pattern::new(*one)).collect()
}

fn scope(context: &str, operations: &[&str]) -> Scope {
    Scope { contexts: patterns(&[context]), operations: patterns(operations), ..Scope::default() }
}

fn allow(scope: Scope, terms: Terms) -> Rule {
    Rule { scope, terms: Some(terms), line: None }
}

fn deny(scope: Scope) -> Rule {
    Rule { scope, terms: None, line: Some(9) }
}

/// Everything is allowed in the context `prod`, on these terms.
fn only(terms: Terms) -> Policy {
    Policy::new(vec![allow(scope("prod", &[]), terms)], Vec::new())
}

/// Fridays from 18:00 for 62 hours, in Berlin.
fn weekend(grip: Grip) -> Freeze {
    Freeze {
        name: "weekend".into(),
        scope: Scope::default(),
        begins: Begin::Each(Cron::parse("0 18 * * fri").unwrap()),
        lasts: "62h".parse().unwrap(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        grip,
    }
}

/// A Saturday in November, in the middle of the [`weekend`].
const SATURDAY: &str = "2026-11-21T09:00:00Z";
/// The Wednesday before.
const WEDNESDAY: &str = "2026-11-18T09:00:00Z";

fn ask<'a>(kind: Kind, key: &'a Key, now: &str) -> Ask<'a> {
    Ask {
        context: "prod",
        key,
        kind,
        goes_back: false,
        role: None,
        weight_after: Some(20),
        last_promotion: None,
        now: time(now),
    }
}

fn why(verdict: Verdict) -> String {
    verdict.unwrap_err().to_string()
}
