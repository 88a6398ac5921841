//! Assistants at the real cluster: `rollgate mcp`, over lines and over HTTP, led by the official SDKs, beside a person before
//! `rollgate` in a terminal.
//!
//! Owns how an assistant is started beside a person's ledger, and what is asked of the audit log afterwards. What became of
//! a proposal is told three times over: by the assistant, by the ledger, by the API server; they have to agree.

use std::path::{Path, PathBuf};
use std::process::Command;

use rollgate::ledger::Row;
use serde_json::{Value, json};

use crate::cluster::{Namespace, Sample, User};
use crate::harness::Case;
use crate::listening::Listening;
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

/// How assistants reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Each starts its own, and speaks on its standard input and output.
    Lines,
    /// One runs by itself and is asked over HTTP by all.
    Http,
}

impl Way {
    const ALL: [Self; 2] = [Self::Lines, Self::Http];

    /// What a case of this way has in its name.
    fn words(self) -> &'static str {
        match self {
            Self::Lines => "",
            Self::Http => " over http",
        }
    }
}

/// Where assistants of one user are answered, beside a ledger.
struct Desk {
    home: PathBuf,
    /// The program and its flags.
    words: Vec<String>,
    door: Option<Listening>,
}

impl Desk {
    /// For a namespace, as a user, beside a ledger, which need not be there.
    fn open(way: Way, namespace: &Namespace<'_>, user: User, ledger: &Path) -> Result<Self, String> {
        let text = |path: &Path| path.display().to_string();
        let home = ledger.parent().and_then(Path::parent).ok_or("a ledger has a home")?;
        let kubeconfig = text(&namespace.cluster().kubeconfig(user));
        let (program, ledger) = (env!("CARGO_BIN_EXE_rollgate"), text(ledger));
        let words =
            [program, "--kubeconfig", &kubeconfig, "--ledger", &ledger, "mcp", "-n", namespace.name()]
                .map(str::to_owned);
        let door = match way {
            Way::Lines => None,
            Way::Http => {
                let mut command = Command::new(program);
                Some(Listening::start(command.args(&words[1..]).env("HOME", home))?)
            }
        };
        Ok(Self { home: home.to_owned(), words: words.into(), door })
    }

    /// Begins as an assistant of this name.
    fn called(&self, name: &str, sdk: Sdk) -> Result<Client, String> {
        match &self.door {
            None => Client::start(sdk, name, &self.home, &self.words),
            Some(door) => Client::over_http(sdk, name, &door.url, &door.token),
        }
    }

    /// Begins as the assistant of an SDK.
    fn assistant(&self, sdk: Sdk) -> Result<Client, String> {
        self.called(NAMES[usize::from(sdk == Sdk::TypeScript)], sdk)
    }
}

/// Starts `rollgate mcp` by an SDK, for a namespace, as a user, beside a ledger.
fn assistant(sdk: Sdk, namespace: &Namespace<'_>, user: User, ledger: &Path) -> Result<Client, String> {
    Desk::open(Way::Lines, namespace, user, ledger)?.assistant(sdk)
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
