//! The policy service of a schedule: its runs, what a post begins, and what it answers.
//!
//! After Cordum's gateway: a run that is begun with a key that has one already is that one; a rerun has no key, so that each post begins
//! another; the newest hundred runs are listed.

use std::sync::Arc;

use rollgate::operation::errand::runs::LISTED;
use serde_json::{Value, json};

use super::super::dice::Dice;
use super::scene::{FAILED, STEP, WORKFLOW};

/// Statuses before the end, in their order, and those of the end.
const COURSE: [&str; 3] = ["pending", "running", "waiting"];
const ENDS: [&str; 5] = ["succeeded", "failed", "cancelled", "timed_out", "denied"];

/// A post on the wire.
#[derive(Clone)]
pub(in super::super) struct Letter {
    pub(super) path: String,
    pub(super) body: String,
    pub(super) key: Option<Arc<str>>,
}

/// What the service does with a post, and says of it.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: String,
    /// The run that it began.
    pub(super) began: Option<Arc<str>>,
}

struct Stored {
    id: Arc<str>,
    key: Option<Arc<str>>,
    /// Whether it takes up the run that failed.
    again: bool,
    status: &'static str,
    /// From when it is shown.
    shows: i64,
}

pub(super) struct Service {
    /// Oldest first.
    runs: Vec<Stored>,
}

impl Service {
    /// One run that failed, and one that took it up before and failed too.
    pub(super) fn new() -> Self {
        let old = |id: &str, again| Stored { id: id.into(), key: None, again, status: "failed", shows: 0 };
        Self { runs: vec![old(FAILED, false), old("run-2", true)] }
    }

    /// Begins a run; it is shown at once, soon, or late.
    pub(super) fn begin(
        &mut self,
        key: Option<Arc<str>>,
        again: bool,
        (now, dice): (i64, &mut Dice),
    ) -> Arc<str> {
        let id: Arc<str> = format!("run-{}", self.runs.len() + 1).into();
        let late = if dice.one_in(8) { dice.below(90_000) } else { dice.below(1_500) };
        self.runs.push(Stored { id: id.clone(), key, again, status: "pending", shows: now + late });
        id
    }

    /// Lets runs go on.
    pub(super) fn go_on(&mut self, dice: &mut Dice) {
        for run in &mut self.runs {
            let Some(at) = COURSE.iter().position(|status| *status == run.status) else { continue };
            if dice.one_in(3) {
                let end = ENDS[usize::try_from(dice.below(5)).unwrap_or(0)];
                run.status = COURSE.get(at + 1).filter(|_| !dice.one_in(3)).copied().unwrap_or(end);
            }
        }
    }

    pub(super) fn list(&self, now: i64) -> Value {
        let shown = self.runs.iter().rev().filter(|run| run.shows <= now);
        shown.take(LISTED).map(Stored::value).collect()
    }

    pub(super) fn read(&self, id: &str, now: i64) -> Option<Value> {
        self.runs.iter().find(|run| &*run.id == id && run.shows <= now).map(Stored::value)
    }

    /// Takes a post; by chance it does what it is asked for, refuses it, or says another thing than it did.
    pub(super) fn post(&mut self, letter: &Letter, (now, dice): (i64, &mut Dice)) -> Answered {
        let Some(again) = asked(letter) else { return said(404, "not found", None) };
        // It looks for no key where a run is to be taken up again.
        let key = letter.key.clone().filter(|_| !again);
        let known = self.runs.iter().find(|run| key.is_some() && run.key == key);
        if let Some(run) = known {
            // Of a key whose run it does not know yet it says no more than that.
            return match dice.one_in(6) {
                true => said(409, "idempotency key already used", None),
                false => named(&run.id, None),
            };
        }
        let chance = dice.below(60);
        if let Some((status, body)) = refusal(chance) {
            return Answered { status, body, began: None };
        }
        // What stands before it may have let it pass or not.
        let passes = !(16..20).contains(&chance) || dice.one_in(2);
        let began = passes.then(|| self.begin(key, again, (now, dice)));
        match (chance, began) {
            (10, began) => said(500, "new run not found", began),
            (11, began) => said(503, "workflow concurrency gate unavailable", began),
            (12, began) => said(408, "request timeout", began),
            (13, began) => page(200, r#"{"error":"internal","status":500}"#, began),
            (14, began) => page(200, r#"{"run_id":""}"#, began),
            (15, began) => page(200, "<html>Welcome</html>", began),
            (16, began) => page(502, "<html>Bad gateway</html>", began),
            (17, began) => page(429, "slow down", began),
            (18, began) => page(503, "", began),
            (19, began) => page(504, "<html>Gateway time-out</html>", began),
            (_, Some(run)) => named(&run.clone(), Some(run)),
            (_, None) => page(502, "", None),
        }
    }
}

impl Stored {
    fn value(&self) -> Value {
        let mut run =
            json!({"id": &*self.id, "workflow_id": WORKFLOW, "status": self.status, "steps": {STEP: {}}});
        if let Some(key) = &self.key {
            run["idempotency_key"] = (**key).into();
        }
        if self.again {
            run["rerun_of"] = FAILED.into();
            run["rerun_step"] = STEP.into();
        }
        run
    }
}

/// Tells whether a run is to be taken up again, or a new one begun; nothing where it is asked for neither.
fn asked(letter: &Letter) -> Option<bool> {
    let body: Value = serde_json::from_str(&letter.body).ok()?;
    if letter.path == format!("/api/v1/workflows/{WORKFLOW}/runs") {
        return (body == json!({})).then_some(false);
    }
    let is_rerun = letter.path == format!("/api/v1/workflow-runs/{FAILED}/rerun");
    (is_rerun && body == json!({"from_step": STEP, "dry_run": false})).then_some(true)
}

/// Definite refusals, of the service and of what stands before it.
fn refusal(chance: i64) -> Option<(u16, String)> {
    let error = |code: u16, words: &str| Some((code, json!({"error": words, "status": code}).to_string()));
    match chance {
        0 => error(400, "input does not match the schema"),
        1 => error(401, "unauthorized"),
        2 => error(403, "tenant access denied"),
        3 => error(404, "workflow not found"),
        4 => error(429, "max concurrent workflow runs exceeded"),
        5 => error(413, "request too large"),
        6 => Some((200, json!({"error": "rate limited", "status": 429}).to_string())),
        7 => {
            Some((200, json!({"error": "conflict", "status": 409, "code": "approval_conflict"}).to_string()))
        }
        8 => Some((403, "<html>Sign in</html>".to_owned())),
        9 => error(503, "workflow store unavailable"),
        _ => None,
    }
}

fn said(status: u16, words: &str, began: Option<Arc<str>>) -> Answered {
    Answered { status, body: json!({"error": words, "status": status}).to_string(), began }
}

fn page(status: u16, body: &str, began: Option<Arc<str>>) -> Answered {
    Answered { status, body: body.to_owned(), began }
}

fn named(run: &Arc<str>, began: Option<Arc<str>>) -> Answered {
    Answered { status: 200, body: json!({"run_id": &**run}).to_string(), began }
}
