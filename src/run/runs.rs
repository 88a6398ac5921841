//! Owns reading AnalysisRuns for gates: from the cluster, when a gate wants them.
//!
//! It stands between the cluster and the evidence, which know nothing of each other. Invariant: a read ends in time, or says that it did not.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::cluster::{Clients, Fault, fetch};
use crate::evidence::Runs;
use crate::rollout::AnalysisRun;
use crate::text::Printable;

/// How long a read may take.
const LONGEST: Duration = Duration::from_secs(5);

/// Reads from a cluster.
pub struct OfCluster(pub Clients);

impl Runs for OfCluster {
    fn read<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<AnalysisRun>, Printable>> {
        in_time(fetch::analysis_run(&self.0, namespace, name)).boxed()
    }

    fn of_version<'a>(
        &'a self,
        namespace: &'a str,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<Vec<AnalysisRun>, Printable>> {
        in_time(fetch::analysis_runs_of(&self.0, namespace, hash)).boxed()
    }
}

async fn in_time<T>(reading: impl Future<Output = Result<T, Fault>>) -> Result<T, Printable> {
    match tokio::time::timeout(LONGEST, reading).await {
        Ok(read) => read.map_err(|fault| Printable::from(fault.to_string())),
        Err(_) => Err(Printable::ours("the API server did not answer in time")),
    }
}
