//! Looking at the real cluster: what six users are told of their rights, the real Lease, a dry run that a real admission
//! policy refuses, and a traffic object that contradicts its Rollout.
//!
//! Invariant of each case: looking stores nothing.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rollgate::capability::sight::{Answer, Ruling, Split, TrafficObject, Trial};
use rollgate::capability::wish::{Attention, Wish};
use rollgate::capability::{Act, Board, Sight};
use rollgate::clock::Clock;
use rollgate::cluster::Clients;
use rollgate::cluster::probe::{look_once, try_run};
use rollgate::config::{Connection, Environment};
use rollgate::operation::{Id, Operation, Order, Policy, Proposal, Target, stage};
use rollgate::rollout::Rollout;
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{self, Interner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("probe: six users are told what they may, and what they may not see", users),
        Case::new("probe: a dry run is accepted, overtaken, or refused in admission's words", trial),
        Case::new("probe: a traffic object is read that contradicts its Rollout", contradiction),
        Case::new(
            "probe: the routes that labels choose are read, and those that no longer bear them forgotten",
            chosen,
        ),
    ]
}

fn runtime() -> Result<Runtime, String> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    built.map_err(|error| error.to_string())
}

async fn clients(kubeconfig: &Path) -> Result<Clients, String> {
    let connection = Connection { kubeconfig: Some(kubeconfig.to_path_buf()), ..Connection::default() };
    Clients::connect(&connection, &Environment::default()).await.map_err(|error| error.to_string())
}

/// Looks once at what is wished, and keeps what was seen.
async fn seen(clients: &Clients, wish: &Wish) -> Board {
    let (sights, mut seen) = mpsc::channel(1000);
    look_once(clients, wish, sights, Clock::Machine).await;
    let mut board = Board::default();
    while let Some((sight, at)) = seen.recv().await {
        board.note(sight, at);
    }
    board
}

fn wish(namespace: &Namespace<'_>) -> Wish {
    Wish { namespaces: vec![namespace.name().into()], attention: Attention::Close, ..Wish::default() }
}

fn parsed(value: Value) -> Result<Box<Rollout>, String> {
    match parse::from_value(value, &mut Interner::new()) {
        Some(Object::Rollout(rollout)) => Ok(rollout),
        other => Err(format!("no Rollout: {other:?}")),
    }
}

fn word<T>(answer: Option<&Answer<T>>) -> &'static str {
    match answer {
        None => "none",
        Some(Answer::Seen(_)) => "seen",
        Some(Answer::Missing { .. }) => "missing",
        Some(Answer::Forbidden { .. }) => "forbidden",
        Some(Answer::Failed { .. }) => "failed",
    }
}

/// What a user is told: may patch the status, may patch the spec, the Lease, admission.
fn told(board: &Board) -> [&'static str; 4] {
    let may = |resource: &str| {
        let one =
            board.rights.iter().find(|((_, right), _)| (right.verb, right.resource) == ("patch", resource));
        match one.map(|(_, dated)| &dated.answer) {
            Some(Answer::Seen(Ruling::Allowed)) => "may",
            Some(Answer::Seen(Ruling::Denied { .. })) => "may not",
            other => word(other),
        }
    };
    let lease = word(board.lease.as_ref().map(|dated| &dated.answer));
    [
        may("rollouts/status"),
        may("rollouts"),
        lease,
        word(board.admission.as_ref().map(|dated| &dated.answer)),
    ]
}

