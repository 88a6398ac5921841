//! Owns where a dump comes from: one file, a folder of files, or standard input, and what can go wrong with it.
//!
//! It never follows a link to a folder, and in a folder never opens what is not a regular file, so that reading ends.
//! Invariant: each error is one sentence that names the file, the line where there is one, and what to do.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::text::Printable;

use super::document::Document;
use super::{json, yaml};

/// Largest part of a dump that is read, in bytes: 2 GiB.
pub const LONGEST: u64 = 2 << 30;

/// Why a dump cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DumpError {
    /// A file or folder cannot be opened or read.
    #[error("cannot read {path}: {reason}; give --from a file, a folder, or - for standard input")]
    Unreadable {
        /// What was to be read.
        path: Printable,
        /// The operating system's words.
        reason: Printable,
    },
    /// A text is neither JSON nor YAML, or is not made of Kubernetes objects.
    #[error(
        "{place} is not {language} of Kubernetes objects: {what}; correct it, or write it again with kubectl get -o json"
    )]
    Broken {
        /// File and line.
        place: Printable,
        /// `JSON` or `YAML`.
        language: &'static str,
        /// The parser's words.
        what: Printable,
    },
    /// A part is larger than [`LONGEST`].
    #[error("{path} is larger than 2 GiB; split it into several files of a folder")]
    TooLarge {
        /// What was to be read.
        path: Printable,
    },
    /// A folder has nothing to read.
    #[error("{path} holds no .yaml, .yml or .json file; write one there with kubectl get rollouts -o yaml")]
    NothingThere {
        /// The folder.
        path: Printable,
    },
}

/// Reads every document of `from` and hands each to `sink`.
///
/// # Errors
/// [`DumpError`] at the first part that cannot be read.
pub fn each(from: &Path, stdin: &mut dyn Read, sink: &mut dyn FnMut(Document)) -> Result<(), DumpError> {
    if from == Path::new("-") {
        return documents(Path::new("standard input"), &bounded(Path::new("standard input"), stdin)?, sink);
    }
    let about = fs::metadata(from).map_err(|error| unreadable(from, &error))?;
    if !about.is_dir() {
        return file(from, sink);
    }
    let mut files = Vec::new();
    walk(from, &mut files)?;
    if files.is_empty() {
        return Err(DumpError::NothingThere { path: shown(from) });
    }
    files.sort_unstable();
    files.iter().try_for_each(|path| file(path, sink))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), DumpError> {
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
        if kind.is_dir() {
            walk(&path, files)?;
        } else if is_named_so(&path) && fs::metadata(&path).is_ok_and(|about| about.is_file()) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_named_so(path: &Path) -> bool {
    matches!(path.extension().and_then(OsStr::to_str), Some("yaml" | "yml" | "json"))
}

fn file(path: &Path, sink: &mut dyn FnMut(Document)) -> Result<(), DumpError> {
    let mut open = File::open(path).map_err(|error| unreadable(path, &error))?;
    documents(path, &bounded(path, &mut open)?, sink)
}

fn bounded(path: &Path, from: &mut dyn Read) -> Result<Vec<u8>, DumpError> {
    let mut bytes = Vec::new();
    let read = from.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if read as u64 > LONGEST { Err(DumpError::TooLarge { path: shown(path) }) } else { Ok(bytes) }
}

fn documents(path: &Path, bytes: &[u8], sink: &mut dyn FnMut(Document)) -> Result<(), DumpError> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let read = if json::looks_like(text) { json::read(text, sink) } else { yaml::read(text, sink) };
    read.map_err(|fault| DumpError::Broken {
        place: match fault.line {
            Some(line) => Printable::from(format!("{}, line {line},", path.display())),
            None => shown(path),
        },
        language: fault.language,
        what: Printable::from(fault.what),
    })
}

fn unreadable(path: &Path, error: &io::Error) -> DumpError {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default();
    DumpError::Unreadable { path: shown(path), reason: Printable::from(reason) }
}

fn shown(path: &Path) -> Printable {
    Printable::from(path.display().to_string())
}
