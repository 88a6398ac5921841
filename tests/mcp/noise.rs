//! Bytes that nobody meant, a great many by seed: whatever comes, JSON-RPC is answered or the end comes, and nothing is written.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use rollgate::mcp::METHODS;
use serde_json::{Value, json};

use crate::assistant::{Assistant, PATIENCE};
use crate::door::Door;
use crate::{Named, proposing};

pub fn trials() -> Vec<Named> {
    vec![
        (
            "whatever bytes come, json-rpc is answered, the next question is heard, and nothing is written",
            noise,
        ),
        ("whatever bytes come over http, an answer or the end comes, and nothing is written", over_http),
        (
            "whatever questions come in whatever order, each is answered once, and nothing is written",
            questions,
        ),
    ]
}

/// Lines of a run: more by `ROLLGATE_NOISE`. What they leave in the ledger is proposals at most.
const LINES: usize = 12_000;
const QUESTIONS: usize = 1_500;
const HTTP: usize = 300;

/// A generator whose numbers depend on its seed alone (xorshift64*, Marsaglia and Vigna).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// The seed: another one by `ROLLGATE_SEED`.
fn chance() -> Chance {
    Chance(number("ROLLGATE_SEED").unwrap_or(0x5eed) | 1)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|written| written.parse().ok())
}

/// Methods that are not served.
const OTHERS: [&str; 3] = ["completion/complete", "logging/setLevel", "approve"];

/// A method, served or not; but none that is under way until it is cancelled: soon nothing else would be heard.
fn method(chance: &mut Chance) -> &'static str {
    let lasting = "subscriptions/listen";
    let all = METHODS.iter().filter(|method| **method != lasting).chain(&OTHERS);
    let all: Vec<&'static str> = all.copied().collect();
    all[chance.below(all.len())]
}

/// A value of JSON, some of it like what a tool takes.
fn value(chance: &mut Chance, depth: usize) -> Value {
    let texts = [
        "api",
        "shop",
        "",
        "*",
        "../..",
        "\u{1b}[2J",
        "rollgate://rollouts/shop/api",
        "AnalysisRun",
        "💥",
        "0",
    ];
    match chance.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(chance.below(2) == 0),
        2 => json!(chance.next() as i64 >> chance.below(64)),
        3 => json!(f64::from_bits(chance.next())),
        4 | 5 => json!(chance.one(&texts)),
        6 => (0..chance.below(4)).map(|_| value(chance, depth - 1)).collect(),
        _ => {
            let names = [
                "name",
                "namespace",
                "reason",
                "limit",
                "cursor",
                "uri",
                "arguments",
                "proposal_id",
                "approve",
                "to_weight",
            ];
            let mut fields = serde_json::Map::new();
            for _ in 0..chance.below(5) {
                fields.insert((*chance.one(&names)).to_owned(), value(chance, depth - 1));
            }
            Value::Object(fields)
        }
    }
}

/// A message that is nearly one.
fn message(chance: &mut Chance, tools: &[String]) -> Value {
    let params = match chance.below(3) {
        0 => json!({"name": chance.one(tools), "arguments": value(chance, 2)}),
        _ => value(chance, 3),
    };
    let mut message = json!({"jsonrpc": "2.0", "method": method(chance), "params": params});
    match chance.below(4) {
        0 => {}
        1 => message["id"] = value(chance, 1),
        _ => message["id"] = json!(format!("noise-{}", chance.next())),
    }
    message
}

/// A line that was a message before something happened to it.
fn line(chance: &mut Chance, tools: &[String]) -> Vec<u8> {
    let mut line = message(chance, tools).to_string().into_bytes();
    match chance.below(5) {
        0 => line = (0..chance.below(300)).map(|_| chance.next() as u8).collect(),
        1 => line.truncate(chance.below(line.len() + 1)),
        2 => {
            for _ in 0..=chance.below(4) {
                let at = chance.below(line.len());
                line[at] = chance.next() as u8;
            }
        }
        3 => {
            let at = chance.below(line.len());
            line.splice(
                at..at,
                std::iter::repeat_n(*b"[{\"".get(chance.below(3)).unwrap(), chance.below(100)),
            );
        }
        _ => {}
    }
    line.retain(|byte| *byte != b'\n');
    // Whatever it says, the wait of no question is long.
    String::from_utf8_lossy(&line).replace("wait_seconds", "wait_second").into_bytes()
}

fn tools(assistant: &mut Assistant) -> Vec<String> {
    let listed = assistant.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    // Health looks for up to ten seconds; what it may do is the same, and is asked once in another test.
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned());
    names.filter(|name| name != "health").collect()
}

