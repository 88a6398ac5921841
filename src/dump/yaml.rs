//! Owns YAML dumps: any number of documents, read as a stream.
//!
//! It bounds what hostile YAML may cost (aliases, depth, events) but allows dumps of whole clusters. It never
//! includes other files. Invariant: a limit that is met is an error, never a shorter answer.

use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};

use super::document::Document;
use super::fault::Fault;

/// Deepest nesting of one document: Argo's own CustomResourceDefinitions go 38 deep, and more than 100 would not fit
/// the stack of a worker thread.
const DEEPEST: usize = 64;
/// Most parser events of one document: 100 MB of a cluster's objects are about 8 million.
const MOST_EVENTS: usize = 100_000_000;
/// Most text of one document in bytes.
const MOST_TEXT: usize = 1 << 30;
/// Most aliases of one document; kubectl writes none.
const MOST_ALIASES: usize = 10_000;
/// Most parser events that aliases may add to one document.
const MOST_REPLAYED: usize = 100_000;

/// Reads every document of `bytes` and hands each to `sink`.
///
/// # Errors
/// [`Fault`] with the line where the text stops being YAML, or where a limit is met.
pub fn read(mut bytes: &[u8], sink: &mut dyn FnMut(Document)) -> Result<(), Fault> {
    for document in serde_saphyr::read_with_options::<_, Document>(&mut bytes, options()) {
        match document {
            Ok(document) => sink(document),
            Err(error) => return Err(fault(&error)),
        }
    }
    Ok(())
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: None,
            max_depth: DEEPEST,
            max_events: MOST_EVENTS,
            max_nodes: MOST_EVENTS,
            max_total_scalar_bytes: MOST_TEXT,
            max_documents: MOST_EVENTS,
            max_aliases: MOST_ALIASES,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPLAYED },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        emit_comments: false,
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
    }
}

fn fault(error: &serde_saphyr::Error) -> Fault {
    let line = error.location().and_then(|at| usize::try_from(at.line()).ok()).filter(|line| *line > 0);
    let text = error.without_snippet().to_string();
    let first = text.lines().next().unwrap_or_default();
    let what = first.rsplit_once(" at line ").map_or(first, |(what, _)| what);
    Fault { language: "YAML", line, what: what.to_owned() }
}
