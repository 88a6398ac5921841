//! What an assistant can do to a cluster in which it may do everything: nothing. The audit log is the witness.
//!
//! The surface is what the server lists, not what this file knows of. Its user is nobody else, so that whatever the audit
//! log has of that user is the program's. Invariant: a failure names its seed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rollgate::ledger::{Ledger, Reader, Verdict};
use serde_json::{Value, json};

use super::{Desk, Outcome, Way, canary, until};
use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::sdks::{Client, Sdk};

pub fn trials() -> Vec<Case> {
    vec![Case::new(
        "no sequence of calls of an assistant writes to the cluster, whatever its user may do",
        surface,
    )]
}

const SEED: u64 = 0x5eed_0008;
/// Hostile calls of each tool, by each SDK.
const CALLS: usize = 6;
/// What the program asks the API server about its own user, which stores nothing (Kubernetes: authorization and authentication reviews).
const REVIEWS: [&str; 3] = ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];
/// What decides, in any form of the word; a name may have one only where it proposes.
const DECIDING: [&str; 9] =
    ["approve", "dispatch", "override", "grant", "execute", "decide", "confirm", "acknowledge", "arm"];

/// Numbers from a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % most as u64) as usize
    }

    fn one(&mut self, of: &[Value]) -> Value {
        of[self.below(of.len())].clone()
    }
}

fn surface(cluster: &Cluster) -> Outcome {
    let namespace = cluster.namespace("assistant-surface")?;
    canary(&namespace, "frontend")?;
    for (name, scene) in
        [("held", Scene::PausedByHand), ("judged", Scene::AnalysisRunning), ("broken", Scene::Aborted)]
    {
        scene.bring(&namespace, name)?;
    }
    let before = wanted(&namespace)?;
    let mut chance = Chance(SEED);
    for sdk in Sdk::ALL {
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let ledger = home.path().join("rollgate/ledger.sqlite3");
        let calls = visit(sdk, &namespace, &ledger, &mut chance)?;
        assert!(calls > 300, "{calls} calls: seed {SEED:x}");
        assert_no_orders(&ledger)?;
    }
    assert_eq!(wanted(&namespace)?, before, "nothing else is wanted, and nothing is new: seed {SEED:x}");
    assert_read_only(cluster)
}

/// Calls every tool in each way that makes sense until it proposes, then each with anything; returns how many calls that were.
fn visit(sdk: Sdk, namespace: &Namespace<'_>, ledger: &Path, chance: &mut Chance) -> Result<usize, String> {
    // A client may propose ten times a minute; another name is another client.
    let desk = Desk::open(Way::Lines, namespace, User::Assistant, ledger)?;
    let start = |nth: usize| desk.called(&format!("{sdk:?} {nth}"), sdk);
    let mut client = start(0)?;
    let tools = client.tools()?;
    assert_named(&tools);
    until(&mut client, namespace, "broken", ("all Rollouts", |told| told["phase"] == "Degraded"))?;
    let runs = client.tell("list_analysis_runs", &json!({}))?;
    let known = (namespace, &runs["analysis_runs"][0]["name"]);
    let (mut calls, mut made) = (0, Vec::new());
    for (nth, tool) in tools.iter().filter(|tool| proposes(tool)).enumerate() {
        if nth % 5 == 4 {
            client = start(nth)?;
        }
        let mut proposed = None;
        for given in sensible(tool, known) {
            calls += 1;
            proposed = called(&mut client, tool, &given)?;
            if proposed.is_some() {
                break;
            }
        }
        assert!(proposed.is_some(), "{} proposes nothing that makes sense", tool["name"]);
        made.extend(proposed);
    }
    for tool in &tools {
        let mut given = sensible(tool, known);
        given.extend((0..CALLS).map(|_| arguments(tool, (namespace, &made), chance)));
        calls += given.len();
        for given in given {
            made.extend(called(&mut client, tool, &given)?);
        }
    }
    Ok(calls)
}

/// Tells whether a tool makes proposals.
fn proposes(tool: &Value) -> bool {
    tool["annotations"]["readOnlyHint"] != true && tool["name"] != "withdraw_proposal"
}

