//! Owns the export: the chain as lines of JSON that can be verified without SQLite, and their verification.
//!
//! A line says which form, one each holds a record, and the last one the head, so that an export that was cut off shows.
//! Nothing but ASCII is written, so that a line is safe on a terminal and no editor changes it by its encoding.
//! Invariant: what is hashed is the text that a line stands for, byte for byte as it was recorded.

use std::io::{self, BufRead, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::chain::{BEFORE_ALL, Fields, Walk};
use super::head::{self, Head, Remembered};
use super::read::Reader;
use super::row::{COLUMNS, Raw};
use super::verdict::{Broken, Fault, Genesis, Verdict, Whole};
use super::{LedgerError, adopt};

/// Name and version of the export's form.
const FORMAT: &str = "rollgate ledger export v1";

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    format: String,
}

/// The line of a record.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    at: String,
    operation: String,
    entry: i64,
    event: String,
    actor: Option<String>,
    api_user: String,
    hash: String,
    body: String,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    head: String,
    records: u64,
}

/// Why an export was not written to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The export cannot be written.
    #[error("the export cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl Reader {
    /// Writes all records as they stand now, as lines of JSON, and returns the head that the last line names.
    ///
    /// It does not verify: what is written is what stands in the file ([`check_export`] verifies it).
    ///
    /// # Errors
    /// Says whether the ledger or the output stood in the way.
    pub fn export(&self, out: &mut dyn Write) -> Result<Head, ExportError> {
        if self.is_unchained() {
            return Err(LedgerError::Unchained(self.path.clone()).into());
        }
        let sql = |error: rusqlite::Error| ExportError::Ledger(self.failure(&error));
        write_line(out, &Opening { format: FORMAT.to_owned() })?;
        let statement = format!("SELECT {COLUMNS} FROM record NOT INDEXED ORDER BY seq");
        let mut statement = self.connection.prepare(&statement).map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let (mut head, mut records) = (Head { sequence: 0, hash: BEFORE_ALL }, 0);
        while let Some(row) = rows.next().map_err(sql)? {
            let (line, last) = self.line(Raw::of(row), records)?;
            write_line(out, &line)?;
            (head, records) = (last, records + 1);
        }
        write_line(out, &Closing { head: head.to_string(), records })?;
        out.flush()?;
        Ok(head)
    }

    fn line(&self, raw: Result<Raw<'_>, &str>, nth: u64) -> Result<(Line, Head), LedgerError> {
        let failed = || LedgerError::Failed {
            path: self.path.clone(),
            why: format!("record {nth} cannot be exported; verify it"),
        };
        let raw = raw.map_err(|_| failed())?;
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| failed());
        let hash = raw.hash.try_into().map_err(|_| failed())?;
        let line = Line {
            seq: raw.sequence,
            at: text(raw.fields.at)?,
            operation: text(raw.fields.operation)?,
            entry: raw.fields.entry,
            event: text(raw.fields.event)?,
            actor: raw.fields.actor.map(text).transpose()?,
            api_user: text(raw.fields.api_user)?,
            hash: head::hex(&hash),
            body: text(raw.fields.body)?,
        };
        Ok((line, Head { sequence: u64::try_from(raw.sequence).map_err(|_| failed())?, hash }))
    }
}

/// Verifies an export, named `path`, and that `remembered` heads are among its records.
///
/// # Errors
/// Says in one sentence why it cannot be told: it cannot be read, or is no export.
pub fn check_export(
    path: &Path,
    lines: &mut dyn BufRead,
    remembered: &[Remembered],
) -> Result<Verdict, LedgerError> {
    let unread = |error: io::Error| LedgerError::Failed { path: path.to_owned(), why: error.to_string() };
    let mut lines = lines.split(b'\n').map(|line| line.map_err(unread));
    let opening = lines.next().transpose()?.unwrap_or_default();
    match serde_json::from_slice::<Opening>(&opening) {
        Ok(opening) if opening.format == FORMAT => {}
        _ => return Err(LedgerError::NoExport(path.to_owned())),
    }
    let mut check = Check { walk: Walk::from(0, BEFORE_ALL), remembered, genesis: None };
    let mut whole = None;
    for line in lines {
        let taken =
            if whole.is_some() { Err(check.walk.broken(Fault::Unfinished)) } else { check.take(&line?) };
        match taken {
            Ok(ended) => whole = ended,
            Err(broken) => return Ok(Verdict::Broken(broken)),
        }
    }
    Ok(whole.map_or_else(|| Verdict::Broken(check.walk.broken(Fault::Unfinished)), Verdict::Whole))
}

