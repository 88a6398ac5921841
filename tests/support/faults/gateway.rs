//! A TLS-ending loopback proxy before the API server, which makes the network's faults on one write: cut at a byte, held,
//! doubled, answered by somebody else, or met by the death of its sender at an exact place of its way.
//!
//! It has a certificate of its own and passes the sender's credentials on, so refusals are the real server's. Reads and
//! watches pass untouched, but for their dates where the server's clock is to be off. Invariant: a rule is used up by the first write that it meets; all later ones pass.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Mutex as Turn;
use tokio::task::JoinHandle;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::authority::{Authority, as_data};

/// A place on the way of a write and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The whole request is here; the server has nothing of it.
    Arrived,
    /// The server has it; its answer is not here.
    Forwarded,
    /// Its answer is here; the sender has nothing of it.
    Answered,
}

/// What happens to the next write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It passes.
    Pass,
    /// It is answered here with this code, and a `Retry-After` where there is one; the server gets nothing.
    Answer(u16, Option<u32>),
    /// The server gets it, and its answer is replaced by this code.
    AnswerAfter(u16),
    /// The server gets this many bytes of it, then both connections are cut.
    CutRequest(usize),
    /// The sender gets this many bytes of the answer, then both connections are cut.
    CutAnswer(usize),
    /// It waits here.
    HoldRequest(Duration),
    /// Its answer waits here.
    HoldAnswer(Duration),
    /// The server gets it a second time, on another connection: behind the original's answer, or in front of it.
    Double { in_front: bool },
    /// Its bearer token is replaced by one that the server does not know.
    Expired,
    /// The sender is killed there. At [`Place::Arrived`] the flag says whether the server gets the request all the same.
    Kill(Place, Pid, bool),
}

struct Shared {
    rule: Mutex<Rule>,
    met: AtomicBool,
    /// By how many seconds the dates of answers are put forward.
    ahead: AtomicI64,
    server: SocketAddr,
    connector: TlsConnector,
}

/// How every gateway of a campaign speaks TLS.
pub struct Keys {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    authority: String,
}

/// A running gateway.
pub struct Gateway {
    shared: Arc<Shared>,
    port: u16,
    task: JoinHandle<()>,
}

impl Keys {
    /// Makes new keys; `authority` is the file with the certificate of the server's authority.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn new(authority: &Path) -> Result<Self, String> {
        rollgate::cluster::tls::install();
        let trusted = CertificateDer::from_pem_file(authority).map_err(|error| format!("{error:?}"))?;
        let mut roots = RootCertStore::empty();
        roots.add(trusted).map_err(|error| error.to_string())?;
        let upward = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let own = Authority::new("gateway");
        let acceptor = TlsAcceptor::from(Arc::new(own.server(&["127.0.0.1"]).serves()));
        Ok(Self { acceptor, connector: TlsConnector::from(Arc::new(upward)), authority: own.pem() })
    }

    /// Writes the text of a kubeconfig file that signs in through a gateway.
    pub fn kubeconfig(&self, port: u16, context: &str, (user, token): (&str, &str)) -> String {
        let authority = as_data(&self.authority);
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n\
             clusters:\n- name: {context}\n  cluster: {{server: \"https://127.0.0.1:{port}\", certificate-authority-data: {authority}}}\n\
             users:\n- name: {user}\n  user: {{token: \"{token}\"}}\n\
             contexts:\n- name: {context}\n  context: {{cluster: {context}, user: {user}}}\n"
        )
    }
}

