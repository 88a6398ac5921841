//! Owns the terminal as one value for the program: opened once, drawn on, suspended, closed.
//!
//! It ties the threads of this edge together; what they do is in the files beside it. It never decides what or when
//! to draw ([`super::pace`]) and never asks the terminal anything.
//! Invariant: the terminal is given back when this value is dropped, at a panic on any thread, and while suspended;
//! drawing never waits for the terminal.

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use ratatui::{Frame, Terminal};
use rustix::process::kill_current_process_group;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use super::backend::LeanBackend;
use super::clipboard::{self, Through, TooLong};
use super::guard::{Leaving, Modes};
use super::input::{Attention, Inputs, Pump};
use super::job;
use super::signals::{Alarm, Loss, Reason, Signals};
use super::tty::Tty;
use super::watchdog;
use super::writer::{Sent, Sink, Ticket, Writer};
use crate::keymap::Key;

/// What rings a terminal (ECMA-48: BEL).
const BELL: u8 = 0x07;

/// How the terminal is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether frames are put between the marks of mode 2026.
    pub synchronised: bool,
    /// What stands between this program and the terminal.
    pub through: Through,
    /// Whether the terminal's bell may ring.
    pub bell: bool,
}

impl Options {
    /// Chooses by the environment, read through `lookup`: frames are marked only on a local terminal without a
    /// multiplexer, since tmux leaks when the marks are torn apart and an unclosed one freezes the view.
    pub fn choose(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name| lookup(name).is_some_and(|value| !value.is_empty());
        let far = ["SSH_CONNECTION", "SSH_TTY", "TMUX", "STY"].into_iter().any(is_set);
        let through = if is_set("TMUX") { Through::Tmux } else { Through::Directly };
        Self { synchronised: !far, through, bell: false }
    }
}

/// What came of a wish to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Nothing changed; no byte was sent.
    Unchanged,
    /// The frame is on its way under this ticket.
    Handed(Ticket),
    /// The writer still sends the frame before; nothing was drawn.
    Busy,
}

/// What came of a wish to suspend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspended {
    /// The program was stopped and continued; the next frame is drawn whole.
    Continued,
    /// Nobody could continue this program: there is no shell with job control above it.
    Impossible,
    /// The program was told to leave while it was stopped; the terminal was not taken again.
    Leave(Reason),
}

/// The terminal, while it is ours.
pub struct Surface {
    terminal: Terminal<LeanBackend>,
    tty: Arc<Tty>,
    modes: Arc<Modes>,
    writer: Writer,
    attention: Attention,
    alarm: Alarm,
    options: Options,
    resizes: JoinHandle<()>,
    bells: [UnixStream; 2],
}

struct Output(Arc<Tty>);

impl Sink for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write(bytes)
    }
}

impl Surface {
    /// Takes the terminal of this process; needs a tokio runtime. Panic hooks must have been set before: from now on a
    /// panic gives the terminal back first and then goes to the hook that was there.
    ///
    /// # Errors
    /// Returns `NotConnected` where standard output is no terminal, and the system's errors of taking it, after
    /// which it has been given back.
    pub fn open(options: Options) -> io::Result<(Self, Inputs, Signals)> {
        let tty = Arc::new(Tty::open()?);
        let (alarm, attention) = (Alarm::default(), Attention::default());
        let signals = Signals::listen(&alarm)?;
        let writer = Writer::start(Output(Arc::clone(&tty)), alarm.clone())?;
        let sized = Arc::clone(&tty);
        let backend = LeanBackend::new(writer.clone(), Box::new(move || sized.size()), options.synchronised);
        let terminal = Terminal::new(backend)?;
        let (pump_bell, pump_end) = UnixStream::pair()?;
        let (watch_bell, watch_end) = UnixStream::pair()?;
        pump_bell.set_nonblocking(true)?;
        let bells = [watch_bell, pump_bell.try_clone()?];
        let modes = Modes::new(Arc::clone(&tty), writer.clone(), alarm.clone());
        let resizes = tokio::spawn(ring_at_resizes(signal(SignalKind::window_change())?, pump_bell));
        let (asked, raised) = (attention.clone(), alarm.clone());
        let watched = Arc::clone(&tty);
        let inputs_from = Arc::clone(&tty);
        let surface = Self { terminal, tty, modes, writer, attention, alarm, options, resizes, bells };
        surface.modes.enter()?;
        watchdog::start(watched, watch_end, raised.clone())?;
        let inputs = Pump::start(inputs_from, pump_end, asked, raised)?;
        Ok((surface, inputs, signals))
    }

