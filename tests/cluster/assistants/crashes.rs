//! A terminal that is killed while an assistant's proposal waits, or is open before a person.

use rustix::process::Signal;
use serde_json::json;

use super::{Outcome, assistant, canary, learns, looks_at_it, seat, stages_at_half, until};
use crate::cluster::{Cluster, User};
use crate::harness::Case;
use crate::person::{Person, Seat, only_write};
use crate::sdks::Sdk;

pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "an assistant's proposal outlives the terminal that was killed, and is decided in the next",
            killed,
        ),
        Case::new(
            "an assistant's proposal outlives a terminal that was killed over its confirmation",
            killed_over_it,
        ),
    ]
}

fn killed(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-outlives")?;
    canary(&namespace, "frontend")?;
    let mut person = seat(&namespace).sit_down();
    let mut client = assistant(Sdk::Python, &namespace, User::Operator, &person.ledger())?;
    until(&mut client, &namespace, "frontend", ("a pause", |told| told["phase"] == "Paused"))?;
    let asked = json!({"name": "frontend", "to_weight": 50, "reason": "to half"});
    let proposal = client.tell("propose_promote", &asked)?["proposal"].clone();
    looks_at_it(&mut person, "frontend");
    person.screen.signal(Signal::KILL);
    person.screen.wait_exit();
    let told = client.tell("proposal_outcome", &json!({"proposal_id": proposal["id"]}))?;
    assert_eq!(told["proposal"]["state"], "open", "{told}");
    let mut person = next(person, cluster, namespace.name());
    looks_at_it(&mut person, "frontend");
    stages_at_half(&mut person, &namespace);
    person.acknowledges();
    person.sees("done:");
    learns(&mut client, &namespace, &proposal["id"], |told| told["operation"]["observed"] == true)?;
    drop((client, person));
    only_write(&namespace, User::Operator).map(drop)
}

/// Its holder is seen to have ended: the next terminal takes it up at once, and the cluster is changed once.
fn killed_over_it(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-held")?;
    canary(&namespace, "frontend")?;
    let mut person = seat(&namespace).sit_down();
    let mut client = assistant(Sdk::TypeScript, &namespace, User::Operator, &person.ledger())?;
    until(&mut client, &namespace, "frontend", ("a pause", |told| told["phase"] == "Paused"))?;
    let asked = json!({"name": "frontend", "to_weight": 50, "reason": "to half"});
    let proposal = client.tell("propose_promote", &asked)?["proposal"].clone();
    looks_at_it(&mut person, "frontend");
    stages_at_half(&mut person, &namespace);
    learns(&mut client, &namespace, &proposal["id"], |told| told["proposal"]["state"] == "taken")?;
    person.screen.signal(Signal::KILL);
    person.screen.wait_exit();
    let mut person = next(person, cluster, namespace.name());
    looks_at_it(&mut person, "frontend");
    learns(&mut client, &namespace, &proposal["id"], |told| told["proposal"]["state"] == "open")?;
    stages_at_half(&mut person, &namespace);
    person.acknowledges();
    person.sees("done:");
    learns(&mut client, &namespace, &proposal["id"], |told| told["operation"]["observed"] == true)?;
    drop((client, person));
    only_write(&namespace, User::Operator).map(drop)
}

/// Sits down anew where a terminal was killed.
fn next(person: Person, cluster: &Cluster, namespace: &str) -> Person {
    let seat = Seat::after(person.left(), &cluster.kubeconfig(User::Operator));
    seat.arg("-n").arg(namespace).allowed_in(namespace).sit_down()
}
