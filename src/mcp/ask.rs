//! Owns what may be asked: the arguments of each tool, and the other names that they go by.
//!
//! It never answers. Invariant: an argument that a tool does not have is refused, not passed over, but where a tool of
//! another name had it.

use rmcp::model::JsonObject;
use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::text::Printable;

/// Longest wait, in seconds.
pub(super) const LONGEST_WAIT: u32 = 60;

/// Which Rollouts to list.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct List {
    /// Only Rollouts of this namespace; all that are watched without it.
    pub namespace: Option<String>,
    /// Only Rollouts whose namespace/name holds each of these words.
    pub filter: Option<String>,
    /// Only Rollouts in this phase.
    pub phase: Option<Phase>,
    /// Only Rollouts that wait for a person's decision, or are degraded.
    pub needs_person: bool,
    /// How many at most, 1 to 200; 50 without it.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A phase, in Argo's words.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the words say it")]
pub(super) enum Phase {
    Healthy,
    Degraded,
    Progressing,
    Paused,
    Unknown,
}

/// How one Rollout stands, and whether to wait.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    /// Name of the Rollout.
    #[serde(alias = "rollout")]
    pub name: String,
    /// Its namespace; needed only where the name is in several.
    #[serde(default)]
    pub namespace: Option<String>,
    /// How many seconds to wait at most, 0 to 60; without it the answer comes at once.
    #[serde(default)]
    #[schemars(range(min = 0, max = 60))]
    pub wait_seconds: u32,
    /// What to wait for.
    #[serde(default)]
    pub wait_for: WaitFor,
}

/// What a wait ends with.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WaitFor {
    /// It is healthy or degraded, or waits for a person.
    #[default]
    Settled,
    /// Its phase, message, step or weight is another than now.
    Change,
}

/// One Rollout.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// Name of the Rollout.
    #[serde(alias = "rollout")]
    pub name: String,
    /// Its namespace; needed only where the name is in several.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// The revisions of one Rollout.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    /// Name of the Rollout.
    #[serde(alias = "rollout")]
    pub name: String,
    /// Its namespace; needed only where the name is in several.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Tell everything about this revision, its pods, experiments and analysis runs included.
    #[serde(default)]
    pub revision: Option<i64>,
}

/// Which Experiments or AnalysisRuns.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Runs {
    /// Only what belongs to the Rollout of this name.
    #[serde(alias = "rollout_name")]
    pub rollout: Option<String>,
    /// Only what is in this namespace; all that are watched without it.
    pub namespace: Option<String>,
    /// How many at most, 1 to 200, the newest; 50 without it.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Known to tools of other names; all that is watched is told without a namespace.
    #[schemars(skip)]
    pub all_namespaces: Option<bool>,
}

/// Which part of the past.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeline {
    /// Only what concerns the Rollout of this name.
    #[serde(alias = "name")]
    pub rollout: Option<String>,
    /// Only what concerns this namespace.
    pub namespace: Option<String>,
    /// Only lines that hold each of these words; `source:WORD` leaves the lines of a source (order, spec, status, analysis,
    /// event, away, gap).
    pub filter: String,
    /// How many lines at most, 1 to 200, the newest; 50 without it.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<usize>,
}

/// Which records of the ledger.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerQuery {
    /// Everything recorded of this order: its id, or its beginning or end; or the number of a record.
    pub order: Option<String>,
    /// Only records about the Rollout of this name.
    pub rollout: Option<String>,
    /// Only records about this namespace.
    pub namespace: Option<String>,
    /// How many records at most, 1 to 200, the newest; 50 without it.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<usize>,
}

/// Nothing is asked but to look.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Nothing {}

/// Arguments of `argo_list_rollouts`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ArgoList {
    /// Only Rollouts of this namespace; all that are watched without it.
    pub namespace: Option<String>,
    /// All namespaces that are watched.
    pub all_namespaces: bool,
}

/// Arguments of `argo_status`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArgoStatus {
    /// Name of the Rollout.
    pub name: String,
    /// Its namespace; needed only where the name is in several.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Wait until it has settled, for 60 seconds at most.
    #[serde(default)]
    pub watch: bool,
}

impl From<ArgoList> for List {
    fn from(asked: ArgoList) -> Self {
        Self { namespace: asked.namespace.filter(|_| !asked.all_namespaces), ..Self::default() }
    }
}

impl From<ArgoStatus> for Status {
    fn from(asked: ArgoStatus) -> Self {
        let wait_seconds = if asked.watch { LONGEST_WAIT } else { 0 };
        Self { name: asked.name, namespace: asked.namespace, wait_seconds, wait_for: WaitFor::Settled }
    }
}

/// Reads arguments.
///
/// # Errors
/// One sentence on what is wrong with them, for whoever asked.
pub(super) fn arguments<T: DeserializeOwned>(given: Option<JsonObject>) -> Result<T, String> {
    serde_json::from_value(Value::Object(given.unwrap_or_default()))
        .map_err(|error| format!("the arguments cannot be read: {}", Printable::from(error.to_string())))
}
