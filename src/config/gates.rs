//! Owns the folder of gate policies: every file of it, read once, at the start.
//!
//! The folder is the one that a flag or the file names, else `gates` beside the configuration file; the environment has no say, since a
//! folder without policies holds nothing back. It never judges. Invariants: a file that is refused ends the start with its line; what
//! others could have changed is refused; no two policies share a name.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Error, file};
use crate::gate::Shelf;
use crate::gate::policy::Policy;
use crate::gate::policy::file as written;

/// The folder beside the configuration file that is read unless another is named.
pub(super) const FOLDER: &str = "gates";
/// What names of files end with.
const ENDINGS: [&str; 2] = ["yaml", "yml"];
/// Most files that are read.
const MOST: usize = 500;

/// The policies by which promotions are judged.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    /// Where they stand; `None` where there is no such folder.
    pub folder: Option<PathBuf>,
    /// The policies, in the order of their files' names.
    pub shelf: Arc<Shelf>,
}

impl Gates {
    /// Reads a folder that must be there.
    ///
    /// # Errors
    /// Which file cannot be read or is unsafe, or which line is wrong.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut policies: Vec<Policy> = Vec::new();
        let found = std::fs::metadata(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
        if !found.is_dir() {
            return Err(unreadable(folder, "it is no folder"));
        }
        file::check_owner(folder, &found, DECIDES)?;
        for path in files(folder)? {
            let policy = policy(&path)?;
            if let Some(other) = policies.iter().find(|other| other.name == policy.name) {
                let why = format!(
                    "there is another policy `{}` in this folder: give one of them a name of its own",
                    other.name
                );
                return Err(Error::Gate { path, line: None, why });
            }
            policies.push(policy);
        }
        Ok(Self { folder: Some(folder.to_owned()), shelf: Arc::new(Shelf::of(policies)) })
    }

    /// Reads a folder if there is one.
    ///
    /// # Errors
    /// As [`Gates::read`], except for a missing folder.
    pub fn read_if_there(folder: &Path) -> Result<Self, Error> {
        match std::fs::symlink_metadata(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            _ => Self::read(folder),
        }
    }
}

/// Why a policy that others may change is refused.
const DECIDES: &str = "decides about promotions";

/// Reads one policy, which is called as its file is unless it says otherwise.
///
/// # Errors
/// As [`Gates::read`].
pub fn policy(path: &Path) -> Result<Policy, Error> {
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let opened = file.metadata().map_err(|error| unreadable(path, &error.to_string()))?;
    if !opened.is_file() {
        return Err(unreadable(path, "it is not a regular file"));
    }
    file::check_owner(path, &opened, DECIDES)?;
    let mut text = String::new();
    let most = u64::try_from(written::LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_string(&mut text).map_err(|error| unreadable(path, &error.to_string()))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    written::read(&text, &name).map_err(|fault| Error::Gate {
        path: path.to_owned(),
        line: fault.line,
        why: fault.why,
    })
}

/// Lists the files of a folder that hold policies, by name; what begins with a dot is none.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error.to_string()))? {
        let entry = entry.map_err(|error| unreadable(folder, &error.to_string()))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let path = entry.path();
        if !hidden && path.extension().is_some_and(|end| ENDINGS.iter().any(|ending| end == *ending)) {
            found.push(path);
        }
    }
    if found.len() > MOST {
        return Err(unreadable(folder, &format!("it holds more than {MOST} policies")));
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::Unreadable { what: "gates", path: path.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests;
