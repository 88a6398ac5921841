//! Tests of the test cluster: that it is real, that its witness tells the truth, that its users have their rights alone.

use serde_json::{Value, json};

use crate::cluster::{AuditEvent, Cluster, Namespace, Sample, Scene, User};
use crate::harness::Case;

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "a canary goes from healthy through its pauses to healthy when the plugin promotes it",
            promoted,
        ),
        Case::new("the audit log shows exactly one patch by the operator who promoted", one_patch),
        Case::new("a viewer's patch is refused with 403 and logged", viewer_refused),
        Case::new("a status operator may patch the status and not the spec", status_only),
        Case::new(
            "a namespaced operator has rights where granted until they are revoked",
            granted_and_revoked,
        ),
        Case::new("a user without rights and a stranger are told apart", nobody_and_stranger),
        Case::new("a failing job aborts the update, a passing one lets it go on", analysis),
        Case::new("a canary with an ingress moves traffic by its canary ingress", routed),
        Case::new("a bad image keeps the canary pod from becoming ready", broken_pods),
        Case::new("two clusters side by side do not know each other's users", side_by_side),
        Case::disruptive(
            "a stopped controller leaves a promotion accepted and not acted on",
            controller_stopped,
        ),
        Case::disruptive(
            "a killed controller leaves its lease behind and a new one goes on",
            controller_killed,
        ),
        Case::disruptive(
            "a restarted API server keeps its objects and its certificate",
            api_server_restarted,
        ),
        Case::disruptive("an old version is gone after compaction and a restart", compacted),
    ]
}

fn paused<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    Scene::PausedAtStep.bring(&namespace, "web")?;
    Ok(namespace)
}

fn plugin(namespace: &Namespace<'_>, user: User, args: &[&str]) -> Result<String, String> {
    let output = namespace.plugin(user, args)?;
    let text = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    if output.status.success() { Ok(text.into_owned()) } else { Err(text.into_owned()) }
}

fn writes(namespace: &Namespace<'_>, user: User, count: usize) -> Result<Vec<AuditEvent>, String> {
    namespace.cluster().wait_for("the audit log", || {
        let events = namespace.writes(user)?;
        Ok((events.len() >= count).then_some(events))
    })
}

fn promoted(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "promoted")?;
    let rollout = namespace.rollout("web")?;
    assert_eq!(rollout["status"]["currentStepIndex"], 1);
    assert_eq!(rollout["status"]["updatedReplicas"], 1, "20 % of five pods is one");
    assert_eq!(plugin(&namespace, User::Operator, &["promote", "web"])?, "rollout 'web' promoted\n");
    let timed = namespace
        .wait_rollout("web", "pauses at 60 %", |rollout| rollout["status"]["currentStepIndex"] == 3)?;
    assert_eq!(timed["status"]["updatedReplicas"], 3);
    let healthy = namespace.wait_phase("web", "Healthy")?;
    assert_eq!(healthy["status"]["stableRS"], healthy["status"]["currentPodHash"]);
    assert_ne!(healthy["status"]["stableRS"], rollout["status"]["stableRS"]);
    Ok(())
}

fn one_patch(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "one-patch")?;
    plugin(&namespace, User::Operator, &["promote", "web"])?;
    namespace.wait_rollout("web", "moves on", |rollout| rollout["status"]["currentStepIndex"] == 3)?;
    let events = writes(&namespace, User::Operator, 1)?;
    let [patch] = events.as_slice() else { return Err(format!("{} writes: {events:?}", events.len())) };
    assert_eq!(patch.verb, "patch");
    assert_eq!(patch.request_uri, format!("{}/status", namespace.rollout_path("web")));
    assert_eq!(
        (patch.object_ref.resource.as_str(), patch.object_ref.subresource.as_str()),
        ("rollouts", "status")
    );
    assert_eq!(patch.request_object, json!({"status": {"pauseConditions": null}}));
    assert_eq!(patch.response_status.code, 200);
    assert!(patch.user_agent.starts_with("kubectl-argo-rollouts/"), "{}", patch.user_agent);
    assert!(!patch.audit_id.is_empty());
    assert!(namespace.writes(User::Viewer)?.is_empty());
    Ok(())
}

