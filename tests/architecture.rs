//! Reads the source and holds it to the plan in `src/lib.rs`: who may use whom, sizes, names, openings.
//!
//! It judges text, not behaviour. A rule that has to give way is changed here and in the plan, with a reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules that a module may reach for through `crate::`; what stands in none of these rows is the top (`TOP`).
const MAY_USE: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("rollout", &["text"]),
    ("operation", &["rollout", "text"]),
    ("proposal", &["operation", "rollout", "text"]),
    ("timeline", &["operation", "capability", "rollout", "text"]),
    ("gate", &["rollout", "text"]),
    ("capability", &["rollout", "text"]),
    ("store", &["rollout", "capability", "gate", "text"]),
    ("cluster", &["clock", "rollout", "operation", "capability", "config", "text"]),
    ("evidence", &["clock", "operation", "gate", "capability", "rollout", "config", "text"]),
    ("ledger", &["operation", "proposal", "timeline", "rollout", "gate", "text"]),
    ("config", &["operation", "gate", "text"]),
    ("dump", &["rollout", "text"]),
    ("keymap", &["config", "text"]),
    (
        "app",
        &["store", "operation", "proposal", "timeline", "gate", "capability", "rollout", "keymap", "text"],
    ),
    (
        "screen",
        &[
            "app",
            "store",
            "operation",
            "proposal",
            "timeline",
            "gate",
            "capability",
            "rollout",
            "keymap",
            "text",
        ],
    ),
    ("view", &["screen", "theme", "text"]),
    ("theme", &["text"]),
    ("report", &["screen", "store", "ledger", "gate", "capability", "rollout", "text"]),
    ("mcp", &["report", "store", "ledger", "operation", "proposal", "rollout", "text"]),
    ("terminal", &["keymap", "config", "text"]),
    ("sim", &["clock", "rollout", "text"]),
    ("clock", &[]),
];

/// Modules that put the others together.
const TOP: &[&str] = &["main", "lib", "cli", "run"];

/// Crates that may appear only in these modules.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("crossterm", &["terminal"]),
    ("ratatui", &["view", "theme", "terminal"]),
    ("kube", &["cluster", "rollout"]),
    ("rusqlite", &["ledger"]),
    ("tokio", &["cluster", "evidence", "ledger", "terminal", "run", "cli", "main", "mcp", "sim"]),
    ("tui_input", &["app"]),
    ("rmcp", &["mcp"]),
    ("clap", &["cli", "main"]),
];

/// Clocks, which pure modules must not read.
const CLOCKS: &[&str] = &["Timestamp::now", "SystemTime::now", "Instant::now", "Zoned::now"];
const PURE: &[&str] = &[
    "text",
    "rollout",
    "operation",
    "proposal",
    "timeline",
    "gate",
    "capability",
    "store",
    "app",
    "screen",
    "report",
    "dump",
    "view",
];

/// Parts of names that say nothing.
const BANNED: &[&str] = &["manager", "handler", "helper", "util", "common"];

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        self.path.components().any(|part| part.as_os_str() == "tests") || self.path.ends_with("tests.rs")
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Lines of code, without comments and without a test module at the end of the file.
    fn code(&self) -> impl Iterator<Item = &str> {
        let end = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        self.text[..end].lines().filter(|line| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let inner = path.strip_prefix(&root).unwrap().to_path_buf();
        let first = inner.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first).to_owned();
        Source { text: fs::read_to_string(&path).unwrap(), path: inner, module }
    };
    found.into_iter().map(read).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Names that a line reaches for through `crate::`, groups (`use crate::{a, b::c}`) included.
