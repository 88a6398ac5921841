//! What is broken around the cluster: the way to its API server, the login, the clock, the ledger on this machine, and a
//! service beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Mended, Outcome, assert_within, before, goes_back, opens_row, paste, paused, title};
use crate::campaign::gateway::{Gateway, Keys};
use crate::cluster::{Api, CONTEXT, Cluster, Namespace, User};
use crate::health::{self, INSIDE, assert_state, measured, row};
use crate::installed::{self, Running};
use crate::person::{Person, Seat, address, events, mortal};
use crate::proxy::{Proxy, Rule};

/// How long it may take until the ledger is told not to be writable.
const LEDGER_TOLD: Duration = Duration::from_secs(45);
/// How long it may take until a service beside the cluster that is gone is told, while a confirmation is open.
const SERVICE_TOLD: Duration = Duration::from_secs(120);
/// How long it may take until a connection that is gone is told.
const LINK_TOLD: Duration = Duration::from_secs(15);

/// How long it may take until a connection that is dropped again by a server that has just begun is back.
const LINK_BACK: Duration = Duration::from_secs(90);

/// Asks `rollgate health` by a kubeconfig file; returns its exit code and what it printed.
fn asked_by(kubeconfig: &Path, namespace: &Namespace<'_>, args: &[&str]) -> Result<(i32, Value), String> {
    let said = health::health(kubeconfig, "", &[&["-n", namespace.name(), "-o", "json"], args].concat())?;
    Ok((said.code, said.json()?))
}

/// The API server is killed while a confirmation is open, and comes back.
pub fn server(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-server")?;
    let mut person = before(&namespace);
    person.opens();
    person.stages("p", &title(&namespace));
    let mended = Mended(|| {
        // The controller loses its Lease meanwhile, and ends by itself.
        cluster.kill_controller();
        cluster.restart_api_server()?;
        cluster.restart_controller()
    });
    cluster.kill_api_server();
    let since = Instant::now();
    person.sees("What is shown is not current: wait until it is live again.");
    person.sees_no_more("acknowledge and send");
    person.sees("promote: degraded for");
    assert_within(since, LINK_TOLD, "the connection in the confirmation");
    person.closes();
    opens_row(&mut person, "Rollouts");
    for words in ["degraded", "refused", "It is looked at again by itself"] {
        person.sees(words);
    }
    let kubeconfig = cluster.kubeconfig(User::Operator);
    let (code, read) = asked_by(&kubeconfig, &namespace, &["--need", "read", "--wait", "4s"])?;
    assert_ne!(code, 0, "{read:#}");
    assert!(row(&read, "read-rollouts")["reason"].to_string().contains("refused"), "{read:#}");
    drop(mended);
    goes_back(&mut person);
    person.types("r");
    person.sees("● live");
    // A server that has just begun may drop a connection once more: the key then says so, and is pressed again.
    let patience = Instant::now() + LINK_BACK;
    loop {
        person.types("p");
        person.sees_one_of(&["dry run accepted", "staged only on current facts"]);
        if person.has("dry run accepted") || Instant::now() >= patience {
            break;
        }
        person.screen.read_for(Duration::from_millis(500));
    }
    person.sees("dry run accepted");
    person.waits_until_armed();
    person.closes();
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

/// A service account with an operator's rights, whose tokens end with it.
struct Account<'n>(&'n Namespace<'n>);

impl Account<'_> {
    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/serviceaccounts", self.0.name())
    }

    /// Makes it, and a token of it.
    fn begins(&self) -> Result<String, String> {
        let api = self.0.cluster().api();
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ada"}});
        api.create(&self.path(), &account)?;
        let wanted = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}});
        let made = api.create(&format!("{}/ada/token", self.path()), &wanted)?;
        Ok(made["status"]["token"].as_str().ok_or("no token")?.to_owned())
    }

    /// Removes it: the server refuses its tokens from now on.
    fn ends(&self) -> Outcome {
        self.0.cluster().api().delete(&format!("{}/ada", self.path()))?;
        Ok(())
    }

    fn granted(&self) -> Outcome {
        let name = self.0.name();
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "subjects": [{"kind": "ServiceAccount", "name": "ada", "namespace": name}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "rollouts-operator"},
        });
        self.0.cluster().api().create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", &binding)?;
        Ok(())
    }
}

