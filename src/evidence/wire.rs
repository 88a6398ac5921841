//! Owns one question over HTTP: a connection of its own, the request, the answer in memory, and nothing left behind.
//!
//! It resolves the name once and connects to what came of it, so that a name cannot mean one thing when it is judged and
//! another when it is used. Invariants: at most [`LONGEST`], and [`LARGEST`] unless another bound is named; no redirect, no retry, no proxy, no
//! decompression; without TLS only this machine is spoken to.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, DATE, HOST, LOCATION, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::tls;
use super::trouble::{LONGEST, Trouble};
use crate::config::services::Endpoint;
use crate::text::{Printable, causes::chain};

/// The largest answer, in bytes.
pub(super) const LARGEST: usize = 1 << 20;
/// How long one address may take to accept a connection.
const CONNECTS: Duration = Duration::from_secs(2);
/// The largest head of an answer, in bytes.
const HEAD: usize = 64 << 10;
const AGENT: &str = concat!("rollgate/", env!("CARGO_PKG_VERSION"));

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// Behind the prefix of the endpoint, with its query.
    pub(super) path: &'a str,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// What is posted; `None` only reads.
    pub(super) body: Option<Body>,
}

/// What is posted.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// JSON.
    Json(String),
    /// The fields of a form, encoded.
    Form(String),
}

impl Body {
    fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Json(text) | Self::Form(text) => text,
        }
    }
}

/// What was answered, whatever it is.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// Where a redirect leads.
    pub(super) location: Option<Printable>,
    /// The server's time, where it says so.
    pub(super) date: Option<Timestamp>,
    pub(super) body: Bytes,
}

/// Asks once.
pub(super) async fn ask(question: Question<'_>) -> Result<Reply, Trouble> {
    ask_for(question, LARGEST).await
}

/// Asks once for what may be of another size, in bytes.
pub(super) async fn ask_for(question: Question<'_>, largest: usize) -> Result<Reply, Trouble> {
    let at = question.endpoint.to_string();
    let asked = tokio::time::timeout(LONGEST, asked(question, largest, &at));
    asked.await.unwrap_or_else(|_| Err(Trouble::Silent { at }))
}

async fn asked(question: Question<'_>, largest: usize, at: &str) -> Result<Reply, Trouble> {
    let request =
        request(&question).map_err(|why| Trouble::Broken { at: at.to_owned(), why: why.to_string() })?;
    let stream = connect(question.endpoint, at).await?;
    if question.endpoint.secure {
        exchange(tls::secured(stream, question.endpoint, at).await?, request, (largest, at)).await
    } else {
        exchange(stream, request, (largest, at)).await
    }
}

fn request(question: &Question<'_>) -> Result<Request<Full<Bytes>>, http::Error> {
    let endpoint = question.endpoint;
    let usual = if endpoint.secure { 443 } else { 80 };
    let authority = endpoint.authority();
    let host = match authority.strip_suffix(&format!(":{usual}")) {
        Some(host) => host,
        None => &authority,
    };
    let method = if question.body.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::builder().method(method).uri(format!("{}{}", endpoint.prefix, question.path));
    request = request.header(HOST, host).header(USER_AGENT, AGENT);
    if let Some(body) = &question.body {
        request = request.header(http::header::CONTENT_TYPE, body.kind());
    }
    for (name, value) in &question.headers {
        request = request.header(name, value);
    }
    request.body(Full::from(question.body.as_ref().map(Body::text).unwrap_or_default().to_owned()))
}

/// Connects to one of the addresses that the name has now.
async fn connect(endpoint: &Endpoint, at: &str) -> Result<TcpStream, Trouble> {
    let unreachable = |why: String| Trouble::Unreachable { at: at.to_owned(), why };
    let found = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await;
    let found: Vec<SocketAddr> = found.map_err(|error| unreachable(error.to_string()))?.collect();
    let (allowed, barred): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| is_allowed(address.ip(), endpoint.secure));
    let mut why = "the name has no address".to_owned();
    for address in &allowed {
        match tokio::time::timeout(CONNECTS, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => why = format!("no connection within {} s", CONNECTS.as_secs()),
        }
    }
    match barred.first().filter(|_| allowed.is_empty()) {
        Some(address) => {
            Err(Trouble::Barred { at: at.to_owned(), why: barred_words(address.ip(), endpoint.secure) })
        }
        None => Err(unreachable(why)),
    }
}

fn barred_words(address: IpAddr, secure: bool) -> String {
    match secure {
        true => format!("{address} is an address of the machine's own link, where clouds keep credentials"),
        false => format!("the name means {address}, and without TLS only this machine is spoken to"),
    }
}

/// Refuses what no service listens on but a cloud's metadata might, and without TLS all but this machine.
fn is_allowed(address: IpAddr, secure: bool) -> bool {
    let address = address.to_canonical();
    if !secure {
        return address.is_loopback();
    }
    let of_link = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        // The second is where one cloud has its metadata.
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local() || v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    };
    !(of_link || address.is_unspecified() || address.is_multicast())
}

async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    (largest, at): (usize, &str),
) -> Result<Reply, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| match tls::of_answer(&error) {
        Some(why) => Trouble::Distrusted { at: at.to_owned(), why },
        None => Trouble::Broken { at: at.to_owned(), why: chain(&error) },
    };
    let made = http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = made.map_err(broken)?;
    // Ends with this function, however it ends.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let (head, body) = answer.into_parts();
    if head.headers.get(CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return Err(Trouble::Encoded { at: at.to_owned() });
    }
    let location =
        head.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let date = head.headers.get(DATE).and_then(|value| jiff::fmt::rfc2822::parse(value.to_str().ok()?).ok());
    let body = Limited::new(body, largest).collect().await.map_err(|error| {
        match error.downcast_ref::<LengthLimitError>() {
            Some(_) => Trouble::Large { at: at.to_owned(), largest },
            None => Trouble::Broken { at: at.to_owned(), why: chain(&*error) },
        }
    })?;
    Ok(Reply {
        status: head.status,
        location: location.map(Printable::from),
        date: date.map(|at| at.timestamp()),
        body: body.to_bytes(),
    })
}

#[cfg(test)]
mod tests;
