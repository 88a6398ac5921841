//! A hand at the real program in a terminal: keys in, words out, and never a panic where something does not come, since
//! under faults much does not.
//!
//! It never looks into the program. Invariant: when it is dropped its program has ended.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, Signal, pidfd_open};

use super::meddle::{Library, Page};
use crate::pty::{Program, Session};

/// How often the screen is read.
const GLANCE: Duration = Duration::from_millis(15);

/// Where a program is started, and with what.
pub struct Seat<'a> {
    pub program: &'a Path,
    pub home: &'a Path,
    pub kubeconfig: &'a Path,
    pub namespace: &'a str,
    pub meddle: Option<(&'a Library, &'a Page)>,
}

/// A running program and the hand before it.
pub struct Hand {
    /// The terminal.
    pub screen: Session,
}

impl Seat<'_> {
    /// Names the ledger's file in a home.
    pub fn ledger(home: &Path) -> PathBuf {
        home.join("rollgate").join("ledger.sqlite3")
    }

    /// Starts the program, with the rules of `config.toml` in its home.
    pub fn sit(&self) -> Hand {
        let home = self.home.display().to_string();
        let mut program = Program::new(self.program)
            .env("HOME", &home)
            .env("XDG_STATE_HOME", &home)
            .env("XDG_CONFIG_HOME", &home)
            .size(120, 40);
        if let Some((library, page)) = self.meddle {
            program = program.env("LD_PRELOAD", &library.path().display().to_string());
            program = program.env("MEDDLE_PAGE", &page.path().display().to_string());
        }
        let words = [
            "--kubeconfig".to_owned(),
            self.kubeconfig.display().to_string(),
            "--ledger".to_owned(),
            Self::ledger(self.home).display().to_string(),
            "--config".to_owned(),
            self.home.join("config.toml").display().to_string(),
            "-n".to_owned(),
            self.namespace.to_owned(),
        ];
        Hand { screen: words.iter().fold(program, |program, word| program.arg(word)).start() }
    }
}

impl Hand {
    /// Types; what a program that has ended does not take is lost.
    pub fn types(&mut self, keys: &str) {
        if !self.has_ended() {
            self.screen.send(keys);
        }
    }

    /// Reads until words are on the screen, or the time is up, or the program has ended.
    pub fn sees(&mut self, words: &str, limit: Duration) -> bool {
        self.sees_one_of(&[words], limit).is_some()
    }

    /// The same for one of several; returns which.
    pub fn sees_one_of(&mut self, all: &[&str], limit: Duration) -> Option<usize> {
        let until = Instant::now() + limit;
        loop {
            let screens = self.texts();
            let there = |words: &&str| screens.iter().any(|text| text.contains(&squeezed(words)));
            if let Some(found) = all.iter().position(there) {
                return Some(found);
            }
            if Instant::now() >= until || self.has_ended() {
                return None;
            }
            self.glance();
        }
    }

    /// Types the name that a weighty order wants.
    pub fn types_name(&mut self, name: &str, limit: Duration) -> bool {
        for end in 1..=name.len() {
            self.screen.read_for(Duration::from_millis(40));
            self.types(&name[end - 1..end]);
            let wanted =
                if end < name.len() { format!("> {}", &name[..end]) } else { format!("{name} is typed") };
            if !self.sees(&wanted, limit) {
                return false;
            }
        }
        true
    }

    /// Reads what has come.
    pub fn glance(&mut self) {
        let begin = Instant::now();
        self.screen.read_for(GLANCE);
        // A terminal whose program has ended has nothing to wait for.
        std::thread::sleep(GLANCE.saturating_sub(begin.elapsed()));
    }

    /// Tells whether the program has ended.
    pub fn has_ended(&self) -> bool {
        let Ok(handle) = pidfd_open(self.screen.pid(), PidfdFlags::empty()) else { return true };
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
    }

    /// Waits for the end of the program.
    pub fn ends(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while !self.has_ended() && Instant::now() < until {
            self.glance();
        }
        self.has_ended()
    }

    /// Leaves as a person does, or by force where the program does not let go.
    pub fn leaves(mut self) -> bool {
        let mut left = self.has_ended();
        for _ in 0..4 {
            for key in ["\x1b", "\x1b", "q"] {
                // Escape and a key at once are another key, and a busy machine reads late.
                self.types(key);
                self.screen.read_for(Duration::from_millis(150));
            }
            left = left || self.ends(Duration::from_secs(5));
            if left {
                break;
            }
        }
        if !left {
            self.screen.signal(Signal::KILL);
        }
        left
    }

    /// Returns what is on the screen, blanks left out: its rows, and the box on it if there is one.
    fn texts(&self) -> [String; 2] {
        let text = self.screen.text();
        let inside = |row: &str| {
            let (from, to) = (row.find('│')?, row.rfind('│')?);
            row.get(from + '│'.len_utf8()..to).map(squeezed)
        };
        [squeezed(&text), text.lines().filter_map(inside).collect()]
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
