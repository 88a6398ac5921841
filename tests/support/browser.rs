//! A real browser without a window: Debian's `chromium-headless-shell`, unpacked into the tests' cache with what it needs.
//!
//! Nothing is installed on the machine (100 MB are fetched once, by `apt-get download`). A Chromium that is on the path is taken as it
//! is. Where neither is to be had, [`chromium`] says why.
#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cache;

/// Names under which it may be on the path.
const NAMES: [&str; 4] = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
/// How long it may take to show a page.
const LONGEST: Duration = Duration::from_secs(90);

/// A browser that can be run.
#[derive(Clone, Debug)]
pub struct Browser {
    program: PathBuf,
    /// Where its libraries lie, if not where the system has them.
    libraries: Option<PathBuf>,
}

/// What came of opening a page.
pub struct Page {
    /// The document as it stood after everything was loaded and run.
    pub document: String,
    /// The picture, as PNG.
    pub picture: Vec<u8>,
    /// What it asked the network for.
    pub asked: Vec<String>,
}

/// Returns the browser, and has it fetched where it is missing.
///
/// # Errors
/// A sentence on what is missing.
pub fn chromium() -> Result<Browser, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let installed =
        NAMES.iter().flat_map(|name| folders.iter().map(move |it| it.join(name))).find(|it| it.is_file());
    if let Some(program) = installed {
        return Ok(Browser { program, libraries: None });
    }
    let root = cache::entry("chromium-debian", unpack)?;
    let program = root.join("usr/lib/chromium/chromium-headless-shell");
    Ok(Browser { program, libraries: Some(root.join("usr/lib/x86_64-linux-gnu")) })
}

/// Fetches the browser and all that it needs and this machine lacks, and unpacks it.
fn unpack(folder: &Path) -> Result<(), String> {
    eprintln!("test set-up: fetching Debian's chromium-headless-shell");
    let apt = |args: &[&str]| run(Command::new("apt-get").args(args).current_dir(folder));
    let planned = || apt(&["install", "--simulate", "--no-install-recommends", "chromium-headless-shell"]);
    // A machine that never looked at its mirror knows no packages yet; that wants root.
    let plan = planned().or_else(|_| apt(&["update"]).and_then(|_| planned()))?;
    let wanted: Vec<&str> =
        plan.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next()).collect();
    let mut download = vec!["download"];
    download.extend(&wanted);
    apt(&download).or_else(|_| apt(&["update"]).and_then(|_| apt(&download)))?;
    let found = std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten();
    let packages: Vec<PathBuf> =
        found.map(|entry| entry.path()).filter(|path| path.extension().is_some()).collect();
    for package in packages.iter().filter(|path| path.extension().is_some_and(|end| end == "deb")) {
        run(Command::new("dpkg-deb").arg("-x").arg(package).arg(folder))?;
        std::fs::remove_file(package).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<String, String> {
    let ran = command.output().map_err(|error| format!("cannot run {:?}: {error}", command.get_program()))?;
    match ran.status.success() {
        true => Ok(String::from_utf8_lossy(&ran.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
    }
}

impl Browser {
    /// Opens a file, and says what stood there, how it looked and what was asked for.
    ///
    /// # Errors
    /// How the browser ended, with what it said.
    pub fn open(&self, file: &Path) -> Result<Page, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (picture, asked) = (folder.path().join("picture.png"), folder.path().join("network.json"));
        let document = self.shown(file, folder.path(), &["--dump-dom".to_owned()])?;
        let looks =
            [format!("--screenshot={}", picture.display()), format!("--log-net-log={}", asked.display())];
        self.shown(file, folder.path(), &looks)?;
        let log =
            std::fs::read_to_string(asked).map_err(|error| format!("no log of the network: {error}"))?;
        Ok(Page {
            document,
            picture: std::fs::read(picture).map_err(|error| format!("no picture: {error}"))?,
            asked: urls(&log),
        })
    }

    fn shown(&self, file: &Path, folder: &Path, how: &[String]) -> Result<String, String> {
        let said = folder.join("said");
        let out = std::fs::File::create(&said).map_err(|error| error.to_string())?;
        let errors = folder.join("errors");
        let mut command = Command::new(&self.program);
        command
            // The page is ours; a container often lets nobody make a sandbox.
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--window-size=1000,1600",
            ])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .args(how)
            .arg(format!("file://{}", file.display()))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(std::fs::File::create(&errors).map_err(|error| error.to_string())?);
        if let Some(libraries) = &self.libraries {
            let all = std::env::join_paths([libraries.clone(), libraries.join("pulseaudio")]);
            command.env("LD_LIBRARY_PATH", all.map_err(|error| error.to_string())?);
        }
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.program.display()))?;
        let deadline = Instant::now() + LONGEST;
        loop {
            match child.try_wait().map_err(|error| error.to_string())? {
                Some(status) if status.success() => break,
                Some(status) => {
                    let why = std::fs::read_to_string(&errors).unwrap_or_default();
                    return Err(format!("the browser ended ({status}): {why}"));
                }
                None if Instant::now() >= deadline => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err("the browser did not show the page in time".to_owned());
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        std::fs::read_to_string(said).map_err(|error| error.to_string())
    }
}

/// Lists the addresses in a log of the network.
fn urls(log: &str) -> Vec<String> {
    let found = log.split("\"url\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    found.map(str::to_owned).collect()
}
