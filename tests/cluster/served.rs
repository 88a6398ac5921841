//! kubectl and the Argo plugin against the embedded cluster: what they ask is answered and stored as by a real server.
//!
//! The real cluster beside it says how kubectl prints. Time in the embedded one passes when a test says so.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rollgate::clock::Clock;
use rollgate::sim::model::{Asked, Measured, Metrics};
use rollgate::sim::objects::{Order, Place, kind};
use rollgate::sim::server::{self, Rights, Rule, Served, Settings};
use rollgate::sim::world::World;
use serde_json::{Value, json};

use crate::cluster::{Cluster, Sample, User};
use crate::harness::Case;

type Outcome = Result<(), String>;

const CANARY: &str = include_str!("../support/cluster/samples/canary.yaml");

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    let case = |name: &str, test: fn(&Cluster) -> Outcome| Case::new(format!("served: {name}"), test);
    vec![
        case("kubectl applies, reads, changes and deletes", kubectl_writes),
        case("kubectl follows a Rollout as it changes", kubectl_follows),
        case("kubectl prints as it does of the real server", kubectl_prints),
        case("kubectl's typed requests come as protobuf and are read", kubectl_typed),
        case("kubectl is refused in the words of the real server", kubectl_refused),
        case("the plugin's reads show a canary that pauses", plugin_reads),
        case("the plugin's orders are stored as it sends them", plugin_orders),
        case("the plugin's undo, set image and restart change the spec", plugin_changes),
        case("a user without the right is refused", without_right),
    ]
}

/// A source that has no measurements.
struct Unmeasured;

impl Metrics for Unmeasured {
    fn measure(&self, _: &Asked<'_>, _: Timestamp) -> Measured {
        Measured::Error("there is nothing to measure here".into())
    }
}

/// An embedded cluster and the programs to drive it with.
struct Desk {
    world: Arc<Mutex<World>>,
    served: Served,
    // Ends after what it runs.
    _runtime: tokio::runtime::Runtime,
    kubectl: PathBuf,
    plugin: PathBuf,
    folder: tempfile::TempDir,
}

impl Desk {
    fn of(cluster: &Cluster) -> Result<Self, String> {
        Self::with(cluster, Rights::everything())
    }

    fn with(cluster: &Cluster, rights: Rights) -> Result<Self, String> {
        let told = |error: std::io::Error| error.to_string();
        let begins = Timestamp::now();
        let mut world = World::new(1, begins, Box::new(Unmeasured));
        for name in ["default", "shop"] {
            let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            let order = Order::Create { kind: &kind::NAMESPACE, namespace: "", value };
            world.apply(order).map_err(|refusal| refusal.message)?;
        }
        let world = Arc::new(Mutex::new(world));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(told)?;
        let settings = Settings { user: "ann".into(), rights, ..Settings::default() };
        let served = server::start(Arc::clone(&world), Clock::Still(begins), settings);
        let served = runtime.block_on(served).map_err(told)?;
        let folder = tempfile::tempdir().map_err(told)?;
        std::fs::write(folder.path().join("config"), served.kubeconfig_for_kubectl()).map_err(told)?;
        let (kubectl, plugin) = (cluster.program("kubectl")?, cluster.program("kubectl-argo-rollouts")?);
        Ok(Self { world, served, _runtime: runtime, kubectl, plugin, folder })
    }

    /// Begins with the canary sample, which goes from nothing to its first version.
    fn with_canary(cluster: &Cluster) -> Result<Self, String> {
        let desk = Self::of(cluster)?;
        desk.applies(&canary("web"))?;
        desk.pass(60);
        Ok(desk)
    }

    /// The same, at the first pause of its second version.
    fn with_paused(cluster: &Cluster) -> Result<Self, String> {
        let desk = Self::with_canary(cluster)?;
        desk.plugs(&["set", "image", "web", "app=rollgate.test/app:v2"])?;
        desk.pass(60);
        let rollout = desk.rollout();
        assert_eq!(rollout["status"]["pauseConditions"][0]["reason"], "CanaryPauseStep", "{rollout}");
        Ok(desk)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, seconds: i64) {
        let mut world = self.world();
        let to = world.now() + SignedDuration::from_secs(seconds);
        world.advance(to);
        drop(world);
        self.served.poke();
    }

    fn command(&self, program: &PathBuf, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command.arg("--kubeconfig").arg(self.folder.path().join("config")).args(["--namespace", "shop"]);
        command.args(args);
        command
    }

    fn run(&self, program: &PathBuf, args: &[&str]) -> Result<Output, String> {
        self.command(program, args).output().map_err(|error| error.to_string())
    }

    fn kubectl(&self, args: &[&str]) -> Result<String, String> {
        said(self.run(&self.kubectl, args)?)
    }

