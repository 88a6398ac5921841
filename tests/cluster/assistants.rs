//! Assistants at the real cluster: `rollgate mcp`, led by the official SDKs, beside a person before `rollgate` in a terminal.
//!
//! Owns how an assistant is started beside a person's ledger, and what is asked of the audit log afterwards. What became of
//! a proposal is told three times over: by the assistant, by the ledger, by the API server; they have to agree.

use std::path::Path;

use rollgate::ledger::Row;
use serde_json::{Value, json};

use crate::cluster::{Namespace, Sample, User};
use crate::harness::Case;
use crate::person::{Left, Person, Seat};
use crate::sdks::{self, Client, Sdk};

mod answers;
mod crashes;
mod decided;
mod surface;
mod tools;

type Outcome = Result<(), String>;

/// What the Python and the TypeScript client call themselves.
const NAMES: [&str; 2] = ["ada's assistant", "bob's assistant"];

/// The cases of this file and its folder.
pub fn trials() -> Vec<Case> {
    let needed: fn() -> Result<(), String> = || sdks::python().and_then(|_| sdks::typescript()).map(drop);
    let all = [answers::trials(), decided::trials(), tools::trials(), surface::trials(), crashes::trials()]
        .concat();
    all.into_iter().map(|case| case.needing(needed)).collect()
}

/// Starts `rollgate mcp` by an SDK, for a namespace, as a user, beside a ledger.
fn assistant(sdk: Sdk, namespace: &Namespace<'_>, user: User, ledger: &Path) -> Result<Client, String> {
    let name = NAMES[usize::from(sdk == Sdk::TypeScript)];
    assistant_called(name, sdk, namespace, (user, ledger))
}

fn assistant_called(
    name: &str,
    sdk: Sdk,
    namespace: &Namespace<'_>,
    (user, ledger): (User, &Path),
) -> Result<Client, String> {
    let text = |path: &Path| path.display().to_string();
    let home = ledger.parent().and_then(Path::parent).ok_or("a ledger has a home")?;
    let kubeconfig = text(&namespace.cluster().kubeconfig(user));
    let words = [
        env!("CARGO_BIN_EXE_rollgate"),
        "--kubeconfig",
        &kubeconfig,
        "--ledger",
        &text(ledger),
        "mcp",
        "-n",
        namespace.name(),
    ];
    Client::start(sdk, name, home, &words.map(str::to_owned))
}

/// Waits until what is told of a Rollout is so.
fn until(
    client: &mut Client,
    namespace: &Namespace<'_>,
    name: &str,
    (what, is_so): (&str, impl Fn(&Value) -> bool),
) -> Result<Value, String> {
    namespace.cluster().wait_for(what, || {
        let told = client.tell("rollout_status", &json!({"name": name}))?;
        let live = told["freshness"]["state"] == "live";
        if live && is_so(&told["rollout"]) { Ok(Some(told)) } else { Err(told.to_string()) }
    })
}

/// Waits until the assistant is told so of a proposal.
fn learns(
    client: &mut Client,
    namespace: &Namespace<'_>,
    id: &Value,
    is_so: impl Fn(&Value) -> bool,
) -> Result<Value, String> {
    namespace.cluster().wait_for("the outcome of the proposal", || {
        let told = client.tell("proposal_outcome", &json!({"proposal_id": id}))?;
        if is_so(&told) { Ok(Some(told)) } else { Err(told.to_string()) }
    })
}

/// Makes a canary of two versions that waits at 20 %, with a step at 50 % and another pause before it.
fn canary(namespace: &Namespace<'_>, name: &str) -> Result<Value, String> {
    let steps =
        json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}, {"setWeight": 100}]);
    let change = json!({"spec": {"strategy": {"canary": {"steps": steps}}}});
    namespace.apply_changed(Sample::Canary, name, &change)?;
    namespace.wait_phase(name, "Healthy")?;
    namespace.set_tag(name, "v2")?;
    waits_at(namespace, name, 1)
}

fn waits_at(namespace: &Namespace<'_>, name: &str, step: i64) -> Result<Value, String> {
    namespace.wait_rollout(name, &format!("waits at step {step}"), |rollout| {
        rollout["status"]["currentStepIndex"] == step && rollout["status"]["phase"] == "Paused"
    })
}

/// A terminal for an operator who may order, high enough for a whole request.
fn seat(namespace: &Namespace<'_>) -> Seat {
    Seat::of(namespace, User::Operator).allowed_in(namespace.name()).size(120, 60)
}

/// Goes from wherever the mark of one proposal is seen to the proposal, shown whole.
fn looks_at_it(person: &mut Person, name: &str) {
    person.sees("1 proposal: i");
    person.types("i");
    person.sees("nothing is sent unless you order it");
    person.sees_row(&["open", name]);
    person.types("\r");
    person.sees("Nothing is staged yet");
}

/// Leaves the list of proposals, then the program.
fn leaves_inbox(mut person: Person) -> Left {
    person.types("\x1b");
    person.sees_no_more("nothing is sent unless you order it");
    person.leaves()
}

/// Stages the promotion of the frontend to 50 %, which skips a pause and so wants the name typed.
fn stages_at_half(person: &mut Person, namespace: &Namespace<'_>) {
    person.types("a");
    person.sees(&format!("promote-to {}/frontend", namespace.name()));
    person.sees("20 % → 50 %");
    person.types_name("frontend");
    person.waits_until_armed();
}

/// Asserts that the records are of one operation that came from this proposal and was done.
fn assert_recorded(rows: &[Row], proposal: &Value, operation: &Value) -> Outcome {
    let words: Vec<&str> = rows.iter().map(|row| row.event.as_str()).collect();
    assert_eq!(words, ["acknowledged", "accepted", "observed"]);
    assert!(rows.iter().all(|row| *operation == row.operation.as_str()), "{rows:?}: {operation}");
    let body: Value = serde_json::from_str(&rows[0].body).map_err(|error| error.to_string())?;
    assert_eq!((&body["channel"], &body["proposal"]), (&json!("proposal"), proposal), "{body:#}");
    Ok(())
}