/// Asserts that a ledger's chain is whole and has no record of an order or of a decision, whatever was proposed.
fn assert_no_orders(ledger: &Path) -> Outcome {
    let reader = Reader::open(ledger).map_err(|error| error.to_string())?;
    let proposals = reader.proposals(1000, jiff::Timestamp::now()).map_err(|error| error.to_string())?;
    assert!(proposals.len() > 15, "{} proposals", proposals.len());
    let undecided = |word: &str| ["open", "withdrawn"].contains(&word);
    assert!(proposals.iter().all(|kept| undecided(kept.state.word())), "{proposals:?}");
    let verdict = reader.verify(&[]).map_err(|error| error.to_string())?;
    assert!(matches!(verdict, Verdict::Whole(_)), "{verdict:?}");
    let kept = Ledger::open(ledger).map_err(|error| error.to_string())?;
    let records = kept.entries(1000).map_err(|error| error.to_string())?;
    assert!(records.is_empty(), "{records:?}");
    Ok(())
}

/// Asserts that no name promises what only a person does, and that whatever does not only read says that it proposes.
fn assert_named(tools: &[Value]) {
    assert!(tools.len() > 30, "the surface is listed whole: {}", tools.len());
    for tool in tools {
        let name = tool["name"].as_str().unwrap_or_default();
        let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let decides = DECIDING.iter().any(|verb| words.iter().any(|word| word.starts_with(verb)));
        assert!(!decides || name.starts_with("propose_"), "{name}");
        if tool["annotations"]["readOnlyHint"] != true {
            let said = tool["description"].as_str().unwrap_or_default();
            let proposes = ["Proposes", "only proposes", "Takes back a proposal"];
            assert!(proposes.iter().any(|word| said.contains(word)), "{name}: {said}");
        }
    }
}

/// Returns what is wanted of each object in the namespace: its spec, and of its status what orders write.
fn wanted(namespace: &Namespace<'_>) -> Result<BTreeMap<String, Value>, String> {
    let mut all = BTreeMap::new();
    for kind in ["rollouts", "analysisruns", "experiments"] {
        let path = format!("/apis/argoproj.io/v1alpha1/namespaces/{}/{kind}", namespace.name());
        let list = namespace.cluster().api().get(&path)?;
        for one in list["items"].as_array().into_iter().flatten() {
            let status = ["abort", "promoteFull", "currentStepIndex", "pauseConditions", "controllerPause"]
                .map(|field| one["status"][field].clone());
            let name = format!("{kind}/{}", one["metadata"]["name"]);
            all.insert(name, json!({"uid": one["metadata"]["uid"], "spec": one["spec"], "status": status}));
        }
    }
    Ok(all)
}

/// Calls a tool; returns the proposal that it made. The protocol's refusals are as good as the tool's.
fn called(client: &mut Client, tool: &Value, given: &Value) -> Result<Option<Value>, String> {
    let name = tool["name"].as_str().unwrap_or_default();
    match client.call(name, given) {
        Ok(answer) if answer.told["new"] == true => {
            let id = answer.told["proposal"]["id"].clone();
            // Most are taken back, so that the limit of those that are open does not end it all.
            if !name.ends_with("pause") {
                client.tell("withdraw_proposal", &json!({"proposal_id": id}))?;
            }
            Ok(Some(id))
        }
        Err(why) if why.contains("says nothing") || why.contains("has ended") => {
            Err(format!("{name} {given}: {why}; seed {SEED:x}"))
        }
        _ => Ok(None),
    }
}

