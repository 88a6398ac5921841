//! A server that plays an API server's part at the speed of loopback: it holds the bytes of a fleet's watch stream
//! and sends them, over TLS, as fast as they are taken; then events at a chosen rate.
//!
//! Runs in a process of its own, so that its work is not counted as the client's. It speaks just what a watch of
//! Rollouts, their counting, and one PATCH need; every other watch is answered with an empty list. It listens on
//! loopback alone, and ends when its standard input does. Commands come in and reports go out as lines.
#![allow(dead_code, reason = "each program that includes this file uses its own part of it")]

mod client;
mod connection;
mod fleet;
mod load;

use std::io::{BufRead, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

pub use client::Replay;
pub use load::Load;

use fleet::Fleet;

/// What makes object number `i` of a fleet, the same each time.
pub type Maker = fn(usize) -> Value;

/// Serves a fleet of `count` until standard input ends; the folder holds `cert.pem` and `key.pem`.
///
/// # Errors
/// One sentence on what does not work.
pub fn serve(folder: &Path, count: usize, make: Maker) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| format!("the replay server: {error}");
    let tls = Arc::new(tls(folder)?);
    let fleet = Arc::new(Fleet::new(count, make));
    let load = Arc::new(load::Desk::default());
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| said(&e))?;
    report(&format!("listening {}", listener.local_addr().map_err(|e| said(&e))?));
    let (accepted_fleet, accepted_load) = (Arc::clone(&fleet), Arc::clone(&load));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (tls, fleet, load) =
                (Arc::clone(&tls), Arc::clone(&accepted_fleet), Arc::clone(&accepted_load));
            // A client that goes away ends its connection, and nothing else.
            std::thread::spawn(move || _ = connection::serve(stream, tls, &fleet, &load));
        }
    });
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| said(&e))?;
        let wished: Load = serde_json::from_str(&line).map_err(|e| said(&e))?;
        load.wish(wished);
    }
    Ok(())
}

fn tls(folder: &Path) -> Result<rustls::ServerConfig, String> {
    let bad = |error: &dyn std::fmt::Display| format!("the replay server's certificate: {error}");
    let chain = CertificateDer::pem_file_iter(folder.join("cert.pem")).map_err(|e| bad(&e))?;
    let chain: Result<Vec<_>, _> = chain.collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).map_err(|e| bad(&e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|e| bad(&e))?;
    builder.with_no_client_auth().with_single_cert(chain.map_err(|e| bad(&e))?, key).map_err(|e| bad(&e))
}

/// Tells the one who started this process.
fn report(line: &str) {
    let mut out = std::io::stdout().lock();
    // Without a reader nobody is interested.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Nanoseconds of the wall clock, which all processes of a machine share.
pub fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
