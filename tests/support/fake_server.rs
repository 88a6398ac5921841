//! A small scripted HTTP server on loopback, for faults that a real server does not show on demand.
//!
//! A script answers each request, by its method, path and number, with a list of [`Act`]s. It speaks HTTP/1.1 with
//! chunked bodies, notes every request with its bytes, and can fall silent, cut a body, or reset the connection.

#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rollgate::config::{Connection, Environment};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Number of the connection on which it came.
    pub connection: usize,
    pub method: String,
    /// Path without query.
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// What the client said of itself and of the server when the connection was secured, if it was.
    pub tls: Option<Greeting>,
}

/// What a client shows in the handshake of TLS.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// Its certificate (DER), if it presented one.
    pub certificate: Option<Vec<u8>>,
    /// The name by which it called the server, if it was no address.
    pub server_name: Option<String>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn asks(&self, part: &str) -> bool {
        self.query.split('&').any(|pair| pair == part)
    }

    pub fn is_watch(&self) -> bool {
        self.asks("watch=true")
    }

    /// Whether it is a watch that begins with a list.
    pub fn is_streaming_list(&self) -> bool {
        self.asks("sendInitialEvents=true")
    }
}

/// One step of an answer.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sends the head of a chunked answer.
    Head(u16),
    /// Sends the head of a chunked answer with one more header, as it is written.
    HeadWith(u16, &'static str),
    /// Sends the head of a chunked answer with this date.
    Dated(u16, String),
    /// Sends the head of a chunked answer that asks to wait so many seconds.
    RetryAfter(u16, u32),
    /// Sends a piece of the body.
    Piece(String),
    /// Ends the body as it should be; the connection stays open.
    End,
    /// Waits until [`FakeServer::release`] has been called as often as this step was reached.
    Hold,
    /// Says no more, and keeps the connection open.
    Silence,
    /// Closes the connection at once.
    Close,
    /// Resets the connection at once.
    Reset,
}

type Script = dyn Fn(&Seen, usize) -> Vec<Act> + Send + Sync;

