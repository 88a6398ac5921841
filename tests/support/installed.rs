//! The programs of other projects that tests run as they are: Debian's own `prometheus`, unpacked into the tests' cache.
//!
//! Nothing is installed on the machine: the package is fetched by `apt-get download` and unpacked. A `prometheus` that is on
//! the path is taken as it is. Where neither is to be had, [`prometheus`] says why.
#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

/// What a Prometheus begins with.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// What its paths begin with.
    pub prefix: String,
    /// What it scrapes, each second.
    pub scrapes: Option<SocketAddr>,
    /// Who may ask it and how: a `web.config.file`.
    pub web: Option<String>,
    /// What it measured before it was started: OpenMetrics with times.
    pub samples: Option<String>,
}

/// A Prometheus on a port of its own; it ends with this.
pub struct Running {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Running {
    /// Starts one, and waits until it is ready.
    ///
    /// # Errors
    /// How it ended, with its log.
    pub fn start(program: &Path, prefix: &str) -> Result<Self, String> {
        Self::start_at(program, prefix, free())
    }

    /// Starts one that begins with this, and waits until it is ready.
    ///
    /// # Errors
    /// How it ended, with its log.
    pub fn start_with(program: &Path, setup: &Setup) -> Result<Self, String> {
        Self::begin(program, setup, free())
    }

    /// The same at an address.
    ///
    /// # Errors
    /// As [`Running::start`].
    pub fn start_at(program: &Path, prefix: &str, address: SocketAddr) -> Result<Self, String> {
        Self::begin(program, &Setup { prefix: prefix.to_owned(), ..Setup::default() }, address)
    }

    fn begin(program: &Path, setup: &Setup, address: SocketAddr) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).map(|()| path).map_err(|error| error.to_string())
        };
        let config = put("prometheus.yml", &scraping(setup.scrapes))?;
        if let Some(samples) = &setup.samples {
            let samples = put("samples", samples)?;
            let mut promtool = Command::new(program.with_file_name("promtool"));
            promtool.args(["tsdb", "create-blocks-from", "openmetrics", "-q"]);
            run(promtool.arg(samples).arg(folder.path().join("tsdb")))?;
        }
        let prefix = &setup.prefix;
        let log = std::fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg(format!("--web.route-prefix={}", if prefix.is_empty() { "/" } else { prefix }));
        if let Some(web) = &setup.web {
            command.arg(format!("--web.config.file={}", put("web.yml", web)?.display()));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let mut running = Self { child, address, folder };
        running.wait_until_ready()?;
        Ok(running)
    }

    /// Its URL, without a prefix.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            // Its log, since a question would have to log in.
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended ({status}): {log}"));
            }
            if log.contains("Server is ready to receive web requests") {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("it was not ready within a minute".to_owned())
    }

    /// Stops it where it stands, or lets it go on.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn scraping(target: Option<SocketAddr>) -> String {
    match target {
        None => "scrape_configs: []\n".to_owned(),
        Some(target) => format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n\
             scrape_configs: [{{job_name: app, static_configs: [{{targets: ['{target}']}}]}}]\n"
        ),
    }
}
