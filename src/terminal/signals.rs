//! Owns what reaches the program from outside the keyboard: signals, the loss of the terminal, a panic.
//!
//! It only reports; what is dropped, settled or recorded before leaving is decided by the program.
//! Invariant: the first loss or panic is kept and reported once, whichever thread noticed it; no signal listed here
//! has its default effect while a [`Signals`] lives.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::watch;

/// Within which time signals that were sent together, as `kill` and the SIGCONT after it, have all come.
const COME_TOGETHER: Duration = Duration::from_millis(20);

/// Why the program has to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// SIGINT from outside; in raw mode Ctrl-C is a key.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// SIGHUP: the session or the link ended.
    HungUp,
    /// SIGQUIT.
    Quit,
    /// The terminal is gone, with or without a signal.
    Lost(Loss),
    /// A thread or task panicked; the terminal has already been restored.
    Panicked,
}

/// How the loss of the terminal was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The kernel reports a hang-up, or that this is no terminal any more.
    Gone,
    /// Reading failed.
    Read(io::ErrorKind),
    /// Writing failed.
    Write(io::ErrorKind),
}

/// What reached the program from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Leave now.
    Leave(Reason),
    /// SIGTSTP: hand the terminal back and stop.
    Suspend,
    /// SIGCONT without our having stopped ourselves: the terminal may have changed hands.
    Continued,
}

impl Reason {
    /// Returns the exit code that shells expect: 128 and the signal's number, or 1.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::HungUp | Self::Lost(_) => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
            Self::Panicked => 1,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted (SIGINT)"),
            Self::Terminated => f.write_str("terminated (SIGTERM)"),
            Self::HungUp => f.write_str("the session hung up (SIGHUP)"),
            Self::Quit => f.write_str("told to quit (SIGQUIT)"),
            Self::Lost(Loss::Gone) => f.write_str("the terminal is gone"),
            Self::Lost(Loss::Read(kind)) => write!(f, "the terminal cannot be read: {kind}"),
            Self::Lost(Loss::Write(kind)) => write!(f, "the terminal cannot be written to: {kind}"),
            Self::Panicked => f.write_str("a part of the program panicked"),
        }
    }
}

/// Lets any thread report that the terminal is lost or that something panicked; the first report is kept.
#[derive(Clone, Debug)]
pub struct Alarm(watch::Sender<Option<Reason>>);

impl Default for Alarm {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Alarm {
    /// Reports why the program has to leave.
    pub fn raise(&self, reason: Reason) {
        self.0.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(reason);
            is_first
        });
    }

    /// Returns what was reported first, if anything.
    pub fn raised(&self) -> Option<Reason> {
        *self.0.borrow()
    }
}

/// The stream of what reaches the program from outside.
#[derive(Debug)]
pub struct Signals {
    alarm: watch::Receiver<Option<Reason>>,
    interrupt: Stream,
    terminate: Stream,
    hang_up: Stream,
    quit: Stream,
    stop: Stream,
    go_on: Stream,
}

impl Signals {
    /// Starts listening; needs a tokio runtime.
    ///
    /// # Errors
    /// Returns the error of registering a signal.
    pub fn listen(alarm: &Alarm) -> io::Result<Self> {
        Ok(Self {
            alarm: alarm.0.subscribe(),
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// Waits for the next one. Can be dropped and called again without losing any.
    pub async fn next(&mut self) -> Signal {
        let Self { alarm, interrupt, terminate, hang_up, quit, stop, go_on } = self;
        tokio::select! {
            biased;
            reason = leave(alarm, [terminate, hang_up, interrupt, quit]) => Signal::Leave(reason),
            _ = stop.recv() => Signal::Suspend,
            _ = go_on.recv() => Signal::Continued,
        }
    }

    /// Waits for SIGCONT, or for a reason to leave; a reason that came with the SIGCONT comes first.
    pub(super) async fn continued(&mut self) -> Result<(), Reason> {
        let Self { alarm, interrupt, terminate, hang_up, quit, go_on, .. } = self;
        let streams = [terminate, hang_up, interrupt, quit];
        let mut reason = std::pin::pin!(leave(alarm, streams));
        tokio::select! {
            biased;
            reason = &mut reason => return Err(reason),
            _ = go_on.recv() => {}
        }
        match tokio::time::timeout(COME_TOGETHER, reason).await {
            Ok(reason) => Err(reason),
            Err(_) => Ok(()),
        }
    }
}

/// Waits for a reason to leave, given the streams of SIGTERM, SIGHUP, SIGINT and SIGQUIT.
async fn leave(alarm: &mut watch::Receiver<Option<Reason>>, streams: [&mut Stream; 4]) -> Reason {
    let [terminate, hang_up, interrupt, quit] = streams;
    tokio::select! {
        biased;
        reason = raised(alarm) => reason,
        _ = terminate.recv() => Reason::Terminated,
        _ = hang_up.recv() => Reason::HungUp,
        _ = interrupt.recv() => Reason::Interrupted,
        _ = quit.recv() => Reason::Quit,
    }
}

/// Waits for the first report; pends for ever after it was given, or when nobody can report any more.
async fn raised(alarm: &mut watch::Receiver<Option<Reason>>) -> Reason {
    loop {
        if alarm.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        if let Some(reason) = *alarm.borrow_and_update() {
            return reason;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_alarm_is_reported_once_whoever_raises_more() {
        let alarm = Alarm::default();
        let mut signals = Signals::listen(&alarm).unwrap();
        let elsewhere = alarm.clone();
        std::thread::spawn(move || elsewhere.raise(Reason::Lost(Loss::Gone))).join().unwrap();
        alarm.raise(Reason::Panicked);
        assert_eq!(signals.next().await, Signal::Leave(Reason::Lost(Loss::Gone)));
        assert_eq!(alarm.raised(), Some(Reason::Lost(Loss::Gone)));
        let mut again = std::pin::pin!(signals.next());
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(again.as_mut().poll(context))).await;
        assert!(polled.is_pending());
    }
}