/// Has the open confirmation, the health screen and JSON say that the login is refused.
fn is_logged_out(person: &mut Person, namespace: &Namespace<'_>, kubeconfig: &Path) -> Outcome {
    let since = Instant::now();
    person.sees("What is shown is not current: wait until it is live again.");
    person.sees_no_more("acknowledge and send");
    person.sees("promote: unavailable");
    person.sees("credentials");
    assert_within(since, LINK_TOLD, "the login in the confirmation");
    person.closes();
    opens_row(person, "Rollouts");
    for words in [
        "unavailable",
        "credentials",
        "Log in as this cluster wants it; new credentials are taken up without a restart",
    ] {
        person.sees(words);
    }
    let (code, read) = asked_by(kubeconfig, namespace, &["--need", "read"])?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "read-rollouts", "unavailable", "credentials");
    let sentence = row(&read, "read-rollouts")["remedy"]["sentence"].to_string();
    assert!(sentence.contains("Log in as this cluster wants it"), "{sentence}");
    Ok(())
}

/// The token in the kubeconfig ends while a confirmation is open; then another stands there.
pub fn login(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-login")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let account = Account(&namespace);
    account.granted()?;
    let template = cluster.kubeconfig_through(User::Operator, proxy.port())?;
    let text = fs::read_to_string(&template).map_err(|error| error.to_string())?;
    let file = template.with_file_name(format!("{}.yaml", namespace.name()));
    let signs_in = |token: &str| {
        let text = text.replace(cluster.token(User::Operator), token);
        fs::write(&file, text).map_err(|error| error.to_string())
    };
    signs_in(&account.begins()?)?;
    let api = Api::connect(&file)?;
    let answers = |code: Option<u16>| {
        cluster.wait_for("the token means what it should", || {
            let told = api.get(&namespace.rollout_path("web")).err().and_then(|error| error.code);
            Ok((told == code).then_some(()))
        })
    };
    answers(None)?;
    let mut person =
        Seat::with(&file).arg("-n").arg(namespace.name()).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.stages("p", &title(&namespace));
    account.ends()?;
    // The server keeps what it knows of a token for some seconds, and a stream that is open goes on: it is cut.
    answers(Some(401))?;
    proxy.cut(Rule::Pass);
    is_logged_out(&mut person, &namespace, &file)?;
    signs_in(&account.begins()?)?;
    person.types("r");
    goes_back(&mut person);
    person.sees("● live");
    person.types("p");
    person.sees("dry run accepted");
    person.waits_until_armed();
    person.closes();
    let left = person.leaves();
    assert!(left.ledger()?.iter().all(|row| row.event != "acknowledged"));
    Ok(())
}

/// By how much the dates of answers are off.
const OFF: i64 = 90;

/// A server whose answers bear dates of a minute and a half ago: this machine is ahead.
pub fn clock_ahead(cluster: &Cluster) -> Outcome {
    clock(cluster, ("broken-clock", -OFF), "ahead of the server's")
}

/// A server whose answers bear dates of a minute and a half from now: this machine is behind.
pub fn clock_behind(cluster: &Cluster) -> Outcome {
    clock(cluster, ("broken-late-clock", OFF), "behind the server's")
}

