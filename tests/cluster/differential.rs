//! `rollgate list`, `get` and `status` beside Argo's own plugin on the same live objects: byte for byte, exit codes too.
//!
//! Ages tick while the two programs run one after the other. So `get` is compared through the objects themselves: read
//! before and after (a change in between means trying again), written by the library for every second in which a program
//! may have looked at the clock. Each program has to have printed one of these texts.

use std::path::Path;
use std::process::{Command, Output};

use jiff::{Timestamp, ToSpan};
use rollgate::dump::Dump;
use rollgate::report::get;
use serde_json::{Value, json};

use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;

type Outcome = Result<(), String>;

/// How often a comparison is tried before a difference counts: objects may change, and a clock may tick between two rows.
const TRIES: usize = 15;

macro_rules! scenes {
    ($($test:ident: $scene:ident, $words:literal;)+) => {
        /// The cases of this file.
        pub fn trials() -> Vec<Case> {
            vec![
                $(Case::new(concat!("rollgate reads as the plugin: ", $words), $test),)+
                Case::new("rollgate reads as the plugin: a name that does not exist", absent),
                Case::new("rollgate watches a status as the plugin does", watched),
                Case::disruptive("rollgate lists all namespaces as the plugin does", listed_everywhere),
            ]
        }

        $(fn $test(cluster: &Cluster) -> Outcome {
            same_in(cluster, Scene::$scene)
        })+
    };
}

scenes! {
    healthy: Healthy, "a healthy canary";
    paused_at_step: PausedAtStep, "a canary at a pause";
    paused_for_an_hour: PausedForAnHour, "a canary at a timed pause";
    paused_by_hand: PausedByHand, "a canary paused by hand";
    aborted: Aborted, "an aborted canary";
    stuck: Stuck, "a canary whose pod does not become ready";
    crashing: Crashing, "a canary whose pod crashes";
    deadline_passed: DeadlinePassed, "a canary past its deadline";
    invalid_spec: InvalidSpec, "a canary that the controller refuses";
    scaled_to_zero: ScaledToZero, "a canary without replicas";
    analysis_running: AnalysisRunning, "a canary at an analysis with a job";
    analysis_failed: AnalysisFailed, "a canary that its analysis aborted";
    background_analysis: BackgroundAnalysis, "a canary with a background analysis";
    experiment_running: ExperimentRunning, "a canary at an experiment";
    routed: Routed, "a canary that moves traffic";
    workload_ref: WorkloadRef, "a canary of a Deployment's pods";
    blue_green_healthy: BlueGreenHealthy, "a healthy blue-green";
    blue_green_paused: BlueGreenPaused, "a blue-green whose preview waits";
    blue_green_aborted: BlueGreenAborted, "an aborted blue-green";
}

/// What a program printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code() }
    }
}

/// A program's words, and the time in which it was running.
struct Run {
    said: Said,
    from: Timestamp,
    to: Timestamp,
}

fn timed(run: impl FnOnce() -> Result<Said, String>) -> Result<Run, String> {
    let from = Timestamp::now();
    let said = run()?;
    Ok(Run { said, from, to: Timestamp::now() })
}

fn ours(cluster: &Cluster, args: &[&str]) -> Result<Said, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_rollgate"))
        .args(args)
        .env("KUBECONFIG", cluster.kubeconfig(User::Admin))
        .env("HOME", cluster.folder())
        .env_remove("XDG_CONFIG_HOME")
        .output();
    output.map(|output| Said::of(&output)).map_err(|error| format!("cannot run rollgate: {error}"))
}

fn ours_in(namespace: &Namespace<'_>, args: &[&str]) -> Result<Said, String> {
    ours(namespace.cluster(), &[args, &["--namespace", namespace.name()]].concat())
}

fn plugin_in(namespace: &Namespace<'_>, args: &[&str]) -> Result<Said, String> {
    namespace.plugin(User::Admin, args).map(|output| Said::of(&output))
}

fn same_in(cluster: &Cluster, scene: Scene) -> Outcome {
    let namespace = cluster.namespace("same")?;
    scene.bring(&namespace, "web")?;
    same_tree(&namespace)?;
    same(|| plugin_in(&namespace, &["list", "rollouts"]), || ours_in(&namespace, &["list"]))?;
    same(
        || plugin_in(&namespace, &["status", "web", "--watch=false"]),
        || ours_in(&namespace, &["status", "web"]),
    )
}

