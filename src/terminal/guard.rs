//! Owns the modes of the terminal: taking them, and giving them back in every case.
//!
//! Alternate screen, raw mode, bracketed paste and focus reports are taken and given back together, by whoever comes
//! first: the end of the surface, a suspension, a panic hook on any thread. It never queries the terminal.
//! Invariant: [`Modes::leave`] restores at most once for each [`Modes::enter`], and from its first moment no frame
//! reaches the terminal any more.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};

use super::signals::{Alarm, Reason};
use super::tty::Tty;
use super::writer::Writer;

/// How long leaving may wait for a terminal that takes no bytes.
const PATIENCE: Duration = Duration::from_millis(600);

/// The modes to give back when something panics.
static TAKEN: Mutex<Option<Arc<Modes>>> = Mutex::new(None);
static HOOK: Once = Once::new();
/// How many panics are printing their message just now.
static PRINTING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Why the terminal is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving<'a> {
    /// For good, with lines to leave on the shell's screen: keys that nobody has read are thrown away, so that the
    /// shell does not run them.
    ForGood(&'a str),
    /// Until continued.
    ForNow,
}

/// The modes of the terminal that this program takes.
pub struct Modes {
    tty: Arc<Tty>,
    writer: Writer,
    alarm: Alarm,
    taken: Mutex<bool>,
}

impl Modes {
    /// Prepares to take the modes of a terminal; nothing is taken yet. From now on a panic gives them back.
    pub fn new(tty: Arc<Tty>, writer: Writer, alarm: Alarm) -> Arc<Self> {
        let modes = Arc::new(Self { tty, writer, alarm, taken: Mutex::new(false) });
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&modes));
        HOOK.call_once(hook_panics);
        modes
    }

    /// Takes the terminal; taking it again while it is ours takes it anew, as after another program had it.
    ///
    /// # Errors
    /// Returns the error of entering raw mode.
    pub fn enter(&self) -> io::Result<()> {
        let mut taken = self.taken();
        // What another program left behind while the terminal was ours is not what the shell wants back: crossterm
        // keeps the modes of the first time.
        if *taken {
            self.tty.make_raw()?
        } else {
            enable_raw_mode()?
        }
        *taken = true;
        self.writer.open();
        let mut words = Vec::new();
        queue!(
            words,
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            Hide,
            SetAttribute(Attribute::Reset),
            Clear(ClearType::All)
        )?;
        self.writer.hand(&mut words);
        Ok(())
    }

    /// Gives the terminal back; what was given back already gets the lines for the shell's screen alone. Waits for
    /// another thread that is at it, but no longer than a second, even where the terminal takes no bytes. Returns
    /// whether it took them and has room for more, since printing to one that has none would wait for ever.
    pub fn leave(&self, leaving: Leaving<'_>) -> bool {
        let mut taken = self.taken();
        let was_taken = std::mem::take(&mut *taken);
        let ours = was_taken && self.tty.is_ours();
        let mut words = if was_taken { parting_words() } else { Vec::new() };
        if let Leaving::ForGood(farewell) = leaving {
            words.extend(farewell.lines().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()));
        }
        if words.is_empty() {
            return self.writer.is_idle() && self.tty.has_room();
        }
        let heard = self.writer.shut(&words, PATIENCE, || self.tty.discard_output()) && self.tty.has_room();
        if !ours {
            // It is given back already, or another job has it: setting its modes would stop this process (SIGTTOU).
            return heard;
        }
        if leaving != Leaving::ForNow {
            self.tty.discard_input();
        }
        // Failing means that the terminal is gone; nobody is left to see its modes.
        let _ = disable_raw_mode();
        heard
    }

    /// Gives the terminal back for good and forgets it; returns whether the terminal took the farewell. The message
    /// of a panic on another thread is waited for, so that the program does not end in the middle of it.
    pub fn end(&self, farewell: &str) -> bool {
        wait_for_messages();
        let heard = self.leave(Leaving::ForGood(farewell));
        self.writer.end();
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.as_ref().is_some_and(|modes| std::ptr::eq(&raw const **modes, self)) {
            *taken = None;
        }
        heard
    }

    fn taken(&self) -> MutexGuard<'_, bool> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parting_words() -> Vec<u8> {
    let mut words = Vec::new();
    // Writing to a vector cannot fail.
    let _ = queue!(
        words,
        EndSynchronizedUpdate,
        SetAttribute(Attribute::Reset),
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    words
}

/// Puts restoring before whatever a panic does next, such as printing its message.
fn hook_panics() {
    let next = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        *printing() += 1;
        // A panic while the lock is held must not wait for itself.
        let modes = TAKEN.try_lock().ok().and_then(|taken| taken.clone());
        let heard = modes.is_none_or(|modes| {
            modes.alarm.raise(Reason::Panicked);
            modes.leave(Leaving::ForGood(""))
        });
        if heard || !io::stderr().is_terminal() {
            next(panic);
        }
        *printing() -= 1;
        PRINTING.1.notify_all();
    }));
}

fn printing() -> MutexGuard<'static, usize> {
    PRINTING.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait_for_messages() {
    // Longer than this only a reader of standard error that is stuck can take; the message is lost on it anyway.
    let _ = PRINTING.1.wait_timeout_while(printing(), PATIENCE, |printing| *printing > 0);
}