impl Gateway {
    /// Starts one before a server.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn before(server: SocketAddr, keys: &Keys, runtime: &Runtime) -> Result<Self, String> {
        let shared = Arc::new(Shared {
            rule: Mutex::new(Rule::Pass),
            met: AtomicBool::new(false),
            ahead: AtomicI64::new(0),
            server,
            connector: keys.connector.clone(),
        });
        let listener =
            runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let (own, acceptor) = (Arc::clone(&shared), keys.acceptor.clone());
        let task = runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (own, acceptor) = (Arc::clone(&own), acceptor.clone());
                tokio::spawn(async move {
                    // A server that is down is a connection that is cut.
                    let _ = carry(&own, &acceptor, client).await;
                });
            }
        });
        Ok(Self { shared, port, task })
    }

    /// Names the port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sets what happens to the next write.
    pub fn rule(&self, rule: Rule) {
        self.shared.met.store(false, Ordering::SeqCst);
        *self.shared.rule.lock().unwrap_or_else(PoisonError::into_inner) = rule;
    }

    /// Puts the dates of all answers from now on forward by this many seconds, or back: a server whose clock is off.
    pub fn dates_ahead(&self, seconds: i64) {
        self.shared.ahead.store(seconds, Ordering::SeqCst);
    }

    /// Tells whether a write has met the rule.
    pub fn was_met(&self) -> bool {
        self.shared.met.load(Ordering::SeqCst)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn take(&self) -> Rule {
        let mut rule = self.rule.lock().unwrap_or_else(PoisonError::into_inner);
        if *rule != Rule::Pass {
            self.met.store(true, Ordering::SeqCst);
        }
        std::mem::replace(&mut rule, Rule::Pass)
    }

    async fn connect(&self) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::IpAddress(self.server.ip().into());
        self.connector.connect(name, stream).await
    }
}

/// What the way back does, once a write has gone up.
#[derive(Default)]
struct Back {
    rule: Mutex<Option<Rule>>,
    answered: AtomicBool,
    sent: AtomicBool,
}

/// How long a server may take for a write whose sender has gone.
const GONE: Duration = Duration::from_secs(15);

/// How far behind the original a copy comes.
const BEHIND: Duration = Duration::from_millis(700);

async fn carry(shared: &Arc<Shared>, acceptor: &TlsAcceptor, client: TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let client = acceptor.accept(client).await?;
    let server = shared.connect().await?;
    let (from_client, to_client) = split(client);
    let (from_server, to_server) = split(server);
    let (back, to_client) = (Arc::new(Back::default()), Arc::new(Turn::new(to_client)));
    let (own, clock) = (Arc::clone(&back), Arc::clone(shared));
    let down_to = Arc::clone(&to_client);
    let mut down = tokio::spawn(async move { carry_down(&clock, &own, from_server, &down_to).await });
    tokio::select! {
        _ = &mut down => return Ok(()),
        _ = carry_up(shared, &back, from_client, to_server, &to_client) => {}
    }
    // A request that has left is not called back by the death of its sender.
    if back.sent.load(Ordering::SeqCst) && !back.answered.load(Ordering::SeqCst) {
        let _ = tokio::time::timeout(GONE, &mut down).await;
    }
    down.abort();
    Ok(())
}

async fn carry_up<W: AsyncWrite + Unpin>(
    shared: &Arc<Shared>,
    back: &Back,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    to_client: &Turn<W>,
) -> io::Result<()> {
    let mut pending = Vec::new();
    loop {
        let Some(request) = next_request(&mut from, &mut pending).await? else { return Ok(()) };
        let rule = if is_order(&request) { shared.take() } else { Rule::Pass };
        match rule {
            Rule::Pass => to.write_all(&request).await?,
            Rule::Answer(code, after) => {
                to_client.lock().await.write_all(&answer(code, after)).await?;
                // The server's own answers follow in order; here there is none to wait for.
                continue;
            }
            Rule::CutRequest(count) => {
                to.write_all(&request[..count.min(request.len() - 1)]).await?;
                to.flush().await?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Rule::HoldRequest(time) => {
                tokio::time::sleep(time).await;
                to.write_all(&request).await?;
            }
            Rule::Double { in_front } => {
                double(shared, &request, in_front).await?;
                to.write_all(&request).await?;
            }
            Rule::Expired => to.write_all(&expired(&request)).await?,
            Rule::Kill(Place::Arrived, sender, forward) => {
                let _ = kill_process(sender, Signal::KILL);
                if !forward {
                    return Ok(());
                }
                to.write_all(&request).await?;
            }
            Rule::Kill(Place::Forwarded, sender, _) => {
                to.write_all(&request).await?;
                to.flush().await?;
                let _ = kill_process(sender, Signal::KILL);
            }
            later => {
                *back.rule.lock().unwrap_or_else(PoisonError::into_inner) = Some(later);
                to.write_all(&request).await?;
            }
        }
        if is_order(&request) {
            back.answered.store(false, Ordering::SeqCst);
            back.sent.store(true, Ordering::SeqCst);
        }
        to.flush().await?;
    }
}

/// Tells whether a request changes a Rollout: a dry run does not.
fn is_order(request: &[u8]) -> bool {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    line.starts_with(b"PATCH ") && !line.windows(10).any(|part| part == b"dryRun=All")
}

/// Sends a copy of a request, before the original or behind it.
async fn double(shared: &Arc<Shared>, request: &[u8], in_front: bool) -> io::Result<()> {
    if in_front {
        return again(shared, request).await;
    }
    let (twin, bytes) = (Arc::clone(shared), request.to_vec());
    tokio::spawn(async move {
        tokio::time::sleep(BEHIND).await;
        again(&twin, &bytes).await
    });
    Ok(())
}

async fn carry_down(
    shared: &Shared,
    back: &Back,
    mut from: impl AsyncRead + Unpin,
    to: &Turn<impl AsyncWrite + Unpin>,
) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        redate(&mut bytes[..count], shared.ahead.load(Ordering::SeqCst));
        let rule = back.rule.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut to = to.lock().await;
        match rule {
            Some(Rule::AnswerAfter(code)) => {
                to.write_all(&answer(code, None)).await?;
                to.shutdown().await?;
                return Ok(());
            }
            Some(Rule::CutAnswer(cut)) => {
                to.write_all(&bytes[..cut.min(count - 1)]).await?;
                to.flush().await?;
                return Ok(());
            }
            Some(Rule::Kill(_, sender, _)) => {
                let _ = kill_process(sender, Signal::KILL);
                return Ok(());
            }
            Some(Rule::HoldAnswer(time)) => tokio::time::sleep(time).await,
            _ => {}
        }
        back.answered.store(true, Ordering::SeqCst);
        to.write_all(&bytes[..count]).await?;
        to.flush().await?;
    }
}

