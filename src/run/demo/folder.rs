//! Owns the folder in which a demo keeps what would else be the person's: a kubeconfig and a ledger.
//!
//! It is readable for this user alone, and goes when it is dropped.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

/// What to do where there is no room for it.
/// What to do where the demo finds no room.
pub(in crate::run) const ADVICE: &str = "Name a folder with some room in TMPDIR.";

/// A folder that goes with the demo.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one among the temporary files.
    pub(super) fn make() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("rollgate-demo-{}", uuid::Uuid::now_v7().simple()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| {
            format!("The demo cannot make its folder {}: {error}. {ADVICE}", path.display())
        })?;
        Ok(Self(path))
    }

    /// Returns the path of a file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in it.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.path(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| format!("The demo cannot write {}: {error}. {ADVICE}", path.display()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is found by whoever empties the folder of temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
