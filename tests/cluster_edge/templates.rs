//! Reading the pod templates that an order needs, as an API server gives them.

use rollgate::cluster::fetch;
use rollgate::operation::SiteKind;
use rollgate::rollout::Rollout;
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{self, Interner};
use serde_json::{Value, json};

use crate::fake_server::{Act, FakeServer, json as body, status};

fn rollout(reference: Option<&str>) -> Rollout {
    let mut stored = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 1},
        "spec": {},
    });
    if let Some(kind) = reference {
        stored["spec"]["workloadRef"] = json!({"kind": kind, "name": "base"});
    }
    match parse::from_value(stored, &mut Interner::new()) {
        Some(Object::Rollout(rollout)) => *rollout,
        other => panic!("{other:?}"),
    }
}

fn set(number: i64, owner: &str) -> Value {
    json!({
        "metadata": {
            "name": format!("web-{number}"), "namespace": "shop", "uid": format!("uid-{number}"),
            "annotations": {"rollout.argoproj.io/revision": number.to_string()},
            "labels": {"rollouts-pod-template-hash": format!("h{number}")},
            "ownerReferences": [{"uid": owner, "controller": true}],
        },
        "spec": {"template": {"spec": {"containers": []}}},
    })
}

fn list(items: &[Value], next: &str) -> Vec<Act> {
    body(200, json!({"kind": "ReplicaSetList", "metadata": {"continue": next}, "items": items}).to_string())
}

#[tokio::test]
async fn revisions_of_all_pages_are_the_rollouts_own_and_the_newest_comes_first() {
    let server = FakeServer::start(|seen, _| match seen.query.contains("continue=more") {
        false => list(&[set(1, "uid-web"), set(4, "uid-other"), set(3, "uid-web")], "more"),
        true => list(&[set(2, "uid-web"), set(5, "uid-web")], ""),
    })
    .await;
    let found = fetch::revisions(&server.clients().await, &rollout(None)).await.unwrap();
    assert_eq!(found.iter().map(|one| one.number).collect::<Vec<_>>(), [5, 3, 2, 1]);
    assert!(server.seen().iter().all(|seen| seen.path == "/apis/apps/v1/namespaces/shop/replicasets"));
}

#[tokio::test]
async fn the_template_is_read_where_it_lies() {
    let server = FakeServer::start(|seen, _| {
        let kind = if seen.path.contains("deployments") { "Deployment" } else { "Rollout" };
        let name = seen.path.rsplit('/').next().unwrap_or_default();
        body(200, json!({
            "kind": kind,
            "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "generation": 3},
            "spec": {"template": {"spec": {}}},
        }).to_string())
    })
    .await;
    let clients = server.clients().await;
    let own = fetch::holder(&clients, &rollout(None)).await.unwrap().unwrap();
    assert_eq!((own.site.kind, &*own.site.uid), (SiteKind::Rollout, "uid-web"));
    let other = fetch::holder(&clients, &rollout(Some("Deployment"))).await.unwrap().unwrap();
    assert_eq!((other.site.kind, &*other.site.name), (SiteKind::Deployment, "base"));
    let paths: Vec<String> = server.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(
        paths,
        [
            "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web",
            "/apis/apps/v1/namespaces/shop/deployments/base",
        ]
    );
    assert!(fetch::holder(&clients, &rollout(Some("StatefulSet"))).await.unwrap().is_none());
    assert_eq!(server.seen().len(), 2, "a kind that is not followed is not asked for");
}

#[tokio::test]
async fn a_workload_that_is_not_there_is_none_and_a_refusal_is_a_fault() {
    let gone = FakeServer::start(|_, _| status(404, "NotFound")).await;
    assert!(fetch::holder(&gone.clients().await, &rollout(Some("Deployment"))).await.unwrap().is_none());
    let refused = FakeServer::start(|_, _| status(403, "Forbidden")).await;
    assert!(fetch::holder(&refused.clients().await, &rollout(None)).await.is_err());
    assert!(fetch::revisions(&refused.clients().await, &rollout(None)).await.is_err());
}
