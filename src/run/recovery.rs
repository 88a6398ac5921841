//! Owns what a start does about orders whose program ended before their end was recorded: it reads, and records what
//! became of them.
//!
//! It runs beside the screen, bounded in orders, reads and time, and never sends an order again. What a program that
//! still runs is about is left to that program. Invariants: nothing is recorded of an order that got another record
//! meanwhile (its next record has one number, and the ledger takes each number once); that something did not happen is
//! said only after two reads that were asked for when it could happen no more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::cluster::dispatch::Dispatcher;
use crate::evidence::Errands;
use crate::ledger::open::{Owner, UNRESOLVED};
use crate::ledger::{Ledger, LedgerError, Open, Reader};
use crate::operation::Entry;
use crate::operation::errand::sought;
use crate::operation::life::SETTLED;
use crate::operation::recovery::{Found, Outcome, Sought};
use crate::text::Printable;

pub mod owner;

/// How many orders a start looks after at most, oldest first; more are left for the next.
const MOST: usize = 64;
/// How old an order is at least whose program may still run somewhere.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How far apart two reads must be to show that nothing happens.
const APART: Duration = Duration::from_secs(2);
/// How long a read may take.
const READ_LIMIT: Duration = Duration::from_secs(14);
/// How often a read is tried; with the waits between them about two minutes.
const TRIES: u32 = 7;
/// The first wait after a read that failed; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// How many Events are recorded with what was found.
const EVENTS: usize = 8;

/// Looks after orders that another run of the program left.
pub struct Recovery {
    dispatcher: Arc<Dispatcher>,
    ledger: Arc<Ledger>,
    service: Option<Arc<Errands>>,
    user: Printable,
    settled_after: Duration,
    begun: Instant,
}

/// An order to look after.
struct Case {
    open: Open,
    sought: Trace,
    owner: Owner,
}

/// Where what became of an order is looked for.
enum Trace {
    /// In the cluster.
    Object(Sought),
    /// Among the runs of the policy service.
    Runs(sought::Sought, Arc<Errands>),
}

impl Trace {
    /// Returns when the order can take effect no more.
    fn over_at(&self) -> Timestamp {
        match self {
            Self::Object(sought) => sought.over_at(),
            Self::Runs(sought, _) => sought.over_at(),
        }
    }
}

impl Recovery {
    /// Puts it together for the cluster of a dispatcher, as the user whom the API server names.
    pub fn new(dispatcher: Arc<Dispatcher>, ledger: Arc<Ledger>, user: Printable) -> Self {
        let settled_after = SETTLED.unsigned_abs();
        Self { dispatcher, ledger, service: None, user, settled_after, begun: Instant::now() }
    }

    /// Has it ask this policy service for what became of orders that went there; without one those are left.
    #[must_use]
    pub fn asking(self, service: Option<Arc<Errands>>) -> Self {
        Self { service, ..self }
    }

    /// Sets another time than the API server's bounds, after which a request of the program that ended is over: it
    /// counts from the start by a clock that nobody sets.
    #[must_use]
    pub fn settled_after(self, settled_after: Duration) -> Self {
        Self { settled_after, ..self }
    }

    /// Looks after all, and returns how many ends it recorded. What cannot be read now is left for the next start.
    pub async fn run(self) -> usize {
        let mut recorded = 0;
        let mut later = Vec::new();
        for case in self.cases().await {
            // The order's own mark is proof at any time; that it is not there yet is none.
            let found = if case.owner == Owner::Ended { self.look(&case.sought).await } else { None };
            match found {
                Some(found) if found.outcome == Outcome::Applied => {
                    recorded += usize::from(self.record(&case, &found).await);
                }
                _ => later.push(case),
            }
        }
        for case in later {
            self.wait_until_over(&case).await;
            if let Some(found) = self.settled(&case.sought).await {
                recorded += usize::from(self.record(&case, &found).await);
            }
        }
        recorded
    }

    /// Lists the orders on this cluster whose program does not run, as far as can be told.
    async fn cases(&self) -> Vec<Case> {
        let path = self.ledger.path().to_owned();
        let listed = tokio::task::spawn_blocking(move || Reader::open(&path)?.open_operations()).await;
        let Ok(Ok(listed)) = listed else { return Vec::new() };
        listed.into_iter().filter_map(|open| self.case(open)).take(MOST).collect()
    }

    fn case(&self, open: Open) -> Option<Case> {
        let owner = owner::of(&open);
        let order = open.order.as_ref().ok()?;
        let target = &order.target;
        if owner == Owner::Alive || !self.dispatcher.is_at(&target.context, &target.server) {
            return None;
        }
        let sought = match &target.service {
            Some(to) => {
                let service =
                    self.service.as_ref().filter(|service| service.is_at(&to.service, &to.tenant))?;
                Trace::Runs(open.sought_run()?, service.clone())
            }
            None => {
                let (request, at) = (&order.request, order.acknowledged_at);
                let sought = Sought::read(&target.key.namespace, &request.path, &request.body, at)?;
                Trace::Object(sought.tried_until(open.tried_until()))
            }
        };
        Some(Case { sought, owner, open })
    }