struct Check<'a> {
    walk: Walk,
    remembered: &'a [Remembered],
    genesis: Option<Genesis>,
}

impl Check<'_> {
    /// Takes the next line, behind which nothing may come if it is the last; returns what all came to where it is the last one.
    fn take(&mut self, line: &[u8]) -> Result<Option<Whole>, Broken> {
        let record = match serde_json::from_slice::<Line>(line) {
            Ok(record) => record,
            Err(error) => match serde_json::from_slice::<Closing>(line) {
                Ok(closing) => return self.end(&closing).map(Some),
                Err(_) => {
                    return Err(self.walk.broken(Fault::Unreadable { why: error.to_string() }));
                }
            },
        };
        let hash = head::unhex(&record.hash)
            .ok_or_else(|| self.walk.broken(Fault::Unreadable { why: "its hash is none".to_owned() }))?;
        let fields = Fields {
            at: record.at.as_bytes(),
            operation: record.operation.as_bytes(),
            entry: record.entry,
            event: record.event.as_bytes(),
            actor: record.actor.as_deref().map(str::as_bytes),
            api_user: record.api_user.as_bytes(),
            body: record.body.as_bytes(),
        };
        self.walk.step(record.seq, &fields, &hash)?;
        let head = Head { sequence: self.walk.next().saturating_sub(1), hash };
        for kept in self.remembered.iter().filter(|kept| kept.sequence == head.sequence) {
            if !kept.is(&hash) {
                let fault = Fault::Forgotten { remembered: kept.clone(), found: head };
                return Err(Broken { sequence: head.sequence, fault });
            }
        }
        if head.sequence == 0 {
            self.genesis = adopt::read(&record.at, &record.operation, &record.event, &record.body);
        }
        Ok(None)
    }

    /// Compares the last line with what was read.
    fn end(&mut self, closing: &Closing) -> Result<Whole, Broken> {
        let Some(genesis) = self.genesis.take() else {
            return Err(Broken { sequence: 0, fault: Fault::NoGenesis });
        };
        let head = Head { sequence: self.walk.next().saturating_sub(1), hash: self.walk.before() };
        let said: Option<Remembered> = closing.head.parse().ok();
        let ends = said.iter().chain(self.remembered).filter(|kept| kept.sequence > head.sequence);
        if let Some(kept) = ends.min_by_key(|kept| kept.sequence) {
            return Err(self.walk.broken(Fault::CutOff { remembered: kept.clone() }));
        }
        if closing.head != head.to_string() || closing.records != self.walk.next() {
            return Err(self.walk.broken(Fault::Unfinished));
        }
        let anchored = self.remembered.iter().map(|kept| kept.sequence).max();
        Ok(Whole { records: closing.records, head, genesis, anchored })
    }
}

fn write_line(out: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    line.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Ascii))?;
    out.write_all(b"\n")
}

/// Writes JSON in which every character beyond ASCII is an escape.
struct Ascii;

impl serde_json::ser::Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut units = [0; 2];
        for piece in fragment.split_inclusive(|c: char| !c.is_ascii() || c == '\u{7f}') {
            let plain = piece.trim_end_matches(|c: char| !c.is_ascii() || c == '\u{7f}');
            out.write_all(plain.as_bytes())?;
            for c in piece.chars().skip(plain.chars().count()) {
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
