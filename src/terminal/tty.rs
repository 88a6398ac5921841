//! Owns the descriptors of the terminal and the system calls on them: size, waiting, liveness, writing, flushing.
//!
//! It never sends the terminal a question: replies would arrive as key presses. Blocking happens only in
//! [`Tty::wait`] and [`Tty::write`], which the edge's own threads call.
//! Invariant: a hang-up is noticed by asking the kernel, not by reading, since a dead terminal reads as "no input".

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{
    OptionalActions, QueueSelector, isatty, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

use super::job;

/// Size taken where the terminal knows none (a serial line), in columns and rows.
const FALLBACK: (u16, u16) = (80, 24);
/// What poll reports, asked or not, when the terminal is gone.
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The terminal has input.
    Input,
    /// The other end of the bell was written to or closed.
    Bell,
    /// The terminal is gone.
    Gone,
    /// The time is up.
    Time,
}

/// The terminal: standard input where that is one, else `/dev/tty`, and standard output.
#[derive(Debug)]
pub struct Tty {
    input: OwnedFd,
    output: OwnedFd,
    controlling: bool,
}

impl Tty {
    /// Opens the terminal of this process.
    ///
    /// # Errors
    /// Returns `NotConnected` where standard output is no terminal, or the error of opening `/dev/tty`.
    pub fn open() -> io::Result<Self> {
        let output = rustix::stdio::stdout();
        if !isatty(output) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "standard output is not a terminal"));
        }
        let input = rustix::stdio::stdin();
        let input = if isatty(input) {
            input.try_clone_to_owned()?
        } else {
            File::options().read(true).write(true).open("/dev/tty")?.into()
        };
        let controlling = has_a_foreground(&input);
        Ok(Self { input, output: output.try_clone_to_owned()?, controlling })
    }

    /// Returns the size in columns and rows.
    ///
    /// # Errors
    /// Returns the kernel's error where the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = tcgetwinsize(&self.output)?;
        Ok(if size.ws_col == 0 || size.ws_row == 0 { FALLBACK } else { (size.ws_col, size.ws_row) })
    }

    /// Waits for input if `listening`, for a ring of the bell, or until the terminal is gone; `None` waits without end.
    pub fn wait(&self, bell: &UnixStream, limit: Option<Duration>, listening: bool) -> Woken {
        let wanted = if listening { PollFlags::IN } else { PollFlags::empty() };
        let mut fds = [PollFd::new(&self.input, wanted), PollFd::new(bell, PollFlags::IN)];
        let woken = wait_any(&mut fds, limit);
        let [input, bell] = &fds;
        match woken {
            Err(_) => Woken::Gone,
            Ok(_) if input.revents().intersects(GONE) => Woken::Gone,
            Ok(_) if !bell.revents().is_empty() => Woken::Bell,
            Ok(_) if input.revents().contains(PollFlags::IN) => Woken::Input,
            Ok(_) => Woken::Time,
        }
    }

    /// Waits until the terminal is gone or the bell rings or the time is up; input does not end the wait.
    pub fn watch(&self, bell: &UnixStream, limit: Duration) -> Woken {
        match self.wait(bell, Some(limit), false) {
            Woken::Time if !self.is_alive() => Woken::Gone,
            woken => woken,
        }
    }

    /// Tells whether bytes are waiting to be read.
    pub fn has_input(&self) -> bool {
        let mut fds = [PollFd::new(&self.input, PollFlags::IN)];
        wait_any(&mut fds, Some(Duration::ZERO)).is_ok_and(|ready| ready > 0)
    }

    /// Tells whether the terminal takes a byte now.
    pub fn has_room(&self) -> bool {
        let mut fds = [PollFd::new(&self.output, PollFlags::OUT)];
        let ready = wait_any(&mut fds, Some(Duration::ZERO));
        let [output] = &fds;
        ready.is_ok() && output.revents().contains(PollFlags::OUT) && !output.revents().intersects(GONE)
    }

    /// Reads what has been typed, after [`Woken::Input`] said that there is something; 0 where there is not.
    ///
    /// # Errors
    /// Returns `UnexpectedEof` or the kernel's error where the terminal is gone.
    pub fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(&self.input, bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(count),
            Err(Errno::INTR | Errno::AGAIN) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether this process group may use the terminal now; `true` where the kernel does not say.
    pub fn is_ours(&self) -> bool {
        tcgetpgrp(&self.input).map_or(true, |foreground| foreground.as_raw_pid() == job::group())
    }

    /// Writes all bytes, waiting as long as the terminal takes to take them.
    ///
    /// # Errors
    /// Returns the kernel's error where the terminal is gone (`EIO`, `ENXIO`, `EPIPE`).
    pub fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.output, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                // Another program on the same terminal may have made the shared description non-blocking.
                Err(Errno::AGAIN) => self.wait_for_room()?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Sets raw mode without remembering what was before.
    ///
    /// # Errors
    /// Returns the kernel's error where the terminal is gone.
    pub fn make_raw(&self) -> io::Result<()> {
        let mut modes = tcgetattr(&self.input)?;
        modes.make_raw();
        Ok(tcsetattr(&self.input, OptionalActions::Now, &modes)?)
    }

    /// Throws away output that the terminal has not taken: for a terminal that no longer takes any.
    pub fn discard_output(&self) {
        // Failing to throw away only means that leaving takes its full patience.
        let _ = tcflush(&self.output, QueueSelector::OFlush);
    }

    /// Throws away input that nobody has read, so that keys meant for us do not reach the shell.
    pub fn discard_input(&self) {
        // Failing here means that the terminal is gone, and with it the input.
        let _ = tcflush(&self.input, QueueSelector::IFlush);
    }

    fn is_alive(&self) -> bool {
        isatty(&self.output) && isatty(&self.input) && (!self.controlling || has_a_foreground(&self.input))
    }

    fn wait_for_room(&self) -> io::Result<()> {
        let mut fds = [PollFd::new(&self.output, PollFlags::OUT)];
        wait_any(&mut fds, None)?;
        let [output] = &fds;
        if output.revents().intersects(GONE) { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }
}

/// Tells whether a terminal is this session's and has a foreground job, which a hung-up one has not. rustix answers
/// `OPNOTSUPP` for a job that lives outside this container, whose number cannot be seen.
fn has_a_foreground(terminal: &OwnedFd) -> bool {
    matches!(tcgetpgrp(terminal), Ok(_) | Err(Errno::OPNOTSUPP))
}

/// Polls; an interrupting signal counts as the time being up, and every caller asks again.
fn wait_any(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> io::Result<usize> {
    let limit = limit.map(Timespec::try_from).transpose().map_err(|_| io::ErrorKind::InvalidInput)?;
    match poll(fds, limit.as_ref()) {
        Err(Errno::INTR) => Ok(0),
        other => Ok(other?),
    }
}
