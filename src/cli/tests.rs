//! Flags that mean nothing where they stand are refused, and all others are taken.
#![allow(clippy::unwrap_used, reason = "tests")]

use clap::Parser;
use clap::error::ErrorKind;

use super::Cli;

fn read(words: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("rollgate").chain(words.split_whitespace())).and_then(Cli::checked)
}

#[test]
fn a_demo_refuses_every_flag_about_another_cluster_by_its_name() {
    for flag in [
        "--kubeconfig there",
        "--context prod",
        "--cluster prod",
        "--user me",
        "--as me",
        "--as-group us",
        "--as-uid 7",
        "--token t",
        "--server https://there",
        "--certificate-authority ca.pem",
        "--tls-server-name there",
        "--insecure-skip-tls-verify",
        "--request-timeout 3s",
        "--ledger there.sqlite3",
        "--allow prod/web",
        "--from dump.json",
    ] {
        let name = flag.split(' ').next().unwrap();
        // Before the command or behind it: both are the same flag.
        for words in [format!("demo {flag}"), format!("{flag} demo"), format!("demo --list {flag}")] {
            let error = read(&words).expect_err(&words);
            assert_eq!(error.exit_code(), 2, "{words}");
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{words}");
            let said = error.to_string();
            assert!(said.contains(&format!("`{name}`")) && said.contains("leave"), "{words}: {said}");
        }
    }
}

#[test]
fn a_demo_takes_the_flags_that_count_in_it() {
    for words in
        ["demo", "demo -n shop --ascii --theme light", "demo -A --slow-link --config c.toml --colour never"]
    {
        assert!(read(words).is_ok(), "{words}");
    }
}

#[test]
fn without_a_demo_the_flags_about_clusters_are_taken() {
    assert!(read("--kubeconfig there --context prod --allow prod/web --ledger l.sqlite3").is_ok());
    assert!(read("--from dump.json list").is_ok());
}
