//! The API server's audit log: the independent witness of what was sent, by whom and how often.
//!
//! Owns the policy the server is given and the reading of its lines. Writes of Argo's kinds are logged with their
//! bodies, all else with who, what and the answer's code. Never filters on the server's side what a test may ask for.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// The audit policy: nothing at the receipt of a request, so that every request is one line (a watch: two).
pub const POLICY: &str = r#"apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [seeder]
- level: RequestResponse
  verbs: [create, update, patch, delete, deletecollection]
  resources: [{group: argoproj.io}]
- level: Metadata
"#;

/// One line of the audit log.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// The id that the server also answered in the `Audit-ID` header.
    #[serde(rename = "auditID")]
    pub audit_id: String,
    /// `ResponseComplete`, or `ResponseStarted` for a watch.
    pub stage: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// The path and query as sent.
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    /// Who sent it.
    pub user: AuditUser,
    /// The client's `User-Agent`.
    #[serde(default)]
    pub user_agent: String,
    /// What it was sent to; absent for paths such as `/readyz`.
    #[serde(default)]
    pub object_ref: AuditObject,
    /// The answer.
    #[serde(default)]
    pub response_status: AuditStatus,
    /// The request's body, for writes of Argo's kinds.
    #[serde(default)]
    pub request_object: Value,
    /// The answer's body, for writes of Argo's kinds.
    #[serde(default)]
    pub response_object: Value,
    /// When the server received the request (RFC 3339, microseconds).
    #[serde(default)]
    pub request_received_timestamp: String,
}

/// Who sent a request.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AuditUser {
    /// The user's name.
    #[serde(default)]
    pub username: String,
}

/// What a request was about.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AuditObject {
    /// Such as `rollouts`.
    #[serde(default)]
    pub resource: String,
    /// Such as `status`; empty for the object itself.
    #[serde(default)]
    pub subresource: String,
    /// The namespace; empty for cluster-wide requests.
    #[serde(default)]
    pub namespace: String,
    /// The object's name; empty for a collection.
    #[serde(default)]
    pub name: String,
}

/// What the server answered.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AuditStatus {
    /// The HTTP status code; 0 when none was sent.
    #[serde(default)]
    pub code: u16,
}

impl AuditEvent {
    /// Says whether the request could change something; a dry run cannot.
    pub fn is_write(&self) -> bool {
        let writes =
            matches!(self.verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection");
        writes && !self.request_uri.contains("dryRun=All")
    }
}

/// Reads the complete events of the log, in the order the server wrote them, from lines that contain every `needle`.
///
/// # Errors
/// When the log cannot be read or a whole line is not an audit event.
pub fn read(log: &Path, needles: &[&str]) -> Result<Vec<AuditEvent>, String> {
    let text = fs::read_to_string(log).map_err(|error| format!("cannot read {}: {error}", log.display()))?;
    // The last line may still be on its way; only lines that end are whole.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let wanted = |line: &&str| needles.iter().all(|needle| line.contains(needle));
    let parse =
        |line| serde_json::from_str(line).map_err(|error| format!("not an audit event: {error}: {line}"));
    let mut events: Vec<AuditEvent> = whole.lines().filter(wanted).map(parse).collect::<Result<_, _>>()?;
    events.retain(|event| event.stage == "ResponseComplete" || event.verb == "watch");
    Ok(events)
}
