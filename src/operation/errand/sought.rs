//! Owns what reading shows of an errand whose program ended before the errand's end was recorded.
//!
//! It judges by what was recorded and by the service's own runs; it never asks, and nothing is sent again. Invariants: "applied" is said
//! only of a run that bears the errand's own key, or that the service itself named; "not applied" is never said, since a lost post may
//! still be carried out; all else is a doubt, which a person ends.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::Run;
use super::runs::LISTED;
use crate::operation::recovery::{Found, OVER_AFTER, Outcome};
use crate::text::Printable;

/// A recorded errand, as far as what came of it can be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    workflow: Arc<str>,
    by: By,
    /// The run that the service named, if it is recorded that it did.
    named: Option<Arc<str>>,
    acknowledged_at: Timestamp,
}

/// By what a run is known to be the errand's.
#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    /// Its own key.
    Key(Arc<str>),
    /// Nothing; this is what it looks like, and which runs looked so before.
    Likeness { of: Arc<str>, step: Arc<str>, known: Vec<Arc<str>> },
}

/// What an acknowledgement records of an errand.
#[derive(Deserialize)]
struct Recorded {
    workflow: Arc<str>,
    idempotency_key: Option<Arc<str>>,
    rerun_of: Option<Arc<str>>,
    rerun_step: Option<Arc<str>>,
    #[serde(default)]
    known: Vec<Arc<str>>,
}

impl Sought {
    /// Reads the body of a recorded acknowledgement, with the run that a later record says the service named; `None` where it is
    /// none of an errand.
    pub fn read(body: &str, named: Option<Arc<str>>, acknowledged_at: Timestamp) -> Option<Self> {
        let Recorded { workflow, idempotency_key, rerun_of, rerun_step, known } =
            serde_json::from_str(body).ok()?;
        let by = match (idempotency_key, rerun_of, rerun_step) {
            (Some(key), _, _) => By::Key(key),
            (None, Some(of), Some(step)) => By::Likeness { of, step, known },
            _ => return None,
        };
        Some(Self { workflow, by, named, acknowledged_at })
    }

    /// Returns the run that the service named, if it is recorded that it did.
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Returns the workflow whose newest runs tell what is known.
    pub fn workflow(&self) -> &str {
        &self.workflow
    }

    /// Returns when the request can no longer be on its way, if its program has ended.
    pub fn over_at(&self) -> Timestamp {
        self.acknowledged_at.checked_add(OVER_AFTER).unwrap_or(Timestamp::MAX)
    }

    /// Judges by the runs that were read: one, or the newest of the workflow.
    pub fn judge(&self, runs: &[Run]) -> Found {
        if let Some(named) = &self.named {
            return self.judge_named(named, runs);
        }
        match &self.by {
            By::Key(key) => match runs.iter().find(|run| run.key.as_ref() == Some(key)) {
                Some(run) => Found::new(Outcome::Applied, format!("{} bears the order's own key", told(run))),
                None => doubt(runs, "no run bears the order's own key"),
            },
            By::Likeness { of, step, known } => {
                let is_new = |run: &&Run| self.is_alike(run, of, step) && !known.contains(&run.id);
                match runs.iter().find(is_new) {
                    Some(run) => {
                        let why = "takes up the same step and was not there before: whether this order began it cannot be told";
                        Found::new(Outcome::InDoubt, format!("{} {why}", told(run)))
                    }
                    None => doubt(runs, "no new run takes up the same step"),
                }
            }
        }
    }

    fn judge_named(&self, named: &Arc<str>, runs: &[Run]) -> Found {
        match runs.iter().find(|run| run.id == *named) {
            Some(run) if self.is_own(run) => {
                Found::new(Outcome::Applied, format!("the service named {} and shows it", told(run)))
            }
            Some(run) => {
                Found::new(Outcome::InDoubt, format!("{}, which the service named, is another", told(run)))
            }
            None => {
                let run = Printable::from(&**named);
                Found::new(Outcome::InDoubt, format!("the service named the run {run}, and does not show it"))
            }
        }
    }

    fn is_own(&self, run: &Run) -> bool {
        run.workflow == self.workflow
            && match &self.by {
                By::Key(_) => run.rerun_of.is_none(),
                By::Likeness { of, step, .. } => self.is_alike(run, of, step),
            }
    }

    fn is_alike(&self, run: &Run, of: &Arc<str>, step: &Arc<str>) -> bool {
        run.workflow == self.workflow
            && run.rerun_of.as_ref() == Some(of)
            && run.rerun_step.as_ref() == Some(step)
    }
}

fn told(run: &Run) -> String {
    format!("the run {} ({})", Printable::from(&*run.id), run.status.word())
}

fn doubt(runs: &[Run], why: &str) -> Found {
    let listed = match runs.len() {
        many if many >= LISTED => "; the service does not list all of them",
        _ => "",
    };
    Found::new(Outcome::InDoubt, format!("{why}{listed}; whether one still comes cannot be told"))
}

#[cfg(test)]
mod tests;
