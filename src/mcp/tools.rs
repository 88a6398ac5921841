//! Owns the tools: their names, what they say of themselves, and which question each asks.
//!
//! Those here read; those of [`super::propose`] write down what an assistant wants done, and a person at the keyboard disposes. There is
//! none that approves, sends, overrides or changes what is allowed, and none is ever to be added. Invariant: names and order are
//! the same for every client, and each name answers by the same code as the name that it stands for.

use std::sync::{Arc, LazyLock};

use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use serde_json::{Value, json};

use super::ask::{
    ArgoList, ArgoStatus, History, LedgerQuery, List, Nothing, One, Runs, Status, Timeline, arguments,
};
use super::propose;
use super::schema::{answer, list, open, rollout, run, text_or_null};

/// A question, whatever the name by which it was asked.
#[derive(Clone, Debug)]
pub(super) enum Question {
    /// Which Rollouts there are.
    List(List),
    /// How one stands.
    Status(Status),
    /// Its revisions.
    History(History),
    /// Everything about it.
    Describe(One),
    /// What the evidence says of its canary.
    Gates(One),
    /// Experiments.
    Experiments(Runs),
    /// AnalysisRuns.
    AnalysisRuns(Runs),
    /// What happened.
    Timeline(Timeline),
    /// What works.
    Health,
    /// What was ordered.
    Ledger(LedgerQuery),
    /// What is proposed, or became of that.
    Propose(Box<propose::Asked>),
}

/// Reads a question from a tool's name and arguments; nothing where there is no such tool.
pub(super) fn question(name: &str, given: Option<JsonObject>) -> Option<Result<Question, String>> {
    Some(match name {
        "list_rollouts" => arguments(given).map(Question::List),
        "rollout_status" => arguments(given).map(Question::Status),
        "rollout_history" | "argo_history" => arguments(given).map(Question::History),
        "describe_rollout" | "argo_describe" => arguments(given).map(Question::Describe),
        "rollout_gates" => arguments(given).map(Question::Gates),
        "list_experiments" | "argo_list_experiments" => arguments(given).map(Question::Experiments),
        "list_analysis_runs" | "argo_list_analysisruns" => arguments(given).map(Question::AnalysisRuns),
        "timeline" => arguments(given).map(Question::Timeline),
        "health" => arguments(given).map(|Nothing {}| Question::Health),
        "ledger_query" => arguments(given).map(Question::Ledger),
        "argo_list_rollouts" => arguments(given).map(|asked: ArgoList| Question::List(asked.into())),
        "argo_status" => arguments(given).map(|asked: ArgoStatus| Question::Status(asked.into())),
        _ => {
            return propose::question(name, given)
                .map(|asked| asked.map(|it| Question::Propose(Box::new(it))));
        }
    })
}

/// Lists every tool, always in the same order.
pub(super) fn all() -> &'static [Tool] {
    static ALL: LazyLock<Vec<Tool>> = LazyLock::new(|| {
        own().into_iter().chain(propose::tools()).chain(aliases()).chain(propose::aliases()).collect()
    });
    &ALL
}

fn own() -> Vec<Tool> {
    let mut tools = fleet();
    tools.extend(around());
    tools
}

fn fleet() -> Vec<Tool> {
    vec![
        read::<List>(
            "list_rollouts",
            "List Rollouts",
            "Lists Argo Rollouts with phase, message, step and weight, from the watched cluster, a page at a time.",
            listed(),
        ),
        read::<Status>(
            "rollout_status",
            "Status of a Rollout",
            "Tells how one Rollout stands: phase, message, step, canary weight, and what it waits for. Answers at once; \
             with wait_seconds it waits that long at most for it to settle or change, and tells progress.",
            stands(),
        ),
        read::<History>(
            "rollout_history",
            "History of a Rollout",
            "Lists the revisions of a Rollout that are still there, the newest first, with images, pod counts and roles; \
             with revision everything about that one.",
            revisions(),
        ),
        read::<One>(
            "describe_rollout",
            "Everything about a Rollout",
            "Reads one Rollout with its steps, conditions, ReplicaSets, pods, experiments and analysis runs with the newest \
             measurements: where to look first when a canary fails.",
            described(),
        ),
        read::<One>(
            "rollout_gates",
            "What the evidence says of a canary",
            "Judges the canary of one Rollout by the gate policy that is meant for it: pass, hold, fail or cannot tell, with each \
             metric's part, the age and the digest of its evidence. It asks the metrics provider, which takes up to 25 \
             seconds; what was judged in the last 15 is told again. A pass promotes nothing: a person decides.",
            judged(),
        ),
    ]
}

