//! Orders given to the real program in a terminal, by keys alone: what the server got, and what the ledger says.

use rollgate::ledger::{Head, Reader};
use serde_json::Value;

use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::person::{Left, Person, Seat, Shown, events, only_write};

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("a person promotes a paused canary by keys alone, and it ends healthy", promoted),
        Case::new("a person aborts an update once the name is typed", aborted),
        Case::new("a person pauses an update and lets it go on", paused_and_resumed),
        Case::new("another engineer's promotion overtakes an open confirmation", overtaken),
        Case::new("a viewer who may stage is told what right is missing, and can send nothing", refused),
        Case::new("who may patch the status alone promotes, and cannot pause", status_alone),
        Case::new("without leave every key says why, and nothing can be sent", read_only),
        Case::new("of two persons who acknowledge at once one is obeyed", two_at_once),
        Case::new(
            "an Event on the Rollout tells of an accepted order, or the ledger says why none does",
            told,
        ),
    ]
}

/// Sits an operator down before the namespace's one Rollout and opens it.
fn before<'n>(namespace: &Namespace<'n>, user: User) -> Person {
    let mut person = Seat::of(namespace, user).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person
}

fn paused<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    Scene::PausedAtStep.bring(&namespace, "web")?;
    Ok(namespace)
}

/// Asserts that what the server got is what was shown, once, and that the ledger tells the same story.
fn assert_sent(namespace: &Namespace<'_>, left: &Left, shown: &Shown) -> Outcome {
    let write = only_write(namespace, User::Operator)?;
    let rows = left.ledger()?;
    assert_eq!(events(&rows), ["acknowledged", "accepted", "observed"]);
    assert!(rows.iter().all(|row| row.operation == write.audit_id), "{rows:?}: {}", write.audit_id);
    assert!(rows.iter().all(|row| row.api_user == "operator"), "{rows:?}");
    assert_eq!((shown.method.as_str(), write.verb.as_str()), ("PATCH", "patch"));
    assert_eq!(write.request_uri, shown.path);
    assert_eq!(write.request_object, shown.body);
    assert_eq!(write.response_status.code, 200);
    // The audit log holds the ledger's head with the acknowledgement, by which the ledger can be held to account.
    let hash = rows[0].hash.ok_or("a record without a hash")?;
    let head = Head { sequence: rows[0].seq.unsigned_abs(), hash };
    let agent = format!("rollgate/{} head={}", env!("CARGO_PKG_VERSION"), head.short());
    assert_eq!(write.user_agent, agent);
    let recorded: Value = serde_json::from_str(&rows[0].body).map_err(|error| error.to_string())?;
    assert_eq!(recorded["request"]["path"], shown.path.as_str());
    let body = recorded["request"]["body"].as_str().unwrap_or_default();
    assert_eq!(serde_json::from_str::<Value>(body).map_err(|error| error.to_string())?, shown.body);
    Ok(())
}

fn promoted(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("by-keys")?;
    Scene::Healthy.bring(&namespace, "web")?;
    let name = format!("{}/web", namespace.name());
    let kubeconfig = cluster.kubeconfig(User::Operator);
    let mut person = Seat::with(&kubeconfig).allowed_in(namespace.name()).sit_down();
    person.finds(&name);
    person.sees_row(&[&name, "Healthy", "5/5"]);
    namespace.set_tag("web", "v2")?;
    namespace.wait_phase("web", "Paused")?;
    person.sees_row(&[&name, "Paused", "1/5", "you: promote"]);
    person.opens();
    person.sees_phase("Paused");
    person.stages("p", &format!("promote {name}"));
    let shown = person.request();
    person.acknowledges();
    person.sees("done: the controller went on");
    person.closes();
    person.sees("promote: done: the controller went on");
    person.sees_phase("Healthy");
    let healthy = namespace.wait_phase("web", "Healthy")?;
    assert_eq!(healthy["status"]["stableRS"], healthy["status"]["currentPodHash"]);
    let left = person.leaves();
    let words = format!("rollgate: promote {name} (rollgate-test): done");
    assert!(left.farewell.contains(&words), "{}", left.farewell);
    assert_sent(&namespace, &left, &shown)
}

