//! What a person decides about what an assistant proposes, key by key, and what becomes of it in the cluster.
//!
//! Program and assistant sign in as the same user, as they do with one kubeconfig: a write of that user is a write of
//! either, and the audit log has them all. It is read when both have ended: what they had meant to send, they would have sent.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Desk, Outcome, Way, assert_recorded, assistant, canary, learns, leaves_inbox, looks_at_it, seat,
    stages_at_half, until, waits_at,
};
use crate::cluster::{AuditEvent, Cluster, Namespace, User};
use crate::harness::Case;
use crate::person::{Left, Person, Seat, events, only_write};
use crate::sdks::{Client, Sdk};

pub fn trials() -> Vec<Case> {
    let mut all = vec![
        Case::new("an assistant that is told no learns who said it and why, and nothing is sent", denied),
        Case::new(
            "what somebody else did since an assistant proposed is shown, and nothing is sent",
            overtaken,
        ),
        Case::new(
            "a proposal of an assistant that nobody decided on in its time can no longer be staged",
            expired,
        ),
    ];
    for (way, sdk) in Way::ALL.into_iter().flat_map(|way| Sdk::ALL.map(|sdk| (way, sdk))) {
        let who = format!("an assistant ({sdk:?}{})", way.words());
        all.push(Case::new(
            format!("{who} proposes to promote the frontend canary to 50 %, and a person lets it happen"),
            move |cluster| promoted(cluster, way, sdk),
        ));
        all.push(Case::new(
            format!("{who} proposes to abort the payments rollout, and a person lets it happen"),
            move |cluster| aborted(cluster, way, sdk),
        ));
    }
    all
}

/// Proposes on a Rollout that waits, and returns the proposal.
fn proposes(
    client: &mut Client,
    namespace: &Namespace<'_>,
    tool: &str,
    arguments: &Value,
) -> Result<Value, String> {
    let name = arguments["name"].as_str().unwrap_or_default();
    until(client, namespace, name, ("a Rollout that waits", |told| told["phase"] == "Paused"))?;
    let told = client.tell(tool, arguments)?;
    assert_eq!((&told["new"], &told["proposal"]["state"]), (&json!(true), &json!("open")), "{told}");
    Ok(told["proposal"].clone())
}

/// Asserts that the one write is the terminal's, with the ledger's head in its name, and what the assistant learnt agrees.
fn assert_done(
    namespace: &Namespace<'_>,
    left: &Left,
    proposal: &Value,
    told: &Value,
) -> Result<AuditEvent, String> {
    let write = only_write(namespace, User::Operator)?;
    assert!(write.user_agent.contains(" head="), "{}", write.user_agent);
    assert_eq!(write.response_status.code, 200);
    assert_eq!(told["proposal"]["decided_by"], "operator", "{told}");
    assert_eq!((&told["operation"]["sent"], &told["operation"]["observed"]), (&json!(true), &json!(true)));
    assert_eq!(told["operation"]["stands"], "observed", "{told}");
    assert_recorded(&left.ledger()?, &proposal["id"], &told["operation"]["id"])?;
    assert_eq!(told["operation"]["id"], write.audit_id.as_str());
    Ok(write)
}

fn is_done(told: &Value) -> bool {
    told["proposal"]["state"] == "approved" && told["operation"]["observed"] == true
}

