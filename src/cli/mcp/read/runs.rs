//! Owns reading Experiments and AnalysisRuns, the newest first, a page at a time, each with the Rollout that it belongs to.
//!
//! It never watches. Invariant: a run belongs to a Rollout by its owner, or by the owner of its Experiment, and not by a
//! name.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Reading, said};
use crate::cluster::{Clients, fetch};
use crate::mcp::{Link, Live, Runs, page};
use crate::report::value;
use crate::rollout::{AnalysisRun, Experiment, Key, Meta};

/// What was read, and what could not be.
struct Found {
    experiments: Vec<Experiment>,
    runs: Vec<AnalysisRun>,
    owners: BTreeMap<Arc<str>, Key>,
    unread: Vec<String>,
}

/// Reads Experiments.
pub(super) async fn experiments(reading: &Reading, asked: &Runs) -> Result<Value, String> {
    let found = found(reading, asked).await?;
    let each = found.experiments.iter().map(|experiment| {
        let runs: Vec<&AnalysisRun> =
            found.runs.iter().filter(|run| run.meta.owners.contains(&experiment.meta.uid)).collect();
        let of = found.rollout(&experiment.meta);
        (&experiment.meta, of, value::experiment(experiment, &runs, of))
    });
    paged(each.collect(), ("experiments", asked), &found.unread)
}

/// Reads AnalysisRuns.
pub(super) async fn analysis_runs(reading: &Reading, asked: &Runs) -> Result<Value, String> {
    let found = found(reading, asked).await?;
    let each = found.runs.iter().map(|run| {
        let of = found.rollout(&run.meta).or_else(|| found.by_experiment(&run.meta));
        (&run.meta, of, value::analysis_run(run, of))
    });
    paged(each.collect(), ("analysis_runs", asked), &found.unread)
}

impl Found {
    fn rollout(&self, meta: &Meta) -> Option<&Key> {
        meta.owners.iter().find_map(|owner| self.owners.get(owner))
    }

    fn by_experiment(&self, meta: &Meta) -> Option<&Key> {
        let of = self.experiments.iter().find(|experiment| meta.owners.contains(&experiment.meta.uid))?;
        self.rollout(&of.meta)
    }
}

async fn found(reading: &Reading, asked: &Runs) -> Result<Found, String> {
    let clients: Clients = reading.clients()?;
    let namespaces = namespaces(&reading.live, asked)?;
    let (experiments, runs) =
        tokio::join!(fetch::experiments(&clients, &namespaces), fetch::analysis_runs(&clients, &namespaces));
    let mut unread = Vec::new();
    let mut note = |kind: &str, fault: crate::cluster::Fault| {
        unread.push(said(format!("{kind} could not be read: {fault}")));
    };
    let experiments = experiments.unwrap_or_else(|fault| {
        note("Experiments", fault);
        Vec::new()
    });
    let runs = runs.unwrap_or_else(|fault| {
        note("AnalysisRuns", fault);
        Vec::new()
    });
    let owners = reading.live.read(|known| {
        let fleet = known.store.fleet.iter();
        fleet.map(|(key, standing)| (standing.rollout.meta.uid.clone(), key.clone())).collect()
    });
    Ok(Found { experiments, runs, owners, unread })
}

/// Says where to read: in the namespace that is asked for, else where is watched; none means all.
fn namespaces(live: &Live, asked: &Runs) -> Result<Vec<Arc<str>>, String> {
    let wanted = asked.namespace.as_deref().filter(|_| asked.all_namespaces != Some(true));
    live.read(|known| match (&known.link, wanted) {
        (Link::Open(whom), Some(wanted)) if whom.watches(wanted) => Ok(vec![wanted.into()]),
        (Link::Open(whom), None) => Ok(whom.namespaces.clone()),
        (Link::Open(_), Some(wanted)) => Err(format!(
            "namespace {} is not watched here: start rollgate mcp with -n or -A",
            json!(said(wanted))
        )),
        _ => Err("still connecting to the cluster: ask again".to_owned()),
    })
}

type Entry<'a> = (&'a Meta, Option<&'a Key>, Value);

/// Picks a page, the newest first.
fn paged(each: Vec<Entry<'_>>, (name, asked): (&str, &Runs), unread: &[String]) -> Result<Value, String> {
    let (limit, last) = (page::limit(asked.limit)?, page::read(asked.cursor.as_deref())?);
    let last = last.map(|last| place_of(&last)).transpose()?;
    let of_rollout = |of: &Option<&Key>| {
        asked.rollout.as_deref().is_none_or(|wanted| of.is_some_and(|key| *key.name == *wanted))
    };
    let mut fitting: Vec<Entry<'_>> = each.into_iter().filter(|(_, of, _)| of_rollout(of)).collect();
    fitting.sort_by_key(|(meta, ..)| place(meta));
    let matching = fitting.len();
    let mut rest =
        fitting.into_iter().filter(|(meta, ..)| last.as_ref().is_none_or(|last| place(meta) > *last));
    let shown: Vec<Entry<'_>> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let next = shown.last().filter(|_| more).map(|(meta, ..)| page::after(&cursor(meta)));
    let shown: Vec<Value> = shown.into_iter().map(|(_, _, value)| value).collect();
    Ok(json!({name: shown, "matching": matching, "next_cursor": next, "unread": unread}))
}

type Place = (Reverse<Option<Timestamp>>, String, String);

fn place(meta: &Meta) -> Place {
    (Reverse(meta.created), meta.key.namespace.to_string(), meta.key.name.to_string())
}

fn cursor(meta: &Meta) -> String {
    let created = meta.created.map_or_else(String::new, |at| at.to_string());
    format!("{created}/{}/{}", meta.key.namespace, meta.key.name)
}

fn place_of(cursor: &str) -> Result<Place, String> {
    let mut parts = cursor.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(created), Some(namespace), Some(name)) => {
            Ok((Reverse(created.parse().ok()), namespace.to_owned(), name.to_owned()))
        }
        _ => Err("the cursor is of another list: begin without one".to_owned()),
    }
}
