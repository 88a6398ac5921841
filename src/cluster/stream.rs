//! Owns reading a watch's stream: opening it, cutting it into lines, and reading each as an event.
//!
//! It never decides what an event means. Invariant: whatever is read is bounded, and silence ends by a limit.

use std::time::Duration;

use tokio::time::timeout;

use super::client::Clients;
use super::fault::{Fault, Refusal};
use super::resource::Collection;

mod event;
mod reader;

pub(super) use event::{Event, read};
pub(super) use reader::Reader;

/// Opens a stream from `version` on, or one that begins with the list; waits at most `longest` for the answer.
pub(super) async fn open(
    clients: &Clients,
    collection: &Collection,
    version: Option<&str>,
    seconds: u32,
    longest: Duration,
) -> Result<Reader, Fault> {
    let request = collection.watch(version, seconds)?;
    let opened = timeout(longest, clients.open(&request)).await;
    let response = opened.unwrap_or(Err(Fault::Silent { after: longest }))?;
    Ok(Reader::new(response.into_body()))
}

/// Tells whether a server says by this fault that it does not stream lists: 400 and 422 are how it refuses
/// `sendInitialEvents`.
pub(super) fn is_refused(fault: &Fault) -> bool {
    matches!(fault, Fault::Status(Refusal { code: 400 | 422, .. }))
}
