//! One request, from its head to its answer.
//!
//! It owns the order in which a request is judged: token, path, rights, what the wire has in store, then what is asked.
//! It never changes an object itself. Invariant: whatever happens, the answer bears the request's audit id.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, HeaderName};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::answer::{self, Answer};
use super::ask::Ask;
use super::core::Core;
use super::form::Form;
use super::query::Query;
use super::rights::{Rights, Rule};
use super::route::{Page, Route, Verb, page};
use super::write::{self, Write};
use super::{discovery, list, openapi, opened, watch};
use crate::sim::objects::kind::ROLLOUT;
use crate::sim::objects::{Part, Place, Refusal, scale};
use crate::sim::world::Mishap;

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
const IMPERSONATED: &str = "impersonate-user";

/// The largest body (apiserver: `MaxRequestBodyBytes`).
const LARGEST: usize = 3 << 20;
/// How long a request may take that does not say (apiserver: `--request-timeout`).
const LONGEST: Duration = Duration::from_secs(60);

/// Answers a request.
pub(super) async fn serve(core: Arc<Core>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let audit = request.headers().get(AUDIT_ID).cloned();
    let audit = audit.or_else(|| HeaderValue::from_str(&core.audit_id()).ok());
    core.audible().await;
    let mut answer = respond(&core, request).await.unwrap_or_else(|refusal| answer::refused(&refusal));
    core.audible().await;
    answer::date(&mut answer, core.now());
    if let Some(audit) = audit {
        answer.headers_mut().insert(AUDIT_ID, audit);
    }
    Ok(answer)
}

async fn respond(core: &Arc<Core>, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let (path, in_path) = without_token(core, head.uri.path());
    let page = page(&head.method, path, &query);
    match page {
        Page::Health => return Ok(answer::whole(StatusCode::OK, "text/plain; charset=utf-8", "ok")),
        Page::Version => return Ok(discovery::version()),
        _ if !in_path && !is_known(core, &head) => {
            return Err(Refusal::bare(401, "Unauthorized", "Unauthorized"));
        }
        _ => {}
    }
    let accept = header(&head, ACCEPT.as_str()).unwrap_or_default();
    match page {
        Page::Discovery(segments) => {
            Ok(discovery::discover(&segments, accept).unwrap_or_else(answer::nowhere))
        }
        Page::OpenApi(segments) => Ok(openapi::document(&segments, accept).unwrap_or_else(answer::nowhere)),
        Page::NotAllowed(kind) => Err(Refusal::method_not_allowed(kind, action(&head.method))),
        Page::Review(plural) => {
            let media = header(&head, "content-type").unwrap_or_default().to_owned();
            let question = write::value(&media, &read(body).await?)?;
            Ok(answer::json(StatusCode::CREATED, &review(core, &head, plural, question)))
        }
        Page::Objects(route) => objects(core, (&head, &query), &route, body).await,
        Page::Health | Page::Version | Page::Nowhere => Ok(answer::nowhere()),
    }
}

/// The verb that a method stands for in the server's words.
fn action(method: &Method) -> &'static str {
    match *method {
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "get",
    }
}

/// Takes the token off the front of a path, where it stands there; tells whether it did.
fn without_token<'a>(core: &Core, path: &'a str) -> (&'a str, bool) {
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(core.token.expose_secret()));
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => (rest, true),
        _ => (path, false),
    }
}

