//! Questions find their metric, and metrics their values.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

/// A scenario's part about metrics.
#[derive(Deserialize)]
struct File {
    metric: Vec<Metric>,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn source(seed: u64, text: &str) -> Measures {
    let file: File = toml::from_str(text).unwrap();
    Measures::new(seed, at(0), &file.metric)
}

/// What is answered to a question about `shop/web`, which has a tenth of the traffic.
fn answer(source: &Measures, metric: &str, provider: &Value, now: i64) -> Measured {
    let args = BTreeMap::new();
    let asked = Asked {
        namespace: "shop",
        run: "web-abc-2",
        metric,
        provider,
        args: &args,
        rollout: Some("web"),
        weight: Some(10),
        taken: 0,
    };
    source.measure(&asked, at(now))
}

fn prometheus() -> Value {
    json!({"prometheus": {"address": "http://prometheus:9090", "query": "up"}})
}

fn number(source: &Measures, now: i64) -> f64 {
    match answer(source, "errors", &prometheus(), now) {
        Measured::Value(text) => text.trim_matches(['[', ']']).parse().unwrap(),
        Measured::Error(why) => panic!("{why}"),
    }
}

#[test]
fn a_metric_is_found_by_its_name_and_an_unknown_one_is_an_error() {
    let source = source(1, "[[metric]]\nname = 'errors'\nvalue = 1\n[[metric]]\nname = 'latency'\nvalue = 2");
    assert_eq!(answer(&source, "latency", &prometheus(), 0), Measured::Value("[2.0000]".into()));
    let Measured::Error(why) = answer(&source, "late", &prometheus(), 0) else { panic!("it was answered") };
    assert!(why.contains("\"late\""), "{why}");
}

#[test]
fn prometheus_answers_with_a_list_and_others_with_the_bare_number() {
    let source = source(1, "[[metric]]\nname = 'errors'\nvalue = 0.5");
    let web = json!({"web": {"url": "http://metrics/errors", "jsonPath": "{$.value}"}});
    assert_eq!(answer(&source, "errors", &prometheus(), 0), Measured::Value("[0.5000]".into()));
    assert_eq!(answer(&source, "errors", &web, 0), Measured::Value("0.5000".into()));
}

#[test]
fn what_is_said_of_one_rollout_comes_before_what_is_said_of_all_and_of_others() {
    let text = "[[metric]]\nname = 'errors'\nvalue = 1\n[[metric]]\nname = 'errors'\non = 'shop/web'\nvalue = 2\n\
                [[metric]]\nname = 'errors'\non = 'pay/web'\nvalue = 3";
    assert_eq!(number(&source(1, text), 0), 2.0);
}

#[test]
fn a_change_waits_for_all_that_it_asks_for_and_the_last_that_holds_counts() {
    let but = |but: &str| source(1, &format!("[[metric]]\nname = 'errors'\nvalue = 0\nbut = [{but}]"));
    let later = but("{ after = '60s', value = 1 }");
    assert_eq!((number(&later, 59), number(&later, 60)), (0.0, 1.0));
    assert_eq!(number(&but("{ from-weight = 10, value = 1 }"), 0), 1.0);
    assert_eq!(number(&but("{ from-weight = 11, value = 1 }"), 0), 0.0);
    let both = but("{ from-weight = 11, after = '5s', value = 1 }");
    assert_eq!(number(&both, 60), 0.0, "the time alone is not enough");
    let several =
        but("{ after = '1s', value = 1 }, { after = '2s', value = 2 }, { after = '99s', value = 3 }");
    assert_eq!(number(&several, 60), 2.0);
}

#[test]
fn chance_moves_a_value_within_bounds_and_repeats_itself_for_the_same_seed_alone() {
    let text = "[[metric]]\nname = 'errors'\nvalue = 10\nwobble = 1";
    let all = |seed| (0..50).map(|second| number(&source(seed, text), second)).collect::<Vec<f64>>();
    let values = all(7);
    assert_eq!(values, all(7));
    assert_ne!(values, all(8));
    assert!(values.iter().all(|number| (9.0..=11.0).contains(number)), "{values:?}");
    assert!(values.iter().any(|number| *number < 9.7) && values.iter().any(|number| *number > 10.3));
}
