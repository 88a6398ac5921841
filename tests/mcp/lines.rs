//! What stands on the lines: malformed, huge and deep messages, and how it ends.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::Named;
use crate::assistant::{Assistant, Cluster};

pub fn trials() -> Vec<Named> {
    vec![
        ("what is no message is answered as an error, and the next one is heard", malformed),
        ("a message before the protocol begins is refused, not fatal", early),
        ("the end of its input ends it with code 0", closed),
        ("it ends at SIGTERM with code 143", terminated),
        ("an input that ends before a word ends it with code 1", unbegun),
        ("questions that were asked before the end are answered", last),
    ]
}

fn code(answer: &Value) -> (&Value, &Value) {
    (&answer["id"], &answer["error"]["code"])
}

fn malformed() {
    let cluster = Cluster::start();
    let mut assistant = Assistant::start(&cluster);
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{}1{}}}",
        "[".repeat(64),
        "]".repeat(64)
    );
    let huge = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{}\"}}", "x".repeat(1 << 20));
    let cases: [(&[u8], i64); 8] = [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"GET / HTTP/1.1", -32700),
        (b"[]", -32600),
        (b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600),
        (b"{\"jsonrpc\":\"1.0\",\"method\":\"ping\"}", -32600),
        (deep.as_bytes(), -32600),
        (huge.as_bytes(), -32600),
    ];
    for (line, expected) in cases {
        assistant.raw(&[line, b"\n"].concat());
        let answer = assistant.hear();
        assert_eq!(
            code(&answer),
            (&Value::Null, &json!(expected)),
            "{}",
            String::from_utf8_lossy(&line[..line.len().min(60)])
        );
        assert!(assistant.ask("ping", json!({}))["error"].is_null());
    }
    assistant.raw(b"\n   \n");
    assert_eq!(assistant.ask("no/such/method", json!({}))["error"]["code"], -32601);
    assert_eq!(assistant.ask("tools/call", json!({"arguments": 7}))["error"]["code"], -32602);
}

fn early() {
    let cluster = Cluster::start();
    let mut assistant = Assistant::silent(&cluster.embedded.kubeconfig());
    assert!(!assistant.ask("tools/list", json!({}))["error"].is_null());
    assert_eq!(assistant.begin()["result"]["serverInfo"]["name"], "rollgate");
}

fn closed() {
    let cluster = Cluster::start();
    let mut assistant = Assistant::start(&cluster);
    assistant.ask("ping", json!({}));
    assistant.close();
    assert_eq!(assistant.ended().code(), Some(0));
}

fn terminated() {
    let cluster = Cluster::start();
    let mut assistant = Assistant::start(&cluster);
    kill_process(Pid::from_child(&assistant.process), Signal::TERM).unwrap();
    assert_eq!(assistant.ended().code(), Some(143));
}

fn unbegun() {
    let cluster = Cluster::start();
    let mut assistant = Assistant::silent(&cluster.embedded.kubeconfig());
    assistant.close();
    assert_eq!(assistant.ended().code(), Some(1));
}

fn last() {
    let cluster = Cluster::with(&["api"]);
    let mut assistant = Assistant::start(&cluster);
    let id = assistant.put("tools/call", json!({"name": "describe_rollout", "arguments": {"name": "api"}}));
    assistant.close();
    assert_eq!(assistant.answer(id)["result"]["isError"], false);
    assert_eq!(assistant.ended().code(), Some(0));
}
