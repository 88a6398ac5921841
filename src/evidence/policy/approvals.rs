//! Owns what waits for a person's approval at the policy service, of the topic or the workflow that a gate policy names.
//!
//! It reads and never approves, rejects or repairs. Source: Cordum, gateway API (`GET /api/v1/approvals`). The service cuts a page to its
//! limit after it has chosen where the next one begins, so that behind a full page some would be missed: that is read on from its
//! own last entry. Invariant: an entry that is not understood makes the whole unreadable, never shorter; an end that was not reached
//! is said.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

use super::super::prometheus::opening;
use super::simulation::{time, words};
use super::{keyed, understood};
use crate::config::services::PolicyService;
use crate::gate::policy::Simulation;
use crate::gate::trigger::Approvals;
use crate::text::Printable;

const PATH: &str = "/api/v1/approvals";
/// Entries of a page.
const LIMIT: usize = 100;
/// Pages that are read at most.
pub(in crate::evidence) const PAGES: usize = 10;

/// A list that is being read, page by page.
pub(in crate::evidence) struct Listing<'a> {
    asked: &'a Simulation,
    /// Where the next page begins, in the service's own counting (microseconds, newest first).
    cursor: Option<i64>,
    known: HashSet<String>,
    found: Approvals,
}

impl<'a> Listing<'a> {
    /// Begins with the newest entry.
    pub(in crate::evidence) fn of(asked: &'a Simulation) -> Self {
        let found = Approvals { waiting: 0, oldest: None, whole: false };
        Self { asked, cursor: None, known: HashSet::new(), found }
    }

    /// Reads one page, and tells whether there is another.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(in crate::evidence) async fn read(&mut self, service: &PolicyService) -> Result<bool, Printable> {
        let reply = keyed(service, &self.path(), None).await.map_err(words)?;
        let answer = understood(&reply, service, PATH).map_err(words)?;
        let strange = || Printable::from(format!("{PATH} is no page of approvals: {}", opening(&reply)));
        self.take(&answer).ok_or_else(strange)
    }

    /// Returns what was found so far.
    pub(in crate::evidence) fn found(self) -> Approvals {
        self.found
    }

    fn path(&self) -> String {
        let cursor = self.cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        format!("{PATH}?limit={LIMIT}&include_resolved=false{cursor}")
    }

    /// Takes a page; `None` where it is none.
    fn take(&mut self, answer: &Value) -> Option<bool> {
        let items = answer.get("items")?.as_array()?;
        let mut last = None;
        for item in items {
            let job = item.get("job")?;
            let (id, at) = (job.get("id")?.as_str()?, job.get("updated_at")?);
            last = Some(last.unwrap_or(i64::MAX).min(at.as_i64()?));
            if self.concerns(item, job) && waits(item)? && self.known.insert(id.to_owned()) {
                self.count(time(at)?);
            }
        }
        let next = match answer.get("next_cursor") {
            None | Some(Value::Null) => None,
            Some(next) => Some(next.as_i64()?),
        };
        self.found.whole = next.is_none();
        let own = last.filter(|_| items.len() >= LIMIT && next.is_some());
        let goes_on = |at: &i64| self.cursor.is_none_or(|before| *at < before);
        let on = [own, next].into_iter().flatten().find(goes_on);
        self.cursor = on.or(self.cursor);
        // A list that begins anew with each page has no end that could be reached.
        Some(on.is_some())
    }

    fn concerns(&self, item: &Value, job: &Value) -> bool {
        let is = |of: &Value, key: &str, wanted: &Option<String>| {
            wanted.is_some() && of.get(key).and_then(Value::as_str) == wanted.as_deref()
        };
        is(job, "topic", &self.asked.topic) || is(item, "workflow_id", &self.asked.workflow)
    }

    fn count(&mut self, at: Timestamp) {
        self.found.waiting += 1;
        self.found.oldest = Some(self.found.oldest.map_or(at, |oldest| oldest.min(at)));
    }
}

/// Tells whether an entry waits for a person; `None` for words that are not known.
fn waits(item: &Value) -> Option<bool> {
    let word = |key: &str| item.get(key).and_then(Value::as_str);
    match word("approval_status")? {
        "approved" | "rejected" | "expired" | "invalidated" | "repaired" => Some(false),
        "pending" => match word("approval_actionability")? {
            "actionable" => Some(true),
            "resolved" | "expired" | "invalidated" | "repaired" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
