//! Who is let in, and how much is taken of them, by themselves; the whole program is asked in `tests/mcp/`.

use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Request, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::admit::admit;
use super::{BOUNDS, Bounds, Door, Token, serve};
use crate::mcp::ask::{LedgerQuery, Runs, Timeline};
use crate::mcp::server::Server;
use crate::mcp::{Live, Offers, Reads, Told};
use crate::operation::order::Run;
use crate::rollout::Key;

const TOKEN: &str = "a-token-for-tests-0123456789";
const PATIENCE: Duration = Duration::from_secs(20);

fn token(text: &str) -> Token {
    Token::new(&SecretString::from(text)).unwrap()
}

fn head(host: &str, more: &[(&str, &str)]) -> Parts {
    let mut request = Request::post("/mcp").header("host", host);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn judged(host: &str, more: &[(&str, &str)]) -> Result<(), StatusCode> {
    let bearer = format!("Bearer {TOKEN}");
    let all = [&[("authorization", bearer.as_str())], more].concat();
    admit(&head(host, &all), &token(TOKEN)).map_err(|refused| refused.status)
}

#[test]
fn only_this_machine_s_own_names_are_answered_to() {
    for ours in ["127.0.0.1:8420", "localhost", "LOCALHOST:1", "[::1]:8420", "127.0.0.2"] {
        assert_eq!(judged(ours, &[]), Ok(()), "{ours}");
    }
    for strange in [
        "evil.example:8420",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8420",
        "10.0.0.1:8420",
        "0.0.0.0:8420",
        "[fe80::1]:8420",
        "user@localhost",
        "127.1:8420",
        "",
        "a b",
    ] {
        assert_eq!(judged(strange, &[]), Err(StatusCode::FORBIDDEN), "{strange}");
    }
    assert_eq!(judged("localhost", &[("host", "evil.example")]), Err(StatusCode::BAD_REQUEST));
    let mut nameless = head("localhost", &[]);
    nameless.headers.remove("host");
    assert_eq!(admit(&nameless, &token(TOKEN)).unwrap_err().status, StatusCode::BAD_REQUEST);
    let mut absolute = head("localhost", &[]);
    absolute.uri = "http://evil.example/mcp".parse().unwrap();
    assert_eq!(admit(&absolute, &token(TOKEN)).unwrap_err().status, StatusCode::FORBIDDEN);
}

#[test]
fn web_pages_of_other_machines_are_refused_even_with_the_token() {
    for ours in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"] {
        assert_eq!(judged("localhost", &[("origin", ours)]), Ok(()), "{ours}");
    }
    for strange in [
        "null",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example:8420",
        "file://localhost",
        "chrome-extension://abcdef",
        "//localhost",
        "localhost",
        "",
    ] {
        assert_eq!(judged("localhost", &[("origin", strange)]), Err(StatusCode::FORBIDDEN), "{strange}");
    }
    let both = [("origin", "http://localhost"), ("origin", "https://evil.example")];
    assert_eq!(judged("localhost", &both), Err(StatusCode::FORBIDDEN));
}

