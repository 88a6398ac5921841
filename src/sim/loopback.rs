//! Services beside the cluster inside: a listener on loopback, and the one way from a request to its answer.
//!
//! It owns the port and how a request is read and answered over HTTP/1.1. It never says what an answer is: who is served does. Invariant:
//! nothing beyond this machine can reach it, and a request that is too large is answered, not read.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The largest body that is taken, in bytes.
const LARGEST: usize = 1 << 20;

/// A request, whole.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// What stands behind the question mark.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// What was sent with it.
    pub body: String,
}

impl Question {
    /// Returns a header as text; `None` where it is not there or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What is answered: a text as it is, anything else as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The code.
    pub code: StatusCode,
    /// The body.
    pub body: Value,
}

/// A served service; ends when dropped.
pub struct Served {
    address: SocketAddr,
    _task: JoinSet<()>,
}

impl Served {
    /// Returns where it listens, on 127.0.0.1.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves answers; must be called within a tokio runtime.
///
/// # Errors
/// When no port can be had.
pub async fn serve(answering: impl Fn(&Question) -> Answer + Send + Sync + 'static) -> io::Result<Served> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let mut task = JoinSet::new();
    task.spawn(accept(listener, Arc::new(answering)));
    Ok(Served { address, _task: task })
}

async fn accept(listener: TcpListener, answering: Arc<impl Fn(&Question) -> Answer + Send + Sync + 'static>) {
    let mut connections = JoinSet::new();
    loop {
        // A connection that could not be accepted is its caller's trouble.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(stream, Arc::clone(&answering)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, answering: Arc<impl Fn(&Question) -> Answer + Send + Sync + 'static>) {
    let service = service_fn(move |request| {
        let answering = Arc::clone(&answering);
        async move {
            let answer = match read(request).await {
                Ok(question) => answering(&question),
                Err(answer) => answer,
            };
            Ok::<_, Infallible>(response(answer))
        }
    });
    let mut builder = http1::Builder::new();
    let served = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    // A caller that went away needs no answer.
    drop(served);
}

async fn read(request: Request<Incoming>) -> Result<Question, Answer> {
    let (head, body) = request.into_parts();
    let large = |why: Box<dyn std::error::Error + Send + Sync>| Answer {
        code: StatusCode::PAYLOAD_TOO_LARGE,
        body: Value::String(why.to_string()),
    };
    let body = Limited::new(body, LARGEST).collect().await.map_err(large)?;
    Ok(Question {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
    })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let (text, kind) = match answer.body {
        Value::String(text) => (text, "text/plain; charset=utf-8"),
        other => (other.to_string(), "application/json"),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = answer.code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