/// The assistant comes first: its proposal waits in a ledger that no terminal has opened yet.
fn promoted(cluster: &Cluster, way: Way, sdk: Sdk) -> Outcome {
    let namespace = cluster.namespace("assistant-promotes")?;
    canary(&namespace, "frontend")?;
    let seat = seat(&namespace);
    let desk = Desk::open(way, &namespace, User::Operator, &seat.ledger())?;
    let mut client = desk.assistant(sdk)?;
    let asked = json!({
        "name": "frontend", "to_weight": 50, "reason": "errors are flat for ten minutes",
        "evidence": ["https://grafana.example/d/frontend"],
    });
    let proposal = proposes(&mut client, &namespace, "propose_promote", &asked)?;
    assert_eq!(
        (&proposal["order"], &proposal["destructive"]),
        (&json!("promote-to weight 50"), &json!(false))
    );
    let mut person = seat.sit_down();
    // Somebody scales it meanwhile: a fact of the proposal is no longer true, and the order makes sense as before.
    namespace.change("frontend", &json!({"spec": {"replicas": 10}}))?;
    let scaled = waits_at(&namespace, "frontend", 1)?;
    let generation = &scaled["metadata"]["generation"];
    looks_at_it(&mut person, "frontend");
    let before = generation.as_i64().unwrap_or_default() - 1;
    person.sees(&format!("generation: {generation} it saw \"{before}\" ▲ differs"));
    person.sees("agent says, unverified: \"errors are flat for ten minutes\"");
    assert!(namespace.writes(User::Operator)?.is_empty(), "looking sends nothing");
    stages_at_half(&mut person, &namespace);
    let shown = person.request();
    let guard = json!({"op": "test", "path": "/metadata/generation", "value": generation});
    assert!(shown.body.as_array().is_some_and(|all| all.contains(&guard)), "as it is now: {shown:?}");
    let taken =
        learns(&mut client, &namespace, &proposal["id"], |told| told["proposal"]["state"] == "taken")?;
    assert_eq!(taken["operation"], Value::Null, "{taken}");
    person.acknowledges();
    person.sees("done:");
    let told = learns(&mut client, &namespace, &proposal["id"], is_done)?;
    waits_at(&namespace, "frontend", 3)?;
    let now = until(&mut client, &namespace, "frontend", ("50 %", |told| told["weight"]["desired"] == 50))?;
    assert_eq!(now["rollout"]["step"]["done"], 3, "{now}");
    person.closes();
    drop((client, desk));
    let write = assert_done(&namespace, &leaves_inbox(person), &proposal, &told)?;
    assert_eq!((&write.request_object, &write.request_uri), (&shown.body, &shown.path));
    Ok(())
}

/// The person comes first: the mark appears on the list that they look at.
fn aborted(cluster: &Cluster, way: Way, sdk: Sdk) -> Outcome {
    let namespace = cluster.namespace("assistant-aborts")?;
    canary(&namespace, "payments")?;
    let mut person = seat(&namespace).sit_down();
    person.sees_row(&["payments", "Paused"]);
    assert!(!person.has("proposal"));
    let desk = Desk::open(way, &namespace, User::Operator, &person.ledger())?;
    let mut client = desk.assistant(sdk)?;
    let asked = json!({"name": "payments", "reason": "it is failing: 12 % of requests end in errors"});
    let proposal = proposes(&mut client, &namespace, "propose_abort", &asked)?;
    assert_eq!((&proposal["order"], &proposal["destructive"]), (&json!("abort"), &json!(true)));
    looks_at_it(&mut person, "payments");
    person.sees("▲ destructive");
    person.types("a");
    person.sees(&format!("abort {}/payments", namespace.name()));
    person.types_name("payments");
    person.waits_until_armed();
    let shown = person.request();
    person.acknowledges();
    person.sees("done: the controller aborted the update");
    let told = learns(&mut client, &namespace, &proposal["id"], is_done)?;
    assert_eq!(namespace.wait_phase("payments", "Degraded")?["status"]["abort"], true);
    until(&mut client, &namespace, "payments", ("the abort", |told| told["aborted"] == true))?;
    person.closes();
    drop((client, desk));
    let write = assert_done(&namespace, &person.leaves(), &proposal, &told)?;
    assert_eq!((&write.request_object, &write.request_uri), (&shown.body, &shown.path));
    Ok(())
}

