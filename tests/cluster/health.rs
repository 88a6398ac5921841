//! `rollgate health` on the real cluster: who may what, what stands still, what is not installed, what does not answer; and
//! the exit code that a script sees.
//!
//! The binary is run as a person runs it, with a home of its own; the audit log is asked whether looking wrote anything.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::broken::{Mended, opens_row};
use crate::cluster::{CONTEXT, Cluster, Namespace, Sample, Scene, User};
use crate::harness::Case;
use crate::installed::{self, Running};
use crate::person::Seat;

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("health: each user is told what their rights let them do, and what is missing", users),
        Case::new("health: what may be ordered is needed only where it is allowed", allowed),
        Case::new("health: a login that is refused is told as one", stranger),
        Case::new("health: looking writes nothing, in the cluster or at home", writes_nothing),
        Case::new("health: a prometheus that the file names is well, gone, or somebody else", metrics),
        Case::new("health: a cluster without Argo Rollouts says what to install", not_installed),
        Case::disruptive(
            "health: a killed controller is told within a minute, and so is its return",
            controller,
        ),
        Case::disruptive(
            "health: the controller's Events and its own metrics show that it works, and fall silent with it",
            signs,
        ),
        Case::disruptive("health: an API server that is down is not called well", api_server),
    ]
}

/// What the program said.
pub struct Said {
    pub code: i32,
    pub out: String,
    err: String,
}

impl Said {
    /// Reads what it printed.
    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.out).map_err(|error| format!("{error}: {}{}", self.out, self.err))
    }
}

/// Runs `rollgate health` in a home of its own, which is empty but for this configuration.
pub fn health(kubeconfig: &Path, config: &str, args: &[&str]) -> Result<Said, String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = home.path().join("rollgate.toml");
    std::fs::write(&file, config).map_err(|error| error.to_string())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollgate"));
    command.env_clear().env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.arg("health").arg("--kubeconfig").arg(kubeconfig).arg("--config").arg(&file);
    if !args.contains(&"--wait") {
        command.args(["--wait", "60s"]);
    }
    command.args(args);
    let output = command.output().map_err(|error| error.to_string())?;
    let left: Vec<_> = std::fs::read_dir(home.path()).map_err(|error| error.to_string())?.flatten().collect();
    assert_eq!(left.len(), 1, "looking leaves nothing at home: {left:?}");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let code = output.status.code().ok_or("it was killed")?;
    Ok(Said { code, out: text(output.stdout), err: text(output.stderr) })
}

/// Asks as a user about a namespace, for JSON.
pub fn asked(namespace: &Namespace<'_>, user: User, args: &[&str]) -> Result<Said, String> {
    let kubeconfig = namespace.cluster().kubeconfig(user);
    health(&kubeconfig, "", &[&["-n", namespace.name(), "-o", "json"], args].concat())
}

/// Returns the row of a capability, the one of a namespace where there are several.
pub fn row(read: &Value, capability: &str) -> Value {
    let rows = read["capabilities"].as_array().cloned().unwrap_or_default();
    rows.into_iter().find(|row| row["capability"] == capability).unwrap_or_default()
}

/// Asserts the state of a row, and words of its reason.
#[track_caller]
pub fn assert_state(read: &Value, capability: &str, state: &str, reason: &str) {
    let row = row(read, capability);
    assert_eq!(row["state"], state, "{row:#}");
    let said = row["reason"].as_str().unwrap_or_default();
    assert!(said.contains(reason), "{reason:?} in {row:#}");
}

/// Makes a namespace whose `web` is paused at a step.
pub fn paused<'c>(cluster: &'c Cluster, name: &str) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(name)?;
    Scene::PausedAtStep.bring(&namespace, "web")?;
    Ok(namespace)
}

