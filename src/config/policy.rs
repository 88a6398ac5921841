//! Owns how rules and freezes are written in the configuration file.
//!
//! It never judges an order. Invariants: a rule that allows names its context and namespace; a setting that would have
//! no effect is refused, so that nobody relies on it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Unit};
use toml::de::DeTable;

use super::table::{Fault, Value, check_keys, number, strings, take, text};
use crate::operation::Kind;
use crate::operation::errand::Wanted;
use crate::operation::policy::freeze::{Begin, Cron, Grip};
use crate::operation::policy::{Freeze, Pattern, Rule, Scope, Terms};
use crate::text::spelling::nearest;

const RULE_KEYS: [&str; 11] = [
    "approvals",
    "context",
    "cool-down",
    "effect",
    "expiry",
    "max-weight",
    "namespace",
    "operation",
    "role",
    "rollout",
    "with",
];
/// What says on which terms something is allowed, and so nothing where it is not.
const TERM_KEYS: [&str; 6] = ["approvals", "cool-down", "expiry", "max-weight", "role", "with"];
const FREEZE_KEYS: [&str; 9] =
    ["at", "context", "lasts", "name", "namespace", "operation", "override", "rollout", "zone"];

const SHORTEST_EXPIRY: SignedDuration = SignedDuration::from_secs(10);
const LONGEST_EXPIRY: SignedDuration = SignedDuration::from_hours(1);
const LONGEST_COOL_DOWN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Longest name of a freeze, in characters: it is typed.
const LONGEST_NAME: usize = 40;

/// Reads one `[[rule]]`, which begins on `line`.
pub(super) fn rule(value: &Value<'_>, table: &DeTable<'_>, line: usize) -> Result<Rule, Fault> {
    check_keys(table, &RULE_KEYS)?;
    let scope = scope(table)?;
    let allows = take(table, "effect", effect)?.unwrap_or(false);
    if !allows {
        let idle = TERM_KEYS.iter().find_map(|key| table.get(*key).map(|value| (key, value)));
        if let Some((key, value)) = idle {
            let why = "means nothing in a rule that denies; did you mean effect = \"allow\"?";
            return Err(Fault::at(value, why).under(key));
        }
        return Ok(Rule { scope, terms: None, line: Some(line) });
    }
    if scope.contexts.is_empty() || scope.contexts.iter().any(Pattern::is_open) {
        let at = table.get("context").unwrap_or(value);
        return Err(Fault::at(at, "a rule that allows must name its context, or a part of its name"));
    }
    if scope.namespaces.is_empty() {
        return Err(Fault::at(value, "a rule that allows must name its namespace, or \"*\" for all"));
    }
    take(table, "operation", whole_words)?;
    if let Some((key, value)) = idle_for_errands(&scope, table) {
        let why = "means nothing for run and rerun, which go to the policy service and set no weight";
        return Err(Fault::at(value, why).under(key));
    }
    Ok(Rule { scope, terms: Some(terms(table)?), line: Some(line) })
}

/// Refuses a pattern that could only mean what the policy service is asked for: that is allowed by its whole word alone.
fn whole_words(value: &Value<'_>) -> Result<(), Fault> {
    for (at, written) in strings(value)? {
        let pattern = Pattern::new(written);
        if !pattern.is_plain() && !Kind::ALL.iter().any(|kind| pattern.matches(kind.word())) {
            let why = format!("`{written}` allows nothing: write run or rerun as a whole word");
            return Err(Fault::at(at, why));
        }
    }
    Ok(())
}

/// Finds a limit of weight or pace in a rule for errands alone.
fn idle_for_errands<'a, 'b>(scope: &Scope, table: &'a DeTable<'b>) -> Option<(&'static str, &'a Value<'b>)> {
    let of_errand = |pattern: &Pattern| Wanted::WORDS.contains(&pattern.as_str());
    if scope.operations.is_empty() || !scope.operations.iter().all(of_errand) {
        return None;
    }
    ["cool-down", "max-weight"].into_iter().find_map(|key| table.get(key).map(|value| (key, value)))
}

