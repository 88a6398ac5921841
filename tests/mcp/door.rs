//! `rollgate mcp --http`: who is let in, what is answered, and how it ends; raw requests on sockets of the tests' own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::assistant::{Assistant, BINARY, Cluster, PATIENCE};
use crate::listening::Listening;
use crate::{Named, proposing};

pub fn trials() -> Vec<Named> {
    vec![
        ("over http a token is made for this user alone, and without it nobody is answered", refused),
        ("what is no message of the protocol is refused over http, each with its status", malformed),
        ("over http the same tools are there and answer the same", same),
        ("an assistant of the newest protocol is answered over http without a session", sessionless),
        ("an assistant of the newest protocol is told over http of what it listens to", listened),
        ("over http it ends at SIGTERM while somebody waits", terminated),
        (
            "an address that other machines could reach, or a token that others could know, is refused in words",
            unsafe_doors,
        ),
    ]
}

/// A running `rollgate mcp --http`, with a home of its own.
pub struct Door {
    listening: Listening,
    folder: tempfile::TempDir,
}

impl DerefMut for Door {
    fn deref_mut(&mut self) -> &mut Listening {
        &mut self.listening
    }
}

impl Deref for Door {
    type Target = Listening;

    fn deref(&self) -> &Listening {
        &self.listening
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    pub code: u16,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.split_once(": ").is_some_and(|(it, _)| it.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    /// The messages in it: of a stream of events, or the one that it is.
    pub fn messages(&self) -> Vec<Value> {
        let lines: Vec<&str> = match self.header("content-type") {
            Some("text/event-stream") => {
                self.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
            }
            _ => vec![self.body.as_str()],
        };
        let whole = lines.into_iter().filter(|line| !line.trim().is_empty());
        whole
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no message: {self:?}")))
            .collect()
    }
}

impl Door {
    pub fn open(cluster: &Cluster) -> Self {
        Self::open_with(cluster, &[])
    }

    /// The same with flags of its own.
    pub fn open_with(cluster: &Cluster, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&cluster.embedded.kubeconfig(), folder.path());
        let listening = Listening::start(command.args(flags)).unwrap();
        Self { listening, folder }
    }

    /// Where its ledger is.
    pub fn ledger(&self) -> PathBuf {
        ledger(self.folder.path())
    }

    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap().strip_suffix("/mcp").unwrap()
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", std::fs::read_to_string(&self.token).unwrap().trim())
    }

    /// Sends a request as it is written, and returns what comes back until the connection closes.
    fn raw(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        // A refusal may come, and the connection end, before all was sent.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        let body = if is_chunked { joined(body) } else { body.to_owned() };
        Reply { code, head: head.to_owned(), body }
    }

    /// Sends a message with these headers beside those that it takes; an empty value leaves one of them out.
    pub fn post(&self, body: &str, more: &[(&str, &str)]) -> Reply {
        let bearer = self.bearer();
        let usual = [
            ("host", self.address()),
            ("authorization", &bearer),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("connection", "close"),
        ];
        let mut request = "POST /mcp HTTP/1.1\r\n".to_owned();
        let unchanged = usual.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        for (name, value) in unchanged.chain(more).filter(|(_, value)| !value.is_empty()) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        self.raw(&request)
    }

