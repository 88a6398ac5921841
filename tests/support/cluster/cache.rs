//! The folder outside the repository where the cluster's parts are built once and found again.
//!
//! Owns where that folder is, how an entry is keyed, and the lock that keeps two runs from building the same entry
//! at once. Never builds anything itself. An entry is only ever seen complete: it appears by one rename.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Names the cache folder: `$ROLLGATE_CACHE`, else `$XDG_CACHE_HOME/rollgate-test-cluster`, else
/// `~/.cache/rollgate-test-cluster`.
pub fn folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ROLLGATE_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("rollgate-test-cluster")))
        .or_else(|| set("HOME").map(|folder| folder.join(".cache/rollgate-test-cluster")))
        .unwrap_or_else(|| std::env::temp_dir().join("rollgate-test-cluster"))
}

/// Hashes what an entry is made from into sixteen hexadecimal digits.
pub fn key(ingredients: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for ingredient in ingredients {
        hash.update((ingredient.len() as u64).to_be_bytes());
        hash.update(ingredient);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the entry's folder, made by `build` into the empty folder it is given when it is not there yet.
///
/// # Errors
/// The sentence that `build` answered, or which file operation failed.
pub fn entry(name: &str, build: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let root = folder();
    let done = root.join(name);
    if done.is_dir() {
        return Ok(done);
    }
    fs::create_dir_all(&root).map_err(|error| format!("cannot make {}: {error}", root.display()))?;
    let path = root.join(format!("{name}.lock"));
    let lock = File::create(&path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
    lock.lock().map_err(|error| format!("cannot lock {}: {error}", path.display()))?;
    if done.is_dir() {
        return Ok(done);
    }
    let unfinished = root.join(format!("{name}.unfinished"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)
            .map_err(|error| format!("cannot clear {}: {error}", unfinished.display()))?;
    }
    fs::create_dir_all(&unfinished)
        .map_err(|error| format!("cannot make {}: {error}", unfinished.display()))?;
    build(&unfinished)?;
    fs::rename(&unfinished, &done).map_err(|error| format!("cannot finish {}: {error}", done.display()))?;
    Ok(done)
}
