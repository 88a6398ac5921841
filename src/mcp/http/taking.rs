//! Owns how long a caller may take nothing of what is written to it.
//!
//! An answer holds its place until its last byte is gone, so whoever asks and never reads would hold one for ever. It never ends a
//! connection to which nothing is to be written, however long that lasts. Invariant: no write waits longer than it may without a
//! byte having gone.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A connection whose writes end when nothing is taken.
pub(super) struct Taking<T> {
    inner: T,
    most: Duration,
    /// When the write that waits has waited too long.
    late: Pin<Box<Sleep>>,
    waits: bool,
}

impl<T> Taking<T> {
    /// Watches the writes of a connection.
    pub(super) fn new(inner: T, most: Duration) -> Self {
        Self { inner, most, late: Box::pin(sleep(most)), waits: false }
    }

    /// Passes on how a write stands, unless it has waited too long.
    fn judge<R>(&mut self, stands: Poll<io::Result<R>>, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        if stands.is_ready() {
            self.waits = false;
            return stands;
        }
        if !self.waits {
            self.waits = true;
            self.late.as_mut().reset(Instant::now() + self.most);
        }
        ready!(self.late.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Taking<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, bytes)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Taking<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let stands = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.judge(stands, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let stands = Pin::new(&mut this.inner).poll_write_vectored(context, pieces);
        this.judge(stands, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let stands = Pin::new(&mut this.inner).poll_flush(context);
        this.judge(stands, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
