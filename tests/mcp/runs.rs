//! AnalysisRuns, Experiments and revisions: whose they are, one of them in full, and that one is to be ended.

use rollgate::ledger::Proposals;
use rollgate::sim::objects::{Kind, Order, Part, Patch, PatchKind, Place, kind};
use serde_json::{Value, json};

use crate::Named;
use crate::assistant::{Assistant, Cluster};
use crate::{embedded, proposing};

pub fn trials() -> Vec<Named> {
    vec![
        ("runs come in pages, each with the rollout that it belongs to", paged),
        ("an experiment comes with its runs, and both name the rollout", experiments),
        ("what has another owner does not belong to a rollout, whatever its name", strangers),
        ("history with a revision tells that one alone, with its pods and images", one_revision),
        ("that a run be ended is proposed, kept, and listed where a person looks", ended),
        ("that a run be ended which is over, absent or another's is refused in words", refused),
    ]
}

/// Says who made an object: a Rollout, or what else is named.
pub fn owner(cluster: &Cluster, rollout: &str) -> Value {
    let path = format!("{}/{rollout}", embedded::ROLLOUTS);
    let object = cluster.runtime.block_on(cluster.embedded.get(&path)).json();
    owned("Rollout", rollout, &object)
}

fn owned(kind: &str, name: &str, object: &Value) -> Value {
    let uid = &object["metadata"]["uid"];
    assert!(uid.is_string(), "{object}");
    json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "name": name, "uid": uid, "controller": true}])
}

/// Makes an object of the namespace `shop`, with a status as a controller would write it, or without one; returns it.
fn made(cluster: &Cluster, kind: &'static Kind, object: Value, status: &Value) -> Value {
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    let order = Order::Create { kind, namespace: "shop", value: object };
    cluster.embedded.turn(|world| world.apply(order)).unwrap();
    if !status.is_null() {
        let body = json!({ "status": status }).to_string();
        let place = Place::new(kind, "shop", &name);
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        // Runs and experiments have no status of their own address (Argo: manifests/crds).
        let part = if kind.plural == "replicasets" { Part::Status } else { Part::Whole };
        cluster.embedded.turn(|world| world.apply(Order::Patch { place: &place, part, patch })).unwrap();
    }
    let group = if kind.plural == "replicasets" { "apps/v1" } else { "argoproj.io/v1alpha1" };
    let path = format!("/apis/{group}/namespaces/shop/{}/{name}", kind.plural);
    cluster.runtime.block_on(cluster.embedded.get(&path)).json()
}

/// Makes an AnalysisRun.
pub fn run(cluster: &Cluster, name: &str, owners: &Value, status: &Value) -> Value {
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": owners},
        "spec": {"metrics": []},
    });
    made(cluster, &kind::ANALYSIS_RUN, object, status)
}

/// Makes an Experiment.
pub fn experiment(cluster: &Cluster, name: &str, owners: &Value, status: &Value) -> Value {
    let template = json!({"name": "baseline", "replicas": 1, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "app", "image": "shop/app:v1"}]}}});
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment",
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": owners},
        "spec": {"templates": [template]},
    });
    made(cluster, &kind::EXPERIMENT, object, status)
}

fn running() -> Value {
    json!({"phase": "Running"})
}

