//! Owns the lines on standard input and output: one message each, within bounds.
//!
//! A thread reads and a thread writes, so that neither holds up an answer. What is no message is answered here, as an error
//! of JSON-RPC, and reaches nothing else. Invariants: no line over [`LONGEST`] bytes is kept, none deeper than
//! [`gate::DEEPEST`] is parsed; at most [`IN_FLIGHT`] requests are under way, those included whose answers nobody takes, and no two
//! of one id; standard output carries messages and nothing else.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ClientNotification, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;

mod gate;

pub(super) use gate::check;

use gate::Refused;

/// Longest message, in bytes.
pub(super) const LONGEST: usize = 1 << 20;
/// Most requests under way.
pub(super) const IN_FLIGHT: usize = 16;
/// Messages that may wait, either way.
const WAITING: usize = 32;
/// How long the other side may take to take the last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a request stands that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Asked,
    /// There is an answer, and no room for it yet.
    Answered,
}

type Ids = Arc<Mutex<BTreeMap<String, Stand>>>;

/// The wire, as the protocol's loop uses it.
pub(super) struct Wire {
    incoming: mpsc::Receiver<RxJsonRpcMessage<RoleServer>>,
    outgoing: Option<mpsc::Sender<Vec<u8>>>,
    ids: Ids,
}

/// The thread that writes.
pub(super) struct Written {
    thread: JoinHandle<()>,
}

impl Wire {
    /// Takes standard input and output.
    pub(super) fn stdio() -> (Self, Written) {
        Self::over(io::stdin(), io::stdout())
    }

    /// Takes any two ends.
    pub(super) fn over(
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> (Self, Written) {
        let (sender, incoming) = mpsc::channel(WAITING);
        let (outgoing, queue) = mpsc::channel(WAITING);
        let ids = Ids::default();
        let reader = Reader {
            input: BufReader::new(input),
            messages: sender,
            errors: outgoing.clone(),
            ids: ids.clone(),
        };
        std::thread::spawn(move || reader.run());
        let thread = std::thread::spawn(move || write(queue, output));
        (Self { incoming, outgoing: Some(outgoing), ids }, Written { thread })
    }
}

impl Written {
    /// Waits until all is written, but not for long.
    pub(super) async fn finish(self) {
        let until = tokio::time::Instant::now() + LAST_WORDS;
        while !self.thread.is_finished() && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Transport<RoleServer> for Wire {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        let ids = Arc::clone(&self.ids);
        async move {
            let id = match &message {
                JsonRpcMessage::Response(response) => Some(response.id.to_string()),
                JsonRpcMessage::Error(error) => error.id.as_ref().map(ToString::to_string),
                _ => None,
            };
            if id.as_ref().is_some_and(|id| !is_awaited(&ids, id)) {
                return Ok(());
            }
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let outgoing = outgoing.ok_or(io::ErrorKind::NotConnected)?;
            let room = outgoing.reserve().await.map_err(|_| io::ErrorKind::BrokenPipe)?;
            // Not before there is room, or who takes no answers could pile them up; and before anybody can have read it, so
            // that who has an answer may ask the next question.
            if let Some(id) = id {
                ids.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            }
            room.send(line);
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let outgoing = self.outgoing.clone()?;
        tokio::select! {
            message = self.incoming.recv() => message,
            // Who takes no answers asks no more.
            () = outgoing.closed() => None,
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.outgoing = None;
        self.incoming.close();
        Ok(())
    }
}

/// Tells whether a request awaits its answer, which there is now; what was cancelled does not.
fn is_awaited(ids: &Ids, id: &str) -> bool {
    let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
    ids.get_mut(id).is_some_and(|stand| {
        let asked = *stand == Stand::Asked;
        *stand = Stand::Answered;
        asked
    })
}

fn write(mut queue: mpsc::Receiver<Vec<u8>>, mut output: impl Write) {
    while let Some(line) = queue.blocking_recv() {
        if output.write_all(&line).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

struct Reader<R> {
    input: BufReader<R>,
    messages: mpsc::Sender<RxJsonRpcMessage<RoleServer>>,
    errors: mpsc::Sender<Vec<u8>>,
    ids: Ids,
}

impl<R: Read> Reader<R> {
    fn run(mut self) {
        let mut line = Vec::new();
        while let Some(whole) = self.line(&mut line) {
            let checked = if whole { check(&line) } else { Err(Refused::too_long()) };
            let passed = match checked.and_then(|message| message.map_or(Ok(None), |it| self.admit(it))) {
                Ok(None) => Ok(()),
                Ok(Some(message)) => self.messages.blocking_send(message).map_err(drop),
                Err(refused) => self.errors.blocking_send(refused.line()).map_err(drop),
            };
            if passed.is_err() {
                return;
            }
        }
    }

    /// Reads a line; tells whether all of it was kept, or that there is none any more. Whoever closes in the middle of a line
    /// did not finish what it meant to say.
    fn line(&mut self, line: &mut Vec<u8>) -> Option<bool> {
        line.clear();
        let most = LONGEST as u64 + 1;
        let read = (&mut self.input).take(most).read_until(b'\n', line).ok()?;
        if line.pop_if(|last| *last == b'\n').is_some() {
            return Some(true);
        }
        if read <= LONGEST {
            return None;
        }
        line.clear();
        loop {
            let buffer = self.input.fill_buf().ok().filter(|buffer| !buffer.is_empty())?;
            let (end, all) = match memchr::memchr(b'\n', buffer) {
                Some(at) => (true, at + 1),
                None => (false, buffer.len()),
            };
            self.input.consume(all);
            if end {
                return Some(false);
            }
        }
    }

    /// Lets a message in, unless it is one request too many.
    fn admit(
        &self,
        message: RxJsonRpcMessage<RoleServer>,
    ) -> Result<Option<RxJsonRpcMessage<RoleServer>>, Refused> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        match &message {
            JsonRpcMessage::Request(request) => {
                let id = request.id.to_string();
                if ids.contains_key(&id) {
                    return Err(Refused::doubled(&request.id));
                }
                if ids.len() >= IN_FLIGHT {
                    return Err(Refused::too_many(&request.id));
                }
                ids.insert(id, Stand::Asked);
            }
            JsonRpcMessage::Notification(notification) => {
                // What is cancelled is not answered, unless it is already.
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = cancelled.params.request_id.as_ref().map(ToString::to_string)
                    && ids.get(&id) == Some(&Stand::Asked)
                {
                    ids.remove(&id);
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
        Ok(Some(message))
    }
}
