//! Owns JSON dumps: documents one after another, parted by blanks, line ends or `---`.
//!
//! It never copies the text. Invariant: the line of an error counts from the start of the file, not of the document.

use serde_json::error::Category;

use super::document::Document;
use super::fault::Fault;

/// Tells whether `bytes` can only be JSON or YAML's flow style.
pub fn looks_like(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Reads every document of `bytes` and hands each to `sink`.
///
/// # Errors
/// [`Fault`] with the line where the text stops being JSON.
pub fn read(bytes: &[u8], sink: &mut dyn FnMut(Document)) -> Result<(), Fault> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let start = rest.len() - rest.trim_ascii_start().len();
        let rest = rest.get(start..).unwrap_or_default();
        at += start;
        if rest.is_empty() {
            return Ok(());
        }
        if rest.starts_with(b"---") {
            at += 3;
            continue;
        }
        let mut documents = serde_json::Deserializer::from_slice(rest).into_iter::<Document>();
        match documents.next() {
            Some(Ok(document)) => sink(document),
            Some(Err(error)) => return Err(fault(&error, bytes.get(..at).unwrap_or_default())),
            None => return Ok(()),
        }
        at += documents.byte_offset();
    }
}

fn fault(error: &serde_json::Error, before: &[u8]) -> Fault {
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let what = if error.classify() == Category::Eof { "the text ends too early" } else { what };
    Fault { language: "JSON", line: Some(lines + error.line()), what: what.to_owned() }
}
