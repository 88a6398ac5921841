//! Owns how one Rollout stands, and waiting for it: never longer than asked, told of on the way, ended when asked.
//!
//! It waits for changes of the picture, never for the cluster. Invariant: the answer says why the wait ended.

use std::time::Duration;

use jiff::Timestamp;
use rmcp::RoleServer;
use rmcp::model::ProgressNotificationParam;
use rmcp::service::RequestContext;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::answer::{Answer, Answered, Fresh};
use super::ask::{LONGEST_WAIT, Status, WaitFor};
use super::find::find;
use super::live::{Known, Live};
use crate::report::value;
use crate::rollout::delta::Kind;
use crate::rollout::phase::Phase;
use crate::rollout::step;
use crate::store::Standing;
use crate::text::Printable;

/// Shortest time between two words on how a wait goes.
const APART: Duration = Duration::from_secs(1);
/// Longest time between two.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// How it stands at a moment.
struct Look {
    answer: Result<(Fresh, Value), String>,
    /// What a change is a change of; nothing where it is not known.
    mark: Option<Mark>,
    settled: bool,
    line: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Mark {
    uid: std::sync::Arc<str>,
    phase: Phase,
    message: Printable,
    step: Option<(usize, usize)>,
    weight: Option<i64>,
}

/// Answers how one Rollout stands, after a wait where one is asked for.
pub(super) async fn status(live: &Live, asked: &Status, context: &RequestContext<RoleServer>) -> Answered {
    if asked.wait_seconds > LONGEST_WAIT {
        return Err(format!(
            "wait_seconds is {}: 0 to {LONGEST_WAIT}; ask again after it",
            asked.wait_seconds
        ));
    }
    let mut turns = live.turns();
    let begun = Instant::now();
    let until = begun + Duration::from_secs(asked.wait_seconds.into());
    let mut told = Telling::new(context, asked.wait_seconds);
    let first = live.read(|known| look(known, asked));
    let mut now = Look { answer: first.answer, ..first };
    let before = now.mark.clone();
    let ended = loop {
        if asked.wait_seconds == 0 {
            break "not_waited";
        }
        match (asked.wait_for, &now.mark) {
            (WaitFor::Settled, _) if now.settled => break "settled",
            (WaitFor::Change, mark) if *mark != before => break "changed",
            _ if Instant::now() >= until => break "time_is_up",
            _ => told.tell(&now.line, begun).await,
        }
        tokio::select! {
            () = context.ct.cancelled() => return Err("the wait was cancelled".to_owned()),
            _ = turns.changed() => {}
            () = sleep_until(until.min(Instant::now() + SIGN_OF_LIFE)) => {}
        }
        now = live.read(|known| look(known, asked));
    };
    let (fresh, rollout) = now.answer?;
    let waited = json!({"seconds": begun.elapsed().as_secs(), "ended_by": ended});
    Ok(Answer::new(fresh, json!({"rollout": rollout, "waited": waited})))
}

fn look(known: &Known, asked: &Status) -> Look {
    let now = Timestamp::now();
    let namespace = asked.namespace.as_deref();
    match find(known, &asked.name, namespace, now) {
        Ok((key, standing)) => {
            let fresh = Fresh::of(known, Kind::Rollouts, Some(&key.namespace), now);
            let line = match standing.message.is_empty() {
                true => standing.phase.word().to_owned(),
                false => format!("{}: {}", standing.phase.word(), standing.message.cut(200)),
            };
            Look {
                answer: Ok((fresh, value::brief(&standing.rollout, now))),
                mark: Some(Mark::of(standing)),
                settled: is_settled(standing),
                line,
            }
        }
        Err(why) => Look { answer: Err(why), mark: None, settled: false, line: "not known yet".to_owned() },
    }
}

/// Tells whether nothing more happens without a person.
fn is_settled(standing: &Standing) -> bool {
    matches!(standing.phase, Phase::Healthy | Phase::Degraded) || standing.need.wants_person()
}

impl Mark {
    fn of(standing: &Standing) -> Self {
        let rollout = &standing.rollout;
        Self {
            uid: rollout.meta.uid.clone(),
            phase: standing.phase,
            message: standing.message.clone(),
            step: step::position(rollout),
            weight: crate::rollout::weight::desired(rollout),
        }
    }
}

/// Tells an assistant how a wait goes, where it wants to hear of it.
struct Telling<'a> {
    context: &'a RequestContext<RoleServer>,
    total: f64,
    last: Option<(Instant, String)>,
}

impl<'a> Telling<'a> {
    fn new(context: &'a RequestContext<RoleServer>, seconds: u32) -> Self {
        Self { context, total: seconds.into(), last: None }
    }

    async fn tell(&mut self, line: &str, begun: Instant) {
        let Some(token) = self.context.meta.get_progress_token() else { return };
        let now = Instant::now();
        let is_due = self.last.as_ref().is_none_or(|(at, said)| {
            let since = now.duration_since(*at);
            since >= SIGN_OF_LIFE || (since >= APART && said != line)
        });
        if is_due {
            self.last = Some((now, line.to_owned()));
            let progress = begun.elapsed().as_secs_f64();
            let param = ProgressNotificationParam::new(token, progress).with_total(self.total);
            // Who does not listen is told nothing more; the answer finds that out.
            let _ = self.context.peer.notify_progress(param.with_message(line)).await;
        }
    }
}
