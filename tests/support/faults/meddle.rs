//! Makes the machine's own faults at one exact call of a running program: a kill before or after the n-th write, sync,
//! connect or send, a full or failing disk, another wall clock.
//!
//! The program is the real one, unchanged; `meddle.c`, compiled once by the machine's C compiler, stands between it and the
//! C library. Invariant: a page that is not armed changes nothing.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kind of call; several can be named at once by their sum.
pub const WRITE: i64 = 1;
pub const SYNC: i64 = 2;
pub const CONNECT: i64 = 4;
pub const SEND: i64 = 8;

/// What is done at the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    KillBefore = 1,
    KillAfter = 2,
    Fail = 3,
}

/// The compiled library.
pub struct Library {
    path: PathBuf,
}

impl Library {
    /// Compiles it into a folder.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn compile(folder: &Path) -> Result<Self, String> {
        let path = folder.join("meddle.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/faults/meddle.c");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut command = Command::new(compiler);
        command.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&path).arg(source).arg("-ldl");
        let output = command.output().map_err(|error| format!("no C compiler: {error}"))?;
        if output.status.success() {
            Ok(Self { path })
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Names the file for `LD_PRELOAD`.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The page that one program looks at.
pub struct Page {
    file: File,
    path: PathBuf,
}

impl Page {
    /// Makes an empty one.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(path: PathBuf) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        file.set_len(4096).map_err(failed)?;
        let page = Self { file, path };
        page.clear()?;
        Ok(page)
    }

    /// Names the file, for `MEDDLE_PAGE`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has the deed done at the n-th call of these kinds from now on.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn arm(&self, deed: Deed, places: i64, nth: i64, error: i64) -> Result<(), String> {
        self.put(2, places)?;
        self.put(3, nth)?;
        self.put(4, error)?;
        self.put(5, 0)?;
        // Last: it is what makes the rest count.
        self.put(1, deed as i64)
    }

    /// Puts the program's wall clock elsewhere, in seconds.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn shift_clock(&self, seconds: i64) -> Result<(), String> {
        self.put(0, seconds)
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn clear(&self) -> Result<(), String> {
        self.put(1, 0)?;
        self.put(0, 0)
    }

    /// Tells whether the deed was done.
    pub fn was_met(&self) -> bool {
        let mut word = [0; 8];
        self.file.read_exact_at(&mut word, 5 * 8).is_ok() && i64::from_ne_bytes(word) != 0
    }

    fn put(&self, place: u64, value: i64) -> Result<(), String> {
        self.file.write_all_at(&value.to_ne_bytes(), place * 8).map_err(|error| error.to_string())
    }
}
