//! What the kernel says of processes: memory, processor time, switches; and programs that run to their end.
//!
//! Reads Linux's /proc; elsewhere these figures are absent.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// A program that ran to its end.
pub struct Ran {
    pub wall: Duration,
    /// Most memory that was resident, in megabytes.
    pub megabytes: f64,
}

/// Runs a program to its end; its output goes nowhere.
///
/// # Errors
/// Says that it cannot be run, or that it failed.
pub fn run(command: &mut Command) -> Result<Ran, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let begun = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let used = child.and_then(Wait4::wait4).map_err(|error| format!("{name} does not run: {error}"))?;
    let wall = begun.elapsed();
    if !used.status.success() {
        return Err(format!("{name} failed: {}", used.status));
    }
    Ok(Ran { wall, megabytes: used.rusage.maxrss as f64 / 1e6 })
}

/// The most memory of a living process that was ever resident, in megabytes.
pub fn peak_megabytes(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(number(&status, "VmHWM:")? * 1024.0 / 1e6)
}

/// What a process has used so far.
#[derive(Clone, Copy, Default)]
pub struct Used {
    /// On processors, all threads.
    pub busy: Duration,
    /// How often a thread went to sleep by itself, and so was woken.
    pub sleeps: f64,
}

/// Reads what a living process has used so far.
pub fn used(pid: u32) -> Used {
    let mut used = Used::default();
    for thread in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let read = |file: &str| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
        let nanos = read("schedstat").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
        used.busy += Duration::from_nanos(nanos);
        used.sleeps += number(&read("status"), "voluntary_ctxt_switches:").unwrap_or(0.0);
    }
    used
}

fn number(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
