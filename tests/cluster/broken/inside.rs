//! What is broken in the cluster: its controller, what admission lets through, the object that carries the traffic, and the
//! definitions of Argo Rollouts' kinds.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Mended, Outcome, asked, assert_within, before, goes_back, opens_row, paste, paused, title};
use crate::cluster::{CONTEXT, Cluster, Namespace, Sample, Scene, User};
use crate::health::{assert_state, row};
use crate::person::Seat;
use crate::probe::freeze;

/// How long it may take until a controller that stands still is told (README.md).
const CONTROLLER_TOLD: Duration = Duration::from_secs(60);
/// How long it may take until a traffic object is told to contradict its Rollout.
const TRAFFIC_TOLD: Duration = Duration::from_secs(45);

/// The real controller is stopped where it stands, while a confirmation is open, and somebody changes another Rollout.
pub fn controller(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-controller")?;
    namespace.apply_sample(Sample::Canary, "other")?;
    namespace.wait_phase("other", "Healthy")?;
    let mut person = before(&namespace);
    person.stages("p", &title(&namespace));
    person.sees("controller available");
    let mended = Mended(|| cluster.resume_controller());
    cluster.pause_controller()?;
    let since = Instant::now();
    namespace.change("other", &json!({"spec": {"replicas": 4}}))?;
    // The confirmation that is open says it, and that the order would only wait: it can be given all the same.
    person.sees("controller: degraded for");
    person.sees("an accepted order may wait");
    assert_within(since, CONTROLLER_TOLD, "the controller's state in the confirmation");
    person.waits_until_armed();
    person.closes();
    person.sees("controller degraded");
    opens_row(&mut person, "Controller");
    person.sees(&format!("other in {} not taken up by it", namespace.name()));
    for words in ["an accepted order waits until it acts", "get deployments,pods,leases", "logs -l"] {
        person.sees(words);
    }
    let (code, read) = cluster.wait_for("the Lease is told to be stale", || {
        let (code, read) = asked(&namespace, User::Operator, "controller")?;
        Ok((code == 1).then_some((code, read)))
    })?;
    assert_within(since, CONTROLLER_TOLD, "the stale Lease in JSON");
    assert_eq!(code, 1, "{read:#}");
    assert_state(
        &read,
        "controller",
        "degraded",
        "no leader: argo-rollouts/argo-rollouts-controller-lock is not renewed",
    );
    assert!(paste(&read, "controller").contains("-n argo-rollouts logs"), "{read:#}");
    drop(mended);
    goes_back(&mut person);
    person.sees_no_more("controller degraded");
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

/// Opens the confirmation of a promotion, and again until its dry run comes to this.
fn promotes_until(person: &mut crate::person::Person, namespace: &Namespace<'_>, wanted: &str) -> Outcome {
    for _ in 0..60 {
        person.types("p");
        person.sees(&title(namespace));
        person.sees_one_of(&["dry run accepted", "dry run refused"]);
        if person.has(wanted) {
            return Ok(());
        }
        person.closes();
        person.screen.read_for(Duration::from_millis(100));
    }
    Err(format!("the dry run never came to {wanted:?}: {}", person.screen.text()))
}

/// A real ValidatingAdmissionPolicy refuses promotions, for a while.
pub fn admission(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-admission")?;
    let mut person = before(&namespace);
    person.opens();
    promotes_until(&mut person, &namespace, "dry run accepted")?;
    person.waits_until_armed();
    person.closes();
    let objects = freeze(namespace.name(), namespace.name());
    for (path, object) in &objects {
        cluster.api().create(path, object)?;
    }
    let name = namespace.name();
    let by = format!(
        "ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: no promotions before the sale"
    );
    promotes_until(&mut person, &namespace, "dry run refused")?;
    person.sees("The server refused the dry run of this order");
    person.sees(&by);
    person.sees_no_more("acknowledge and send");
    // The key does nothing; what it would have done is asked of the ledger and the audit log below.
    person.acknowledges();
    person.closes();
    opens_row(&mut person, "Promote");
    person.sees(&by);
    goes_back(&mut person);
    opens_row(&mut person, "Admission");
    for words in [&*by, "Read who refused in its words, and ask its owner", "get validatingadmissionpolicies"]
    {
        person.sees(words);
    }
    goes_back(&mut person);
    // One look tries nothing: it tells who may refuse, to whoever may know.
    let (_, read) = asked(&namespace, User::Admin, "read")?;
    let evidence = row(&read, "admission")["evidence"].to_string();
    assert!(
        evidence.contains(&format!("ValidatingAdmissionPolicy {name}: refuses when it fails, in {name}")),
        "{evidence}"
    );
    let (code, read) = asked(&namespace, User::Operator, "admission")?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "admission", "configuration-dependent", "validatingadmissionpolicies");
    assert!(paste(&read, "admission").contains("kind: ClusterRoleBinding"), "{read:#}");
    for (path, _) in &objects {
        cluster.api().delete(&format!("{path}/{name}"))?;
    }
    promotes_until(&mut person, &namespace, "dry run accepted")?;
    person.waits_until_armed();
    person.closes();
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

/// A policy by which the controller cannot change Ingresses of a namespace, and its binding.
fn lock(name: &str) -> [(String, Value); 2] {
    let mut objects = freeze(&format!("{name}-lock"), name);
    let spec = &mut objects[0].1["spec"];
    spec["matchConstraints"]["resourceRules"][0]["apiGroups"] = json!(["networking.k8s.io"]);
    spec["matchConstraints"]["resourceRules"][0]["resources"] = json!(["ingresses"]);
    spec["matchConstraints"]["resourceRules"][0]["operations"] = json!(["CREATE", "UPDATE"]);
    spec["matchConditions"][0]["expression"] = json!("request.userInfo.username == 'argo-rollouts'");
    objects
}

fn annotated(name: &str, value: &str) -> Value {
    json!({"metadata": {"annotations": {name: value}}})
}

/// Keeps the controller from changing the Ingress; returns what does.
fn locked(namespace: &Namespace<'_>, path: &str) -> Result<[(String, Value); 2], String> {
    let cluster = namespace.cluster();
    let objects = lock(namespace.name());
    for (path, object) in &objects {
        cluster.api().create(path, object)?;
    }
    let controllers = cluster.api_as(User::RolloutsController)?;
    cluster.wait_for("the controller may not change the Ingress", || {
        let nth = Instant::now().elapsed().as_nanos().to_string();
        let refused = controllers.merge(path, &annotated("tried", &nth)).err();
        Ok(refused.filter(|error| error.message.contains("denied request")).map(drop))
    })?;
    Ok(objects)
}

/// Removes the Ingress altogether, which the controller may not mend either; it is told, on the screen too.
fn gone(namespace: &Namespace<'_>, person: &mut crate::person::Person, path: &str) -> Outcome {
    namespace.cluster().api().delete(path)?;
    let (code, read) = asked(namespace, User::Operator, "traffic")?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "traffic", "configuration-dependent", "web-web-canary");
    opens_row(person, "Traffic objects");
    person.types("r");
    for words in ["configuration-dependent", "web-web-canary"] {
        person.sees(words);
    }
    Ok(())
}

