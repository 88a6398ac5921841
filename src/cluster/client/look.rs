//! Owns looking: questions that nobody waits for, on a connection of their own, and what the answers say of the time.
//!
//! A look that hangs holds up neither a watch nor a write. It changes nothing: what it sends is a read, a review, or a
//! change that the server is told not to store. Invariant: no look takes longer than [`LONGEST`].

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::DATE;
use http::{Request, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Clients, Line, collect};
use crate::cluster::fault::Fault;

/// How long a look may take.
pub(in crate::cluster) const LONGEST: Duration = Duration::from_secs(5);
/// The largest answer to a look, in bytes.
const LARGEST: usize = 16 << 20;
/// How many dates are kept.
const KEPT: usize = 9;
/// An answer that took longer says too little of the time.
const SLOWEST: Duration = Duration::from_secs(2);

/// What the header of an answer said of the server's clock.
#[derive(Clone, Copy, Debug)]
pub(in crate::cluster) struct Dated {
    /// The server's time, without fractions of a second.
    pub(in crate::cluster) date: Timestamp,
    /// When the answer came.
    pub(in crate::cluster) came: Instant,
    /// How long it took.
    pub(in crate::cluster) took: Duration,
}

/// The newest dates.
#[derive(Default)]
pub(super) struct Dates(Mutex<VecDeque<Dated>>);

impl Dates {
    /// Takes the date off an answer to what was sent at `sent`.
    pub(super) fn note<B>(&self, response: &Response<B>, sent: Instant) {
        let took = sent.elapsed();
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(read).filter(|_| took <= SLOWEST) else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Dated { date, came: Instant::now(), took });
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }
}

/// Reads an HTTP date (RFC 9110 §5.6.7), which is one of mail too.
fn read(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text).ok()
}

impl Clients {
    /// Asks without anybody waiting for it. Asked once more if the server refused old credentials.
    pub(in crate::cluster) async fn look(&self, request: &Request<Bytes>) -> Result<Bytes, Fault> {
        let longest = self.shared.pinned.request_timeout.map_or(LONGEST, |asked| asked.min(LONGEST));
        let asked = async {
            let response = self.send(request, Line::Look).await?;
            collect(response, LARGEST).await
        };
        tokio::time::timeout(longest, asked).await.unwrap_or(Err(Fault::Silent { after: longest }))
    }

    /// Returns what the newest answers said of the server's clock.
    pub(in crate::cluster) fn dates(&self) -> Vec<Dated> {
        self.shared.dates.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}
