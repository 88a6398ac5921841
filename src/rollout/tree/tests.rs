use serde_json::{Value, json};

use super::*;
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};
use crate::rollout::{AnalysisRun, Deployment, Experiment};

/// Everything that a test puts into its cluster.
#[derive(Default)]
struct World {
    rollouts: Vec<Rollout>,
    sets: Vec<ReplicaSet>,
    pods: Vec<Pod>,
    runs: Vec<AnalysisRun>,
    experiments: Vec<Experiment>,
    deployments: Vec<Deployment>,
}

impl World {
    fn of(objects: &[Value]) -> Self {
        let mut world = Self::default();
        for object in objects {
            match parse::from_value(object.clone(), &mut Interner::default()).expect("a known kind") {
                Object::Rollout(it) => world.rollouts.push(*it),
                Object::ReplicaSet(it) => world.sets.push(*it),
                Object::Pod(it) => world.pods.push(*it),
                Object::AnalysisRun(it) => world.runs.push(*it),
                Object::Experiment(it) => world.experiments.push(*it),
                Object::Deployment(it) => world.deployments.push(*it),
                Object::Event(it) => panic!("no part of a family: {it:?}"),
            }
        }
        world
    }

    fn family(&self) -> Family<'_> {
        let kin = Kin {
            replica_sets: self.sets.iter().collect(),
            pods: self.pods.iter().collect(),
            analysis_runs: self.runs.iter().collect(),
            experiments: self.experiments.iter().collect(),
            deployments: self.deployments.iter().collect(),
        };
        Family::select(&self.rollouts[0], &kin)
    }

    fn tree(&self) -> Tree<'_> {
        Tree::of(&self.family())
    }

    /// Draws the rows: rails, name, notes.
    fn drawn(&self) -> Vec<String> {
        let rail = |rail: &Rail| match rail {
            Rail::Blank => "  ",
            Rail::Line => "| ",
            Rail::Tee => "+-",
            Rail::Elbow => "`-",
        };
        let rows = self.tree().rows(&Printable::ours("Healthy"));
        rows.iter().map(|row| row.rails.iter().map(rail).collect::<String>() + row.name.as_str()).collect()
    }

    fn notes(&self, name: &str) -> Vec<Note> {
        let rows = self.tree().rows(&Printable::ours("Healthy"));
        rows.into_iter().find(|row| row.name.as_str() == name).expect("a row of this name").notes
    }
}

fn object(version: &str, kind: &str, name: &str, uid: &str, owners: &[&str]) -> Value {
    let owners: Vec<Value> =
        owners.iter().map(|uid| json!({"uid": uid, "name": "o", "kind": "K", "apiVersion": "v1"})).collect();
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop", "uid": uid, "ownerReferences": owners}})
}

fn rollout() -> Value {
    let mut it = object("argoproj.io/v1alpha1", "Rollout", "web", "u", &[]);
    it["spec"] = json!({"strategy": {"canary": {}}});
    // A ReplicaSet without hash would be stable where the status has none either, as in the plugin.
    it.set("stableRS", "none of these".into()).set("currentPodHash", "nor this".into())
}

fn set(name: &str, owner: &str) -> Value {
    let mut it = object("apps/v1", "ReplicaSet", name, name, &[owner]);
    it["status"] = json!({"replicas": 1});
    it
}

fn pod(name: &str, owners: &[&str]) -> Value {
    object("v1", "Pod", name, name, owners)
}

fn run(name: &str, owner: &str) -> Value {
    object("argoproj.io/v1alpha1", "AnalysisRun", name, name, &[owner])
}

fn experiment(name: &str) -> Value {
    object("argoproj.io/v1alpha1", "Experiment", name, name, &["u"])
}

trait With {
    fn revision(self, number: &str) -> Self;
    fn created(self, second: u8) -> Self;
    fn hash(self, hash: &str) -> Self;
    fn images(self, images: &[&str]) -> Self;
    fn set(self, pointer: &str, value: Value) -> Self;
}

impl With for Value {
    fn revision(mut self, number: &str) -> Self {
        self["metadata"]["annotations"]["rollout.argoproj.io/revision"] = number.into();
        self
    }

    fn created(mut self, second: u8) -> Self {
        self["metadata"]["creationTimestamp"] = format!("2026-11-21T12:00:{second:02}Z").into();
        self
    }

    fn hash(mut self, hash: &str) -> Self {
        self["metadata"]["labels"]["rollouts-pod-template-hash"] = hash.into();
        self
    }

