//! Owns the sentences in which a configuration is refused.
//!
//! Each names the flag, or the file and the line, and what to do; none repeats a secret. It never decides anything.

use std::path::PathBuf;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the {what} {}: {why}", path.display())]
    Unreadable {
        /// What it is: the configuration, or gates.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// The file could have been changed by somebody else.
    #[error("{} {role}, so it is refused: {why}", path.display())]
    Unsafe {
        /// What it does, and so may be changed by nobody else.
        role: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong, and the command that mends it.
        why: String,
    },
    /// The file is no TOML, or a value is of the wrong kind.
    #[error("{}:{line}: {why}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A policy of gates is no policy.
    #[error("{}{}: {why}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Gate {
        /// The file.
        path: PathBuf,
        /// Line, from 1, where there is one.
        line: Option<u64>,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The file has a key that this program does not know.
    #[error("{}:{line}: there is no setting `{key}`{}", path.display(), nearest.map(|word| format!(": did you mean `{word}`?")).unwrap_or_default())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key as written.
        key: String,
        /// The nearest known key, if one is near.
        nearest: Option<&'static str>,
    },
    /// A flag cannot be used.
    #[error("{flag}: {why}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What is wrong.
        why: String,
    },
}