fn names(told: &Value, list: &str) -> Vec<String> {
    let mut names: Vec<String> =
        told[list].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn paged() {
    let cluster = Cluster::with(&["api"]);
    let own = owner(&cluster, "api");
    for name in ["first", "second", "third"] {
        run(&cluster, name, &own, &running());
    }
    let mut assistant = Assistant::start(&cluster);
    let (mut cursor, mut found) = (Value::Null, Vec::new());
    for left in [true, true, false] {
        let told =
            assistant.tell("list_analysis_runs", json!({"rollout": "api", "limit": 1, "cursor": cursor}));
        assert_eq!((&told["matching"], told["next_cursor"].is_string()), (&json!(3), left), "{told}");
        assert_eq!(told["analysis_runs"][0]["rollout"], "api");
        found.extend(names(&told, "analysis_runs"));
        cursor = told["next_cursor"].clone();
    }
    found.sort();
    assert_eq!(found, ["first", "second", "third"]);
    assert_eq!(assistant.tell("list_analysis_runs", json!({"rollout": "other"}))["analysis_runs"], json!([]));
    assert!(assistant.refused("list_analysis_runs", json!({"cursor": "?"})).contains("cursor"));
    let elsewhere = assistant.refused("list_experiments", json!({"namespace": "kube-system"}));
    assert!(elsewhere.contains("\"kube-system\" is not watched"), "{elsewhere}");
}

fn experiments() {
    let cluster = Cluster::with(&["api"]);
    let own = owner(&cluster, "api");
    let of = experiment(&cluster, "compare", &own, &json!({"phase": "Running", "message": "half way"}));
    run(&cluster, "compare-success-rate", &owned("Experiment", "compare", &of), &running());
    let mut assistant = Assistant::start(&cluster);
    let told = assistant.tell("list_experiments", json!({"rollout": "api"}));
    let one = &told["experiments"][0];
    assert_eq!(
        (&one["name"], &one["rollout"], &one["phase"], &one["message"]),
        (&json!("compare"), &json!("api"), &json!("Running"), &json!("half way")),
        "{told}"
    );
    assert!(one.to_string().contains("compare-success-rate"), "its runs are told with it: {one}");
    // A run of an experiment belongs to the Rollout of the experiment.
    let told = assistant.tell("list_analysis_runs", json!({"rollout": "api"}));
    assert_eq!(names(&told, "analysis_runs"), ["compare-success-rate"]);
    assert_eq!(told["analysis_runs"][0]["rollout"], "api");
    let alias = assistant.tell("argo_list_experiments", json!({"rollout_name": "api", "namespace": "shop"}));
    assert_eq!(names(&alias, "experiments"), ["compare"]);
}

fn strangers() {
    let cluster = Cluster::with(&["api", "web"]);
    let own = owner(&cluster, "web");
    run(&cluster, "api-canary", &own, &running());
    experiment(&cluster, "api", &json!([]), &running());
    let mut assistant = Assistant::start(&cluster);
    assert_eq!(assistant.tell("list_analysis_runs", json!({"rollout": "api"}))["analysis_runs"], json!([]));
    assert_eq!(assistant.tell("list_experiments", json!({"rollout": "api"}))["experiments"], json!([]));
    let all = assistant.tell("list_experiments", json!({}));
    assert_eq!(
        (&all["experiments"][0]["name"], &all["experiments"][0]["rollout"]),
        (&json!("api"), &Value::Null)
    );
    assert_eq!(assistant.tell("list_analysis_runs", json!({}))["analysis_runs"][0]["rollout"], "web");
}

/// Makes a ReplicaSet of a revision, and a pod of it.
fn revision(cluster: &Cluster, owners: &Value, number: i64) {
    let (name, hash) = (format!("api-{number}"), format!("h{number}"));
    let labels = json!({"app": "api", "rollouts-pod-template-hash": hash});
    let containers = json!([{"name": "app", "image": format!("shop/app:v{number}")}]);
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": "shop", "labels": labels, "ownerReferences": owners,
            "annotations": {"rollout.argoproj.io/revision": number.to_string()}},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
    });
    let set = made(cluster, &kind::REPLICA_SET, set, &json!({"replicas": 1, "availableReplicas": 1}));
    let of = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": set["metadata"]["uid"], "controller": true}]);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("{name}-x"), "namespace": "shop", "labels": labels, "ownerReferences": of},
        "spec": {"containers": containers},
    });
    let order = Order::Create { kind: &kind::POD, namespace: "shop", value: pod };
    cluster.embedded.turn(|world| world.apply(order)).unwrap();
}

