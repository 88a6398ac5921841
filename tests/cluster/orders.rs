//! Every kind of order, sent as it is spelled to the real API server and followed to the real controller's act.
//!
//! The requests are the library's own bytes. Invariant of each case: the sign by which an order counts as done comes, and a
//! second copy of the request is refused.

use std::sync::Arc;

use jiff::Timestamp;
use rollgate::operation::order::{Run, SetImage, Undo};
use rollgate::operation::policy::Policy;
use rollgate::operation::template::{Holder, Revision};
use rollgate::operation::{
    Acknowledgement, Actor, Answer, Event, Goal, Id, Operation, Order, Proposal, Reading, SiteKind,
    SiteReading, Target, stage,
};
use rollgate::rollout::Rollout;
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{self, Interner};
use serde_json::{Value, json};

use crate::cluster::{Cluster, Namespace, Scene};
use crate::harness::Case;

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("a promotion to a step waits there", promote_to),
        Case::new("a full promotion ends healthy", promote_full),
        Case::new("a retry brings an aborted version back to its first pause", retry),
        Case::new("a cancel ends healthy, during an update and after an abort", cancel),
        Case::new("an undo puts a template back where it lies, in a Deployment", undo_in_a_deployment),
        Case::new("an undo with letters that Go escapes is taken as it was meant", undo_with_odd_letters),
        Case::new("another image begins an update", set_image),
        Case::new("a restart makes every pod anew", restart),
        Case::new("the end of an analysis lets its step pass", terminate_analysis),
        Case::new("the end of an experiment lets its step pass", terminate_experiment),
        Case::new("a blue-green is promoted fully, or cancelled", blue_green),
    ]
}

fn brought<'c>(cluster: &'c Cluster, hint: &str, scene: Scene) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    scene.bring(&namespace, "web")?;
    Ok(namespace)
}

fn path(namespace: &Namespace<'_>, kind: SiteKind, name: &str) -> String {
    kind.path(namespace.name(), name)
}

fn get(namespace: &Namespace<'_>, kind: SiteKind, name: &str) -> Result<Value, String> {
    Ok(namespace.cluster().api().get(&path(namespace, kind, name))?)
}

fn stored(namespace: &Namespace<'_>) -> Result<Value, String> {
    get(namespace, SiteKind::Rollout, "web")
}

fn object(value: Value) -> Result<Object, String> {
    parse::from_value(value, &mut Interner::new()).ok_or_else(|| "of no watched kind".to_owned())
}

fn parsed(value: Value) -> Result<Box<Rollout>, String> {
    match object(value)? {
        Object::Rollout(rollout) => Ok(rollout),
        other => Err(format!("no Rollout: {other:?}")),
    }
}

fn undo(namespace: &Namespace<'_>, holder: &Value, number: i64) -> Result<Box<Undo>, String> {
    let sets = namespace
        .cluster()
        .api()
        .get(&format!("/apis/apps/v1/namespaces/{}/replicasets", namespace.name()))?;
    let rollout = parsed(stored(namespace)?)?;
    let all = Revision::all(sets["items"].as_array().into_iter().flatten(), &rollout.meta.uid);
    let revision = all.into_iter().find(|one| one.number == number).ok_or("no such revision")?;
    Ok(Box::new(Undo { holder: Holder::read(holder).ok_or("no template")?, revision, stable: None }))
}

