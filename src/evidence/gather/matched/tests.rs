use std::path::Path;

use super::*;
use crate::config::File;
use crate::gate::policy::file;

fn providers(text: &str) -> Vec<Provider> {
    File::parse(Path::new("/config.toml"), text).unwrap().services.providers
}

fn policy(more: &str) -> Policy {
    file::read(&format!("rollout_gates: {{}}\n{more}"), "web").unwrap()
}

fn row(labels: &[(&str, &str)], points: &[(i64, f64)]) -> Row {
    Row {
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        series: series(points),
    }
}

fn series(points: &[(i64, f64)]) -> Series {
    Series {
        points: points.iter().map(|(at, value)| (Timestamp::from_second(*at).unwrap(), *value)).collect(),
    }
}

fn origin() -> Provenance {
    let at = Timestamp::UNIX_EPOCH;
    let nothing = Printable::default();
    Provenance { source: nothing.clone(), query: nothing, window: (at, at), asked: at }
}

fn why(rows: Rows) -> String {
    match proof(rows, origin()) {
        Proof::Missing { why, .. } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

const TWO: &str = "[[provider]]\nname = 'main'\naddress = 'https://a.example'\n[[provider]]\naddress = 'https://b.example/'\n";

#[test]
fn the_provider_is_the_only_one_or_the_one_that_the_policy_calls_by_name_or_address() {
    let two = providers(TWO);
    let named =
        |word: &str| provider(&two, &policy(&format!("provider: {word}"))).map(|it| it.address.as_str());
    assert_eq!(provider(&two[..1], &policy("")).unwrap().address, "https://a.example");
    assert_eq!(named("main"), Ok("https://a.example"));
    assert_eq!(named("https://b.example"), Ok("https://b.example"));
    assert_eq!(
        named("mian").unwrap_err(),
        "there is no provider `mian` in the configuration: add [[provider]] with name = \"mian\""
    );
    assert!(provider(&two, &policy("")).unwrap_err().contains("say which one with `provider:`"));
    assert!(provider(&[], &policy("")).unwrap_err().contains("as [[provider]]"));
}

#[test]
fn two_providers_cannot_be_called_the_same() {
    let text = TWO.replacen("[[provider]]\naddress", "[[provider]]\nname = 'main'\naddress", 1);
    let refused = File::parse(Path::new("/config.toml"), &text).unwrap_err().to_string();
    assert!(refused.contains("name: https://a.example is called so already"), "{refused}");
}

#[test]
fn queries_that_are_asked_together_are_marked_and_what_comes_back_is_told_apart() {
    let pairs = [("a # remark".to_owned(), "b".to_owned()), ("c".to_owned(), "d".to_owned())];
    let question = together(&pairs.iter().collect::<Vec<_>>());
    assert_eq!(question.matches("label_replace(").count(), 4);
    assert!(question.contains("a # remark\n, \"rollgate_query\", \"0\""), "the remark ends with its line");
    let rows =
        vec![row(&[(MARK, "3")], &[(1, 4.0)]), row(&[(MARK, "0")], &[(1, 1.0)]), row(&[], &[(1, 9.0)])];
    let sorted = parted(rows, 2);
    assert_eq!(sorted[0], Ok((vec![row(&[], &[(1, 1.0)])], Vec::new())));
    assert_eq!(sorted[1], Ok((Vec::new(), vec![row(&[], &[(1, 4.0)])])));
}

#[test]
fn no_series_and_several_are_missing_and_the_labels_that_differ_are_named() {
    let one = || vec![row(&[], &[(1, 1.0)])];
    assert!(why(Ok((Vec::new(), one()))).starts_with("no series of the canary"));
    assert!(why(Ok((one(), Vec::new()))).starts_with("no series of the stable version"));
    let two = vec![
        row(&[("pod", "a"), ("job", "web")], &[(1, 1.0)]),
        row(&[("pod", "b"), ("job", "web")], &[(1, 2.0)]),
    ];
    assert_eq!(
        why(Ok((one(), two))),
        "2 series of the stable version where one was asked for, which differ in pod: add them up in the query"
    );
}

#[test]
fn the_stable_version_is_compared_from_when_the_canary_began() {
    let stable = row(&[], &[(1, 1.0), (2, 2.0), (3, 3.0)]);
    let canary = row(&[], &[(2, 5.0), (4, 5.0)]);
    let Proof::Series { canary, stable, .. } = proof(Ok((vec![canary], vec![stable])), origin()) else {
        panic!()
    };
    assert_eq!(stable, series(&[(2, 2.0), (3, 3.0)]));
    assert_eq!(canary, series(&[(2, 5.0), (4, 5.0)]));
}

#[test]
fn an_answer_from_another_time_is_none_and_says_whose_clock_is_where() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2026-11-21T10:00:00Z");
    let window = Window { from: now, to: now, step: SignedDuration::from_secs(15), asked: now };
    assert_eq!(in_time(at("2026-11-21T10:00:30Z"), now, &window), Ok(()));
    assert_eq!(in_time(at("2026-11-21T09:59:31Z"), now, &window), Ok(()));
    let why = |date| match in_time(at(date), now, &window) {
        Err(Refused::Source(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        why("2026-11-21T10:02:00Z"),
        "its clock is 2m ahead of this machine's: put the wrong one right"
    );
    assert!(why("2026-11-21T09:59:00Z").starts_with("its clock is 1m behind"));
}
