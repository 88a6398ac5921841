//! Reads a script: which manifests, and which operations in which order.
//!
//! Owns the little language of a script's lines. Never plays anything. A line that is not understood is an error that
//! names it: a script says nothing that is not done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// The samples of the test cluster that scripts name; `CHECK` is the tag of an analysis job's image.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("canary", include_str!("../support/cluster/samples/canary.yaml"), ""),
    ("blue-green", include_str!("../support/cluster/samples/blue-green.yaml"), ""),
    ("analysis-passes", include_str!("../support/cluster/samples/analysis.yaml"), "1"),
    ("analysis-fails", include_str!("../support/cluster/samples/analysis.yaml"), "fails"),
    ("analysis-lasts", include_str!("../support/cluster/samples/analysis.yaml"), "lasts"),
    ("background", include_str!("../support/cluster/samples/background.yaml"), "lasts"),
    ("background-fails", include_str!("../support/cluster/samples/background.yaml"), "fails"),
    ("min-ready", include_str!("../support/cluster/samples/min-ready.yaml"), ""),
    ("routed", include_str!("../support/cluster/samples/routed.yaml"), ""),
    ("workload-ref", include_str!("../support/cluster/samples/workload-ref.yaml"), ""),
    ("experiment", include_str!("../support/cluster/samples/experiment.yaml"), ""),
];

/// A script as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    about: String,
    sample: String,
    /// A JSON merge patch on the sample's Rollout.
    change: Option<String>,
    /// More manifests, as YAML documents; `ANSWERS` is the address of the test's metrics server.
    extra: Option<String>,
    /// What the metrics server answers at first, by name.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    #[serde(rename = "do")]
    lines: Vec<String>,
}

/// A script: manifests, then operations in order.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file's name without its ending.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The manifests, in the order in which they are made; the Rollout is called `web` and comes last.
    pub manifests: Vec<Value>,
    /// What the metrics server answers at first.
    pub answers: BTreeMap<String, String>,
    /// The operations.
    pub lines: Vec<Line>,
}

/// One line of a script.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line as written.
    pub text: String,
    /// Whether Argo's plugin sends it, or the harness itself by the same requests.
    pub by_plugin: bool,
    /// Whether the next line follows at once, without waiting for rest.
    pub at_once: bool,
    /// What is done.
    pub order: Order,
}

/// What a line orders.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Gives the first container the image with this tag.
    Tag(String),
    /// Promotes.
    Promote(Promote),
    /// Sets `spec.paused`.
    Pause,
    /// Clears `spec.paused` and nothing else.
    Resume,
    /// Sets `status.abort`.
    Abort,
    /// Clears `status.abort`.
    Retry,
    /// Takes back the template of a revision; 0 is the previous one.
    Undo(u64),
    /// Sets `spec.restartAt` to now.
    Restart,
    /// Sets the number of replicas through the scale subresource.
    Scale(u64),
    /// Replaces the canary's steps.
    Steps(Value),
    /// Merges into the whole object.
    Merge(Value),
    /// Merges into the status, through its subresource.
    Status(Value),
    /// Applies a JSON Patch to the whole object.
    Json(Value),
    /// Deletes the first pod of the ReplicaSet with this role.
    DeletePod(String),
    /// Deletes the Rollout.
    DeleteRollout,
    /// Terminates the AnalysisRun that is under way.
    TerminateRun,
    /// Terminates the Experiment that is under way.
    TerminateExperiment,
    /// Lets the metrics server answer this from now on.
    Answer(String, String),
    /// Stops the controller or lets it go on.
    Controller(bool),
    /// Lets so many seconds of the cluster's time pass.
    Wait(f64),
    /// Waits until the settled tuple has this text at this path.
    Until(String, String),
}

/// How to promote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promote {
    /// The next step, or out of a pause.
    Step,
    /// To the end.
    Full,
    /// The plugin's old flag: past the step in progress.
    SkipCurrent,
    /// The plugin's old flag: past all steps.
    SkipAll,
}

/// Names the folder with the scripts.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/twin/scripts")
}

/// Reads every script, in the order of their names.
///
/// # Errors
/// Which file is wrong, and how.
pub fn all() -> Result<Vec<Script>, String> {
    let entries = std::fs::read_dir(folder()).map_err(|error| error.to_string())?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "toml"));
    files.sort();
    files.iter().map(|file| Script::read(file)).collect()
}

