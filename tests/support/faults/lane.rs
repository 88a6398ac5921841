//! One Rollout on which runs follow one another: brought back, after each, to where an order makes sense.
//!
//! It acts as the admin alone, so nothing that it does is mistaken for an order. Invariant: a run begins on a Rollout that
//! the controller reports to be paused, and that has rested.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Ground;
use super::dice::Dice;
use super::gateway::Gateway;
use crate::cluster::{CONTEXT, Namespace, Sample, User};

/// The Rollout's name.
pub const NAME: &str = "web";
/// How long a Rollout must have stayed the same before somebody acts on it.
const REST: Duration = Duration::from_millis(500);
/// How long a Rollout may stand elsewhere before it is woken by a change that means nothing.
const STUCK: Duration = Duration::from_secs(12);
/// How long it may take until an order makes sense again.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is ordered in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Promote,
    Pause,
    Resume,
    Abort,
}

impl Order {
    /// The key that stages it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Promote => "p",
            Self::Pause => "w",
            Self::Resume => "u",
            Self::Abort => "x",
        }
    }
}

/// A Rollout, and the gateway through which its engineers reach the server.
pub struct Lane<'c> {
    pub namespace: Namespace<'c>,
    pub gateway: Gateway,
    pub kubeconfig: PathBuf,
    tag: u64,
    judged: std::cell::Cell<usize>,
}

impl<'c> Lane<'c> {
    /// Makes the Rollout: two replicas, one of each version, and pauses that nobody but a person ends: sixty, or one where
    /// the number is odd. Where the next pause follows at once, the controller soon overwrites an order's mark.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn make(ground: &'c Ground<'_>, number: u64) -> Result<Self, String> {
        let namespace = ground.patiently(|| ground.cluster.namespace(&format!("faults-{number}")))?;
        let mut steps = vec![json!({"setWeight": 50})];
        steps.resize(if number.is_multiple_of(2) { 61 } else { 2 }, json!({"pause": {}}));
        let change = json!({"spec": {"replicas": 2, "strategy": {"canary": {"steps": steps}}}});
        ground.patiently(|| namespace.apply_changed(Sample::Canary, NAME, &change))?;
        let gateway = Gateway::before(ground.server, &ground.keys, &ground.runtime)?;
        let kubeconfig = ground.folder().join(format!("{}.yaml", namespace.name()));
        let user = (User::Operator.name(), ground.cluster.token(User::Operator));
        let text = ground.keys.kubeconfig(gateway.port(), CONTEXT, user);
        write(&kubeconfig, &text)?;
        Ok(Self { namespace, gateway, kubeconfig, tag: 1, judged: std::cell::Cell::new(0) })
    }

    /// Brings the Rollout to where an order makes sense, and says which.
    ///
    /// # Errors
    /// When it does not come there in time, with what was seen last.
    pub fn ready(&mut self, dice: &mut Dice) -> Result<Order, String> {
        let until = Instant::now() + PATIENCE;
        let mut seen = (Value::Null, Instant::now());
        let mut moved = Instant::now();
        let mut last = String::new();
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(150));
            let rollout = match self.namespace.rollout(NAME) {
                Ok(rollout) => rollout,
                Err(error) => {
                    last = error.to_string();
                    continue;
                }
            };
            let version = rollout["metadata"]["resourceVersion"].clone();
            if version != seen.0 {
                (seen, last) = ((version, Instant::now()), words(&rollout));
                continue;
            }
            if seen.1.elapsed() < REST {
                continue;
            }
            if let Some(order) = offered(&rollout, dice) {
                return Ok(order);
            }
            // What fails under the weather is tried again.
            if self.pushes(&rollout).unwrap_or(false) || moved.elapsed() < STUCK {
                continue;
            }
            moved = Instant::now();
            let note = json!({"metadata": {"annotations": {"faults.test/wake": format!("{:?}", moved)}}});
            let _ = self.namespace.change(NAME, &note);
        }
        Err(format!("{}: no order makes sense: {last}", self.namespace.name()))
    }

    /// Undoes what a run left, or begins the next release; tells whether it did anything.
    fn pushes(&mut self, rollout: &Value) -> Result<bool, String> {
        let status = &rollout["status"];
        if status["abort"] == true {
            self.namespace.change_status(NAME, &json!({"status": {"abort": false}}))?;
        } else if status["phase"] == "Healthy" && status["currentPodHash"] == status["stableRS"] {
            self.tag += 1;
            self.namespace.set_tag(NAME, &format!("v{}", self.tag))?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Counts the writes here that were judged with earlier runs.
    pub fn judged_before(&self) -> usize {
        self.judged.get()
    }

    /// Remembers that so many writes here are judged.
    pub fn judged(&self, count: usize) {
        self.judged.set(count);
    }

    /// Tells whether the object bears a mark.
    pub fn bears(&self, mark: &str) -> bool {
        let Ok(rollout) = self.namespace.rollout(NAME) else { return false };
        let managers = rollout["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        managers.iter().any(|one| one["manager"] == mark)
    }
}

fn words(rollout: &Value) -> String {
    let status = &rollout["status"];
    format!("{} {} step {}", status["phase"], status["message"], status["currentStepIndex"])
}

fn offered(rollout: &Value, dice: &mut Dice) -> Option<Order> {
    let status = &rollout["status"];
    let observed =
        status["observedGeneration"].as_str() == Some(&rollout["metadata"]["generation"].to_string());
    let updating = status["currentPodHash"] != status["stableRS"];
    if !observed || !updating || status["abort"] == true || status["phase"] != "Paused" {
        return None;
    }
    if rollout["spec"]["paused"] == true {
        return Some(Order::Resume);
    }
    let waits = status["controllerPause"] == true && status["pauseConditions"].is_array();
    let order = match dice.between(0, 100) {
        0..75 => Order::Promote,
        75..88 => Order::Pause,
        _ => Order::Abort,
    };
    waits.then_some(order)
}

/// Writes a file that is ours alone.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