fn users(cluster: &Cluster) -> Outcome {
    let (namespace, runtime) = (cluster.namespace("probed")?, runtime()?);
    let expected = [
        (User::Admin, ["may", "may", "seen", "seen"]),
        (User::Operator, ["may", "may", "seen", "forbidden"]),
        (User::Viewer, ["may not", "may not", "seen", "forbidden"]),
        (User::StatusOperator, ["may", "may not", "seen", "forbidden"]),
        (User::NamespacedOperator, ["may", "may", "forbidden", "forbidden"]),
        (User::Nobody, ["may not", "may not", "forbidden", "forbidden"]),
    ];
    for (user, expected) in expected {
        let kubeconfig = cluster.kubeconfig_in(user, namespace.name())?;
        // RBAC's caches lag behind a grant for a moment.
        cluster.wait_for(&format!("what {} is told", user.name()), || {
            let board = runtime.block_on(async {
                Ok::<_, String>(seen(&clients(&kubeconfig).await?, &wish(&namespace)).await)
            })?;
            match told(&board) == expected {
                true => Ok(Some(())),
                false => Err(format!("{:?}, not {expected:?}: {:?}", told(&board), board.lease)),
            }
        })?;
        // The tests' own administrator made the namespace.
        let ours =
            namespace.writes(user)?.into_iter().filter(|event| event.user_agent.starts_with("rollgate/"));
        assert_eq!(ours.count(), 0, "{} wrote", user.name());
    }
    let kubeconfig = cluster.kubeconfig_in(User::Viewer, namespace.name())?;
    let board = runtime
        .block_on(async { Ok::<_, String>(seen(&clients(&kubeconfig).await?, &wish(&namespace)).await) })?;
    let Some(Answer::Seen(lease)) = board.lease.map(|dated| dated.answer) else {
        return Err("no Lease".into());
    };
    assert!(!lease.holder.is_empty());
    let age = Timestamp::now().duration_since(lease.renewed.ok_or("never renewed")?);
    assert!(age < SignedDuration::from_secs(15), "the controller lives: {age}");
    let Some(Answer::Seen(skew)) = board.skew.map(|dated| dated.answer) else {
        return Err("no clock".into());
    };
    assert!(skew.abs() < SignedDuration::from_secs(2), "one machine, one clock: {skew}");
    Ok(())
}

/// Stages a promotion of `web` for whoever these clients are.
fn staged(namespace: &Namespace<'_>, clients: &Clients) -> Result<(Operation, Arc<Policy>), String> {
    let rollout = parsed(namespace.rollout("web")?)?;
    let identity = clients.identity();
    let policy = Arc::new(Policy::new(vec![format!("{}/*", identity.context).parse()?], Vec::new()));
    let target = Target {
        context: identity.context.clone(),
        server: identity.server.clone(),
        user: identity.user.clone(),
        key: rollout.meta.key.clone(),
        uid: rollout.meta.uid.clone(),
    };
    let proposal = Proposal {
        order: Order::Promote,
        id: Id("019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1c".into()),
        target,
        policy: Arc::clone(&policy),
        role: None,
        last_promotion: None,
        judged: None,
    };
    let operation = stage(proposal, &rollout, Timestamp::now()).map_err(|refusal| refusal.to_string())?;
    Ok((operation, policy))
}

/// Tries a staged promotion.
async fn tried(clients: &Clients, staged: &(Operation, Arc<Policy>)) -> Result<Answer<Trial>, String> {
    match try_run(clients, &staged.1, &staged.0.rehearsal()).await {
        Some(Sight::Trial(_, Act::Promote, answer)) => Ok(answer),
        other => Err(format!("{other:?}")),
    }
}

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";

/// A policy that refuses promotions in a namespace, and its binding.
pub fn freeze(name: &str, namespace: &str) -> [(String, Value); 2] {
    let meta = json!({"name": name});
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": meta,
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{"apiGroups": ["argoproj.io"], "apiVersions": ["*"],
                "operations": ["UPDATE"], "resources": ["rollouts/status"]}]},
            // The controller's own writes pass.
            "matchConditions": [{"name": "persons", "expression": "request.userInfo.username != 'argo-rollouts'"}],
            "validations": [{"expression": "false", "message": "no promotions before the sale"}],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": meta,
        "spec": {"policyName": name, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}},
    });
    [
        (format!("{ADMISSION}/validatingadmissionpolicies"), policy),
        (format!("{ADMISSION}/validatingadmissionpolicybindings"), binding),
    ]
}

/// Puts a policy that refuses promotions up, until a try is refused in its words and an administrator is told of it.
fn refused(
    namespace: &Namespace<'_>,
    runtime: &Runtime,
    admin: &Clients,
    tries: &impl AsyncFn() -> Result<Answer<Trial>, String>,
) -> Outcome {
    let cluster = namespace.cluster();
    let name = namespace.name();
    let objects = freeze(name, name);
    for (path, object) in &objects {
        cluster.api().create(path, object)?;
    }
    let refused = cluster.wait_for("a refusal by the policy", || match runtime.block_on(tries())? {
        Answer::Seen(Trial::Refused { why }) => Ok(Some(why)),
        other => Err(format!("{other:?}")),
    })?;
    let words = format!(
        "ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: no promotions before the sale"
    );
    assert!(refused.as_str().ends_with(&words), "{refused}");
    let board = runtime.block_on(seen(admin, &wish(namespace)));
    let Some(Answer::Seen(admitters)) = board.admission.map(|dated| dated.answer) else {
        return Err("no admission".into());
    };
    let ours = admitters.iter().find(|one| one.name.as_str() == name).ok_or("the policy is not told")?;
    assert_eq!((ours.kind, ours.fails_closed), ("ValidatingAdmissionPolicy", true));
    assert_eq!(ours.namespaces, [Arc::from(name)]);
    for (path, _) in &objects {
        cluster.api().delete(&format!("{path}/{name}"))?;
    }
    Ok(())
}

