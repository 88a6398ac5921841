//! What goes back to a caller: a code, a type, and a body that is whole or streamed.
//!
//! It owns the headers that every answer has. It never decides what is answered. Invariant: an error is a `Status`
//! object, but for paths that lead nowhere, which the real server answers as plain text too.

use std::io;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::Value;

use crate::sim::objects::Refusal;

/// A body, whole or streamed; an error in it breaks the connection off.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// An answer.
pub(super) type Answer = Response<Body>;

/// The media type of nearly everything.
pub(super) const JSON: &str = "application/json";

/// Answers with these bytes.
pub(super) fn whole(code: StatusCode, media: &'static str, bytes: impl Into<Bytes>) -> Answer {
    headed(code, media, Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync())
}

/// Answers with a JSON value.
pub(super) fn json(code: StatusCode, value: &Value) -> Answer {
    whole(code, JSON, format!("{value}\n"))
}

/// Answers with pieces as they come.
pub(super) fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Answer {
    let body = StreamBody::new(pieces.map(|piece| piece.map(Frame::data)));
    headed(StatusCode::OK, JSON, body.boxed_unsync())
}

/// Answers why a request is refused.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = whole(code, JSON, format!("{}\n", refusal.body()));
    let seconds = refusal.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    if seconds > 0 {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// Dates an answer by the world's clock (RFC 9110 §5.6.7), which may run apart from the machine's.
pub(super) fn date(answer: &mut Answer, now: Timestamp) {
    let date = HeaderValue::from_str(&now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    answer.headers_mut().extend(date.ok().map(|date| (DATE, date)));
}

/// Answers for a path that leads nowhere.
pub(super) fn nowhere() -> Answer {
    whole(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "404 page not found\n")
}

fn headed(code: StatusCode, media: &'static str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = code;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    answer
}