    fn images(mut self, images: &[&str]) -> Self {
        let containers: Vec<Value> = images.iter().map(|it| json!({"name": "c", "image": it})).collect();
        self["spec"]["template"]["spec"]["containers"] = containers.into();
        self
    }

    fn set(mut self, field: &str, value: Value) -> Self {
        self["status"][field] = value;
        self
    }
}

#[test]
fn a_rollout_alone_is_one_row_without_rails() {
    let world = World::of(&[rollout()]);
    let rows = world.tree().rows(&Printable::ours("Paused"));
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].kind, rows[0].icon, rows[0].rails.len()), (RowKind::Rollout, Icon::Paused, 0));
    assert_eq!(rows[0].status.as_str(), "Paused");
}

#[test]
fn rails_join_every_row_to_its_parent() {
    let world = World::of(&[
        rollout(),
        set("new", "u").revision("2"),
        pod("new-1", &["new"]),
        pod("new-2", &["new"]),
        run("check", "u").revision("2"),
        set("old", "u").revision("1"),
        pod("old-1", &["old"]),
    ]);
    let expected = [
        "web",
        "+-revision:2",
        "| +-new",
        "| | +-new-1",
        "| | `-new-2",
        "| `-check",
        "`-revision:1",
        "  `-old",
        "    `-old-1",
    ];
    assert_eq!(world.drawn(), expected);
}

#[test]
fn revisions_are_the_union_of_all_kinds_newest_first_and_unreadable_ones_count_as_zero() {
    let world = World::of(&[
        rollout(),
        set("s", "u").revision("9"),
        experiment("e").revision("10"),
        run("r", "u").revision("2"),
        run("none", "u"),
        run("text", "u").revision("two"),
    ]);
    let numbers: Vec<i64> = world.tree().revisions.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [10, 9, 2, 0]);
    assert_eq!(world.tree().revisions[3].analysis_runs.len(), 2);
}

#[test]
fn in_a_revision_sets_come_first_then_experiments_then_runs() {
    let world = World::of(&[rollout(), run("a", "u"), experiment("b"), set("c", "u")]);
    assert_eq!(world.drawn(), ["web", "`-revision:0", "  +-c", "  +-b", "  `-a"]);
}

#[test]
fn an_experiment_holds_its_own_sets_with_pods_and_then_its_runs() {
    let world = World::of(&[
        rollout(),
        run("judge", "trial"),
        experiment("trial"),
        set("candidate", "trial"),
        set("baseline", "trial"),
        pod("p", &["baseline"]),
    ]);
    let expected =
        ["web", "`-revision:0", "  `-trial", "    +-baseline", "    | `-p", "    +-candidate", "    `-judge"];
    assert_eq!(world.drawn(), expected);
}

#[test]
fn sets_are_sorted_by_name_whatever_their_age() {
    let world =
        World::of(&[rollout(), set("b", "u").created(1), set("c", "u").created(0), set("a", "u").created(2)]);
    assert_eq!(world.drawn()[2..], ["  +-a", "  +-b", "  `-c"]);
}

#[test]
fn pods_are_sorted_by_age_then_by_name() {
    let world = World::of(&[
        rollout(),
        set("s", "u"),
        pod("c", &["s"]).created(1),
        pod("b", &["s"]).created(2),
        pod("a", &["s"]).created(2),
    ]);
    assert_eq!(world.drawn()[3..], ["    +-c", "    +-a", "    `-b"]);
}

#[test]
fn runs_are_sorted_by_age_then_backwards_by_name() {
    let runs = [
        run("b", "u").created(2),
        run("a", "u").created(2),
        run("z", "u").created(1),
        run("c", "u").created(3),
    ];
    let world = World::of(&[vec![rollout()], runs.to_vec()].concat());
    assert_eq!(world.drawn()[2..], ["  +-z", "  +-b", "  +-a", "  `-c"]);
}

#[test]
fn experiments_are_sorted_by_age() {
    let world = World::of(&[rollout(), experiment("a").created(2), experiment("b").created(1)]);
    assert_eq!(world.drawn()[2..], ["  +-b", "  `-a"]);
}

#[test]
fn strangers_stay_out() {
    let world = World::of(&[
        rollout(),
        set("s", "u"),
        set("other", "v"),
        pod("p", &["other"]),
        pod("loose", &[]),
        run("r", "v"),
        object("argoproj.io/v1alpha1", "Experiment", "e", "e", &["v"]),
        set("in-e", "e"),
    ]);
    assert_eq!(world.drawn(), ["web", "`-revision:0", "  `-s"]);
    assert_eq!(world.family().pods.len(), 0);
}

