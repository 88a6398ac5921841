//! Owns how it is told that the policy service answers: its health, its status with the version, and, where the file asks
//! for it, one decision.
//!
//! The decision is about a topic that nothing is ever sent on; the service keeps an audit entry of it. It never asks for leave
//! to do anything. Source: Cordum, gateway API (`/health`, `/api/v1/status`, `/api/v1/policy/simulate`). Invariant: "ok" alone
//! is never called well: the key and the tenant must be taken too.

pub(super) mod approvals;
pub(super) mod simulation;

use http::HeaderName;
use serde_json::Value;

use super::prometheus::{opening, redirected, short};
use super::secret;
use super::trouble::Trouble;
use super::wire::{Body, Question, Reply, ask};
use crate::capability::sight::{Answer, Answering};
use crate::config::services::PolicyService;
use crate::text::Printable;

pub(super) const KEY: HeaderName = HeaderName::from_static("x-api-key");
pub(super) const TENANT: HeaderName = HeaderName::from_static("x-tenant-id");

/// The topic of the decision that is tried. Others than `job.…` are refused by the service.
const TOPIC: &str = "job.rollgate.health";

/// Asks it; `decides` where a decision is due, if the file asks for one at all.
pub(super) async fn look(service: &PolicyService, decides: bool) -> Answer<Answering> {
    let looked = async {
        alive(&open(service).await?)?;
        let version = versioned(&keyed(service, "/api/v1/status", None).await?, service)?;
        if decides && service.simulate {
            let body = serde_json::json!({ "topic": TOPIC }).to_string();
            decided(&keyed(service, "/api/v1/policy/simulate", Some(body)).await?, service)?;
        }
        Ok::<_, Answer<Answering>>(version)
    };
    match looked.await {
        Ok(version) => Answer::Seen(Answering::Well { version }),
        Err(answer) => answer,
    }
}

async fn open(service: &PolicyService) -> Result<Reply, Answer<Answering>> {
    let question = Question { endpoint: &service.reach, path: "/health", headers: Vec::new(), body: None };
    ask(question).await.map_err(failed)
}

async fn keyed(
    service: &PolicyService,
    path: &str,
    body: Option<String>,
) -> Result<Reply, Answer<Answering>> {
    let wrong = |_| Answer::Failed { why: Printable::ours("the tenant cannot be sent") };
    let headers = vec![
        (KEY, secret::header(&service.api_key).await.map_err(failed)?),
        (TENANT, service.tenant.parse().map_err(wrong)?),
    ];
    ask(Question { endpoint: &service.reach, path, headers, body: body.map(Body::Json) })
        .await
        .map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failed(trouble: Trouble) -> Answer<Answering> {
    Answer::Failed { why: trouble.to_string().into() }
}

fn wrongly(what: String) -> Answer<Answering> {
    Answer::Seen(Answering::Wrongly { what: what.into() })
}

/// `/health` says `ok` and nothing else, without a key.
fn alive(reply: &Reply) -> Result<(), Answer<Answering>> {
    let code = reply.status.as_u16();
    match code {
        200 if reply.body.trim_ascii() == b"ok" => Ok(()),
        300..=399 => Err(redirected(reply)),
        500.. => Err(Answer::Failed { why: format!("/health answered {code}: {}", opening(reply)).into() }),
        _ => Err(wrongly(format!(
            "/health answered {code} with what no policy service says: {}",
            opening(reply)
        ))),
    }
}

/// `/api/v1/status` takes the key, says the version, and whether what it stands on is there.
fn versioned(reply: &Reply, service: &PolicyService) -> Result<Printable, Answer<Answering>> {
    let status = understood(reply, service, "/api/v1/status")?;
    let Some(version) = status.pointer("/build/version").and_then(Value::as_str) else {
        return Err(wrongly(format!("/api/v1/status says no build.version: {}", opening(reply))));
    };
    for (name, field) in [("NATS", "/nats/connected"), ("Redis", "/redis/ok")] {
        if status.pointer(field).and_then(Value::as_bool) == Some(false) {
            return Err(Answer::Failed {
                why: format!("it answers, and says that its {name} is not there").into(),
            });
        }
    }
    Ok(short(version))
}

/// A decision, whichever, shows that its rules are evaluated.
fn decided(reply: &Reply, service: &PolicyService) -> Result<(), Answer<Answering>> {
    let path = "/api/v1/policy/simulate";
    let answer = understood(reply, service, path)?;
    match answer.get("decision").and_then(Value::as_str) {
        Some(decision) if decision.starts_with("DECISION_TYPE_") && !decision.ends_with("_UNSPECIFIED") => {
            Ok(())
        }
        _ => Err(wrongly(format!("{path} says no decision: {}", opening(reply)))),
    }
}

fn understood(reply: &Reply, service: &PolicyService, path: &str) -> Result<Value, Answer<Answering>> {
    let answer: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let code = code(reply, answer.as_ref());
    let error = answer.as_ref().and_then(|answer| answer.get("error")).and_then(Value::as_str);
    let said = error.map_or_else(|| opening(reply), short);
    match (code, answer) {
        (200, Some(answer)) => Ok(answer),
        (300..=399, _) => Err(redirected(reply)),
        (401 | 403, _) => {
            let who = format!("the key in {}, tenant {}", service.api_key.display(), service.tenant);
            Err(Answer::Forbidden { why: format!("{path} answered {code} to {who}: {said}").into() })
        }
        (429 | 500.., _) => Err(Answer::Failed { why: format!("{path} answered {code}: {said}").into() }),
        _ => Err(wrongly(format!("{path} answered {code} with what no policy service says: {said}"))),
    }
}

/// Returns what an answer counts as: where one is busy the service says so in a body under a status of 200 (Cordum:
/// handlers_approvals.go), which is no answer to what was asked.
pub(super) fn code(reply: &Reply, answer: Option<&Value>) -> u16 {
    let said = answer.filter(|answer| answer.get("error").is_some_and(Value::is_string));
    let said = said.and_then(|answer| answer.get("status")?.as_u64());
    match said.and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code)) {
        Some(code) if reply.status.as_u16() == 200 => code,
        _ => reply.status.as_u16(),
    }
}

#[cfg(test)]
mod tests;
