//! Runs Argo's plugin against one of the clusters and makes what it prints comparable.
//!
//! Owns how ages, columns' widths and random names are taken out of its text. Never interprets what it says.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::canon::Names;
use super::side::Side;

/// How long the plugin may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the plugin in a namespace.
///
/// # Errors
/// When it cannot be run at all; what it says of a failure is in the answer.
pub fn run(side: &Side, namespace: &str, args: &[&str]) -> Result<Value, String> {
    let plugin = side.plugin.as_ref().ok_or("there is no plugin")?;
    let mut command = Command::new(plugin);
    command.arg("--kubeconfig").arg(&side.kubeconfig).args(["--namespace", namespace]).args(args);
    command.env_remove("KUBECONFIG");
    let output = within(&mut command)?;
    // Its libraries log when its own end interrupts a watch.
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines()
            .filter(|line| !line.starts_with("time=\""))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    Ok(json!({"exit": output.status.code(), "out": text(&output.stdout), "err": text(&output.stderr)}))
}

/// Runs a command and ends it when it takes too long: some wait for ever for a server that refuses them.
fn within(command: &mut Command) -> Result<Output, String> {
    let failed = |error: std::io::Error| format!("cannot run the plugin: {error}");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().map_err(failed)?.is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Harmless for one that has ended.
    let _ = child.kill();
    child.wait_with_output().map_err(failed)
}

/// What the plugin shows of the Rollout.
///
/// # Errors
/// When it cannot be run at all.
pub fn view(side: &Side, namespace: &str, names: &Names) -> Result<Value, String> {
    let mut get = run(side, namespace, &["get", "rollout", "web", "--no-color"])?;
    let tree = lines(&names.text(get["out"].as_str().unwrap_or_default()));
    get["out"] = json!(tree);
    let status = run(side, namespace, &["status", "web", "--watch=false"])?;
    Ok(json!({"get": names.replace(&get), "status": names.replace(&status)}))
}

/// The lines of `get`, each as its columns. Neighbouring pods stand in the order of their words: their names are random.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(line).filter(|it| !it.is_empty()).collect();
    for pods in lines.chunk_by_mut(|one, other| one.starts_with('□') && other.starts_with('□')) {
        pods.sort();
    }
    lines
}

fn line(line: &str) -> String {
    let plain: String = line.chars().map(|it| if "├└│─".contains(it) { ' ' } else { it }).collect();
    let mut columns: Vec<String> =
        plain.split("  ").map(str::trim).filter(|it| !it.is_empty()).map(column).collect();
    // A run that goes on measures as often as time allows.
    if plain.contains('α') && columns.iter().any(|it| it == "◌ Running") {
        columns.retain(|it| {
            !it.starts_with("✔ ") && !it.starts_with("✖ ") && !it.starts_with("? ") && !it.starts_with("⚠ ")
        });
    }
    columns.join(" | ")
}

/// One column: an age, a delay and a pod's random ending have no value here.
fn column(text: &str) -> String {
    if is_age(text) {
        return "AGE".into();
    }
    let words: Vec<String> = text.split(',').map(part).collect();
    words.join(",")
}

fn part(text: &str) -> String {
    if text.starts_with("delay:") {
        return "delay".into();
    }
    if let Some(pod) = text.strip_prefix("□ ") {
        let stem = pod.rsplit_once('-').map_or(pod, |(stem, _)| stem);
        return format!("□ {stem}-RANDOM");
    }
    text.to_owned()
}

fn is_age(text: &str) -> bool {
    let unit = |it: char| "smhdy".contains(it);
    text == "<invalid>"
        || (text.starts_with(|it: char| it.is_ascii_digit())
            && text.ends_with(unit)
            && text.chars().all(|it| it.is_ascii_digit() || unit(it)))
}