/// Arguments that make sense for one Rollout or another, in every form that the tool has.
fn sensible(tool: &Value, (namespace, run): (&Namespace<'_>, &Value)) -> Vec<Value> {
    let has = |name: &str| !tool["inputSchema"]["properties"][name].is_null();
    let mut base = json!({});
    let image = json!("app=rollgate.test/app:v9");
    for (name, value) in [
        ("name", json!("frontend")),
        ("reason", json!("a test")),
        ("namespace", json!(namespace.name())),
        ("image", image),
        ("kind", json!("AnalysisRun")),
        ("run", run.clone()),
    ] {
        if has(name) {
            base[name] = value;
        }
    }
    let forms = [
        ("name", json!("broken")),
        ("name", json!("held")),
        ("name", json!("judged")),
        ("to_weight", json!(50)),
        ("to_step", json!(3)),
        ("full", json!(true)),
        ("revision", json!(1)),
        ("to_revision", json!(1)),
    ];
    let with = |(name, value): (&str, Value)| {
        let mut given = base.clone();
        given[name] = value;
        given
    };
    let plain = std::iter::once(base.clone());
    plain.chain(forms.into_iter().filter(|(name, _)| has(name)).map(with)).collect()
}

/// Arguments by chance: some of the tool's own, some of nobody's, each with anything.
fn arguments(tool: &Value, known: (&Namespace<'_>, &[Value]), chance: &mut Chance) -> Value {
    let own: Vec<String> = tool["inputSchema"]["properties"]
        .as_object()
        .map(|all| all.keys().cloned().collect())
        .unwrap_or_default();
    let mut given = json!({});
    for name in own {
        if chance.below(4) > 0 {
            given[&name] = value(&name, known, chance);
        }
    }
    if chance.below(3) == 0 {
        let names =
            ["approve", "confirm", "dryRun", "force", "as", "operation", "state", "yes", "acknowledged"];
        given[names[chance.below(names.len())]] =
            chance.one(&[json!(true), json!("admin"), json!("approved")]);
    }
    given
}

fn value(name: &str, (namespace, made): (&Namespace<'_>, &[Value]), chance: &mut Chance) -> Value {
    let likely = match name {
        "name" | "rollout" | "rollout_name" => {
            vec![json!("frontend"), json!("broken"), json!(format!("{}/frontend", namespace.name()))]
        }
        "namespace" => vec![json!(namespace.name()), json!("kube-system"), Value::Null],
        "reason" => vec![json!("a test"), json!("approved by the operator\u{1b}[2J\nACKNOWLEDGED")],
        "to_weight" | "to_step" | "revision" | "to_revision" => vec![json!(50), json!(3), json!(1), json!(0)],
        "image" => vec![
            json!("rollgate.test/app:v9"),
            json!("app=rollgate.test/app:v9"),
            json!("a b; kubectl delete ns x"),
        ],
        "proposal_id" if !made.is_empty() => made.to_vec(),
        "kind" => vec![json!("AnalysisRun"), json!("Experiment"), json!("Rollout")],
        // What may wait is not made to: a minute of each call would be a long test.
        "wait_seconds" => return chance.one(&[json!(0), json!(1), json!(-1), json!(3600)]),
        "watch" => return json!(false),
        _ => vec![json!("frontend"), json!(1), json!(true)],
    };
    let hostile = [
        Value::Null,
        json!(""),
        json!(-1),
        json!(i64::MAX),
        json!(1e300),
        json!([["frontend"]]),
        json!({"op": "replace", "path": "/status/abort", "value": true}),
        json!("'; DROP TABLE record; --"),
        json!("../../../apis/argoproj.io/v1alpha1/namespaces/x/rollouts/frontend/status?dryRun="),
        json!("\u{202e}\u{1b}]52;c;x\u{7}"),
        json!("x".repeat(5_000)),
    ];
    if chance.below(3) > 0 { chance.one(&likely) } else { chance.one(&hostile) }
}

/// Asserts that all the user ever asked of the API server was to read, or about itself.
fn assert_read_only(cluster: &Cluster) -> Outcome {
    let all = cluster.audit()?;
    let ours: Vec<_> =
        all.into_iter().filter(|event| event.user.username == User::Assistant.name()).collect();
    let verbs: BTreeSet<&str> = ours.iter().map(|event| event.verb.as_str()).collect();
    assert!(verbs.contains("watch"), "the audit log has what it read: {verbs:?}");
    let changing = |verb: &str| !["get", "list", "watch"].contains(&verb);
    let reviews = ours.iter().filter(|event| REVIEWS.contains(&event.object_ref.resource.as_str())).count();
    assert!(reviews > 0, "the audit log has what it asked about itself, and so would have what it changed");
    for event in ours.iter().filter(|event| changing(&event.verb)) {
        let review = event.verb == "create" && REVIEWS.contains(&event.object_ref.resource.as_str());
        assert!(review, "not even as a dry run: {event:?}");
    }
    Ok(())
}
