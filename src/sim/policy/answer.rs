//! Answers in the form of Cordum's gateway.
//!
//! It owns bodies and their codes, errors first. It never says what is in them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::sim::loopback::Answer;

/// Answers.
pub(super) fn good(body: Value) -> Answer {
    Answer { code: StatusCode::OK, body }
}

/// Refuses in the service's words.
pub(super) fn error(code: StatusCode, words: &str) -> Answer {
    Answer { code, body: json!({"error": words, "status": code.as_u16()}) }
}
