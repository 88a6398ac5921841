//! A person at a terminal before the real program: types keys, reads the screen, and leaves a ledger behind.
//!
//! Owns the program's environment (a home of its own, no kubeconfig but the test cluster's) and the reading of its
//! screens. Never looks into the program: what it did is told by its screen, its ledger and the server's audit log.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rollgate::ledger::{Ledger, Row};
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{AuditEvent, CONTEXT, Cluster, Namespace, User};
use crate::pty::{Program, Session};

/// How long anything on the screen may take: the cluster is shared and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The line of the screen with the first Rollout of the list.
const FIRST_ROW: usize = 4;

/// A terminal that is being set up.
pub struct Seat {
    program: Program,
    folder: TempDir,
}

/// A program that runs, and the person before it.
pub struct Person {
    /// The terminal.
    pub screen: Session,
    folder: TempDir,
}

/// A request as a confirmation shows it.
#[derive(Debug)]
pub struct Shown {
    pub method: String,
    pub path: String,
    pub body: Value,
}

impl Seat {
    /// Sets up a terminal of 120 columns and 46 rows for a user, who looks at one namespace.
    pub fn of(namespace: &Namespace<'_>, user: User) -> Self {
        Self::with(&namespace.cluster().kubeconfig(user)).arg("-n").arg(namespace.name())
    }

    /// The same for whoever a kubeconfig file names, looking at all namespaces.
    pub fn with(kubeconfig: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("rollgate-seat-").tempdir().expect("a temporary folder");
        Self::at_home_in(folder, kubeconfig)
    }

    /// The same as [`Seat::of`] for somebody to whom the modes of files apply even where the tests run as the superuser.
    pub fn of_mortal(namespace: &Namespace<'_>, user: User) -> Self {
        let folder = tempfile::Builder::new().prefix("rollgate-seat-").tempdir().expect("a temporary folder");
        let seat = Self::begun_by(&mortal(), folder, &namespace.cluster().kubeconfig(user));
        seat.arg("-n").arg(namespace.name())
    }

    /// The same for such a one in a home that another program has left.
    pub fn of_mortal_after(left: Left, namespace: &Namespace<'_>, user: User) -> Self {
        let seat = Self::begun_by(&mortal(), left.folder, &namespace.cluster().kubeconfig(user));
        seat.arg("-n").arg(namespace.name())
    }

    /// The same in a home that another program has left: with its ledger.
    pub fn after(left: Left, kubeconfig: &Path) -> Self {
        Self::at_home_in(left.folder, kubeconfig)
    }

    fn at_home_in(folder: TempDir, kubeconfig: &Path) -> Self {
        Self::begun_by(&[env!("CARGO_BIN_EXE_rollgate")], folder, kubeconfig)
    }

    fn begun_by(words: &[&str], folder: TempDir, kubeconfig: &Path) -> Self {
        let home = folder.path().display().to_string();
        let (first, more) = words.split_first().expect("a program");
        let program = more
            .iter()
            .fold(Program::new(*first), |program, word| program.arg(word))
            .env("HOME", &home)
            .env("XDG_STATE_HOME", &home)
            .env("XDG_CONFIG_HOME", &home)
            .env("ROLLGATE_CONFIG", &quiet_in(&folder).display().to_string())
            .size(120, 46)
            .patience(PATIENCE);
        std::fs::write(quiet_in(&folder), "announce = false\n").expect("a configuration file");
        let seat = Self { program, folder };
        let ledger = ledger_in(&seat.folder).display().to_string();
        seat.arg("--kubeconfig").arg(&kubeconfig.display().to_string()).arg("--ledger").arg(&ledger)
    }

    /// Has Kubernetes Events tell of orders, as by default; the tests of anything else expect one write for one order.
    pub fn announcing(self) -> Self {
        std::fs::write(quiet_in(&self.folder), "").expect("a configuration file");
        self
    }

    /// Gives the program this configuration beside that no Events tell of orders.
    pub fn configured(self, text: &str) -> Self {
        std::fs::write(quiet_in(&self.folder), format!("announce = false\n{text}"))
            .expect("a configuration file");
        self
    }