fn viewer_refused(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("viewer")?;
    namespace.apply_sample(Sample::Canary, "web")?;
    let viewer = cluster.api_as(User::Viewer)?;
    viewer.get("/apis/argoproj.io/v1alpha1/rollouts")?;
    let patch = json!({"spec": {"paused": true}});
    let refusal = viewer.merge(&namespace.rollout_path("web"), &patch).unwrap_err();
    assert_eq!(refusal.code, Some(403));
    assert!(refusal.message.contains(r#"User "viewer" cannot patch resource "rollouts""#), "{refusal}");
    let events = writes(&namespace, User::Viewer, 1)?;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].response_status.code, &events[0].request_object), (403, &Value::Null));
    assert_eq!(namespace.rollout("web")?["spec"].get("paused"), None);
    Ok(())
}

fn status_only(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("status-only")?;
    namespace.apply_sample(Sample::Canary, "web")?;
    let api = cluster.api_as(User::StatusOperator)?;
    let path = namespace.rollout_path("web");
    api.merge(&format!("{path}/status"), &json!({"status": {"message": "seen"}}))?;
    let refusal = api.merge(&path, &json!({"spec": {"paused": true}})).unwrap_err();
    assert_eq!(refusal.code, Some(403));
    Ok(())
}

fn granted_and_revoked(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("granted")?;
    let elsewhere = cluster.namespace("elsewhere")?;
    elsewhere.revoke(User::NamespacedOperator)?;
    for namespace in [&namespace, &elsewhere] {
        namespace.apply_sample(Sample::Canary, "web")?;
    }
    let api = cluster.api_as(User::NamespacedOperator)?;
    let code = |namespace: &Namespace<'_>| match api.get(&namespace.rollout_path("web")) {
        Ok(_) => 200,
        Err(error) => error.code.unwrap_or(0),
    };
    let wait = |namespace: &Namespace<'_>, wanted: u16| {
        cluster.wait_for("the right is known", || Ok((code(namespace) == wanted).then_some(())))
    };
    wait(&namespace, 200)?;
    wait(&elsewhere, 403)?;
    assert_eq!(api.get("/apis/argoproj.io/v1alpha1/rollouts").unwrap_err().code, Some(403));
    namespace.revoke(User::NamespacedOperator)?;
    wait(&namespace, 403)?;
    namespace.grant(User::NamespacedOperator)?;
    wait(&namespace, 200)
}

fn nobody_and_stranger(cluster: &Cluster) -> Outcome {
    let path = "/apis/argoproj.io/v1alpha1/rollouts";
    assert_eq!(cluster.api_as(User::Nobody)?.get(path).unwrap_err().code, Some(403));
    let stranger = crate::cluster::Api::connect(&cluster.kubeconfig_of_stranger()?)?;
    assert_eq!(stranger.get(path).unwrap_err().code, Some(401));
    Ok(())
}

