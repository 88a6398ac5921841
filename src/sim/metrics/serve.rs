//! One request, from its head to its bytes.
//!
//! It owns how a question comes: in the address, or as a form that is posted. It never answers by itself.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use super::{Core, answer};

/// The largest form that is taken, in bytes.
const LARGEST: usize = 1 << 20;

/// Answers a request.
pub(super) async fn serve(
    core: Arc<Core>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let form = match head.method {
        Method::POST => match Limited::new(body, LARGEST).collect().await {
            Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            Err(why) => return Ok(response(answer::bad(&why.to_string()))),
        },
        _ => head.uri.query().unwrap_or_default().to_owned(),
    };
    Ok(response(core.answer(head.uri.path(), &form)))
}

fn response(answer: answer::Answer) -> Response<Full<Bytes>> {
    let (text, kind) = match answer.body {
        Value::String(text) => (text, "text/plain; charset=utf-8"),
        other => (other.to_string(), "application/json"),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = answer.code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