    /// Begins a session; returns its id.
    pub fn begin(&self) -> String {
        let client = json!({"name": "tests", "version": "1"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        let begun = self.post(&message(1, "initialize", &params), &[]);
        assert_eq!(begun.messages().last().unwrap()["result"]["serverInfo"]["name"], "rollgate", "{begun:?}");
        let id = begun.header("mcp-session-id").unwrap().to_owned();
        let said = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
        assert_eq!(self.post(&said, &[("mcp-session-id", &id)]).code, 202);
        id
    }

    /// Listens in a session until it is over.
    pub fn listens_to_the_end(&self, session: &str) {
        let reply = self.raw(&format!(
            "GET /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\nmcp-session-id: {session}\r\n\
             accept: text/event-stream\r\nconnection: close\r\n\r\n",
            self.bearer()
        ));
        // On a slow machine it was over before.
        assert!([200, 404].contains(&reply.code), "{reply:?}");
    }

    /// Asks in a session.
    pub fn ask(&self, session: &str, method: &str, params: &Value) -> Value {
        let reply = self.post(&message(7, method, params), &[("mcp-session-id", session)]);
        assert_eq!(reply.code, 200, "{reply:?}");
        reply.messages().into_iter().find(|message| message["id"] == 7).unwrap()
    }
}

fn ledger(home: &Path) -> PathBuf {
    home.join("state/ledger")
}

pub fn command(kubeconfig: &Path, home: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("--kubeconfig").arg(kubeconfig).arg("--ledger").arg(ledger(home));
    command.args(["mcp", "-n", "shop"]).env("HOME", home).stdin(Stdio::null());
    command
}

pub fn message(id: i64, method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

/// Puts the chunks of a body together.
fn joined(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    whole
}

fn refused() {
    let cluster = Cluster::with(&["api"]);
    let door = Door::open(&cluster);
    assert_eq!(door.token.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(door.token, ledger(door.folder.path()).with_file_name("mcp-token"));
    let ping = message(1, "ping", &json!({}));
    let silent = door.post(&ping, &[("authorization", "")]);
    assert_eq!((silent.code, silent.header("www-authenticate")), (401, Some("Bearer realm=\"rollgate\"")));
    let wrong = door.post(&ping, &[("authorization", "Bearer not-the-token-but-as-long-as-one-is-often")]);
    assert_eq!(wrong.code, 401);
    assert!(wrong.header("www-authenticate").unwrap().contains("invalid_token"));
    let bearer = door.bearer();
    let raw = |line: &str, host: &str, more: &str| {
        door.raw(&format!(
            "{line}\r\nhost: {host}\r\nauthorization: {bearer}\r\nconnection: close\r\n{more}\r\n"
        ))
        .code
    };
    assert_eq!(raw("GET /mcp HTTP/1.1", "rebound.example", ""), 403);
    assert_eq!(raw("GET /mcp HTTP/1.1", "localhost", "origin: https://evil.example\r\n"), 403);
    assert_eq!(raw("GET /mcp HTTP/1.1", "localhost", "origin: null\r\n"), 403);
    assert_eq!(raw("GET / HTTP/1.1", "localhost", ""), 404);
    assert_eq!(raw("PUT /mcp HTTP/1.1", "localhost", ""), 405);
    // A page of another machine asks first whether it may; it may not.
    assert_eq!(raw("OPTIONS /mcp HTTP/1.1", "localhost", "origin: https://evil.example\r\n"), 403);
    let own = door.post(&ping, &[("origin", "http://localhost:3000")]);
    assert!(![401, 403].contains(&own.code), "{own:?}");
    assert!(own.header("access-control-allow-origin").is_none(), "no page may read what is answered");
    assert!(!ledger(door.folder.path()).exists(), "who is refused leaves nothing");
}

fn malformed() {
    let cluster = Cluster::with(&["api"]);
    let door = Door::open(&cluster);
    let ping = message(1, "ping", &json!({}));
    let long = message(1, "ping", &json!({"x": "y".repeat(1 << 20)}));
    assert_eq!(door.post(&long, &[]).code, 413);
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{}1{}}}",
        "[".repeat(64),
        "]".repeat(64)
    );
    for none in ["", "{", "[]", "{\"jsonrpc\":\"1.0\"}", &deep, "\u{0}\u{1}"] {
        let reply = door.post(none, &[]);
        assert!(reply.code == 400 && reply.messages()[0]["error"]["code"].is_i64(), "{none:?}: {reply:?}");
    }
    assert_eq!(door.post(&ping, &[("accept", "text/html")]).code, 406);
    assert_eq!(door.post(&ping, &[("content-type", "text/plain")]).code, 415);
    assert_eq!(door.post(&ping, &[("mcp-session-id", "of-nobody")]).code, 404);
    assert!(door.post(&ping, &[]).code >= 400, "nothing is answered before a session begins");
    let session = door.begin();
    assert_eq!(door.ask(&session, "no/such/method", &json!({}))["error"]["code"], -32601);
    assert_eq!(door.ask(&session, "tools/call", &json!({"name": "approve"}))["error"]["code"], -32602);
    // A session that its owner ended is over.
    let end = format!(
        "DELETE /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\nmcp-session-id: {session}\r\nconnection: close\r\n\r\n",
        door.bearer()
    );
    assert!(door.raw(&end).code < 300);
    assert_eq!(door.post(&ping, &[("mcp-session-id", &session)]).code, 404);
}

fn same() {
    let cluster = proposing::paused();
    let before = cluster.embedded.version();
    let door = Door::open(&cluster);
    let mut beside = Assistant::start(&cluster);
    let session = door.begin();
    let tools = door.ask(&session, "tools/list", &json!({}));
    assert_eq!(tools["result"], beside.ask("tools/list", json!({}))["result"]);
    for tool in ["list_rollouts", "rollout_status", "argo_history", "rollout_gates"] {
        let given = if tool == "list_rollouts" { json!({}) } else { json!({"name": "api"}) };
        let answer = door.ask(&session, "tools/call", &json!({"name": tool, "arguments": given}));
        let told = &answer["result"]["structuredContent"];
        let mut other = beside.tell(tool, given);
        // Each was asked at its own time.
        other["freshness"]["as_of"] = told["freshness"]["as_of"].clone();
        assert_eq!(*told, other, "{tool}");
    }
    let given = json!({"name": "api", "reason": "tests"});
    let answer = door.ask(&session, "tools/call", &json!({"name": "propose_restart", "arguments": given}));
    assert_eq!(answer["result"]["structuredContent"]["proposal"]["state"], "open", "{answer}");
    // Another session sees what this one proposed: one ledger.
    let other = door.begin();
    assert_ne!(other, session);
    let listed = door.ask(&other, "tools/call", &json!({"name": "list_proposals", "arguments": {}}));
    assert_eq!(listed["result"]["structuredContent"]["proposals"].as_array().unwrap().len(), 1);
    assert_eq!(cluster.embedded.version(), before, "nothing was written to the cluster");
}

/// What each request of the newest protocol says of its client.
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "newest", "version": "1"},
    })
}

