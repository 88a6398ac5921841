use http::StatusCode;

use super::*;

fn reply(code: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(code).unwrap(),
        location: None,
        date: None,
        body: body.to_owned().into(),
    }
}

fn said(code: u16, body: &str) -> Answer<Answering> {
    judged(&reply(code, body), &Login::Nobody).unwrap_err()
}

const ONE: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795254000.5,"1"]}]}}"#;

#[test]
fn only_the_value_of_the_query_is_taken_for_an_answer() {
    assert_eq!(judged(&reply(200, ONE), &Login::Nobody), Ok(()));
    for other in [
        ONE.replace(r#""1"]"#, r#""2"]"#),
        ONE.replace(r#""1"]"#, r#""NaN"]"#),
        ONE.replace("vector", "matrix"),
        ONE.replace("success", "ok"),
        r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#.to_owned(),
        r#"{"status":"success"}"#.to_owned(),
        "null".to_owned(),
        "<!DOCTYPE html><title>Welcome to nginx!</title>".to_owned(),
        String::new(),
    ] {
        let said = said(200, &other);
        assert!(matches!(said, Answer::Seen(Answering::Wrongly { .. })), "{other}: {said:?}");
    }
}

#[test]
fn a_page_of_somebody_else_is_told_by_its_beginning() {
    let page = format!("<html>\n<head><title>Welcome to nginx!</title>{}", "x".repeat(5000));
    let Answer::Seen(Answering::Wrongly { what }) = said(200, &page) else { panic!() };
    assert!(
        what.as_str().starts_with("answered 200 with what no Prometheus says: <html> <head><title>Welcome"),
        "{what}"
    );
    assert!(what.width() < 180, "{what}");
    let Answer::Seen(Answering::Wrongly { what }) = said(404, "\u{1b}[2Jnot here") else { panic!() };
    assert!(what.as_str().starts_with("answered 404") && !what.as_str().contains('\u{1b}'), "{what}");
}

#[test]
fn a_failure_of_its_own_is_a_failure_in_its_words() {
    let error =
        r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#;
    let failed = Answer::Failed { why: "answered 503: query timed out in expression evaluation".into() };
    assert_eq!(said(503, error), failed);
    assert_eq!(
        said(503, "Service Unavailable"),
        Answer::Failed { why: "answered 503: Service Unavailable".into() }
    );
    assert_eq!(said(500, ""), Answer::Failed { why: "answered 500: an empty page".into() });
}

#[test]
fn being_shut_out_says_with_what_one_came() {
    let shut = |login: &Login| judged(&reply(401, "Unauthorized"), login).unwrap_err();
    let why = |why: &str| Answer::Forbidden { why: why.into() };
    assert_eq!(
        shut(&Login::Nobody),
        why("answered 401: log in with bearer-token-file, or user and password-file")
    );
    assert_eq!(shut(&Login::Bearer { token: "/t".into() }), why("answered 401 to the token in /t"));
    let basic = Login::Basic { user: "ann".to_owned(), password: "/p".into() };
    assert_eq!(shut(&basic), why("answered 401 to ann with the password in /p"));
}

#[test]
fn a_redirect_is_told_and_not_taken_for_an_answer() {
    let location = Some("https://login.example.com/?rd=%2F".into());
    let reply = Reply { location, ..reply(302, ONE) };
    let Err(Answer::Seen(Answering::Wrongly { what })) = judged(&reply, &Login::Nobody) else { panic!() };
    assert_eq!(
        what.as_str(),
        "answered 302 with a redirect to https://login.example.com/?rd=%2F, which is not followed: a login page?"
    );
}
