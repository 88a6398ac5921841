//! Owns the question whether a program that recorded something, such as an order's acknowledgement, still runs.
//!
//! It asks the kernel and changes nothing. Invariant: "ended" is said only of a process that this machine counts, or of
//! one from before the machine last began; of all others nothing is claimed.

use std::io::ErrorKind;

use crate::ledger::Open;
use crate::ledger::open::Owner;
use crate::operation::Process;
use crate::run::live::actor;

/// Returns this process; `None` where the system keeps no `/proc` as Linux does.
pub fn own() -> Option<Process> {
    run(std::process::id())
}

/// Returns the process of this number; `None` as for [`own`], and where there is none.
pub fn run(pid: u32) -> Option<Process> {
    Some(Process { pid, started: started(pid).ok()??, boot: boot()?, space: space()? })
}

/// Tells whether the program of an open order still runs, this one included.
pub fn of(open: &Open) -> Owner {
    open.process().map_or(Owner::Unknown, |(host, process)| of_run(&host, &process))
}

/// Tells whether a run of the program on a host still goes on.
pub fn of_run(host: &str, process: &Process) -> Owner {
    if host == actor::host().as_str() { runs(process) } else { Owner::Unknown }
}

fn runs(process: &Process) -> Owner {
    match (boot(), space()) {
        (Some(boot), _) if boot != process.boot => Owner::Ended,
        (Some(_), Some(space)) if space == process.space => match started(process.pid) {
            Ok(Some(started)) if started == process.started => Owner::Alive,
            Ok(Some(_)) => Owner::Ended,
            Ok(None) => Owner::Unknown,
            Err(error) if error.kind() == ErrorKind::NotFound => Owner::Ended,
            Err(_) => Owner::Unknown,
        },
        _ => Owner::Unknown,
    }
}

/// When a process began, in ticks (proc_pid_stat(5), field 22); its name, field 2, may hold blanks and brackets.
/// `None` for one that has ended and is only still listed.
fn started(pid: u32) -> std::io::Result<Option<u64>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let mut fields = behind.split_whitespace();
    if matches!(fields.next(), Some("Z" | "X")) {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(fields.nth(18).and_then(|field| field.parse().ok()))
}

fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

fn space() -> Option<String> {
    Some(std::fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
