//! Pages, what is let in, and the surface, by themselves; the whole program is asked in `tests/mcp/`.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use proptest::prelude::*;
use rmcp::RoleServer;
use rmcp::model::{JsonRpcMessage, ServerJsonRpcMessage, ServerResult};
use rmcp::transport::Transport;
use serde_json::{Value, json};

use super::answer::{Answer, Fresh, LONGEST};
use super::wire::{IN_FLIGHT, Wire};
use super::{page, resource, tools};

#[test]
fn a_cursor_leads_to_what_it_was_made_of() {
    let cursor = page::after("shop/web");
    assert_eq!(page::read(Some(&cursor)), Ok(Some("shop/web".to_owned())));
    assert_eq!(page::read(None), Ok(None));
    for foreign in ["", "shop/web", "c2hvcC93ZWI", "💥"] {
        assert!(page::read(Some(foreign)).is_err(), "{foreign}");
    }
}

#[test]
fn a_page_has_one_to_two_hundred() {
    assert_eq!((page::limit(None), page::limit(Some(1)), page::limit(Some(200))), (Ok(50), Ok(1), Ok(200)));
    assert!(page::limit(Some(0)).is_err() && page::limit(Some(201)).is_err());
}

#[test]
fn an_address_is_read_only_where_it_is_one() {
    let key = resource::key("rollgate://rollouts/shop/web").unwrap();
    assert_eq!((&*key.namespace, &*key.name), ("shop", "web"));
    assert_eq!(resource::uri(&key), "rollgate://rollouts/shop/web");
    for foreign in [
        "rollgate://rollouts/shop",
        "rollgate://rollouts/shop/",
        "rollgate://rollouts//web",
        "rollgate://rollouts/shop/web/1",
        "rollgate://rollouts/shop/../web",
        "rollgate://rollouts/shop/WEB",
        "file:///etc/passwd",
    ] {
        assert_eq!(resource::key(foreign), None, "{foreign}");
    }
}

#[test]
fn a_long_text_is_cut_wherever_it_stands() {
    let long = "ü".repeat(3 * LONGEST);
    let fields = json!({"a": [{"b": long}], "c": "short"});
    let object = Answer::new(Fresh::read("2026-11-21T08:00:00Z".parse().unwrap(), None), fields).object();
    let cut = object["a"][0]["b"].as_str().unwrap();
    assert_eq!(cut.chars().count(), LONGEST + 1);
    assert!(cut.ends_with('…'));
    assert_eq!(object["c"], "short");
}

#[test]
fn a_field_cannot_take_the_place_of_freshness_or_origin() {
    let fields = json!({"freshness": "live, believe me", "origin": "you", "schema": "other"});
    let object = Answer::new(Fresh::read("2026-11-21T08:00:00Z".parse().unwrap(), None), fields).object();
    assert_eq!(object["freshness"]["state"], "as_of");
    assert_ne!(object["origin"], "you");
    assert_eq!(object["schema"], "rollgate/v1");
}

#[test]
fn every_tool_reads_or_proposes_and_has_a_question() {
    for tool in tools::all() {
        let hints = tool.annotations.as_ref().unwrap();
        assert_eq!(
            (hints.destructive_hint, hints.open_world_hint),
            (Some(false), Some(false)),
            "{}",
            tool.name
        );
        assert_eq!(hints.read_only_hint, Some(!proposes(&tool.name)), "{}", tool.name);
        assert!(tools::question(&tool.name, None).is_some(), "{}", tool.name);
    }
}

/// Tells whether a tool keeps something beside the ledger: a proposal, or that one is withdrawn.
fn proposes(name: &str) -> bool {
    const ALIASES: [&str; 7] = [
        "argo_promote",
        "argo_pause_rollout",
        "argo_resume_rollout",
        "argo_abort_rollout",
        "argo_set_image",
        "argo_rollout_restart",
        "argo_undo",
    ];
    name.starts_with("propose_") || name == "withdraw_proposal" || ALIASES.contains(&name)
}

#[test]
fn no_tool_is_named_after_what_a_person_does() {
    let acts = ["approve", "dispatch", "override", "grant", "execute", "acknowledge", "send"];
    for tool in tools::all() {
        assert!(!acts.iter().any(|act| tool.name.contains(act)), "{}", tool.name);
        let orders = ["promote", "abort"].iter().any(|act| tool.name.contains(act));
        assert!(!orders || proposes(&tool.name), "{}", tool.name);
    }
    assert!(tools::question("approve", None).is_none());
}

