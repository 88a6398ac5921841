//! curl, taking the same stream as the screen: how long a bare client needs for it.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The stream that the screen takes.
const QUERY: &str = "/apis/argoproj.io/v1alpha1/rollouts?watch=true&sendInitialEvents=true\
     &allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=300";
const END: &[u8] = b"k8s.io/initial-events-end";

/// Takes the list of the stream; returns how long that took and how many bytes it had.
///
/// # Errors
/// Says that curl does not run, or that the list ends early.
pub fn take(server: &str, token: &str) -> Result<(Duration, usize), String> {
    let begun = Instant::now();
    let mut child = Command::new("curl")
        .args(["--silent", "--no-buffer", "--insecure", "--user-agent", "rollgate-figures"])
        .args(["--header", &format!("Authorization: Bearer {token}"), &format!("{server}{QUERY}")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("curl does not run: {error}"))?;
    let taken = child.stdout.as_mut().map_or_else(|| Err("curl says nothing".to_owned()), to_the_end);
    let took = begun.elapsed();
    // By the id of the process that was started here: the stream itself would go on.
    let _ = child.kill();
    let _ = child.wait();
    taken.map(|bytes| (took, bytes))
}

fn to_the_end(from: &mut impl Read) -> Result<usize, String> {
    let (mut total, mut piece, mut tail) = (0, vec![0; 256 << 10], Vec::new());
    loop {
        let count = from.read(&mut piece).map_err(|error| error.to_string())?;
        if count == 0 {
            let tail = String::from_utf8_lossy(&tail);
            return Err(format!("curl's stream ended after {total} bytes, before the list did: {tail}"));
        }
        total += count;
        tail.extend_from_slice(&piece[..count]);
        if memchr::memmem::find(&tail, END).is_some() {
            return Ok(total);
        }
        tail.drain(..tail.len().saturating_sub(200));
    }
}
