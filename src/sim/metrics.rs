//! A Prometheus that is made up: what it would tell of the versions in a scenario, on loopback.
//!
//! It owns a listener, the few questions that it answers in Prometheus's words, and the series behind them, which follow from a story, a
//! seed and the time. It never keeps a point and never judges one. Invariant: the same question about the same minute has the same
//! answer, however often and in whatever order it is asked.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::sim::world::World;

mod answer;
mod question;
mod selector;
mod serve;
mod story;
#[cfg(test)]
mod tests;

pub use story::{Like, Story};

/// What is told of, and when it is now.
struct Core {
    world: Arc<Mutex<World>>,
    clock: Clock,
    stories: Vec<Story>,
}

/// A served Prometheus; ends when dropped.
pub struct Served {
    address: SocketAddr,
    _task: JoinSet<()>,
}

/// Serves the series of stories, for the versions that a world has; must be called within a tokio runtime.
///
/// # Errors
/// When no port can be had.
pub async fn start(world: Arc<Mutex<World>>, clock: Clock, stories: Vec<Story>) -> io::Result<Served> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let core = Arc::new(Core { world, clock, stories });
    let mut task = JoinSet::new();
    task.spawn(accept(listener, core));
    Ok(Served { address, _task: task })
}

impl Served {
    /// Returns where it listens, on 127.0.0.1.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Core {
    /// Answers a question as of now.
    fn answer(&self, path: &str, form: &str) -> answer::Answer {
        let now = self.clock.now();
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        question::answer(&world, &self.stories, (path, form), now)
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
    let service = service_fn(move |request| serve::serve(Arc::clone(&core), request));
    let mut builder = http1::Builder::new();
    let served = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    // A caller that went away needs no answer.
    drop(served);
}