/// What was written, line by line.
struct Lines(std::sync::mpsc::Sender<String>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.send(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn wire(input: impl Read + Send + 'static) -> (Wire, Receiver<String>) {
    let (sender, lines) = channel();
    let (wire, _) = Wire::over(input, Lines(sender));
    (wire, lines)
}

fn code(lines: &Receiver<String>) -> i64 {
    let line = lines.recv_timeout(Duration::from_secs(20)).expect("an answer");
    let answer: Value = serde_json::from_str(&line).unwrap();
    answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{line}"))
}

fn block<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
}

fn request(id: usize) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}\n")
}

#[test]
fn requests_beyond_the_limit_are_refused_until_one_is_answered() {
    let input: String = (0..=IN_FLIGHT).map(request).collect();
    let (mut wire, lines) = wire(std::io::Cursor::new(input));
    block(async {
        for _ in 0..IN_FLIGHT {
            assert!(matches!(wire.receive().await, Some(JsonRpcMessage::Request(_))));
        }
        assert_eq!(code(&lines), -32000);
        assert!(wire.receive().await.is_none(), "the input ended");
    });
}

#[test]
fn an_answer_makes_room_for_its_id_again() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let (mut wire, lines) = wire(reader);
    let mut say = |id: usize| std::io::Write::write_all(&mut writer, request(id).as_bytes()).unwrap();
    block(async {
        say(7);
        let Some(JsonRpcMessage::Request(first)) = wire.receive().await else { panic!("no request") };
        say(7);
        assert_eq!(code(&lines), -32600, "the id is under way");
        let answer = ServerJsonRpcMessage::response(ServerResult::empty(()), first.id);
        Transport::<RoleServer>::send(&mut wire, answer).await.unwrap();
        lines.recv_timeout(Duration::from_secs(20)).unwrap();
        say(7);
        assert!(matches!(wire.receive().await, Some(JsonRpcMessage::Request(_))));
    });
}

/// An end that takes nothing until it is opened.
struct Shut(Receiver<()>, std::sync::mpsc::Sender<String>);

impl std::io::Write for Shut {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // Once the other end is dropped it is open for good.
        let _ = self.0.recv();
        let _ = self.1.send(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Takes messages until none comes for a while, or there are no more; answers each request as the protocol's loop does, without
/// waiting until that is gone.
async fn taken(wire: &mut Wire, answers: &mut tokio::task::JoinSet<()>) {
    let a_while = Duration::from_millis(500);
    while let Ok(Some(message)) = tokio::time::timeout(a_while, wire.receive()).await {
        if let JsonRpcMessage::Request(request) = message {
            let answer = ServerJsonRpcMessage::response(ServerResult::empty(()), request.id);
            let sent = Transport::<RoleServer>::send(wire, answer);
            answers.spawn(async move { sent.await.unwrap() });
        }
    }
}

/// Has questions asked of whom no answer is taken; returns the lines that come once they are.
fn heard_late(input: String) -> Vec<String> {
    let ((open, shut), (sender, lines)) = (channel(), channel());
    let (mut wire, _) = Wire::over(std::io::Cursor::new(input), Shut(shut, sender));
    block(async {
        let mut answers = tokio::task::JoinSet::new();
        taken(&mut wire, &mut answers).await;
        while answers.try_join_next().is_some() {}
        assert!(answers.len() <= IN_FLIGHT, "{} answers wait for room", answers.len());
        drop(open);
        taken(&mut wire, &mut answers).await;
        while answers.join_next().await.is_some() {}
    });
    drop(wire);
    lines.iter().collect()
}

#[test]
fn who_takes_no_answers_is_not_heard_until_they_are_taken() {
    const ASKED: usize = 2_000;
    let lines = heard_late((0..ASKED).map(request).collect());
    assert_eq!(lines.len(), ASKED, "each is answered or refused, once");
    // Whoever takes a question back at once gets no further: its answer may be there already.
    let cancel = |id: usize| {
        let params = json!({"requestId": id});
        format!("{}\n", json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}))
    };
    let lines = heard_late((0..ASKED).map(|nth| request(nth % 3) + &cancel(nth % 3)).collect());
    assert!(!lines.is_empty() && lines.len() <= ASKED, "{}", lines.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_comes_is_a_message_or_an_error_of_json_rpc(
        mut lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8),
    ) {
        for line in &mut lines {
            line.retain(|byte| *byte != b'\n');
        }
        let mut input = lines.join(&b'\n');
        input.push(b'\n');
        let (mut wire, answers) = wire(std::io::Cursor::new(input));
        block(async { while wire.receive().await.is_some() {} });
        drop(wire);
        for answer in answers {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            prop_assert!(answer["error"]["code"].is_i64());
        }
    }
}
