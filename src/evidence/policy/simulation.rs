//! Owns what a gate asks the policy service: whether what the canary is there for would be allowed, and why jobs failed of late.
//!
//! It reads and has decisions simulated, of which the service keeps an audit entry each; it never asks for leave and never approves.
//! Source: Cordum, gateway API (`/policy/simulate`, `/policy/bundles/{id}/simulate`, `/workflows/{id}/dry-run`, `/dlq/page`). Invariant: a
//! good status with a step that could not be judged is no leave.

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::prometheus::{opening, short};
use super::{keyed, understood};
use crate::capability::sight::{Answer, Answering};
use crate::config::services::PolicyService;
use crate::gate::policy::{Overload, Simulation};
use crate::gate::stage::Outcome;
use crate::gate::trigger::Reasons;
use crate::gate::verdict::AHEAD;
use crate::text::Printable;

/// Jobs that failed that are read at once.
const PAGE: &str = "/api/v1/dlq/page?limit=100";

/// What a URL takes as it is stays readable there.
const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Has all simulated that a policy names; the worst counts.
pub(in crate::evidence) async fn simulate(service: &PolicyService, asked: &Simulation) -> Outcome {
    let mut outcomes = Vec::new();
    if let Some(topic) = &asked.topic {
        let path = "/api/v1/policy/simulate";
        outcomes.push(read(service, path, json!({"topic": topic}), decided).await);
    }
    if let (Some(topic), Some(bundle)) = (&asked.topic, &asked.bundle) {
        // The service takes a slash in a name as this sign (Cordum: handlers_policy.go).
        let path = format!("/api/v1/policy/bundles/{}/simulate", encoded(&bundle.replace('/', "~")));
        outcomes.push(read(service, &path, json!({"request": {"topic": topic}}), decided).await);
    }
    if let Some(workflow) = &asked.workflow {
        let path = format!("/api/v1/workflows/{}/dry-run", encoded(workflow));
        outcomes.push(read(service, &path, json!({}), stepped).await);
    }
    let nothing = || Outcome::Untold(Printable::ours("the policy names nothing to simulate"));
    outcomes.into_iter().max_by_key(Outcome::word).unwrap_or_else(nothing)
}

/// Reads why jobs failed of late, of a topic where one is named, and when; as of `now`, which is `None` where time is not this machine's.
///
/// # Errors
/// Why that could not be read, or not whole, or not compared with the time of this machine.
pub(in crate::evidence) async fn reasons(
    service: &PolicyService,
    topic: Option<&str>,
    rule: &Overload,
    now: Option<Timestamp>,
) -> Result<Reasons, Printable> {
    let reply = keyed(service, PAGE, None).await.map_err(words)?;
    let answer = understood(&reply, service, PAGE).map_err(words)?;
    let reasons = failed_jobs(&answer, topic)
        .ok_or_else(|| Printable::from(format!("{PAGE} is no page of failed jobs: {}", opening(&reply))))?;
    let Some(now) = now else { return Ok(reasons) };
    in_time(reply.date, now)?;
    enough(&answer, &reasons, rule, now)?;
    Ok(reasons)
}

/// What lies behind the time of a clock that is wrong would be counted too late or never.
fn in_time(date: Option<Timestamp>, now: Timestamp) -> Result<(), Printable> {
    let Some(ahead) = date.map(|date| date.duration_since(now)).filter(|ahead| ahead.abs() > AHEAD) else {
        return Ok(());
    };
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    let by = SignedDuration::from_secs(ahead.abs().as_secs());
    Err(Printable::from(format!("its clock is {by:#} {side} this machine's: put the wrong one right")))
}

/// Refuses a page that ends before the time that is looked at does: what is behind it may be what counts. What is on it may be enough.
fn enough(answer: &Value, reasons: &Reasons, rule: &Overload, now: Timestamp) -> Result<(), Printable> {
    let goes_on = match answer.get("next_cursor") {
        None | Some(Value::Null) => false,
        Some(next) => *next != json!("") && *next != json!(0),
    };
    let items = answer.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let at = |item: Option<&Value>| time(item?.get("created_at")?);
    let begin = now.checked_sub(rule.within).unwrap_or(Timestamp::MIN);
    let newest_first = at(items.first()) >= at(items.last());
    let reaches = newest_first && at(items.last()).is_some_and(|last| last < begin);
    let counted = reasons.iter().filter(|(at, reason)| *at >= begin && rule.reasons.contains(reason)).count();
    if !goes_on || reaches || counted >= rule.at_least {
        return Ok(());
    }
    let (within, many) = (rule.within, items.len());
    Err(Printable::from(format!("more than {many} jobs failed within {within:#}, and no more are read")))
}

