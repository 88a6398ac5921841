//! What the Prometheus beside the cluster tells, and what it refuses, without a wire.

use jiff::SignedDuration;
use serde_json::Value;

use super::answer::Answer;
use super::story::{Like, Measure};
use super::{Story, question, selector};
use crate::sim::objects::Place;
use crate::sim::objects::kind::ROLLOUT;
use crate::sim::scenario::{SHIPPED, Scenario};
use crate::sim::world::World;
use crate::sim::world::script::act::Wish;

const BAD: &str = "gate-bad";

fn played(name: &str) -> (World, Vec<Story>) {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name).unwrap();
    let scenario = Scenario::parse(name, text).unwrap();
    let world = scenario.begin(7).unwrap();
    let stories = scenario.stories(&world, 7).unwrap();
    (world, stories)
}

/// Asks for the last hour of a query, a point a minute.
fn hour((world, stories): &(World, Vec<Story>), query: &str) -> Answer {
    let now = world.now();
    let query = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
    let from = (now - SignedDuration::from_hours(1)).as_second();
    let form = format!("query={query}&start={from}&end={}&step=60", now.as_second());
    question::answer(world, stories, ("/api/v1/query_range", &form), now)
}

fn rows(answer: &Answer) -> &[Value] {
    assert_eq!(answer.code, 200, "{answer:?}");
    answer.body.pointer("/data/result").unwrap().as_array().unwrap()
}

fn values(row: &Value) -> Vec<f64> {
    let points = row["values"].as_array().unwrap();
    points.iter().map(|point| point[1].as_str().unwrap().parse().unwrap()).collect()
}

fn mean(row: &Value) -> f64 {
    let values = values(row);
    values.iter().sum::<f64>() / values.len() as f64
}

fn of(story: &Story, row: &&Value, first: bool) -> bool {
    (row["metric"]["hash"] == story.first.as_str()) == first
}

