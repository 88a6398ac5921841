//! Lists: pages that show one version, versions, selectors, and the forms in which objects are told.

use serde_json::{Value, json};

use crate::embedded::{Embedded, ROLLOUTS};

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items.iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

async fn with(names: &[&str]) -> Embedded {
    let embedded = Embedded::start().await;
    names.iter().for_each(|name| drop(embedded.make(name)));
    embedded
}

#[tokio::test]
async fn a_list_says_its_kind_and_version_and_holds_objects_as_they_are_stored() {
    let embedded = with(&["api", "web"]).await;
    let reply = embedded.get(ROLLOUTS).await;
    let list = reply.json();
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("RolloutList"), &json!("argoproj.io/v1alpha1")));
    assert_eq!(list["metadata"], json!({"resourceVersion": embedded.version().to_string()}));
    assert_eq!(names(&list), ["api", "web"]);
    let one = embedded.get(&format!("{ROLLOUTS}/web")).await.json();
    assert_eq!(list["items"][1], one);
    assert_eq!(
        names(&embedded.get("/apis/argoproj.io/v1alpha1/namespaces/other/rollouts").await.json()).len(),
        0
    );
}

#[tokio::test]
async fn pages_show_the_version_of_the_first_whatever_changes_meanwhile() {
    let embedded = with(&["a", "b", "c", "d", "e"]).await;
    let first = embedded.get(&format!("{ROLLOUTS}?limit=2")).await.json();
    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    // One goes, one changes, one goes and comes again, one is new.
    embedded.remove("c");
    embedded.change("d", &json!({"spec": {"replicas": 9}}));
    embedded.remove("e");
    let reborn = embedded.make("e");
    embedded.make("cc");
    let token = first["metadata"]["continue"].as_str().unwrap();
    let second = embedded.get(&format!("{ROLLOUTS}?limit=2&continue={token}")).await.json();
    assert_eq!(names(&second), ["c", "d"]);
    assert_eq!(second["items"][1]["spec"]["replicas"], 3);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert_eq!(second["metadata"]["remainingItemCount"], 1);
    let token = second["metadata"]["continue"].as_str().unwrap();
    let third = embedded.get(&format!("{ROLLOUTS}?limit=2&continue={token}")).await.json();
    assert_eq!(names(&third), ["e"]);
    assert_ne!(third["items"][0]["metadata"]["uid"], json!(reborn.uid()));
    assert_eq!(third["metadata"].get("continue"), None);
    assert_eq!(third["metadata"].get("remainingItemCount"), None);
}

#[tokio::test]
async fn a_page_behind_a_forgotten_history_is_410_with_a_way_on() {
    let embedded = with(&["a", "b", "c"]).await;
    let first = embedded.get(&format!("{ROLLOUTS}?limit=1")).await.json();
    embedded.change("b", &json!({"spec": {"replicas": 9}}));
    embedded.turn(|world| world.objects.forget_history());
    let token = first["metadata"]["continue"].as_str().unwrap();
    let reply = embedded.get(&format!("{ROLLOUTS}?limit=1&continue={token}")).await;
    let (code, reason, words) = reply.status();
    assert_eq!((code, reason.as_str()), (410, "Expired"));
    assert!(
        words.starts_with("The provided continue parameter is too old to display a consistent list result.")
    );
    let status = reply.json();
    let token = status["metadata"]["continue"].as_str().unwrap();
    let rest = embedded.get(&format!("{ROLLOUTS}?continue={token}")).await.json();
    assert_eq!(names(&rest), ["b", "c"]);
    assert_eq!(rest["items"][0]["spec"]["replicas"], 9);
}

#[tokio::test]
async fn a_broken_token_is_a_bad_request() {
    let embedded = with(&["a"]).await;
    let (code, reason, words) = embedded.get(&format!("{ROLLOUTS}?continue=nonsense")).await.status();
    assert_eq!((code, reason.as_str()), (400, "BadRequest"));
    assert!(words.starts_with("continue key is not valid"), "{words}");
}