fn aborted(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "aborts")?;
    let mut person = before(&namespace, User::Operator);
    person.types("x");
    person.sees("Type web to go on");
    // The confirming key is a letter like any other here, and Enter is nothing.
    person.types("y");
    person.sees("> y");
    person.types("\x7f\r");
    person.types_name("web");
    person.waits_until_armed();
    let shown = person.request();
    person.acknowledges();
    person.sees("done: the controller aborted the update");
    person.closes();
    person.sees_phase("Degraded");
    let rollout = namespace.wait_phase("web", "Degraded")?;
    assert_eq!(rollout["status"]["abort"], true);
    assert_sent(&namespace, &person.leaves(), &shown)
}

fn paused_and_resumed(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "pauses")?;
    let mut person = before(&namespace, User::Operator);
    let mut shown = Vec::new();
    for (key, title, done, paused) in [
        ("w", "pause", "done: paused by hand", true),
        ("u", "resume", "done: no longer paused by hand", false),
    ] {
        person.stages(key, &format!("{title} {}/web", namespace.name()));
        shown.push(person.request());
        person.acknowledges();
        person.sees(done);
        person.closes();
        namespace.wait_rollout("web", title, |rollout| {
            rollout["spec"]["paused"].as_bool().unwrap_or_default() == paused
        })?;
    }
    let left = person.leaves();
    let writes = namespace.writes(User::Operator)?;
    assert_eq!(writes.len(), 2, "{writes:?}");
    for (write, shown) in writes.iter().zip(&shown) {
        assert_eq!((&write.request_uri, &write.request_object), (&shown.path, &shown.body));
        assert_eq!((write.response_status.code, write.object_ref.subresource.as_str()), (200, ""));
    }
    let rows = left.ledger()?;
    let once = ["acknowledged", "accepted", "observed"];
    assert_eq!(events(&rows), [once, once].concat());
    assert_eq!([&rows[0].operation, &rows[3].operation], [&writes[0].audit_id, &writes[1].audit_id]);
    Ok(())
}

fn overtaken(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "overtaken")?;
    let mut person = before(&namespace, User::Operator);
    person.stages("p", "promote");
    let output = namespace.plugin(User::Admin, &["promote", "web"])?;
    assert!(output.status.success(), "{output:?}");
    person.sees("overtaken:");
    person.sees("nothing was sent");
    assert!(!person.has("acknowledge and send"), "{}", person.screen.text());
    person.acknowledges();
    person.closes();
    person.sees("nothing was sent");
    namespace.wait_rollout("web", "moves on", |rollout| rollout["status"]["currentStepIndex"] == 3)?;
    let left = person.leaves();
    assert_eq!(events(&left.ledger()?), ["overtaken"]);
    left.assert_nothing_sent(&namespace, User::Operator)
}

/// Stages what this user has no right to, and sees that it is not offered to be sent, whatever is pressed.
fn cannot(person: &mut Person, key: &str, right: &str) {
    person.types(key);
    person.sees(&format!("This user may not patch {right}"));
    person.sees("Get the right, or cancel.");
    person.acknowledges();
    assert!(!person.has("acknowledge and send"), "{}", person.screen.text());
    person.closes();
}

fn refused(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "refused")?;
    let mut person = before(&namespace, User::Viewer);
    cannot(&mut person, "p", "rollouts.argoproj.io/status");
    let left = person.leaves();
    assert!(!events(&left.ledger()?).contains(&"acknowledged"));
    left.assert_nothing_sent(&namespace, User::Viewer)?;
    assert_eq!(namespace.rollout("web")?["status"]["phase"], "Paused");
    Ok(())
}

fn status_alone(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "status-alone")?;
    let mut person = before(&namespace, User::StatusOperator);
    cannot(&mut person, "w", "rollouts.argoproj.io in");
    person.stages("p", "promote");
    person.acknowledges();
    person.sees("done: the controller went on");
    person.closes();
    let left = person.leaves();
    let told = left.ledger()?;
    let told = events(&told);
    let from = told.iter().position(|event| *event == "acknowledged").ok_or("no acknowledgement")?;
    assert_eq!(told[from..], ["acknowledged", "accepted", "observed"]);
    let codes: Vec<u16> =
        namespace.writes(User::StatusOperator)?.iter().map(|write| write.response_status.code).collect();
    assert_eq!(codes, [200]);
    Ok(())
}