fn users(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "health-users")?;
    let leave = format!("{CONTEXT}/{}", namespace.name());
    let code = |user: User, need: &str| -> Result<i32, String> {
        let said = asked(&namespace, user, &["--allow", &leave, "--need", need])?;
        Ok(said.code)
    };
    for (user, need, wanted) in [
        (User::Admin, "promote,pause,abort,undo,controller", 0),
        (User::Operator, "pause,abort", 0),
        (User::Viewer, "read,controller", 0),
        (User::Viewer, "abort", 1),
        (User::StatusOperator, "abort", 0),
        (User::StatusOperator, "pause", 1),
        (User::NamespacedOperator, "read", 0),
        (User::Nobody, "read", 1),
        (User::Nobody, "abort", 1),
    ] {
        assert_eq!(code(user, need)?, wanted, "{user:?} needs {need}");
    }
    let viewer = asked(&namespace, User::Viewer, &["--allow", &leave, "--need", "promote"])?;
    let read = viewer.json()?;
    assert_eq!(viewer.code, 1);
    assert_state(&read, "read-rollouts", "available", "");
    assert_state(&read, "promote", "configuration-dependent", "patch rollouts.argoproj.io/status");
    assert_eq!(read["user"], "viewer");
    let paste = row(&read, "promote")["remedy"]["paste"].as_str().unwrap_or_default().to_owned();
    for word in ["patch", "rollouts/status", "viewer", namespace.name()] {
        assert!(paste.contains(word), "{word}: {paste}");
    }
    assert_state(&read, "autonomous-promotion", "not available by design", "");
    let nobody = asked(&namespace, User::Nobody, &["--need", "read"])?.json()?;
    assert_state(&nobody, "read-rollouts", "configuration-dependent", "rollouts");
    Ok(())
}

fn allowed(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "health-allowed")?;
    let plain = asked(&namespace, User::Operator, &[])?;
    let read = plain.json()?;
    assert_eq!((plain.code, &read["needed"]["standing"]), (0, &json!("all")), "{read:#}");
    assert_eq!(read["needed"]["capabilities"], json!(["read-rollouts", "read-revisions", "controller"]));
    assert_state(&read, "promote", "configuration-dependent", "");
    let wanted = asked(&namespace, User::Operator, &["--need", "promote"])?;
    assert_eq!(wanted.code, 1, "without --allow nothing can be ordered: {}", wanted.out);
    let leave = format!("{CONTEXT}/{}", namespace.name());
    let may = asked(&namespace, User::Operator, &["--allow", &leave])?;
    let read = may.json()?;
    assert_eq!(may.code, 0, "{read:#}");
    assert_state(&read, "promote", "supported", "");
    assert!(read["needed"]["capabilities"].to_string().contains("promote"), "{read:#}");
    // The same in words.
    let kubeconfig = cluster.kubeconfig(User::Operator);
    let text = health(&kubeconfig, "", &["-n", namespace.name(), "--need", "promote"])?;
    assert_eq!(text.code, 1);
    assert!(
        text.out.contains(&format!("context {CONTEXT}, user operator, {}", cluster.url())),
        "{}",
        text.out
    );
    assert!(text.out.contains("needed and not there: "), "{}", text.out);
    assert!(text.out.contains("What to do:") && text.out.contains("--allow"), "{}", text.out);
    let wrong = health(&kubeconfig, "", &["--need", "promot"])?;
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean `promote`?"), "{}", wrong.err);
    Ok(())
}

fn stranger(cluster: &Cluster) -> Outcome {
    let kubeconfig = cluster.kubeconfig_of_stranger()?;
    let said = health(&kubeconfig, "", &["-n", "default", "-o", "json", "--need", "read"])?;
    let read = said.json()?;
    assert_eq!(said.code, 1, "{read:#}");
    assert_state(&read, "read-rollouts", "unavailable", "credentials");
    let said = health(&kubeconfig, "", &["-n", "default", "-o", "json", "--need", "controller"])?;
    assert_eq!(said.code, 2, "{}", said.out);
    let nowhere = health(Path::new("/nonexistent"), "", &["--need", "read"])?;
    assert_eq!((nowhere.code, nowhere.out.as_str()), (2, ""));
    assert!(nowhere.err.contains("/nonexistent"), "{}", nowhere.err);
    Ok(())
}

