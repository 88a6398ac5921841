//! Owns how it is told that a Prometheus answers: by the value of a query that any Prometheus knows.
//!
//! `vector(1)` reads no series, so it costs the server nothing and says that its query engine works; `status/buildinfo`, which
//! some of its kind lack, gives the version. It never asks for a metric. Source: Prometheus, HTTP API v1. Invariant: a page that
//! is not the API's answer is never taken for one, whatever its status.

use serde::Deserialize;
use serde_json::Value;

pub(super) mod range;

use super::secret;
use super::trouble::Trouble;
use super::wire::{Question, Reply, ask};
use crate::capability::sight::{Answer, Answering};
use crate::config::services::{Login, Provider};
use crate::text::Printable;

const QUERY: &str = "/api/v1/query?query=vector%281%29";
const BUILD: &str = "/api/v1/status/buildinfo";

/// The longest text that is kept of an answer, in characters.
const LONGEST: usize = 120;

/// Asks one.
pub(super) async fn look(provider: &Provider) -> Answer<Answering> {
    let asked = match asked(provider, QUERY).await {
        Ok(reply) => reply,
        Err(trouble) => return failed(provider, &trouble),
    };
    if let Err(answer) = judged(&asked, &provider.login) {
        return answer;
    }
    // It answers, whether or not it says its version.
    let version = match asked_for_version(provider).await {
        Some(version) => Printable::from(version).cut(LONGEST),
        None => Printable::default(),
    };
    Answer::Seen(Answering::Well { version })
}

async fn asked(provider: &Provider, path: &str) -> Result<Reply, Trouble> {
    let authorization = secret::authorization(&provider.login).await?;
    let headers = authorization.map(|value| (http::header::AUTHORIZATION, value)).into_iter().collect();
    ask(Question { endpoint: &provider.reach, path, headers, body: None }).await
}

async fn asked_for_version(provider: &Provider) -> Option<String> {
    let reply = asked(provider, BUILD).await.ok().filter(|reply| reply.status.is_success())?;
    let answer: Value = serde_json::from_slice(&reply.body).ok()?;
    answer.pointer("/data/version")?.as_str().map(str::to_owned)
}

fn failed(provider: &Provider, trouble: &Trouble) -> Answer<Answering> {
    Answer::Failed { why: format!("{trouble}{}", forwarded(provider, trouble)).into() }
}

/// Asks after the port-forward, where it may be that.
fn forwarded(provider: &Provider, trouble: &Trouble) -> &'static str {
    let forwarded =
        matches!(trouble, Trouble::Unreachable { .. }) && provider.address != provider.reach.to_string();
    if forwarded && !provider.reach.secure { "; is the port-forward up?" } else { "" }
}

#[derive(Deserialize)]
struct Answered {
    status: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    error: String,
}

/// Tells whether the query was answered with its value.
fn judged(reply: &Reply, login: &Login) -> Result<(), Answer<Answering>> {
    let code = reply.status.as_u16();
    match code {
        300..=399 => return Err(redirected(reply)),
        401 | 403 => return Err(Answer::Forbidden { why: shut_out(code, login).into() }),
        _ => {}
    }
    let answered: Option<Answered> = serde_json::from_slice(&reply.body).ok();
    match answered {
        Some(answered) if answered.status == "success" && is_one(&answered.data) => Ok(()),
        // An answer of its own to a question that cannot be wrong.
        Some(answered) if !answered.error.is_empty() => {
            Err(Answer::Failed { why: format!("answered {code}: {}", short(&answered.error)).into() })
        }
        _ if code >= 500 => {
            Err(Answer::Failed { why: format!("answered {code}: {}", opening(reply)).into() })
        }
        _ => {
            let what = format!("answered {code} with what no Prometheus says: {}", opening(reply));
            Err(Answer::Seen(Answering::Wrongly { what: what.into() }))
        }
    }
}

/// Tells whether a result is the one value 1, without labels.
fn is_one(data: &Value) -> bool {
    let result = data.pointer("/result").and_then(Value::as_array);
    data.get("resultType").and_then(Value::as_str) == Some("vector")
        && result.is_some_and(|all| all.len() == 1)
        && data.pointer("/result/0/value/1").and_then(Value::as_str) == Some("1")
}

pub(super) fn redirected(reply: &Reply) -> Answer<Answering> {
    Answer::Seen(Answering::Wrongly { what: redirect(reply).into() })
}

/// Says where an answer leads that is a redirect.
pub(super) fn redirect(reply: &Reply) -> String {
    let whither = reply.location.as_ref().map(|location| format!(" to {}", location.cut(LONGEST)));
    format!(
        "answered {} with a redirect{}, which is not followed: a login page?",
        reply.status.as_u16(),
        whither.unwrap_or_default()
    )
}

/// Says who was not let in, and how one would be.
pub(super) fn shut_out(code: u16, login: &Login) -> String {
    match login {
        Login::Nobody => {
            format!("answered {code}: log in with bearer-token-file, or user and password-file")
        }
        Login::Bearer { token } => format!("answered {code} to the token in {}", token.display()),
        Login::Basic { user, password } => {
            format!("answered {code} to {user} with the password in {}", password.display())
        }
    }
}

/// Returns how the body of an answer begins, as one line.
pub(super) fn opening(reply: &Reply) -> Printable {
    let text = String::from_utf8_lossy(reply.body.get(..1024).unwrap_or(&reply.body)).into_owned();
    match text.split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "" => Printable::ours("an empty page"),
        words => short(words),
    }
}

pub(super) fn short(words: &str) -> Printable {
    Printable::from(words).cut(LONGEST)
}

#[cfg(test)]
mod tests;