fn clock(cluster: &Cluster, (hint, dates): (&str, i64), side: &str) -> Outcome {
    let namespace = paused(cluster, hint)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let keys = Keys::new(&cluster.folder().join("authority.crt"))?;
    let gateway = Gateway::before(address(cluster)?, &keys, &runtime)?;
    gateway.dates_ahead(dates);
    let user = (User::Operator.name(), cluster.token(User::Operator));
    let file = cluster.folder().join(format!("kubeconfigs/{}.yaml", namespace.name()));
    fs::write(&file, keys.kubeconfig(gateway.port(), CONTEXT, user)).map_err(|error| error.to_string())?;
    let mut person =
        Seat::with(&file).arg("-n").arg(namespace.name()).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.sees("record degraded");
    person.opens();
    person.stages("p", &title(&namespace));
    // A second's worth is lost in a date.
    let said = |about: &dyn Fn(&str) -> bool| {
        (OFF - 1..=OFF + 1)
            .map(|seconds| format!("this machine's clock is {seconds} s {side}"))
            .any(|words| about(&words))
    };
    person.sees("clock: degraded for");
    assert!(said(&|words| person.has(words)), "{}", person.screen.text());
    person.closes();
    opens_row(&mut person, "Clock");
    for words in ["ages and pauses are off by that", "Set this machine's clock", "timedatectl status"] {
        person.sees(words);
    }
    assert!(said(&|words| person.has(words)), "{}", person.screen.text());
    let (code, read) = asked_by(&file, &namespace, &["--need", "clock"])?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "clock", "degraded", &format!("{side}: ages and pauses are off by that"));
    assert!(
        said(&|words| row(&read, "clock")["reason"].as_str().unwrap_or_default().contains(words)),
        "{read:#}"
    );
    assert_eq!(paste(&read, "clock"), "timedatectl status");
    gateway.dates_ahead(0);
    // Whoever mends it asks for another look, rather than wait for the next.
    person.types("r");
    person.sees("● available");
    assert!(!said(&|words| person.has(words)), "{}", person.screen.text());
    let (code, read) = asked_by(&file, &namespace, &["--need", "clock"])?;
    assert_eq!(code, 0, "{read:#}");
    goes_back(&mut person);
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

/// Makes the ledger and its folder read-only, or writable for their owner again.
fn set_writable(ledger: &Path, writable: bool) -> Outcome {
    let (file, folder) = if writable { (0o600, 0o700) } else { (0o400, 0o500) };
    let set = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode));
    let folder = set(ledger.parent().ok_or("no folder")?, folder);
    folder.and_then(|()| set(ledger, file)).map_err(|error| error.to_string())
}

/// Looks at the ledger by `rollgate health`, as somebody to whom the modes of files apply.
fn look_at_ledger(namespace: &Namespace<'_>, file: &Path) -> Result<(i32, Value), String> {
    let words = mortal();
    let (first, more) = words.split_first().ok_or("no program")?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut command = Command::new(first);
    command.env_clear().env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.args(more).args(["health", "-o", "json", "--need", "ledger", "-n", namespace.name()]);
    command.arg("--kubeconfig").arg(namespace.cluster().kubeconfig(User::Operator)).arg("--ledger").arg(file);
    let output = command.output().map_err(|error| error.to_string())?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let read = serde_json::from_str(&out);
    let read = read.map_err(|error| format!("{error}: {out}{}", String::from_utf8_lossy(&output.stderr)))?;
    Ok((output.status.code().ok_or("it was killed")?, read))
}

