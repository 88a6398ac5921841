//! Owns how the controller's own metrics are asked for, and what of them is read.
//!
//! It reads the few counters that tell whether Rollouts are reconciled, summed over all Rollouts; names of these are not kept.
//! Sources: Argo `controller/metrics/prommetrics.go`, client-go `util/workqueue/metrics.go`, Prometheus' text exposition format.
//! It never judges. Invariant: a page without the controller's own line is never taken for its metrics.

use jiff::SignedDuration;

use super::prometheus::{opening, redirect, short, shut_out};
use super::secret;
use super::trouble::Trouble;
use super::wire::{Question, Reply, ask_for};
use crate::capability::sight::{Answer, Meters};
use crate::config::services::ControllerMetrics;

mod exposition;

use exposition::{Sample, samples};

/// The largest page, in bytes: about 10,000 series of Rollouts.
const LARGEST: usize = 8 << 20;
/// The queue of Rollouts (Argo: controller/controller.go).
const QUEUE: &str = "Rollouts";

/// Asks once.
pub(super) async fn look(metrics: &ControllerMetrics) -> Answer<Meters> {
    match asked(metrics).await {
        Ok(reply) => read(&reply, metrics),
        Err(trouble) => Answer::Failed { why: trouble.to_string().into() },
    }
}

async fn asked(metrics: &ControllerMetrics) -> Result<Reply, Trouble> {
    let authorization = secret::authorization(&metrics.login).await?;
    let headers = authorization.map(|value| (http::header::AUTHORIZATION, value)).into_iter().collect();
    ask_for(Question { endpoint: &metrics.reach, path: "", headers, body: None }, LARGEST).await
}

fn read(reply: &Reply, metrics: &ControllerMetrics) -> Answer<Meters> {
    let at = &metrics.reach;
    let failed = |why: String| Answer::Failed { why: format!("{at} {why}").into() };
    match reply.status.as_u16() {
        200 => {}
        300..=399 => return failed(redirect(reply)),
        code @ (401 | 403) => {
            return Answer::Forbidden { why: format!("{at} {}", shut_out(code, &metrics.login)).into() };
        }
        code => return failed(format!("answered {code}: {}", opening(reply))),
    }
    match meters(&String::from_utf8_lossy(&reply.body)) {
        Some(meters) => Answer::Seen(meters),
        None => failed(format!("answered with what no controller of Argo Rollouts says: {}", opening(reply))),
    }
}

/// Sums up what a page says; nothing where it is not the controller's.
fn meters(page: &str) -> Option<Meters> {
    let mut version = None;
    let (mut reconciled, mut failed, mut queued) = (0.0, 0.0, 0.0);
    let (mut longest, mut unfinished) = (None, None);
    for Sample { name, labels, value } in samples(page) {
        let ours = || labels.get("name").is_some_and(|name| name == QUEUE);
        match name {
            "argo_rollouts_controller_info" => version = Some(labels.get("version").unwrap_or_default()),
            "rollout_reconcile_count" => reconciled += value,
            "rollout_reconcile_error" => failed += value,
            "workqueue_depth" if ours() => queued += value,
            "workqueue_longest_running_processor_seconds" if ours() => longest = Some(value),
            "workqueue_unfinished_work_seconds" if ours() => unfinished = Some(value),
            _ => {}
        }
    }
    let busy = SignedDuration::try_from_secs_f64(longest.or(unfinished).unwrap_or(0.0));
    Some(Meters {
        version: version.map(|version: String| short(&version))?,
        reconciled: count(reconciled),
        failed: count(failed),
        queued: count(queued),
        busy: busy.unwrap_or_default().max(SignedDuration::ZERO),
    })
}

/// Makes a count of a value; one that is none counts as 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates, and no number is 0"
)]
fn count(value: f64) -> u64 {
    value.max(0.0) as u64
}

#[cfg(test)]
mod tests;