fn writes_nothing(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "health-silent")?;
    let before = namespace.rollout("web")?;
    let leave = format!("{CONTEXT}/{}", namespace.name());
    for user in [User::Operator, User::StatusOperator] {
        asked(&namespace, user, &["--allow", &leave])?;
        let writes = namespace.writes(user)?;
        assert!(writes.is_empty(), "{writes:?}");
    }
    let after = namespace.rollout("web")?;
    assert_eq!(after["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
    Ok(())
}

/// The address that the template names: one of the cluster's inside, which nobody resolves here.
pub const INSIDE: &str = "http://prometheus.monitoring.svc:9090";

/// Makes a Rollout whose updates are judged by the Prometheus of [`INSIDE`], after these steps.
pub fn measured<'c>(cluster: &'c Cluster, hint: &str, before: &[Value]) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    namespace.apply(&format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: errors}}\nspec:\n  metrics:\n  - name: \
         errors\n    provider: {{prometheus: {{address: '{INSIDE}', query: 'vector(1)'}}}}\n"
    ))?;
    let analysis = json!({"analysis": {"templates": [{"templateName": "errors"}]}});
    let steps = [&[json!({"setWeight": 20})], before, &[analysis]].concat();
    let change = json!({"spec": {"strategy": {"canary": {"steps": steps}}}});
    namespace.apply_changed(Sample::Canary, "web", &change)?;
    namespace.wait_phase("web", "Healthy")?;
    Ok(namespace)
}

fn metrics(cluster: &Cluster) -> Outcome {
    let namespace = measured(cluster, "health-metrics", &[])?;
    let program = installed::prometheus()?;
    let running = Running::start(&program, "")?;
    let config = format!("[[provider]]\naddress = '{INSIDE}'\nreach = '{}'\n", running.url());
    let kubeconfig = cluster.kubeconfig(User::Operator);
    let asked = |config: &str| -> Result<(i32, Value), String> {
        let args = ["-n", namespace.name(), "-o", "json", "--need", "analysis-providers"];
        let said = health(&kubeconfig, config, &args)?;
        Ok((said.code, said.json()?))
    };
    let (code, read) = asked(&config)?;
    assert_eq!(code, 0, "{read:#}");
    assert_state(&read, "analysis-providers", "available", "");
    // Without the setting nobody is asked.
    let (_, read) = asked("")?;
    assert_state(&read, "analysis-providers", "supported", "");
    let paste = row(&read, "analysis-providers")["remedy"]["paste"].clone();
    let paste = paste.as_str().ok_or("nothing to paste")?;
    assert!(paste.contains(&format!("address = \"{INSIDE}\"")), "{paste}");
    assert!(paste.contains("-n monitoring port-forward svc/prometheus 9090:9090"), "{paste}");
    let address = running.address;
    drop(running);
    let (code, read) = asked(&config)?;
    assert_eq!(code, 2, "{read:#}");
    assert_state(&read, "analysis-providers", "unknown", &format!("nothing is reached at http://{address}"));
    let other = std::net::TcpListener::bind(address).map_err(|error| error.to_string())?;
    let answering = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = other.accept().ok()?;
        let _ = stream.read(&mut [0; 1024]);
        let page = "<html><h1>It works!</h1></html>";
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{page}", page.len()).ok()
    });
    let (code, read) = asked(&config)?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "analysis-providers", "degraded", "It works!");
    answering.join().map_err(|_| "the other server failed".to_owned())?;
    Ok(())
}

fn not_installed(_: &Cluster) -> Outcome {
    let bare = Cluster::start_bare()?;
    let namespace = bare.namespace("health-bare")?;
    bare.api().delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io")?;
    let said = bare.wait_for("the kind is gone", || {
        let said = asked(&namespace, User::Admin, &["--need", "read"])?;
        let gone = row(&said.json()?, "read-rollouts")["state"] == "configuration-dependent";
        Ok(gone.then_some(said))
    })?;
    assert_eq!(said.code, 1);
    let row = row(&said.json()?, "read-rollouts");
    assert!(row["remedy"]["paste"].as_str().unwrap_or_default().contains("kubectl"), "{row:#}");
    Ok(())
}

