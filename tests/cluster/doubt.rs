//! Orders whose answer or effect does not come: what is said meanwhile, and that reading ends the doubt.
//!
//! The faults are made on the way (a proxy that keeps requests or answers), at the API server or at the controller
//! (SIGSTOP). Invariant of each case: at most one request of the person took effect, and the screen says what the cluster
//! is like.

use std::time::Duration;

use rollgate::ledger::Reader;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::cluster::{Cluster, Namespace, Sample, User};
use crate::harness::Case;
use crate::health;
use crate::person::{Left, Person, Seat, address, events, only_write};
use crate::proxy::{Proxy, Rule};

type Outcome = Result<(), String>;

/// The cases of this file. The first takes more than a minute, which is how long a request may still take effect.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "a request that never arrived is in doubt, then not applied, and can be ordered anew",
            not_applied,
        ),
        Case::new("an answer that was lost leaves a doubt, which reading ends", found_by_reading),
        Case::new(
            "an effect whose mark the controller wrote over is found by what the watch missed, or told as seen",
            written_over,
        ),
        Case::new("a program that is killed before its answer comes sends nothing again", killed),
        Case::new("the next start finds what was applied for a program that was killed", killed_after),
        Case::new("an order that the ledger does not take is not sent, then or later", no_ledger),
        Case::new("what is no longer live cannot be acknowledged until it is", stale),
        Case::disruptive(
            "a stopped controller has accepted orders on it told apart from done ones",
            not_acted_on,
        ),
        Case::disruptive(
            "an API server that stops with the request in hand leaves a doubt, which reading ends either way",
            stopped_server,
        ),
    ]
}

/// Brings a canary to its only pause. No later one writes over the mark of an order that ends it (a controller that pauses
/// anew does), so that whoever reads finds what is true, however late.
fn paused<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    paused_before(cluster, hint, &[json!({"setWeight": 60})])
}

/// The same, with these steps after the pause.
fn paused_before<'c>(cluster: &'c Cluster, hint: &str, later: &[Value]) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    let steps = [&[json!({"setWeight": 20}), json!({"pause": {}})], later].concat();
    let change = json!({"spec": {"strategy": {"canary": {"steps": steps}}}});
    namespace.apply_changed(Sample::Canary, "web", &change)?;
    namespace.wait_phase("web", "Healthy")?;
    namespace.set_tag("web", "v2")?;
    namespace.wait_phase("web", "Paused")?;
    Ok(namespace)
}

/// Sits an operator down before a promotion that can be acknowledged, with a proxy between.
fn behind(proxy: &Proxy, namespace: &Namespace<'_>) -> Result<Person, String> {
    let kubeconfig = namespace.cluster().kubeconfig_through(User::Operator, proxy.port())?;
    let seat = Seat::with(&kubeconfig).arg("-n").arg(namespace.name()).allowed_in(namespace.name());
    let mut person = seat.sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.stages("p", "promote");
    Ok(person)
}

fn found_by_reading(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "answer-lost")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    // The watch would tell of the effect before the answer is missed.
    proxy.rule_all(Rule::KeepAnswers);
    person.acknowledges();
    person.sees("sent; waiting for the API server");
    cluster.wait_for("the request is answered", || {
        Ok((!namespace.writes(User::Operator)?.is_empty()).then_some(()))
    })?;
    // The server has done it and said so, and the program does not know.
    proxy.cut(Rule::Refuse);
    person.sees("in doubt:");
    person.sees("reading the Rollout to find out");
    proxy.cut(Rule::Pass);
    person.sees("done: the controller went on (found by reading; the answer was lost)");
    person.closes();
    person.sees("live");
    let left = person.leaves();
    assert_eq!(events(&left.ledger()?), ["acknowledged", "in-doubt", "accepted", "observed"]);
    assert_eq!(only_write(&namespace, User::Operator)?.response_status.code, 200);
    Ok(())
}

/// The controller pauses anew, and so writes over the order's mark, before the program can read anything.
fn written_over(cluster: &Cluster) -> Outcome {
    let later = [json!({"setWeight": 60}), json!({"pause": {}})];
    let namespace = paused_before(cluster, "written-over", &later)?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    proxy.rule_all(Rule::KeepAnswers);
    person.acknowledges();
    namespace.wait_rollout("web", "waits at the next pause", |rollout| {
        rollout["status"]["currentStepIndex"] == 3 && rollout["status"]["phase"] == "Paused"
    })?;
    proxy.cut(Rule::Refuse);
    person.sees("in doubt:");
    proxy.cut(Rule::Pass);
    // The watch goes on where it was cut, and so tells of the version with the mark, unless the server has forgotten it.
    let found = "done: the controller went on (found by reading; the answer was lost)";
    let unclear = "step index was 1, is 3";
    person.sees_one_of(&[found, unclear]);
    let applied = person.has(found);
    assert_ne!(applied, person.has("whether by this order cannot be told"), "{}", person.screen.text());
    person.closes();
    let left = person.leaves();
    let last: &[&str] = if applied { &["accepted", "observed"] } else { &["unclear"] };
    assert_eq!(events(&left.ledger()?), [&["acknowledged", "in-doubt"], last].concat());
    assert_eq!(only_write(&namespace, User::Operator)?.response_status.code, 200);
    Ok(())
}

