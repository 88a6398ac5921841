//! Owns which Rollouts were promoted lately, as the ledger says: by whichever run of the program, on one cluster.
//!
//! It reads on a connection of its own, each time only what was recorded since. It decides nothing. Invariant: an order
//! counts from when the API server is known to have accepted it, or may have.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde::Deserialize;

use super::{LedgerError, Reader};
use crate::operation::Kind;
use crate::rollout::Key;

/// How far the clocks of those who wrote records may be apart.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// What is read of a record.
#[derive(Deserialize)]
struct Body {
    kind: String,
    target: Target,
    outcome: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    server: String,
    key: Named,
}

#[derive(Deserialize)]
struct Named {
    namespace: Arc<str>,
    name: Arc<str>,
}

/// The promotions of one cluster, read one after the other.
pub struct Promotions {
    reader: Reader,
    server: String,
    read_to: i64,
}

impl Promotions {
    /// Opens the ledger at `path` for the promotions on that server; blocks on the disk.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open(path: &Path, server: &str) -> Result<Self, LedgerError> {
        Ok(Self { reader: Reader::open(path)?, server: server.to_owned(), read_to: 0 })
    }

    /// Returns what was promoted `since` then and was not returned before, newest first; blocks on the disk.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn next(&mut self, since: Timestamp) -> Result<Vec<(Key, Timestamp)>, LedgerError> {
        let long_before = since.checked_sub(SKEW).unwrap_or(Timestamp::MIN);
        let mut found = Vec::new();
        let mut newest = self.read_to;
        let mut read = || {
            let sql = "SELECT seq, at, event, body FROM record WHERE seq > ?1 ORDER BY seq DESC";
            let mut statement = self.reader.connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![self.read_to])?;
            while let Some(row) = rows.next()? {
                newest = newest.max(row.get(0)?);
                let at: Option<Timestamp> = row.get::<_, String>(1)?.parse().ok();
                let Some(at) = at else { continue };
                if at < long_before {
                    break;
                }
                if matches!(
                    row.get::<_, String>(2)?.as_str(),
                    "accepted" | "observed" | "unclear" | "resolved"
                ) && at >= since
                {
                    found.extend(self.promoted(&row.get::<_, String>(3)?).map(|key| (key, at)));
                }
            }
            Ok(())
        };
        read().map_err(|error| self.reader.failure(&error))?;
        self.read_to = newest;
        Ok(found)
    }

    /// Names the Rollout that a record says was promoted on this server.
    fn promoted(&self, body: &str) -> Option<Key> {
        let body: Body = serde_json::from_str(body).ok()?;
        let promotes = Kind::named(&body.kind).is_some_and(Kind::promotes);
        let happened = body.outcome.is_none_or(|outcome| outcome == "applied");
        let Named { namespace, name } = body.target.key;
        (promotes && happened && body.target.server == self.server).then_some(Key { namespace, name })
    }
}
