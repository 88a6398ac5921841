//! Questions find their series, and series their values.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

/// A scenario's part about metrics.
#[derive(Deserialize)]
struct File {
    metric: Vec<Series>,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn source(text: &str) -> Formulas {
    let file: File = toml::from_str(text).unwrap();
    Formulas::new(7, at(0), file.metric)
}

/// A question about the canary of `shop/web`, 40 s old, with a tenth of the traffic.
fn asked<'a>(provider: &'a Value, args: &'a BTreeMap<String, String>) -> Asked<'a> {
    Asked {
        namespace: "shop",
        run: "web-abc-2",
        metric: "check",
        provider,
        args,
        rollout: Some("web"),
        weight: Some(10),
        image: Some("registry/web:v2"),
        stable_image: Some("registry/web:v1"),
        stable_hash: Some("5649cd99cb"),
        since: Some(at(20)),
        taken: 0,
    }
}

fn prometheus(query: &str) -> Value {
    json!({"prometheus": {"address": "http://prometheus:9090", "query": query}})
}

/// What a source answers to a query of Prometheus, 60 s after the beginning.
fn answer(source: &Formulas, query: &str) -> String {
    let (provider, args) = (prometheus(query), BTreeMap::new());
    match source.measure(&asked(&provider, &args), at(60)) {
        Measured::Value(value) => value,
        Measured::Error(error) => format!("error: {error}"),
    }
}

#[test]
fn a_series_is_found_by_a_word_of_the_query() {
    let source =
        source("[[metric]]\nname = 'error_rate'\nvalue = 0.5\n[[metric]]\nname = 'latency'\nvalue = 120");
    assert_eq!(answer(&source, "sum(error_rate{service=\"web\"})"), "[0.5]");
    assert_eq!(answer(&source, "latency{service=\"web\"}"), "[120]");
    assert_eq!(answer(&source, "my_error_rate_total"), "[]");
}

#[test]
fn a_series_is_found_by_the_metrics_own_name() {
    let source = source("[[metric]]\nname = 'check'\nvalue = 3");
    assert_eq!(answer(&source, "up"), "[3]");
}

#[test]
fn what_is_said_of_one_rollout_comes_first() {
    let source = source(
        "[[metric]]\nname = 'error_rate'\nvalue = 1\n[[metric]]\nname = 'error_rate'\non = 'shop/web'\nvalue = 2\n\
         [[metric]]\nname = 'error_rate'\non = 'pay/web'\nvalue = 3",
    );
    assert_eq!(answer(&source, "error_rate"), "[2]");
}

#[test]
fn a_change_waits_for_all_that_it_asks_for() {
    let changed = |but: &str| {
        let source = source(&format!("[[metric]]\nname = 'e'\nvalue = 0\nbut = [{{ {but}, value = 1 }}]"));
        answer(&source, "e") == "[1]"
    };
    assert!(changed("after = '60s'") && !changed("after = '61s'"));
    assert!(changed("from-age = '40s'") && !changed("from-age = '41s'"));
    assert!(changed("from-weight = 10") && !changed("from-weight = 11"));
    assert!(changed("tag = 'v2'") && !changed("tag = 'v3'"));
    assert!(!changed("tag = 'v2', from-weight = 50"));
}

#[test]
fn the_last_change_that_holds_counts() {
    let source = source(
        "[[metric]]\nname = 'e'\nvalue = 0\n\
         but = [{ value = 1 }, { from-weight = 5, value = 2 }, { from-weight = 50, value = 3 }]",
    );
    assert_eq!(answer(&source, "e"), "[2]");
}

#[test]
fn a_question_about_the_stable_version_knows_no_change() {
    let source = source("[[metric]]\nname = 'e'\nvalue = 0\nbut = [{ value = 1 }]");
    assert_eq!(answer(&source, "e{revision=\"canary\"}"), "[1]");
    assert_eq!(answer(&source, "e{revision=\"stable\"}"), "[0]");
    assert_eq!(answer(&source, "e{rollouts_pod_template_hash=\"5649cd99cb\"}"), "[0]");
}

#[test]
fn answers_need_not_be_numbers() {
    let value = |value: &str| answer(&source(&format!("[[metric]]\nname = 'e'\nvalue = {value}")), "e");
    assert_eq!(value("nan"), "[NaN]");
    assert_eq!(value("inf"), "[+Inf]");
    assert_eq!(value("'empty'"), "[]");
    assert_eq!(value("{ error = 'no such host' }"), "error: no such host");
}

#[test]
fn chance_moves_a_value_and_repeats_itself() {
    let source = source("[[metric]]\nname = 'e'\nvalue = 10\nwobble = 1");
    let (provider, args) = (prometheus("e"), BTreeMap::new());
    let values: Vec<Measured> =
        (0..50).map(|second| source.measure(&asked(&provider, &args), at(second))).collect();
    let again: Vec<Measured> =
        (0..50).map(|second| source.measure(&asked(&provider, &args), at(second))).collect();
    assert_eq!(values, again);
    let numbers: Vec<f64> = values
        .iter()
        .map(|value| match value {
            Measured::Value(text) => text.trim_matches(['[', ']']).parse().unwrap(),
            Measured::Error(error) => panic!("{error}"),
        })
        .collect();
    assert!(numbers.iter().all(|number| (9.0..=11.0).contains(number)));
    assert!(numbers.iter().any(|number| *number < 9.7) && numbers.iter().any(|number| *number > 10.3));
}

#[test]
fn other_providers_answer_with_the_bare_number() {
    let source = source("[[metric]]\nname = 'error_rate'\nvalue = 0.5");
    let args = BTreeMap::new();
    let web = json!({"web": {"url": "http://metrics/error_rate?service=web", "jsonPath": "{$.value}"}});
    assert_eq!(source.measure(&asked(&web, &args), at(0)), Measured::Value("0.5".to_owned()));
    let unknown = json!({"web": {"url": "http://metrics/other"}});
    let missing = Measured::Error("received non 2xx response code: 404".to_owned());
    assert_eq!(source.measure(&asked(&unknown, &args), at(0)), missing);
}

#[test]
fn what_is_misspelt_is_refused() {
    for text in [
        "[[metric]]\nname = 'e'",
        "[[metric]]\nname = 'e'\nvalue = 'much'",
        "[[metric]]\nname = 'e'\nvalue = 1\nbut = [{ after = 'soon', value = 1 }]",
    ] {
        assert!(toml::from_str::<File>(text).is_err(), "{text}");
    }
}