fn controller(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "health-controller")?;
    let need = ["--need", "controller"];
    let well = asked(&namespace, User::Operator, &need)?;
    assert_eq!(well.code, 0, "{}", well.out);
    cluster.kill_controller();
    let told = cluster.wait_for("the controller is told to be gone", || {
        let said = asked(&namespace, User::Operator, &need)?;
        Ok((said.code == 1).then_some(said))
    });
    cluster.restart_controller()?;
    let read = told?.json()?;
    assert_state(&read, "controller", "degraded", "");
    cluster.wait_for("the controller is told to be back", || {
        Ok((asked(&namespace, User::Operator, &need)?.code == 0).then_some(()))
    })
}

/// What a row rests on, as one text.
fn evidence(row: &Value) -> String {
    let all = row["evidence"].as_array().cloned().unwrap_or_default();
    let word = |seen: &Value, field: &str| seen[field].as_str().unwrap_or_default().to_owned();
    let lines = all.iter().map(|seen| format!("{}: {}", word(seen, "how"), word(seen, "said")));
    lines.collect::<Vec<_>>().join("\n")
}

fn signs(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "health-signs")?;
    let config = format!("[controller]\nmetrics = '{}'\n", cluster.controller_metrics());
    let kubeconfig = cluster.kubeconfig(User::Operator);
    let asked = || -> Result<(i32, Value), String> {
        let said =
            health(&kubeconfig, &config, &["-n", namespace.name(), "-o", "json", "--need", "controller"])?;
        Ok((said.code, row(&said.json()?, "controller")))
    };
    // The list of Events may come after one look has ended.
    let told = cluster.wait_for("an Event of the controller is told", || {
        let (code, read) = asked()?;
        assert_eq!(code, 0, "{read:#}");
        let told = evidence(&read);
        Ok(told.contains("Event: it said ").then_some(told))
    })?;
    assert!(told.contains(&format!("in {}", namespace.name())), "{told}");
    let counted = told.lines().find(|line| line.starts_with("its metrics: ")).ok_or(told.clone())?;
    assert!(counted.contains(" times reconciled") && !counted.contains(" 0 times"), "{counted}");
    assert!(told.contains("whether the one pod that answers leads"), "{told}");

    let seat = Seat::of(&namespace, User::Operator).configured(&config).allowed_in(namespace.name());
    let mut person = seat.sit_down();
    person.sees_row(&["web", "Paused"]);
    opens_row(&mut person, "Controller");
    person.sees("times reconciled");
    // Between two looks the controller is given something to do.
    namespace.change("web", &json!({"spec": {"replicas": 4}}))?;
    person.sees("it has reconciled Rollouts since");
    let mended = Mended(|| cluster.restart_controller());
    cluster.kill_controller();
    let gone = cluster.wait_for("the controller is told to be gone", || {
        let (code, read) = asked()?;
        Ok((code == 1).then_some(read))
    });
    person.sees("its metrics no longer answer");
    person.sees("no leader");
    drop(mended);
    let told = evidence(&gone?);
    assert!(told.contains("its metrics: nothing is reached at http://127.0.0.1:"), "{told}");
    person.sees_no_more("no leader");
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

fn api_server(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "health-server")?;
    let ask = |need: &str| {
        let kubeconfig = cluster.kubeconfig(User::Operator);
        health(&kubeconfig, "", &["-n", namespace.name(), "-o", "json", "--wait", "8s", "--need", need])
    };
    cluster.kill_api_server();
    let (reads, controls) = (ask("read"), ask("controller"));
    // The controller has lost its Lease meanwhile, and ends by itself.
    cluster.kill_controller();
    cluster.restart_api_server()?;
    cluster.restart_controller()?;
    let (reads, controls) = (reads?, controls?);
    assert_ne!(reads.code, 0, "{}", reads.out);
    assert_eq!(controls.code, 2, "{}", controls.out);
    let read = reads.json()?;
    for row in read["capabilities"].as_array().ok_or("no rows")? {
        let of_here = ["outbox", "ledger"].contains(&row["capability"].as_str().unwrap_or_default());
        assert!(of_here || row["state"] != "available", "{row:#}");
    }
    cluster.wait_for("all is told to be back", || Ok((ask("read,controller")?.code == 0).then_some(())))
}
