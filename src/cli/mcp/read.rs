//! Owns what is read for assistants beside the picture: from the cluster once, and from the ledger's file.
//!
//! It uses what `get`, `timeline`, `health` and `ledger` use, and says it in the same JSON. It never writes. Invariant: what
//! could not be read is named in `unread`, so that its absence is not taken for nothing being there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::follow::Reached;
use crate::cli::ledger::{self, Untold};
use crate::cli::{Output, gates, health, json as as_json, reports, timeline};
use crate::clock::Clock;
use crate::cluster::{Clients, Fault, fetch};
use crate::config::Config;
use crate::evidence::Evidence;
use crate::ledger::LedgerError;
use crate::mcp::{LedgerQuery, Link, Live, Reads, Runs, Timeline, Told, page};
use crate::operation::order::Run;
use crate::report::value;
use crate::rollout::{AnalysisRun, Key};
use crate::text::Printable;

mod runs;

/// How long health may be looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long what was seen of health, or judged of a canary, is told again.
const KEPT: Duration = Duration::from_secs(15);

/// Who reads.
pub(super) struct Reading {
    config: Config,
    live: Arc<Live>,
    reached: Reached,
    /// What was seen of health last; whoever looks keeps others from looking too.
    health: Mutex<Option<(Instant, Value)>>,
    /// Who asks for proof, within one budget for all who ask here.
    evidence: Evidence,
    /// What was judged last.
    judged: Mutex<BTreeMap<Key, (Instant, Value)>>,
}

impl Reading {
    pub(super) fn new(config: &Config, live: Arc<Live>, reached: Reached) -> Self {
        let evidence = Evidence::new(config.services.clone(), Clock::Machine);
        let (health, judged) = (Mutex::new(None), Mutex::default());
        Self { config: config.clone(), live, reached, health, evidence, judged }
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

    async fn told_of_runs(&self, key: &Key) -> Result<Vec<Run>, String> {
        let clients = self.clients()?;
        let namespaces = [key.namespace.clone()];
        let (experiments, runs) = tokio::join!(
            fetch::experiments(&clients, &namespaces),
            fetch::analysis_runs(&clients, &namespaces)
        );
        let unread = |fault: Fault| reports::from(&clients, &fault);
        let (experiments, runs) = (experiments.map_err(unread)?, runs.map_err(unread)?);
        let of = |run: &AnalysisRun| {
            let maker = experiments.iter().find(|experiment| run.meta.owners.contains(&experiment.meta.uid));
            maker.map_or_else(|| Run::analysis(run), |experiment| Run::analysis_of(run, experiment))
        };
        Ok(runs.iter().map(of).chain(experiments.iter().map(Run::experiment)).collect())
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

    async fn told_of_gates(&self, key: &Key) -> Result<Value, String> {
        let clients = self.clients()?;
        let is_fresh = |(at, _): &(Instant, Value)| at.elapsed() < KEPT;
        if let Some((_, judged)) = self.judged.lock().await.get(key).filter(|it| is_fresh(it)) {
            return Ok(judged.clone());
        }
        let mut judged = gates::verdict(&clients, key, &self.config, &self.evidence).await?;
        printable(&mut judged);
        let mut kept = self.judged.lock().await;
        kept.retain(|_, it| is_fresh(it));
        kept.insert(key.clone(), (Instant::now(), judged.clone()));
        Ok(judged)
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

    fn runs<'a>(&'a self, key: &'a Key) -> Told<'a, Vec<Run>> {
        Box::pin(self.told_of_runs(key))
    }

    fn gates<'a>(&'a self, key: &'a Key) -> Told<'a> {
        Box::pin(self.told_of_gates(key))
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
