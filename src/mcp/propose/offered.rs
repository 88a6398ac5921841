//! Owns the table of what an assistant can propose: the names, what they say of themselves, their arguments, and the word of the order.
//!
//! It checks no call and makes no proposal. Invariant: no name here says that something is approved, sent or decided.

use serde_json::{Value, json};

/// A tool that proposes an order.
pub(super) struct Offered {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    /// The word of the order.
    pub(super) order: &'static str,
    /// The arguments that it has beside those of all.
    pub(super) extra: fn() -> Vec<(&'static str, Value)>,
    /// Which of them it cannot do without.
    pub(super) required: &'static [&'static str],
    /// Whether it bears the name by which other assistants' prompts know it; a reason may then be missing.
    pub(super) is_alias: bool,
}

const fn own(
    name: &'static str,
    order: &'static str,
    title: &'static str,
    description: &'static str,
) -> Offered {
    Offered { name, title, description, order, extra: Vec::new, required: &[], is_alias: false }
}

const fn alias(
    name: &'static str,
    order: &'static str,
    title: &'static str,
    description: &'static str,
) -> Offered {
    Offered { is_alias: true, ..own(name, order, title, description) }
}

impl Offered {
    const fn with(
        self,
        extra: fn() -> Vec<(&'static str, Value)>,
        required: &'static [&'static str],
    ) -> Self {
        Self { extra, required, ..self }
    }
}

/// The tools that propose, always in this order.
pub(super) const PROPOSING: &[Offered] = &[
    own(
        "propose_promote",
        "promote",
        "Propose to promote",
        "Proposes to promote a Rollout: past the pause it waits in, to a weight or step, or (full) past all that is left. A person decides; nothing is sent by this.",
    )
    .with(promotion, &[]),
    own(
        "propose_pause",
        "pause",
        "Propose to pause",
        "Proposes to pause a Rollout. A person decides; nothing is sent by this.",
    ),
    own(
        "propose_resume",
        "resume",
        "Propose to resume",
        "Proposes to end the pause that a person set (spec.paused); to go on from a step, propose to promote. A person decides; nothing is sent by this.",
    ),
    own(
        "propose_abort",
        "abort",
        "Propose to abort",
        "Proposes to send all traffic back to the stable version at once; the new version stays wanted. Destructive if a person orders it. A person decides; nothing is sent by this.",
    ),
    own(
        "propose_cancel",
        "cancel",
        "Propose to cancel",
        "Proposes to put the stable version's template back, so that no update is left; to cut traffic over at once, propose to abort. Destructive if a person orders it. A person decides; nothing is sent by this.",
    ),
    own(
        "propose_retry",
        "retry",
        "Propose to retry",
        "Proposes that an aborted update begins anew. A person decides; nothing is sent by this.",
    ),
    own(
        "propose_undo",
        "undo",
        "Propose to undo",
        "Proposes to put the template of an earlier revision back. Destructive if a person orders it. A person decides; nothing is sent by this.",
    )
    .with(undo, &[]),
    own(
        "propose_set_image",
        "set-image",
        "Propose another image",
        "Proposes to give a container another image. A person decides; nothing is sent by this.",
    )
    .with(set_image, &["image"]),
    own(
        "propose_restart",
        "restart",
        "Propose to restart",
        "Proposes to have all pods made anew, a few at a time. Destructive if a person orders it. A person decides; nothing is sent by this.",
    ),
    own(
        "propose_terminate",
        "terminate",
        "Propose to end a run",
        "Proposes to end an AnalysisRun or Experiment of a Rollout, which then counts as a success. Destructive if a person orders it. A person decides; nothing is sent by this.",
    )
    .with(terminate, &["kind", "run"]),
];

/// The names by which other assistants' prompts know these orders; they propose, too.
pub(super) const ALIASES: &[Offered] = &[
    alias(
        "argo_promote",
        "promote",
        "Alias of propose_promote",
        "The same as propose_promote: only proposes.",
    )
    .with(|| vec![("full", boolean("past all that is left: steps, pauses and analyses"))], &[]),
    alias(
        "argo_pause_rollout",
        "pause",
        "Alias of propose_pause",
        "The same as propose_pause: only proposes.",
    ),
    alias(
        "argo_resume_rollout",
        "resume",
        "Alias of propose_resume",
        "The same as propose_resume: only proposes.",
    ),
    alias(
        "argo_abort_rollout",
        "abort",
        "Alias of propose_abort",
        "The same as propose_abort: only proposes.",
    ),
    alias(
        "argo_set_image",
        "set-image",
        "Alias of propose_set_image",
        "The same as propose_set_image: only proposes.",
    )
    .with(argo_set_image, &["image"]),
    alias(
        "argo_rollout_restart",
        "restart",
        "Alias of propose_restart",
        "The same as propose_restart: only proposes.",
    ),
    alias("argo_undo", "undo", "Alias of propose_undo", "The same as propose_undo: only proposes.").with(
        || vec![("to_revision", number("number of the revision; the one before the newest without it"))],
        &[],
    ),
];

fn number(words: &str) -> Value {
    json!({"type": ["integer", "null"], "description": words})
}

fn boolean(words: &str) -> Value {
    json!({"type": "boolean", "default": false, "description": words})
}

fn text(words: &str) -> Value {
    json!({"type": ["string", "null"], "description": words})
}

fn promotion() -> Vec<(&'static str, Value)> {
    vec![
        ("to_weight", number("to the next step that sets this weight, in per cent of the traffic")),
        ("to_step", number("to the step of this index, from 0")),
        ("full", boolean("past all that is left: steps, pauses and analyses")),
    ]
}

fn undo() -> Vec<(&'static str, Value)> {
    vec![("revision", number("number of the revision; the one before the newest without it"))]
}

fn set_image() -> Vec<(&'static str, Value)> {
    vec![
        ("image", json!({"type": "string", "description": "the image reference"})),
        ("container", text("the container; may be left out where there is only one")),
    ]
}

fn argo_set_image() -> Vec<(&'static str, Value)> {
    vec![
        ("image", json!({"type": "string", "description": "the image reference, or container=image"})),
        ("container_name", text("the container; may be left out where there is only one")),
    ]
}

fn terminate() -> Vec<(&'static str, Value)> {
    vec![
        ("kind", json!({"enum": ["AnalysisRun", "Experiment"], "description": "which of both"})),
        ("run", json!({"type": "string", "description": "its name"})),
    ]
}
