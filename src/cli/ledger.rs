//! Owns the commands about the ledger: list, show, verify, export, import-check; their flags, help and exit codes.
//!
//! They read, and never write to the ledger. What is said is in [`text`] and `json`. Invariant: exit code 0 means that
//! it is so (for `verify` and `import-check`: whole), 1 that it is not (broken; no such record), 2 that it cannot be told.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Output, json};
use crate::config::Config;
use crate::ledger::{self, ExportError, LedgerError, Open, Reader, Remembered, Row, Verdict};
use crate::text::Printable;

pub(super) mod text;

const EXAMPLES: &str = "\
Examples:
  rollgate ledger list                                    the newest records
  rollgate ledger list -n shop --rollout web              who did what to this Rollout
  rollgate ledger list --open                             orders of which no end is recorded
  rollgate ledger show 4c1f0a9be277                       one order: by the end of its id, as in the field manager
  rollgate ledger show 12                                 the order to which record 12 belongs
  rollgate ledger verify                                  does each record follow from the one before it?
  rollgate ledger verify --head 12:9f86d081884c7d65…      and is record 12 still the one that I remember?
  rollgate ledger export ledger.jsonl && rollgate ledger import-check ledger.jsonl

Exit codes: 0 it is so; 1 it is not (a broken chain, no such record); 2 it cannot be told.";

