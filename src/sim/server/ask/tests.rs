use super::super::route::{Page, page};
use super::*;

fn route(path: &str) -> Route {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match page(&http::Method::GET, path, &Query::parse(query)) {
        Page::Objects(route) => route,
        other => panic!("no route: {other:?}"),
    }
}

fn asked(path: &str) -> Result<Ask, Refusal> {
    let (_, query) = path.split_once('?').unwrap_or((path, ""));
    Ask::read(&route(path), &Query::parse(query))
}

const ALL: &str = "/apis/argoproj.io/v1alpha1/rollouts";
const SHOP: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";

#[test]
fn a_token_leads_back_to_where_the_page_ended() {
    for path in [ALL, SHOP, "/api/v1/namespaces"] {
        let route = route(path);
        let after = Place::new(route.kind, "shop", "web");
        for version in [Some(17), None] {
            let next = Next { version, after: after.clone() };
            let token = next.token(&route);
            assert_eq!(asked(&format!("{path}?continue={token}")).unwrap().next, Some(next), "{path}");
        }
    }
}

#[test]
fn a_token_has_the_shape_that_the_real_server_gives_it() {
    let next = Next { version: Some(17), after: Place::new(route(ALL).kind, "shop", "web") };
    let bytes = URL_SAFE_NO_PAD.decode(next.token(&route(ALL))).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        r#"{"v":"meta.k8s.io/v1","rv":17,"start":"shop/web\u0000"}"#
    );
}

#[test]
fn broken_tokens_are_bad_requests() {
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    for token in [
        "&".to_owned(),
        "no-token!".to_owned(),
        encoded("no json"),
        encoded(r#"{"v":"meta.k8s.io/v9","rv":1,"start":"a"}"#),
        encoded(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"a"}"#),
    ] {
        let answer = asked(&format!("{ALL}?continue={token}"));
        assert!(token == "&" || answer.is_err_and(|refusal| refusal.code == 400), "{token}");
    }
}

#[test]
fn a_watch_begins_with_what_is_there_unless_a_version_is_given() {
    for (query, initial) in [
        ("watch=true", true),
        ("watch=true&resourceVersion=0", true),
        ("watch=true&resourceVersion=7", false),
        ("watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=7", true),
        ("watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan", false),
    ] {
        assert_eq!(asked(&format!("{ALL}?{query}")).unwrap().initial, initial, "{query}");
    }
}

#[test]
fn a_version_with_a_limit_and_no_rule_means_that_very_version() {
    assert!(asked(&format!("{ALL}?resourceVersion=7&limit=5")).unwrap().exact);
    assert!(!asked(&format!("{ALL}?resourceVersion=7")).unwrap().exact);
    assert!(!asked(&format!("{ALL}?resourceVersion=7&resourceVersionMatch=NotOlderThan")).unwrap().exact);
}

#[test]
fn contradictions_are_told_field_by_field() {
    for (query, words) in [
        (
            "resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersion=0&resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
        ),
        ("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        (
            "watch=true&sendInitialEvents=true",
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            "resourceVersion=7&resourceVersionMatch=Near",
            "resourceVersionMatch: Unsupported value: \"Near\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
        ),
    ] {
        let refusal = asked(&format!("{ALL}?{query}")).unwrap_err();
        assert_eq!(refusal.code, 422);
        assert_eq!(refusal.message, format!("ListOptions.meta.k8s.io \"\" is invalid: {words}"));
    }
}

#[test]
fn a_version_that_is_no_number_is_a_bad_request() {
    assert_eq!(asked(&format!("{ALL}?resourceVersion=new")).unwrap_err().code, 400);
    assert_eq!(asked(&format!("{ALL}?limit=all")).unwrap_err().code, 400);
}
