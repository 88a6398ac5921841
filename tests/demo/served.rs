//! The program before a cluster that another process serves: what it says where no ledger can be written, and what a person
//! does about an order whose program was killed.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::BINARY;
use super::pty::{Program, Session};

/// A demo's cluster in a process of its own.
struct Served {
    process: Child,
    kubeconfig: String,
    folder: TempDir,
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("rollgate-test-").tempdir().unwrap();
        let mut process = Command::new(BINARY)
            .args(["demo", "--serve"])
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let kubeconfig = first.trim_end().strip_prefix("export KUBECONFIG=").expect("a line for a shell");
        // Whoever runs the program must be able to read it, nobody else's user included.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        Self { process, kubeconfig: kubeconfig.to_owned(), folder }
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("state").join("ledger")
    }

    /// The program with this ledger, which may order something or only read.
    fn program(&self, ledger: &Path, orders: bool) -> Program {
        let home = self.folder.path().display().to_string();
        let program = Program::new(BINARY).size(120, 40).env("HOME", &home);
        let program = program.arg("--kubeconfig").arg(&self.kubeconfig);
        let program = program.arg("--ledger").arg(&ledger.display().to_string());
        if orders { program.arg("--allow").arg("demo/*") } else { program }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    fn command(&self, words: &[&str]) -> String {
        let output = Command::new(BINARY)
            .args(words)
            .arg("--ledger")
            .arg(self.ledger())
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Presses keys one by one: such that follow each other at once are taken for a paste.
fn types(screen: &mut Session, keys: &str) {
    for key in keys.chars() {
        screen.read_for(Duration::from_millis(20));
        screen.send(key.to_string());
    }
}

/// Selects `shop/search`, which waits to be promoted.
fn selects_search(screen: &mut Session) {
    screen.wait_for("live");
    screen.wait_for("shop/search");
    screen.send("/");
    screen.wait_for("enter done");
    types(screen, "search");
    screen.wait_for("/search");
    screen.send("\r");
    screen.wait_until("one row", |screen| !screen.contents().contains("shop/checkout"));
}

fn leaves(mut screen: Session) {
    screen.send("q");
    assert!(screen.wait_exit().success());
}

#[test]
fn an_order_of_a_program_that_was_killed_is_found_in_doubt_read_and_closed_with_a_reason() {
    let served = Served::start();
    let mut screen = served.program(&served.ledger(), true).start();
    selects_search(&mut screen);
    screen.send("p");
    screen.wait_for("acknowledge and send");
    // From now on the API server takes the request, and answers nothing.
    served.signal(Signal::STOP);
    screen.send("y");
    screen.be_patient(Duration::from_secs(40));
    screen.wait_for("in doubt:");
    screen.signal(Signal::KILL);
    screen.wait_exit();
    served.signal(Signal::CONT);
    let listed = served.command(&["orders"]);
    assert!(listed.contains("in-doubt"), "{listed}");

    // A session that only reads asks the cluster nothing about it: that is for a person now.
    let mut screen = served.program(&served.ledger(), false).start();
    screen.wait_for("1 order needs you: d");
    screen.send("d");
    screen.wait_for("look, then close it");
    screen.send("\r");
    screen.wait_for("sha-256");
    screen.wait_for("in-doubt");
    screen.wait_for("PATCH /apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/search");
    screen.read_for(Duration::from_millis(20));
    screen.send("e");
    screen.wait_for("reason:");
    types(&mut screen, "seen in the audit log");
    screen.wait_for("reason: seen in the audit log");
    screen.send("\r");
    screen.wait_for("Closed, in record");
    screen.wait_for("No order needs you");
    leaves(screen);

    let rows = served.command(&["ledger", "list", "-o", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    let newest = &rows["records"][0];
    assert_eq!(
        (&newest["event"], &newest["body"]["why"]),
        (&"closed".into(), &"seen in the audit log".into())
    );
    let shown = served.command(&["ledger", "show", newest["order"].as_str().unwrap()]);
    assert!(shown.contains("closed at") && shown.contains("seen in the audit log"), "{shown}");
    assert_eq!(served.command(&["orders"]), "Every recorded order has its end.\n");
    assert!(served.command(&["ledger", "verify"]).starts_with("whole:"));
}

/// What a person meets where the ledger at this path cannot be written: reading goes on, a key says why, an abort says how.
fn meets(program: Program, why: &str) {
    let mut screen = program.start();
    screen.wait_for("no ledger: only reads");
    selects_search(&mut screen);
    screen.send("p");
    screen.wait_for("Nothing can be ordered, only read:");
    let said = screen.text().replace('\n', " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(why), "{said}");
    screen.send("x");
    screen.wait_for("Abort it by hand, in a shell");
    screen.wait_for("kubectl patch rollouts.argoproj.io search --subresource=status --type=merge -p");
    screen.wait_for("kubectl argo rollouts abort search -n shop --context demo");
    let before = screen.raw().len();
    screen.read_for(Duration::from_millis(20));
    screen.send("c");
    screen.wait_for_bytes(before, b"\x1b]52;c;");
    screen.wait_for("Handed to the terminal to copy");
    screen.read_for(Duration::from_millis(20));
    screen.send("\x1b");
    screen.wait_until("the confirmation is closed", |screen| {
        !screen.contents().contains("by hand, in a shell")
    });
    leaves(screen);
}

#[test]
fn a_damaged_ledger_a_newer_one_and_another_file_leave_reading_and_say_why() {
    let served = Served::start();
    let folder = served.folder.path().join("state");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
    let ledger = served.ledger();
    let made = rollgate::ledger::Ledger::open(&ledger).unwrap();
    assert!(made.close(Duration::from_secs(10)));
    let whole = std::fs::read(&ledger).unwrap();

    rusqlite::Connection::open(&ledger).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    meets(served.program(&ledger, true), "use the newer rollgate");

    let mut bytes = whole;
    // The table of tables, behind the header.
    bytes[100..4096].fill(0xa5);
    std::fs::write(&ledger, &bytes).unwrap();
    meets(served.program(&ledger, true), "is damaged; keep the file as it is");
    assert_eq!(std::fs::read(&ledger).unwrap(), bytes, "it was written to");
}

/// A program whose ledger lies on a file system of its own, mounted with these options; nothing where that cannot be.
fn on_its_own_disk(served: &Served, options: &str, first: &str) -> Option<Program> {
    let place = served.folder.path().join("disk");
    std::fs::create_dir(&place).unwrap();
    let place = place.display().to_string();
    let mount = format!("mount -t tmpfs -o mode=700,{options} none '{place}'");
    let able = Command::new("unshare").args(["-rm", "sh", "-c", &mount]).output();
    if !able.is_ok_and(|output| output.status.success()) {
        eprintln!("no file system can be mounted here");
        return None;
    }
    let script = format!(
        "{mount}; cd '{place}'; {first}; exec '{BINARY}' --kubeconfig '{}' --ledger '{place}/l' --allow 'demo/*'",
        served.kubeconfig
    );
    let program =
        Program::new("/usr/bin/env").size(120, 40).env("HOME", &served.folder.path().display().to_string());
    Some(program.arg("unshare").arg("-rm").arg("sh").arg("-c").arg(&script))
}

#[test]
fn a_folder_that_cannot_be_written_leaves_reading_and_says_why() {
    let served = Served::start();
    let Some(program) = on_its_own_disk(&served, "ro", ":") else { return };
    meets(program, "the file, its folder or its disk is read-only");
}

#[test]
fn a_full_disk_leaves_reading_and_says_why() {
    let served = Served::start();
    let fill = "head -c 1000000 /dev/zero >fill 2>/dev/null";
    let Some(program) = on_its_own_disk(&served, "size=64k", fill) else { return };
    meets(program, "the disk (or the quota) is full");
}
