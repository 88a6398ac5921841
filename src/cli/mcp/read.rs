//! Owns what is read for assistants beside the picture: from the cluster once, and from the ledger's file.
//!
//! It uses what `get`, `timeline`, `health` and `ledger` use, and says it in the same JSON. It never writes. Invariant: what
//! could not be read is named in `unread`, so that its absence is not taken for nothing being there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::follow::Reached;
use crate::cli::ledger::{self, Untold};
use crate::cli::{Output, health, json as as_json, reports, timeline};
use crate::cluster::{Clients, fetch};
use crate::config::Config;
use crate::ledger::LedgerError;
use crate::mcp::{LedgerQuery, Link, Live, Reads, Runs, Timeline, Told, page};
use crate::report::value;
use crate::rollout::Key;
use crate::text::Printable;

mod runs;

/// How long health may be looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long what was seen of health is told again.
const KEPT: Duration = Duration::from_secs(15);

/// Who reads.
pub(super) struct Reading {
    config: Config,
    live: Arc<Live>,
    reached: Reached,
    /// What was seen of health last; whoever looks keeps others from looking too.
    health: Mutex<Option<(Instant, Value)>>,
}

impl Reading {
    pub(super) fn new(config: &Config, live: Arc<Live>, reached: Reached) -> Self {
        Self { config: config.clone(), live, reached, health: Mutex::new(None) }
    }

    /// Returns who reaches the cluster.
    fn clients(&self) -> Result<Clients, String> {
        if let Some(clients) = &*self.reached.borrow() {
            return Ok(clients.clone());
        }
        Err(self.live.read(|known| match &known.link {
            Link::Failed { why } => format!("not connected: {why}"),
            Link::Connecting | Link::Open(_) => "still connecting to the cluster: ask again".to_owned(),
        }))
    }

    async fn told_of_family(&self, key: &Key) -> Result<Value, String> {
        let clients = self.clients()?;
        let found = fetch::family(&clients, key).await.map_err(|fault| reports::from(&clients, &fault))?;
        let Some(found) = found else { return Ok(json!({"rollout": null, "unread": []})) };
        let rollout = value::family(&reports::family(&found), Timestamp::now());
        let unread =
            found.unread.iter().map(|(kind, fault)| said(format!("{kind:?} could not be read: {fault}")));
        Ok(json!({"rollout": rollout, "unread": unread.collect::<Vec<_>>()}))
    }

    async fn told_of_past(&self, asked: &Timeline) -> Result<Value, String> {
        let wanted = timeline::Asked::of(asked.rollout.clone(), &asked.filter, page::limit(asked.limit)?);
        let mut config = self.config.clone();
        if let Some(namespace) = &asked.namespace {
            config.connection.namespaces = vec![namespace.clone()];
        }
        let clients = self.clients();
        let (lines, missing) = timeline::values(&wanted, clients, &config).await?;
        Ok(json!({"timeline": lines, "unread": missing.map(said).into_iter().collect::<Vec<_>>()}))
    }

    async fn told_of_health(&self) -> Result<Value, String> {
        let mut kept = self.health.lock().await;
        if let Some((at, seen)) = &*kept
            && at.elapsed() < KEPT
        {
            return Ok(seen.clone());
        }
        let answer = health::answered(&self.config, &[], (LOOK, Output::Json)).await?;
        let seen: Value = serde_json::from_str(&answer.out).map_err(|error| error.to_string())?;
        *kept = Some((Instant::now(), seen.clone()));
        Ok(seen)
    }

    async fn told_of_ledger(&self, asked: &LedgerQuery) -> Result<Value, String> {
        let (config, asked, limit) = (self.config.clone(), asked.clone(), page::limit(asked.limit)?);
        let read = tokio::task::spawn_blocking(move || records(&config, &asked, limit));
        read.await.map_err(|error| error.to_string())?
    }
}

fn records(config: &Config, asked: &LedgerQuery, limit: usize) -> Result<Value, String> {
    let untold = |error: Untold| said(error.to_string());
    let reader = match ledger::reader(config) {
        Ok(reader) => reader,
        // Where nothing was ever ordered, there is nothing to tell.
        Err(Untold::Ledger(LedgerError::Absent(_))) => return Ok(json!({"records": [], "unread": []})),
        Err(error) => return Err(untold(error)),
    };
    let namespaces: Vec<String> = asked.namespace.iter().cloned().collect();
    let rows = match &asked.order {
        Some(order) => ledger::rows(&reader, order),
        None => reader.newest_of(limit, |row| ledger::is_of(row, &namespaces, &asked.rollout)),
    };
    let rows = rows.map_err(|error| untold(error.into()))?;
    if let (Some(order), []) = (&asked.order, rows.as_slice()) {
        return Err(format!(
            "the ledger has no record or order {}, or more than one",
            Value::from(said(order.clone()))
        ));
    }
    let records: Vec<Value> = rows.iter().map(printable_record).collect();
    Ok(json!({"records": records, "unread": []}))
}

/// Writes a record with texts that are printable.
fn printable_record(row: &crate::ledger::Row) -> Value {
    let mut value = as_json::record(row);
    printable(&mut value);
    value
}

fn printable(value: &mut Value) {
    match value {
        Value::String(text) => *text = said(std::mem::take(text)),
        Value::Array(values) => values.iter_mut().for_each(printable),
        Value::Object(fields) => fields.values_mut().for_each(printable),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Makes a text printable.
fn said(text: impl Into<String>) -> String {
    Printable::from(text.into()).to_string()
}

impl Reads for Reading {
    fn family<'a>(&'a self, key: &'a Key) -> Told<'a> {
        Box::pin(self.told_of_family(key))
    }

    fn experiments<'a>(&'a self, asked: &'a Runs) -> Told<'a> {
        Box::pin(runs::experiments(self, asked))
    }

    fn analysis_runs<'a>(&'a self, asked: &'a Runs) -> Told<'a> {
        Box::pin(runs::analysis_runs(self, asked))
    }

    fn timeline<'a>(&'a self, asked: &'a Timeline) -> Told<'a> {
        Box::pin(self.told_of_past(asked))
    }

    fn health(&self) -> Told<'_> {
        Box::pin(self.told_of_health())
    }

    fn ledger<'a>(&'a self, asked: &'a LedgerQuery) -> Told<'a> {
        Box::pin(self.told_of_ledger(asked))
    }
}
