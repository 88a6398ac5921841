//! The official SDKs as clients: "what is the status of the api rollout?", and every tool, held to its own schema.
//!
//! Each is fetched once, at a pinned version, into the tests' cache: `tests/support/sdks.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::assistant::{BINARY, Cluster};
use crate::installed::{python, typescript};

type Fetch = fn() -> Result<PathBuf, String>;
type Real = (&'static str, Fetch, fn(&Path));

pub fn trials() -> Vec<Real> {
    vec![
        ("the official python sdk asks for the status of the api rollout", python, asked_in_python),
        (
            "the official typescript sdk asks for the status of the api rollout",
            typescript,
            asked_in_typescript,
        ),
    ]
}

fn asked_in_python(sdk: &Path) {
    let mut command = Command::new("python3");
    command.arg(script("ask.py")).env("PYTHONPATH", sdk.join("packages")).env("PYTHONDONTWRITEBYTECODE", "1");
    asked(command);
}

fn asked_in_typescript(sdk: &Path) {
    let mut command = Command::new("node");
    command.arg(script("ask.mjs")).current_dir(sdk);
    asked(command);
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcp/clients").join(name)
}

fn asked(mut command: Command) {
    let cluster = Cluster::with(&["api", "web"]);
    cluster.status("api", &json!({"phase": "Degraded", "message": "the canary fails", "abort": true}));
    let home = tempfile::tempdir().unwrap();
    let output = command.arg(BINARY).arg(cluster.embedded.kubeconfig()).arg(home.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["server"], "rollgate");
    assert_eq!(told["tools"].as_array().unwrap().len(), 35);
    let answer = &told["answers"]["rollout_status"]["told"];
    assert_eq!(answer["rollout"]["name"], "api");
    assert_eq!(answer["rollout"]["aborted"], true);
    assert_eq!(answer["freshness"]["state"], "live");
    for (name, answer) in told["answers"].as_object().unwrap() {
        assert_eq!(answer["error"], false, "{name}: {answer}");
        assert_eq!(answer["told"]["schema"], "rollgate/v1", "{name}");
    }
    assert_eq!(told["refused"], true);
    assert_eq!(told["resources"], json!(["rollgate://rollouts/shop/api", "rollgate://rollouts/shop/web"]));
    assert_eq!(told["prompts"], json!(["investigate_failing_canary"]));
}