    /// Draws a frame, unless the one before is still being sent. Never waits for the terminal.
    ///
    /// # Errors
    /// Returns why the terminal is no longer ours to draw on.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Result<Drawn, Reason> {
        if let Some(reason) = self.alarm.raised() {
            return Err(reason);
        }
        if !self.writer.is_idle() {
            return Ok(Drawn::Busy);
        }
        let before = self.terminal.backend().handed();
        if let Err(error) = self.terminal.draw(render) {
            let reason = Reason::Lost(Loss::Write(error.kind()));
            self.alarm.raise(reason);
            return Err(reason);
        }
        let handed = self.terminal.backend().handed();
        Ok(if handed == before { Drawn::Unchanged } else { Drawn::Handed(handed) })
    }

    /// Makes the next frame a whole one, whatever the terminal shows now.
    ///
    /// # Errors
    /// Returns why the terminal is no longer ours to draw on.
    pub fn redraw_all(&mut self) -> Result<(), Reason> {
        self.terminal.backend_mut().forget_cursor();
        self.terminal.clear().map_err(|error| Reason::Lost(Loss::Write(error.kind())))
    }

    /// Tells whether every frame has been sent.
    pub fn is_idle(&self) -> bool {
        self.writer.is_idle()
    }

    /// Returns the writer's view for waiting until frames have been sent, apart from this value.
    pub fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// Tells whether the frame of a ticket has been sent, so that the person can have seen it.
    pub fn has_sent(&self, ticket: Ticket) -> bool {
        self.writer.has_sent(ticket)
    }

    /// Returns how much has been sent so far.
    pub fn sent(&self) -> Sent {
        self.writer.sent()
    }

    /// Asks for these keys, and no others, to be given only with the verdict whether they were pressed alone.
    pub fn judge(&self, keys: &[Key]) {
        self.attention.judge(keys);
    }

    /// Asks the terminal to copy a text; whether it does is not known.
    ///
    /// # Errors
    /// Returns [`TooLong`] for a text that terminals do not take.
    pub fn copy(&self, text: &str) -> Result<(), TooLong> {
        self.writer.hand(&mut clipboard::sequence(text, self.options.through)?);
        Ok(())
    }

    /// Rings the terminal's bell, where that is wanted. It goes the way of frames, between two of them.
    pub fn chime(&self) {
        if self.options.bell {
            self.writer.hand(&mut vec![BELL]);
        }
    }

    /// Gives the terminal back, stops this process group, and takes the terminal again once continued.
    ///
    /// # Errors
    /// Returns the error of stopping or of taking the terminal again.
    pub async fn suspend(&mut self, signals: &mut Signals) -> io::Result<Suspended> {
        if !job::can_be_continued() {
            return Ok(Suspended::Impossible);
        }
        self.listen(false);
        self.modes.leave(Leaving::ForNow);
        loop {
            // SIGSTOP and not SIGTSTP, which we listen for; to the group, as the terminal itself does it.
            kill_current_process_group(rustix::process::Signal::STOP)?;
            // The stop may reach this thread a moment late, so the going on is waited for.
            if let Err(reason) = signals.continued().await {
                return Ok(Suspended::Leave(reason));
            }
            // Continued in the background there is no terminal to take: stop again, as the kernel would.
            if self.tty.is_ours() {
                self.take_again()?;
                return Ok(Suspended::Continued);
            }
        }
    }

    /// Takes the terminal anew after [`super::signals::Signal::Continued`]: the shell may have changed its modes.
    ///
    /// # Errors
    /// Returns the error of taking the terminal.
    pub fn take_again(&mut self) -> io::Result<()> {
        self.modes.enter()?;
        self.listen(true);
        self.redraw_all().map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn listen(&self, ours: bool) {
        self.attention.listen(ours);
        let [_, pump] = &self.bells;
        ring(pump);
    }

    /// Gives the terminal back for good, in a second at most, and leaves some lines on the shell's screen. They go
    /// this way because printing to a terminal that takes nothing would wait for ever. Returns whether they arrived.
    pub fn close(mut self, farewell: &str) -> bool {
        self.end(farewell)
    }

    fn end(&mut self, farewell: &str) -> bool {
        self.resizes.abort();
        for bell in &self.bells {
            // The threads stop at once; one that has ended already needs no telling.
            let _ = bell.shutdown(Shutdown::Both);
        }
        self.modes.end(farewell)
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        self.end("");
    }
}

/// Rings the pump's bell whenever the terminal was resized.
async fn ring_at_resizes(mut resizes: tokio::signal::unix::Signal, bell: UnixStream) {
    while resizes.recv().await.is_some() {
        ring(&bell);
    }
}

fn ring(mut bell: &UnixStream) {
    // Should the pump be gone, there is nobody to tell; should the bell be full, it is ringing already.
    let _ = bell.write(&[0]);
}
