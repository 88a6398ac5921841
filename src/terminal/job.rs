//! Whether somebody could continue this process once it stops, and whether it is the terminal's foreground job.
//!
//! Numbers are plain integers here because 0 is an answer: inside a container the leader of a session or of a group
//! may live outside, and has no number that this process could see (pid_namespaces(7)). rustix takes 0 for impossible,
//! so these questions go through nix. Never stops or signals anything.

use nix::unistd::{Pid, getpgrp, getppid, getsid};

/// Where this process stands among the terminal's jobs; 0 for what lives outside this container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    session: i32,
    parents_session: i32,
    group: i32,
}

/// Tells whether a shell with job control stands above this process, who could continue it.
pub(super) fn can_be_continued() -> bool {
    let parent = getppid();
    if parent.as_raw() == 0 {
        return false;
    }
    match (getsid(None), getsid(Some(parent))) {
        (Ok(ours), Ok(theirs)) => is_a_shells_job(Standing {
            session: ours.as_raw(),
            parents_session: theirs.as_raw(),
            group: group(),
        }),
        _ => false,
    }
}

/// Returns this process's group; 0 where its leader lives outside this container.
pub(super) fn group() -> i32 {
    Pid::as_raw(getpgrp())
}

/// A shell with job control gives each job a group of its own in its session; a session leader, or a child of another
/// session, has nobody (POSIX, orphaned process group). A group whose leader cannot be seen is not known to be a job.
fn is_a_shells_job(standing: Standing) -> bool {
    standing.session == standing.parents_session && standing.group != standing.session && standing.group != 0
}

#[cfg(test)]
mod tests;