fn not_applied(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "request-lost")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    proxy.rule(Rule::KeepRequests);
    person.acknowledges();
    person.sees("sent; waiting for the API server");
    cluster
        .wait_for("the request is on its way", || Ok(proxy.was_asked(Rule::KeepRequests).then_some(())))?;
    proxy.cut(Rule::Pass);
    person.sees("in doubt:");
    // Reading shows that it waits as before, but a request that is cut off may still come to the server for a while:
    // nothing else is said, and nothing can be ordered on it, until that time is over.
    person.closes();
    person.sees("in doubt:");
    person.types("p");
    person.sees("promote is still under way here");
    person.screen.be_patient(Duration::from_secs(120));
    person.sees("not applied: the answer was lost, and reading shows that nothing was changed");
    assert!(namespace.writes(User::Operator)?.is_empty());
    person.stages("p", "promote");
    person.acknowledges();
    person.sees("done: the controller went on");
    person.closes();
    let left = person.leaves();
    let once = ["acknowledged", "in-doubt", "not-applied"];
    let again = ["acknowledged", "accepted", "observed"];
    assert_eq!(events(&left.ledger()?), [once, again].concat());
    assert_eq!(only_write(&namespace, User::Operator)?.response_status.code, 200);
    Ok(())
}

fn killed(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "killed-before")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    proxy.rule(Rule::KeepRequests);
    person.acknowledges();
    cluster
        .wait_for("the request is on its way", || Ok(proxy.was_asked(Rule::KeepRequests).then_some(())))?;
    let mut person = killed_and_back(person, &proxy, &namespace)?;
    // What is shown to be ready for a new order has had all the time to send the old one.
    person.stages("p", "promote");
    person.closes();
    // A minute and a half after the acknowledgement it can take effect no more: then its end is read, and recorded.
    let ended = || resolved(cluster, &person);
    let said = ended().or_else(|_| ended())?;
    assert_eq!(said["outcome"], "not-applied", "{said}");
    let left = person.leaves();
    assert_eq!(events(&left.ledger()?), ["acknowledged", "withdrawn", "resolved"]);
    let writes = namespace.writes(User::Operator)?;
    assert!(writes.is_empty(), "{writes:?}");
    Ok(())
}

fn killed_after(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "killed-after")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    proxy.rule_all(Rule::KeepAnswers);
    person.acknowledges();
    cluster.wait_for("the request is answered", || {
        Ok((!namespace.writes(User::Operator)?.is_empty()).then_some(()))
    })?;
    let person = killed_and_back(person, &proxy, &namespace)?;
    let said = resolved(cluster, &person)?;
    assert_eq!((&said["outcome"], &said["kind"]), (&"applied".into(), &"promote".into()), "{said}");
    let left = person.leaves();
    assert_eq!(events(&left.ledger()?), ["acknowledged", "resolved"]);
    assert_eq!(only_write(&namespace, User::Operator)?.response_status.code, 200);
    Ok(())
}

/// Kills the program of a person, lets all pass again, and sits them down where they were.
fn killed_and_back(mut person: Person, proxy: &Proxy, namespace: &Namespace<'_>) -> Result<Person, String> {
    person.screen.signal(Signal::KILL);
    person.screen.wait_exit();
    proxy.cut(Rule::Pass);
    let left = person.left();
    assert_eq!(events(&left.ledger()?), ["acknowledged"]);
    says_that_one_waits(&left, namespace)?;
    let kubeconfig = namespace.cluster().kubeconfig_through(User::Operator, proxy.port())?;
    let seat = Seat::after(left, &kubeconfig).arg("-n").arg(namespace.name()).allowed_in(namespace.name());
    let mut person = seat.sit_down();
    person.sees_row(&["web"]);
    Ok(person)
}

/// Has `rollgate health` say of the ledger that was left that an order in it waits for a person.
fn says_that_one_waits(left: &Left, namespace: &Namespace<'_>) -> Outcome {
    let kubeconfig = namespace.cluster().kubeconfig(User::Operator);
    let ledger = left.path().display().to_string();
    let args = ["-n", namespace.name(), "-o", "json", "--need", "outbox", "--ledger", &ledger];
    let said = health::health(&kubeconfig, "", &args)?;
    let read = said.json()?;
    assert_eq!(said.code, 1, "{read:#}");
    health::assert_state(&read, "outbox", "degraded", "1 order without a known end waits for a person");
    assert_eq!(health::row(&read, "outbox")["remedy"]["paste"], "rollgate orders");
    Ok(())
}

/// Waits for the record by which a start says what became of an order that another run left.
fn resolved(cluster: &Cluster, person: &Person) -> Result<Value, String> {
    cluster.wait_for("the order's end is recorded", || {
        let reader = Reader::open(&person.ledger()).map_err(|error| error.to_string())?;
        let rows = reader.newest(100).map_err(|error| error.to_string())?;
        let row = rows.into_iter().find(|row| row.event == "resolved");
        row.map(|row| serde_json::from_str(&row.body).map_err(|error| error.to_string())).transpose()
    })
}