    fn plugs(&self, args: &[&str]) -> Result<String, String> {
        said(self.run(&self.plugin, args)?)
    }

    fn applies(&self, manifest: &str) -> Result<String, String> {
        let file = self.folder.path().join("manifest.yaml");
        std::fs::write(&file, manifest).map_err(|error| error.to_string())?;
        self.kubectl(&["apply", "-f", &file.to_string_lossy()])
    }

    fn rollout(&self) -> Value {
        let world = self.world();
        let stored = world.objects.get(&Place::new(&kind::ROLLOUT, "shop", "web"));
        stored.map(|stored| stored.value.clone()).unwrap_or_default()
    }
}

/// What a program said, on which side depending on how it ended.
fn said(output: Output) -> Result<String, String> {
    let (good, text) = match output.status.success() {
        true => (true, output.stdout),
        false => (false, output.stderr),
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    if good { Ok(text) } else { Err(text) }
}

fn canary(name: &str) -> String {
    CANARY.replace("SAMPLE", name)
}

fn kubectl_writes(cluster: &Cluster) -> Outcome {
    let desk = Desk::of(cluster)?;
    assert_eq!(desk.applies(&canary("web"))?, "rollout.argoproj.io/web created\n");
    assert_eq!(desk.applies(&canary("web"))?, "rollout.argoproj.io/web unchanged\n");
    let other = canary("web").replace("replicas: 5", "replicas: 4");
    assert_eq!(desk.applies(&other)?, "rollout.argoproj.io/web configured\n");
    assert_eq!(desk.rollout()["spec"]["replicas"], 4);
    assert_eq!(
        desk.kubectl(&["scale", "rollout", "web", "--replicas=3"])?,
        "rollout.argoproj.io/web scaled\n"
    );
    assert_eq!(desk.rollout()["spec"]["replicas"], 3);
    let patch = r#"{"spec": {"paused": true}}"#;
    desk.kubectl(&["patch", "rollout", "web", "--type=merge", "-p", patch])?;
    let patch = r#"[{"op": "test", "path": "/spec/paused", "value": true}, {"op": "remove", "path": "/spec/paused"}]"#;
    desk.kubectl(&["patch", "rollout", "web", "--type=json", "-p", patch])?;
    assert_eq!(desk.rollout()["spec"].get("paused"), None);
    desk.kubectl(&[
        "patch",
        "ro/web",
        "--subresource=status",
        "--type=merge",
        "-p",
        r#"{"status":{"abort":true}}"#,
    ])?;
    assert_eq!(desk.rollout()["status"]["abort"], true);
    desk.kubectl(&["label", "ro", "web", "team=shop"])?;
    let yaml = desk.kubectl(&["get", "ro", "web", "-o", "yaml"])?;
    assert!(yaml.contains("  labels:\n    team: shop\n") && yaml.contains("kind: Rollout\n"), "{yaml}");
    let described = desk.kubectl(&["describe", "ro", "web"])?;
    assert!(described.contains("Kind:         Rollout\n") && described.contains("Replicas:"), "{described}");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
    assert_eq!(desk.applies(service)?, "service/web created\n");
    let service = service.replace("[{port: 80}]", "[{port: 80, name: a}, {port: 81, name: b}]");
    assert_eq!(desk.applies(&service)?, "service/web configured\n");
    let deleted = desk.kubectl(&["delete", "ro", "web"])?;
    assert_eq!(deleted, "rollout.argoproj.io \"web\" deleted from shop namespace\n");
    assert_eq!(desk.rollout(), Value::Null);
    Ok(())
}

fn kubectl_follows(cluster: &Cluster) -> Outcome {
    use std::io::{BufRead, BufReader};
    let desk = Desk::of(cluster)?;
    desk.applies(&canary("web"))?;
    let mut following = desk.command(&desk.kubectl, &["get", "ro", "-w"]);
    let mut following = following.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let lines = BufReader::new(following.stdout.take().ok_or("no output")?).lines();
    let mut rows = lines
        .map_while(Result::ok)
        .map(|line| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>());
    let mut row = || rows.next().unwrap_or_default();
    assert_eq!(
        [row(), row()],
        [["NAME", "DESIRED"], ["web", "5"]].map(|row| row.map(str::to_owned).to_vec())
    );
    desk.kubectl(&["scale", "ro", "web", "--replicas=7"])?;
    let changed = row();
    // Whatever the lines said, the program ends with the test.
    let ended = following.kill().and_then(|()| following.wait());
    assert_eq!(changed, ["web", "7"]);
    ended.map(|_| ()).map_err(|error| error.to_string())
}

/// Rows of a table without ages, addresses and what follows from chance.
fn rows(text: &str) -> Vec<Vec<String>> {
    let is_age =
        |word: &str| word.ends_with(['s', 'm', 'h']) && word.starts_with(|c: char| c.is_ascii_digit());
    let kept = |line: &str| {
        line.split_whitespace()
            .filter(|word| !is_age(word) && !word.starts_with("10."))
            .map(str::to_owned)
            .collect()
    };
    let mut rows: Vec<Vec<String>> =
        text.lines().map(kept).filter(|row: &Vec<String>| !row.is_empty()).collect();
    rows.sort();
    rows
}

fn kubectl_prints(cluster: &Cluster) -> Outcome {
    let desk = Desk::with_canary(cluster)?;
    let real = cluster.namespace("prints")?;
    real.apply_sample(Sample::Canary, "web")?;
    let healthy = real.wait_phase("web", "Healthy")?;
    let hash = |rollout: &Value| rollout["status"]["currentPodHash"].as_str().unwrap_or_default().to_owned();
    let hashes = (hash(&healthy), hash(&desk.rollout()));
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: told}\ndata: {a: b, c: d}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: \
                   [{port: 80, protocol: TCP}]}\n";
    for manifest in [config, service] {
        desk.applies(manifest)?;
        real.apply(manifest)?;
    }
    let both = |args: &[&str]| -> Result<(String, String), String> {
        let (real, embedded) = (said(real.kubectl(User::Admin, args)?)?, desk.kubectl(args)?);
        // A hash is any stable one.
        Ok((real.replace(&hashes.0, "HASH"), embedded.replace(&hashes.1, "HASH")))
    };
    for args in [
        &["get", "ro"] as &[&str],
        &["get", "ro,rs", "-o", "wide"],
        &["get", "ro", "web", "-o", "custom-columns=A:.metadata.name,B:.spec.replicas,C:.status.phase"],
        &["get", "cm", "told"],
        &["get", "ar,exp,at"],
    ] {
        let (real, embedded) = both(args)?;
        assert_eq!(rows(&embedded), rows(&real), "{args:?}\nreal:\n{real}\nembedded:\n{embedded}");
    }
    // Names of pods, times and addresses differ: headers, and how many rows there are.
    for args in [
        &["get", "pods"] as &[&str],
        &["get", "pods", "-o", "wide"],
        &["get", "svc", "-o", "wide"],
        &["get", "events"],
        &["get", "pods", "-l", "app=web", "--show-labels"],
    ] {
        let (real, embedded) = both(args)?;
        let header = |text: &str| {
            text.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(header(&embedded), header(&real), "{args:?}");
        if args.get(1) == Some(&"pods") {
            assert_eq!(embedded.lines().count(), real.lines().count(), "{args:?}");
        }
    }
    Ok(())
}

