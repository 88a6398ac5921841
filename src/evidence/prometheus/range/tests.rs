use std::path::Path;

use http::StatusCode;

use super::*;
use crate::config::File;

fn provider() -> Provider {
    let text = "[[provider]]\naddress = 'http://127.0.0.1:9090'\n";
    File::parse(Path::new("/config.toml"), text).unwrap().services.providers.remove(0)
}

fn said(code: u16, body: &str) -> Result<Vec<Row>, Refused> {
    let status = StatusCode::from_u16(code).unwrap();
    let reply = Reply { status, location: None, date: None, body: body.to_owned().into() };
    read(&reply, &provider())
}

fn matrix(result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{result}]}}}}"#)
}

#[test]
fn series_are_read_with_their_labels_and_what_is_no_number_stays_so() {
    let body = matrix(
        r#"{"metric":{"pod":"a"},"values":[[1795254000,"0.5"],[1795254000.5,"NaN"],[1795254001,"+Inf"],[1795254002,"-Inf"],[1795254003,"1e-3"]]}"#,
    );
    let rows = said(200, &body).unwrap();
    assert_eq!(rows[0].labels["pod"], "a");
    let points = &rows[0].series.points;
    assert_eq!(points[1].0.as_millisecond(), 1_795_254_000_500);
    assert!(points[1].1.is_nan());
    assert_eq!((points[0].1, points[2].1, points[3].1), (0.5, f64::INFINITY, f64::NEG_INFINITY));
    assert_eq!(points[4].1, 0.001);
    assert_eq!(said(200, &matrix("")), Ok(Vec::new()));
}

#[test]
fn an_answer_that_is_not_whole_is_none_and_says_so_in_the_servers_words() {
    let question = |code, body: &str| match said(code, body).unwrap_err() {
        Refused::Question(why) => why,
        other => panic!("{other:?}"),
    };
    let error = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error"}"#;
    assert_eq!(question(400, error), "answered 400 bad_data: invalid parameter \"query\": 1:5: parse error");
    assert!(question(200, error).starts_with("answered 200 bad_data"), "an error with a good code");
    let partial = r#"{"status":"success","warnings":["store 10.0.0.7 is unavailable"],"data":{"resultType":"matrix","result":[]}}"#;
    assert_eq!(question(200, partial), "its answer may not be whole: store 10.0.0.7 is unavailable");
    let other = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    assert_eq!(question(200, other), "it answered with a vector where series were asked for");
    assert_eq!(
        question(200, r#"{"status":"success"}"#),
        "it answered with nothing where series were asked for"
    );
    let histograms = r#"{"metric":{},"histograms":[[1795254000,{"count":"1"}]]}"#;
    assert!(question(200, &matrix(histograms)).contains("histograms"));
    let value = r#"{"metric":{},"values":[[1795254000,"many"]]}"#;
    assert_eq!(question(200, &matrix(value)), "`many` is no value");
    let disorder = r#"{"metric":{},"values":[[1795254001,"1"],[1795254000,"1"]]}"#;
    assert!(question(200, &matrix(disorder)).contains("order of time"));
    assert!(question(200, &matrix(r#"{"metric":{},"values":[["a"]]}"#)).contains("cannot be read"));
}

#[test]
fn a_remark_on_a_query_is_no_warning() {
    let body = r#"{"status":"success","warnings":["PromQL info: metric might not be a counter: \"e\" (1:6)"],"data":{"resultType":"matrix","result":[]}}"#;
    assert_eq!(said(200, body), Ok(Vec::new()));
}

#[test]
fn a_page_a_redirect_and_a_shut_door_are_the_sources_trouble_and_not_the_questions() {
    let source = |code, body: &str| match said(code, body).unwrap_err() {
        Refused::Source(why) => why,
        other => panic!("{other:?}"),
    };
    assert!(source(200, "<html>Welcome to nginx!</html>").contains("no Prometheus says: <html>Welcome"));
    assert!(source(401, "").starts_with("answered 401: log in with bearer-token-file"));
    assert!(source(302, "").contains("redirect"));
    assert!(source(502, "bad gateway").starts_with("answered 502 with what no Prometheus says"));
}

#[test]
fn times_and_steps_are_written_in_seconds_and_the_query_stays_what_it_is() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, to) = (at("2026-11-21T09:00:00Z"), at("2026-11-21T10:00:00.5Z"));
    let window = Window { from, to, step: SignedDuration::from_millis(500), asked: to };
    assert_eq!(
        form("sum(x{a=\"b&c\"}) + 1", &window),
        "query=sum%28x%7Ba%3D%22b%26c%22%7D%29%20%2B%201&start=1795251600&end=1795255200.5&step=0.5"
    );
}

#[test]
fn points_of_other_times_or_closer_together_than_asked_for_are_no_answer() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, to) = (at("2026-11-21T09:00:00Z"), at("2026-11-21T10:00:00Z"));
    let window = Window { from, to, step: SignedDuration::from_secs(60), asked: to };
    let fit = |times: &[&str]| {
        let points = times.iter().map(|time| (at(&format!("2026-11-21T{time}Z")), 1.0)).collect();
        fits(&[Row { labels: BTreeMap::new(), series: Series { points } }], &window)
    };
    assert_eq!(fit(&[]), Ok(()));
    assert_eq!(fit(&["09:00:00", "09:01:00", "09:05:00", "10:00:00"]), Ok(()));
    for times in [["08:50:00", "09:01:00"], ["09:59:00", "10:05:00"]] {
        let Err(Refused::Question(why)) = fit(&times) else { panic!("{times:?}") };
        assert!(why.contains("other times"), "{why}");
    }
    let Err(Refused::Question(why)) = fit(&["09:00:00", "09:00:15", "09:00:30"]) else { panic!() };
    assert!(why.contains("closer together"), "{why}");
}