    /// Gives the program a policy of gates, called `web`, in the folder beside its configuration.
    pub fn gated(self, policy: &str) -> Self {
        let folder = self.folder.path().join("gates");
        std::fs::create_dir(&folder).expect("a folder of gates");
        std::fs::write(folder.join("web.yaml"), policy).expect("a policy");
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, word: &str) -> Self {
        self.program = self.program.arg(word);
        self
    }

    /// Sets the size of the terminal.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.program = self.program.size(columns, rows);
        self
    }

    /// Lets operations be staged in a namespace.
    pub fn allowed_in(self, namespace: &str) -> Self {
        self.arg("--allow").arg(&format!("{CONTEXT}/{namespace}"))
    }

    /// Names the ledger's file, which another program may use before this one starts.
    pub fn ledger(&self) -> PathBuf {
        ledger_in(&self.folder)
    }

    /// Starts the program.
    pub fn sit(self) -> Person {
        Person { screen: self.program.start(), folder: self.folder }
    }

    /// Starts the program and waits until it shows what is true now.
    pub fn sit_down(self) -> Person {
        let mut person = self.sit();
        person.sees("live");
        person
    }
}

impl Person {
    /// Types.
    pub fn types(&mut self, keys: &str) {
        self.screen.send(keys);
    }

    /// Waits for words, wherever they are broken into lines.
    #[track_caller]
    pub fn sees(&mut self, words: &str) {
        self.screen.wait_until(&format!("{words:?} on the screen"), |screen| shows(screen, words));
    }

    /// Waits for one of these, wherever they are broken into lines.
    #[track_caller]
    pub fn sees_one_of(&mut self, all: &[&str]) {
        self.screen.wait_until(&format!("one of {all:?} on the screen"), |screen| {
            all.iter().any(|words| shows(screen, words))
        });
    }

    /// Waits until words are gone.
    #[track_caller]
    pub fn sees_no_more(&mut self, words: &str) {
        self.screen.wait_until(&format!("no {words:?} on the screen"), |screen| !shows(screen, words));
    }

    /// Waits until one row has all these words.
    #[track_caller]
    pub fn sees_row(&mut self, words: &[&str]) {
        self.screen.wait_until(&format!("a row with {words:?}"), |screen| {
            rows(screen).iter().any(|row| words.iter().all(|word| row.contains(word)))
        });
    }

    /// Tells whether words are on the screen as last read.
    pub fn has(&self, words: &str) -> bool {
        shows(self.screen.screen(), words)
    }

    /// Waits until the opened Rollout's own line says a phase.
    #[track_caller]
    pub fn sees_phase(&mut self, phase: &str) {
        self.screen.wait_until(&format!("the Rollout's phase {phase:?}"), |screen| {
            let line = rows(screen).get(2).cloned().unwrap_or_default();
            line.split_whitespace().nth(1) == Some(phase)
        });
    }

    /// Waits until the row of a Rollout is the selected one.
    #[track_caller]
    pub fn sees_selected(&mut self, name: &str) {
        self.screen.wait_until(&format!("{name:?} selected"), |screen| {
            selected(screen).is_some_and(|row| row.contains(name))
        });
    }

    /// Chooses a Rollout of the list with the arrow keys, also where it is the first, which is selected unasked.
    #[track_caller]
    pub fn selects(&mut self, name: &str) {
        self.sees_row(&[name]);
        let at = rows(self.screen.screen()).iter().position(|row| row.contains(name)).unwrap_or(FIRST_ROW);
        let mut moves: Vec<(&str, usize)> = (FIRST_ROW + 1..=at).map(|row| ("\x1b[B", row)).collect();
        if at == FIRST_ROW {
            moves = vec![("\x1b[B", FIRST_ROW + 1), ("\x1b[A", FIRST_ROW)];
        }
        for (key, row) in moves {
            self.types(key);
            self.screen.wait_until("the selection moves", |screen| {
                selected(screen).is_some_and(|selected| rows(screen).get(row) == Some(&selected))
            });
        }
        self.sees_selected(name);
    }

    /// Narrows the list by typing until one Rollout is left.
    #[track_caller]
    pub fn finds(&mut self, words: &str) {
        self.types("/");
        self.types(words);
        self.sees(&format!("/{words}"));
        self.types("\r");
        self.sees(&format!("like {words}"));
    }

