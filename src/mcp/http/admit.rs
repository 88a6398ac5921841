//! Owns who may come in over HTTP: requests of this machine, for this server, with its token.
//!
//! It reads the head of a request and nothing else. What a web page makes a browser send comes with an `Origin` that is not
//! loopback, or, after DNS rebinding, with another server's `Host`: both end here, before any token is looked at. Invariant:
//! whatever the head is, it is let in or refused with a status and a sentence.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::token::Token;

/// The one path that is served.
pub(super) const PATH: &str = "/mcp";

/// Why a request was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) why: &'static str,
    /// What `WWW-Authenticate` says (RFC 6750, section 3).
    pub(super) challenge: Option<&'static str>,
}

impl Refused {
    pub(super) fn of(status: StatusCode, why: &'static str) -> Self {
        Self { status, why, challenge: None }
    }

    fn unknown(why: &'static str, challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..Self::of(StatusCode::UNAUTHORIZED, why) }
    }
}

/// Judges the head of a request.
pub(super) fn admit(head: &Parts, token: &Token) -> Result<(), Refused> {
    for_this_server(&head.uri, &head.headers)?;
    let strange = |origin: &HeaderValue| !is_of_this_machine(origin);
    if head.headers.get_all(ORIGIN).iter().any(strange) {
        return Err(Refused::of(StatusCode::FORBIDDEN, "web pages of other machines are not answered"));
    }
    if head.uri.path() != PATH {
        return Err(Refused::of(StatusCode::NOT_FOUND, "there is /mcp here and nothing else"));
    }
    bears(&head.headers, token)
}

/// Refuses what was meant for a server of another name.
fn for_this_server(uri: &Uri, headers: &HeaderMap) -> Result<(), Refused> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Refused::of(StatusCode::BAD_REQUEST, "a request names its host once"));
    };
    let named = host.to_str().ok().and_then(|host| Authority::try_from(host).ok());
    let is_ours = named.is_some_and(|named| is_loopback(&named)) && uri.authority().is_none_or(is_loopback);
    match is_ours {
        true => Ok(()),
        false => {
            Err(Refused::of(StatusCode::FORBIDDEN, "the host is not this machine's own name for itself"))
        }
    }
}

fn is_of_this_machine(origin: &HeaderValue) -> bool {
    let Some(origin) = origin.to_str().ok().and_then(|origin| Uri::try_from(origin).ok()) else {
        return false;
    };
    matches!(origin.scheme_str(), Some("http" | "https")) && origin.authority().is_some_and(is_loopback)
}

/// Tells whether a name means this machine wherever it is looked up: `localhost`, or an address of loopback.
fn is_loopback(named: &Authority) -> bool {
    let host = named.host();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_address = || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !named.as_str().contains('@') && (host.eq_ignore_ascii_case("localhost") || is_address())
}

fn bears(headers: &HeaderMap, token: &Token) -> Result<(), Refused> {
    const MISSING: &str = "the token is missing: Authorization: Bearer TOKEN";
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(given), None) = (given.next(), given.next()) else {
        return Err(Refused::unknown(MISSING, "Bearer realm=\"rollgate\""));
    };
    let written = given.as_bytes();
    match written.split_at_checked(7) {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case(b"bearer ") => match token.is(given) {
            true => Ok(()),
            false => Err(Refused::unknown(
                "this is not the token",
                "Bearer realm=\"rollgate\", error=\"invalid_token\"",
            )),
        },
        _ => Err(Refused::unknown(MISSING, "Bearer realm=\"rollgate\"")),
    }
}
