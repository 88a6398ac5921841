//! Owns which recorded orders were given up before they were delivered, and the words for how far an order got.
//!
//! It reads and decides nothing. Invariants: an order is a dead letter only if its last record says that it was given up
//! after it was acknowledged; one after which another order on the same Rollout was acknowledged is told of no more.

use rusqlite::params;
use serde::Deserialize;

use super::open::{Key, Open, Reach};
use super::{LedgerError, Reader, Row};

/// Words by which an acknowledged order is given up undelivered.
pub const DEAD: [&str; 2] = ["not-delivered", "expired"];

/// On which Rollout of which cluster an acknowledgement is.
#[derive(Deserialize, PartialEq, Eq)]
struct Place {
    context: String,
    server: String,
    key: Key,
    /// The policy service, for what went there: that is another order than one to the cluster.
    service: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    target: Place,
}

impl Place {
    fn of(body: &str) -> Option<Self> {
        serde_json::from_str::<Body>(body).ok().map(|body| body.target)
    }
}

impl Open {
    /// Reads the rows of an order that was given up undelivered, oldest first; nothing if they say anything else.
    pub fn dead(rows: &[Row]) -> Option<Self> {
        let (last, before) = rows.split_last()?;
        let open = Self::of(before).filter(|_| DEAD.contains(&last.event.as_str()))?;
        Some(Self { entries: rows.to_vec(), ..open })
    }

    /// Tells whether it was given up undelivered.
    pub fn is_dead(&self) -> bool {
        self.entries.last().is_some_and(|row| DEAD.contains(&row.event.as_str()))
    }
}

impl Reach {
    /// Says how far an order is known to have got.
    pub fn words(self) -> &'static str {
        match self {
            Self::MaybeSent => "acknowledged; sent or not is not recorded",
            Self::InDoubt => "sent; the answer was lost",
            Self::Accepted => "accepted; the controller was not seen to act",
            Self::Unresolved => "looked for after its program ended; cannot be told",
            Self::Unknown => "a word that this version does not know",
        }
    }
}

impl Reader {
    /// Returns the orders that were acknowledged and then given up undelivered, oldest first, without those after which
    /// another order on the same Rollout was acknowledged.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn dead_letters(&self) -> Result<Vec<Open>, LedgerError> {
        let mut found = Vec::new();
        for id in self.given_up().map_err(|error| self.failure(&error))? {
            found.extend(Open::dead(&self.operation(&id)?));
        }
        found.sort_by_key(Open::since);
        let Some(first) = found.first().map(Open::since) else { return Ok(found) };
        let later = self.acknowledged_after(first).map_err(|error| self.failure(&error))?;
        found.retain(|dead| {
            let body = dead.entries.iter().find(|row| row.event == "acknowledged").map(|row| &row.body);
            let Some(place) = body.and_then(|body| Place::of(body)) else { return true };
            !later.iter().any(|(number, other)| *number > dead.since() && *other == place)
        });
        Ok(found)
    }

    fn given_up(&self) -> rusqlite::Result<Vec<String>> {
        let words: Vec<String> = DEAD.iter().map(|word| format!("'{word}'")).collect();
        let sql = format!(
            "SELECT DISTINCT operation FROM record AS a WHERE event = 'acknowledged' AND \
             (SELECT event FROM record AS z WHERE z.operation = a.operation ORDER BY entry DESC LIMIT 1) IN ({})",
            words.join(", ")
        );
        self.connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect()
    }

    /// Returns the acknowledgements behind a record: their numbers, and on what they are.
    fn acknowledged_after(&self, number: i64) -> rusqlite::Result<Vec<(i64, Place)>> {
        let sql = "SELECT seq, body FROM record WHERE seq > ?1 AND event = 'acknowledged'";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params![number])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (number, body): (i64, String) = (row.get(0)?, row.get(1)?);
            found.extend(Place::of(&body).map(|place| (number, place)));
        }
        Ok(found)
    }
}
