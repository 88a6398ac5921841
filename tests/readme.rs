//! Holds the written word to the program: paths, tests, keys, flags, settings and sentences that README.md and
//! CONTRIBUTING.md name must be there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use rollgate::cli::Cli;
use rollgate::config::{Colour, File, Glyphs, Services};
use rollgate::keymap::{Action, Keymap, Place};

const PAGES: [&str; 4] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "src/lib.rs"];
/// What every setting of a gate policy is told in.
const SETTINGS_OF_GATES: &str = "docs/gate-policy.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Texts between single backticks, outside of fenced blocks.
fn quoted(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start_matches(['/', '!', ' ']).starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    found
}

/// Targets of links and pictures.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// Tells whether a quoted text means a path of this repository: by its first folder, or as a file at the top.
fn is_path(text: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["src/", "tests/", "examples/", "assets/", "benches/", "docs/", "themes/", ".ci/", "tests/support/"];
    const ENDINGS: [&str; 4] = [".md", ".toml", ".rs", ".lock"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    let at_top = !text.contains('/') && ENDINGS.iter().any(|end| text.ends_with(end)) && text.len() > 4;
    text.chars().all(plain) && (at_top || FOLDERS.iter().any(|folder| text.starts_with(folder)))
}

/// The part of a page between two marks, each a comment on a line of its own.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

#[test]
fn every_path_that_is_named_is_there() {
    let mut seen = 0;
    for page in PAGES {
        let text = read(page);
        let linked = links(&text).filter(|link| !link.contains("://") && !link.starts_with('#'));
        let linked: Vec<&str> = if page.ends_with(".md") { linked.collect() } else { Vec::new() };
        // Written for the person who configures, or as an example of a name.
        let theirs = |path: &&str| ["config.toml", "foo.rs", "mod.rs", "tests.rs", "go.mod"].contains(path);
        for path in quoted(&text).into_iter().filter(|path| is_path(path) && !theirs(path)).chain(linked) {
            seen += 1;
            assert!(root().join(path).exists(), "{page} names {path}, which is not there");
        }
    }
    assert!(seen > 100, "{seen} paths: are they still found?");
}

#[test]
fn every_folder_of_the_source_is_explained() {
    let page = read("CONTRIBUTING.md");
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        let named = [format!("`src/{module}.rs`"), format!("`src/{module}/")];
        assert!(named.iter().any(|name| page.contains(name)), "CONTRIBUTING.md does not name src/{module}");
    }
}

/// Asserts that the proof in a row of a table names tests, and files that have them; returns how many tests.
fn assert_shown(row: &str, proof: &str) -> usize {
    let (paths, names): (Vec<&str>, Vec<&str>) = quoted(proof).into_iter().partition(|text| is_path(text));
    assert!(!paths.is_empty() && names.len() >= paths.len(), "no test for: {row}");
    let files: Vec<String> = paths.iter().map(|path| read(path)).collect();
    for name in &names {
        let declared = [format!("fn {name}("), format!("\"{name}\"")];
        let there = files.iter().any(|file| declared.iter().any(|it| file.contains(it)));
        assert!(there, "{paths:?} have no test {name}");
    }
    names.len()
}

#[test]
fn what_is_never_done_names_tests_that_exist() {
    let page = read("README.md");
    let rows = between(&page, "<!-- promises:", "\n\nWhat it cannot promise");
    let rows = rows.lines().skip(1).filter(|line| line.starts_with("| ") && line.contains('`'));
    let seen: usize =
        rows.map(|row| assert_shown(row, row.split(" | ").nth(1).expect("a second cell"))).sum();
    assert!(seen > 20, "{seen} tests: are they still found?");
}

#[test]
fn each_of_the_eleven_promises_names_tests_that_exist() {
    // What is not built yet says so, in these words, and has no test.
    const MISSING: &str = "| not there yet |";
    let page = read("README.md");
    let rows = between(&page, "<!-- eleven:", "\n\n## ");
    let rows: Vec<&str> = rows.lines().filter(|line| line.starts_with("| P")).collect();
    for (nth, row) in rows.iter().enumerate() {
        assert!(row.starts_with(&format!("| P{} | **", nth + 1)), "out of its place: {row}");
        if !row.ends_with(MISSING) {
            assert_shown(row, row.split(" | ").nth(2).expect("a third cell"));
        }
    }
    assert_eq!(rows.len(), 11);
    let missing = rows.iter().filter(|row| row.ends_with(MISSING)).count();
    assert!(missing <= 1, "{missing} promises are not kept yet");
}