/// Makes a script of a sample and a change of its Rollout, without operations.
///
/// # Errors
/// When there is no such sample, or the change is no JSON.
pub fn file(name: &str, sample: &str, change: &str) -> Result<Script, String> {
    Script::parse(name, &format!("about = 'made up'\nsample = '{sample}'\nchange = '{change}'\ndo = []\n"))
}

impl Script {
    /// Reads a script's file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(file: &Path) -> Result<Self, String> {
        let name = file.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(name, &text).map_err(|error| format!("{name}: {error}"))
    }

    /// Reads a script by its name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn named(name: &str) -> Result<Self, String> {
        Self::read(&folder().join(format!("{name}.toml")))
    }

    /// Reads a script's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let sample = SAMPLES.iter().find(|(known, ..)| *known == file.sample);
        let (_, yaml, check) = sample.ok_or_else(|| format!("no sample {:?}", file.sample))?;
        let yaml = yaml.replace("SAMPLE", "web").replace("CHECK", check);
        let mut manifests = documents(file.extra.as_deref().unwrap_or_default())?;
        manifests.extend(documents(&yaml)?);
        if let Some(change) = &file.change {
            let change = json(change)?;
            let rollout = manifests.last_mut().ok_or("no manifest")?;
            json_patch::merge(rollout, &change);
        }
        let lines = file.lines.iter().map(|line| Line::parse(line)).collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), about: file.about, manifests, answers: file.answers, lines })
    }

    /// Says whether it stops the controller, which all scripts on the real cluster share.
    pub fn is_disruptive(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.order, Order::Controller(_)))
    }
}

impl Line {
    /// Reads one line.
    ///
    /// # Errors
    /// The line, when it is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (at_once, rest) = text.strip_prefix("at once ").map_or((false, text), |rest| (true, rest));
        let (by_plugin, rest) = rest.strip_prefix("plugin ").map_or((false, rest), |rest| (true, rest));
        let order = order(rest).map_err(|error| format!("{text:?}: {error}"))?;
        Ok(Self { text: text.to_owned(), by_plugin, at_once, order })
    }
}

fn order(text: &str) -> Result<Order, String> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let order = match (verb, rest) {
        ("tag", tag) if !tag.is_empty() => Order::Tag(tag.to_owned()),
        ("promote", "") => Order::Promote(Promote::Step),
        ("promote", "full") => Order::Promote(Promote::Full),
        ("promote", "skip-current") => Order::Promote(Promote::SkipCurrent),
        ("promote", "skip-all") => Order::Promote(Promote::SkipAll),
        ("pause", "") => Order::Pause,
        ("resume", "") => Order::Resume,
        ("abort", "") => Order::Abort,
        ("retry", "") => Order::Retry,
        ("undo", "") => Order::Undo(0),
        ("undo", revision) => Order::Undo(number(revision)?),
        ("restart", "") => Order::Restart,
        ("scale", count) => Order::Scale(number(count)?),
        ("steps", steps) => Order::Steps(json(steps)?),
        ("merge", change) => Order::Merge(json(change)?),
        ("status", change) => Order::Status(json(change)?),
        ("json", change) => Order::Json(json(change)?),
        ("delete", "rollout") => Order::DeleteRollout,
        ("delete", pod) => Order::DeletePod(pod.strip_prefix("pod ").ok_or("delete what?")?.to_owned()),
        ("terminate", "run") => Order::TerminateRun,
        ("terminate", "experiment") => Order::TerminateExperiment,
        ("answer", rest) => {
            let (name, value) = rest.split_once(' ').ok_or("answer NAME VALUE")?;
            Order::Answer(name.to_owned(), value.to_owned())
        }
        ("controller", "stops") => Order::Controller(false),
        ("controller", "goes on") => Order::Controller(true),
        ("wait", seconds) => Order::Wait(seconds.parse().map_err(|_| "wait SECONDS")?),
        ("until", rest) => {
            let (path, value) = rest.split_once('=').ok_or("until PATH=TEXT")?;
            Order::Until(path.to_owned(), value.to_owned())
        }
        _ => return Err("no such operation".into()),
    };
    Ok(order)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))
}

fn documents(yaml: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}