pub struct FakeServer {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    count: watch::Receiver<usize>,
    released: watch::Sender<usize>,
    accepting: JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl FakeServer {
    /// Starts a server; the script is given each request and how many came before it on the same method and path.
    pub async fn start(script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::listen(None, script).await
    }

    /// Starts a server that speaks TLS, with this certificate and these demands.
    pub async fn start_tls(
        tls: rustls::ServerConfig,
        script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(Arc::new(tls))), script).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self::listen_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), tls, script)
    }

    fn listen_on(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (counted, count) = watch::channel(0);
        let released = watch::Sender::new(0);
        let script: Arc<Script> = Arc::new(script);
        let (noted, releases) = (Arc::clone(&seen), released.clone());
        let accepting = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                number += 1;
                let (seen, counted) = (Arc::clone(&noted), counted.clone());
                let (releases, script, tls) = (releases.subscribe(), Arc::clone(&script), tls.clone());
                connections.spawn(async move {
                    // A handshake that fails is a connection without requests.
                    if let Some((stream, tls)) = greet(stream, tls).await {
                        let stream = Stream { stream, number, read: Vec::new(), tls };
                        serve(stream, seen, counted, releases, script).await;
                    }
                });
            }
        });
        Self { url, seen, count, released, accepting, folder: tempfile::tempdir().unwrap() }
    }

    /// Starts a server where this one was stopped.
    pub async fn start_again(
        &self,
        script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let address = self.url.split("//").nth(1).unwrap();
        Self::listen_on(TcpListener::bind(address).await.unwrap(), None, script)
    }

    /// Returns the requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until so many requests have come that `enough` is content.
    pub async fn until(&mut self, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let waiting = async {
            loop {
                let seen = self.seen();
                if enough(&seen) {
                    return seen;
                }
                self.count.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), waiting).await {
            Ok(seen) => seen,
            Err(_) => panic!("waited in vain; seen: {:#?}", self.seen.lock().unwrap()),
        }
    }

    /// Lets the next [`Act::Hold`] pass.
    pub fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }

    /// Stops the server and every connection; from here on the port is closed.
    pub async fn stop(&mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
    }

    /// Writes a kubeconfig for this server, with context `fake`, user `ann` and this login.
    pub fn kubeconfig(&self, login: &str) -> PathBuf {
        self.kubeconfig_of("", login)
    }

    /// The same, where the cluster says this too.
    pub fn kubeconfig_of(&self, cluster: &str, login: &str) -> PathBuf {
        let path = self.folder.path().join("config");
        std::fs::write(
            &path,
            format!(
                "current-context: fake\nclusters: [{{name: c, cluster: {{server: '{}', {cluster}}}}}]\n\
                 users: [{{name: ann, user: {login}}}]\n\
                 contexts: [{{name: fake, context: {{cluster: c, user: ann, namespace: shop}}}}]\n",
                self.url
            ),
        )
        .unwrap();
        path
    }

    /// Connects to this server with a token.
    pub async fn clients(&self) -> rollgate::cluster::Clients {
        self.clients_as("{token: tok-sekret-1}").await
    }

    /// Connects to this server with this login.
    pub async fn clients_as(&self, login: &str) -> rollgate::cluster::Clients {
        let connection = Connection { kubeconfig: Some(self.kubeconfig(login)), ..Connection::default() };
        rollgate::cluster::Clients::connect(&connection, &Environment::default()).await.unwrap()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Answers with JSON.
pub fn json(code: u16, body: impl Into<String>) -> Vec<Act> {
    vec![Act::Head(code), Act::Piece(body.into()), Act::End]
}

/// Answers with a `Status` of an API server.
pub fn status(code: u16, reason: &str) -> Vec<Act> {
    json(code, status_object(code, reason))
}

pub fn status_object(code: u16, reason: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"words of {reason}","reason":"{reason}","code":{code}}}"#
    )
}

/// Opens a stream with these lines, and keeps it open.
pub fn stream(lines: &[String]) -> Vec<Act> {
    let pieces = lines.iter().map(|line| Act::Piece(format!("{line}\n")));
    std::iter::once(Act::Head(200)).chain(pieces).chain([Act::Silence]).collect()
}

/// Opens a stream with these lines, and ends it as it should be.
pub fn stream_that_ends(lines: &[String]) -> Vec<Act> {
    let mut acts = stream(lines);
    acts.pop();
    acts.push(Act::End);
    acts
}

