//! Owns one source: lists, follows and resumes one kind in one namespace, through every fault.
//!
//! Semantics of KEP-3157 and of client-go's reflector: a streaming list (`sendInitialEvents`) where the server has
//! it, else pages; then events from the last version told; 410 begins anew, while what was told stays until the new
//! list is done. Written here rather than on kube's `watcher`, which tells neither bookmarks, nor that a stream is
//! open again, nor when it will retry, and reopens a stream that ends early without a pause.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::contact::{react, retrying};
use super::pace::{Backoff, Pace};
use crate::cluster::fault::Fault;
use crate::cluster::page::{self, count, page};
use crate::cluster::resource::{Collection, Wire, meta};
use crate::cluster::stream::{self, Event, Reader, read};
use crate::rollout::delta::{Contact, Delta};

mod line;

pub(super) use line::{Deaf, Line};

/// One source and how far it has come.
pub(super) struct Follow<W> {
    shared: Shared,
    line: Line,
    collection: Collection,
    closing: watch::Receiver<bool>,
    hurry: watch::Receiver<u64>,
    /// Up to where all has been told; `None` where a list must come first.
    version: Option<String>,
    /// Whether the server streams lists, as far as is known.
    streams: bool,
    /// Whether it is asked how many objects there are.
    counted: bool,
    /// Whether the stream that was opened last got as far as following.
    reached: bool,
    /// What must have been listed before anything is asked.
    after: Option<watch::Receiver<bool>>,
    wire: std::marker::PhantomData<fn() -> W>,
}

/// How a stream ended.
enum End {
    /// Nobody listens any more.
    Deaf,
    /// The server ended it, as it does from time to time.
    Finished,
    /// The server has forgotten the version: a list must come first.
    Gone,
    /// Another stream is wanted at once.
    Again,
    /// Something went wrong.
    Fault(Fault),
}

impl From<Deaf> for End {
    fn from(_: Deaf) -> Self {
        Self::Deaf
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        if fault.is_gone() { Self::Gone } else { Self::Fault(fault) }
    }
}

impl<W: Wire> Follow<W> {
    pub(super) fn new(
        shared: Shared,
        line: Line,
        collection: Collection,
        closing: watch::Receiver<bool>,
        counted: bool,
    ) -> Self {
        let hurry = shared.hurry.subscribe();
        let wire = std::marker::PhantomData;
        Self {
            shared,
            line,
            collection,
            closing,
            hurry,
            version: None,
            streams: true,
            counted,
            reached: false,
            after: None,
            wire,
        }
    }

    /// Has it wait until that was listed completely once.
    pub(super) fn after(self, listed: watch::Receiver<bool>) -> Self {
        Self { after: Some(listed), ..self }
    }

    /// Returns whether all was listed once, as it will become known.
    pub(super) fn listed(&self) -> watch::Receiver<bool> {
        self.line.listed()
    }

