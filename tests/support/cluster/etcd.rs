//! The cluster's own etcd, spoken to directly: for making thousands of objects in seconds, and for compacting history.
//!
//! Owns the few calls of etcd's JSON gateway. An object put here is stored as the API server stores it, and reaches its
//! watchers as any other; nothing validates it, so its shape is the caller's concern. Never used on a person's cluster.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Cluster;

/// etcd takes requests of up to 1.5 MiB and transactions of up to 128 operations.
const OBJECTS_PER_REQUEST: usize = 64;

impl Cluster {
    /// Stores custom resources, given as (`GROUP/PLURAL/NAMESPACE/NAME`, object), past the API server.
    ///
    /// # Errors
    /// What etcd answered.
    pub fn store_all(&self, objects: impl Iterator<Item = (String, Value)>) -> Result<(), String> {
        let prefix = self.layout.etcd_prefix();
        let mut objects = objects.peekable();
        while objects.peek().is_some() {
            let puts: Vec<Value> = objects
                .by_ref()
                .take(OBJECTS_PER_REQUEST)
                .map(|(key, object)| {
                    let key = base64(format!("{prefix}/{key}").as_bytes());
                    json!({"requestPut": {"key": key, "value": base64(format!("{object}\n").as_bytes())}})
                })
                .collect();
            self.etcd("/v3/kv/txn", &json!({"success": puts}))?;
        }
        Ok(())
    }

    /// Forgets all history up to now: a watch or a list's next page from an older version is answered 410 Gone, as soon as
    /// the API server has no such version in its own cache either (after [`Cluster::restart_api_server`] at the latest).
    ///
    /// # Errors
    /// What etcd answered.
    pub fn compact(&self) -> Result<(), String> {
        let now = self.etcd("/v3/kv/range", &json!({"key": base64(b"none")}))?;
        let revision = now.pointer("/header/revision").cloned().unwrap_or_default();
        self.etcd("/v3/kv/compaction", &json!({"revision": revision, "physical": true})).map(drop)
    }

    fn etcd(&self, path: &str, body: &Value) -> Result<Value, String> {
        let failed = |error: std::io::Error| format!("etcd {path}: {error}");
        let mut stream = TcpStream::connect(self.layout.etcd_address()).map_err(failed)?;
        let body = body.to_string();
        // HTTP/1.0: the answer ends where the connection does.
        let head = format!(
            "POST {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).map_err(failed)?;
        stream.write_all(body.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("etcd {path}: no answer"))?;
        if head.split(' ').nth(1) != Some("200") {
            return Err(format!("etcd {path}: {body}"));
        }
        serde_json::from_str(body).map_err(|error| format!("etcd {path}: {error}"))
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * at) & 63) as usize).filter(|_| at <= group.len());
            text.push(digit.map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}
