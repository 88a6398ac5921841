//! Owns cutting a stream into lines: one line is one event.
//!
//! A line that lies in one piece is not copied. It never reads ahead of what was asked for. Invariant: no line is
//! longer than [`LONGEST`], so that a hostile stream cannot fill the memory.

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use kube::client::Body;

use crate::cluster::fault::Fault;
use crate::text::causes::chain;

/// The longest line, in bytes; etcd keeps objects of 1.5 MB unless told otherwise.
const LONGEST: usize = 32 << 20;

/// Lines of a stream.
pub(in crate::cluster) struct Reader {
    body: Body,
    piece: Bytes,
    begun: BytesMut,
}

impl Reader {
    pub(in crate::cluster) fn new(body: Body) -> Self {
        Self { body, piece: Bytes::new(), begun: BytesMut::new() }
    }

    /// Waits for the next piece of the stream; tells whether there was one.
    pub(in crate::cluster) async fn fill(&mut self) -> Result<bool, Fault> {
        while let Some(frame) = self.body.frame().await {
            match frame {
                Ok(frame) => {
                    if let Ok(piece) = frame.into_data() {
                        self.piece = piece;
                        return Ok(true);
                    }
                }
                Err(error) => return Err(Fault::Broken { why: chain(&error).into() }),
            }
        }
        Ok(false)
    }

    /// Returns the next whole line of what has come, without its end.
    pub(in crate::cluster) fn line(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some(end) = memchr::memchr(b'\n', &self.piece) else {
            self.begun.extend_from_slice(&self.piece);
            self.piece.clear();
            if self.begun.len() > LONGEST {
                return Err(Fault::Unreadable { why: "an event is longer than 32 MiB".into() });
            }
            return Ok(None);
        };
        let rest = self.piece.split_to(end);
        self.piece.advance(1);
        if self.begun.is_empty() {
            return Ok(Some(rest));
        }
        self.begun.extend_from_slice(&rest);
        Ok(Some(self.begun.split().freeze()))
    }
}
