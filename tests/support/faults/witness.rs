//! Reads the API server's audit log on as it grows: every write of the operator, joined to an order by its `Audit-ID`.
//!
//! It keeps nothing of what others wrote. Invariant: a line is read once, and only when it is whole.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::cluster::AuditEvent;

/// One write that the server answered, or refused.
#[derive(Clone, Debug)]
pub struct Write {
    pub order: String,
    pub code: u16,
    pub agent: String,
    pub received: Option<Timestamp>,
    /// Whether it only tells of an order, by an Event.
    pub tells: bool,
}

impl Write {
    /// Tells whether it changed the object: each request tests the state that its effect ends, so it cannot succeed and
    /// change nothing.
    pub fn took_effect(&self) -> bool {
        (200..300).contains(&self.code) && !self.tells
    }
}

/// What was read so far.
pub struct Witness {
    path: PathBuf,
    user: String,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    at: u64,
    rest: Vec<u8>,
    writes: HashMap<String, Vec<Write>>,
}

impl Witness {
    /// Will read this log for the writes of a user.
    pub fn of(path: PathBuf, user: &str) -> Self {
        Self { path, user: format!("\"username\":\"{user}\""), seen: Mutex::default() }
    }

    /// Returns the writes to Rollouts in a namespace, in the server's order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn writes(&self, namespace: &str) -> Result<Vec<Write>, String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = File::open(&self.path).map_err(|error| error.to_string())?;
        file.seek(SeekFrom::Start(seen.at)).map_err(|error| error.to_string())?;
        let mut fresh = Vec::new();
        seen.at += file.read_to_end(&mut fresh).map_err(|error| error.to_string())? as u64;
        seen.rest.append(&mut fresh);
        let end = seen.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole: Vec<u8> = seen.rest.drain(..end).collect();
        for line in whole.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            if line.contains(&self.user) {
                seen.keep(&line);
            }
        }
        Ok(seen.writes.get(namespace).cloned().unwrap_or_default())
    }
}

impl Seen {
    /// A line that a killed server left torn is no event.
    fn keep(&mut self, line: &str) {
        let Ok(event) = serde_json::from_str::<AuditEvent>(line) else { return };
        if !event.is_write() || (event.stage != "ResponseComplete" && event.stage != "Panic") {
            return;
        }
        let write = Write {
            order: event.audit_id.trim_end_matches("-event").to_owned(),
            tells: event.object_ref.resource == "events",
            code: event.response_status.code,
            agent: event.user_agent,
            received: event.request_received_timestamp.parse().ok(),
        };
        self.writes.entry(event.object_ref.namespace).or_default().push(write);
    }
}