/// Reads one `[[freeze]]`.
pub(super) fn freeze(value: &Value<'_>, table: &DeTable<'_>) -> Result<Freeze, Fault> {
    check_keys(table, &FREEZE_KEYS)?;
    let missing = |key: &str| Fault::at(value, format!("a freeze wants {key}"));
    take(table, "operation", not_back)?;
    Ok(Freeze {
        name: take(table, "name", name)?.ok_or_else(|| missing("name"))?.into(),
        scope: scope(table)?,
        begins: take(table, "at", begin)?.ok_or_else(|| missing("at"))?,
        lasts: take(table, "lasts", span)?.ok_or_else(|| missing("lasts"))?,
        zone: take(table, "zone", zone)?.ok_or_else(|| missing("zone"))?,
        grip: take(table, "override", grip)?.unwrap_or_default(),
    })
}

fn scope(table: &DeTable<'_>) -> Result<Scope, Fault> {
    let taken = |key| take(table, key, patterns).map(Option::unwrap_or_default);
    Ok(Scope {
        contexts: taken("context")?,
        namespaces: taken("namespace")?,
        rollouts: taken("rollout")?,
        operations: take(table, "operation", operations)?.unwrap_or_default(),
    })
}

fn patterns(value: &Value<'_>) -> Result<Vec<Pattern>, Fault> {
    let all = strings(value)?;
    if all.is_empty() {
        return Err(Fault::at(value, "names nothing: leave it out, or write \"*\""));
    }
    let empty = all.iter().find(|(_, written)| written.trim().is_empty());
    match empty {
        Some((at, _)) => Err(Fault::at(at, "is empty: leave it out, or write \"*\"")),
        None => Ok(all.into_iter().map(|(_, written)| Pattern::new(written)).collect()),
    }
}

fn operations(value: &Value<'_>) -> Result<Vec<Pattern>, Fault> {
    let words: Vec<&str> = Kind::ALL.map(Kind::word).into_iter().chain(Wanted::WORDS).collect();
    for (at, written) in strings(value)? {
        let pattern = Pattern::new(written);
        if !words.iter().any(|word| pattern.matches(word)) {
            let meant = nearest(written, &words).map(|word| format!(": did you mean `{word}`?"));
            let meant = meant.unwrap_or_else(|| format!(": there are {}", words.join(", ")));
            return Err(Fault::at(at, format!("there is no operation `{written}`{meant}")));
        }
    }
    patterns(value)
}

/// Refuses a freeze that names what takes back: that way stays open.
fn not_back(value: &Value<'_>) -> Result<(), Fault> {
    for (at, written) in strings(value)? {
        if Kind::ALL.iter().any(|kind| kind.takes_back() && kind.word() == written) {
            return Err(Fault::at(at, format!("a freeze never stops {written}: the way back stays open")));
        }
    }
    Ok(())
}

fn effect(value: &Value<'_>) -> Result<bool, Fault> {
    match text(value)? {
        "allow" => Ok(true),
        "deny" => Ok(false),
        other => Err(Fault::at(value, format!("`{other}` is no effect: write allow or deny"))),
    }
}

fn terms(table: &DeTable<'_>) -> Result<Terms, Fault> {
    take(table, "approvals", approvals)?;
    let (name, reason) = take(table, "with", with)?.unwrap_or_default();
    let expiry = |value: &Value<'_>| duration(value, SHORTEST_EXPIRY, LONGEST_EXPIRY);
    let cool_down = |value: &Value<'_>| duration(value, SignedDuration::from_secs(1), LONGEST_COOL_DOWN);
    Ok(Terms {
        name,
        reason,
        expiry: take(table, "expiry", expiry)?.unwrap_or(Terms::default().expiry),
        max_weight: take(table, "max-weight", percent)?,
        cool_down: take(table, "cool-down", cool_down)?,
        roles: take(table, "role", roles)?.unwrap_or_default(),
    })
}

