//! A loopback TCP proxy that can cut, silence or hold what passes: the network's faults, at the byte.
//!
//! It understands TLS 1.3 records and nothing inside them, so the server's certificate is verified as ever. It tells a
//! request from the handshake by its place: a client's first encrypted record ends its handshake (RFC 8446 §2), what
//! follows is a request. Invariant: when it is dropped, every connection is cut and every thread of it ends.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What happens to a connection that is opened from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everything passes.
    Pass,
    /// It is cut at once.
    Refuse,
    /// Requests pass, their answers stay here.
    KeepAnswers,
    /// The handshake passes, requests stay here.
    KeepRequests,
    /// The handshake passes, requests wait here until [`Proxy::let_go`]. The server does not learn that the client has
    /// gone.
    HoldRequests,
}

struct Connection {
    rule: Rule,
    client: TcpStream,
    server: TcpStream,
    /// Whether a request has come on it.
    asked: bool,
}

struct State {
    rule: Rule,
    /// Whether nothing at all passes at the moment, on any connection.
    silent: bool,
    /// Whether requests that wait here may go on.
    let_go: bool,
    ended: bool,
    connections: Vec<Arc<Mutex<Connection>>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    server: SocketAddr,
}

/// A running proxy.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Proxy {
    /// Starts one before a server.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn before(server: SocketAddr) -> Result<Self, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let state =
            State { rule: Rule::Pass, silent: false, let_go: false, ended: false, connections: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), server });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if lock(&own.state).ended {
                    return;
                }
                // A server that is down is a connection that is cut.
                let _ = connect(&own, client);
            }
        });
        Ok(Self { shared, address })
    }

    /// Names the port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Sets what happens to connections that are opened from now on.
    pub fn rule(&self, rule: Rule) {
        lock(&self.shared.state).rule = rule;
    }

    /// Cuts every connection; new ones get this rule.
    pub fn cut(&self, rule: Rule) {
        let mut state = lock(&self.shared.state);
        state.rule = rule;
        for connection in state.connections.drain(..) {
            lock(&connection).close();
        }
    }

    /// Sets what happens to connections that are opened from now on, and to those that are open.
    pub fn rule_all(&self, rule: Rule) {
        let mut state = lock(&self.shared.state);
        state.rule = rule;
        for connection in &state.connections {
            lock(connection).rule = rule;
        }
    }

    /// Lets nothing pass on any connection, without cutting one, until told otherwise.
    pub fn silence(&self, silent: bool) {
        lock(&self.shared.state).silent = silent;
        self.shared.changed.notify_all();
    }

    /// Lets the requests go on that wait here, and those that come.
    pub fn let_go(&self) {
        lock(&self.shared.state).let_go = true;
        self.shared.changed.notify_all();
    }

    /// Tells whether a request has come on a connection that was opened under this rule.
    pub fn was_asked(&self, rule: Rule) -> bool {
        let state = lock(&self.shared.state);
        state.connections.iter().map(|one| lock(one)).any(|one| one.rule == rule && one.asked)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        lock(&self.shared.state).ended = true;
        self.silence(false);
        self.let_go();
        self.cut(Rule::Refuse);
        // The listener looks whether it has ended when somebody connects.
        let _ = TcpStream::connect(self.address);
    }
}

impl Connection {
    fn close(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(shared: &Arc<Shared>, client: TcpStream) -> io::Result<()> {
    let rule = lock(&shared.state).rule;
    if rule == Rule::Refuse {
        return client.shutdown(Shutdown::Both);
    }
    let server = TcpStream::connect(shared.server)?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    let connection = Arc::new(Mutex::new(Connection { rule, client, server, asked: false }));
    {
        let mut state = lock(&shared.state);
        if state.rule == Rule::Refuse {
            lock(&connection).close();
        }
        state.connections.push(Arc::clone(&connection));
    }
    let (to_server, to_client) = (from_server.try_clone()?, from_client.try_clone()?);
    let (up, down) = (Arc::clone(shared), Arc::clone(shared));
    let other = Arc::clone(&connection);
    std::thread::spawn(move || {
        let _ = carry_up(&up, &connection, from_client, to_server);
        let connection = lock(&connection);
        if connection.rule != Rule::HoldRequests {
            connection.close();
        }
    });
    std::thread::spawn(move || {
        let _ = carry_down(&down, &other, from_server, to_client);
        lock(&other).close();
    });
    Ok(())
}

/// Waits while nothing may pass.
fn wait_for_leave(shared: &Shared) {
    let state = lock(&shared.state);
    drop(shared.changed.wait_while(state, |state| state.silent).unwrap_or_else(PoisonError::into_inner));
}

/// Carries TLS records to the server, one at a time.
fn carry_up(
    shared: &Shared,
    connection: &Mutex<Connection>,
    mut from: TcpStream,
    mut to: TcpStream,
) -> io::Result<()> {
    const ENCRYPTED: u8 = 23;
    /// The length of a farewell: two bytes of alert, one for the kind, sixteen of seal (RFC 8446 §5.2, §6).
    const ALERT: usize = 19;
    let mut encrypted = 0;
    loop {
        let mut record = vec![0; 5];
        from.read_exact(&mut record)?;
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(5 + length, 0);
        from.read_exact(&mut record[5..])?;
        wait_for_leave(shared);
        encrypted += usize::from(record[0] == ENCRYPTED);
        let mut state = lock(connection);
        state.asked |= encrypted > 1;
        let keep = state.asked && state.rule == Rule::KeepRequests;
        let hold = state.asked && state.rule == Rule::HoldRequests;
        drop(state);
        if hold && length == ALERT {
            continue;
        }
        if hold {
            let state = lock(&shared.state);
            let waited = shared.changed.wait_while(state, |state| !state.let_go);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
        if !keep {
            to.write_all(&record)?;
        }
    }
}

fn carry_down(
    shared: &Shared,
    connection: &Mutex<Connection>,
    mut from: TcpStream,
    mut to: TcpStream,
) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        wait_for_leave(shared);
        let state = lock(connection);
        let keep = state.asked && state.rule == Rule::KeepAnswers;
        drop(state);
        if !keep {
            to.write_all(&bytes[..count])?;
        }
    }
}