fn trial(cluster: &Cluster) -> Outcome {
    let (namespace, runtime) = (cluster.namespace("tried")?, runtime()?);
    Scene::PausedAtStep.bring(&namespace, "web")?;
    let kubeconfig = |user| cluster.kubeconfig_in(user, namespace.name());
    let operator = runtime.block_on(clients(&kubeconfig(User::StatusOperator)?))?;
    let viewer = runtime.block_on(clients(&kubeconfig(User::Viewer)?))?;
    let before = namespace.rollout("web")?;
    let order = staged(&namespace, &operator)?;
    assert_eq!(runtime.block_on(tried(&operator, &order))?, Answer::Seen(Trial::Accepted));
    let after = namespace.rollout("web")?;
    assert_eq!(after["status"], before["status"], "nothing was stored");
    assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"]);

    let Answer::Forbidden { why } = runtime.block_on(tried(&viewer, &staged(&namespace, &viewer)?))? else {
        return Err("a viewer may promote".into());
    };
    assert!(why.as_str().contains("cannot patch resource \"rollouts/status\""), "{why}");

    let admin = runtime.block_on(clients(&kubeconfig(User::Admin)?))?;
    let by_policy = async || tried(&operator, &order).await;
    refused(&namespace, &runtime, &admin, &by_policy)?;

    // Somebody else promotes: the guards of what was staged before fail.
    cluster.wait_for("the policy to be gone", || match runtime.block_on(tried(&operator, &order))? {
        Answer::Seen(Trial::Accepted) => Ok(Some(())),
        other => Err(format!("{other:?}")),
    })?;
    namespace.change_status("web", &json!({"status": {"pauseConditions": null}}))?;
    cluster.wait_for("the guards to fail", || match runtime.block_on(tried(&operator, &order))? {
        Answer::Seen(Trial::Overtaken) => Ok(Some(())),
        other => Err(format!("{other:?}")),
    })
}

fn contradiction(cluster: &Cluster) -> Outcome {
    let (namespace, runtime) = (cluster.namespace("routed")?, runtime()?);
    let names = json!({"kind": "VirtualService", "plural": "virtualservices", "singular": "virtualservice"});
    let open = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "virtualservices.networking.istio.io"},
        "spec": {"group": "networking.istio.io", "scope": "Namespaced", "names": names,
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": open}]},
    });
    let rollout = parsed(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": namespace.name()},
        "spec": {"strategy": {"canary": {"canaryService": "web-canary", "stableService": "web-stable",
            "trafficRouting": {"istio": {"virtualService": {"name": "web"}}}}}},
        "status": {"canary": {"weights": {"canary": {"weight": 20}, "stable": {"weight": 80}}}},
    }))?;
    let [reference] = rollout.traffic_refs().try_into().map_err(|refs| format!("{refs:?}"))?;
    let wish = Wish { traffic: vec![(rollout.meta.key.clone(), reference.clone())], ..wish(&namespace) };
    let admin = runtime.block_on(clients(&cluster.kubeconfig_in(User::Admin, namespace.name())?))?;
    let key = (rollout.meta.key.clone(), TrafficObject::of(&reference));
    let look = || runtime.block_on(seen(&admin, &wish)).traffic.remove(&key).map(|dated| dated.answer);

    let Some(Answer::Missing { why }) = look() else {
        return Err("a kind that is not there was found".into());
    };
    assert!(why.as_str().contains("CRD is not installed"), "{why}");
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    cluster.api().create(definitions, &definition)?;
    let services = format!("/apis/networking.istio.io/v1/namespaces/{}/virtualservices", namespace.name());
    let to = |service: &str, weight: i64| json!({"destination": {"host": service}, "weight": weight});
    let object = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "web"},
        "spec": {"http": [{"route": [to("web-canary", 5), to("web-stable", 95)]}]},
    });
    cluster.wait_for("the kind to be served", || match cluster.api().create(&services, &object) {
        Ok(_) => Ok(Some(())),
        Err(error) => Err(error.to_string()),
    })?;
    let claimed = rollout.status.weights.map(|weights| weights.canary);
    assert_eq!((claimed, look()), (Some(20), Some(Answer::Seen(Split { canary: Some(5), of: 100 }))));
    cluster.api().delete(&format!("{services}/web"))?;
    assert_eq!(word(look().as_ref()), "missing");
    cluster.api().delete(&format!("{definitions}/virtualservices.networking.istio.io"))?;
    Ok(())
}