fn no_ledger(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "no-ledger")?;
    let mut person = Seat::of(&namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.stages("p", "promote");
    // Another program holds the ledger, as a hung backup would.
    let other = rusqlite::Connection::open(person.ledger()).map_err(|error| error.to_string())?;
    other.execute_batch("BEGIN IMMEDIATE").map_err(|error| error.to_string())?;
    person.acknowledges();
    person.sees("acknowledged; being recorded, nothing was sent yet");
    person.sees("nothing was sent:");
    other.execute_batch("ROLLBACK").map_err(|error| error.to_string())?;
    person.closes();
    // It can be ordered anew, which is recorded after the failure; so that would have been sent by now.
    person.stages("p", "promote");
    person.closes();
    let rows = person.leaves().ledger()?;
    // The acknowledgement may have reached the disk in the moment in which it was given up: then that is said of it.
    let told: Vec<&str> = events(&rows).into_iter().filter(|event| *event != "acknowledged").collect();
    assert_eq!(told, ["denied", "withdrawn"]);
    let writes = namespace.writes(User::Operator)?;
    assert!(writes.is_empty(), "{writes:?}");
    Ok(())
}

fn stale(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "stale")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    proxy.cut(Rule::Refuse);
    person.sees("wait until it is live again");
    person.acknowledges();
    proxy.rule(Rule::Pass);
    person.waits_until_armed();
    person.closes();
    person.leaves().assert_nothing_sent(&namespace, User::Operator)
}

fn not_acted_on(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "not-acted-on")?;
    let mut person = Seat::of(&namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.stages("p", "promote");
    cluster.pause_controller()?;
    person.acknowledges();
    person.sees("accepted by the API server; waiting for the controller");
    person.sees("accepted, but the controller has not acted for 30 s");
    person.closes();
    person.sees_row(&["promote: accepted, but the controller has not acted"]);
    cluster.resume_controller()?;
    person.sees("done: the controller went on");
    let left = person.leaves();
    assert_eq!(events(&left.ledger()?), ["acknowledged", "accepted", "unobserved", "observed"]);
    assert_eq!(only_write(&namespace, User::Operator)?.response_status.code, 200);
    Ok(())
}

/// A stopped API server, which goes on again also where a case fails.
struct Stopped<'c>(&'c Cluster);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        // Whoever needs it waits for it, and says so where it does not come.
        let _ = self.0.resume_api_server();
    }
}

/// A controller that is gone, which comes back also where a case fails.
struct Gone<'c>(&'c Cluster);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let _ = self.0.restart_controller();
    }
}

/// The server's process stands still from before the request's first byte until the program has given up waiting. What
/// it then does with a request whose sender has gone is its own affair: what counts is that the truth is told.
fn stopped_server(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "server-stopped")?;
    let proxy = Proxy::before(address(cluster)?)?;
    let mut person = behind(&proxy, &namespace)?;
    proxy.rule(Rule::HoldRequests);
    person.acknowledges();
    cluster
        .wait_for("the request is on its way", || Ok(proxy.was_asked(Rule::HoldRequests).then_some(())))?;
    // A controller that cannot renew its lease ends by itself: it stands aside until it is known what became of the order.
    cluster.kill_controller();
    let gone = Gone(cluster);
    let stopped = Stopped(cluster);
    cluster.pause_api_server()?;
    proxy.rule(Rule::Pass);
    proxy.let_go();
    person.sees("sent; waiting for the API server");
    person.sees("in doubt:");
    drop(stopped);
    person.screen.be_patient(Duration::from_secs(120));
    person.sees_one_of(&[
        "in effect, found by reading (the answer was lost); waiting for the controller",
        "not applied: the answer was lost, and reading shows that nothing was changed",
    ]);
    let applied = person.has("in effect, found by reading");
    drop(gone);
    if applied {
        person.sees("done: the controller went on (found by reading; the answer was lost)");
    }
    person.closes();
    person.sees("live");
    let left = person.leaves();
    let rows = left.ledger()?;
    // The controller may take its time to come back, which is said too.
    let told: Vec<&str> = events(&rows).into_iter().filter(|event| *event != "unobserved").collect();
    let last: &[&str] = if applied { &["accepted", "observed"] } else { &["not-applied"] };
    assert_eq!(told, [&["acknowledged", "in-doubt"], last].concat());
    // One request at most came through, and it succeeded and moved the Rollout exactly where the program says so.
    let writes = namespace.writes(User::Operator)?;
    assert!(writes.len() <= 1, "{writes:?}");
    assert_eq!(writes.iter().any(|event| event.response_status.code == 200), applied, "{writes:?}");
    let step = namespace.rollout("web")?["status"]["currentStepIndex"].as_u64();
    assert_eq!(step != Some(1), applied, "step {step:?}");
    Ok(())
}
