//! The wire of the embedded cluster: HTTP/1.1 on loopback, in the words of a real API server.
//!
//! It owns routes, tokens, rights, lists, watches, Tables and discovery; objects and their rules are the world's. What
//! goes wrong on the wire is said by the world's script and done here. It never keeps an object and never serialises
//! one again that is stored. Invariant: it listens on 127.0.0.1 alone, and ends when it is dropped.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::sim::world::World;

mod answer;
mod ask;
mod core;
mod discovery;
mod form;
mod kubeconfig;
mod list;
mod openapi;
mod opened;
mod protobuf;
mod query;
mod rights;
mod route;
mod selector;
mod serve;
mod table;
mod watch;
mod write;

pub use kubeconfig::kubeconfig;
pub use rights::{Rights, Rule};

use core::Core;

/// Who is served, and what they may do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// The token that a caller must bear.
    pub token: SecretString,
    /// By which name its bearer is known.
    pub user: String,
    /// What that user may do.
    pub rights: Rights,
}

impl Default for Settings {
    /// A free port, a fresh token, and every right.
    fn default() -> Self {
        let token = uuid::Uuid::now_v7().simple().to_string().into();
        Self { port: 0, token, user: "you".to_owned(), rights: Rights::everything() }
    }
}

/// A served world; ends when dropped.
pub struct Served {
    url: String,
    core: Arc<Core>,
    _tasks: JoinSet<()>,
}

/// Serves a world and lets its time pass; must be called within a tokio runtime.
///
/// Whoever changes the world elsewhere calls [`Served::poke`] afterwards, so that watches see it at once.
///
/// # Errors
/// When the port cannot be had.
pub async fn start(world: Arc<Mutex<World>>, clock: Clock, settings: Settings) -> io::Result<Served> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let core = Arc::new(Core::new(world, clock, (settings.user, settings.token), settings.rights));
    let mut tasks = JoinSet::new();
    let time = Arc::clone(&core);
    tasks.spawn(async move { time.keep_time().await });
    tasks.spawn(accept(listener, Arc::clone(&core)));
    Ok(Served { url, core, _tasks: tasks })
}

impl Served {
    /// Returns where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the token that a caller must bear.
    pub fn token(&self) -> &str {
        self.core.token.expose_secret()
    }

    /// Returns a kubeconfig for it, with the context `demo`.
    pub fn kubeconfig(&self) -> String {
        kubeconfig(&self.url, self.token())
    }

    /// Returns a kubeconfig that kubectl can use too: the path of its server holds the token.
    ///
    /// client-go sends no token to a server without TLS (client-go: tools/clientcmd/client_config.go).
    pub fn kubeconfig_for_kubectl(&self) -> String {
        kubeconfig(&format!("{}/{}", self.url, self.token()), self.token())
    }

    /// Lets time pass and wakes watches, after the world was changed by somebody else.
    pub fn poke(&self) {
        self.turn(|_| ());
    }

    /// Lets time pass, changes the world, and wakes watches.
    pub fn turn(&self, change: impl FnOnce(&mut World)) {
        self.core.turn(change);
    }

    /// Gives the user other rights from now on; what is open stays open.
    pub fn set_rights(&self, rights: Rights) {
        *self.core.rights.write().unwrap_or_else(PoisonError::into_inner) = rights;
    }
}

async fn accept(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    loop {
        // A connection that could not be accepted is its caller's trouble.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(stream, Arc::clone(&core)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, core: Arc<Core>) {
    // Small pieces go out at once; where that cannot be, they go out later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| serve::serve(Arc::clone(&core), request));
    let mut builder = http1::Builder::new();
    let served = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    // A caller that went away needs no answer.
    drop(served);
}