    /// Opens the Rollout that is selected.
    #[track_caller]
    pub fn opens(&mut self) {
        self.types("\r");
        self.sees("REVISIONS");
        self.sees("esc back");
    }

    /// Presses the key of an operation and reads its confirmation, which wants nothing more than to be acknowledged.
    #[track_caller]
    pub fn stages(&mut self, key: &str, title: &str) {
        self.types(key);
        self.sees(title);
        self.waits_until_armed();
    }

    /// Keeps the hands off the keys until the confirmation offers its key.
    #[track_caller]
    pub fn waits_until_armed(&mut self) {
        self.sees("acknowledge and send");
    }

    /// Types a name into the confirmation, as a person does: each letter after the one before is on the screen.
    #[track_caller]
    pub fn types_name(&mut self, name: &str) {
        self.sees(&format!("Type {name} to go on:"));
        for end in 1..=name.len() {
            self.screen.read_for(Duration::from_millis(20));
            self.types(&name[end - 1..end]);
            if end < name.len() {
                self.sees(&format!("> {}", &name[..end]));
            }
        }
        self.sees(&format!("{name} is typed"));
    }

    /// Types words into the confirmation, as a person does, once it asks for them with these.
    #[track_caller]
    pub fn answers(&mut self, asked: &str, words: &str) {
        self.sees(asked);
        for end in 1..=words.len() {
            self.screen.read_for(Duration::from_millis(20));
            self.types(&words[end - 1..end]);
            if end < words.len() {
                self.sees(&format!("> {}", &words[..end]));
            }
        }
    }

    /// Gives a reason, once it is asked for with these words.
    #[track_caller]
    pub fn gives_reason(&mut self, asked: &str, reason: &str) {
        self.answers(asked, reason);
        self.sees(&format!("> {reason}"));
        // A key that comes sooner than a person's is not taken to end the line.
        self.screen.read_for(Duration::from_millis(50));
        self.types("\r");
        self.sees(&format!("reason: {reason}"));
    }

    /// Acknowledges.
    pub fn acknowledges(&mut self) {
        self.types("y");
    }

    /// Closes the confirmation.
    #[track_caller]
    pub fn closes(&mut self) {
        self.types("\x1b");
        self.sees_no_more("esc c");
    }

    /// Takes the request off the confirmation on the screen.
    pub fn request(&self) -> Shown {
        let mut text = String::new();
        let lines = boxed(&rows(self.screen.screen()));
        let from = lines.iter().skip_while(|line| !line.starts_with("sends"));
        for line in from.take_while(|line| !line.starts_with("like")) {
            text.extend(line.chars().skip(9));
        }
        let (head, body) = text.split_once("application/json-patch+json").expect("a content type");
        let (method, path) = head.split_once(' ').expect("a method");
        let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {text}"));
        Shown { method: method.to_owned(), path: path.to_owned(), body }
    }

    /// Takes the body off the confirmation of an order to the policy service: its last line.
    pub fn shown_body(&self) -> String {
        let lines = boxed(&rows(self.screen.screen()));
        let from = lines.iter().skip_while(|line| !line.starts_with("sends"));
        let body =
            from.map(|line| line.chars().skip(9).collect::<String>()).find(|line| line.starts_with('{'));
        body.unwrap_or_else(|| panic!("no body:\n{}", self.screen.text())).trim().to_owned()
    }

    /// Leaves by `q`; the terminal is given back and the program has succeeded.
    #[track_caller]
    pub fn leaves(mut self) -> Left {
        self.types("q");
        let code = self.screen.wait_exit().exit_code();
        assert_eq!(code, 0, "{}", self.screen.text());
        self.screen.assert_given_back();
        self.left()
    }

    /// Names the ledger's file.
    pub fn ledger(&self) -> PathBuf {
        ledger_in(&self.folder)
    }

    /// What is left of a program that has ended.
    pub fn left(self) -> Left {
        Left { farewell: self.screen.text(), folder: self.folder }
    }
}

