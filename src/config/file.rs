//! Owns the configuration file: `~/.config/rollgate/config.toml`, or the file that a flag or variable names.
//!
//! It refuses a file that others may write, since the file grants writes, and every key that it does not know. It
//! never writes the file. Invariant: what is wrong is refused with the line on which it stands.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Colour, Error, Glyphs};
use crate::operation::grant::Rule;
use crate::text::spelling::nearest;

const KEYS: [&str; 6] = ["allow", "ascii", "colour", "keys", "ledger", "theme"];

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a configuration file says.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Where it was read.
    pub path: Option<PathBuf>,
    /// Leaves to write.
    pub allow: Vec<Rule>,
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
}

impl File {
    /// Reads the file at `path`, which must be there.
    ///
    /// # Errors
    /// Says what cannot be read, what makes the file unsafe, or which line is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |why: String| Error::Unreadable { path: path.to_owned(), why };
        let found = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?;
        if !found.is_file() {
            return Err(unreadable("it is not a regular file".to_owned()));
        }
        let file = std::fs::File::open(path).map_err(|e| unreadable(e.to_string()))?;
        let opened = file.metadata().map_err(|e| unreadable(e.to_string()))?;
        check_owner(path, &opened)?;
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
        let wrong =
            |at: usize, why: String| Error::Wrong { path: path.to_owned(), line: line_of(text, at), why };
        let table = DeTable::parse(text)
            .map_err(|e| wrong(e.span().map_or(0, |span| span.start), e.message().to_owned()))?
            .into_inner();
        let mut read = Self { path: Some(path.to_owned()), ..Self::default() };
        for (key, value) in &table {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                let line = line_of(text, key.span().start);
                let (key, nearest) = (name.to_owned(), nearest(name, &KEYS));
                return Err(Error::UnknownKey { path: path.to_owned(), line, key, nearest });
            }
            read.set(name, value).map_err(|(at, why)| wrong(at, format!("{name}: {why}")))?;
        }
        Ok(read)
    }

    fn set(&mut self, key: &str, value: &Value<'_>) -> Result<(), Wrong> {
        let at = value.span().start;
        let text = || value.get_ref().as_str().ok_or((at, "must be a text in quotes".to_owned()));
        match key {
            "allow" => {
                for (at, written) in strings(value)? {
                    self.allow.push(written.parse().map_err(|why| (at, why))?);
                }
            }
            "ascii" => {
                let on = value.get_ref().as_bool().ok_or((at, "must be true or false".to_owned()))?;
                self.glyphs = Some(if on { Glyphs::Ascii } else { Glyphs::Unicode });
            }
            "keys" => {
                let wrong = || (at, "must be a table: action = \"key\"".to_owned());
                for (action, chords) in value.get_ref().as_table().ok_or_else(wrong)? {
                    let chords = strings(chords)?.into_iter().map(|(_, chord)| chord.to_owned()).collect();
                    self.keys.insert(action.get_ref().to_string(), chords);
                }
            }
            "colour" => self.colour = Some(text()?.parse().map_err(|why| (at, why))?),
            "theme" => self.theme = Some(text()?.to_owned()),
            _ => self.ledger = Some(self.beside(text()?)),
        }
        Ok(())
    }

    fn beside(&self, written: &str) -> PathBuf {
        let folder = self.path.as_deref().and_then(Path::parent).unwrap_or_else(|| Path::new(""));
        folder.join(written)
    }
}

/// A value, and where it stands.
type Value<'a> = Spanned<DeValue<'a>>;

/// Where something is wrong (in bytes), and what.
type Wrong = (usize, String);

/// Takes a text, or a list of texts, each with where it stands.
fn strings<'a>(value: &'a Value<'_>) -> Result<Vec<(usize, &'a str)>, Wrong> {
    let one = |value: &'a Value<'_>| {
        let wrong = (value.span().start, "must be a text in quotes, or a list of them".to_owned());
        value.get_ref().as_str().map(|text| (value.span().start, text)).ok_or(wrong)
    };
    match value.get_ref() {
        DeValue::Array(all) => all.iter().map(one).collect(),
        _ => Ok(vec![one(value)?]),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

fn check_owner(path: &Path, opened: &std::fs::Metadata) -> Result<(), Error> {
    let unsafe_file = |why: String| Err(Error::Unsafe { path: path.to_owned(), why });
    let me = rustix::process::getuid().as_raw();
    if opened.uid() != me && opened.uid() != 0 {
        return unsafe_file(format!("it belongs to user id {}, not to you", opened.uid()));
    }
    if opened.mode() & 0o022 != 0 {
        return unsafe_file(format!("others may write it; run chmod go-w {}", path.display()));
    }
    Ok(())
}