#[test]
fn a_canary_has_its_series_since_it_is_there_and_the_stable_version_the_whole_hour() {
    let played = played(BAD);
    let answer = hour(&played, r#"demo_error_percent{rollout="checkout",namespace="shop"}"#);
    let story = &played.1[0];
    let stable = rows(&answer).iter().find(|row| of(story, row, true)).unwrap();
    let canary = rows(&answer).iter().find(|row| of(story, row, false)).unwrap();
    assert_eq!((values(stable).len(), values(canary).len()), (61, 58));
    assert!((mean(stable) - 0.5).abs() < 0.05 && (mean(canary) - 2.0).abs() < 0.1, "{canary}");
    assert_eq!(stable["metric"]["__name__"], "demo_error_percent");
}

#[test]
fn few_requests_make_rough_values() {
    let like = |requests| Like { errors: 0.5, latency: 100.0, requests, denied: 0.0 };
    let story = Story {
        namespace: "shop".into(),
        name: "web".into(),
        first: "old".into(),
        stable: like(60_000.0),
        canary: like(100.0),
        seed: 3,
    };
    for measure in [Measure::Errors, Measure::Latency] {
        let spread = |hash: &str| {
            let values: Vec<f64> = (0..500).map(|minute| story.value(measure, hash, minute)).collect();
            let mean = values.iter().sum::<f64>() / 500.0;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 500.0;
            (mean, variance.sqrt())
        };
        let ((many, fine), (few, rough)) = (spread("old"), spread("new"));
        assert!(rough > 8.0 * fine, "{measure:?} {rough} {fine}");
        assert!((few / many - 1.0).abs() < 0.2, "{measure:?}: the same on the average, {few} {many}");
    }
}

#[test]
fn the_same_minute_has_the_same_value_and_another_seed_another() {
    let played = played(BAD);
    let story = &played.1[0];
    let value = |story: &Story| story.value(Measure::Latency, "new", 29_000_000);
    assert_eq!(value(story), value(&story.clone()));
    assert_ne!(value(story), value(&Story { seed: 8, ..story.clone() }));
}

#[test]
fn nothing_is_told_of_a_time_that_has_not_come_or_of_a_version_that_is_not_there() {
    let played = played(BAD);
    let (world, stories) = &played;
    let later = world.now() + SignedDuration::from_hours(2);
    let ask = |query: &str| {
        let form = format!("query={query}&time={}", later.as_second());
        question::answer(world, stories, ("/api/v1/query", &form), world.now())
    };
    assert_eq!(rows(&ask("demo_error_percent")).len(), 0);
    let form = format!("query=demo_error_percent&time={}", world.now().as_second());
    let now = question::answer(world, stories, ("/api/v1/query", &form), world.now());
    assert_eq!(rows(&now).len(), 2);
    assert_eq!(rows(&hour(&played, r#"demo_error_percent{hash="6c5d"}"#)).len(), 0);
    assert_eq!(rows(&hour(&played, "up")).len(), 0);
}

#[test]
fn selectors_put_together_keep_their_marks() {
    let played = played(BAD);
    let hash = &played.1[0].first;
    let one = |nth: usize| {
        format!(
            "label_replace(\ndemo_error_percent{{rollout=\"checkout\",hash=\"{hash}\"}}\n, \"which\", \"{nth}\", \"\", \"\")"
        )
    };
    let answer = hour(&played, &format!("{}\nor\n{}", one(0), one(1)));
    let marks: Vec<&Value> = rows(&answer).iter().map(|row| &row["metric"]["which"]).collect();
    assert_eq!(marks, ["0", "1"]);
    assert!(rows(&answer)[0]["metric"].get("__name__").is_none(), "as Prometheus drops the name");
}

#[test]
fn what_is_no_selector_is_refused_as_bad_data() {
    let played = played(BAD);
    for query in [
        "",
        "rate(demo_error_percent[1m])",
        "demo_error_percent{hash=~\"a.*\"}",
        "demo_error_percent{hash=\"a\"",
        "demo_error_percent * 2",
        "label_replace(demo_error_percent, \"a\", \"$1\", \"hash\", \"(.*)\")",
        "1",
    ] {
        let answer = hour(&played, query);
        assert_eq!(answer.code, 400, "{query}");
        assert_eq!(answer.body["errorType"], "bad_data", "{query}");
        assert!(
            answer.body["error"].as_str().unwrap().starts_with("invalid parameter \"query\""),
            "{answer:?}"
        );
    }
}

#[test]
fn times_and_steps_that_make_no_sense_are_refused_in_prometheuss_words() {
    let (world, stories) = played(BAD);
    let ask = |form: &str| {
        let answer = question::answer(&world, &stories, ("/api/v1/query_range", form), world.now());
        (answer.code.as_u16(), answer.body["error"].as_str().unwrap_or_default().to_owned())
    };
    for (form, words) in [
        ("query=up&start=2&end=1&step=60", "end timestamp must not be before start time"),
        ("query=up&start=a&end=1&step=60", "cannot parse \"a\" to a valid timestamp"),
        ("query=up&start=1&end=2&step=0", "zero or negative query resolution"),
        ("query=up&start=0&end=11001&step=1", "exceeded maximum resolution of 11,000 points"),
    ] {
        let (code, why) = ask(form);
        assert!(code == 400 && why.contains(words), "{form}: {code} {why}");
    }
    assert_eq!(ask("query=up&start=2026-11-23T10:00:00Z&end=2026-11-23T10:01:00Z&step=60").0, 200);
    let nowhere = question::answer(&world, &stories, ("/api/v1/labels", ""), world.now());
    assert_eq!(nowhere.code, 404);
}

#[test]
fn a_selector_is_read_with_any_spaces_and_a_comma_at_its_end() {
    let read = selector::read(" demo_error_percent { rollout = \"a\" , hash=\"b\", } ").unwrap();
    assert_eq!(read[0].labels.len(), 2);
    assert_eq!(read[0].labels["hash"], "b");
    assert_eq!(selector::read("orders or demo").unwrap().len(), 2);
}

#[test]
fn a_story_of_a_rollout_that_is_not_there_is_refused() {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == BAD).unwrap();
    let text = text.replacen("on = \"shop/checkout\"", "on = \"shop/checkuot\"", 1);
    let scenario = Scenario::parse(BAD, &text).unwrap();
    let world = scenario.begin(7).unwrap();
    let why = scenario.stories(&world, 7).unwrap_err().to_string();
    assert!(why.contains("there is no Rollout shop/checkuot"), "{why}");
}

#[test]
fn a_new_version_is_told_of_from_its_first_minute_on() {
    let mut played = played(BAD);
    let before = rows(&hour(&played, "demo_requests_per_minute")).len();
    let place = Place::new(&ROLLOUT, "shop", "checkout");
    let wish = Wish::Image("registry.example/shop/checkout:4.3.0".into());
    played.0.order_now(&place, &wish).unwrap();
    let later = played.0.now() + SignedDuration::from_mins(2);
    played.0.advance(later);
    let answer = hour(&played, "demo_requests_per_minute");
    assert_eq!((before, rows(&answer).len()), (2, 3));
    assert!(rows(&answer).iter().any(|row| values(row).len() == 3), "{answer:?}");
}