#[test]
fn without_the_very_token_nobody_comes_in() {
    let with = |given: &str| {
        let head = head("localhost", &[("authorization", given)]);
        admit(&head, &token(TOKEN)).map_err(|refused| (refused.status.as_u16(), refused.challenge))
    };
    assert_eq!(
        with(&format!("bearer {TOKEN}")),
        Ok(()),
        "the scheme's case is free (RFC 9110, section 11.1)"
    );
    let missing = Err((401, Some("Bearer realm=\"rollgate\"")));
    for none in ["", "Bearer", TOKEN, "Basic YTpi", &format!("Token {TOKEN}")] {
        assert_eq!(with(none), missing, "{none}");
    }
    let wrong = Err((401, Some("Bearer realm=\"rollgate\", error=\"invalid_token\"")));
    let (short, long) = (&TOKEN[..TOKEN.len() - 1], format!("{TOKEN}x"));
    for other in ["", short, &long, &TOKEN.to_uppercase(), &format!(" {TOKEN}"), &format!("{TOKEN} ")] {
        assert_eq!(with(&format!("Bearer {other}")), wrong, "{other:?}");
    }
    let silent = admit(&head("localhost", &[]), &token(TOKEN)).unwrap_err();
    assert_eq!(silent.status, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {TOKEN}");
    let twice = head("localhost", &[("authorization", &bearer), ("authorization", "Bearer other")]);
    assert_eq!(admit(&twice, &token(TOKEN)).unwrap_err().status, StatusCode::UNAUTHORIZED);
}

#[test]
fn there_is_one_path() {
    for other in ["/", "/mcp/", "/mcp/x", "/.well-known/oauth-protected-resource", "//mcp"] {
        let mut head = head("localhost", &[]);
        head.uri = other.parse().unwrap();
        assert_eq!(admit(&head, &token(TOKEN)).unwrap_err().status, StatusCode::NOT_FOUND, "{other}");
    }
}

#[test]
fn a_token_is_long_enough_and_fits_a_header() {
    let too = |text: &str| Token::new(&SecretString::from(text)).is_err();
    assert!(too("") && too(&"a".repeat(21)) && too(&"a".repeat(513)));
    assert!(too("with a space, which no token has") && too("a-line\nbreak-0123456789012345678"));
    assert!(!too(&"a".repeat(22)) && !too(TOKEN));
}

/// Nothing to read.
struct Nothing;

fn nothing<'a, T: 'a>() -> Told<'a, T> {
    Box::pin(std::future::pending())
}

impl Reads for Nothing {
    fn family<'a>(&'a self, _: &'a Key) -> Told<'a> {
        nothing()
    }
    fn runs<'a>(&'a self, _: &'a Key) -> Told<'a, Vec<Run>> {
        nothing()
    }
    fn gates<'a>(&'a self, _: &'a Key) -> Told<'a> {
        nothing()
    }
    fn experiments<'a>(&'a self, _: &'a Runs) -> Told<'a> {
        nothing()
    }
    fn analysis_runs<'a>(&'a self, _: &'a Runs) -> Told<'a> {
        nothing()
    }
    fn timeline<'a>(&'a self, _: &'a Timeline) -> Told<'a> {
        nothing()
    }
    fn health(&self) -> Told<'_> {
        nothing()
    }
    fn ledger<'a>(&'a self, _: &'a LedgerQuery) -> Told<'a> {
        nothing()
    }
}

/// A server with bounds of its own.
struct Served {
    address: std::net::SocketAddr,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

async fn served(bounds: Bounds) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(Arc::new(Live::default()), Arc::new(Nothing), Offers::kept_at(None));
    let (end, ended) = oneshot::channel::<()>();
    let door = Door { listener, token: token(TOKEN), idle: bounds.idle };
    let task = tokio::spawn(serve(door, server, bounds, async { drop(ended.await) }));
    Served { address, end: Some(end), task }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a message on a connection of its own, and returns what comes back until there is a whole message or the end.
    async fn post(&self, message: &Value, more: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(posted(message, more).as_bytes()).await.unwrap();
        until(&mut stream, |text| text.contains("jsonrpc") || text.contains("\r\n0\r\n\r\n")).await
    }

    /// Begins a session, and returns its id.
    async fn begin(&self) -> Result<String, String> {
        let client = json!({"name": "tests", "version": "1"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        let answer = self
            .post(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}), "")
            .await;
        let id = answer.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).map(str::to_owned);
        id.ok_or(answer)
    }
}

fn posted(message: &Value, more: &str) -> String {
    let body = message.to_string();
    format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Reads until something is so, or the other side closes.
async fn until(stream: &mut TcpStream, is_so: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !is_so(&text) {
        let read =
            tokio::time::timeout(PATIENCE, stream.read(&mut bytes)).await.expect("it says something in time");
        match read.unwrap_or(0) {
            0 => break,
            read => text.push_str(&String::from_utf8_lossy(&bytes[..read])),
        }
    }
    text
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

/// A question that takes as long as it may.
fn asked(id: i64) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "health", "arguments": {}}})
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_and_one_that_is_none_is_said_to_be() {
    let served = served(Bounds { largest: 600, ..BOUNDS }).await;
    let long = json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y".repeat(600)}});
    assert_eq!(status(&served.post(&long, "").await), "413");
    for none in [json!([]), json!({"jsonrpc": "1.0"}), json!("text")] {
        let answer = served.post(&none, "").await;
        assert!(status(&answer) == "400" && answer.contains("-32600"), "{answer}");
    }
    let answer =
        served.post(&json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}), "mcp-session-id: no\r\n").await;
    assert_eq!(status(&answer), "404", "a session that is not there has to be begun anew");
}