fn analysis(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("analysis")?;
    let failed = Scene::AnalysisFailed.bring(&namespace, "failing")?;
    assert_eq!(failed["status"]["abort"], true);
    let message = failed["status"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains(r#"Metric "smoke" assessed Failed"#), "{message}");
    namespace.apply_sample(Sample::AnalysisPasses, "passing")?;
    namespace.wait_phase("passing", "Healthy")?;
    namespace.set_tag("passing", "v2")?;
    let passed = namespace.wait_phase("passing", "Paused")?;
    assert_eq!(passed["status"]["currentStepIndex"], 3, "the pause after the analysis");
    Ok(())
}

fn routed(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("routed")?;
    let rollout = Scene::Routed.bring(&namespace, "web")?;
    assert_eq!(rollout["status"]["canary"]["weights"]["canary"]["weight"], 10);
    let ingress =
        format!("/apis/networking.k8s.io/v1/namespaces/{}/ingresses/web-web-canary", namespace.name());
    let annotations = cluster.api().get(&ingress)?["metadata"]["annotations"].clone();
    assert_eq!(annotations["nginx.ingress.kubernetes.io/canary-weight"], "10");
    Ok(())
}

fn broken_pods(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("broken")?;
    let rollout = Scene::Crashing.bring(&namespace, "web")?;
    let hash = rollout["status"]["currentPodHash"].as_str().unwrap_or_default();
    let pods = format!(
        "/api/v1/namespaces/{}/pods?labelSelector=rollouts-pod-template-hash={hash}",
        namespace.name()
    );
    let state = cluster.wait_for("the pod crashes", || {
        let pods = cluster.api().get(&pods)?;
        Ok(pods.pointer("/items/0/status/containerStatuses/0").cloned())
    })?;
    assert_eq!(state["state"]["waiting"]["reason"], "CrashLoopBackOff");
    assert_eq!((&state["ready"], &state["restartCount"]), (&json!(false), &json!(5)));
    Ok(())
}

fn side_by_side(cluster: &Cluster) -> Outcome {
    let other = Cluster::start_bare()?;
    assert_ne!(cluster.url(), other.url());
    assert_ne!(cluster.token(User::Admin), other.token(User::Admin));
    let namespace = cluster.namespace("only-here")?;
    let missing = other.api().get(&format!("/api/v1/namespaces/{}", namespace.name())).unwrap_err();
    assert_eq!(missing.code, Some(404));
    let folder = other.folder();
    drop(other);
    assert!(!folder.exists(), "a cluster that ended leaves {}", folder.display());
    Ok(())
}

fn controller_stopped(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "stopped")?;
    cluster.pause_controller()?;
    let before = namespace.rollout("web")?;
    plugin(&namespace, User::Operator, &["promote", "web"])?;
    // The plugin took the pause away; only a controller clears its own mark and takes the next step.
    let after = namespace.rollout("web")?;
    assert_eq!(after["status"].get("pauseConditions"), None);
    assert_eq!(after["status"]["controllerPause"], true);
    assert_eq!(after["status"]["currentStepIndex"], before["status"]["currentStepIndex"]);
    assert_eq!(after["status"]["phase"], "Paused");
    cluster.resume_controller()?;
    namespace.wait_rollout("web", "moves on", |rollout| rollout["status"]["currentStepIndex"] == 3)?;
    Ok(())
}

fn controller_killed(cluster: &Cluster) -> Outcome {
    let lease = "/apis/coordination.k8s.io/v1/namespaces/argo-rollouts/leases/argo-rollouts-controller-lock";
    let holder =
        |api: &crate::cluster::Api| api.get(lease).map(|lease| lease["spec"]["holderIdentity"].clone());
    let namespace = paused(cluster, "killed")?;
    let before = holder(cluster.api())?;
    cluster.kill_controller();
    assert_eq!(holder(cluster.api())?, before);
    cluster.restart_controller()?;
    assert_ne!(holder(cluster.api())?, before);
    plugin(&namespace, User::Operator, &["promote", "web"])?;
    namespace.wait_rollout("web", "moves on", |rollout| rollout["status"]["currentStepIndex"] == 3)?;
    Ok(())
}

fn api_server_restarted(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("restarted")?;
    namespace.apply_sample(Sample::Canary, "web")?;
    let before = namespace.wait_phase("web", "Healthy")?;
    cluster.kill_api_server();
    assert_eq!(namespace.rollout("web").unwrap_err().code, None);
    cluster.restart_api_server()?;
    assert_eq!(namespace.rollout("web")?["metadata"]["uid"], before["metadata"]["uid"]);
    cluster.pause_api_server()?;
    cluster.resume_api_server()
}

fn compacted(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("compacted")?;
    namespace.apply_sample(Sample::Canary, "web")?;
    let old = namespace.wait_phase("web", "Healthy")?["metadata"]["resourceVersion"].clone();
    namespace.change("web", &json!({"metadata": {"labels": {"touched": "yes"}}}))?;
    cluster.compact()?;
    cluster.restart_api_server()?;
    let collection = format!("/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts", namespace.name());
    let old = old.as_str().unwrap_or_default();
    let exact = format!("{collection}?resourceVersion={old}&resourceVersionMatch=Exact");
    assert_eq!(cluster.api().get(&exact).unwrap_err().code, Some(410));
    Ok(())
}