/// Puts the date of an answer that begins here forward; its length stays (RFC 9110 §5.6.7).
fn redate(bytes: &mut [u8], ahead: i64) {
    const NAME: &[u8] = b"\r\nDate: ";
    const LENGTH: usize = "Sat, 21 Nov 2026 19:15:02 GMT".len();
    if ahead == 0 || !bytes.starts_with(b"HTTP/1.1 ") {
        return;
    }
    let found = bytes.windows(NAME.len()).position(|part| part == NAME).map(|at| at + NAME.len());
    let Some(date) = found.and_then(|at| bytes.get_mut(at..at + LENGTH)) else { return };
    let parse = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let said: Option<Timestamp> = std::str::from_utf8(date).ok().and_then(parse);
    let Some(said) = said.and_then(|said| said.checked_add(SignedDuration::from_secs(ahead)).ok()) else {
        return;
    };
    let moved = said.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if moved.len() == LENGTH {
        date.copy_from_slice(moved.as_bytes());
    }
}

/// Sends a request on a connection of its own and reads its answer, which nobody gets.
async fn again(shared: &Shared, request: &[u8]) -> io::Result<()> {
    let mut server = shared.connect().await?;
    server.write_all(request).await?;
    server.flush().await?;
    let _ = server.read(&mut [0; 4096]).await?;
    Ok(())
}

/// Reads one whole request: its head, and the body where a length is said.
async fn next_request(
    from: &mut (impl AsyncRead + Unpin),
    pending: &mut Vec<u8>,
) -> io::Result<Option<Vec<u8>>> {
    loop {
        let head = pending.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head {
            let length = head + length(&pending[..head]);
            if pending.len() >= length {
                let rest = pending.split_off(length);
                return Ok(Some(std::mem::replace(pending, rest)));
            }
        }
        if from.read_buf(pending).await? == 0 {
            return Ok(None);
        }
    }
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// Replaces the bearer token in the head of a request.
fn expired(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    let lines = text.split("\r\n").map(|line| {
        let is_token = line.to_ascii_lowercase().starts_with("authorization:");
        if is_token { "authorization: Bearer expired-long-ago" } else { line }
    });
    lines.collect::<Vec<_>>().join("\r\n").into_bytes()
}

fn answer(code: u16, after: Option<u32>) -> Vec<u8> {
    let (reason, message) = match code {
        429 => ("TooManyRequests", "The request was not processed: too many requests, try again later"),
        503 => ("ServiceUnavailable", "apiserver is shutting down"),
        504 => ("Timeout", "Timeout: request did not complete within the allotted timeout"),
        _ => ("InternalError", "Internal error occurred"),
    };
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{message}","reason":"{reason}","code":{code}}}"#
    );
    let after = after.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default();
    format!(
        "HTTP/1.1 {code} {reason}\r\nContent-Type: application/json\r\n{after}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