fn failed_jobs(answer: &Value, topic: Option<&str>) -> Option<Reasons> {
    let items = answer.get("items")?.as_array()?;
    let concerned = items
        .iter()
        .filter(|item| topic.is_none_or(|topic| item.get("topic").and_then(Value::as_str) == Some(topic)));
    concerned
        .map(|item| Some((time(item.get("created_at")?)?, item.get("reason")?.as_str()?.to_owned())))
        .collect()
}

/// Reads a time: RFC 3339, or a number of seconds, milliseconds or microseconds, whichever lies in this century.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    if let Some(text) = value.as_str() {
        return text.parse().ok();
    }
    match value.as_i64()? {
        seconds @ ..100_000_000_000 => Timestamp::from_second(seconds).ok(),
        millis @ ..100_000_000_000_000 => Timestamp::from_millisecond(millis).ok(),
        micros => Timestamp::from_microsecond(micros).ok(),
    }
}

async fn read(
    service: &PolicyService,
    path: &str,
    body: Value,
    judged: fn(&Value) -> Option<Outcome>,
) -> Outcome {
    let answer = match keyed(service, path, Some(body.to_string())).await {
        Ok(reply) => understood(&reply, service, path).map(|answer| (answer, reply)),
        Err(answer) => Err(answer),
    };
    match answer {
        Ok((answer, reply)) => judged(&answer).unwrap_or_else(|| {
            Outcome::Untold(Printable::from(format!("{path} says no decision: {}", opening(&reply))))
        }),
        Err(answer) => Outcome::Untold(words(answer)),
    }
}

pub(super) fn words(answer: Answer<Answering>) -> Printable {
    match answer {
        Answer::Failed { why } | Answer::Forbidden { why } | Answer::Missing { why } => why,
        Answer::Seen(Answering::Wrongly { what }) => what,
        Answer::Seen(_) => Printable::ours("the policy service says nothing of it"),
    }
}

/// What a decision comes to; `None` for an answer that holds none.
fn decided(answer: &Value) -> Option<Outcome> {
    let decision = answer.get("decision")?.as_str()?.strip_prefix("DECISION_TYPE_")?;
    let reason = answer.get("reason").and_then(Value::as_str).unwrap_or_default();
    let approval = answer.get("approvalRequired").and_then(Value::as_bool) == Some(true);
    Some(match outcome("the canary's topic", decision, reason) {
        Outcome::Met if approval => {
            Outcome::Held(Printable::ours("the policy service wants a person's approval"))
        }
        outcome => outcome,
    })
}

/// What the steps of a workflow come to: the worst, and nothing where no step was judged.
fn stepped(answer: &Value) -> Option<Outcome> {
    let steps = answer.get("steps")?.as_array()?;
    let each = steps.iter().map(|step| {
        let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
        (text("step_id"), text("decision"), text("reason"))
    });
    // Steps that are no jobs have nothing that policy could speak of.
    let judged = each.filter(|(_, decision, _)| *decision != "N/A");
    let outcomes = judged.map(|(id, decision, reason)| outcome(&format!("step {id}"), decision, reason));
    let none = || Outcome::Untold(Printable::ours("the workflow has no step that policy speaks of"));
    Some(outcomes.max_by_key(Outcome::word).unwrap_or_else(none))
}

fn outcome(who: &str, decision: &str, reason: &str) -> Outcome {
    let why = match reason {
        "" => String::new(),
        reason => format!(": {}", short(reason)),
    };
    let said = |words: &str| Printable::from(format!("{who} {words}{why}"));
    match decision {
        "ALLOW" | "ALLOW_WITH_CONSTRAINTS" => Outcome::Met,
        "DENY" => Outcome::Failed(said("is denied")),
        "REQUIRE_HUMAN" | "REQUIRE_APPROVAL" => Outcome::Held(said("wants a person's approval")),
        "THROTTLE" => Outcome::Held(said("is held back for now")),
        other => Outcome::Untold(said(&format!("says {}", short(other)))),
    }
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, &KEPT).to_string()
}

#[cfg(test)]
mod tests;
