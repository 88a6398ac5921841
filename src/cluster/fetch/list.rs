//! Owns reading a whole list once: as a stream where the server can, else page by page.
//!
//! Streaming is what makes a large list quick: the server neither collects nor compresses it (10,000 Rollouts of
//! 10 KB: 4 s as a stream, 50 s in pages of a busy test server). It never keeps more JSON than one event or one page.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use crate::cluster::client::Clients;
use crate::cluster::fault::Fault;
use crate::cluster::page::{self, page};
use crate::cluster::resource::{Collection, Wire};
use crate::cluster::stream::{self, Event, read};
use crate::rollout::delta::Object;
use crate::rollout::parse::Interner;

/// How long the server is asked to keep the stream open, in seconds; it is left when the list is complete.
const SECONDS: u32 = 290;

/// Reads a list as a stream, or in pages where the server does not stream lists.
pub(super) async fn streamed<W: Wire>(
    clients: &Clients,
    collection: &Collection,
    interner: &Mutex<Interner>,
) -> Result<Vec<Object>, Fault> {
    let silent = clients.longest();
    let mut reader = match stream::open(clients, collection, None, SECONDS, silent).await {
        Err(fault) if stream::is_refused(&fault) => return paged::<W>(clients, collection, interner).await,
        opened => opened?,
    };
    let mut found = Vec::new();
    loop {
        while let Some(line) = reader.line()? {
            match read::<W>(&line)? {
                Event::Added(wire) | Event::Modified(wire) => found.push(convert(wire, interner)),
                Event::Bookmark(bookmark) if bookmark.ends_list() => return Ok(found),
                Event::Bookmark(_) | Event::Deleted(_) => {}
                Event::Error(status) => return Err(Fault::of_event(status)),
            }
        }
        if !filled(&mut reader, silent).await? {
            return Err(Fault::Broken { why: "the list ended before it was complete".into() });
        }
    }
}

async fn filled(reader: &mut stream::Reader, silent: Duration) -> Result<bool, Fault> {
    timeout(silent, reader.fill()).await.unwrap_or(Err(Fault::Silent { after: silent }))
}

/// Reads a list page by page; begins anew, once, if the server forgot where a page began (410).
pub(super) async fn paged<W: Wire>(
    clients: &Clients,
    collection: &Collection,
    interner: &Mutex<Interner>,
) -> Result<Vec<Object>, Fault> {
    let mut again = true;
    let mut found = Vec::new();
    let mut next = None;
    loop {
        match page::<W>(clients, collection, page::SIZE, next).await {
            Ok(page) => {
                found.extend(page.items.into_iter().map(|wire| convert(wire, interner)));
                next = page.next;
                if next.is_none() {
                    return Ok(found);
                }
            }
            Err(fault) if fault.is_gone() && again => {
                again = false;
                found.clear();
                next = None;
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// Turns what came over the wire into an object.
pub(super) fn convert<W: Wire>(wire: W, interner: &Mutex<Interner>) -> Object {
    wire.into_object(&mut interner.lock().unwrap_or_else(PoisonError::into_inner))
}
