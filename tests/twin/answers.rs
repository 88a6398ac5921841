//! The metrics source of both clusters: a small HTTP server on loopback whose answers a script sets.
//!
//! Owns the answers, by namespace and name. Never measures: a value stays until a script changes it. The real controller
//! asks over HTTP, the embedded one reads the same table.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

type Table = Arc<Mutex<BTreeMap<String, String>>>;

/// The answers, and where they are served.
#[derive(Clone)]
pub struct Answers {
    table: Table,
    port: u16,
}

impl Answers {
    /// Serves on a free port until the process ends.
    ///
    /// # Errors
    /// When no port is free.
    pub fn serve() -> Result<Self, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let table = Table::default();
        let served = Arc::clone(&table);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let table = Arc::clone(&served);
                std::thread::spawn(move || answer(&stream, &table));
            }
        });
        Ok(Self { table, port })
    }

    /// Returns answers of one's own at the same address, which nobody serves: for an embedded cluster, which reads them here, so
    /// that a script that is played twice at once does not answer for the other.
    #[allow(dead_code, reason = "each program that includes this file uses its own part of it")]
    pub fn apart(&self) -> Self {
        Self { table: Table::default(), port: self.port }
    }

    /// Sets what is answered; `error` answers 500.
    pub fn set(&self, namespace: &str, name: &str, value: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.insert(format!("/{namespace}/{name}"), value.to_owned());
    }

    /// Reads what is answered at a URL's path.
    pub fn get(&self, path: &str) -> Option<String> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Names the address below which a namespace's answers are.
    pub fn url(&self, namespace: &str) -> String {
        format!("http://127.0.0.1:{}/{namespace}", self.port)
    }
}

fn answer(stream: &TcpStream, table: &Table) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            line.clear();
        }
        let path = first.split([' ', '?']).nth(1).unwrap_or_default();
        let value = table.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        let (code, body) = match value.as_deref() {
            None => ("404 Not Found", "{}".to_owned()),
            Some("error") => ("500 Internal Server Error", "{}".to_owned()),
            Some(value) => ("200 OK", format!("{{\"value\": {value}}}")),
        };
        let head = format!(
            "HTTP/1.1 {code}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut out = stream;
        if out.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}
