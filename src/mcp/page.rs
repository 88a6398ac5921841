//! Owns pages: how many at most, and the cursor by which the next one is asked for.
//!
//! A cursor names the last key of a page and nothing of a server's memory, so that it stays good whatever happens between.
//! Invariant: a cursor that is none is refused, never taken for the beginning.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Most on a page.
const MOST: usize = 200;
/// How many on a page where nothing is said.
const USUAL: usize = 50;
/// What a cursor begins with, before it is encoded.
const MARK: &str = "1:";

/// Returns how many are on a page.
///
/// # Errors
/// One sentence where it is none, or too many.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, String> {
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(format!("limit is {limit}: give 1 to {MOST}, and take the next page by its cursor"))
        }
    }
}

/// Writes the cursor of the page after the one that ends with `last`.
pub(crate) fn after(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARK}{last}"))
}

/// Reads a cursor: the end of the page before.
///
/// # Errors
/// One sentence where it is none of ours.
pub(crate) fn read(cursor: Option<&str>) -> Result<Option<String>, String> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    match text.as_deref().and_then(|text| text.strip_prefix(MARK)) {
        Some(last) => Ok(Some(last.to_owned())),
        None => Err("the cursor is none that was given here: begin without one".to_owned()),
    }
}