/// Compares texts without ages: the plugin's before and after ours must agree, or something changed in between.
fn same(
    theirs: impl Fn() -> Result<Said, String>,
    ours: impl Fn() -> Result<Said, String>,
) -> Result<(), String> {
    let mut seen = String::from("the plugin never said the same twice");
    for _ in 0..TRIES {
        let (before, own, after) = (theirs()?, ours()?, theirs()?);
        if before == own {
            return Ok(());
        }
        if before == after {
            seen = format!("plugin: {before:#?}\nrollgate: {own:#?}");
        }
    }
    Err(seen)
}

fn same_tree(namespace: &Namespace<'_>) -> Outcome {
    let mut seen = String::from("the objects never rested");
    for _ in 0..TRIES {
        let before = objects(namespace)?;
        let theirs = timed(|| plugin_in(namespace, &["get", "rollout", "web", "--no-color"]))?;
        let own = timed(|| ours_in(namespace, &["get", "rollout", "web"]))?;
        if before != objects(namespace)? {
            continue;
        }
        let dump =
            Dump::read(Path::new("-"), &mut before.to_string().as_bytes()).map_err(|it| it.to_string())?;
        let found = dump.find(None, "web").map_err(|it| format!("{it:?}"))?;
        let family = dump.family(found);
        let fits = |run: &Run| {
            run.said.code == Some(0)
                && run.said.err.is_empty()
                && seconds(run).any(|now| get::text(&family, now).out == run.said.out)
        };
        if fits(&theirs) && fits(&own) {
            return Ok(());
        }
        let expected = get::text(&family, theirs.from).out;
        seen = format!("library:\n{expected}\nplugin: {:#?}\nrollgate: {:#?}", theirs.said, own.said);
    }
    Err(seen)
}

/// The middle of every second in which a run may have looked at the clock: stored times are whole seconds, so one moment
/// stands for all between two of them.
fn seconds(run: &Run) -> impl Iterator<Item = Timestamp> {
    let middle =
        |second: i64| Timestamp::from_second(second).and_then(|it| it.checked_add(500.milliseconds()));
    (run.from.as_second()..=run.to.as_second()).filter_map(move |second| middle(second).ok())
}

/// Reads everything that the tree is made of, as one list.
fn objects(namespace: &Namespace<'_>) -> Result<Value, String> {
    let mut items = Vec::new();
    for (group, plural) in [
        ("apis/argoproj.io/v1alpha1", "rollouts"),
        ("apis/argoproj.io/v1alpha1", "analysisruns"),
        ("apis/argoproj.io/v1alpha1", "experiments"),
        ("apis/apps/v1", "replicasets"),
        ("apis/apps/v1", "deployments"),
        ("api/v1", "pods"),
    ] {
        let path = format!("/{group}/namespaces/{}/{plural}", namespace.name());
        let mut list = namespace.cluster().api().get(&path)?;
        // The list's own version moves with the whole cluster.
        list["metadata"] = Value::Null;
        items.push(list);
    }
    Ok(json!({"apiVersion": "v1", "kind": "List", "items": items}))
}

fn absent(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("same-absent")?;
    for (theirs, own) in [
        (vec!["get", "rollout", "none", "--no-color"], vec!["get", "rollout", "none"]),
        (vec!["status", "none", "--watch=false"], vec!["status", "none"]),
        (vec!["status", "none"], vec!["status", "none", "--watch"]),
        (vec!["list", "rollouts"], vec!["list"]),
    ] {
        same(|| plugin_in(&namespace, &theirs), || ours_in(&namespace, &own))?;
    }
    Ok(())
}

fn watched(cluster: &Cluster) -> Outcome {
    for scene in [Scene::Healthy, Scene::PausedAtStep, Scene::BlueGreenAborted] {
        let namespace = cluster.namespace("same-watched")?;
        scene.bring(&namespace, "web")?;
        same(
            || plugin_in(&namespace, &["status", "web", "--timeout", "2s"]),
            || ours_in(&namespace, &["status", "web", "--watch", "--timeout", "2s"]),
        )?;
    }
    Ok(())
}

fn listed_everywhere(cluster: &Cluster) -> Outcome {
    let (one, other) = (cluster.namespace("same-all")?, cluster.namespace("same-all")?);
    Scene::PausedAtStep.bring(&one, "web")?;
    Scene::BlueGreenPaused.bring(&other, "a-name-longer-than-its-column")?;
    let theirs = || Ok(Said::of(&cluster.plugin(User::Admin, &["list", "rollouts", "-A"])?));
    same(theirs, || ours(cluster, &["list", "-A"]))
}
