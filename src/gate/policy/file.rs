//! Owns how a policy is written: YAML, with every setting known or refused.
//!
//! It never reads a disk: text in, policy out. Invariant: a refusal names its line, what is wrong, and where a word is near, what
//! was probably meant.

use jiff::SignedDuration;
use serde_saphyr::Spanned;

use super::Policy;
use crate::text::spelling::nearest;

mod meaning;
mod written;

/// Why a policy is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{why}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct Fault {
    /// Line, from 1, where there is one.
    pub line: Option<u64>,
    /// What is wrong, and what to do.
    pub why: String,
}

/// Largest policy that is read, in bytes.
pub const LARGEST: usize = 1 << 20;

/// Reads a policy; `name` is what it is called where it does not say so itself.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn read(text: &str, name: &str) -> Result<Policy, Fault> {
    if text.len() > LARGEST {
        return Err(Fault { line: None, why: format!("a policy has at most {LARGEST} bytes") });
    }
    let written = serde_saphyr::from_str_with_options(text, options()).map_err(|error| fault(&error))?;
    meaning::policy(written, name)
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false }
}

fn fault(error: &serde_saphyr::Error) -> Fault {
    let line = error.location().map(|at| at.line()).filter(|line| *line > 0);
    let text = error.without_snippet().to_string();
    let first = text.lines().next().unwrap_or_default();
    let what = first.rsplit_once(" at line ").map_or(first, |(what, _)| what);
    let why = unknown_key(what).or_else(|| plain(what));
    Fault { line, why: why.unwrap_or_else(|| what.to_owned()) }
}

/// Says in our words, with what to do, what the reader says in words for those who program it.
fn plain(what: &str) -> Option<String> {
    if let Some((_, twice)) = what.split_once("duplicate mapping key: ") {
        let key = twice.split_once(", set ").map_or(twice, |(key, _)| key);
        return Some(format!("`{key}` stands there twice: leave one of them out"));
    }
    let known = [
        (
            "multiple YAML documents",
            "a file holds one policy: put what is behind `---` into a file of its own",
        ),
        ("unexpected end of input", "it ends before there is a policy: it needs rollout_gates at the least"),
        ("invalid i64", "this is no whole number, or one that is too large"),
    ];
    known.into_iter().find(|(theirs, _)| what.starts_with(theirs)).map(|(_, ours)| ours.to_owned())
}

/// Says which setting is not known, and which was probably meant.
fn unknown_key(what: &str) -> Option<String> {
    let (_, after) = what.split_once("unknown field `")?;
    let (key, after) = after.split_once('`')?;
    let (_, listed) = after.split_once("expected one of ")?;
    let known: Vec<&str> = listed.split(", ").map(|word| word.trim_matches('`')).collect();
    let meant = nearest(key, &known).map(|word| format!(": did you mean `{word}`?"));
    let listed = || format!("; there are {}", known.join(", "));
    Some(format!("there is no setting `{key}`{}", meant.unwrap_or_else(listed)))
}

/// Refuses a value, at its line.
fn at<T>(value: &Spanned<T>, why: impl Into<String>) -> Fault {
    Fault { line: Some(value.referenced.line()).filter(|line| *line > 0), why: why.into() }
}

/// Reads a duration such as `90s`, `5m` or `1h 30m`, longer than nothing.
fn duration(written: &Spanned<String>) -> Result<SignedDuration, Fault> {
    let read: Option<SignedDuration> = written.value.parse().ok();
    read.filter(|read| read.is_positive())
        .ok_or_else(|| at(written, format!("`{}` is no duration: write 90s, 5m or 1h 30m", written.value)))
}

/// Reads one of a few words.
fn word<T: Copy>(written: &Spanned<String>, known: &[(&'static str, T)]) -> Result<T, Fault> {
    let found = known.iter().find(|(word, _)| *word == written.value).map(|(_, meaning)| *meaning);
    found.ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let meant = nearest(&written.value, &words).map(|word| format!("; did you mean `{word}`?"));
        let listed = format!("`{}` is none of {}", written.value, words.join(", "));
        at(written, format!("{listed}{}", meant.unwrap_or_default()))
    })
}