/// What a program left behind.
pub struct Left {
    /// What stands in the shell.
    pub farewell: String,
    folder: TempDir,
}

impl Left {
    /// Names the folder that was the program's home.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Names the ledger's file.
    pub fn path(&self) -> PathBuf {
        ledger_in(&self.folder)
    }

    /// Reads the ledger, oldest row first.
    pub fn ledger(&self) -> Result<Vec<Row>, String> {
        let path = ledger_in(&self.folder);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let ledger = Ledger::open(&path).map_err(|error| error.to_string())?;
        let mut rows = ledger.entries(1000).map_err(|error| error.to_string())?;
        rows.reverse();
        Ok(rows)
    }

    /// Asserts that nobody acknowledged anything and the user wrote nothing, once the program has ended.
    pub fn assert_nothing_sent(&self, namespace: &Namespace<'_>, user: User) -> Result<(), String> {
        let rows = self.ledger()?;
        let acknowledged = rows.iter().any(|row| row.event == "acknowledged");
        assert!(!acknowledged, "something was acknowledged: {rows:?}");
        let writes = namespace.writes(user)?;
        assert!(writes.is_empty(), "something was sent: {writes:?}");
        Ok(())
    }
}

/// Returns the events of the ledger's rows, in order.
pub fn events(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.event.as_str()).collect()
}

/// Returns the one write of a user in a namespace, of a program that has ended.
pub fn only_write(namespace: &Namespace<'_>, user: User) -> Result<AuditEvent, String> {
    let mut writes = namespace.writes(user)?;
    assert_eq!(writes.len(), 1, "{writes:?}");
    writes.pop().ok_or_else(|| "no write".to_owned())
}

/// Returns the address of the API server.
pub fn address(cluster: &Cluster) -> Result<SocketAddr, String> {
    let url = cluster.url();
    let address = url.strip_prefix("https://").ok_or("the API server has no https address")?;
    address.parse().map_err(|error| format!("{address}: {error}"))
}

/// Returns the command line of the program for whom the modes of files apply: a superuser gives that power up.
pub fn mortal() -> Vec<&'static str> {
    const POWERS: &str = "-dac_override,-dac_read_search";
    let superuser = rustix::process::geteuid().is_root();
    let dropped = ["/usr/bin/env", "setpriv", "--bounding-set", POWERS, "--inh-caps", POWERS];
    let mut words: Vec<&str> = if superuser { dropped.to_vec() } else { Vec::new() };
    words.push(env!("CARGO_BIN_EXE_rollgate"));
    words
}

fn quiet_in(folder: &TempDir) -> PathBuf {
    folder.path().join("quiet.toml")
}

fn ledger_in(folder: &TempDir) -> PathBuf {
    folder.path().join("rollgate").join("ledger.sqlite3")
}

fn rows(screen: &vt100::Screen) -> Vec<String> {
    screen.rows(0, screen.size().1.get()).collect()
}

/// Returns the row that is drawn as the selected one.
fn selected(screen: &vt100::Screen) -> Option<String> {
    let is_selected = |row: usize| {
        let cell = u16::try_from(row).ok().and_then(|row| screen.cell(row, 3));
        cell.is_some_and(|cell| cell.inverse() || cell.bgcolor() != vt100::Color::Default)
    };
    rows(screen).into_iter().enumerate().find(|(row, _)| is_selected(*row)).map(|(_, row)| row)
}

/// Returns the insides of the lines of the box on the screen, if there is one.
fn boxed(rows: &[String]) -> Vec<String> {
    let inside = |row: &String| {
        let (from, to) = (row.find('│')?, row.rfind('│')?);
        // One blank lies between the border and the text.
        Some(row.get(from + '│'.len_utf8() + 1..to)?.trim_end().to_owned())
    };
    rows.iter().filter_map(inside).collect()
}

/// Tells whether words are on the screen: in its rows, or in the box on it if there is one. Blanks and ends of lines do
/// not count, for a long word is broken where the line ends.
fn shows(screen: &vt100::Screen, words: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let rows = rows(screen);
    let wanted = squeezed(words);
    [rows.join(" "), boxed(&rows).join(" ")].iter().any(|text| squeezed(text).contains(&wanted))
}