/// An event of a watch.
pub fn event(kind: &str, object: impl AsRef<str>) -> String {
    format!(r#"{{"type":"{kind}","object":{}}}"#, object.as_ref())
}

/// A Rollout of namespace `shop`.
pub fn rollout(name: &str, version: u32) -> String {
    format!(
        r#"{{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{{"name":"{name}","namespace":"shop","uid":"uid-{name}","resourceVersion":"{version}"}},"spec":{{"replicas":1}},"status":{{"phase":"Healthy"}}}}"#
    )
}

/// An event that only tells a version.
pub fn bookmark(version: u32) -> String {
    event("BOOKMARK", format!(r#"{{"kind":"Rollout","metadata":{{"resourceVersion":"{version}"}}}}"#))
}

/// The bookmark that ends a streaming list.
pub fn end_of_list(version: u32) -> String {
    let annotations = r#"{"k8s.io/initial-events-end":"true"}"#;
    event(
        "BOOKMARK",
        format!(r#"{{"metadata":{{"resourceVersion":"{version}","annotations":{annotations}}}}}"#),
    )
}

/// A page of a list.
pub fn page(items: &[String], version: u32, next: Option<&str>, remaining: Option<u32>) -> String {
    let next = next.map(|next| format!(r#","continue":"{next}""#)).unwrap_or_default();
    let remaining = remaining.map(|count| format!(r#","remainingItemCount":{count}"#)).unwrap_or_default();
    let items = items.join(",");
    format!(
        r#"{{"kind":"List","metadata":{{"resourceVersion":"{version}"{next}{remaining}}},"items":[{items}]}}"#
    )
}

/// Either kind of connection.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<(Box<dyn Wire>, Option<Greeting>)> {
    let Some(tls) = tls else { return Some((Box::new(stream), None)) };
    let stream = tls.accept(stream).await.ok()?;
    let session = stream.get_ref().1;
    let certificate = session.peer_certificates().and_then(|chain| chain.first()).map(|one| one.to_vec());
    let greeting = Greeting { certificate, server_name: session.server_name().map(str::to_owned) };
    Some((Box::new(stream), Some(greeting)))
}

async fn head(stream: &mut Box<dyn Wire>, code: u16, more: &str) -> bool {
    let head = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
    let head = format!("HTTP/1.1 {code} X\r\n{head}{more}\r\n");
    stream.write_all(head.as_bytes()).await.is_ok() && stream.flush().await.is_ok()
}

/// One connection, and what of it has been read but not yet used.
struct Stream {
    stream: Box<dyn Wire>,
    number: usize,
    read: Vec<u8>,
    tls: Option<Greeting>,
}

async fn serve(
    mut stream: Stream,
    seen: Arc<Mutex<Vec<Seen>>>,
    counted: watch::Sender<usize>,
    mut releases: watch::Receiver<usize>,
    script: Arc<Script>,
) {
    while let Some(request) = stream.next_request().await {
        let before = {
            let mut seen = seen.lock().unwrap();
            let same = |other: &&Seen| other.method == request.method && other.path == request.path;
            let before = seen.iter().filter(same).count();
            seen.push(request.clone());
            before
        };
        let acts = script(&request, before);
        counted.send_modify(|count| *count += 1);
        for act in acts {
            if !stream.perform(act, &mut releases).await {
                return;
            }
        }
    }
}

impl Stream {
    async fn perform(&mut self, act: Act, releases: &mut watch::Receiver<usize>) -> bool {
        let stream = &mut self.stream;
        match act {
            Act::Head(code) => head(stream, code, "").await,
            Act::Dated(code, date) => head(stream, code, &format!("date: {date}\r\n")).await,
            Act::RetryAfter(code, wait) => head(stream, code, &format!("retry-after: {wait}\r\n")).await,
            Act::HeadWith(code, more) => head(stream, code, &format!("{more}\r\n")).await,
            Act::Piece(piece) => {
                let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
                stream.write_all(chunk.as_bytes()).await.is_ok() && stream.flush().await.is_ok()
            }
            Act::End => stream.write_all(b"0\r\n\r\n").await.is_ok() && stream.flush().await.is_ok(),
            Act::Hold => releases.changed().await.is_ok(),
            Act::Silence => {
                // Ends when the other side closes.
                let mut ignored = [0; 64];
                while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
                false
            }
            Act::Close => false,
            Act::Reset => {
                let _ = stream.tcp().set_zero_linger();
                false
            }
        }
    }

    async fn next_request(&mut self) -> Option<Seen> {
        let head_ends = loop {
            if let Some(at) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.read[..head_ends].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case("content-length"));
        let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
        while self.read.len() < head_ends + 4 + length {
            self.more().await?;
        }
        let body = String::from_utf8(self.read[head_ends + 4..head_ends + 4 + length].to_vec()).unwrap();
        self.read.drain(..head_ends + 4 + length);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        Some(Seen { connection: self.number, method, path, query, headers, body, tls: self.tls.clone() })
    }

    async fn more(&mut self) -> Option<()> {
        let mut piece = [0; 4096];
        let count = self.stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        self.read.extend_from_slice(&piece[..count]);
        Some(())
    }
}