fn denied(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-denied")?;
    canary(&namespace, "frontend")?;
    let mut person = seat(&namespace).sit_down();
    let mut client = assistant(Sdk::Python, &namespace, User::Operator, &person.ledger())?;
    let asked = json!({"name": "frontend", "full": true, "reason": "it looks fine"});
    let proposal = proposes(&mut client, &namespace, "propose_promote", &asked)?;
    looks_at_it(&mut person, "frontend");
    person.types("x");
    for letter in "not at noon".chars() {
        person.types(&letter.to_string());
    }
    person.sees("not at noon");
    person.types("\r");
    person.sees("Denied, with the reason recorded");
    let told =
        learns(&mut client, &namespace, &proposal["id"], |told| told["proposal"]["state"] == "denied")?;
    assert_eq!(told["proposal"]["decided_by"], "operator", "{told}");
    assert_eq!(told["proposal"]["reason_of_person"], "not at noon", "{told}");
    assert_eq!(told["operation"], Value::Null, "{told}");
    let records = client.tell("ledger_query", &json!({}))?;
    assert!(records.to_string().contains("not at noon"), "{records}");
    drop(client);
    let left = leaves_inbox(person);
    assert_eq!(events(&left.ledger()?), ["proposal-denied"]);
    left.assert_nothing_sent(&namespace, User::Operator)
}

/// An engineer promotes while two proposals wait: "to 50 %" is done by then, and "go on" would now go to 100 %.
fn overtaken(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-late")?;
    canary(&namespace, "frontend")?;
    let mut person = seat(&namespace).sit_down();
    let mut client = assistant(Sdk::TypeScript, &namespace, User::Operator, &person.ledger())?;
    let to = json!({"name": "frontend", "to_weight": 50, "reason": "to half"});
    let to = proposes(&mut client, &namespace, "propose_promote", &to)?;
    let on = json!({"name": "frontend", "reason": "go on"});
    let on = proposes(&mut client, &namespace, "propose_promote", &on)?;
    person.sees("2 proposals: i");
    let output = namespace.plugin(User::Admin, &["promote", "frontend"])?;
    assert!(output.status.success(), "{output:?}");
    waits_at(&namespace, "frontend", 3)?;
    person.types("i");
    // The newest is selected: the one that would go on.
    person.sees_row(&["promote", "facts differ now"]);
    person.types("\r");
    person.sees("step index: 3 it saw \"1\" ▲ differs");
    person.sees("weight: 50 it saw \"20\" ▲ differs");
    person.stages("a", &format!("promote {}/frontend", namespace.name()));
    person.sees("50 % → 100 %");
    person.closes();
    // The same keys on the other: what it asks for is so already.
    person.types("\x1b");
    person.sees("1 of 2");
    person.types("\x1b[B");
    person.sees("2 of 2");
    let id = |told: &Value| told["proposal"]["state"] == "open";
    learns(&mut client, &namespace, &on["id"], id)?;
    person.types("a");
    person.sees("Weight 50 lies behind, and a promotion never goes back");
    learns(&mut client, &namespace, &to["id"], id)?;
    drop(client);
    let left = leaves_inbox(person);
    assert_eq!(namespace.rollout("frontend")?["status"]["currentStepIndex"], 3);
    left.assert_nothing_sent(&namespace, User::Operator)
}

/// The shortest time that a proposal stands is a minute, and that minute is waited for at the terminal.
fn expired(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-expires")?;
    canary(&namespace, "frontend")?;
    let mut person: Person = Seat::of(&namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.screen.be_patient(Duration::from_secs(120));
    let mut client = assistant(Sdk::Python, &namespace, User::Operator, &person.ledger())?;
    let asked = json!({"name": "frontend", "reason": "go on", "expires_in_seconds": 60});
    let proposal = proposes(&mut client, &namespace, "propose_promote", &asked)?;
    looks_at_it(&mut person, "frontend");
    person.sees("expired: nobody decided in its time");
    person.types("a");
    person.sees("There is no proposal here to take up");
    let told = client.tell("proposal_outcome", &json!({"proposal_id": proposal["id"]}))?;
    assert_eq!((&told["proposal"]["state"], &told["operation"]), (&json!("expired"), &Value::Null), "{told}");
    let why = client.refused("withdraw_proposal", &json!({"proposal_id": proposal["id"]}))?;
    assert!(why.contains("expired"), "{why}");
    drop(client);
    let left = leaves_inbox(person);
    left.assert_nothing_sent(&namespace, User::Operator)
}
