//! `jsonPath` of the web provider: the way to one value in an answer.
//!
//! It owns the simple form that templates use, `{$.data.items[0].ok}`; filters, unions and wildcards are refused with a
//! sentence. It never judges the value. Invariant: an empty path is the whole answer.

use serde_json::Value;

/// Finds the value that a path leads to.
///
/// # Errors
/// In Argo's words where nothing is there (Argo: metricproviders/webmetric).
pub fn find(body: &Value, path: &str) -> Result<Value, String> {
    let inner = path.trim().trim_start_matches('{').trim_end_matches('}').trim();
    let mut rest = inner.strip_prefix('$').unwrap_or(inner);
    let mut value = body;
    while !rest.is_empty() {
        let (key, tail) =
            step(rest).ok_or_else(|| format!("jsonPath {path:?} is beyond this cluster's small reader"))?;
        rest = tail;
        let next = match value {
            Value::Array(items) => {
                let index = key.parse::<i64>().map_err(|_| missing(&format!("{key} is not found")))?;
                let length = items.len();
                let at = if index < 0 { i64::try_from(length).unwrap_or(0) + index } else { index };
                let found = usize::try_from(at).ok().and_then(|at| items.get(at));
                found.ok_or_else(|| {
                    missing(&format!("array index out of bounds: index {index}, length {length}"))
                })?
            }
            other => other.get(&key).ok_or_else(|| missing(&format!("{key} is not found")))?,
        };
        value = next;
    }
    Ok(value.clone())
}

fn missing(what: &str) -> String {
    format!("Could not find JSONPath in body: {what}")
}

/// Takes one step off a path: `.name`, `[0]` or `['name']`.
fn step(path: &str) -> Option<(String, &str)> {
    if let Some(tail) = path.strip_prefix('.') {
        let end = tail.find(['.', '[']).unwrap_or(tail.len());
        let (key, rest) = tail.split_at(end);
        let plain = !key.is_empty() && !key.contains(['*', '?', '@']);
        return plain.then(|| (key.to_owned(), rest));
    }
    let (key, rest) = path.strip_prefix('[')?.split_once(']')?;
    let quoted = key.strip_prefix(['\'', '"']).and_then(|key| key.strip_suffix(['\'', '"']));
    if let Some(name) = quoted {
        return Some((name.to_owned(), rest));
    }
    key.parse::<i64>().ok().map(|index| (index.to_string(), rest))
}