/// Asking a second person comes later; the word for it is kept free.
fn approvals(value: &Value<'_>) -> Result<(), Fault> {
    match number(value)? {
        1 => Ok(()),
        other => Err(Fault::at(
            value,
            format!("{other} approvals cannot be asked for yet: leave it out, or write 1"),
        )),
    }
}

/// What is to be typed: the name, a reason.
fn with(value: &Value<'_>) -> Result<(bool, bool), Fault> {
    let all = strings(value)?;
    if let Some((at, other)) = all.iter().find(|(_, word)| !["name", "reason"].contains(word)) {
        return Err(Fault::at(at, format!("`{other}` cannot be asked for: write name, reason or both")));
    }
    let asks = |wanted| all.iter().any(|(_, word)| *word == wanted);
    Ok((asks("name"), asks("reason")))
}

fn percent(value: &Value<'_>) -> Result<u32, Fault> {
    let number = u32::try_from(number(value)?).ok().filter(|number| (1..=100).contains(number));
    number.ok_or_else(|| Fault::at(value, "must be a share of the traffic in percent, from 1 to 100"))
}

fn duration(value: &Value<'_>, least: SignedDuration, most: SignedDuration) -> Result<SignedDuration, Fault> {
    let written = text(value)?;
    let read = written.parse().ok().filter(|read| (least..=most).contains(read));
    read.ok_or_else(|| {
        Fault::at(
            value,
            format!("`{written}` is no duration from {least:#} to {most:#}: write for example 90s or 10m"),
        )
    })
}

fn roles(value: &Value<'_>) -> Result<Vec<String>, Fault> {
    Ok(patterns(value)?.iter().map(|role| role.as_str().trim().to_owned()).collect())
}

fn name(value: &Value<'_>) -> Result<String, Fault> {
    let written = text(value)?;
    let typeable = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
    let one = written.split(' ').all(|word| !word.is_empty()) && written.chars().all(typeable);
    if !one || written.len() > LONGEST_NAME {
        return Err(Fault::at(
            value,
            format!(
                "must be words of plain letters and digits, at most {LONGEST_NAME}: it is typed to override"
            ),
        ));
    }
    Ok(written.to_owned())
}

fn begin(value: &Value<'_>) -> Result<Begin, Fault> {
    let written = text(value)?;
    if let Ok(once) = written.parse::<DateTime>() {
        return Ok(Begin::Once(once));
    }
    Cron::parse(written)
        .map(Begin::Each)
        .map_err(|why| Fault::at(value, format!("{why}; or name one time, as 2026-12-23 18:00")))
}

fn span(value: &Value<'_>) -> Result<Span, Fault> {
    let written = text(value)?;
    let wrong = || {
        let most = Freeze::LONGEST_DAYS;
        Fault::at(
            value,
            format!("`{written}` is no time of at most {most} days: write for example 62h or 2d 14h"),
        )
    };
    let span: Span = written.parse().map_err(|_| wrong())?;
    let relative = SpanRelativeTo::days_are_24_hours();
    let days = span.total((Unit::Day, relative)).map_err(|_| wrong())?;
    if days > 0.0 && days <= Freeze::LONGEST_DAYS as f64 { Ok(span) } else { Err(wrong()) }
}

fn zone(value: &Value<'_>) -> Result<TimeZone, Fault> {
    let written = text(value)?;
    TimeZone::get(written).map_err(|_| {
        Fault::at(value, format!("there is no time zone `{written}`: write one as Europe/Berlin or UTC"))
    })
}

fn grip(value: &Value<'_>) -> Result<Grip, Fault> {
    match text(value)? {
        "typed" => Ok(Grip::Yields),
        "never" => Ok(Grip::Holds),
        other => Err(Fault::at(value, format!("`{other}` is no way to override: write typed or never"))),
    }
}