fn around() -> Vec<Tool> {
    vec![
        read::<Runs>(
            "list_experiments",
            "List Experiments",
            "Reads Argo Experiments with their analysis runs, the newest first.",
            runs("experiments"),
        ),
        read::<Runs>(
            "list_analysis_runs",
            "List AnalysisRuns",
            "Reads AnalysisRuns with metrics, counts and the newest measured values, the newest first.",
            runs("analysis_runs"),
        ),
        read::<Timeline>(
            "timeline",
            "What happened",
            "Tells what was ordered by whom on which facts, what was seen of Rollouts, and what the controller said, oldest \
             first.",
            answer(
                json!({"timeline": list(&open("one line of the past: at, source, text, and the order where it is one"))}),
            ),
        ),
        read::<Nothing>(
            "health",
            "What works here",
            "Looks at what a person can do here and what stands in the way, with evidence and remedies; takes up to 10 \
             seconds, and what was seen in the last 15 is told again.",
            answer(
                json!({"context": text_or_null(), "capabilities": list(&open("a capability and its state"))}),
            ),
        ),
        read::<LedgerQuery>(
            "ledger_query",
            "What was ordered",
            "Reads records of the ledger: who acknowledged which order on which facts, and how it went; newest first, or all \
             of one order in its own order.",
            answer(
                json!({"records": list(&open("one record, as `rollgate ledger list -o json` writes it"))}),
            ),
        ),
    ]
}

/// The names by which other assistants' prompts know these questions; what they answer is described where they stand for.
fn aliases() -> Vec<Tool> {
    let same = |mut tool: Tool, of: &str| {
        tool.output_schema = None;
        tool.with_title(format!("Alias of {of}"))
    };
    let none = Arc::<JsonObject>::default;
    vec![
        same(
            read::<ArgoList>("argo_list_rollouts", "", "The same as list_rollouts.", none()),
            "list_rollouts",
        ),
        same(
            read::<ArgoStatus>(
                "argo_status",
                "",
                "The same as rollout_status; watch waits for 60 seconds at most.",
                none(),
            ),
            "rollout_status",
        ),
        same(read::<History>("argo_history", "", "The same as rollout_history.", none()), "rollout_history"),
        same(read::<One>("argo_describe", "", "The same as describe_rollout.", none()), "describe_rollout"),
        same(
            read::<Runs>("argo_list_experiments", "", "The same as list_experiments.", none()),
            "list_experiments",
        ),
        same(
            read::<Runs>("argo_list_analysisruns", "", "The same as list_analysis_runs.", none()),
            "list_analysis_runs",
        ),
    ]
}

/// A tool that reads: it changes nothing, repeats at will, and asks nobody but the cluster and the ledger.
fn read<A: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    output: Arc<JsonObject>,
) -> Tool {
    let input = Arc::new(plain(&schema_for_input::<A>().unwrap_or_default()));
    let hints = ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false);
    Tool::new(name, description, input)
        .with_title(title)
        .with_raw_output_schema(output)
        .with_annotations(hints)
}

/// Leaves out of a schema what says nothing to an assistant, or what not every validator knows.
fn plain(schema: &JsonObject) -> JsonObject {
    let kept = schema.iter().filter(|(name, value)| match name.as_str() {
        "$schema" | "title" => !value.is_string(),
        "format" => {
            !value.as_str().is_some_and(|format| format.starts_with("uint") || format.starts_with("int"))
        }
        "default" => !value.is_null(),
        _ => true,
    });
    let inner = |value: &Value| match value {
        Value::Object(fields) => Value::Object(plain(fields)),
        value => value.clone(),
    };
    kept.map(|(name, value)| (name.clone(), inner(value))).collect()
}

fn listed() -> Arc<JsonObject> {
    answer(json!({
        "rollouts": list(&rollout()),
        "matching": {"type": "integer", "description": "how many there are in all, on this page and others"},
        "next_cursor": text_or_null(),
    }))
}

fn stands() -> Arc<JsonObject> {
    let waited = json!({
        "type": "object",
        "properties": {
            "seconds": {"type": "integer"},
            "ended_by": {"enum": ["not_waited", "settled", "changed", "time_is_up"]},
        },
        "required": ["seconds", "ended_by"],
    });
    answer(json!({"rollout": rollout(), "waited": waited}))
}

fn revisions() -> Arc<JsonObject> {
    answer(json!({
        "namespace": {"type": "string"},
        "name": {"type": "string"},
        "uid": {"type": "string"},
        "revisions": list(&json!({
            "type": "object",
            "properties": {"revision": {"type": "integer"}, "replica_sets": {"type": "array"}},
            "required": ["revision", "replica_sets"],
        })),
        "unread": unread(),
    }))
}

fn described() -> Arc<JsonObject> {
    answer(json!({"rollout": rollout(), "unread": unread()}))
}

fn judged() -> Arc<JsonObject> {
    let gate = json!({
        "type": ["object", "null"],
        "description": "the verdict, as `rollgate gates run -o json` writes it; null where there is none",
        "properties": {
            "word": {"enum": ["pass", "hold", "fail", "cannot tell"]},
            "why": {"type": "string"},
            "score": {"type": ["number", "null"]},
            "metrics": list(&open("one metric: its class, points, difference and the age of its evidence")),
            "observed_at": {"type": "string"},
        },
        "required": ["word"],
    });
    answer(json!({
        "namespace": {"type": "string"},
        "name": {"type": "string"},
        "uid": {"type": "string"},
        "gate": gate,
        "why_not": text_or_null(),
    }))
}

fn runs(name: &str) -> Arc<JsonObject> {
    let mut fields = JsonObject::new();
    fields.insert(name.into(), list(&run()));
    fields.insert("matching".into(), json!({"type": "integer"}));
    fields.insert("next_cursor".into(), text_or_null());
    answer(Value::Object(fields))
}

fn unread() -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": "what could not be read, and why"})
}