fn kubectl_typed(cluster: &Cluster) -> Outcome {
    let rule = Rule::new(&["patch"], "argoproj.io", &["rollouts/status"]);
    let desk = Desk::with(cluster, Rights::everything().without(rule))?;
    assert_eq!(desk.kubectl(&["auth", "can-i", "patch", "rollouts.argoproj.io"])?, "yes\n");
    let cannot =
        desk.run(&desk.kubectl, &["auth", "can-i", "patch", "rollouts.argoproj.io", "--subresource=status"])?;
    assert_eq!(
        (cannot.status.code(), String::from_utf8_lossy(&cannot.stdout).into_owned()),
        (Some(1), "no\n".into())
    );
    let who = desk.kubectl(&["auth", "whoami"])?;
    assert!(who.contains("ann"), "{who}");
    assert_eq!(desk.kubectl(&["create", "namespace", "more"])?, "namespace/more created\n");
    assert_eq!(
        desk.kubectl(&["create", "configmap", "told", "--from-literal=a=b"])?,
        "configmap/told created\n"
    );
    assert_eq!(desk.kubectl(&["get", "cm", "told", "-o", "jsonpath={.data}"])?, r#"{"a":"b"}"#);
    desk.kubectl(&["create", "secret", "generic", "kept", "--from-literal=a=b"])?;
    assert_eq!(desk.kubectl(&["get", "secret", "kept", "-o", "jsonpath={.data}"])?, r#"{"a":"Yg=="}"#);
    desk.kubectl(&["delete", "cm", "told", "--dry-run=server"])?;
    assert_eq!(desk.kubectl(&["get", "cm", "told", "-o", "name"])?, "configmap/told\n");
    Ok(())
}

fn kubectl_refused(cluster: &Cluster) -> Outcome {
    let desk = Desk::with_canary(cluster)?;
    let real = cluster.namespace("refused")?;
    real.apply_sample(Sample::Canary, "web")?;
    real.wait_phase("web", "Healthy")?;
    for args in [
        &["get", "ro", "nobody"] as &[&str],
        &["delete", "ro", "nobody"],
        &["scale", "ro", "nobody", "--replicas=1"],
        &["get", "gates"],
        &["get", "ro", "-l", "a=b="],
        &["get", "ro", "--field-selector=spec.replicas=3"],
        &["get", "deploy", "--field-selector=spec.replicas=3"],
        &["patch", "ro", "web", "-p", r#"{"spec":{"paused":true}}"#],
        &["patch", "ro", "web", "--type=json", "-p", r#"[{"op":"test","path":"/spec/replicas","value":9}]"#],
        &["patch", "ro", "web", "--type=merge", "-p", r#"{"spec":{"replicas":"many"}}"#],
        &["patch", "ro", "web", "--type=merge", "-p", r#"{"metadata":{"resourceVersion":"1"}}"#],
        &["create", "-f", "/dev/null"],
    ] {
        let real_said = said(real.kubectl(User::Admin, args)?);
        let embedded_said = desk.kubectl(args);
        let real_said = real_said.map_err(|error| error.replace(real.name(), "shop"));
        assert_eq!(embedded_said, real_said, "{args:?}");
    }
    Ok(())
}

fn plugin_reads(cluster: &Cluster) -> Outcome {
    let desk = Desk::with_paused(cluster)?;
    let listed = desk.plugs(&["list", "rollouts"])?;
    let row: Vec<&str> = listed.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    assert_eq!(row.get(..5), Some(&["web", "Canary", "Paused", "1/5", "20"][..]), "{listed}");
    let got = desk.plugs(&["get", "rollout", "web", "--no-color"])?;
    assert!(got.contains("Status:          ॥ Paused\n"), "{got}");
    assert!(got.contains("├──# revision:2") && got.contains("└──# revision:1"), "{got}");
    assert!(got.contains("rollgate.test/app:v2 (canary)"), "{got}");
    let status = desk.plugs(&["status", "web", "--watch=false"])?;
    assert_eq!(status, "Paused - CanaryPauseStep\n");
    Ok(())
}

fn plugin_orders(cluster: &Cluster) -> Outcome {
    let desk = Desk::with_paused(cluster)?;
    // Time stands still between the orders: the controller does not act on them.
    assert_eq!(desk.plugs(&["pause", "web"])?, "rollout 'web' paused\n");
    assert_eq!(desk.rollout()["spec"]["paused"], true);
    assert_eq!(desk.plugs(&["promote", "web"])?, "rollout 'web' promoted\n");
    let promoted = desk.rollout();
    assert_eq!(promoted["spec"]["paused"], false);
    assert_eq!(promoted["status"].get("pauseConditions"), None);
    assert_eq!(promoted["status"]["currentStepIndex"], 1, "a pause that is ended is no step skipped");
    assert_eq!(desk.plugs(&["abort", "web"])?, "rollout 'web' aborted\n");
    assert_eq!(desk.rollout()["status"]["abort"], true);
    assert_eq!(desk.plugs(&["retry", "rollout", "web"])?, "rollout 'web' retried\n");
    assert_eq!(desk.rollout()["status"]["abort"], false);
    assert_eq!(desk.plugs(&["promote", "web", "--full"])?, "rollout 'web' fully promoted\n");
    assert_eq!(desk.rollout()["status"]["promoteFull"], true);
    desk.pass(120);
    assert_eq!(desk.plugs(&["status", "web"])?, "Healthy\n");
    Ok(())
}

fn plugin_changes(cluster: &Cluster) -> Outcome {
    let desk = Desk::with_paused(cluster)?;
    assert_eq!(desk.plugs(&["undo", "web"])?, "rollout 'web' undo\n");
    let image = |rollout: &Value| rollout["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image(&desk.rollout()), "rollgate.test/app:v1");
    assert_eq!(
        desk.plugs(&["set", "image", "web", "app=rollgate.test/app:v3"])?,
        "rollout \"web\" image updated\n"
    );
    assert_eq!(image(&desk.rollout()), "rollgate.test/app:v3");
    assert_eq!(desk.plugs(&["restart", "web"])?, "rollout 'web' restarts in 0s\n");
    assert!(desk.rollout()["spec"]["restartAt"].is_string());
    let refused = desk.plugs(&["set", "image", "web", "nobody=x:v1"]).unwrap_err();
    assert_eq!(refused, "Error: unable to find container named \"nobody\"\n");
    Ok(())
}

fn without_right(cluster: &Cluster) -> Outcome {
    let rule = Rule::new(&["patch"], "argoproj.io", &["rollouts/status"]);
    let desk = Desk::with(cluster, Rights::everything().without(rule))?;
    desk.applies(&canary("web"))?;
    let refused = desk.plugs(&["abort", "web"]).unwrap_err();
    assert_eq!(
        refused,
        "Error: rollouts.argoproj.io \"web\" is forbidden: User \"ann\" cannot patch resource \"rollouts/status\" in \
         API group \"argoproj.io\" in the namespace \"shop\"\n"
    );
    Ok(())
}