    /// Waits until the order can take effect no more. What a program sent that has ended was sent before this start, so that
    /// the API server's bounds count from here, whatever the clock on the wall says; one that may still run elsewhere
    /// is told by its times alone.
    async fn wait_until_over(&self, case: &Case) {
        if case.owner == Owner::Unknown {
            let over = case.sought.over_at();
            sleep_until(over.checked_add(UNKNOWN_FOR).unwrap_or(over)).await;
        }
        tokio::time::sleep(self.settled_after.saturating_sub(self.begun.elapsed())).await;
    }

    /// Reads when the order is over, and once more where it seems not to have had an effect.
    async fn settled(&self, sought: &Trace) -> Option<Found> {
        let first = self.look(sought).await?;
        if first.outcome != Outcome::NotApplied {
            return Some(first);
        }
        tokio::time::sleep(APART).await;
        self.look(sought).await
    }

    /// Reads and judges; nothing where no read succeeds.
    async fn look(&self, sought: &Trace) -> Option<Found> {
        let mut wait = FIRST_WAIT;
        for nth in 1..=TRIES {
            let found = match sought {
                Trace::Object(sought) => self.look_in_cluster(sought).await,
                Trace::Runs(sought, service) => look_among_runs(sought, service).await,
            };
            if found.is_some() {
                return found;
            }
            if nth < TRIES {
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2);
            }
        }
        None
    }

    async fn look_in_cluster(&self, sought: &Sought) -> Option<Found> {
        let reading = self.dispatcher.read_site(&sought.namespace, sought.site());
        let object = tokio::time::timeout(READ_LIMIT, reading).await.ok()?.ok()?;
        Some(sought.judge(object.as_ref()))
    }

    /// Records what was found, unless another record came first; returns whether it did.
    async fn record(&self, case: &Case, found: &Found) -> bool {
        let told_before = case.open.standing_entry().is_some_and(|row| row.event == UNRESOLVED);
        if told_before && found.outcome == Outcome::InDoubt {
            return false;
        }
        let seen = self.events(case).await;
        let entry = case.open.resolution(Timestamp::now(), self.user.clone(), found, &seen);
        append(&self.ledger, entry).await.is_ok()
    }

    /// Tells what the Rollout's Events say since; nothing where they may not be read.
    async fn events(&self, case: &Case) -> Vec<Printable> {
        let Ok(order) = &case.open.order else { return Vec::new() };
        let asked = self.dispatcher.events(&order.target.key.namespace, &order.target.uid);
        let Ok(Ok(events)) = tokio::time::timeout(READ_LIMIT, asked).await else { return Vec::new() };
        told_since(&events, order.acknowledged_at)
    }
}

/// Reads the run that the service named; where it shows none, or named none, the newest runs.
async fn look_among_runs(sought: &sought::Sought, service: &Errands) -> Option<Found> {
    if let Some(named) = sought.named()
        && let Ok(run) = service.run(named).await
    {
        return Some(sought.judge(&[run]));
    }
    Some(sought.judge(&service.runs(sought.workflow()).await.ok()?))
}

/// Puts Events of this time or later into words, oldest first, the newest of them where there are many. Their times have
/// no fractions of a second.
fn told_since(events: &[Value], since: Timestamp) -> Vec<Printable> {
    let text = |event: &Value, pointer: &str| {
        event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut told: Vec<(Timestamp, String)> = events
        .iter()
        .filter_map(|event| {
            let at = ["/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
            let at = at.iter().find_map(|pointer| text(event, pointer).parse::<Timestamp>().ok())?;
            let line = format!("{at} {}: {}", text(event, "/reason"), text(event, "/message"));
            (at.as_second() >= since.as_second()).then_some((at, line))
        })
        .collect();
    told.sort();
    let from = told.len().saturating_sub(EVENTS);
    told.drain(from..).map(|(_, line)| Printable::from_cluster(&line)).collect()
}

async fn append(ledger: &Ledger, entry: Entry) -> Result<(), LedgerError> {
    let (answer, answered) = oneshot::channel();
    ledger.append(entry, move |result| {
        // Whoever asked may have left; the record stands all the same.
        let _ = answer.send(result);
    });
    match answered.await {
        Ok(result) => result.map(|_| ()),
        Err(_) => Err(LedgerError::Closed { path: ledger.path().to_owned(), why: "its writer ended".into() }),
    }
}

async fn sleep_until(at: Timestamp) {
    let wait = at.duration_since(Timestamp::now());
    tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
}

#[cfg(test)]
mod tests;
