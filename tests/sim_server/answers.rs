//! Tokens, paths, rights, discovery: what is answered before any object is touched.

use serde_json::{Value, json};

use crate::embedded::{Embedded, ROLLOUTS, rollout, world};
use rollgate::sim::server::{Rights, Rule, Settings};

#[tokio::test]
async fn a_caller_without_the_token_is_answered_401() {
    let embedded = Embedded::start().await;
    for token in [None, Some("Bearer wrong"), Some("Basic eW91Og==")] {
        let url = format!("{}{ROLLOUTS}", embedded.served.url());
        let mut request = http::Request::get(url);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let reply = embedded.send(request.body(http_body_util::Full::default()).unwrap()).await;
        assert_eq!(reply.status(), (401, "Unauthorized".into(), "Unauthorized".into()));
    }
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_answered_in_plain_text() {
    let embedded = Embedded::start().await;
    for path in
        ["/apis/argoproj.io/v1alpha1/namespaces/shop/gates", "/apis/nobody.io/v1", "/metrics/cadvisor"]
    {
        let reply = embedded.get(path).await;
        assert_eq!((reply.code, reply.text.as_str()), (404, "404 page not found\n"), "{path}");
    }
}

#[tokio::test]
async fn it_says_that_it_is_up_and_which_kubernetes_it_speaks() {
    let embedded = Embedded::start().await;
    for path in ["/readyz", "/livez", "/healthz"] {
        assert_eq!(embedded.get(path).await.text, "ok");
    }
    let version = embedded.get("/version").await.json();
    assert_eq!((&version["major"], &version["minor"]), (&json!("1"), &json!("34")));
    assert!(version["gitVersion"].as_str().unwrap().starts_with("v1.34."));
}

#[tokio::test]
async fn discovery_tells_kinds_with_their_parts_in_both_shapes() {
    let embedded = Embedded::start().await;
    let groups = embedded.get("/apis").await.json();
    let names: Vec<&str> =
        groups["groups"].as_array().unwrap().iter().map(|g| g["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"argoproj.io") && names.contains(&"apps"), "{names:?}");
    let resources = embedded.get("/apis/argoproj.io/v1alpha1").await.json();
    assert_eq!(resources["groupVersion"], "argoproj.io/v1alpha1");
    let find = |name: &str| {
        let all = resources["resources"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).cloned().unwrap_or(Value::Null)
    };
    assert_eq!(find("rollouts")["shortNames"], json!(["ro"]));
    assert_eq!(find("rollouts/status")["kind"], "Rollout");
    assert_eq!(find("rollouts/scale")["group"], "autoscaling");
    assert_eq!(find("analysisruns/status"), Value::Null, "the definition has no status subresource");

    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let reply = embedded.ask("GET", "/apis", &[("accept", accept)], "").await;
    let media = reply.headers["content-type"].to_str().unwrap();
    assert_eq!(media, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    let all = reply.json();
    assert_eq!(
        (&all["kind"], &all["apiVersion"]),
        (&json!("APIGroupDiscoveryList"), &json!("apidiscovery.k8s.io/v2"))
    );
    let argo =
        all["items"].as_array().unwrap().iter().find(|one| one["metadata"]["name"] == "argoproj.io").unwrap();
    let rollouts = &argo["versions"][0]["resources"][0];
    assert_eq!((&rollouts["resource"], &rollouts["scope"]), (&json!("rollouts"), &json!("Namespaced")));
    assert_eq!(rollouts["subresources"][0]["subresource"], "status");
}

fn settings(rights: Rights) -> Settings {
    Settings { user: "ann".into(), rights, ..Settings::default() }
}

#[tokio::test]
async fn who_may_not_is_refused_in_the_servers_words() {
    let rule = Rule::new(&["patch"], "argoproj.io", &["rollouts/status"]);
    let embedded = Embedded::with(world(), settings(Rights::everything().without(rule))).await;
    embedded.make("web");
    let patch = json!({"status": {"abort": true}});
    let reply = embedded.patch(&format!("{ROLLOUTS}/web/status"), "merge", &patch).await;
    let words = "rollouts.argoproj.io \"web\" is forbidden: User \"ann\" cannot patch resource \"rollouts/status\" in \
                 API group \"argoproj.io\" in the namespace \"shop\"";
    assert_eq!(reply.status(), (403, "Forbidden".into(), words.into()));
    assert_eq!(reply.json()["details"], json!({"name": "web", "group": "argoproj.io", "kind": "rollouts"}));
    assert_eq!(embedded.patch(&format!("{ROLLOUTS}/web"), "merge", &json!({})).await.code, 200);
}

#[tokio::test]
async fn rights_in_one_namespace_do_not_reach_across_all() {
    let read = Rule::new(&["get", "list", "watch"], "argoproj.io", &["rollouts"]).within("shop");
    let embedded = Embedded::with(world(), settings(Rights::only(vec![read]))).await;
    assert_eq!(embedded.get(ROLLOUTS).await.code, 200);
    let (code, _, words) = embedded.get("/apis/argoproj.io/v1alpha1/rollouts").await.status();
    assert_eq!(code, 403);
    assert_eq!(
        words,
        "rollouts.argoproj.io is forbidden: User \"ann\" cannot list resource \"rollouts\" in API group \
         \"argoproj.io\" at the cluster scope"
    );
    embedded.served.set_rights(Rights::everything());
    assert_eq!(embedded.get("/apis/argoproj.io/v1alpha1/rollouts").await.code, 200);
}

#[tokio::test]
async fn reviews_say_what_would_be_refused() {
    let rule = Rule::new(&["patch"], "argoproj.io", &["rollouts/status"]);
    let embedded = Embedded::with(world(), settings(Rights::everything().without(rule))).await;
    let allowed = async |verb: &str, part: &str| {
        let attributes = json!({
            "namespace": "shop", "verb": verb, "group": "argoproj.io", "resource": "rollouts", "subresource": part,
        });
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        });
        let reply = embedded.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await;
        assert_eq!(reply.code, 201);
        reply.json()["status"]["allowed"].as_bool().unwrap()
    };
    assert!(allowed("patch", "").await);
    assert!(!allowed("patch", "status").await);
    assert!(allowed("get", "status").await);

    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": "shop"},
    });
    let rules = embedded.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", &review).await.json();
    let rules = rules["status"]["resourceRules"].as_array().unwrap().clone();
    let status = rules.iter().find(|rule| rule["resources"] == json!(["rollouts/status"])).unwrap();
    assert!(!status["verbs"].as_array().unwrap().contains(&json!("patch")), "{status}");

    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let who = embedded.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review).await.json();
    assert_eq!(who["status"]["userInfo"]["username"], "ann");
}