#[test]
fn the_table_of_keys_is_the_keymaps() {
    let keymap = Keymap::defaults().unwrap();
    let mut table = "| keys | name | where | what |\n|---|---|---|---|\n".to_owned();
    for entry in keymap.bindings() {
        let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
        let places = entry.binding.places;
        let titles: Vec<&str> = places.iter().map(|place| place.title()).collect();
        let places =
            if places.len() == Place::ALL.len() { "everywhere".to_owned() } else { titles.join(", ") };
        let row =
            [keys.join(" "), format!("`{}`", entry.binding.name), places, entry.binding.help.to_owned()];
        table.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    let page = read("README.md");
    let written = between(&page, "<!-- keys:", "<!-- /keys -->");
    assert_eq!(written, table, "README.md wants this table:\n\n{table}");
    assert_eq!(keymap.bindings().count(), Action::ALL.len());
}

/// Flags of this program, and of its commands, as `--name`.
fn own_flags() -> BTreeSet<String> {
    let mut command = Cli::command();
    command.build();
    let mut flags = BTreeSet::new();
    let mut left = vec![&command];
    while let Some(command) = left.pop() {
        let longs = command.get_arguments().filter_map(|argument| argument.get_long());
        flags.extend(longs.map(|long| format!("--{long}")));
        left.extend(command.get_subcommands());
    }
    flags
}

#[test]
fn every_flag_that_is_named_exists() {
    let own = own_flags();
    let foreign = [
        "--release",
        "--example",
        "--bench",
        "--path",
        "--no-color",
        "--readonly",
        "--test",
        "--lib",
        "--all-targets",
        "--check",
        "--locked",
        "--ignored",
        "--only",
        "--runs",
        "--seed",
        "--lanes",
        "--hands",
        "--weather",
        "--first",
        "--subresource",
        "--type",
        "--url",
        "--bearer-token-env-var",
    ];
    let page = read("README.md");
    let mut seen = 0;
    for (at, _) in page.match_indices("--") {
        let rest = &page[at..];
        let end =
            rest[2..].find(|c: char| !c.is_ascii_lowercase() && c != '-').map_or(rest.len(), |end| end + 2);
        let flag = rest[..end].trim_end_matches('-');
        let begins = !page[..at].ends_with(['-', '|', '!']);
        if flag.len() > 3 && begins {
            seen += 1;
            assert!(own.contains(flag) || foreign.contains(&flag), "there is no flag {flag}");
        }
    }
    assert!(seen > 15, "{seen} flags: are they still found?");
}

#[test]
fn every_setting_of_a_gate_policy_is_told_with_its_usual_value() {
    fn settings(schema: &serde_json::Value, into: &mut Vec<(String, Option<String>)>) {
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            into.push((name.clone(), inner.get("default").map(ToString::to_string)));
            settings(inner, into);
        }
        if let Some(items) = schema.get("items") {
            settings(items, into);
        }
    }
    let schema: serde_json::Value = serde_json::from_str(&read("docs/gate-policy.schema.json")).unwrap();
    let mut all = Vec::new();
    settings(&schema, &mut all);
    assert!(all.len() > 45, "{} settings: are they still found?", all.len());
    let page = read(SETTINGS_OF_GATES);
    for (name, usual) in all {
        let rows: Vec<&str> =
            page.lines().filter(|line| line.starts_with(&format!("| `{name}` |"))).collect();
        assert!(!rows.is_empty(), "{SETTINGS_OF_GATES} does not tell of {name}");
        if let Some(usual) = usual.map(|usual| format!("| `{}` |", usual.replace('"', ""))) {
            assert!(rows.iter().any(|row| row.ends_with(&usual)), "{name} is usually {usual}: {rows:?}");
        }
    }
}

