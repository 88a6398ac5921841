//! Owns what of a request the ledger keeps: all of it but the values of environment variables.
//!
//! An undo writes a whole pod template, and people put passwords into `env`. The digest in the same entry covers the
//! request as it was sent, so that leaving values out hides nothing that was changed afterwards. It never touches what
//! is sent. Invariant: a request without such values is kept byte for byte.

use serde_json::Value;

use super::json;
use crate::operation::Request;

/// What stands in place of a value.
const LEFT_OUT: &str = "(a value that is not kept)";

/// Writes a request as the ledger keeps it; `left_out` counts the values that it lacks, where it lacks any.
pub(super) fn request(request: &Request) -> Value {
    let mut kept = json(request);
    let Ok(mut body) = serde_json::from_str::<Value>(&request.body) else { return kept };
    let count = blank(&mut body);
    if count > 0
        && let Some(kept) = kept.as_object_mut()
    {
        kept.insert("body".to_owned(), body.to_string().into());
        kept.insert("left_out".to_owned(), count.into());
    }
    kept
}

/// Takes the values of environment variables out of a value, wherever they are in it, and counts them.
fn blank(value: &mut Value) -> usize {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .map(|(name, member)| if name == "env" { blank_all(member) } else { blank(member) })
            .sum(),
        Value::Array(items) => items.iter_mut().map(blank).sum(),
        _ => 0,
    }
}

fn blank_all(variables: &mut Value) -> usize {
    let all = variables.as_array_mut().into_iter().flatten().filter_map(|it| it.get_mut("value"));
    all.map(|value| *value = LEFT_OUT.into()).count()
}

#[cfg(test)]
mod tests;