/// Stages and sends an order, and waits until it counts as done.
fn play(namespace: &Namespace<'_>, order: Order) -> Result<Operation, String> {
    let rollout = parsed(stored(namespace)?)?;
    let rule = format!("test/{}", namespace.name()).parse()?;
    let target = Target {
        context: "test".into(),
        server: "https://test".into(),
        user: "admin".into(),
        key: rollout.meta.key.clone(),
        uid: rollout.meta.uid.clone(),
    };
    let proposal = Proposal {
        order,
        id: Id("019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b".into()),
        target,
        policy: Arc::new(Policy::new(vec![rule], Vec::new())),
        role: None,
        last_promotion: None,
        judged: None,
    };
    let mut operation = stage(proposal, &rollout, Timestamp::now()).map_err(|refusal| refusal.to_string())?;
    let digest = operation.digest();
    operation.on(Event::Armed, Timestamp::now());
    let said = Acknowledgement::default();
    operation.on(Event::Acknowledged { digest, actor: Actor::default(), said }, Timestamp::now());
    operation.on(Event::Recorded { entry: 1 }, Timestamp::now());
    let (api, request) = (namespace.cluster().api(), operation.request().clone());
    let answer = api.patch_spelled(&request.path, &request.body)?;
    let resource_version = answer["metadata"]["resourceVersion"].as_str().unwrap_or_default().into();
    operation.on(Event::Answered(Answer::Accepted { resource_version }), Timestamp::now());
    match api.patch_spelled(&request.path, &request.body) {
        Err(error) if error.code == Some(422) => {}
        other => return Err(format!("a second copy was answered with {other:?}")),
    }
    namespace.cluster().wait_for("the order's sign", || {
        look(namespace, &mut operation)?;
        match operation.state().word() {
            "observed" => Ok(Some(())),
            word => Err(format!("it is {word}")),
        }
    })?;
    Ok(operation)
}

/// Tells the operation what a watch would.
fn look(namespace: &Namespace<'_>, operation: &mut Operation) -> Outcome {
    let rollout = parsed(stored(namespace)?)?;
    operation.on(Event::Seen(Box::new(Reading::watched(&rollout))), Timestamp::now());
    let site = operation.site();
    let reading = match site.kind {
        SiteKind::AnalysisRun | SiteKind::Experiment => match object(get(namespace, site.kind, &site.name)?)?
        {
            Object::AnalysisRun(run) => SiteReading::watched_analysis(&run),
            Object::Experiment(run) => SiteReading::watched_experiment(&run),
            other => return Err(format!("no run: {other:?}")),
        },
        _ => return Ok(()),
    };
    operation.on(Event::SeenSite(Box::new(reading)), Timestamp::now());
    Ok(())
}

fn waits_at(namespace: &Namespace<'_>, index: i64) -> Outcome {
    let there = |rollout: &Value| {
        rollout["status"]["currentStepIndex"] == index && rollout["status"]["phase"] == "Paused"
    };
    namespace.wait_rollout("web", &format!("waits at step {index}"), there).map(drop)
}

fn promote_to(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("promote-to")?;
    Scene::PausedForAnHour.bring(&namespace, "web")?;
    let steps = json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 40}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]);
    namespace.change("web", &json!({"spec": {"strategy": {"canary": {"steps": steps}}}}))?;
    waits_at(&namespace, 1)?;
    play(&namespace, Order::PromoteTo(Goal::Step(3)))?;
    waits_at(&namespace, 3)?;
    play(&namespace, Order::PromoteTo(Goal::Weight(60)))?;
    waits_at(&namespace, 5)
}

fn promote_full(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "promote-full", Scene::PausedAtStep)?;
    play(&namespace, Order::PromoteFull)?;
    namespace.wait_phase("web", "Healthy").map(drop)
}

fn retry(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "retry", Scene::Aborted)?;
    play(&namespace, Order::Retry)?;
    waits_at(&namespace, 1)
}

fn cancel(cluster: &Cluster) -> Outcome {
    for scene in [Scene::PausedAtStep, Scene::Aborted] {
        let namespace = brought(cluster, "cancel", scene)?;
        let holder = stored(&namespace)?;
        let stable = holder["status"]["stableRS"].clone();
        play(&namespace, Order::Cancel(undo(&namespace, &holder, 1)?))?;
        let ended = namespace.wait_phase("web", "Healthy")?;
        assert_eq!(ended["status"]["currentPodHash"], stable, "{scene:?}: no third version was made");
    }
    Ok(())
}

fn undo_in_a_deployment(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "undo-workload", Scene::WorkloadRef)?;
    let holder = get(&namespace, SiteKind::Deployment, "web")?;
    let operation = play(&namespace, Order::Undo(undo(&namespace, &holder, 1)?))?;
    assert!(operation.request().path.contains("/deployments/web?"), "{}", operation.request().path);
    namespace.wait_phase("web", "Healthy").map(drop)
}

