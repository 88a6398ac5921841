//! Callers that ask and never read what they are answered: they are not heard any more, others are, and it ends when it is told to.
//!
//! How much is kept for them is read from the system, of the real program. What is asked is the longest answer that takes nothing
//! but asking: the list of tools.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::Named;
use crate::assistant::{Cluster, PATIENCE};
use crate::door::{Door, command, message};
use crate::listening::ended;

pub fn trials() -> Vec<Named> {
    vec![
        ("who reads no answers on the lines is not heard any more, and later answered each once", late),
        ("a program whose answers nobody reads ends at SIGTERM", terminated),
        (
            "callers over http who read nothing keep others neither waiting nor out, and it ends at SIGTERM",
            beside_others,
        ),
    ]
}

/// Most questions of a caller that reads nothing; far more than may be under way or wait.
const ASKED: usize = 400;
/// How much more memory it may take for that, in KiB.
const MORE: u64 = 64 << 10;

/// A program on lines that are read only when a test does.
struct Unread {
    process: Child,
    input: ChildStdin,
    output: Option<BufReader<ChildStdout>>,
    _home: tempfile::TempDir,
}

impl Unread {
    fn begin(cluster: &Cluster) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = command(&cluster.embedded.kubeconfig(), home.path());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let client = json!({"name": "tests", "version": "1"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        writeln!(input, "{}", message(-1, "initialize", &params)).unwrap();
        let mut begun = String::new();
        output.read_line(&mut begun).unwrap();
        assert!(begun.contains("rollgate"), "{begun}");
        writeln!(input, "{}", json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).unwrap();
        Self { process, input, output: Some(output), _home: home }
    }

    /// Asks until it hears no more; returns how often it did.
    fn asks(&mut self) -> usize {
        // So wide that the pipe itself holds but few.
        let wide = json!({"_meta": {"rollgate.io/tests": "x".repeat(4_000)}});
        for id in 0..ASKED {
            if !is_taken_soon(&self.input) {
                return id;
            }
            writeln!(self.input, "{}", message(id as i64, "tools/list", &wide)).unwrap();
            // Slowly enough that there is an answer before the next question: of a burst most would be refused. Nobody can see
            // from outside that there is one.
            std::thread::sleep(Duration::from_millis(10));
        }
        ASKED
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Tells whether a line can be written within a second.
fn is_taken_soon(input: &ChildStdin) -> bool {
    let mut ends = [PollFd::new(input, PollFlags::OUT)];
    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
    poll(&mut ends, Some(&second)).unwrap() > 0
}

/// How much memory a program has, in KiB (proc(5): VmRSS).
fn memory(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn late() {
    let cluster = Cluster::with(&["api"]);
    let mut caller = Unread::begin(&cluster);
    let before = memory(&caller.process);
    let asked = caller.asks();
    assert!(asked < ASKED, "everything was taken in");
    let more = memory(&caller.process).saturating_sub(before);
    assert!(more < MORE, "{more} KiB for {asked} questions");
    // From here on it reads.
    let (sender, lines) = channel();
    let output = caller.output.take().unwrap();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let mut answers = vec![0; asked];
    while answers.contains(&0) {
        let line = lines.recv_timeout(PATIENCE).expect("an answer");
        let answer: Value = serde_json::from_str(&line).unwrap();
        answers[answer["id"].as_u64().unwrap() as usize] += 1;
    }
    assert!(answers.iter().all(|times| *times == 1), "{answers:?}");
    writeln!(caller.input, "{}", message(ASKED as i64, "ping", &json!({}))).unwrap();
    let line = lines.recv_timeout(PATIENCE).expect("an answer");
    assert!(line.contains("\"result\"") && line.contains(&ASKED.to_string()), "{line}");
}

fn terminated() {
    let cluster = Cluster::with(&["api"]);
    let mut caller = Unread::begin(&cluster);
    assert!(caller.asks() < ASKED);
    kill_process(Pid::from_child(&caller.process), Signal::TERM).unwrap();
    assert_eq!(ended(&mut caller.process).code(), Some(143));
}

fn beside_others() {
    let cluster = Cluster::with(&["api"]);
    let mut door = Door::open(&cluster);
    let (one, other) = (door.begin(), door.begin());
    let before = memory(&door.process);
    let question = message(1, "tools/list", &json!({}));
    let asked = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\nmcp-session-id: {one}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{question}",
        door.bearer(),
        question.len()
    );
    let listened = format!(
        "GET /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\nmcp-session-id: {one}\r\naccept: text/event-stream\r\n\r\n",
        door.bearer()
    );
    let followed = json!({"uri": "rollgate://rollouts/shop/api"});
    assert_eq!(door.ask(&one, "resources/subscribe", &followed)["result"], json!({}));
    let ask = |request: &str, times: usize| {
        let mut stream = TcpStream::connect(door.address()).unwrap();
        // Later ones may not be taken any more.
        stream.set_nonblocking(true).unwrap();
        let _ = stream.write_all(request.repeat(times).as_bytes());
        stream
    };
    // All but a few of the places for questions.
    let mut unread: Vec<TcpStream> = (0..12).map(|_| ask(&asked, 300)).collect();
    unread.push(ask(&listened, 1));
    for nth in 0..100 {
        cluster.status("api", &json!({"message": format!("change {nth}")}));
        let told =
            door.ask(&other, "tools/call", &json!({"name": "rollout_status", "arguments": {"name": "api"}}));
        assert_eq!(told["result"]["isError"], false, "{told}");
    }
    let more = memory(&door.process).saturating_sub(before);
    assert!(more < MORE, "{more} KiB");
    door.terminate();
    assert_eq!(door.ended().code(), Some(143));
    drop(unread);
}