#[tokio::test]
async fn the_audit_id_of_a_request_comes_back_with_its_answer() {
    let embedded = Embedded::start().await;
    let reply = embedded.ask("GET", ROLLOUTS, &[("audit-id", "op-17")], "").await;
    assert_eq!(reply.headers["audit-id"], "op-17");
    let (one, other) = (embedded.get(ROLLOUTS).await, embedded.get(ROLLOUTS).await);
    assert_ne!(one.headers["audit-id"], other.headers["audit-id"]);
}

#[tokio::test]
async fn what_cannot_be_written_as_asked_is_not_acceptable() {
    let embedded = Embedded::start().await;
    let reply = embedded.ask("GET", ROLLOUTS, &[("accept", "application/vnd.kubernetes.protobuf")], "").await;
    assert_eq!((reply.code, reply.status().1.as_str()), (406, "NotAcceptable"));
    let both = "application/vnd.kubernetes.protobuf, application/json";
    assert_eq!(embedded.ask("GET", ROLLOUTS, &[("accept", both)], "").await.code, 200);
}

#[tokio::test]
async fn kubectl_learns_from_openapi_that_fields_are_validated_by_the_server() {
    let embedded = Embedded::start().await;
    let paths = embedded.get("/openapi/v3").await.json();
    let url = paths["paths"]["apis/argoproj.io/v1alpha1"]["serverRelativeURL"].as_str().unwrap().to_owned();
    let document = embedded.get(&url).await.json();
    let patch =
        &document["paths"]["/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts/{name}"]["patch"];
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Rollout");
    assert!(patch["parameters"].as_array().unwrap().iter().any(|one| one["name"] == "fieldValidation"));
}

#[tokio::test]
async fn kubectl_explain_finds_the_fields_of_argos_kinds() {
    let embedded = Embedded::start().await;
    let document = embedded.get("/openapi/v3/apis/argoproj.io/v1alpha1").await.json();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let of = |kind: &str| {
        let meant = json!([{"group": "argoproj.io", "version": "v1alpha1", "kind": kind}]);
        schemas.values().find(|schema| schema["x-kubernetes-group-version-kind"] == meant).unwrap()
    };
    let canary =
        of("Rollout")["properties"]["spec"]["properties"]["strategy"]["properties"]["canary"].clone();
    assert_eq!(canary["properties"]["steps"]["type"], "array");
    let step = &canary["properties"]["steps"]["items"]["properties"];
    assert_eq!(step["setWeight"], json!({"type": "integer", "format": "int32"}));
    assert_eq!(of("AnalysisRun")["properties"]["kind"]["type"], "string");
    assert_eq!(of("AnalysisTemplate")["properties"]["spec"]["properties"]["metrics"]["type"], "array");
    // Built-in kinds can be patched, and are not described.
    let document = embedded.get("/openapi/v3/api/v1").await.json();
    assert_eq!(document["components"]["schemas"], json!({}));
    assert_eq!(embedded.get("/openapi/v3/apis/nothing/v1").await.code, 404);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_answered_405() {
    let embedded = Embedded::start().await;
    let reply = embedded.post(&format!("{ROLLOUTS}/web"), &rollout("web")).await;
    let words = "create is not supported on resources of kind \"rollouts.argoproj.io\"";
    assert_eq!(reply.status(), (405, "MethodNotAllowed".into(), words.into()));
}

#[tokio::test]
async fn the_token_may_stand_in_the_path_of_the_server() {
    let embedded = Embedded::start().await;
    let ask = async |prefix: &str| {
        let url = format!("{}{prefix}{ROLLOUTS}", embedded.served.url());
        let request = http::Request::get(url).body(http_body_util::Full::default()).unwrap();
        embedded.send(request).await.code
    };
    let token = embedded.served.token();
    assert_eq!(ask(&format!("/{token}")).await, 200);
    assert_eq!(ask(&format!("/{token}x")).await, 401);
    assert_eq!(ask("").await, 401);
    let kubeconfig = embedded.served.kubeconfig_for_kubectl();
    assert!(kubeconfig.contains(&format!("server: {}/{token}\n", embedded.served.url())), "{kubeconfig}");
}

#[tokio::test]
async fn who_acts_as_somebody_else_is_known_by_that_name() {
    let embedded = Embedded::with(world(), settings(Rights::only(Vec::new()))).await;
    let as_bob = [("impersonate-user", "bob"), ("content-type", "application/json")];
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).to_string();
    let reviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let who = embedded.ask("POST", reviews, &as_bob, &review).await.json();
    assert_eq!(who["status"]["userInfo"]["username"], "bob");
    let (code, _, words) = embedded.ask("GET", ROLLOUTS, &as_bob, "").await.status();
    assert!(code == 403 && words.contains("User \"bob\" cannot list"), "{words}");
}