/// Tells whether the caller bears the token.
fn is_known(core: &Core, head: &Parts) -> bool {
    let bearer = header(head, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    bearer.is_some_and(|token| token.trim() == core.token.expose_secret())
}

fn header<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The user's name: the one that is impersonated, else the token's.
fn user<'a>(core: &'a Core, head: &'a Parts) -> &'a str {
    header(head, IMPERSONATED).unwrap_or(&core.user)
}

fn review(core: &Core, head: &Parts, plural: &str, question: Value) -> Value {
    held(core).review(user(core, head), plural, question)
}

/// What the user may do now: what they were given, without what the script took.
fn held(core: &Core) -> Rights {
    let given = core.rights.read().unwrap_or_else(PoisonError::into_inner).clone();
    let taken = core.turn(|world| world.gate().taken.clone());
    taken.iter().fold(given, |rights, right| {
        rights.without(Rule::new(&[&right.verb], ROLLOUT.group, &[&right.resource]))
    })
}

async fn objects(
    core: &Arc<Core>,
    (head, query): (&Parts, &Query),
    route: &Route,
    body: Incoming,
) -> Result<Answer, Refusal> {
    let form = Form::negotiate(header(head, ACCEPT.as_str()), query)?;
    let ask = match route.verb {
        Verb::List | Verb::Watch => Some(Ask::read(route, query)),
        _ => None,
    };
    let named = ask.as_ref().and_then(|ask| ask.as_ref().ok()?.selector.name());
    let name = route.name.as_deref().or(named).unwrap_or_default();
    held(core).judge(user(core, head), route, name)?;
    let writes = route.verb.writes();
    let body = if writes { read(body).await? } else { Bytes::new() };
    let write = Write { route, query, head, body, form };
    let dry = writes && write.is_dry()?;
    let mishap = core.turn(|world| world.wire().meet(writes && !dry));
    if let Some(Mishap::Refused(code)) = mishap {
        return Err(refusal_of(code));
    }
    let done = match ask {
        Some(ask) => collection(core, route, ask?, form).await,
        None if route.verb == Verb::Get => one(core, route, form),
        None => write.carry_out(core, dry),
    };
    match mishap {
        Some(Mishap::LostAnswer) => Err(timed_out()),
        Some(Mishap::Late(milliseconds)) => {
            let (late, longest) = (core.span(milliseconds), longest(query));
            tokio::time::sleep(late.min(longest)).await;
            if late > longest { Err(timed_out()) } else { done }
        }
        _ => done,
    }
}

async fn collection(core: &Arc<Core>, route: &Route, ask: Ask, form: Form) -> Result<Answer, Refusal> {
    core.turn(|world| opened::note(world, route, &ask.selector));
    match route.verb {
        Verb::Watch => watch::watch(core, route, ask, form).await,
        _ => list::list(core, route, &ask, form).await,
    }
}

fn one(core: &Core, route: &Route, form: Form) -> Result<Answer, Refusal> {
    let namespace = route.namespace.as_deref().unwrap_or_default();
    let place = Place::new(route.kind, namespace, route.name.as_deref().unwrap_or_default());
    let stored = core.turn(|world| {
        let stored = world.objects.read(&place)?.clone();
        opened::note_one(world, &place);
        Ok(stored)
    })?;
    match route.part {
        Part::Scale => Ok(answer::json(StatusCode::OK, &scale::of(&stored)?)),
        Part::Whole | Part::Status => Ok(write::shown(core, form, StatusCode::OK, &stored)),
    }
}

/// Reads a body, up to the largest that is taken.
async fn read(mut body: Incoming) -> Result<Bytes, Refusal> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|why| Refusal::bad_request(why.to_string()))?;
        if let Some(piece) = frame.data_ref() {
            bytes.extend_from_slice(piece);
        }
        if bytes.len() > LARGEST {
            return Err(Refusal::too_large(&format!("limit is {LARGEST}")));
        }
    }
    Ok(bytes.freeze())
}

/// How long a request may take, as `timeout=` has it.
fn longest(query: &Query) -> Duration {
    let given = query.get("timeout").and_then(|text| text.parse::<jiff::SignedDuration>().ok());
    let given = given.and_then(|given| Duration::try_from(given).ok()).filter(|given| !given.is_zero());
    given.unwrap_or(LONGEST).min(LONGEST)
}

fn timed_out() -> Refusal {
    let message = "Timeout: request did not complete within requested timeout - context deadline exceeded";
    Refusal { details: Some(Default::default()), ..Refusal::bare(504, "Timeout", message) }
}

/// A refusal for no reason of the request's own, in the words of a server in trouble.
fn refusal_of(code: u16) -> Refusal {
    let (reason, message) = match code {
        429 => ("TooManyRequests", "too many requests, please try again later"),
        503 => ("ServiceUnavailable", "apiserver is shutting down"),
        504 => return timed_out(),
        500 => return Refusal::internal("etcdserver: request timed out"),
        _ => ("InternalError", "the server is in trouble"),
    };
    let mut refusal = Refusal::bare(code, reason, message);
    let details = refusal.details.get_or_insert_default();
    details.retry_after_seconds = 1;
    refusal
}
