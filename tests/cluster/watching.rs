//! What the real program shows while the cluster, the link to it or the right to look at it comes and goes.

use serde_json::{Value, json};

use crate::cluster::{Cluster, Namespace, Sample, User};
use crate::harness::Case;
use crate::person::{Seat, address};
use crate::proxy::{Proxy, Rule};

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "a link that is cut makes what is shown stale at once, and live again with the same selection",
            cut,
        ),
        Case::new("a link that falls silent makes what is shown stale within seconds", silent),
        Case::new("a right that is taken away is told, and rows return with it", forbidden),
        Case::new(
            "a cluster without Argo Rollouts is told how to install it, and is watched once it is",
            absent,
        ),
        Case::disruptive("a server that was away and has forgotten the past is listed anew", forgotten),
    ]
}

/// Makes a namespace with Rollouts at rest.
fn fleet<'c>(cluster: &'c Cluster, hint: &str, names: &[&str]) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    for name in names {
        namespace.apply_sample(Sample::Canary, name)?;
    }
    for name in names {
        namespace.wait_phase(name, "Healthy")?;
    }
    Ok(namespace)
}

fn through(proxy: &Proxy, namespace: &Namespace<'_>, user: User) -> Result<Seat, String> {
    let kubeconfig = namespace.cluster().kubeconfig_through(user, proxy.port())?;
    Ok(Seat::with(&kubeconfig).arg("-n").arg(namespace.name()))
}

fn cut(cluster: &Cluster) -> Outcome {
    let namespace = fleet(cluster, "cut", &["alpha", "beta"])?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = through(&proxy, &namespace, User::Operator)?.allowed_in(namespace.name()).sit_down();
    person.sees_row(&["alpha", "Healthy"]);
    person.selects("beta");
    proxy.cut(Rule::Refuse);
    person.sees("stale for");
    person.sees_row(&["alpha", "Healthy"]);
    // Nothing is staged on what may no longer be true.
    person.types("p");
    person.sees("What is shown is stale, not live");
    namespace.change("beta", &json!({"spec": {"replicas": 3}}))?;
    namespace.wait_rollout("beta", "has three pods", |rollout| rollout["status"]["readyReplicas"] == 3)?;
    proxy.rule(Rule::Pass);
    person.types("r");
    person.sees("● live");
    person.sees_row(&["beta", "3/3"]);
    person.sees_selected("beta");
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

fn silent(cluster: &Cluster) -> Outcome {
    let namespace = fleet(cluster, "silent", &["alpha"])?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = through(&proxy, &namespace, User::Operator)?.sit_down();
    person.sees_row(&["alpha", "Healthy"]);
    proxy.silence(true);
    person.sees("stale for");
    person.sees("the API server does not answer");
    person.sees_row(&["alpha", "Healthy"]);
    proxy.silence(false);
    person.sees("● live");
    person.leaves();
    Ok(())
}

fn forbidden(cluster: &Cluster) -> Outcome {
    let namespace = fleet(cluster, "forbidden", &["alpha"])?;
    let user = User::NamespacedOperator;
    let api = cluster.api_as(user)?;
    let known = |allowed: bool| {
        cluster.wait_for("the right is known", || {
            Ok((api.get(&namespace.rollout_path("alpha")).is_ok() == allowed).then_some(()))
        })
    };
    known(true)?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = through(&proxy, &namespace, user)?.sit_down();
    person.sees_row(&["alpha", "Healthy"]);
    namespace.revoke(user)?;
    known(false)?;
    // A stream that was allowed goes on (the API server asks for the right when it is opened), so it is cut.
    proxy.cut(Rule::Pass);
    person.sees("forbidden");
    person.sees(r#"User "namespaced-operator" cannot"#);
    namespace.grant(user)?;
    known(true)?;
    person.types("r");
    person.sees("● live");
    person.sees_row(&["alpha", "Healthy"]);
    person.leaves();
    Ok(())
}

fn absent(_: &Cluster) -> Outcome {
    const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let bare = Cluster::start_bare()?;
    let path = format!("{CRDS}/rollouts.argoproj.io");
    let stored = bare.api().get(&path)?;
    bare.api().delete(&path)?;
    let rollouts = "/apis/argoproj.io/v1alpha1/rollouts";
    let code = || bare.api().get(rollouts).err().and_then(|error| error.code);
    bare.wait_for("Rollouts are unknown", || Ok((code() == Some(404)).then_some(())))?;
    let mut person = Seat::with(&bare.kubeconfig(User::Operator)).sit();
    person.sees("Argo Rollouts is not installed in this cluster");
    person.sees("kubectl apply -n argo-rollouts -f");
    let metadata =
        json!({"name": stored["metadata"]["name"], "annotations": stored["metadata"]["annotations"]});
    let crd = json!({"apiVersion": stored["apiVersion"], "kind": stored["kind"], "metadata": metadata, "spec": stored["spec"]});
    bare.wait_for("the old definition is gone", || Ok(bare.api().get(&path).err().map(|_| ())))?;
    bare.api().create(CRDS, &crd)?;
    bare.wait_for("Rollouts are known", || Ok(code().is_none().then_some(())))?;
    person.types("r");
    person.sees("● live");
    person.sees("There are no Rollouts here");
    person.leaves();
    Ok(())
}

fn forgotten(cluster: &Cluster) -> Outcome {
    let namespace = fleet(cluster, "forgotten", &["alpha", "beta", "gone"])?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = through(&proxy, &namespace, User::Viewer)?.sit_down();
    for name in ["alpha", "beta", "gone"] {
        person.sees_row(&[name, "Healthy"]);
    }
    person.selects("beta");
    proxy.cut(Rule::Refuse);
    person.sees("stale for");
    // What happens now is in no watch any more once the server's memory is gone.
    cluster.api().delete(&namespace.rollout_path("gone"))?;
    namespace
        .change("beta", &json!({"metadata": {"labels": {"touched": "yes"}}, "spec": {"replicas": 2}}))?;
    namespace.wait_rollout("beta", "has two pods", |rollout| rollout["status"]["readyReplicas"] == 2)?;
    cluster.wait_for("it is gone", || {
        Ok(namespace.rollout("gone").err().filter(|error| error.code == Some(404)).map(|_| Value::Null))
    })?;
    cluster.compact()?;
    cluster.kill_api_server();
    proxy.rule(Rule::Pass);
    person.types("r");
    person.screen.read_for(std::time::Duration::from_millis(100));
    assert!(person.has("stale for"), "{}", person.screen.text());
    cluster.restart_api_server()?;
    person.sees("● live");
    person.sees_row(&["beta", "2/2"]);
    person.sees_selected("beta");
    assert!(!person.has("gone"), "{}", person.screen.text());
    person.leaves();
    Ok(())
}
