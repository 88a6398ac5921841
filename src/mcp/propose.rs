//! Owns what an assistant may propose, and how it is told what became of that.
//!
//! It keeps proposals in the ledger's file and does nothing else: it stages nothing, and knows nothing that sends or decides.
//! Invariants: an order that makes no sense on the facts as they are now is refused with the sentence that a person gets;
//! every answer says that a person decides, and that nothing was sent.

use jiff::{SignedDuration, Timestamp};
use rmcp::RoleServer;
use rmcp::service::RequestContext;
use serde_json::{Value, json};

use super::answer::{Answer, Answered, Fresh};
use super::find::find;
use super::live::{Known, Link, Live};
use crate::operation::SiteKind;
use crate::operation::order::Run;
use crate::proposal::{Draft, Id, Intent, Kept, Proposed, Target, facts, sense};
use crate::rollout::Rollout;
use crate::rollout::delta::Kind;
use crate::store::Store;

mod asked;
mod offered;
mod offers;
mod told;
mod tools;

pub(super) use asked::{Asked, question};
pub use offers::Offers;
pub(super) use tools::{aliases, tools};

use asked::Base;

/// Answers what was asked about proposals; the runs are those that were read where one is to be ended.
pub(super) async fn answer(
    live: &Live,
    offers: &Offers,
    (asked, read): (Asked, Option<Vec<Run>>),
    context: &RequestContext<RoleServer>,
) -> Answered {
    let now = Timestamp::now();
    let client = context.client_info();
    let (client, version) = client.map_or_else(Default::default, |it| (it.name, it.version));
    let client = if client.trim().is_empty() { "unnamed".to_owned() } else { shortened(&client) };
    match asked {
        Asked::Propose(intent, base) => {
            let named = (client.as_str(), shortened(&version));
            let (proposed, fresh) =
                live.read(|known| made(known, (intent, read), &base, (named.0, &named.1), now))?;
            let id = offers.propose(proposed.clone(), now).await?;
            let kept = offers.outcome(id.clone(), now).await?;
            Ok(Answer::new(fresh, told::proposed(&kept, id == proposed.id, now)))
        }
        Asked::Outcome(id) => {
            let outcome = offers.outcome(Id(id.into()), now).await?;
            Ok(Answer::new(Fresh::read(now, whom(live)), told::outcome(&outcome, now)))
        }
        Asked::Withdraw(id) => {
            let kept = offers.withdraw(Id(id.into()), client, now).await?;
            Ok(Answer::new(Fresh::read(now, whom(live)), json!({"proposal": told::one(&kept, now)})))
        }
        Asked::List => {
            let all: Vec<Kept> = offers.list(now).await?;
            let all: Vec<Value> = all.iter().map(|kept| told::one(kept, now)).collect();
            Ok(Answer::new(Fresh::read(now, whom(live)), json!({"proposals": all})))
        }
    }
}

/// A client's name or version that is too long is no reason to refuse what it says.
fn shortened(text: &str) -> String {
    text.chars().take(30).collect()
}

fn whom(live: &Live) -> Option<super::live::Whom> {
    live.read(|known| match &known.link {
        Link::Open(whom) => Some(whom.clone()),
        Link::Connecting | Link::Failed { .. } => None,
    })
}

/// Makes a proposal of what was asked, on the facts as they are known at this moment.
fn made(
    known: &Known,
    (intent, read): (Intent, Option<Vec<Run>>),
    base: &Base,
    (client, version): (&str, &str),
    now: Timestamp,
) -> Result<(Proposed, Fresh), String> {
    let Link::Open(whom) = &known.link else {
        return Err(
            "the cluster is not reached yet: nothing can be proposed on facts that nobody knows".to_owned()
        );
    };
    let (key, standing) = find(known, &base.name, base.namespace.as_deref(), now)?;
    let freshness = known.store.freshness_in(Kind::Rollouts, &key.namespace, now);
    if !freshness.is_live() {
        let word = freshness.word();
        return Err(format!(
            "what is known is {word}, not live: propose on current facts, so ask again in a while"
        ));
    }
    let rollout = &standing.rollout;
    let runs = match runs_known(&known.store, rollout) {
        true => Some(runs(&known.store, rollout)),
        false => read,
    };
    sense::judge(&intent, rollout, runs.as_deref(), now).map_err(|refusal| refusal.to_string())?;
    let target = Target {
        context: whom.context.clone(),
        server: whom.server.clone(),
        key: key.clone(),
        uid: rollout.meta.uid.clone(),
    };
    let draft = Draft {
        reason: base.reason.as_deref(),
        evidence: base.evidence.iter().map(String::as_str).collect(),
        saw: base.seen.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect(),
        client,
        version,
        stands: base.expires_in_seconds.map(|seconds| SignedDuration::from_secs(seconds.into())),
    };
    let id = Id(uuid::Uuid::now_v7().to_string().into());
    let made = Proposed::new(id, (intent, target), &draft, facts::told(rollout), now);
    let made = made.map_err(|refused| refused.to_string())?;
    Ok((made, Fresh::of(known, Kind::Rollouts, Some(&key.namespace), now)))
}

/// Tells whether the runs of a Rollout are watched here.
fn runs_known(store: &Store, rollout: &Rollout) -> bool {
    let namespace = &*rollout.meta.key.namespace;
    [Kind::AnalysisRuns, Kind::Experiments].into_iter().any(|kind| store.is_known(kind, namespace))
}

fn runs(store: &Store, rollout: &Rollout) -> Vec<Run> {
    let uid = &rollout.meta.uid;
    let mut runs: Vec<Run> = store.analysis_runs.owned_by(uid).map(Run::analysis).collect();
    for experiment in store.experiments.owned_by(uid) {
        runs.push(Run::experiment(experiment));
        let made = store.analysis_runs.owned_by(&experiment.meta.uid);
        runs.extend(made.map(|run| Run::analysis_of(run, experiment)));
    }
    runs.retain(|run| matches!(run.site.kind, SiteKind::AnalysisRun | SiteKind::Experiment));
    runs
}
