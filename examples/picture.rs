//! Draws a picture of the real screen: runs the program in a pty, presses keys, and writes what stands there.
//!
//! `cargo run --example picture -- --readme` makes the pictures of README.md; `… -- --size 112x25 fleet.svg` makes one:
//! it builds the program and shows it the dump of the tests.
//! `--keys '/ routed enter enter'` presses keys first: a word is a key (`enter`, `ctrl-l`, `j`) or text to type.
//! `--confirm KEYS` shows a cluster that takes orders instead, played in memory by the same app, screen and view, since a
//! dump takes none. `--text` writes plain text. Words after `--` replace the dump: `… -- -A --context staging`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "no release holds it"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use rollgate::keymap::{Code, Key};

use grid::Grid;

#[allow(dead_code)] // The tests of the screens use all of it.
#[path = "../tests/screens/evidence.rs"]
mod evidence;
#[path = "picture/grid.rs"]
mod grid;
#[path = "picture/played.rs"]
mod played;
#[path = "../tests/support/pty.rs"]
mod pty;
#[path = "picture/svg.rs"]
mod svg;
#[allow(dead_code)] // The tests of the screens use all of it.
#[path = "../tests/screens/world.rs"]
mod world;

/// The dump that is shown where nothing else is asked for, and its time.
const DUMP: [&str; 4] = ["--from", "tests/fixtures/fleet.json", "--now", world::NOW];
/// Silence after which the screen is taken to rest.
const REST: Duration = Duration::from_millis(600);

/// The pictures of README.md: flags, and what is to be seen.
const README: [(&[&str], &str); 3] = [
    (&["--size=112x25", "assets/fleet.svg"], "All Rollouts of a cluster, those that need a person on top"),
    (
        &["--size=112x32", "--keys=/ background-analysis enter enter", "assets/rollout.svg"],
        "One Rollout: its steps, revisions, pods, analysis and conditions",
    ),
    (
        &["--size=112x36", "--confirm=/ paused-at-step enter enter p", "assets/confirm.svg"],
        "The confirmation of a promotion: what it does, on what, and the exact request",
    ),
];

/// Draws a picture of the real screen.
#[derive(Parser)]
struct Flags {
    /// Columns and rows of the terminal.
    #[arg(long, default_value = "112x25", value_parser = size)]
    size: (u16, u16),
    /// Keys to press first, separated by blanks.
    #[arg(long, default_value = "")]
    keys: String,
    /// Press these keys in a cluster played in memory, and let the keyboard rest.
    #[arg(long, value_name = "KEYS", conflicts_with_all = ["keys", "words", "program"])]
    confirm: Option<String>,
    /// In that cluster, judge canaries by a policy, with evidence that speaks against one of them (`demo/routed`).
    #[arg(long, requires = "confirm")]
    judged: bool,
    /// Write plain text instead of a picture.
    #[arg(long)]
    text: bool,
    /// The program, where it is not to be built.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// What the picture shows, for those who cannot see it.
    #[arg(long, default_value = "The screen of rollgate")]
    title: String,
    /// Make the pictures of README.md, whatever else is said.
    #[arg(long)]
    readme: bool,
    /// Where to write; without it, to standard output.
    file: Option<PathBuf>,
    /// Flags of the program, instead of the dump.
    #[arg(last = true)]
    words: Vec<String>,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let made = if flags.readme {
        let one = |(words, title): &(&[&str], &str)| {
            let named = ["picture", "--title", title];
            Flags::parse_from(named.iter().chain(words.iter()))
        };
        README.iter().map(one).try_for_each(|flags| make(&flags))
    } else {
        make(&flags)
    };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn make(flags: &Flags) -> Result<(), String> {
    let grid = match &flags.confirm {
        Some(keys) => played::grid(flags.size, keys, flags.judged),
        None => shot(flags),
    };
    let written = if flags.text { grid.text() } else { svg::picture(&grid, &flags.title) };
    match &flags.file {
        None => print!("{written}"),
        Some(path) => {
            std::fs::write(path, written).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Runs the program, presses the keys, and takes what stands on the screen.
fn shot(flags: &Flags) -> Grid {
    let (columns, rows) = flags.size;
    let path = flags.program.as_ref().map_or_else(built, |path| std::path::absolute(path).expect("a path"));
    let mut program = pty::Program::new(path).size(columns, rows).folder(env!("CARGO_MANIFEST_DIR"));
    // What kubectl's own files and variables say counts only where a cluster is asked for.
    for name in ["HOME", "KUBECONFIG"] {
        if let (false, Ok(value)) = (flags.words.is_empty(), std::env::var(name)) {
            program = program.env(name, &value);
        }
    }
    let dump = DUMP.map(str::to_owned);
    let words = if flags.words.is_empty() { &dump[..] } else { &flags.words[..] };
    program = words.iter().fold(program, |program, word| program.arg(word));
    let mut session = program.start();
    session.wait_until("a first frame", |screen| !screen.contents().trim().is_empty());
    session.settle(REST);
    for bytes in flags.keys.split_whitespace().flat_map(typed) {
        session.send(bytes);
        session.settle(REST);
    }
    Grid::of_terminal(session.screen())
}

/// Builds the program as this example was built, and returns where it lies.
fn built() -> PathBuf {
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--bin", "rollgate"]);
    build.args((!cfg!(debug_assertions)).then_some("--release"));
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    // What cargo tells this example about itself would make build scripts believe that their world has changed.
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_string_lossy().starts_with("CARGO_")) {
        if name != "CARGO_HOME" && name != "CARGO_TARGET_DIR" {
            build.env_remove(name);
        }
    }
    assert!(build.status().expect("cargo runs").success(), "the program does not build");
    // This example lies in target/PROFILE/examples.
    let this = std::env::current_exe().expect("the path of this example");
    this.parent().and_then(|examples| examples.parent()).expect("a target folder").join("rollgate")
}

/// Returns the bytes that a terminal sends for a word: one key, or letter by letter.
fn typed(word: &str) -> Vec<String> {
    let Ok(key) = word.parse::<Key>() else {
        return word.chars().map(String::from).collect();
    };
    let bytes = match key.code() {
        Code::Char(c) if word.starts_with("ctrl-") => char::from(c as u8 & 0x1f).to_string(),
        Code::Char(c) => c.to_string(),
        Code::Enter => "\r".to_owned(),
        Code::Esc => "\x1b".to_owned(),
        Code::Tab => "\t".to_owned(),
        Code::Backspace => "\x7f".to_owned(),
        Code::Up => "\x1b[A".to_owned(),
        Code::Down => "\x1b[B".to_owned(),
        Code::PageUp => "\x1b[5~".to_owned(),
        Code::PageDown => "\x1b[6~".to_owned(),
        other => panic!("no bytes are known here for {other:?}"),
    };
    vec![bytes]
}

fn size(written: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("`{written}` is not a size: write for example 112x25");
    let (columns, rows) = written.split_once('x').ok_or_else(wrong)?;
    Ok((columns.parse().map_err(|_| wrong())?, rows.parse().map_err(|_| wrong())?))
}
