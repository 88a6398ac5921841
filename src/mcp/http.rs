//! Owns answering assistants over HTTP: the protocol's streamable transport on one loopback address, behind a token.
//!
//! The transport itself is [`rmcp`]'s; here is who comes in ([`admit`]), how much of it, and when it ends. It serves no files, no web
//! page and no other path. Invariants: nothing is parsed of a caller without the token; connections, requests, streams,
//! sessions, their sizes and their times are bounded ([`Bounds`]); it ends when it is told to.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::session::local::{LocalSessionManager, SessionConfig};
use rmcp::transport::streamable_http_server::tower::StreamableHttpService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::live::Live;
use super::propose::Offers;
use super::reads::Reads;
use super::server::Server;
use super::wire;

mod admit;
mod guard;
mod sessions;
mod taking;
#[cfg(test)]
mod tests;
mod token;

pub use token::Token;

use guard::Guard;
use sessions::Sessions;
use taking::Taking;

/// How long callers may take to take the last words.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Pause after a connection that could not be accepted, for want of files, say.
const BREATH: Duration = Duration::from_millis(50);
/// How long a session stays without a word, where nothing else is said.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
/// Largest head of a request, in bytes.
const LARGEST_HEAD: usize = 32 << 10;

/// How much is taken of callers.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// Most connections; more wait until one ends.
    connections: usize,
    /// Most messages under way; one more is refused.
    requests: usize,
    /// Most streams without a message of their own; one more is refused.
    streams: usize,
    /// Most sessions; one more takes the place of the one that was longest without a word, if that is [`Bounds::rest`] or longer.
    sessions: usize,
    /// How long a session keeps its place against a new one.
    rest: Duration,
    /// How long a session stays without a word.
    idle: Duration,
    /// How long the head of a request may take, and a connection stay without one.
    head: Duration,
    /// How long the body may take.
    body: Duration,
    /// How long a caller may take nothing of what is written to it.
    taking: Duration,
    /// Largest body, in bytes.
    largest: usize,
}

const BOUNDS: Bounds = Bounds {
    connections: 64,
    requests: wire::IN_FLIGHT,
    streams: 32,
    sessions: 16,
    rest: Duration::from_secs(60),
    idle: IDLE,
    head: Duration::from_secs(30),
    body: Duration::from_secs(10),
    taking: Duration::from_secs(30),
    largest: wire::LONGEST,
};

/// The one address at which callers are answered, and what they must bear.
pub struct Door {
    /// Where it listens; a loopback address, which is up to whoever made it.
    pub listener: TcpListener,
    /// What callers must bear.
    pub token: Token,
    /// How long a session stays without a word.
    pub idle: Duration,
}

/// Answers callers until `ended` is, and returns what that says.
pub async fn listen<T>(
    door: Door,
    (live, reads, offers): (Arc<Live>, Arc<dyn Reads>, Offers),
    ended: impl Future<Output = T>,
) -> T {
    let bounds = Bounds { idle: door.idle, ..BOUNDS };
    serve(door, Server::new(live, reads, offers), bounds, ended).await
}

async fn serve<T>(door: Door, server: Server, bounds: Bounds, ended: impl Future<Output = T>) -> T {
    let config = StreamableHttpServerConfig::default()
        .with_max_request_body_bytes(bounds.largest)
        .enforce_origin_validation()
        .with_allowed_origins(ORIGINS);
    let ends = config.cancellation_token.clone();
    let rooms = Arc::new(rooms(bounds));
    let service = StreamableHttpService::new(move || Ok(server.beside()), Arc::clone(&rooms), config);
    let guard = Arc::new(Guard::new(service, door.token, Sessions::new(rooms, bounds), bounds));
    let (end, ending) = watch::channel(());
    let mut connections = JoinSet::new();
    let code = tokio::select! {
        code = ended => code,
        () = accept(door.listener, &guard, &mut connections, &ending) => std::future::pending().await,
    };
    ends.cancel();
    drop(end);
    // Who does not take the last words is not waited for.
    let _ = timeout(LAST_WORDS, async { while connections.join_next().await.is_some() {} }).await;
    code
}

/// Origins that the transport lets in; [`admit`] has judged them before, more widely.
const ORIGINS: [&str; 6] = [
    "http://localhost:*",
    "https://localhost:*",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
    "http://[::1]:*",
    "https://[::1]:*",
];

fn rooms(bounds: Bounds) -> LocalSessionManager {
    let mut config = SessionConfig::default();
    config.keep_alive = Some(bounds.idle);
    let mut rooms = LocalSessionManager::default();
    rooms.session_config = config;
    rooms
}

async fn accept(
    listener: TcpListener,
    guard: &Arc<Guard>,
    connections: &mut JoinSet<()>,
    ending: &watch::Receiver<()>,
) {
    let seats = Arc::new(Semaphore::new(guard.bounds.connections));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (guard, ending) = (Arc::clone(guard), ending.clone());
                connections.spawn(async move {
                    connection(stream, guard, ending).await;
                    drop(seat);
                });
            }
            Err(_) => tokio::time::sleep(BREATH).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, guard: Arc<Guard>, mut ending: watch::Receiver<()>) {
    // Small pieces go out at once; where that cannot be, they go out later.
    let _ = stream.set_nodelay(true);
    let (head, stream) = (guard.bounds.head, Taking::new(stream, guard.bounds.taking));
    let service = service_fn(move |request| {
        let guard = Arc::clone(&guard);
        async move { guard.answer(request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    // A caller that went away needs no answer.
    tokio::select! {
        _ = served.as_mut() => return,
        _ = ending.changed() => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}