#[tokio::test]
async fn a_head_or_a_body_that_does_not_come_is_not_waited_for() {
    let brief = Duration::from_millis(200);
    let served = served(Bounds { head: brief, body: brief, ..BOUNDS }).await;
    let mut silent = served.connect().await;
    assert_eq!(until(&mut silent, |_| false).await, "", "closed without a word");
    let mut slow = served.connect().await;
    slow.write_all(b"POST /mcp HTTP/1.1\r\nhost: local").await.unwrap();
    until(&mut slow, |_| false).await;
    let whole = posted(&json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}), "");
    let mut cut = served.connect().await;
    cut.write_all(&whole.as_bytes()[..whole.len() - 5]).await.unwrap();
    assert_eq!(status(&until(&mut cut, |text| text.contains("jsonrpc")).await), "408");
}

#[tokio::test]
async fn one_question_too_many_is_refused_and_a_place_is_free_when_an_answer_is_gone() {
    let served = served(Bounds { requests: 2, ..BOUNDS }).await;
    let id = served.begin().await.unwrap();
    let session = format!("mcp-session-id: {id}\r\n");
    let mut waiting = Vec::new();
    for n in 2..4 {
        let mut stream = served.connect().await;
        stream.write_all(posted(&asked(n), &session).as_bytes()).await.unwrap();
        // The head of the answer: from here on it holds its place.
        until(&mut stream, |text| text.contains("\r\n\r\n")).await;
        waiting.push(stream);
    }
    let refused = served.post(&asked(9), &session).await;
    assert!(status(&refused) == "429" && refused.contains("retry-after: 1"), "{refused}");
    let told = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 77}});
    let mut stream = served.connect().await;
    stream.write_all(posted(&told, &session).as_bytes()).await.unwrap();
    let heard = until(&mut stream, |text| text.contains("\r\n\r\n")).await;
    assert_eq!(status(&heard), "202", "who ends a wait is not kept out by it");
    waiting.pop();
    let again = tokio::time::timeout(PATIENCE, async {
        loop {
            let answer = served.post(&json!({"jsonrpc": "2.0", "id": 10, "method": "ping"}), &session).await;
            if status(&answer) == "200" {
                break answer;
            }
        }
    });
    assert!(again.await.is_ok(), "the place of who went away is free");
}

#[tokio::test]
async fn who_asks_and_goes_away_cannot_pile_up_calls() {
    let served = served(BOUNDS).await;
    let session = format!("mcp-session-id: {}\r\n", served.begin().await.unwrap());
    let is_refused = |text: &str| text.contains("-32000") && text.contains("calls are under way");
    for n in 0..200 {
        let mut stream = served.connect().await;
        stream.write_all(posted(&asked(n), &session).as_bytes()).await.unwrap();
        // What is refused is answered soon; the others would wait for long, and are left.
        let answer = tokio::time::timeout(Duration::from_millis(100), until(&mut stream, is_refused)).await;
        if answer.is_ok_and(|answer| is_refused(&answer)) {
            return;
        }
    }
    panic!("there is no end to what may be piled up");
}

#[tokio::test]
async fn there_are_no_more_sessions_than_the_bound_and_the_stalest_makes_room() {
    let crowd = served(Bounds { sessions: 2, ..BOUNDS }).await;
    let (one, two) = (crowd.begin().await.unwrap(), crowd.begin().await.unwrap());
    assert_ne!(one, two);
    let refused = crowd.begin().await.unwrap_err();
    assert_eq!(status(&refused), "503", "both were heard of lately: {refused}");
    let quick = served(Bounds { sessions: 2, rest: Duration::ZERO, ..BOUNDS }).await;
    let (one, two) = (quick.begin().await.unwrap(), quick.begin().await.unwrap());
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    let with = |id: &str| format!("mcp-session-id: {id}\r\n");
    assert_eq!(status(&quick.post(&ping, &with(&two)).await), "200");
    assert_eq!(status(&quick.post(&ping, &with(&one)).await), "200");
    let three = quick.begin().await.unwrap();
    assert_eq!(status(&quick.post(&ping, &with(&two)).await), "404", "it was heard of the longest ago");
    for there in [&one, &three] {
        assert_eq!(status(&quick.post(&ping, &with(there)).await), "200");
    }
}

