//! Other implementations of the same statistics: SciPy's from the Python package index, and R's from Debian.
//!
//! SciPy comes, in a fixed version, into an environment of its own in the tests' cache. R is taken from the path, and installed by
//! `apt-get` where it is missing and the tests run as root. Numbers travel as bytes, so that none is rounded on the way.
#![allow(dead_code, reason = "each program uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::samples::Pair;

/// What SciPy's answers rest on; a new version is a new entry of the cache.
const PACKAGES: [&str; 2] = ["scipy==1.17.1", "numpy==2.4.6"];

/// Returns a Python that has SciPy.
///
/// # Errors
/// A sentence on what is missing.
pub fn scipy() -> Result<PathBuf, String> {
    let version = run(Command::new("python3").arg("--version"))?;
    let entry = format!("scipy-{}", cache::key(&[PACKAGES.join(" ").as_bytes(), version.as_bytes()]));
    let folder = cache::entry(&entry, |folder| {
        eprintln!("test set-up: installing {}", PACKAGES.join(" and "));
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
        run(Command::new(folder.join("bin/python")).args(pip).args(PACKAGES)).map(drop)
    })?;
    Ok(folder.join("bin/python"))
}

/// Returns R's interpreter of scripts.
///
/// # Errors
/// A sentence on what is missing.
pub fn r() -> Result<PathBuf, String> {
    if let Some(program) = on_path("Rscript") {
        return Ok(program);
    }
    if !rustix::process::geteuid().is_root() {
        return Err("Rscript is missing (Debian: apt-get install r-base-core)".to_owned());
    }
    eprintln!("test set-up: installing Debian's r-base-core");
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        run(command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-qq", "-o", "DPkg::Lock::Timeout=300"])
            .args(args))
    };
    let install = ["install", "-y", "--no-install-recommends", "r-base-core"];
    if let Err(first) = apt(&install) {
        // A machine that never looked at its mirror knows no packages yet.
        apt(&["update"]).and_then(|_| apt(&install)).map_err(|then| format!("{first}; {then}"))?;
    }
    on_path("Rscript").ok_or_else(|| "r-base-core was installed, and there is no Rscript".to_owned())
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file())
}

/// Runs a script over pairs, in one process, and returns so many numbers for each.
///
/// # Errors
/// What the script said, or that it answered another number of numbers.
pub fn ask(program: &Path, script: &str, pairs: &[Pair], each: usize) -> Result<Vec<Vec<f64>>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let [given, answered] = ["given", "answered"].map(|name| folder.path().join(name));
    let mut bytes = Vec::new();
    let mut add = |value: f64| bytes.extend(value.to_le_bytes());
    for pair in pairs {
        add(pair.canary.len() as f64);
        add(pair.stable.len() as f64);
        pair.canary.iter().chain(&pair.stable).copied().for_each(&mut add);
    }
    std::fs::write(&given, bytes).map_err(|error| error.to_string())?;
    let script_file = folder.path().join("script");
    std::fs::write(&script_file, script).map_err(|error| error.to_string())?;
    run(Command::new(program).arg(&script_file).arg(&given).arg(&answered))?;
    let bytes = std::fs::read(&answered).map_err(|error| error.to_string())?;
    let numbers: Vec<f64> = bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)).collect();
    match numbers.len() == pairs.len() * each {
        true => Ok(numbers.chunks(each).map(<[f64]>::to_vec).collect()),
        false => Err(format!("{} numbers for {} pairs", numbers.len(), pairs.len())),
    }
}

fn run(command: &mut Command) -> Result<String, String> {
    let ran = command.output().map_err(|error| format!("cannot run {:?}: {error}", command.get_program()))?;
    match ran.status.success() {
        true => Ok(String::from_utf8_lossy(&ran.stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
    }
}

/// For each pair: U, and p for both sides, less, greater.
pub const WHITNEY_IN_SCIPY: &str = "\
import sys, warnings
import numpy as np
from scipy.stats import mannwhitneyu
warnings.simplefilter('ignore')
data, out, at = np.fromfile(sys.argv[1], '<f8'), [], 0
while at < len(data):
    m, n = int(data[at]), int(data[at + 1])
    x, y = data[at + 2:at + 2 + m], data[at + 2 + m:at + 2 + m + n]
    at += 2 + m + n
    for side in ('two-sided', 'less', 'greater'):
        t = mannwhitneyu(x, y, use_continuity=True, alternative=side, method='auto')
        out.extend([t.statistic, t.pvalue] if side == 'two-sided' else [t.pvalue])
np.array(out, '<f8').tofile(sys.argv[2])
";

/// For each pair: W, p of the approximation for both sides, lower and upper bound of the shift with 98 %; NaN where R gives none.
pub const WILCOX_IN_R: &str = "\
given <- commandArgs(trailingOnly = TRUE)
data <- readBin(given[1], 'double', file.size(given[1]) / 8, endian = 'little')
out <- c(); at <- 1
while (at <= length(data)) {
  m <- data[at]; n <- data[at + 1]
  x <- data[at + 2:(m + 1)]; y <- data[at + (m + 2):(m + n + 1)]
  at <- at + 2 + m + n
  t <- suppressWarnings(wilcox.test(x, y, exact = FALSE))
  ci <- tryCatch(
    suppressWarnings(wilcox.test(x, y, conf.int = TRUE, conf.level = 0.98, exact = FALSE))$conf.int,
    error = function(e) c(NaN, NaN))
  out <- c(out, t$statistic, t$p.value, ci)
}
writeBin(as.double(out), given[2], endian = 'little')
";