/// Somebody else sets the weight of the Ingress, and the real controller is kept from setting it back.
pub fn traffic(cluster: &Cluster) -> Outcome {
    const WEIGHT: &str = "nginx.ingress.kubernetes.io/canary-weight";
    let namespace = cluster.namespace("broken-traffic")?;
    Scene::Routed.bring(&namespace, "web")?;
    let path = format!("/apis/networking.k8s.io/v1/namespaces/{}/ingresses/web-web-canary", namespace.name());
    let objects = locked(&namespace, &path)?;
    let mut person = before(&namespace);
    person.opens();
    person.types("p");
    person.sees("dry run accepted");
    person.waits_until_armed();
    cluster.api().merge(&path, &annotated(WEIGHT, "60"))?;
    let since = Instant::now();
    let both = "web claims 10 of 100, Ingress web-web-canary has 60 of 100";
    person.sees("weights: degraded for");
    person.sees(both);
    assert_within(since, TRAFFIC_TOLD, "the weight in the confirmation");
    person.closes();
    opens_row(&mut person, "Weights verified");
    for words in
        [both, "trust the object, not the Rollout", "get ingresses.networking.k8s.io web-web-canary -o yaml"]
    {
        person.sees(words);
    }
    let (code, read) = asked(&namespace, User::Operator, "weights")?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "weights", "degraded", both);
    assert!(paste(&read, "weights").contains("get ingresses.networking.k8s.io web-web-canary"), "{read:#}");
    goes_back(&mut person);
    gone(&namespace, &mut person, &path)?;
    for (path, object) in &objects {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        cluster.api().delete(&format!("{path}/{name}"))?;
    }
    // Whatever the controller is told next has it look at its Ingress again.
    namespace.change("web", &json!({"metadata": {"annotations": {"looked": "again"}}}))?;
    cluster.wait_for("the controller makes its Ingress again", || {
        let (code, _) = asked(&namespace, User::Operator, "weights,traffic")?;
        Ok((code == 0).then_some(()))
    })?;
    goes_back(&mut person);
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

/// The definition of Rollouts is removed, with every Rollout, while one is looked at.
pub fn definitions(cluster: &Cluster) -> Outcome {
    let origin = paused(cluster, "broken-origin")?;
    let status = origin.rollout("web")?["status"].clone();
    // A cluster of its own, in which nothing acts: the Rollout stands as the controller of the other one left it.
    let bare = Cluster::start_bare()?;
    let namespace = bare.namespace("broken-definitions")?;
    namespace.apply_sample(Sample::Canary, "web")?;
    namespace.change_status("web", &json!({"status": status}))?;
    namespace.change_status("web", &json!({"status": {"observedGeneration": "1"}}))?;
    let kubeconfig = bare.kubeconfig(User::Operator);
    let seat = Seat::with(&kubeconfig).arg("-n").arg(namespace.name());
    let mut person = seat.arg("--allow").arg(&format!("{CONTEXT}/{}", namespace.name())).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.stages("p", &title(&namespace));
    bare.api().delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io")?;
    person.sees_no_more("acknowledge and send");
    person.closes();
    person.sees("Argo Rollouts is not installed in this cluster");
    opens_row(&mut person, "Rollouts");
    for words in
        ["configuration-dependent", "the server has no Rollouts", "Install Argo Rollouts' definitions"]
    {
        person.sees(words);
    }
    person.sees("apply --server-side -k");
    let (code, read) = asked(&namespace, User::Operator, "read")?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "read-rollouts", "configuration-dependent", "the server has no Rollouts");
    assert!(paste(&read, "read-rollouts").contains("apply --server-side -k"), "{read:#}");
    goes_back(&mut person);
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}