/// Flags of `ledger`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Ledger {
    /// What to do with it.
    #[command(subcommand)]
    pub wanted: Wanted,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum Wanted {
    /// List the newest records, or the orders of which no end is recorded.
    List {
        /// How many records at most.
        #[arg(short, long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// Only records of orders on Rollouts of this name; -n chooses namespaces.
        #[arg(long, value_name = "NAME")]
        rollout: Option<String>,
        /// Only orders that were acknowledged and of which no end is recorded.
        #[arg(long, conflicts_with_all = ["rollout", "limit"])]
        open: bool,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Show everything that is recorded of one order.
    Show {
        /// Id of the order (its beginning or its end is enough), or the number of a record.
        id: String,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Verify that each record follows from the one before it, and print the head.
    Verify {
        /// A head remembered outside of the ledger, SEQ:HASH (may be repeated).
        #[arg(long = "head", value_name = "SEQ:HASH")]
        heads: Vec<Remembered>,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Write all records as lines of JSON.
    Export {
        /// A new file; - is standard output.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Verify an export.
    ImportCheck {
        /// The file; - is standard input.
        file: PathBuf,
        /// A head remembered outside of the ledger, SEQ:HASH (may be repeated).
        #[arg(long = "head", value_name = "SEQ:HASH")]
        heads: Vec<Remembered>,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// What is said, and how it ends.
pub(super) struct Said {
    pub(super) words: String,
    pub(super) code: u8,
}

/// What stands in the way of an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Untold {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("there is no home folder for a ledger: name a file with --ledger")]
    Homeless,
    #[error("{path}: {why}")]
    File { path: PathBuf, why: io::Error },
    #[error("{0}")]
    Output(io::Error),
}

/// Runs a command about the ledger and returns the exit code.
pub fn run(ledger: &Ledger, config: &Config) -> ExitCode {
    print(answer(&ledger.wanted, config))
}

/// Prints what is said, or what stands in the way, and returns the exit code.
pub(super) fn print(said: Result<Said, Untold>) -> ExitCode {
    let printed = said.and_then(|said| {
        let mut out = io::stdout().lock();
        out.write_all(said.words.as_bytes()).and_then(|()| out.flush()).map_err(Untold::Output)?;
        Ok(said.code)
    });
    match printed {
        Ok(code) => ExitCode::from(code),
        // A reader that went away is no error.
        Err(Untold::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(untold) => {
            let _ = writeln!(io::stderr(), "Error: {}", Printable::from(untold.to_string()));
            ExitCode::from(2)
        }
    }
}

fn answer(wanted: &Wanted, config: &Config) -> Result<Said, Untold> {
    match wanted {
        Wanted::List { open: true, output, .. } => Ok(opened(&reader(config)?.open_operations()?, *output)),
        Wanted::List { limit, rollout, output, .. } => {
            let reader = reader(config)?;
            let rows = reader.newest_of(*limit, |row| is_of(row, &config.connection.namespaces, rollout))?;
            let words = match output {
                Output::Text => text::list(&rows),
                Output::Json => json::list(reader.path(), &rows),
            };
            Ok(Said { words, code: 0 })
        }
        Wanted::Show { id, output } => show(&reader(config)?, id, *output),
        Wanted::Verify { heads, output } => {
            let reader = reader(config)?;
            Ok(judged(reader.path(), &reader.verify(heads)?, *output))
        }
        Wanted::Export { file } => export(&reader(config)?, file),
        Wanted::ImportCheck { file, heads, output } => {
            let verdict = ledger::check_export(file, &mut *input(file)?, heads)?;
            Ok(judged(file, &verdict, *output))
        }
    }
}

pub(super) fn reader(config: &Config) -> Result<Reader, Untold> {
    Ok(Reader::open(&place(config)?)?)
}

pub(super) fn place(config: &Config) -> Result<PathBuf, Untold> {
    config.ledger.clone().or_else(ledger::default_path).ok_or(Untold::Homeless)
}

/// Tells whether a record is of an order on such a Rollout; no namespace and no name means any.
pub(super) fn is_of(row: &Row, namespaces: &[String], rollout: &Option<String>) -> bool {
    if namespaces.is_empty() && rollout.is_none() {
        return true;
    }
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let said = |pointer: &str| body.pointer(pointer).and_then(serde_json::Value::as_str);
    let named = |wanted: &String| said("/target/key/namespace") == Some(wanted.as_str());
    (namespaces.is_empty() || namespaces.iter().any(named))
        && rollout.as_deref().is_none_or(|name| said("/target/key/name") == Some(name))
}

fn opened(open: &[Open], output: Output) -> Said {
    let words = match output {
        Output::Text => text::open(open),
        Output::Json => json::open(open),
    };
    Said { words, code: 0 }
}

fn judged(path: &Path, verdict: &Verdict, output: Output) -> Said {
    let words = match output {
        Output::Text => text::verdict(path, verdict),
        Output::Json => json::verdict(path, verdict),
    };
    Said { words, code: u8::from(matches!(verdict, Verdict::Broken(_))) }
}

fn show(reader: &Reader, id: &str, output: Output) -> Result<Said, Untold> {
    let rows = rows(reader, id)?;
    let words = match (rows.as_slice(), output) {
        ([], _) => {
            let id = Printable::from(id);
            let _ =
                writeln!(io::stderr(), "Error: the ledger has no record or order `{id}`, or more than one");
            return Ok(Said { words: String::new(), code: 1 });
        }
        (rows, Output::Text) => text::show(rows),
        (rows, Output::Json) => json::list(reader.path(), rows),
    };
    Ok(Said { words, code: 0 })
}

/// Reads all records of the order that an id, a part of one or the number of a record means; nothing where there is none, or
/// more than one.
pub(super) fn rows(reader: &Reader, id: &str) -> Result<Vec<Row>, LedgerError> {
    match id.parse::<u64>() {
        // Twelve digits can also be the end of an id; no ledger has that many records.
        Ok(number) if id.len() < 12 => match reader.record(number)? {
            Some(row) => reader.operation(&row.operation),
            None => Ok(Vec::new()),
        },
        _ => named(reader, id),
    }
}

/// Finds the order whose id is, begins with or ends with `part`; nothing where there is none, or more than one.
pub(super) fn named(reader: &Reader, part: &str) -> Result<Vec<Row>, LedgerError> {
    let rows = reader.operation(part)?;
    if !rows.is_empty() || part.is_empty() {
        return Ok(rows);
    }
    match reader.named(part, 2)?.as_slice() {
        [one] => reader.operation(one),
        _ => Ok(Vec::new()),
    }
}

fn export(reader: &Reader, file: &Path) -> Result<Said, Untold> {
    let told = |why: ExportError, path: &Path| match why {
        ExportError::Ledger(error) => Untold::Ledger(error),
        ExportError::Output(why) if path == Path::new("-") => Untold::Output(why),
        ExportError::Output(why) => Untold::File { path: path.to_owned(), why },
    };
    if file == Path::new("-") {
        let mut out = BufWriter::new(io::stdout().lock());
        reader.export(&mut out).map_err(|why| told(why, file))?;
        return Ok(Said { words: String::new(), code: 0 });
    }
    let failed = |why| Untold::File { path: file.to_owned(), why };
    let new = File::options().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    let mut out = BufWriter::new(new);
    let head = reader.export(&mut out).map_err(|why| told(why, file))?;
    out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    Ok(Said { words: format!("exported up to {head}\n"), code: 0 })
}

fn input(file: &Path) -> Result<Box<dyn BufRead>, Untold> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let opened = File::open(file).map_err(|why| Untold::File { path: file.to_owned(), why })?;
    Ok(Box::new(BufReader::new(opened)))
}