#[tokio::test]
async fn a_session_without_a_word_ends_by_itself() {
    let served = served(Bounds { idle: Duration::from_millis(100), ..BOUNDS }).await;
    let session = format!("mcp-session-id: {}\r\n", served.begin().await.unwrap());
    let mut listening = served.connect().await;
    let get = format!(
        "GET /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\naccept: text/event-stream\r\n{session}\r\n"
    );
    listening.write_all(get.as_bytes()).await.unwrap();
    // Its stream is closed with it; on a slow machine it was gone before the stream began.
    until(&mut listening, |text| text.contains("\r\n0\r\n\r\n") || text.contains(" 404 ")).await;
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    assert_eq!(status(&served.post(&ping, &session).await), "404");
}

#[tokio::test]
async fn who_takes_no_answers_makes_room_for_others() {
    const ASKED: usize = 400;
    let served = served(Bounds { connections: 1, taking: Duration::from_millis(200), ..BOUNDS }).await;
    let session = format!("mcp-session-id: {}\r\n", served.begin().await.unwrap());
    let (mut answers, mut questions) = served.connect().await.into_split();
    let all = (0..ASKED).map(|id| {
        posted(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": {}}), &session)
    });
    let all: String = all.collect();
    // Nobody takes the later questions, either.
    let asking = tokio::spawn(async move { questions.write_all(all.as_bytes()).await });
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    assert_eq!(status(&served.post(&ping, &session).await), "200", "the one place is free again");
    let mut taken = Vec::new();
    // What had been written before may still come; then it is over, by an end or a reset.
    let end = tokio::time::timeout(PATIENCE, answers.read_to_end(&mut taken)).await;
    assert!(end.is_ok(), "it is not written to any more");
    let answered = String::from_utf8_lossy(&taken).matches("HTTP/1.1 200").count();
    assert!(answered < ASKED, "{answered}");
    asking.abort();
}

#[tokio::test]
async fn a_stream_that_has_nothing_to_say_is_not_ended_for_taking_nothing() {
    let served = served(Bounds { taking: Duration::from_millis(1), ..BOUNDS }).await;
    let session = format!("mcp-session-id: {}\r\n", served.begin().await.unwrap());
    let open = |method: &str| {
        format!(
            "{method} /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\naccept: text/event-stream\r\n{session}\r\n"
        )
    };
    let mut listening = served.connect().await;
    listening.write_all(open("GET").as_bytes()).await.unwrap();
    let begun = until(&mut listening, |text| text.contains("\r\n\r\n")).await;
    assert_eq!(status(&begun), "200");
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    for _ in 0..3 {
        assert_eq!(status(&served.post(&ping, &session).await), "200");
    }
    let mut ending = served.connect().await;
    ending.write_all(open("DELETE").as_bytes()).await.unwrap();
    let ended = until(&mut ending, |text| text.contains("\r\n\r\n")).await;
    assert_eq!(status(&ended), "204", "it is done");
    let rest = until(&mut listening, |text| text.ends_with("0\r\n\r\n")).await;
    assert!(rest.ends_with("0\r\n\r\n"), "it lasted until then, and was ended whole: {rest:?}");
    assert_eq!(status(&served.post(&ping, &session).await), "404");
}

#[tokio::test]
async fn the_end_closes_every_stream_and_nobody_is_waited_for() {
    let mut served = served(BOUNDS).await;
    let session = format!("mcp-session-id: {}\r\n", served.begin().await.unwrap());
    let mut waiting = served.connect().await;
    waiting.write_all(posted(&asked(2), &session).as_bytes()).await.unwrap();
    until(&mut waiting, |text| text.contains("\r\n\r\n")).await;
    let idle = served.connect().await;
    drop(served.end.take());
    tokio::time::timeout(PATIENCE, &mut served.task).await.expect("it ends in time").unwrap();
    until(&mut waiting, |_| false).await;
    drop(idle);
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}
