//! Owns one verdict for whoever asks while the program runs: of a Rollout of a cluster that is connected already, as `gates run` gives it.
//!
//! It takes the policy that is meant for the Rollout and no other. It never orders anything. Invariant: where there is no verdict it is said
//! why there is none; that is no error, and never a pass.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::subject::{self, Found};
use super::{judge, past, shown};
use crate::cluster::Clients;
use crate::config::Config;
use crate::evidence::Evidence as Asks;
use crate::gate::Gate;
use crate::gate::policy::Policy;
use crate::gate::shelf::Choice;
use crate::gate::stage::Seen;
use crate::gate::wish::Canary;
use crate::report::gates;
use crate::rollout::{Key, Rollout};
use crate::run::runs::OfCluster;

/// Judges a Rollout now: `gate` is what `gates run -o json` prints, or null with the reason in `why_not`.
///
/// # Errors
/// One sentence where the Rollout cannot be read.
pub(in crate::cli) async fn verdict(
    clients: &Clients,
    key: &Key,
    config: &Config,
    asks: &Asks,
) -> Result<Value, String> {
    let read = subject::of_cluster(clients.clone(), key).await?;
    let told = |gate: Value, why_not: Option<String>| json!({"namespace": &*key.namespace, "name": &*key.name, "uid": &*read.rollout.meta.uid, "gate": gate, "why_not": why_not});
    let canary = match canary(&read.rollout, config) {
        Ok(canary) => canary,
        Err(why) => return Ok(told(Value::Null, Some(why))),
    };
    let now = Timestamp::now();
    let asks = asks.clone().reading(Arc::new(OfCluster(clients.clone())));
    let gathered = asks.gather(&canary, now).await;
    let mut gate = Gate::new(canary.policy.clone(), canary.hash.clone());
    let seen = Seen::of(&read.rollout, read.available);
    let (rollout, cluster) = (read.rollout.clone(), read.cluster.clone());
    let mut found = Found { rollout, canary, seen, cluster, clients: None, notes: Vec::new() };
    let sight = past::sight(&found, None, None, config);
    found.notes.extend(sight.note.clone());
    sight.begin(&mut gate);
    gate.take(gathered, &sight.seen, now);
    Ok(told(judge::told(&found, &gate, config, now, gates::json), None))
}

/// Says what is judged, or why nothing is.
fn canary(rollout: &Rollout, config: &Config) -> Result<Canary, String> {
    let policy: Arc<Policy> = match config.gates.shelf.choose(rollout) {
        Choice::By(policy) => policy,
        Choice::Nothing => return Err(format!("no policy is meant for this Rollout ({})", there(config))),
        Choice::Missing(name) => {
            return Err(format!(
                "this Rollout names the policy `{name}`, which is not there ({})",
                there(config)
            ));
        }
    };
    let nothing = || "nothing is being brought in, so there is no canary to judge".to_owned();
    Canary::of(rollout, &policy).ok_or_else(nothing)
}

fn there(config: &Config) -> String {
    match &config.gates.folder {
        Some(folder) => format!("policies are read from {}", shown(folder)),
        None => "there is no folder of policies".to_owned(),
    }
}
