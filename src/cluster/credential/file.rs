//! Owns the token that a file holds and somebody else renews (`tokenFile`, service accounts).
//!
//! As client-go: read again each minute, without the line's end, and what was last read is used if the file has gone
//! since. It never keeps more than the newest token.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::HeaderValue;
use tokio::sync::Mutex;

use super::{Remedy, bearer};
use crate::cluster::fault::Fault;

/// How long what was read is used.
const LASTS: Duration = Duration::from_secs(60);

/// A file with a bearer token.
pub(in crate::cluster) struct TokenFile {
    path: PathBuf,
    read: Mutex<Option<(HeaderValue, Instant)>>,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, read: Mutex::new(None) }
    }

    /// Returns the header to put on a request.
    pub(super) async fn header(&self) -> Result<HeaderValue, Fault> {
        let mut read = self.read.lock().await;
        match &*read {
            Some((header, at)) if at.elapsed() < LASTS => Ok(header.clone()),
            last => {
                let header = match (self.read_again().await, last) {
                    (Ok(header), _) => header,
                    (Err(_), Some((header, _))) => header.clone(),
                    (Err(fault), None) => return Err(fault),
                };
                *read = Some((header.clone(), Instant::now()));
                Ok(header)
            }
        }
    }

    /// Reads the file again if it was its token that the server refused.
    pub(super) async fn refused(&self, header: Option<&HeaderValue>) -> Remedy {
        let mut read = self.read.lock().await;
        let Ok(now) = self.read_again().await else { return Remedy::ReadAgain };
        let another = header != Some(&now);
        *read = Some((now, Instant::now()));
        if another { Remedy::SendAgain } else { Remedy::ReadAgain }
    }

    async fn read_again(&self) -> Result<HeaderValue, Fault> {
        let path = self.path.clone();
        let wrong = |why: String| Fault::Credential {
            why: format!("the token file {}: {why}", self.path.display()).into(),
        };
        let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
        let text = text.map_err(|e| wrong(e.to_string()))?.map_err(|e| wrong(e.to_string()))?;
        bearer(text.trim()).map_err(|_| wrong("it holds no token".to_owned()))
    }
}
