use http::Method;

use super::*;

fn of(method: &str, path: &str) -> Page {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    page(&Method::from_bytes(method.as_bytes()).unwrap(), path, &Query::parse(query))
}

/// A route in short: verb, resource, namespace, name.
fn short(method: &str, path: &str) -> String {
    match of(method, path) {
        Page::Objects(route) => format!(
            "{} {} {} {}",
            route.verb.word(),
            route.resource(),
            route.namespace.as_deref().unwrap_or("-"),
            route.name.as_deref().unwrap_or("-")
        ),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_method_on_a_collection_or_an_object_is_a_verb() {
    const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
    let one = format!("{ROLLOUTS}/web");
    for (method, path, expected) in [
        ("GET", ROLLOUTS, "list rollouts shop -"),
        ("GET", "/apis/argoproj.io/v1alpha1/rollouts", "list rollouts - -"),
        ("POST", ROLLOUTS, "create rollouts shop -"),
        ("DELETE", ROLLOUTS, "deletecollection rollouts shop -"),
        ("GET", &one, "get rollouts shop web"),
        ("PUT", &one, "update rollouts shop web"),
        ("PATCH", &one, "patch rollouts shop web"),
        ("DELETE", &one, "delete rollouts shop web"),
        ("PATCH", &format!("{one}/status"), "patch rollouts/status shop web"),
        ("GET", &format!("{one}/scale"), "get rollouts/scale shop web"),
        ("GET", &format!("{ROLLOUTS}?watch=true"), "watch rollouts shop -"),
        ("GET", &format!("{ROLLOUTS}?watch=1"), "watch rollouts shop -"),
        ("GET", &format!("{ROLLOUTS}?watch=false"), "list rollouts shop -"),
        // With a name there is nothing to watch: the real server reads the object.
        ("GET", &format!("{one}?watch=true"), "get rollouts shop web"),
        ("GET", "/api/v1/namespaces/shop/pods", "list pods shop -"),
        ("POST", "/api/v1/namespaces/shop/pods/web-1/eviction", "create pods/eviction shop web-1"),
    ] {
        assert_eq!(short(method, path), expected, "{method} {path}");
    }
}

#[test]
fn a_namespace_is_an_object_and_the_place_of_others() {
    assert_eq!(short("GET", "/api/v1/namespaces"), "list namespaces - -");
    assert_eq!(short("GET", "/api/v1/namespaces/shop"), "get namespaces - shop");
    assert_eq!(short("PUT", "/api/v1/namespaces/shop/status"), "update namespaces/status - shop");
    let Page::Objects(route) = of("GET", "/api/v1/namespaces/shop") else { panic!("no route") };
    assert_eq!(route.judged_namespace(), "shop");
}

#[test]
fn what_is_not_served_is_nowhere() {
    for path in [
        "/apis/argoproj.io/v1/rollouts",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/gates",
        "/apis/argoproj.io/v1alpha1/rollouts/web",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/log",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/analysisruns/a/status",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/clusteranalysistemplates/a",
        "/metrics/x",
    ] {
        assert_eq!(of("GET", path), Page::Nowhere, "{path}");
    }
}

#[test]
fn a_method_that_a_path_does_not_take_is_told_apart_from_nowhere() {
    let path = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
    assert!(matches!(of("PATCH", path), Page::NotAllowed(_)));
    assert!(matches!(of("POST", &format!("{path}/web")), Page::NotAllowed(_)));
    assert!(matches!(of("DELETE", &format!("{path}/web/status")), Page::NotAllowed(_)));
}

#[test]
fn names_in_paths_are_decoded() {
    let path = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/we%62";
    assert_eq!(short("GET", path), "get rollouts shop web");
}

#[test]
fn reviews_are_questions_and_stored_nowhere() {
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    assert_eq!(of("POST", path), Page::Review("selfsubjectaccessreviews"));
    assert_eq!(of("GET", path), Page::Nowhere);
}

#[test]
fn a_query_is_decoded_and_its_first_value_counts() {
    let query = Query::parse("labelSelector=a%3Db%2Cc+in+%28d%29&limit=5&limit=6&watch&empty=");
    assert_eq!(query.get("labelSelector"), Some("a=b,c in (d)"));
    assert_eq!(query.number("limit").unwrap(), Some(5));
    assert_eq!((query.flag("watch"), query.flag("other")), (Some(true), None));
    assert_eq!((query.given("empty"), query.get("empty")), (Some(""), None));
    assert_eq!(Query::parse("limit=few").number("limit").unwrap_err().code, 400);
    assert_eq!(Query::parse("a=%zz%4").get("a"), Some("%zz%4"));
}