#[test]
fn without_a_uid_a_rollout_owns_nothing() {
    let mut nameless = rollout();
    nameless["metadata"]["uid"] = "".into();
    let world = World::of(&[nameless, set("s", "")]);
    assert_eq!(world.drawn(), ["web"]);
}

#[test]
fn a_pod_of_two_sets_stands_under_the_owner_that_it_names_first() {
    let world = World::of(&[rollout(), set("a", "u"), set("b", "u"), pod("p", &["stranger", "b", "a"])]);
    assert_eq!(world.drawn()[2..], ["  +-a", "  `-b", "    `-p"]);
}

#[test]
fn the_deployment_of_a_workload_reference_is_found_by_kind_and_name() {
    let deployment = object("apps/v1", "Deployment", "base", "d", &[]);
    let mut by_name = rollout();
    by_name["spec"]["workloadRef"] = json!({"kind": "Deployment", "name": "base"});
    let mut other_kind = rollout();
    other_kind["spec"]["workloadRef"] = json!({"kind": "PodTemplate", "name": "base"});
    let found = |rollout: Value| World::of(&[rollout, deployment.clone()]).family().deployment.is_some();
    assert_eq!([found(by_name), found(other_kind), found(rollout())], [true, false, false]);
}

#[test]
fn notes_of_a_set_stand_in_the_order_of_the_plugins_column() {
    let mut blue = rollout()
        .set("stableRS", "h".into())
        .set("blueGreen", json!({"activeSelector": "h", "previewSelector": "h"}));
    blue["spec"] = json!({"strategy": {"blueGreen": {}}});
    let mut waiting = set("s", "u").hash("h");
    waiting["metadata"]["annotations"]["scale-down-deadline"] = "2026-11-21T12:01:00Z".into();
    let notes = World::of(&[blue, waiting]).notes("s");
    assert_eq!(notes, [Note::Stable, Note::Active, Note::Delay("2026-11-21T12:01:00Z".into())]);
}

#[test]
fn ping_and_pong_are_noted_after_the_role() {
    let mut it = rollout().set("stableRS", "a".into()).set("currentPodHash", "b".into());
    it["spec"] = json!({"strategy": {"canary": {"pingPong": {"pingService": "x", "pongService": "y"}}}});
    let world = World::of(&[it, set("s", "u").hash("a"), set("c", "u").hash("b")]);
    assert_eq!(world.notes("s"), [Note::Stable, Note::Pong]);
    assert_eq!(world.notes("c"), [Note::Canary, Note::Ping]);
}

#[test]
fn an_empty_deadline_is_no_note() {
    let mut it = set("s", "u");
    it["metadata"]["annotations"]["scale-down-deadline"] = "".into();
    assert_eq!(World::of(&[rollout(), it]).notes("s"), []);
}

#[test]
fn restarts_are_noted_only_where_there_are_any() {
    let with = |restarts: i64| {
        let status =
            json!([{"name": "c", "ready": true, "restartCount": restarts, "state": {"running": {}}}]);
        let mut pod = pod("p", &["s"]).set("containerStatuses", status);
        pod["spec"]["containers"] = json!([{"name": "c"}]);
        World::of(&[rollout(), set("s", "u"), pod]).notes("p")
    };
    assert_eq!(with(0), [Note::Ready(1, 1)]);
    assert_eq!(with(3), [Note::Ready(1, 1), Note::Restarts(3)]);
}

#[test]
fn measurements_are_summed_over_metrics_and_zero_is_left_out() {
    let results = json!([
        {"name": "a", "successful": 2, "inconclusive": 1},
        {"name": "b", "successful": 1, "error": 4, "dryRun": true},
    ]);
    let notes = World::of(&[rollout(), run("r", "u").set("metricResults", results)]).notes("r");
    assert_eq!(
        notes,
        [Note::Measured(Icon::Good, 3), Note::Measured(Icon::Unknown, 1), Note::Measured(Icon::Warning, 4)]
    );
}

#[test]
fn measurements_by_jobs_stand_under_their_run_with_the_time_they_began() {
    let results = json!([{"name": "a", "measurements": [
        {"phase": "Failed", "startedAt": "2026-11-21T11:00:00Z", "metadata": {"job-name": "job-1"}},
        {"phase": "Running", "startedAt": "2026-11-21T11:30:00Z", "value": "7"},
    ]}]);
    let world = World::of(&[rollout(), run("r", "u").set("metricResults", results)]);
    assert_eq!(world.drawn()[2..], ["  `-r", "    `-job-1"]);
    let rows = world.tree().rows(&Printable::ours("Healthy"));
    assert_eq!((rows[3].kind, rows[3].icon, rows[3].uid.as_ref()), (RowKind::Job, Icon::Bad, ""));
    assert_eq!(rows[3].since, Some("2026-11-21T11:00:00Z".parse().unwrap()));
}