/// Asks until this very question is answered; what comes before it has to be JSON-RPC.
fn heard(assistant: &mut Assistant, n: usize) {
    let id = format!("heard-{n}");
    let mut asked = false;
    loop {
        if !asked {
            assistant.say(&json!({"jsonrpc": "2.0", "id": id, "method": "ping"}));
            asked = true;
        }
        let message = assistant.hear();
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        if message["id"] != id.as_str() {
            continue;
        }
        match message["error"]["code"].as_i64() {
            None => return,
            // Too many are under way: it is heard when one of them is answered.
            Some(-32000) => asked = false,
            Some(_) => panic!("{message}"),
        }
    }
}

fn noise() {
    let cluster = proposing::paused();
    let mut assistant = proposing::assistant(&cluster);
    let tools = tools(&mut assistant);
    let before = cluster.embedded.version();
    let mut chance = chance();
    let lines = number("ROLLGATE_NOISE").map_or(LINES, |lines| lines as usize);
    for n in 0..lines {
        let mut line = line(&mut chance, &tools);
        line.push(b'\n');
        assistant.raw(&line);
        if n % 8 == 7 {
            heard(&mut assistant, n);
        }
    }
    heard(&mut assistant, lines);
    assert_eq!(cluster.embedded.version(), before, "nothing was written to the cluster");
    assistant.close();
    assert_eq!(assistant.ended().code(), Some(0));
}

/// Writes bytes and no more; returns what comes back until the end.
fn thrown(door: &Door, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(door.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // It may have refused, and gone, before all was sent.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut back = Vec::new();
    if let Err(error) = stream.read_to_end(&mut back) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "it neither answers nor ends");
    }
    String::from_utf8_lossy(&back).into_owned()
}

fn over_http() {
    let cluster = proposing::paused();
    let door = Door::open(&cluster);
    let session = door.begin();
    let before = cluster.embedded.version();
    let tools = ["rollout_status", "list_rollouts", "propose_abort", "argo_promote", "withdraw_proposal"];
    let tools = tools.map(str::to_owned);
    let mut chance = chance();
    for _ in 0..HTTP {
        let body = line(&mut chance, &tools);
        // Sessions have a bound of their own, which is another test's.
        let body = String::from_utf8_lossy(&body).replace("initialize", "ping");
        let reply = door.post(&body, &[("mcp-session-id", &session)]);
        assert!([200, 202, 400, 404].contains(&reply.code), "{body:?}: {reply:?}");
        if reply.code == 200 {
            assert!(reply.messages().iter().all(|message| message["jsonrpc"] == "2.0"), "{reply:?}");
        }
        let mut request = format!(
            "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
            door.bearer(),
            body.len()
        )
        .into_bytes();
        match chance.below(3) {
            0 => request.truncate(chance.below(request.len())),
            1 => request = (0..chance.below(400)).map(|_| chance.next() as u8).collect(),
            _ => {
                let at = chance.below(request.len());
                request[at] = chance.next() as u8;
            }
        }
        let back = thrown(&door, &request);
        assert!(back.is_empty() || back.starts_with("HTTP/1."), "{back}");
    }
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    assert_eq!(door.post(&ping, &[("mcp-session-id", &session)]).code, 200);
    assert_eq!(cluster.embedded.version(), before, "nothing was written to the cluster");
}

fn questions() {
    let cluster = proposing::paused();
    let mut assistant = proposing::assistant(&cluster);
    let tools = tools(&mut assistant);
    let before = cluster.embedded.version();
    let mut chance = chance();
    for _ in 0..QUESTIONS {
        let tool = chance.one(&tools).clone();
        let mut given = json!({"name": "api", "reason": "tests"});
        for (name, values) in [
            ("namespace", json!(["shop", "other", 7])),
            ("to_weight", json!([0, 50, 100, 101, -1, "50"])),
            ("full", json!([true, false, "true"])),
            ("image", json!(["shop/app:v2", "", "app=shop/app:v3"])),
            ("revision", json!([0, 1, 99])),
            ("kind", json!(["AnalysisRun", "Experiment", "Rollout"])),
            ("run", json!(["x", "", "../x"])),
            ("limit", json!([1, 0, 201, -1])),
            ("proposal_id", json!(["x", "", 3])),
        ] {
            if chance.below(4) == 0 {
                given[name] = chance.one(values.as_array().unwrap()).clone();
            }
        }
        for name in ["name", "reason"] {
            if chance.below(8) == 0 {
                given.as_object_mut().unwrap().remove(name);
            }
        }
        let result = assistant.call(&tool, given);
        assert!(result["isError"].is_boolean(), "{tool}: {result}");
    }
    assert_eq!(cluster.embedded.version(), before, "nothing was written to the cluster");
    let kept = rollgate::ledger::Proposals::open(&assistant.ledger())
        .unwrap()
        .list(200, jiff::Timestamp::now())
        .unwrap();
    assert!(
        kept.iter().all(|kept| ["open", "withdrawn", "expired"].contains(&kept.state.word())),
        "words decide nothing"
    );
}
