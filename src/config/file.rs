//! Owns the configuration file: `~/.config/rollgate/config.toml`, or the file that a flag or variable names.
//!
//! It refuses a file that others may write, since the file grants writes, and every key that it does not know. It
//! never writes the file. Invariant: what is wrong is refused with the line on which it stands.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::services::{self, Services};
use super::table::{Fault, Value, check_keys, strings, tables, text, truth};
use super::{Colour, Error, Glyphs, policy};
use crate::operation::policy::{Freeze, Rule};

const KEYS: [&str; 15] = [
    "allow",
    "announce",
    "ascii",
    "bell",
    "colour",
    "controller",
    "freeze",
    "gates",
    "keys",
    "ledger",
    "policy-service",
    "provider",
    "role",
    "rule",
    "theme",
];

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a configuration file says.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Where it was read.
    pub path: Option<PathBuf>,
    /// Rules in their shortest form: `CONTEXT/NAMESPACE`.
    pub allow: Vec<Rule>,
    /// Rules in full.
    pub rules: Vec<Rule>,
    /// Whether a Kubernetes Event tells of each order that was accepted.
    pub announce: Option<bool>,
    /// Whether the terminal's bell rings when an abort is proposed.
    pub bell: Option<bool>,
    /// Freezes.
    pub freezes: Vec<Freeze>,
    /// The role that the person claims.
    pub role: Option<String>,
    /// Name of the theme.
    pub theme: Option<String>,
    /// Characters that may be drawn.
    pub glyphs: Option<Glyphs>,
    /// How many colours are used.
    pub colour: Option<Colour>,
    /// Remapped keys: name of the action → chords, as written.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Path of the ledger; relative to the file's folder where written so.
    pub ledger: Option<PathBuf>,
    /// Services beside the cluster that may be asked.
    pub services: Services,
    /// Folder of gate policies; relative to the file's folder where written so.
    pub gates: Option<PathBuf>,
}

impl File {
    /// Reads the file at `path`, which must be there.
    ///
    /// # Errors
    /// Says what cannot be read, what makes the file unsafe, or which line is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable =
            |why: String| Error::Unreadable { what: "configuration", path: path.to_owned(), why };
        let found = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?;
        if !found.is_file() {
            return Err(unreadable("it is not a regular file".to_owned()));
        }
        let file = std::fs::File::open(path).map_err(|e| unreadable(e.to_string()))?;
        let opened = file.metadata().map_err(|e| unreadable(e.to_string()))?;
        check_owner(path, &opened, "grants what may be written")?;
        let mut text = String::new();
        file.take(LARGEST).read_to_string(&mut text).map_err(|e| unreadable(e.to_string()))?;
        Self::parse(path, &text)
    }

    /// Reads the file at `path` if there is one.
    ///
    /// # Errors
    /// As [`File::read`], except for a missing file.
    pub fn read_if_there(path: &Path) -> Result<Option<Self>, Error> {
        match std::fs::symlink_metadata(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            _ => Self::read(path).map(Some),
        }
    }

    /// Reads the text of a file that stands at `path`.
    ///
    /// # Errors
    /// Says which line is wrong.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let refused = |fault: Fault| match fault {
            Fault::Wrong { at, why } => Error::Wrong { path: path.to_owned(), line: line_of(text, at), why },
            Fault::Unknown { at, key, nearest } => {
                Error::UnknownKey { path: path.to_owned(), line: line_of(text, at), key, nearest }
            }
        };
        let table = DeTable::parse(text)
            .map_err(|e| Fault::Wrong {
                at: e.span().map_or(0, |span| span.start),
                why: e.message().to_owned(),
            })
            .map_err(refused)?
            .into_inner();
        check_keys(&table, &KEYS).map_err(refused)?;
        let mut read = Self { path: Some(path.to_owned()), ..Self::default() };
        let line = |at| line_of(text, at);
        for (key, value) in &table {
            let name = key.get_ref().as_ref();
            read.set(name, value, line).map_err(|fault| refused(fault.under(name)))?;
        }
        Ok(read)
    }

    fn set(&mut self, key: &str, value: &Value<'_>, line: impl Fn(usize) -> usize) -> Result<(), Fault> {
        match key {
            "allow" => {
                for (at, written) in strings(value)? {
                    self.allow.push(written.parse().map_err(|why: String| Fault::at(at, why))?);
                }
            }
            "announce" => self.announce = Some(truth(value)?),
            "ascii" => self.glyphs = Some(if truth(value)? { Glyphs::Ascii } else { Glyphs::Unicode }),
            "bell" => self.bell = Some(truth(value)?),
            "colour" => {
                self.colour = Some(text(value)?.parse().map_err(|why: String| Fault::at(value, why))?);
            }
            "controller" => {
                let folder = self.folder();
                self.services.controller = Some(services::controller(value, &folder)?);
            }
            "freeze" => {
                for (at, table) in tables(value, key)? {
                    self.freezes.push(policy::freeze(at, table)?);
                }
            }
            "gates" => self.gates = Some(self.beside(text(value)?)),
            "keys" => {
                let wrong = || Fault::at(value, "must be a table: action = \"key\"");
                for (action, chords) in value.get_ref().as_table().ok_or_else(wrong)? {
                    let chords = strings(chords)?.into_iter().map(|(_, chord)| chord.to_owned()).collect();
                    self.keys.insert(action.get_ref().to_string(), chords);
                }
            }
            "policy-service" => {
                let folder = self.folder();
                self.services.policy_service = Some(services::policy_service(value, &folder)?);
            }
            "provider" => {
                let folder = self.folder();
                for (at, table) in tables(value, key)? {
                    self.services.add(at, services::provider(at, table, &folder)?)?;
                }
            }
            "role" => self.role = Some(text(value)?.to_owned()),
            "rule" => {
                for (at, table) in tables(value, key)? {
                    self.rules.push(policy::rule(at, table, line(at.span().start))?);
                }
            }
            "theme" => self.theme = Some(text(value)?.to_owned()),
            _ => self.ledger = Some(self.beside(text(value)?)),
        }
        Ok(())
    }

    fn beside(&self, written: &str) -> PathBuf {
        self.folder().join(written)
    }

    fn folder(&self) -> PathBuf {
        self.path.as_deref().and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// Refuses what somebody else could have changed; `role` says why that matters.
pub(super) fn check_owner(path: &Path, opened: &std::fs::Metadata, role: &'static str) -> Result<(), Error> {
    let unsafe_file = |why: String| Err(Error::Unsafe { role, path: path.to_owned(), why });
    let me = rustix::process::getuid().as_raw();
    if opened.uid() != me && opened.uid() != 0 {
        return unsafe_file(format!("it belongs to user id {}, not to you", opened.uid()));
    }
    if opened.mode() & 0o022 != 0 {
        return unsafe_file(format!("others may write it; run chmod go-w {}", path.display()));
    }
    Ok(())
}
