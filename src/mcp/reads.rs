//! Owns what the program reads for an assistant where the store does not have it: what stands under a Rollout, runs,
//! gates, the timeline, health, the ledger.
//!
//! A trait, so that this module has no way to a cluster or a file. It never writes anything. Invariant: each answer in JSON is
//! an object whose texts are printable.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use super::ask::{LedgerQuery, Runs, Timeline};
use crate::operation::order::Run;
use crate::rollout::Key;

/// What was read, or one sentence on why it could not be.
pub type Told<'a, T = Value> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What the program reads when it is asked.
pub trait Reads: Send + Sync + 'static {
    /// Reads a Rollout with everything under it: `rollout` as `get -o json` has it (null where it is gone), `unread` with
    /// what could not be read.
    fn family<'a>(&'a self, key: &'a Key) -> Told<'a>;
    /// Reads the AnalysisRuns and Experiments of a Rollout's namespace, as an order to end one wants them.
    fn runs<'a>(&'a self, key: &'a Key) -> Told<'a, Vec<Run>>;
    /// Judges a Rollout by the gate policy that is meant for it: `gate` as `gates run -o json` has it, or null and `why_not`.
    fn gates<'a>(&'a self, key: &'a Key) -> Told<'a>;
    /// Reads Experiments with their analysis runs, into `experiments`.
    fn experiments<'a>(&'a self, asked: &'a Runs) -> Told<'a>;
    /// Reads AnalysisRuns, into `analysis_runs`.
    fn analysis_runs<'a>(&'a self, asked: &'a Runs) -> Told<'a>;
    /// Reads what happened, into `timeline`, oldest first.
    fn timeline<'a>(&'a self, asked: &'a Timeline) -> Told<'a>;
    /// Looks at what works and what does not, as `rollgate health -o json` tells it.
    fn health(&self) -> Told<'_>;
    /// Reads records of the ledger, into `records`.
    fn ledger<'a>(&'a self, asked: &'a LedgerQuery) -> Told<'a>;
}
