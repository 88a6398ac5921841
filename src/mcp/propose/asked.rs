//! Owns what is asked about proposals: the arguments of each tool, read into an order by name.
//!
//! It judges nothing of the cluster. Invariant: an argument that a tool does not have is refused, not passed over.

use rmcp::model::JsonObject;
use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde_json::Value;

use super::super::ask::arguments;
use super::offered::{ALIASES, Offered, PROPOSING};
use crate::proposal::{Aim, Intent, RunKind};

/// A question about proposals.
#[derive(Clone, Debug)]
pub(in crate::mcp) enum Asked {
    /// That this order be given.
    Propose(Intent, Base),
    /// What became of the proposal of this identity.
    Outcome(String),
    /// That the proposal of this identity be taken back.
    Withdraw(String),
    /// Which proposals there are.
    List,
}

impl Asked {
    /// Returns of which Rollout a run is to be ended; nothing where it is about something else.
    pub(in crate::mcp) fn terminates(&self) -> Option<&Base> {
        match self {
            Self::Propose(Intent::Terminate { .. }, base) => Some(base),
            _ => None,
        }
    }
}

/// What every proposal says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::mcp) struct Base {
    /// Name of the Rollout.
    #[serde(alias = "rollout")]
    pub name: String,
    /// Its namespace; needed only where the name is in several.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Why, in one or two sentences for the person who decides; at most 280 characters. It is shown as your words, unverified.
    #[serde(default)]
    pub reason: Option<String>,
    /// What you refer to: links, queries, names of analysis runs; at most 8, of at most 200 characters.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// The facts that you decided on, by the names under `facts` of an earlier proposal ("step index", "phase", "weight"); left out, those
    /// of this moment are taken. What differs when a person looks is shown.
    #[serde(default)]
    pub seen: Vec<Fact>,
    /// For how long it stands, 60 to 3600 seconds; 600 without it.
    #[serde(default)]
    #[schemars(range(min = 60, max = 3600))]
    pub expires_in_seconds: Option<u32>,
}

/// A fact that was seen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::mcp) struct Fact {
    /// Its name.
    pub name: String,
    /// Its value, as text.
    pub value: String,
}

/// What only some orders have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Extra {
    to_weight: Option<i64>,
    to_step: Option<i64>,
    full: bool,
    #[serde(alias = "to_revision")]
    revision: Option<i64>,
    image: Option<String>,
    #[serde(alias = "container_name")]
    container: Option<String>,
    kind: Option<String>,
    run: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneProposal {
    /// Identity of the proposal.
    #[serde(alias = "id")]
    pub proposal_id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Reads a question from a tool's name and arguments; nothing where there is no such tool.
pub(in crate::mcp) fn question(name: &str, given: Option<JsonObject>) -> Option<Result<Asked, String>> {
    match name {
        "proposal_outcome" => Some(arguments(given).map(|one: OneProposal| Asked::Outcome(one.proposal_id))),
        "withdraw_proposal" => {
            Some(arguments(given).map(|one: OneProposal| Asked::Withdraw(one.proposal_id)))
        }
        "list_proposals" => Some(arguments(given).map(|Nothing {}| Asked::List)),
        _ => {
            let offered = PROPOSING.iter().chain(ALIASES).find(|offered| offered.name == name)?;
            Some(proposal(offered, given.unwrap_or_default()))
        }
    }
}

fn proposal(offered: &Offered, mut given: JsonObject) -> Result<Asked, String> {
    let mut extra = JsonObject::new();
    for (name, _) in (offered.extra)() {
        extra.extend(given.remove_entry(name));
    }
    let extra: Extra = arguments(Some(extra))?;
    let base: Base = arguments(Some(given))?;
    let needs_reason =
        !offered.is_alias && base.reason.as_deref().is_none_or(|reason| reason.trim().is_empty());
    if needs_reason {
        return Err("the reason is missing: say in plain words why, for the person who decides".to_owned());
    }
    let intent = intent(offered.order, extra)?;
    Ok(Asked::Propose(intent, base))
}

fn intent(order: &str, extra: Extra) -> Result<Intent, String> {
    Ok(match order {
        "promote" => promotion(&extra)?,
        "pause" => Intent::Pause,
        "resume" => Intent::Resume,
        "abort" => Intent::Abort,
        "cancel" => Intent::Cancel,
        "retry" => Intent::Retry,
        "undo" => Intent::Undo { revision: extra.revision.filter(|number| *number != 0) },
        "restart" => Intent::Restart,
        "set-image" => image(extra)?,
        _ => Intent::Terminate {
            run: match extra.kind.as_deref() {
                Some("AnalysisRun") => RunKind::AnalysisRun,
                Some("Experiment") => RunKind::Experiment,
                _ => return Err("kind is AnalysisRun or Experiment".to_owned()),
            },
            name: extra.run.ok_or("run is missing: the name of the AnalysisRun or Experiment")?,
        },
    })
}

fn promotion(extra: &Extra) -> Result<Intent, String> {
    match (extra.to_weight, extra.to_step, extra.full) {
        (None, None, false) => Ok(Intent::Promote),
        (None, None, true) => Ok(Intent::PromoteFull),
        (Some(weight), None, false) => Ok(Intent::PromoteTo { to: Aim::Weight(weight) }),
        (None, Some(step), false) => Ok(Intent::PromoteTo { to: Aim::Step(step) }),
        _ => Err("say one of to_weight, to_step and full, or none of them for the next step".to_owned()),
    }
}

/// Without a container, `container=image` is taken apart, as tools of other names do.
fn image(extra: Extra) -> Result<Intent, String> {
    let image = extra.image.ok_or("image is missing")?;
    Ok(match (extra.container, image.split_once('=')) {
        (None, Some((container, image))) => {
            Intent::SetImage { container: Some(container.to_owned()), image: image.to_owned() }
        }
        (container, _) => Intent::SetImage { container, image },
    })
}

/// Reads a schema's properties into one object.
pub(super) fn extended(base: &JsonObject, extra: &[(&str, Value)], required: &[&str]) -> JsonObject {
    let mut whole = base.clone();
    if let Some(Value::Object(properties)) = whole.get_mut("properties") {
        properties.extend(extra.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    }
    let all = ["name"].iter().chain(required).map(|name| Value::from(*name)).collect();
    whole.insert("required".into(), Value::Array(all));
    whole
}
