//! Owns the input pump: a thread that reads the terminal and sends [`Input`] through a bounded channel.
//!
//! It waits in the kernel for input, hang-up or the time at which something held back is due. It gives keys no meaning.
//! Invariant: input leaves in the order in which it came; a key is held back only while its being pressed alone is in
//! question, and only if the current layer asked for that.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::burst::{Press, Solitude};
use super::decode::{Decoded, Decoder};
use super::signals::{Alarm, Loss, Reason};
use super::tty::{Tty, Woken};
use crate::keymap::Key;

/// How much input may wait for the program; more stays in the terminal's own queue.
const WAITING: usize = 256;

/// What came from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Press(Press),
    /// Text was pasted, as the terminal says.
    Paste(String),
    /// The terminal has another size now, in columns and rows.
    Resize(u16, u16),
    /// The terminal came to the front.
    FocusGained,
    /// The terminal went to the back.
    FocusLost,
}

/// What the pump attends to: whether it listens at all, and which keys count only when pressed alone.
#[derive(Clone, Debug, Default)]
pub struct Attention(Arc<Mutex<Attended>>);

#[derive(Debug, Default)]
struct Attended {
    elsewhere: bool,
    judged: Vec<Key>,
}

impl Attention {
    /// Asks for these keys, and no others, to be judged: by the layer that has the keyboard.
    pub fn judge(&self, keys: &[Key]) {
        let mut attended = self.attended();
        if attended.judged != keys {
            keys.clone_into(&mut attended.judged);
        }
    }

    /// Says whether the terminal is ours to read. Reading it in the background would take keys from the shell, or stop
    /// this process (SIGTTIN). Takes effect at the next ring of the bell.
    pub fn listen(&self, ours: bool) {
        self.attended().elsewhere = !ours;
    }

    fn wants(&self, key: Key) -> bool {
        self.attended().judged.contains(&key)
    }

    fn is_listening(&self) -> bool {
        !self.attended().elsewhere
    }

    fn attended(&self) -> MutexGuard<'_, Attended> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The program's end of the pump.
#[derive(Debug)]
pub struct Inputs {
    inputs: mpsc::Receiver<Input>,
    tty: Arc<Tty>,
}

impl Inputs {
    /// Waits for the next input; `None` after the pump has ended. Can be dropped and called again without loss.
    pub async fn next(&mut self) -> Option<Input> {
        self.inputs.recv().await
    }

    /// Returns the next input if one is waiting.
    pub fn take(&mut self) -> Option<Input> {
        self.inputs.try_recv().ok()
    }

    /// Tells whether no input is on its way: neither sent by the pump nor waiting in the terminal.
    pub fn are_quiet(&self) -> bool {
        self.inputs.is_empty() && !self.tty.has_input()
    }
}

/// Reads the terminal; runs on a thread of its own.
pub struct Pump {
    tty: Arc<Tty>,
    bell: UnixStream,
    attention: Attention,
    alarm: Alarm,
    inputs: mpsc::Sender<Input>,
    decoder: Decoder,
    solitude: Solitude,
    queue: VecDeque<Input>,
    size: Option<(u16, u16)>,
}

/// Why the pump stops.
struct Stop(Option<Loss>);

impl Pump {
    /// Starts the pump. Each byte rung on the other end of `bell` asks it to look at the terminal's size and whether it
    /// is to listen; closing that end stops it.
    ///
    /// # Errors
    /// Returns the error of starting a thread.
    pub fn start(tty: Arc<Tty>, bell: UnixStream, attention: Attention, alarm: Alarm) -> io::Result<Inputs> {
        let (sender, inputs) = mpsc::channel(WAITING);
        let size = tty.size().ok();
        let (inputs_from, queue) = (Arc::clone(&tty), VecDeque::new());
        let (decoder, solitude) = (Decoder::new(), Solitude::new());
        let mut pump = Self { tty, bell, attention, alarm, inputs: sender, decoder, solitude, queue, size };
        std::thread::Builder::new().name("terminal-input".into()).spawn(move || {
            if let Stop(Some(loss)) = pump.run() {
                pump.alarm.raise(Reason::Lost(loss));
            }
        })?;
        Ok(Inputs { inputs, tty: inputs_from })
    }