fn images(world: &World) -> Vec<String> {
    let text = |it: RunningImage| {
        let tags: Vec<String> = it.tags.iter().map(ToString::to_string).collect();
        format!("{}({})", it.image, tags.join(","))
    };
    world.tree().images().into_iter().map(text).collect()
}

#[test]
fn images_run_only_where_a_set_has_pods_and_are_sorted() {
    let world = World::of(&[
        rollout(),
        set("a", "u").images(&["z:1", "a:1"]),
        set("b", "u").images(&["gone:1"]).set("replicas", 0.into()),
    ]);
    assert_eq!(images(&world), ["a:1()", "z:1()"]);
}

#[test]
fn tags_stand_as_first_seen_and_are_sorted_once_two_sets_share_an_image() {
    let mut blue = rollout()
        .set("stableRS", "s".into())
        .set("blueGreen", json!({"activeSelector": "s", "previewSelector": "p"}));
    blue["spec"] = json!({"strategy": {"blueGreen": {}}});
    let alone = World::of(&[blue.clone(), set("a", "u").hash("s").images(&["i"])]);
    assert_eq!(images(&alone), ["i(stable,active)"]);
    let shared = World::of(&[
        blue,
        set("a", "u").hash("s").images(&["i"]),
        set("b", "u").hash("p").images(&["i"]),
        set("c", "u").hash("s").images(&["i"]),
    ]);
    assert_eq!(images(&shared), ["i(active,preview,stable)"]);
}

#[test]
fn images_of_an_experiment_are_tagged_with_its_template_if_it_is_named() {
    let mut named = set("n", "e").images(&["i", "j"]);
    named["metadata"]["annotations"]["experiment.argoproj.io/template-name"] = "trial".into();
    let world = World::of(&[rollout(), experiment("e"), named, set("m", "e").images(&["k"])]);
    assert_eq!(images(&world), ["i(Σ:trial)", "j(Σ:trial)", "k()"]);
}

#[test]
fn a_phase_has_its_icon() {
    let cases = [
        ("Progressing", Icon::Progressing),
        ("Paused", Icon::Paused),
        ("Healthy", Icon::Good),
        ("Degraded", Icon::Bad),
        ("Error", Icon::Warning),
        ("InvalidSpec", Icon::Warning),
        ("Unknown", Icon::Unknown),
        ("ScaledDown", Icon::Neutral),
        ("Simmering", Icon::Blank),
        ("", Icon::Blank),
    ];
    for (phase, icon) in cases {
        assert_eq!(Icon::of_phase(phase), icon, "{phase}");
    }
}

#[test]
fn a_replica_set_has_its_icon() {
    let words = ["Progressing", "Healthy", "ReplicaFailure", "ScaledDown", "Else"];
    let icons = [Icon::Progressing, Icon::Good, Icon::Bad, Icon::Neutral, Icon::Blank];
    assert_eq!(words.map(Icon::of_replica_set), icons);
}

#[test]
fn a_pod_has_its_icon() {
    let cases = [
        ("Init:CrashLoopBackOff", Icon::Progressing),
        ("Init:Error", Icon::Progressing),
        ("Signal:9", Icon::Bad),
        ("ExitCode:1", Icon::Bad),
        ("CreateContainerConfigError", Icon::Warning),
        ("ErrImagePull", Icon::Warning),
        ("Pending", Icon::Progressing),
        ("Terminating", Icon::Progressing),
        ("ContainerCreating", Icon::Progressing),
        ("Running", Icon::Good),
        ("Completed", Icon::Good),
        ("Failed", Icon::Bad),
        ("InvalidImageName", Icon::Bad),
        ("CrashLoopBackOff", Icon::Bad),
        ("ImagePullBackOff", Icon::Warning),
        ("RegistryUnavailable", Icon::Warning),
        ("Unknown", Icon::Unknown),
        ("OOMKilled", Icon::Blank),
        ("", Icon::Blank),
    ];
    for (status, icon) in cases {
        assert_eq!(Icon::of_pod(status), icon, "{status}");
    }
}

#[test]
fn an_analysis_has_its_icon() {
    let words = ["Successful", "Inconclusive", "Failed", "Error", "Running", "Pending", ""];
    let icons =
        [Icon::Good, Icon::Unknown, Icon::Bad, Icon::Warning, Icon::Progressing, Icon::Waiting, Icon::Blank];
    assert_eq!(words.map(Icon::of_analysis), icons);
}
