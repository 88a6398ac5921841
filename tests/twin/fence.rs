//! A fence in the controller's work: a Rollout of no pods that is changed and watched for the controller's answer.
//!
//! Owns that Rollout, in a namespace of its own beside the script's. When the controller has answered a change made
//! after a state was seen, it has also had the time to act on that state, however busy the machine is. Never used where
//! time stands still until all is done.

use serde_json::{Value, json};

use super::side::{Ask, Side, collection};

/// One script's fence.
pub struct Fence {
    side: Side,
    path: String,
    changes: u64,
    waits: bool,
}

impl Fence {
    /// Puts a fence beside a namespace.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn build(side: &Side, namespace: &str) -> Result<Self, String> {
        let namespace = format!("{namespace}-fence");
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        side.must(&Ask::create("/api/v1/namespaces", &object))?;
        let labels = json!({"app": "fence"});
        let rollout = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "fence"},
            "spec": {
                "replicas": 0, "selector": {"matchLabels": labels}, "strategy": {"canary": {}},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "app", "image": "rollgate.test/app:v1"}]},
                },
            },
        });
        let collection = collection("Rollout", &namespace)?;
        side.must(&Ask::create(&collection, &rollout))?;
        Ok(Self { side: side.clone(), path: format!("{collection}/fence"), changes: 0, waits: false })
    }

    /// Begins anew: what was asked before says nothing any more.
    pub fn forget(&mut self) {
        self.waits = false;
    }

    /// Asks the controller, if that has not been done; says whether it has answered.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn is_passed(&mut self) -> Result<bool, String> {
        if !self.waits {
            self.changes += 1;
            let change = json!({"spec": {"progressDeadlineSeconds": 600 + self.changes}});
            self.side.must(&Ask::merge(&self.path, change))?;
            self.waits = true;
            return Ok(false);
        }
        let rollout: Value = self.side.must(&Ask::get(&self.path))?;
        let generation = rollout["metadata"]["generation"].to_string();
        Ok(rollout["status"]["observedGeneration"].as_str() == Some(generation.as_str()))
    }
}