/// Defines HTTPRoutes, with any content.
fn http_routes() -> Value {
    let names = json!({"kind": "HTTPRoute", "plural": "httproutes", "singular": "httproute"});
    let open = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        // Without a word on it the server takes no kind of a group of Kubernetes itself.
        "metadata": {"name": "httproutes.gateway.networking.k8s.io",
            "annotations": {"api-approved.kubernetes.io": "unapproved, a test"}},
        "spec": {"group": "gateway.networking.k8s.io", "scope": "Namespaced", "names": names,
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": open}]},
    })
}

fn chosen(cluster: &Cluster) -> Outcome {
    let (namespace, runtime) = (cluster.namespace("chosen")?, runtime()?);
    let labels = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
        {"key": "tier", "operator": "In", "values": ["front", "back"]}, {"key": "old", "operator": "DoesNotExist"}]});
    let rollout = parsed(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": namespace.name()},
        "spec": {"strategy": {"canary": {"canaryService": "web-canary", "stableService": "web-stable",
            "trafficRouting": {"plugins": {"argoproj-labs/gatewayAPI": {"httpRouteSelector": labels}}}}}},
    }))?;
    let [reference] = rollout.traffic_refs().try_into().map_err(|refs| format!("{refs:?}"))?;
    let wish = Wish { traffic: vec![(rollout.meta.key.clone(), reference.clone())], ..wish(&namespace) };
    let admin = runtime.block_on(clients(&cluster.kubeconfig_in(User::Admin, namespace.name())?))?;
    // What is told: the name of each route, or of none, and the canary's share.
    let look = || -> Vec<(String, Option<i64>)> {
        let board = runtime.block_on(seen(&admin, &wish));
        let told = board.traffic.iter().map(|((_, object), dated)| match &dated.answer {
            Answer::Seen(split) => (object.key.name.to_string(), split.canary),
            other => (word(Some(other)).to_owned(), None),
        });
        told.collect()
    };
    assert_eq!(look(), [("missing".to_owned(), None)], "its definition is not installed");
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    cluster.api().create(definitions, &http_routes())?;
    let routes = format!("/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes", namespace.name());
    let route = |name: &str, labels: Value, weight: i64| {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": name, "labels": labels},
            "spec": {"rules": [{"backendRefs": [{"name": "web-canary", "weight": weight},
                {"name": "web-stable", "weight": 100 - weight}]}]},
        })
    };
    cluster.wait_for("the kind to be served", || {
        let first = route("front", json!({"app": "web", "tier": "front"}), 20);
        cluster.api().create(&routes, &first).map(|_| Some(())).map_err(|error| error.to_string())
    })?;
    cluster.api().create(&routes, &route("back", json!({"app": "web", "tier": "back"}), 5))?;
    cluster.api().create(&routes, &route("aged", json!({"app": "web", "tier": "back", "old": "yes"}), 90))?;
    cluster.api().create(&routes, &route("other", json!({"app": "api", "tier": "back"}), 90))?;
    assert_eq!(look(), [("back".to_owned(), Some(5)), ("front".to_owned(), Some(20))]);
    cluster.api().delete(&format!("{routes}/back"))?;
    assert_eq!(look(), [("front".to_owned(), Some(20))]);
    cluster.api().delete(&format!("{routes}/front"))?;
    assert_eq!(look(), [("missing".to_owned(), None)]);
    cluster.api().delete(&format!("{definitions}/httproutes.gateway.networking.k8s.io"))?;
    Ok(())
}
