//! A real Prometheus: up, down, up again, behind a prefix, and somebody else on its port.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rollgate::capability::sight::{Answer, Answering};

use crate::fake_server::{FakeServer, json};
use crate::prometheus::reached_at;
use crate::{Outcome, asked, block, why};

pub fn trials() -> Vec<(&'static str, fn(&Path) -> Outcome)> {
    vec![
        ("a real prometheus is well, then gone, then well again", up_and_down),
        ("a real prometheus behind a prefix is well there, and wrong beside it", prefixed),
        ("a real prometheus that stands still is given up in time", stopped),
        ("somebody else on the port of a prometheus is not taken for it", replaced),
    ]
}

/// A Prometheus that scrapes nothing, on a port of its own; it ends with this.
struct Running {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Running {
    fn start(program: &Path, prefix: &str) -> Result<Self, String> {
        Self::start_at(program, prefix, free())
    }

    fn start_at(program: &Path, prefix: &str, address: SocketAddr) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let config = folder.path().join("prometheus.yml");
        std::fs::write(&config, "scrape_configs: []\n").map_err(|error| error.to_string())?;
        let log = std::fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg(format!("--web.route-prefix={}", if prefix.is_empty() { "/" } else { prefix }));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let mut running = Self { child, address, folder };
        running.wait_until_ready(prefix)?;
        Ok(running)
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait_until_ready(&mut self, prefix: &str) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(format!("it ended ({status}): {log}"));
            }
            if get(self.address, &format!("{prefix}/-/ready")).is_some_and(|said| said.contains(" 200 ")) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("it was not ready within a minute".to_owned())
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    Some(said)
}

#[track_caller]
fn assert_well(answer: &Answer<Answering>) {
    let Answer::Seen(Answering::Well { version }) = answer else { panic!("{answer:?}") };
    assert!(version.as_str().starts_with(|c: char| c.is_ascii_digit()), "{version}");
}

fn up_and_down(program: &Path) -> Outcome {
    let running = Running::start(program, "")?;
    let services = reached_at(&running.url());
    assert_well(&block(asked(&services)));
    let address = running.address;
    drop(running);
    let answer = block(asked(&services));
    assert!(matches!(answer, Answer::Failed { .. }), "{answer:?}");
    assert!(
        why(&answer).starts_with(&format!("nothing is reached at http://{address}: Connection refused")),
        "{answer:?}"
    );
    let _again = Running::start_at(program, "", address)?;
    assert_well(&block(asked(&services)));
    Ok(())
}

fn prefixed(program: &Path) -> Outcome {
    let running = Running::start(program, "/prod")?;
    assert_well(&block(asked(&reached_at(&format!("{}/prod", running.url())))));
    let beside = block(asked(&reached_at(&running.url())));
    assert!(matches!(beside, Answer::Seen(Answering::Wrongly { .. })), "{beside:?}");
    assert!(why(&beside).contains("404"), "{beside:?}");
    Ok(())
}

fn stopped(program: &Path) -> Outcome {
    let running = Running::start(program, "")?;
    running.signal(rustix::process::Signal::STOP);
    let begun = Instant::now();
    let answer = block(asked(&reached_at(&running.url())));
    running.signal(rustix::process::Signal::CONT);
    assert!(why(&answer).ends_with("did not answer within 5 s"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_well(&block(asked(&reached_at(&running.url()))));
    Ok(())
}

fn replaced(program: &Path) -> Outcome {
    let running = Running::start(program, "")?;
    assert_well(&block(asked(&reached_at(&running.url()))));
    drop(running);
    block(async {
        let other = FakeServer::start(|_, _| json(200, "<html><h1>It works!</h1></html>")).await;
        let answer = asked(&reached_at(&other.url)).await;
        assert!(matches!(answer, Answer::Seen(Answering::Wrongly { .. })), "{answer:?}");
        assert!(why(&answer).contains("It works!"), "{answer:?}");
    });
    Ok(())
}