fn reached(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for part in line.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(group) => names.extend(group.split(',').map(|piece| word(piece.trim()))),
            None => names.push(word(part)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Tells whether a line names a crate by path (`kube::`), and not a module of that name inside another path.
fn names_crate(line: &str, library: &str) -> bool {
    let path = format!("{library}::");
    line.match_indices(&path)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// The name that a line declares, if it declares a function, type, trait or module.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| ["fn", "struct", "enum", "trait", "mod", "type"].contains(word))?;
    let name = words.next()?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

fn faults(check: impl Fn(&Source, &mut Vec<String>)) {
    let mut faults = Vec::new();
    let all = sources();
    assert!(all.len() > 20, "the source was not found");
    for source in all.iter().filter(|source| !source.is_test()) {
        check(source, &mut faults);
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn modules_use_only_whom_the_plan_allows() {
    let modules: Vec<String> = sources().into_iter().map(|source| source.module).collect();
    faults(|source, faults| {
        let Some((_, allowed)) = MAY_USE.iter().find(|(module, _)| *module == source.module) else { return };
        for line in source.code() {
            for name in reached(line) {
                if modules.contains(&name) && name != source.module && !allowed.contains(&name.as_str()) {
                    faults.push(format!(
                        "{}: {} may not use {name}: {}",
                        source.name(),
                        source.module,
                        line.trim()
                    ));
                }
            }
        }
    });
}

#[test]
fn every_module_has_a_row_in_the_plan() {
    faults(|source, faults| {
        let module = source.module.as_str();
        if !MAY_USE.iter().any(|(known, _)| *known == module) && !TOP.contains(&module) {
            faults.push(format!("{}: give the module {module} a row in the table", source.name()));
        }
    });
}

#[test]
fn libraries_stay_in_their_rooms() {
    faults(|source, faults| {
        for (library, rooms) in ONLY_IN {
            let named = source.code().any(|line| names_crate(line, library));
            if named && !rooms.contains(&source.module.as_str()) {
                faults.push(format!("{}: {library} belongs to {rooms:?}", source.name()));
            }
        }
    });
}

/// What assistants are answered by: the protocol, and what is put together for it.
fn answers_assistants(source: &Source) -> bool {
    let path = source.name();
    source.module == "mcp" || path == "cli/mcp.rs" || path.starts_with("cli/mcp/")
}

#[test]
fn what_answers_assistants_cannot_name_what_sends() {
    const SENDS: [&str; 15] = [
        "dispatch",
        "Dispatch",
        "Operation",
        "operation::life",
        "operation::stage",
        "operation::request",
        "Acknowledge",
        ".decide(",
        "Decider",
        "Leave",
        "Edges",
        "Ledger::open",
        "crate::app",
        "crate::run",
        "crate::terminal",
    ];
    let found = sources().iter().filter(|source| !source.is_test() && answers_assistants(source)).count();
    assert!(found > 10, "{found} files: they were not found");
    faults(|source, faults| {
        if answers_assistants(source) {
            let sending = source.code().filter(|line| SENDS.iter().any(|word| line.contains(word)));
            faults.extend(
                sending.map(|line| format!("{}: reaches what sends: {}", source.name(), line.trim())),
            );
        }
    });
}

#[test]
fn pure_modules_read_no_clock() {
    faults(|source, faults| {
        if PURE.contains(&source.module.as_str()) {
            let reading = source.code().filter(|line| CLOCKS.iter().any(|clock| line.contains(clock)));
            faults.extend(reading.map(|line| format!("{}: reads a clock: {}", source.name(), line.trim())));
        }
    });
}

#[test]
fn files_stay_short() {
    faults(|source, faults| {
        let lines = source.text.lines().count();
        if lines > 500 {
            faults.push(format!("{}: {lines} lines; 500 is the end", source.name()));
        }
    });
    let mut lengths: Vec<usize> = sources()
        .iter()
        .filter(|source| !source.is_test())
        .map(|source| source.text.lines().count())
        .collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 150, "the median file has {median} lines; 150 is the aim");
}

#[test]
fn every_module_opens_by_saying_what_it_owns() {
    faults(|source, faults| {
        if !source.text.starts_with("//!") {
            faults.push(format!("{}: does not open with //!", source.name()));
        }
    });
}

#[test]
fn names_say_something() {
    let says_nothing = |name: &str| {
        let lower = name.to_lowercase();
        BANNED.iter().any(|banned| lower.contains(banned)) || lower.starts_with("do_")
    };
    faults(|source, faults| {
        let stem = source.path.file_stem().unwrap().to_str().unwrap();
        if says_nothing(stem) || stem == "mod" {
            faults.push(format!("{}: the file's name says nothing", source.name()));
        }
        let empty = source.code().filter_map(declared).filter(|name| says_nothing(name));
        faults.extend(empty.map(|name| format!("{}: `{name}` says nothing", source.name())));
    });
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert_eq!(reached("use crate::{store::Store, view};"), ["store", "view"]);
    assert_eq!(reached("let x = crate::cluster::fetch();"), ["cluster"]);
    assert_eq!(declared("pub(super) fn do_things(a: u8)"), Some("do_things"));
    assert_eq!(declared("let x = 1;"), None);
    assert!(names_crate("use kube::Client;", "kube"));
    assert!(!names_crate("use crate::kube::Client;", "kube"));
    assert!(!names_crate("let minikube::x;", "kube"));
}