fn sessionless() {
    let cluster = proposing::paused();
    let door = Door::open(&cluster);
    let meta = meta();
    let call = |tool: &str, given: Value| {
        let params = json!({"name": tool, "arguments": given, "_meta": meta});
        let headers =
            [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", tool)];
        let reply = door.post(&message(3, "tools/call", &params), &headers);
        assert_eq!((reply.code, reply.header("mcp-session-id")), (200, None), "{reply:?}");
        reply.messages().into_iter().find(|message| message["id"] == 3).unwrap()["result"].clone()
    };
    let told = call("rollout_status", json!({"name": "api"}));
    assert_eq!(told["structuredContent"]["rollout"]["name"], "api", "{told}");
    let proposed = call("propose_restart", json!({"name": "api", "reason": "tests"}));
    let kept =
        rollgate::ledger::Proposals::open(&door.ledger()).unwrap().list(9, jiff::Timestamp::now()).unwrap();
    assert_eq!(proposed["structuredContent"]["proposal"]["id"], *kept[0].proposed.id.0, "{proposed}");
}

fn listened() {
    let cluster = proposing::paused();
    let door = Door::open(&cluster);
    let uri = "rollgate://rollouts/shop/api";
    let wanted = json!({"resourceSubscriptions": [uri, "file:///etc/passwd"]});
    let body = message(4, "subscriptions/listen", &json!({"_meta": meta(), "notifications": wanted}));
    let mut stream = TcpStream::connect(door.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\nmcp-protocol-version: 2026-07-28\r\n\
         mcp-method: subscriptions/listen\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        door.bearer(),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut next = || -> Value {
        let line = lines.find(|line| line.starts_with("data: {")).expect("the stream goes on");
        serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap()
    };
    let begun = next();
    assert_eq!(begun["method"], "notifications/subscriptions/acknowledged", "{begun}");
    assert!(begun.to_string().contains(uri) && !begun.to_string().contains("passwd"), "{begun}");
    cluster.status("api", &json!({"message": "it goes on"}));
    loop {
        let told = next();
        assert_eq!(
            (&told["method"], &told["params"]["uri"]),
            (&json!("notifications/resources/updated"), &json!(uri)),
            "{told}"
        );
        // The first list may have been such a change; the next one is this.
        let session = door.begin();
        let status = json!({"name": "rollout_status", "arguments": {"name": "api"}});
        let told = door.ask(&session, "tools/call", &status);
        if told["result"]["structuredContent"]["rollout"].to_string().contains("it goes on") {
            break;
        }
    }
}

fn terminated() {
    let cluster = Cluster::with(&["api"]);
    let mut door = Door::open(&cluster);
    let session = door.begin();
    let wait = json!({"name": "rollout_status", "arguments": {"name": "api", "wait_seconds": 60, "wait_for": "change"}});
    let body = message(9, "tools/call", &wait);
    let mut stream = TcpStream::connect(door.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\nmcp-session-id: {session}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        door.bearer(),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    // The head of the answer came: the wait is under way.
    stream.read_exact(&mut [0; 12]).unwrap();
    door.terminate();
    assert_eq!(door.ended().code(), Some(143));
    assert!(TcpStream::connect(door.address()).is_err());
}

fn unsafe_doors() {
    let cluster = Cluster::start();
    let home = tempfile::tempdir().unwrap();
    let said = |more: &[&str]| {
        let mut command = command(&cluster.embedded.kubeconfig(), home.path());
        let output = command.args(more).output().unwrap();
        assert!(output.stdout.is_empty(), "{output:?}");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for wide in ["0.0.0.0:0", "[::]:0", "10.1.2.3:8420"] {
        let (code, why) = said(&["--http", wide]);
        assert!(code == 2 && why.contains("only loopback"), "{wide}: {code} {why}");
    }
    let file = home.path().join("token");
    std::fs::write(&file, "a-token-that-anybody-here-can-read\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let path = file.to_str().unwrap();
    let (code, why) = said(&["--http", "127.0.0.1:0", "--http-token-file", path]);
    assert!(code == 1 && why.contains("by others") && !why.contains("a-token-that"), "{code} {why}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "short\n").unwrap();
    let (code, why) = said(&["--http", "127.0.0.1:0", "--http-token-file", path]);
    assert!(code == 1 && why.contains("22 to 512") && !why.contains("short\n"), "{code} {why}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, why) = said(&["--http", &taken.local_addr().unwrap().to_string()]);
    assert!(code == 1 && why.contains("cannot be listened on"), "{code} {why}");
}
