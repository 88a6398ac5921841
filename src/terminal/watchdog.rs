//! Owns the watch over the terminal's life: a thread that notices when it is gone, whatever the other threads do.
//!
//! A dead terminal sends no event, and SIGHUP may be ignored (`nohup`, `sudo`, container shells), so it is looked at
//! once a second; a hang-up that the kernel reports wakes it at once. It reads and writes nothing.
//! Invariant: it reports a loss once and ends.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use super::signals::{Alarm, Loss, Reason};
use super::tty::{Tty, Woken};

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Starts watching; closing the other end of `bell` stops it.
///
/// # Errors
/// Returns the error of starting a thread.
pub fn start(tty: Arc<Tty>, bell: UnixStream, alarm: Alarm) -> io::Result<()> {
    std::thread::Builder::new().name("terminal-watch".into()).spawn(move || {
        loop {
            match tty.watch(&bell, EVERY) {
                Woken::Gone => return alarm.raise(Reason::Lost(Loss::Gone)),
                Woken::Bell => return,
                Woken::Time | Woken::Input => {}
            }
        }
    })?;
    Ok(())
}