#[test]
fn the_outcomes_are_told_in_the_programs_own_words() {
    let page = read("README.md");
    let words = read("src/operation/words.rs");
    let rows = between(&page, "| it says | it means |", "\n\n");
    let said: Vec<&str> = rows
        .lines()
        .filter_map(|row| quoted(row).first().copied())
        .map(|said| said.split('…').next().unwrap())
        .collect();
    assert_eq!(said.len(), 12);
    for said in said {
        let said = said.trim_end_matches('(').trim_end();
        assert!(words.contains(said), "src/operation/words.rs does not say {said:?}");
    }
}

#[test]
fn who_may_use_whom_is_what_the_architecture_test_judges() {
    let judge = read("tests/architecture.rs");
    let table = between(&judge, "const MAY_USE:", "\n];");
    let page = read("CONTRIBUTING.md");
    let mut seen = 0;
    for row in format!("\n{table}").split("\n    (").skip(1) {
        let mut names = row.split('"').skip(1).step_by(2);
        let module = names.next().expect("a module");
        if !root().join(format!("src/{module}.rs")).exists() {
            continue;
        }
        let used: Vec<&str> = names.filter(|name| root().join(format!("src/{name}.rs")).exists()).collect();
        let used = if used.is_empty() { "nothing of ours".to_owned() } else { used.join(", ") };
        let wanted = format!("| {module} | {used} |");
        assert!(page.contains(&wanted), "CONTRIBUTING.md wants the row: {wanted}");
        seen += 1;
    }
    assert!(seen >= 14, "{seen} rows: are they still found?");
}

#[test]
fn the_example_of_a_configuration_is_one() {
    let path = PathBuf::from("assets/config.example.toml");
    let written = read("assets/config.example.toml");
    let file = File::parse(&path, &written).expect("the file as it stands");
    assert!(file.allow.is_empty() && file.keys.is_empty(), "as it stands it changes nothing");
    assert!(file.theme.is_none() && file.colour.is_none() && file.glyphs.is_none() && file.ledger.is_none());
    assert!(file.rules.is_empty() && file.freezes.is_empty() && file.role.is_none());
    assert_eq!(file.services, Services::default());

    // A setting or a table's head behind the mark, not a sentence.
    let is_setting = |line: &&str| {
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(name, _)| !name.contains(' '))
    };
    let settings: Vec<&str> =
        written.lines().filter_map(|line| line.strip_prefix("# ")).filter(is_setting).collect();
    let file = File::parse(&path, &settings.join("\n")).expect("the file with every example taken");
    assert_eq!(file.allow.len(), 2);
    assert_eq!(file.theme.as_deref(), Some("light"));
    assert_eq!((file.colour, file.glyphs), (Some(Colour::Sixteen), Some(Glyphs::Ascii)));
    assert!(file.ledger.is_some());
    assert_eq!((file.rules.len(), file.freezes.len()), (4, 2));
    assert_eq!(file.role.as_deref(), Some("release captain"));
    assert_eq!(file.services.providers.len(), 2);
    let metrics = file.services.controller.expect("the controller's metrics");
    assert_eq!(metrics.reach.to_string(), "http://127.0.0.1:8090/metrics");
    assert!(file.services.policy_service.is_some_and(|service| service.simulate));
    assert_eq!(file.keys.len(), 3);
    let keys = file.keys.iter().map(|(name, keys)| (name.as_str(), keys.join(" ")));
    Keymap::with_overrides(keys).expect("keys that may be chosen");
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert_eq!(quoted("a `b c` d `e`"), ["b c", "e"]);
    assert!(quoted("```\n`b`\n```").is_empty());
    assert!(
        is_path("src/lib.rs") && is_path("README.md") && is_path("themes/dark.toml") && is_path(".ci/run")
    );
    assert!(!is_path("list") && !is_path("tests are") && !is_path("PATCH /apis"));
    assert_eq!(links("[a](b.md) ![c](d.svg)").collect::<Vec<_>>(), ["b.md", "d.svg"]);
    assert!(["--allow", "--watch", "--recorded"].iter().all(|flag| own_flags().contains(*flag)));
}
