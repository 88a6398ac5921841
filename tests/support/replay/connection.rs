//! One connection: requests in, answers out, a watch to its end.
//!
//! Owns HTTP/1.1 as far as this server speaks it. A watch takes the connection for good.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::fleet::{Fleet, Stamped};
use super::load::{Beat, Desk, Load};
use super::{nanos, report};

type Tls = StreamOwned<ServerConnection, TcpStream>;

const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/rollouts";
/// Bytes put into one chunk of a list.
const CHUNK: usize = 128 << 10;
/// Changes all over the fleet that are made ready; then they come again.
const READY: usize = 2_000;
/// Changes of each row that are made ready.
const ROW_STATES: usize = 5;

struct Request {
    method: String,
    path: String,
    query: String,
}

impl Request {
    fn asks(&self, part: &str) -> bool {
        self.query.split('&').any(|pair| pair == part)
    }
}

pub fn serve(stream: TcpStream, tls: Arc<ServerConfig>, fleet: &Fleet, load: &Desk) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let session = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(session, stream));
    while let Some(request) = read(&mut stream)? {
        let to = stream.get_mut();
        if !request.asks("watch=true") {
            answer(to, &request, fleet)?;
        } else if request.path == ROLLOUTS {
            return watch(to, &request, fleet, load);
        } else {
            return rest(to, fleet);
        }
    }
    Ok(())
}

fn read(from: &mut BufReader<Tls>) -> io::Result<Option<Request>> {
    let mut first = String::new();
    if from.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let (mut length, mut line) = (0, String::new());
    while from.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let at = nanos();
    let mut parts = first.split(' ');
    let (method, target) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if method == "PATCH" {
        report(&format!("patch {at}"));
    }
    Ok(Some(Request { method: method.into(), path: path.into(), query: query.into() }))
}

fn answer(to: &mut Tls, request: &Request, fleet: &Fleet) -> io::Result<()> {
    let version = fleet.version().to_string();
    let body = match request.path.as_str() {
        _ if request.method == "PATCH" => {
            json!({"metadata": {"uid": "00000000-0000-4000-8000-000000000007", "resourceVersion": version}})
        }
        ROLLOUTS => json!({
            "metadata": {"resourceVersion": version, "remainingItemCount": fleet.len().saturating_sub(1), "continue": "x"},
            "items": [{"metadata": {"name": "one", "namespace": "of"}}],
        }),
        "/version" => json!({"major": "1", "minor": "34"}),
        _ => json!({"metadata": {"resourceVersion": version}, "items": []}),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    to.write_all(format!("{head}{body}").as_bytes())?;
    to.flush()
}

fn head(to: &mut Tls) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
}

fn chunk(to: &mut Tls, bytes: &[u8]) -> io::Result<()> {
    to.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
    to.write_all(bytes)?;
    to.write_all(b"\r\n")
}

/// Answers a watch of something else: there is none of it, and nothing happens.
fn rest(to: &mut Tls, fleet: &Fleet) -> io::Result<()> {
    head(to)?;
    chunk(to, &fleet.end_of_list())?;
    to.flush()?;
    let mut ignored = [0; 64];
    while to.read(&mut ignored)? > 0 {}
    Ok(())
}

fn watch(to: &mut Tls, request: &Request, fleet: &Fleet, load: &Desk) -> io::Result<()> {
    head(to)?;
    if request.asks("sendInitialEvents=true") {
        let mut piece = Vec::with_capacity(CHUNK * 2);
        for line in fleet.lines() {
            piece.extend_from_slice(line);
            if piece.len() >= CHUNK {
                chunk(to, &piece)?;
                piece.clear();
            }
        }
        piece.extend_from_slice(&fleet.end_of_list());
        chunk(to, &piece)?;
    }
    to.flush()?;
    follow(to, fleet, load)
}

/// Sends events as wished until the client is gone.
fn follow(to: &mut Tls, fleet: &Fleet, load: &Desk) -> io::Result<()> {
    let mut known = 0;
    let (mut events, mut beat, mut nth) = (Vec::new(), Beat::new(0), 0);
    loop {
        let (number, wished) = load.wished();
        if number != known {
            events = ready(fleet, &wished);
            (known, beat, nth) = (number, Beat::new(wished.per_second), 0);
            report("loaded");
        }
        if beat.wait(Duration::from_millis(20)) {
            let count = events.len().max(1);
            if let Some(event) = events.get_mut(nth % count) {
                chunk(to, fleet.stamp(event, &format!("{:.0}", Timestamp::now())))?;
                to.flush()?;
            }
            nth += 1;
        }
    }
}

fn ready(fleet: &Fleet, load: &Load) -> Vec<Stamped> {
    if load.per_second == 0 {
        return Vec::new();
    }
    if load.rows.is_empty() {
        return (0..READY).map(|nth| fleet.stirred(nth)).collect();
    }
    let states = (0..ROW_STATES).flat_map(|state| load.rows.iter().map(move |row| (*row, state)));
    states.map(|(row, state)| fleet.shown(row, state)).collect()
}