fn read_only(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "read-only")?;
    let looking = || Seat::of(&namespace, User::Operator);
    for (seat, badge) in
        [(looking(), "live read-only"), (looking().allowed_in("elsewhere"), "read-only here")]
    {
        let mut person = seat.sit_down();
        person.sees_row(&["web", "Paused"]);
        person.sees(badge);
        for key in ["p", "w", "u", "x"] {
            person.types(key);
            person.sees("This session may only read in");
            person.sees(&format!("--allow rollgate-test/{}", namespace.name()));
            person.types("yy\r");
            // Any key takes the sentence away, so that the next one is new.
            person.sees_no_more("This session may only read in");
        }
        person.leaves().assert_nothing_sent(&namespace, User::Operator)?;
    }
    Ok(())
}

fn two_at_once(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "two")?;
    // The other sits at a small terminal, where the facts scroll and the question does not.
    let small = Seat::of(&namespace, User::Operator).allowed_in(namespace.name()).size(80, 24);
    let mut small = small.sit_down();
    small.sees_row(&["web", "Paused"]);
    let mut both = [before(&namespace, User::Operator), small];
    for person in &mut both {
        person.stages("p", "promote");
    }
    for person in &mut both {
        person.acknowledges();
    }
    for person in &mut both {
        person.screen.wait_until("an outcome", |screen| {
            let words = screen.contents();
            ["done:", "refused", "overtaken"].iter().any(|word| words.contains(word))
        });
    }
    let applied = both.iter().filter(|person| person.has("done:")).count();
    assert_eq!(applied, 1, "{}\n{}", both[0].screen.text(), both[1].screen.text());
    let moved = namespace.wait_rollout("web", "moves on", |rollout| {
        rollout["status"]["currentStepIndex"].as_u64() >= Some(3)
    })?;
    assert_eq!(moved["status"]["abort"], Value::Null);
    for mut person in both {
        person.types("\x1b");
        person.sees_no_more("esc close");
        person.leaves();
    }
    let codes: Vec<u16> =
        namespace.writes(User::Operator)?.iter().map(|write| write.response_status.code).collect();
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1, "{codes:?}");
    assert!(codes.iter().all(|code| [200, 422].contains(code)), "{codes:?}");
    Ok(())
}

/// One user may make Events and one may not; the order itself goes the same way.
fn told(cluster: &Cluster) -> Outcome {
    for (user, came) in [(User::Admin, "made"), (User::Operator, "no right")] {
        let namespace = paused(cluster, "told")?;
        let seat = Seat::of(&namespace, user).allowed_in(namespace.name()).announcing();
        let mut person = seat.sit_down();
        person.sees_row(&["web", "Paused"]);
        person.opens();
        person.stages("p", "promote");
        person.sees("An Event on it will tell that you ordered this.");
        person.acknowledges();
        person.sees("done: the controller went on");
        let ledger = person.ledger();
        cluster.wait_for("what came of the Event is recorded", || {
            let reader = Reader::open(&ledger).map_err(|error| error.to_string())?;
            let rows = reader.newest(10).map_err(|error| error.to_string())?;
            Ok(rows.iter().any(|row| row.event == "announced").then_some(()))
        })?;
        person.closes();
        let rows = person.leaves().ledger()?;
        let mut all = events(&rows);
        all.sort_unstable();
        assert_eq!(all, ["accepted", "acknowledged", "announced", "observed"]);
        let noted = rows.iter().find(|row| row.event == "announced").ok_or("no note")?;
        let body: Value = serde_json::from_str(&noted.body).map_err(|error| error.to_string())?;
        assert_eq!(body["announced"], came, "{body}");
        // Somebody else reads it with their own tools.
        let output = namespace.kubectl(User::Viewer, &["describe", "rollouts.argoproj.io", "web"])?;
        let described = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = described.lines().find(|line| line.contains("RollgatePromote"));
        match came {
            "made" => {
                let line = line.ok_or_else(|| format!("no Event in:\n{described}"))?;
                for part in [user.name(), "ordered promote", noted.operation.as_str(), "ledger head"] {
                    assert!(line.contains(part), "{part} in {line}");
                }
                let message = line.split("ledger head ").nth(1).unwrap_or_default();
                let (number, hash) = message.trim().split_once(':').ok_or("no head")?;
                let anchored =
                    rows.iter().find(|row| row.seq.to_string() == number).ok_or("no such record")?;
                let kept: String = anchored.hash.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
                assert!(kept.starts_with(hash), "{kept} and {hash}");
            }
            _ => assert_eq!(line, None),
        }
    }
    Ok(())
}
