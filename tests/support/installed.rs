//! The programs of other projects that tests run as they are: Debian's own `prometheus`, unpacked into the tests' cache.
//!
//! Nothing is installed on the machine: the package is fetched by `apt-get download` and unpacked. A `prometheus` that is on
//! the path is taken as it is. Where neither is to be had, [`prometheus`] says why.
#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;

/// Returns the program, and has it fetched where it is missing.
///
/// # Errors
/// A sentence on what is missing.
pub fn prometheus() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed =
        std::env::split_paths(&path).map(|folder| folder.join("prometheus")).find(|it| it.is_file());
    match installed {
        Some(program) => Ok(program),
        None => Ok(cache::entry("prometheus-debian", unpack)?.join("usr/bin/prometheus")),
    }
}

fn unpack(folder: &Path) -> Result<(), String> {
    eprintln!("test set-up: fetching Debian's prometheus");
    let apt = |args: &[&str]| run(Command::new("apt-get").args(args).current_dir(folder));
    if let Err(first) = apt(&["download", "prometheus"]) {
        // A machine that never looked at its mirror knows no packages yet; that wants root.
        apt(&["update"])
            .and_then(|()| apt(&["download", "prometheus"]))
            .map_err(|then| format!("{first}; {then}"))?;
    }
    let found =
        std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten().map(|entry| entry.path());
    let package = found.into_iter().find(|path| path.extension().is_some_and(|end| end == "deb"));
    let package = package.ok_or("apt-get download left no package")?;
    run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(folder))?;
    std::fs::remove_file(package).map_err(|error| error.to_string())
}

fn run(command: &mut Command) -> Result<(), String> {
    let ran = command.output().map_err(|error| format!("cannot run {:?}: {error}", command.get_program()))?;
    match ran.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
    }
}
