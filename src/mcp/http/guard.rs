//! Owns one request over HTTP: let in, bounded, handed to the transport; or refused with a status and one object of JSON.
//!
//! A message is read whole and checked as a line of standard input is, before the transport sees it. It never answers a question
//! itself. Invariant: what is counted is counted until the last byte of its answer is gone.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use rmcp::RoleServer;
use rmcp::model::{ClientRequest, JsonRpcMessage};
use rmcp::service::RxJsonRpcMessage;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::tower::StreamableHttpService;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tower::Service;

use super::Bounds;
use super::admit::{Refused, admit};
use super::sessions::Sessions;
use super::token::Token;
use crate::mcp::server::Server;
use crate::mcp::wire;

/// An answer, whole or as it comes.
type Answer = Response<BoxBody<Bytes, Infallible>>;

const STREAMS: &str = "too many streams are open: close one";

/// Who lets requests in.
pub(super) struct Guard {
    service: StreamableHttpService<Server, LocalSessionManager>,
    token: Token,
    sessions: Sessions,
    /// Who reads a message; brief, so that it is waited for.
    intake: Semaphore,
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    pub(super) bounds: Bounds,
}

impl Guard {
    pub(super) fn new(
        service: StreamableHttpService<Server, LocalSessionManager>,
        token: Token,
        sessions: Sessions,
        bounds: Bounds,
    ) -> Self {
        let intake = Semaphore::new(bounds.requests);
        let requests = Arc::new(Semaphore::new(bounds.requests));
        let streams = Arc::new(Semaphore::new(bounds.streams));
        Self { service, token, sessions, intake, requests, streams, bounds }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let (head, body) = request.into_parts();
        let answered = match admit(&head, &self.token) {
            Ok(()) if head.method == Method::POST => self.message(head, body).await,
            Ok(()) => self.stream(head).await,
            Err(refused) => Err(refused),
        };
        Ok(answered.unwrap_or_else(|refused| said(&refused)))
    }

    /// Takes a message, and answers what the transport does.
    async fn message(&self, head: Parts, body: Incoming) -> Result<Answer, Refused> {
        let bytes = self.read(body).await?;
        let message = match wire::check(&bytes) {
            Ok(Some(message)) => message,
            Ok(None) => return Err(Refused::of(StatusCode::BAD_REQUEST, "there is no message")),
            Err(refused) => return Ok(whole(StatusCode::BAD_REQUEST, refused.line())),
        };
        let seat = self.seat(&message)?;
        if let Some(id) = session(&head) {
            self.sessions.hear(id).await;
        }
        let door = match begins(&message) {
            true => Some(self.sessions.room().await.ok_or_else(crowded)?),
            false => None,
        };
        let answer = self.pass(Request::from_parts(head, Full::new(bytes))).await;
        drop(door);
        Ok(held(answer, seat))
    }

    /// Reads a message whole.
    async fn read(&self, body: Incoming) -> Result<Bytes, Refused> {
        let read = timeout(self.bounds.body, async {
            let _turn = self.intake.acquire().await;
            Limited::new(body, self.bounds.largest).collect().await
        });
        let late = |_| Refused::of(StatusCode::REQUEST_TIMEOUT, "the message did not come in time");
        Ok(read.await.map_err(late)?.map_err(|error| unread(&*error))?.to_bytes())
    }

    /// Gives a question its seat; who only tells something, that a wait is no longer wanted, say, needs none.
    fn seat(&self, message: &RxJsonRpcMessage<RoleServer>) -> Result<Option<OwnedSemaphorePermit>, Refused> {
        let JsonRpcMessage::Request(request) = message else { return Ok(None) };
        match request.request {
            ClientRequest::SubscriptionsListenRequest(_) => seat(&self.streams, STREAMS).map(Some),
            _ => seat(&self.requests, "too many questions are under way: wait for an answer").map(Some),
        }
    }

    /// Opens a stream, or ends a session.
    async fn stream(&self, head: Parts) -> Result<Answer, Refused> {
        if let Some(id) = session(&head) {
            self.sessions.hear(id).await;
        }
        let seat = Some(seat(&self.streams, STREAMS)?);
        let ends = head.method == Method::DELETE;
        let mut answer = self.pass(Request::from_parts(head, Full::new(Bytes::new()))).await;
        if ends && answer.status() == StatusCode::ACCEPTED {
            // It is done, and not only accepted: the Python SDK warns of an end that is anything but 200 or 204.
            *answer.status_mut() = StatusCode::NO_CONTENT;
        }
        Ok(held(answer, seat))
    }

    async fn pass(&self, request: Request<Full<Bytes>>) -> Answer {
        match self.service.clone().call(request).await {
            Ok(answer) => answer,
        }
    }
}

fn seat(seats: &Arc<Semaphore>, why: &'static str) -> Result<OwnedSemaphorePermit, Refused> {
    Arc::clone(seats).try_acquire_owned().map_err(|_| Refused::of(StatusCode::TOO_MANY_REQUESTS, why))
}

fn crowded() -> Refused {
    Refused::of(
        StatusCode::SERVICE_UNAVAILABLE,
        "too many assistants are connected: end one of them, or wait a minute",
    )
}

fn unread(error: &(dyn std::error::Error + 'static)) -> Refused {
    match error.is::<LengthLimitError>() {
        true => Refused::of(StatusCode::PAYLOAD_TOO_LARGE, "the message is too long"),
        false => Refused::of(StatusCode::BAD_REQUEST, "the message cannot be read"),
    }
}

fn session(head: &Parts) -> Option<&str> {
    head.headers.get("mcp-session-id")?.to_str().ok()
}

/// Tells whether a message begins a session.
fn begins(message: &RxJsonRpcMessage<RoleServer>) -> bool {
    let JsonRpcMessage::Request(request) = message else { return false };
    matches!(request.request, ClientRequest::InitializeRequest(_))
}

/// Keeps a seat until the answer is gone.
fn held(answer: Answer, seat: Option<OwnedSemaphorePermit>) -> Answer {
    answer.map(|body| {
        let seated = move |frame| {
            let _ = &seat;
            frame
        };
        body.map_frame(seated).boxed()
    })
}

/// Says why a request is refused.
fn said(refused: &Refused) -> Answer {
    let error = json!({"code": -32000, "message": refused.why});
    let line = json!({"jsonrpc": "2.0", "id": null, "error": error}).to_string();
    let mut answer = whole(refused.status, line.into_bytes());
    let headers = answer.headers_mut();
    if let Some(challenge) = refused.challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&refused.status) {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

fn whole(status: StatusCode, bytes: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(bytes)).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