    fn run(&mut self) -> Stop {
        loop {
            let due = self.solitude.until().into_iter().chain(self.decoder.due()).min();
            let limit = due.map(|due| due.saturating_duration_since(Instant::now()));
            let step = match self.tty.wait(&self.bell, limit, self.attention.is_listening()) {
                Woken::Gone => Err(Stop(Some(Loss::Gone))),
                Woken::Bell => self.answer_bell(),
                Woken::Input => self.read(),
                Woken::Time => {
                    self.let_pass(Instant::now());
                    Ok(())
                }
            };
            if let Err(stop) = step.and_then(|()| self.send()) {
                return stop;
            }
        }
    }

    fn read(&mut self) -> Result<(), Stop> {
        let mut bytes = [0; 1024];
        let count = self.tty.read(&mut bytes).map_err(read_failed)?;
        let at = Instant::now();
        // These bytes void a held key now: they may be half a sequence that means nothing for a while.
        self.void();
        for (meant, at) in self.decoder.feed(bytes.get(..count).unwrap_or_default(), at) {
            self.queue(meant, at);
        }
        if self.decoder.is_incomplete() {
            // The same for a key that came with such bytes behind it.
            self.void();
        }
        Ok(())
    }

    fn let_pass(&mut self, now: Instant) {
        let released = self.solitude.elapsed(now);
        self.queue_press(released);
        for (meant, at) in self.decoder.elapsed(now) {
            self.queue(meant, at);
        }
    }

    fn queue(&mut self, meant: Decoded, at: Instant) {
        let input = match meant {
            Decoded::Key(key) => {
                let presses = self.solitude.press(key, at, self.attention.wants(key));
                self.queue.extend(presses.into_iter().flatten().map(Input::Press));
                return;
            }
            Decoded::Paste(text) => Some(Input::Paste(text)),
            Decoded::FocusGained => Some(Input::FocusGained),
            Decoded::FocusLost => Some(Input::FocusLost),
            Decoded::Unknown => None,
        };
        self.disturb(at);
        self.queue.extend(input);
    }

    fn void(&mut self) {
        let released = self.solitude.void();
        self.queue_press(released);
    }

    fn resize(&mut self, size: (u16, u16)) {
        if self.size.replace(size) != Some(size) {
            self.disturb(Instant::now());
            self.queue.push_back(Input::Resize(size.0, size.1));
        }
    }

    fn answer_bell(&mut self) -> Result<(), Stop> {
        let mut rings = [0; 64];
        match rustix::io::read(&self.bell, &mut rings) {
            Ok(0) | Err(_) => Err(Stop(None)),
            Ok(_) => {
                let size = self.tty.size().map_err(read_failed)?;
                self.resize(size);
                Ok(())
            }
        }
    }

    /// Notes input that is no key, but company for one.
    fn disturb(&mut self, at: Instant) {
        let released = self.solitude.disturb(at);
        self.queue_press(released);
    }

    fn queue_press(&mut self, press: Option<Press>) {
        self.queue.extend(press.map(Input::Press));
    }

    /// Sends what is queued. While the program is behind, this waits; the terminal keeps what is typed meanwhile.
    fn send(&mut self) -> Result<(), Stop> {
        while let Some(input) = self.queue.pop_front() {
            match self.inputs.try_send(input) {
                Ok(()) => {}
                Err(TrySendError::Closed(_)) => return Err(Stop(None)),
                Err(TrySendError::Full(input)) => {
                    self.inputs.blocking_send(input).map_err(|_| Stop(None))?;
                    // What was typed meanwhile is read late and all at once: it counts as company.
                    self.disturb(Instant::now());
                }
            }
        }
        Ok(())
    }
}

fn read_failed(error: io::Error) -> Stop {
    Stop(Some(Loss::Read(error.kind())))
}
