//! The schema beside the reader, what a command line can mean, and what is kept in a recording.

use std::collections::BTreeSet;

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::gate::evidence::{Evidence, Series};
use crate::gate::policy::file as reader;

mod lints;
mod schema;

fn parsed(words: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(words.split(' ')).and_then(Cli::checked)
}

#[test]
fn the_begin_of_a_backtest_is_a_time_though_from_elsewhere_names_a_dump() {
    let words = "rollgate gates backtest p.yaml web --from 2026-11-21T09:00:00Z --to 2026-11-21T12:00:00Z";
    let cli = parsed(words).unwrap();
    let Some(crate::cli::Command::Gates(Gates { what: What::Backtest(backtest) })) = &cli.command else {
        panic!()
    };
    assert_eq!(backtest.begin, PathBuf::from("2026-11-21T09:00:00Z"));
    assert_eq!(backtest.end.to_string(), "2026-11-21T12:00:00Z");
    let cli = parsed("rollgate gates run web --from dump.yaml").unwrap();
    assert_eq!(cli.global.from, Some(PathBuf::from("dump.yaml")));
}

#[test]
fn what_a_command_line_cannot_mean_is_refused() {
    for words in [
        "rollgate gates",
        "rollgate gates lint",
        "rollgate gates explain",
        "rollgate gates explain shop --policy p.yaml",
        "rollgate gates explain shop --noise none",
        "rollgate gates run",
        "rollgate gates backtest p.yaml web --to 2026-11-21T12:00:00Z",
        "rollgate gates report web -o verdict.pdf",
    ] {
        assert!(parsed(words).is_err(), "{words}");
    }
}

#[test]
fn a_command_line_that_cannot_be_read_never_ends_as_a_judgement_would() {
    let code = |words: &str| misread(words.split(' ').map(Into::into));
    assert_eq!(code("rollgate gates run --oops"), Some(3));
    assert_eq!(code("rollgate -n shop gates backtest"), Some(3));
    assert_eq!(code("rollgate gates -n shop run web --oops"), Some(3));
    assert_eq!(code("rollgate --context gates gates report --oops"), Some(3));
    assert_eq!(code("rollgate gates lint"), None);
    assert_eq!(code("rollgate gates --verbose lint run"), None);
    assert_eq!(code("rollgate list --oops"), None);
}

#[test]
fn what_is_recorded_is_read_again_with_its_gaps() {
    let text = "rollout_gates: {}\nmetrics: [{name: a, query: 'x{h=\"{{canary}}\"}'}, {name: b, query: 'y{h=\"{{canary}}\"}'}]\n";
    let policy = reader::read(text, "x").unwrap();
    let time = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
    let of = crate::gate::evidence::Provenance {
        source: "s".into(),
        query: "q".into(),
        window: (time(0), time(9)),
        asked: time(9),
    };
    let canary = Series { points: vec![(time(1), 0.1 + 0.2), (time(2), f64::NAN), (time(5), -3.0)] };
    let stable = Series { points: vec![(time(1), 1e300)] };
    let why = "unreachable".into();
    let evidence = [
        Evidence::Series { canary: canary.clone(), stable: stable.clone(), of: of.clone() },
        Evidence::Missing { why, of },
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.json");
    recording::write(&path, &policy, ("6c9f", "7d8c"), &evidence).unwrap();
    let kept = recording::read(&path).unwrap();
    assert_eq!((kept.canary.as_str(), kept.stable.as_str()), ("6c9f", "7d8c"));
    let again = kept.evidence(&policy, (time(0), time(4)), time(9));
    let [Evidence::Series { canary: read, stable: beside, .. }, Evidence::Missing { why, .. }] =
        again.as_slice()
    else {
        panic!("{again:?}")
    };
    assert_eq!(read.points.len(), 2, "what lies behind the end is not there");
    assert_eq!(read.points[0], canary.points[0]);
    assert!(read.points[1].1.is_nan());
    assert_eq!(*beside, stable);
    assert_eq!(why.as_str(), "the recording does not hold it");
    std::fs::write(&path, "{\"schema\":\"other\",\"canary\":\"\",\"stable\":\"\",\"metrics\":[]}").unwrap();
    assert!(recording::read(&path).is_err());
}