#[tokio::test]
async fn pages_over_all_namespaces_go_on_behind_namespace_and_name() {
    let embedded = with(&["a"]).await;
    for namespace in ["blue", "red"] {
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        assert_eq!(embedded.post("/api/v1/namespaces", &body).await.code, 201);
        let mut rollout = crate::embedded::rollout("a");
        rollout["metadata"]["namespace"] = json!(namespace);
        let path = format!("/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts");
        assert_eq!(embedded.post(&path, &rollout).await.code, 201);
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/apis/argoproj.io/v1alpha1/rollouts?limit=1&continue={token}");
        let page = embedded.get(&path).await.json();
        seen.push(page["items"][0]["metadata"]["namespace"].as_str().unwrap().to_owned());
        match page["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["blue", "red", "shop"]);
}

#[tokio::test]
async fn an_exact_version_is_listed_as_it_was_until_the_history_is_forgotten() {
    let embedded = with(&["a", "b"]).await;
    let then = embedded.version();
    embedded.remove("a");
    embedded.make("c");
    let path = format!("{ROLLOUTS}?resourceVersion={then}&resourceVersionMatch=Exact");
    let old = embedded.get(&path).await.json();
    assert_eq!(names(&old), ["a", "b"]);
    assert_eq!(old["metadata"]["resourceVersion"], then.to_string());
    embedded.turn(|world| world.objects.forget_history());
    let (code, reason, words) = embedded.get(&path).await.status();
    assert_eq!((code, reason.as_str(), words), (410, "Expired", format!("too old resource version: {then}")));
}

#[tokio::test]
async fn any_version_and_one_not_older_than_are_answered_with_the_newest() {
    let embedded = with(&["a"]).await;
    let then = embedded.version();
    embedded.make("b");
    for query in ["resourceVersion=0".to_owned(), format!("resourceVersion={then}")] {
        assert_eq!(names(&embedded.get(&format!("{ROLLOUTS}?{query}")).await.json()), ["a", "b"], "{query}");
    }
}

#[tokio::test]
async fn a_version_that_lies_ahead_is_waited_for_in_vain() {
    let embedded = with(&["a"]).await;
    let reply = embedded.get(&format!("{ROLLOUTS}?resourceVersion=4000")).await;
    let words = format!("Timeout: Too large resource version: 4000, current: {}", embedded.version());
    assert_eq!(reply.status(), (504, "Timeout".into(), words));
    assert_eq!(reply.json()["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
    assert_eq!(reply.headers["retry-after"], "1");
}

#[tokio::test]
async fn options_that_contradict_each_other_are_invalid() {
    let embedded = with(&[]).await;
    let reply = embedded.get(&format!("{ROLLOUTS}?resourceVersionMatch=Exact")).await;
    let words = "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is \
                 forbidden unless resourceVersion is provided";
    assert_eq!(reply.status(), (422, "Invalid".into(), words.into()));
    let reply = embedded.get(&format!("{ROLLOUTS}?watch=true&sendInitialEvents=true")).await;
    assert_eq!(reply.code, 422);
}

#[tokio::test]
async fn labels_and_fields_choose_and_the_rest_is_not_counted() {
    let embedded = with(&["api", "web", "worker"]).await;
    embedded.change("api", &json!({"metadata": {"labels": {"tier": "front"}}}));
    embedded.change("web", &json!({"metadata": {"labels": {"tier": "front"}}}));
    let front =
        embedded.get(&format!("{ROLLOUTS}?labelSelector=tier%3Dfront,app%20notin%20(api)")).await.json();
    assert_eq!(names(&front), ["web"]);
    let one = embedded.get(&format!("{ROLLOUTS}?fieldSelector=metadata.name%3Dworker")).await.json();
    assert_eq!(names(&one), ["worker"]);
    let page = embedded.get(&format!("{ROLLOUTS}?labelSelector=tier&limit=1")).await.json();
    assert_eq!(names(&page), ["api"]);
    assert!(page["metadata"]["continue"].is_string());
    assert_eq!(page["metadata"].get("remainingItemCount"), None);
    let (code, _, words) =
        embedded.get(&format!("{ROLLOUTS}?fieldSelector=spec.replicas%3D3")).await.status();
    assert_eq!((code, words.as_str()), (400, "field label not supported: spec.replicas"));
    let (code, _, words) = embedded.get(&format!("{ROLLOUTS}?labelSelector=a%3Db%3D")).await.status();
    assert_eq!(code, 400);
    assert!(words.contains("found '='"), "{words}");
}

#[tokio::test]
async fn a_table_has_the_columns_of_the_definition_and_metadata_with_each_row() {
    let embedded = with(&["web"]).await;
    let status = json!({"status": {"replicas": 3, "updatedReplicas": 1, "availableReplicas": 2}});
    embedded.patch(&format!("{ROLLOUTS}/web/status"), "merge", &status).await;
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let table = embedded.ask("GET", ROLLOUTS, &[("accept", accept)], "").await.json();
    assert_eq!((&table["kind"], &table["apiVersion"]), (&json!("Table"), &json!("meta.k8s.io/v1")));
    let columns: Vec<&str> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(columns, ["Name", "Desired", "Current", "Up-to-date", "Available", "Age"]);
    assert_eq!(table["rows"][0]["cells"], json!(["web", 3, 3, 1, 2, "0s"]));
    let object = &table["rows"][0]["object"];
    assert_eq!(object["kind"], "PartialObjectMetadata");
    assert_eq!((&object["metadata"]["namespace"], object.get("spec")), (&json!("shop"), None));
    let none =
        embedded.ask("GET", &format!("{ROLLOUTS}?includeObject=None"), &[("accept", accept)], "").await;
    assert_eq!(none.json()["rows"][0]["object"], Value::Null);
}

#[tokio::test]
async fn metadata_alone_can_be_had() {
    let embedded = with(&["web"]).await;
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let list = embedded.ask("GET", ROLLOUTS, &[("accept", accept)], "").await.json();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!((&list["items"][0]["metadata"]["name"], list["items"][0].get("spec")), (&json!("web"), None));
}

#[tokio::test]
async fn a_list_larger_than_a_piece_arrives_whole() {
    let embedded = Embedded::start().await;
    for nth in 0..300 {
        embedded.make(&format!("web-{nth:03}"));
    }
    let reply = embedded.get(ROLLOUTS).await;
    assert!(reply.text.len() > 128 << 10, "{} bytes show nothing", reply.text.len());
    let names = names(&reply.json());
    assert_eq!((names.len(), names[299].as_str()), (300, "web-299"));
}