    /// Follows until it is told to close, or nobody listens.
    pub(super) async fn run(mut self) {
        let mut closing = self.closing.clone();
        let closed = async {
            if closing.wait_for(|closing| *closing).await.is_err() {
                // Whoever could close it is gone: only the end of the whole watch ends it.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = closed => {}
            () = self.follow() => return,
        }
        // Nobody listening is as good as having told it.
        let _ = self.line.tell(Delta::Closed(self.line.source().clone())).await;
    }

    async fn follow(&mut self) {
        if let Some(mut after) = self.after.take()
            && after.wait_for(|listed| *listed).await.is_err()
        {
            return;
        }
        let mut backoff = Backoff::new(self.shared.pace);
        // A server that is back may drop a stream or two before it rests: how long it was away is no reason to wait then.
        let mut again = Backoff::new(self.shared.pace);
        loop {
            let began = Instant::now();
            self.reached = false;
            let end = self.session().await;
            let good = began.elapsed() >= self.shared.pace.settled;
            if good {
                again.reset();
            }
            if good || self.reached {
                backoff.reset();
            }
            let wait = if self.reached { &mut again } else { &mut backoff };
            if matches!(end, End::Gone) {
                self.version = None;
            }
            let (contact, wait) = match end {
                End::Deaf => return,
                End::Again => continue,
                End::Finished | End::Gone if good => continue,
                End::Finished => early("the server ended the stream early", &self.shared.pace, wait),
                End::Gone => early("the server forgot where the list stood", &self.shared.pace, wait),
                End::Fault(fault) => self.react(&fault, wait),
            };
            if self.line.contact(contact).await.is_err() {
                return;
            }
            tokio::select! {
                () = sleep(wait) => {}
                _ = self.hurry.changed() => {}
            }
        }
    }

    fn react(&mut self, fault: &Fault, backoff: &mut Backoff) -> (Contact, Duration) {
        let reaction = react(fault, W::KIND, self.line.hint(), &self.shared.pace, backoff);
        if reaction.forget {
            self.version = None;
        }
        (reaction.contact, reaction.wait)
    }

    /// Lists if it must, then follows one stream to its end.
    async fn session(&mut self) -> End {
        if self.line.is_new() && self.line.contact(Contact::Connecting).await.is_err() {
            return End::Deaf;
        }
        let ended = match &self.version {
            None if self.streams => self.stream_list().await,
            None => self.paged_list().await,
            Some(_) => self.resume().await,
        };
        match ended {
            Ok(()) => End::Finished,
            Err(end) => end,
        }
    }

    /// Lists page by page, then follows.
    async fn paged_list(&mut self) -> Result<(), End> {
        let mut next = None;
        let mut first = true;
        let version = loop {
            let page = page::<W>(&self.shared.clients, &self.collection, page::SIZE, next).await?;
            self.line.heard().await?;
            if std::mem::take(&mut first) {
                self.line.begin(page.remaining.map(|more| more + page.items.len())).await?;
            }
            for item in page.items {
                self.seen(item).await?;
            }
            next = page.next;
            if next.is_none() {
                break page.version;
            }
        };
        self.version = Some(version);
        self.line.done().await?;
        self.resume().await
    }

    /// Follows from where all has been told.
    async fn resume(&mut self) -> Result<(), End> {
        let mut reader = self.open().await?;
        self.line.contact(Contact::Live).await?;
        self.tail(&mut reader).await
    }

    /// Opens a stream that begins with the list, reads that, and follows.
    async fn stream_list(&mut self) -> Result<(), End> {
        let mut reader = match self.open().await {
            Err(End::Fault(fault)) if stream::is_refused(&fault) => {
                self.streams = false;
                return Err(End::Again);
            }
            opened => opened?,
        };
        self.line.begin(None).await?;
        let (clients, collection) = (self.shared.clients.clone(), self.collection.clone());
        let mut counting = std::pin::pin!(async move { count::<W>(&clients, &collection).await });
        let mut counted = !self.counted;
        while self.version.is_none() {
            tokio::select! {
                about = &mut counting, if !counted => {
                    counted = true;
                    if about.is_some() {
                        self.line.contact(Contact::Syncing { about }).await?;
                    }
                }
                filled = timeout(self.shared.pace.silent, reader.fill()) => {
                    let Ok(filled) = filled else {
                        // A server that streams nothing more may not know that a list should end: ask for pages.
                        self.streams = false;
                        return Err(Fault::Silent { after: self.shared.pace.silent }.into());
                    };
                    if !filled? {
                        return Err(Fault::Broken { why: "the list ended before it was complete".into() }.into());
                    }
                    self.line.heard().await?;
                    self.events(&mut reader).await?;
                }
            }
        }
        self.tail(&mut reader).await
    }

    async fn open(&mut self) -> Result<Reader, End> {
        let (clients, version) = (&self.shared.clients, self.version.as_deref());
        let silent = self.shared.pace.silent;
        let reader = stream::open(clients, &self.collection, version, Pace::watch_seconds(), silent).await?;
        self.line.heard().await?;
        Ok(reader)
    }

    /// Reads events until the stream ends, falls silent, or is to be opened anew.
    async fn tail(&mut self, reader: &mut Reader) -> Result<(), End> {
        self.reached = true;
        self.hurry.mark_unchanged();
        loop {
            self.events(reader).await?;
            tokio::select! {
                filled = timeout(self.shared.pace.idle_of(W::KIND), reader.fill()) => {
                    // Silence may be a dead connection, which tells nothing; to resume costs the server little.
                    let Ok(filled) = filled else { return Err(End::Again) };
                    if !filled? {
                        return Ok(());
                    }
                    self.line.heard().await?;
                }
                hurried = self.hurry.changed() => if hurried.is_ok() {
                    return Err(End::Again);
                },
            }
        }
    }

    /// Tells the events that have come.
    async fn events(&mut self, reader: &mut Reader) -> Result<(), End> {
        while let Some(line) = reader.line()? {
            if line.is_empty() {
                continue;
            }
            match read::<W>(&line)? {
                Event::Added(wire) | Event::Modified(wire) => {
                    let version = self.seen(wire).await?;
                    self.advance(version);
                }
                Event::Deleted(wire) => {
                    let object = self.convert(wire);
                    let (key, version) =
                        (meta(&object).key.clone(), meta(&object).resource_version.to_string());
                    self.line.tell(Delta::Gone(self.line.source().clone(), key)).await?;
                    self.advance(version);
                }
                Event::Bookmark(bookmark) if bookmark.ends_list() && self.version.is_none() => {
                    self.version = Some(bookmark.into_version());
                    self.line.done().await?;
                    self.line.contact(Contact::Live).await?;
                }
                Event::Bookmark(bookmark) => self.advance(bookmark.into_version()),
                Event::Error(status) => return Err(Fault::of_event(status).into()),
            }
        }
        Ok(())
    }

    /// Notes how far all has been told; during a list that is nowhere yet.
    fn advance(&mut self, version: String) {
        if self.version.is_some() && !version.is_empty() {
            self.version = Some(version);
        }
    }

    /// Tells an object and returns its version.
    async fn seen(&mut self, wire: W) -> Result<String, Deaf> {
        let object = self.convert(wire);
        let version = meta(&object).resource_version.to_string();
        self.line.tell(Delta::Seen(self.line.source().clone(), object)).await?;
        Ok(version)
    }

    fn convert(&self, wire: W) -> crate::rollout::delta::Object {
        wire.into_object(&mut self.shared.interner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Waits after a stream that ended too soon to be opened again at once.
fn early(why: &'static str, pace: &Pace, backoff: &mut Backoff) -> (Contact, Duration) {
    let wait = backoff.next();
    (retrying(why.into(), wait, pace), wait)
}