/// The ledger is taken away while a confirmation is open, and put back; then it and its folder are made read-only.
///
/// A session that has it open goes on writing into a file that was made read-only, so that one is told by the next look
/// from outside, and by the next session.
pub fn ledger(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-ledger")?;
    let mut person = Seat::of_mortal(&namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.stages("p", &title(&namespace));
    let file = person.ledger();
    let away = file.with_extension("away");
    fs::rename(&file, &away).map_err(|error| error.to_string())?;
    let since = Instant::now();
    person.sees("ledger: unavailable");
    person.sees("The ledger cannot be written:");
    person.sees("Without a record nothing is sent; repair it, or cancel.");
    person.sees_no_more("acknowledge and send");
    assert_within(since, LEDGER_TOLD, "the ledger in the confirmation");
    person.acknowledges();
    person.closes();
    opens_row(&mut person, "Ledger");
    for words in ["unavailable", "Give the ledger a folder that can be written", "rollgate ledger verify"] {
        person.sees(words);
    }
    goes_back(&mut person);
    fs::rename(&away, &file).map_err(|error| error.to_string())?;
    let left = person.leaves();
    left.assert_nothing_sent(&namespace, User::Operator)?;

    set_writable(&file, false)?;
    let mended = Mended(|| set_writable(&file, true));
    let (code, read) = look_at_ledger(&namespace, &file)?;
    assert_eq!(code, 1, "{read:#}");
    assert_state(&read, "ledger", "unavailable", "cannot be written");
    assert!(row(&read, "ledger")["remedy"].to_string().contains("Give the ledger a folder"), "{read:#}");
    let seat = Seat::of_mortal_after(left, &namespace, User::Operator).allowed_in(namespace.name());
    let mut person = seat.sit_down();
    person.sees_row(&["web", "Paused"]);
    person.types("p");
    person.sees("the file, its folder or its disk is read-only");
    assert!(!person.has("acknowledge and send"), "{}", person.screen.text());
    opens_row(&mut person, "Ledger");
    for words in ["unavailable", "is read-only", "Give the ledger a folder that can be written"] {
        person.sees(words);
    }
    goes_back(&mut person);
    let left = person.leaves();
    drop(mended);
    let (_, read) = look_at_ledger(&namespace, &file)?;
    assert_ne!(row(&read, "ledger")["state"], "unavailable", "{read:#}");
    left.assert_nothing_sent(&namespace, User::Operator)
}

/// The ledger and its folder are made read-only under a session that has it open, and an order is given.
pub fn open_ledger(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "broken-open")?;
    let mut person = Seat::of_mortal(&namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.stages("p", &title(&namespace));
    let file = person.ledger();
    set_writable(&file, false)?;
    let mended = Mended(|| set_writable(&file, true));
    person.acknowledges();
    person.sees("done: the controller went on");
    person.closes();
    drop(mended);
    let rows = person.leaves().ledger()?;
    assert_eq!(events(&rows), ["acknowledged", "accepted", "observed"]);
    Ok(())
}

/// Makes a Rollout that waits for a person before an analysis by the Prometheus of [`INSIDE`].
fn waiting<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    let namespace = measured(cluster, hint, &[json!({"pause": {}})])?;
    namespace.set_tag("web", "v2")?;
    namespace.wait_phase("web", "Paused")?;
    Ok(namespace)
}

/// Answers everything at an address as something that is no Prometheus.
fn another_at(address: std::net::SocketAddr) -> Outcome {
    let other = std::net::TcpListener::bind(address).map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for mut stream in other.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let page = "<html><h1>It works!</h1></html>";
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        }
    });
    Ok(())
}

/// A real Prometheus answers, has ended, and has something else in its place, while a Rollout that it is to judge waits to be
/// promoted; `rollgate health` says it in `health.rs`.
pub fn metrics(cluster: &Cluster) -> Outcome {
    let namespace = waiting(cluster, "broken-metrics")?;
    let running = Running::start(&installed::prometheus()?, "")?;
    let config = format!("[[provider]]\naddress = '{INSIDE}'\nreach = '{}'\n", running.url());
    let sits_down = || {
        let seat = Seat::of(&namespace, User::Operator).allowed_in(namespace.name()).configured(&config);
        let mut person = seat.sit_down();
        person.sees_row(&["web", "Paused"]);
        person
    };
    let looks = |person: &mut Person, all: &[&str]| {
        opens_row(person, "Metric providers");
        for words in all {
            person.sees(words);
        }
        goes_back(person);
    };
    let mut person = sits_down();
    looks(&mut person, &["● available", "seen working"]);
    person.stages("p", &title(&namespace));
    assert!(!person.has("analysis-providers"), "{}", person.screen.text());
    let at = running.address;
    drop(running);
    let since = Instant::now();
    let gone = format!("nothing is reached at http://{at}");
    person.screen.be_patient(SERVICE_TOLD);
    for words in ["analysis-providers: degraded for", &gone] {
        person.sees(words);
    }
    assert_within(since, SERVICE_TOLD, "the provider in the confirmation");
    // A person may know better: it is said, and stands in no way.
    person.waits_until_armed();
    person.closes();
    person.leaves().assert_nothing_sent(&namespace, User::Operator)?;
    let promotes = |person: &mut Person, all: &[&str]| {
        person.stages("p", &title(&namespace));
        for words in all {
            person.sees(words);
        }
        person.closes();
    };
    let mut person = sits_down();
    looks(&mut person, &["unknown", &gone]);
    promotes(&mut person, &["analysis-providers: unknown", &gone]);
    person.leaves();
    another_at(at)?;
    let mut person = sits_down();
    looks(&mut person, &["degraded", "It works!"]);
    promotes(&mut person, &["analysis-providers: degraded for", "It works!"]);
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}
