//! A terminal that is killed while an assistant's proposal waits, or is open before a person.

use rustix::process::Signal;
use serde_json::json;

use super::{Outcome, assistant, canary, learns, leaves_inbox, looks_at_it, seat, stages_at_half, until};
use crate::cluster::{Cluster, User};
use crate::harness::Case;
use crate::person::{Seat, only_write};
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
    let next = Seat::after(person.left(), &cluster.kubeconfig(User::Operator));
    let mut person = next.arg("-n").arg(namespace.name()).allowed_in(namespace.name()).sit_down();
    looks_at_it(&mut person, "frontend");
    stages_at_half(&mut person, &namespace);
    person.acknowledges();
    person.sees("done:");
    learns(&mut client, &namespace, &proposal["id"], |told| told["operation"]["observed"] == true)?;
    drop((client, person));
    only_write(&namespace, User::Operator).map(drop)
}

/// Until it is known that nobody holds it, it is shown as held; to say no to it, one need not wait.
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
    let next = Seat::after(person.left(), &cluster.kubeconfig(User::Operator));
    let mut person = next.arg("-n").arg(namespace.name()).allowed_in(namespace.name()).sit_down();
    person.sees("1 proposal: i");
    person.types("i");
    person.sees_row(&["taken", "frontend", "operator looks at it"]);
    person.types("a");
    person.sees("in another session");
    person.types("x");
    for letter in "no".chars() {
        person.types(&letter.to_string());
    }
    person.types("\r");
    person.sees("Denied, with the reason recorded");
    learns(&mut client, &namespace, &proposal["id"], |told| told["proposal"]["state"] == "denied")?;
    drop(client);
    leaves_inbox(person).assert_nothing_sent(&namespace, User::Operator)
}
