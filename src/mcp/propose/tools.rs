//! Owns the tools about proposals as an assistant is told of them: those that propose, and those that ask what became of it.
//!
//! A proposal only adds a line to a list that a person looks through: none of these tools destroys anything, and the same call
//! again is answered with the same proposal while it is open. What the order would destroy if a person gave it is said
//! in the answer.

use std::sync::Arc;

use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::super::schema::{answer, list};
use super::asked::{Base, Nothing, OneProposal, extended};
use super::offered::{ALIASES, Offered, PROPOSING};

/// Lists the tools about proposals under their own names.
pub(in crate::mcp) fn tools() -> Vec<Tool> {
    let mut tools: Vec<Tool> = PROPOSING.iter().map(proposing).collect();
    tools.push(about(
        "proposal_outcome",
        "Outcome of a proposal",
        "Tells what became of a proposal: whether a person took it up, said no and why, or let it expire; and how far the operation that they \
         ordered got, up to whether the controller was seen to act.",
        schema_for_input::<OneProposal>().unwrap_or_default(),
        (answer(json!({"proposal": one(), "operation": operation()})), true),
    ));
    tools.push(about(
        "list_proposals",
        "Proposals",
        "Lists the newest proposals with how they stand.",
        schema_for_input::<Nothing>().unwrap_or_default(),
        (answer(json!({"proposals": list(&one())})), true),
    ));
    tools.push(about(
        "withdraw_proposal",
        "Withdraw a proposal",
        "Takes back a proposal of your own that no person has taken up.",
        schema_for_input::<OneProposal>().unwrap_or_default(),
        (answer(json!({"proposal": one()})), false),
    ));
    tools
}

/// Lists the tools that propose under the names of others.
pub(in crate::mcp) fn aliases() -> Vec<Tool> {
    ALIASES.iter().map(proposing).collect()
}

fn proposing(offered: &Offered) -> Tool {
    let base = schema_for_input::<Base>().unwrap_or_default();
    let reason: &[&str] = if offered.is_alias { &[] } else { &["reason"] };
    let required: Vec<&str> = offered.required.iter().chain(reason).copied().collect();
    let input = extended(&base, &(offered.extra)(), &required);
    let output = answer(json!({
        "proposal": one(),
        "new": {"type": "boolean", "description": "whether it was made by this call; otherwise the same was open already"},
        "next": {"type": "string"},
    }));
    about(offered.name, offered.title, offered.description, Arc::new(input), (output, false))
}

fn about(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input: Arc<JsonObject>,
    (output, reads): (Arc<JsonObject>, bool),
) -> Tool {
    let hints = ToolAnnotations::new().read_only(reads).destructive(false).idempotent(true).open_world(false);
    Tool::new(name, description, input)
        .with_title(title)
        .with_raw_output_schema(output)
        .with_annotations(hints)
}

fn one() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "state": {"enum": ["open", "taken", "approved", "denied", "expired", "withdrawn"]},
            "says": {"type": "string", "description": "how it stands, in a sentence"},
            "order": {"type": "string"},
            "destructive": {"type": "boolean", "description": "whether the order destroys something if a person gives it"},
            "namespace": {"type": "string"},
            "name": {"type": "string"},
            "uid": {"type": "string"},
            "made_at": {"type": "string"},
            "expires_at": {"type": "string"},
            "decided_by": {"type": ["string", "null"]},
            "reason_of_person": {"type": ["string", "null"]},
            "operation": {"type": ["string", "null"]},
            "facts": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["id", "state", "says", "order", "destructive", "namespace", "name", "uid", "expires_at"],
    })
}

fn operation() -> Value {
    json!({
        "type": ["object", "null"],
        "description": "what is recorded of the operation that a person ordered; null where there is none",
        "properties": {
            "id": {"type": "string"},
            "stands": {"type": "string", "description": "the last of its states"},
            "sent": {"type": "boolean"},
            "observed": {"type": "boolean", "description": "whether the controller was seen to act: only then it is done"},
            "records": {"type": "array"},
        },
    })
}
