//! Owns the body of a write, which does not leave after its time.
//!
//! A machine may be put to sleep between the check and the first byte, with the connection half made; the timers of a
//! program stand still meanwhile. So the time is looked at again where the bytes are taken to be written, by a clock that
//! runs on. Invariant: what is taken too late is an error, and the request is never whole.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use hyper::body::{Body, Frame, SizeHint};

use crate::clock;

/// The time, by [`clock::steady`], after which a request may no longer leave; put onto it as an extension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latest(pub(super) Duration);

/// A body that can be taken until a time.
pub(super) struct Timely<B, C = fn() -> Duration> {
    body: B,
    latest: Option<Latest>,
    clock: C,
}

/// It was too late: the request was not sent as a whole.
#[derive(Debug, thiserror::Error)]
#[error("it was too late to send it")]
pub(super) struct Late;

/// Holds the body of a request back after the time that it bears, if it bears one.
pub(super) fn held<B>(request: Request<B>) -> Request<Timely<B>> {
    let latest = request.extensions().get::<Latest>().copied();
    let clock: fn() -> Duration = clock::steady;
    request.map(|body| Timely { body, latest, clock })
}

impl<B, C> Body for Timely<B, C>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: Fn() -> Duration + Unpin,
{
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.latest.is_some_and(|Latest(latest)| (self.clock)() > latest) {
            return Poll::Ready(Some(Err(Box::new(Late))));
        }
        Pin::new(&mut self.body).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Tells whether a request failed because it was too late for it.
pub(super) fn is_late(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Late>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
