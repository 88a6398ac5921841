//! Owns what is let in: one object of JSON-RPC on a line, neither too deep nor of another shape.
//!
//! Depth is counted before anything is parsed. It never answers a message that is one. Invariant: whatever the bytes are,
//! there is a message, nothing (an empty line), or a refusal with the id where one can be read.

use rmcp::RoleServer;
use rmcp::model::RequestId;
use rmcp::service::RxJsonRpcMessage;
use serde_json::{Value, json};

use super::{IN_FLIGHT, LONGEST};

/// Deepest nesting of a message.
pub(super) const DEEPEST: usize = 64;

/// Why a line was not let in.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::mcp) struct Refused {
    id: Value,
    code: i32,
    why: String,
}

impl Refused {
    fn of(id: Value, code: i32, why: impl Into<String>) -> Self {
        Self { id, code, why: why.into() }
    }

    pub(super) fn too_long() -> Self {
        Self::of(Value::Null, -32600, format!("the message is longer than {LONGEST} bytes"))
    }

    pub(super) fn too_many(id: &RequestId) -> Self {
        Self::of(json!(id), -32000, format!("{IN_FLIGHT} requests are under way: wait for an answer"))
    }

    pub(super) fn doubled(id: &RequestId) -> Self {
        // Answering by the id would end the request that it belongs to.
        Self::of(Value::Null, -32600, format!("a request of id {} is under way", json!(id)))
    }

    /// Writes it as a line.
    pub(in crate::mcp) fn line(&self) -> Vec<u8> {
        let error = json!({"code": self.code, "message": self.why});
        format!("{}\n", json!({"jsonrpc": "2.0", "id": self.id, "error": error})).into_bytes()
    }
}

/// Reads a message; nothing where the line is empty.
pub(in crate::mcp) fn check(line: &[u8]) -> Result<Option<RxJsonRpcMessage<RoleServer>>, Refused> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    if is_too_deep(line) {
        return Err(Refused::of(Value::Null, -32600, format!("the message is deeper than {DEEPEST} levels")));
    }
    let value: Value = serde_json::from_slice(line)
        .map_err(|_| Refused::of(Value::Null, -32700, "the line is no JSON in UTF-8"))?;
    let id = value.get("id").filter(|id| id.is_string() || id.is_i64()).cloned().unwrap_or_default();
    if !value.is_object() {
        return Err(Refused::of(id, -32600, "a message is one object; batches are not taken"));
    }
    serde_json::from_value(value)
        .map(Some)
        .map_err(|_| Refused::of(id, -32600, "the object is no message of JSON-RPC 2.0"))
}

/// Tells whether brackets nest too deep, wherever else the JSON is wrong.
fn is_too_deep(line: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                if depth > DEEPEST {
                    return true;
                }
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