fn one_revision() {
    let cluster = Cluster::with(&["api"]);
    let own = owner(&cluster, "api");
    (1..=3).for_each(|number| revision(&cluster, &own, number));
    cluster.status("api", &json!({"currentPodHash": "h3", "stableRS": "h2"}));
    let mut assistant = Assistant::start(&cluster);
    let numbers = |told: &Value| -> Vec<i64> {
        told["revisions"].as_array().unwrap().iter().map(|it| it["revision"].as_i64().unwrap()).collect()
    };
    let all = assistant.tell("rollout_history", json!({"name": "api"}));
    assert_eq!(numbers(&all), [3, 2, 1], "the newest first: {all}");
    for number in 1..=3 {
        let told = assistant.tell("rollout_history", json!({"name": "api", "revision": number}));
        assert_eq!(numbers(&told), [number], "{told}");
        let one = told["revisions"][0].to_string();
        assert!(
            one.contains(&format!("shop/app:v{number}")) && one.contains(&format!("api-{number}-x")),
            "{one}"
        );
        for other in (1..=3).filter(|other| *other != number) {
            assert!(!one.contains(&format!("shop/app:v{other}")), "{one}");
        }
        assert_eq!((&told["freshness"]["state"], &told["unread"]), (&json!("as_of"), &json!([])));
        let alias =
            assistant.tell("argo_history", json!({"name": "api", "namespace": "shop", "revision": number}));
        assert_eq!(alias["revisions"], told["revisions"]);
    }
    for none in [0, 4, -1] {
        let why = assistant.refused("rollout_history", json!({"name": "api", "revision": none}));
        assert!(why.contains(&format!("revision {none} is not there")), "{why}");
    }
    assert!(
        assistant
            .refused("rollout_history", json!({"name": "api", "revision": "2"}))
            .contains("cannot be read")
    );
}

fn ended() {
    let cluster = proposing::paused();
    let own = owner(&cluster, "api");
    run(&cluster, "background", &own, &running());
    let of = experiment(&cluster, "compare", &own, &running());
    run(&cluster, "compare-rate", &owned("Experiment", "compare", &of), &running());
    let before = cluster.embedded.version();
    let mut assistant = proposing::assistant(&cluster);
    let mut ids = Vec::new();
    for (kind, name) in
        [("AnalysisRun", "background"), ("Experiment", "compare"), ("AnalysisRun", "compare-rate")]
    {
        let given =
            json!({"name": "api", "kind": kind, "run": name, "reason": "it measures the wrong service"});
        let told = assistant.tell("propose_terminate", given);
        let proposal = &told["proposal"];
        assert_eq!((&proposal["state"], &told["new"]), (&json!("open"), &json!(true)), "{told}");
        assert!(proposal["order"].as_str().unwrap().contains(name), "{proposal}");
        ids.push(proposal["id"].as_str().unwrap().to_owned());
    }
    let listed = assistant.tell("list_proposals", json!({}));
    assert_eq!(listed["proposals"].as_array().unwrap().len(), 3);
    // The terminal reads the same table.
    let kept = Proposals::open(&assistant.ledger()).unwrap().list(9, jiff::Timestamp::now()).unwrap();
    for id in &ids {
        let one = kept.iter().find(|kept| *kept.proposed.id.0 == **id).unwrap();
        assert!(one.is_open() && one.proposed.target.key.name.as_ref() == "api");
    }
    assert_eq!(cluster.embedded.version(), before, "nothing was ended");
}

fn refused() {
    let cluster = proposing::paused();
    cluster.embedded.make("web");
    let own = owner(&cluster, "api");
    run(&cluster, "finished", &own, &json!({"phase": "Successful"}));
    run(&cluster, "of-web", &owner(&cluster, "web"), &running());
    run(&cluster, "unbegun", &own, &Value::Null);
    let mut assistant = proposing::assistant(&cluster);
    let mut why = |kind: &str, name: &str| {
        assistant.refused(
            "propose_terminate",
            json!({"name": "api", "kind": kind, "run": name, "reason": "tests"}),
        )
    };
    assert!(why("AnalysisRun", "finished").contains("is over: Successful"));
    assert!(why("AnalysisRun", "of-web").contains("does not belong to this Rollout"));
    assert!(why("AnalysisRun", "unbegun").contains("not yet begun"));
    assert!(why("AnalysisRun", "nobody").contains("No AnalysisRun nobody of this Rollout is known"));
    assert!(why("Experiment", "finished").contains("No Experiment finished"), "the kind is part of the name");
    assert_eq!(assistant.tell("list_proposals", json!({}))["proposals"], json!([]));
}
