//! Answers in Prometheus's form (its HTTP API v1).
//!
//! It owns the bodies and their codes. It never says what is in them. Invariant: an answer is whole, or it is an error.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};

pub use crate::sim::loopback::Answer;

/// A series in an answer: its labels, and its values by time in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Time in seconds, and value.
    pub points: Vec<(f64, f64)>,
}

/// Answers with data.
pub fn data(data: Value) -> Answer {
    Answer { code: StatusCode::OK, body: json!({"status": "success", "data": data}) }
}

/// Answers with series over a range.
pub fn matrix(rows: Vec<Row>) -> Answer {
    let row = |row: Row| json!({"metric": row.labels, "values": row.points.into_iter().map(point).collect::<Vec<_>>()});
    data(json!({"resultType": "matrix", "result": rows.into_iter().map(row).collect::<Vec<_>>()}))
}

/// Answers with the value of each series at one time.
pub fn vector(rows: Vec<Row>) -> Answer {
    let row = |row: Row| {
        let last = row.points.last().copied()?;
        Some(json!({"metric": row.labels, "value": point(last)}))
    };
    data(json!({"resultType": "vector", "result": rows.into_iter().filter_map(row).collect::<Vec<_>>()}))
}

/// Refuses a question.
pub fn bad(why: &str) -> Answer {
    let body = json!({"status": "error", "errorType": "bad_data", "error": why});
    Answer { code: StatusCode::BAD_REQUEST, body }
}

/// Says that there is no such page.
pub fn nowhere() -> Answer {
    Answer { code: StatusCode::NOT_FOUND, body: Value::String("404 page not found".to_owned()) }
}

fn point((at, value): (f64, f64)) -> Value {
    let value = if value.is_nan() { "NaN".to_owned() } else { value.to_string() };
    json!([at, value])
}