/// A text with `<`, `>` and `&` stands in the template that is put back, and in the one that is there.
fn undo_with_odd_letters(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "undo-letters", Scene::Healthy)?;
    let text =
        |text: &str| json!({"spec": {"template": {"metadata": {"annotations": {"example.com/a-b": text}}}}});
    namespace.change("web", &text("<1> & 2"))?;
    waits_at(&namespace, 1)?;
    play(&namespace, Order::PromoteFull)?;
    namespace.wait_phase("web", "Healthy")?;
    namespace.change("web", &text("3 > 2 && \u{2028}"))?;
    waits_at(&namespace, 1)?;
    let holder = stored(&namespace)?;
    let number = holder["metadata"]["annotations"]["rollout.argoproj.io/revision"]
        .as_str()
        .and_then(|n| n.parse::<i64>().ok());
    let before = number.ok_or("no revision")? - 1;
    play(&namespace, Order::Undo(undo(&namespace, &holder, before)?))?;
    let ended = namespace.wait_phase("web", "Healthy")?;
    assert_eq!(ended["spec"]["template"]["metadata"]["annotations"]["example.com/a-b"], "<1> & 2");
    Ok(())
}

fn set_image(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "set-image", Scene::Healthy)?;
    let holder = Holder::read(&stored(&namespace)?).ok_or("no template")?;
    let image = SetImage { holder, container: "app".into(), image: "rollgate.test/app:v7".into() };
    play(&namespace, Order::SetImage(Box::new(image)))?;
    waits_at(&namespace, 1)
}

fn restart(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "restart", Scene::Healthy)?;
    let names = || -> Result<Vec<String>, String> {
        let pods = cluster.api().get(&format!("/api/v1/namespaces/{}/pods", namespace.name()))?;
        let all = pods["items"].as_array().into_iter().flatten();
        Ok(all.filter_map(|pod| pod["metadata"]["name"].as_str()).map(str::to_owned).collect())
    };
    let before = names()?;
    play(&namespace, Order::Restart)?;
    let after = names()?;
    assert!(before.len() == 5 && before.iter().all(|name| !after.contains(name)), "{before:?} {after:?}");
    Ok(())
}

fn first(namespace: &Namespace<'_>, plural: &str) -> Result<Value, String> {
    let path = format!("/apis/argoproj.io/v1alpha1/namespaces/{}/{plural}", namespace.name());
    let all = namespace.cluster().api().get(&path)?;
    let mut one = all["items"][0].clone();
    // The members of a list do not say of which kind they are.
    one["apiVersion"] = json!("argoproj.io/v1alpha1");
    one["kind"] = json!(if plural == "experiments" { "Experiment" } else { "AnalysisRun" });
    Ok(one)
}

fn terminate_analysis(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "end-analysis", Scene::AnalysisRunning)?;
    let Object::AnalysisRun(run) = object(first(&namespace, "analysisruns")?)? else {
        return Err("no run".into());
    };
    play(&namespace, Order::Terminate(Box::new(Run::analysis(&run))))?;
    assert_eq!(first(&namespace, "analysisruns")?["status"]["phase"], "Successful");
    waits_at(&namespace, 3)
}

fn terminate_experiment(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "end-experiment", Scene::ExperimentRunning)?;
    let running = || Ok((first(&namespace, "experiments")?["status"]["phase"] == "Running").then_some(()));
    cluster.wait_for("a running Experiment", running)?;
    let Object::Experiment(run) = object(first(&namespace, "experiments")?)? else {
        return Err("no run".into());
    };
    play(&namespace, Order::Terminate(Box::new(Run::experiment(&run))))?;
    waits_at(&namespace, 2)
}

fn blue_green(cluster: &Cluster) -> Outcome {
    let namespace = brought(cluster, "bg-full", Scene::BlueGreenPaused)?;
    play(&namespace, Order::PromoteFull)?;
    namespace.wait_phase("web", "Healthy")?;
    let namespace = brought(cluster, "bg-cancel", Scene::BlueGreenPaused)?;
    let holder = stored(&namespace)?;
    play(&namespace, Order::Cancel(undo(&namespace, &holder, 1)?))?;
    let ended = namespace.wait_phase("web", "Healthy")?;
    assert_eq!(ended["status"]["blueGreen"]["activeSelector"], holder["status"]["stableRS"]);
    Ok(())
}
