//! Owns reading policy files and files with Rollouts, and writing what a command makes.
//!
//! It never writes over what it has not read the name of: the person names the file. Invariant: a fault says file and line.

use std::path::{Path, PathBuf};

use super::shown;
use crate::dump::Dump;
use crate::gate::policy::Policy;
use crate::gate::policy::file::{self, Fault};
use crate::rollout::{Rollout, Step, Strategy};

/// Reads a policy with its text; it is called as its file is unless it says otherwise.
///
/// # Errors
/// `FILE:LINE: error: why`.
pub(super) fn policy(path: &Path) -> Result<(String, Policy), String> {
    let text = text(path)?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let policy = file::read(&text, &name).map_err(|Fault { line, why }| place(path, line, "error", &why))?;
    Ok((text, policy))
}

/// Reads a text that is not larger than a policy may be.
fn text(path: &Path) -> Result<String, String> {
    use std::io::Read;
    let unreadable = |why: &dyn std::fmt::Display| format!("cannot read {}: {why}", shown(path));
    let most = u64::try_from(file::LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let opened = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    let mut text = String::new();
    opened.take(most).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    Ok(text)
}

/// Writes where something is, as compilers do.
pub(super) fn place(path: &Path, line: Option<u64>, grade: &str, what: &str) -> String {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {grade}: {}", shown(path), crate::text::Printable::from(what))
}

/// Reads the Rollouts of a file.
///
/// # Errors
/// Why it cannot be read, or that it holds none.
pub(super) fn rollouts(path: &Path) -> Result<Vec<Rollout>, String> {
    let dump = Dump::read(path, &mut std::io::empty()).map_err(|error| error.to_string())?;
    match dump.rollouts.is_empty() {
        true => Err(format!("{} holds no Rollout", shown(path))),
        false => Ok(dump.rollouts),
    }
}

/// Returns the steps of a Rollout; none where it has no canary.
pub(super) fn steps(rollout: &Rollout) -> &[Step] {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => &canary.steps,
        _ => &[],
    }
}

/// Accepts the name of a page or picture.
pub(super) fn page(written: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(written);
    let ending = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some("html" | "htm" | "svg") => Ok(path),
        _ => Err("name a file that ends in .html or .svg".to_owned()),
    }
}

/// Writes a file.
///
/// # Errors
/// Why it cannot be written.
pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", shown(path)))
}
