//! What each command says and how it ends, over recorded evidence.

use std::time::Duration;

use rollgate::gate::past::Entered;
use rollgate::gate::record;
use rollgate::ledger::Ledger;
use rollgate::rollout::Key;
use rollgate::timeline::{Scene, Sighting, Source};
use serde_json::Value;

use crate::Outcome;
use crate::desk::{Course, Desk, NOON, POLICY, ROLLOUT, SAME, TEN, of_repository};

type Named = (&'static str, fn() -> Outcome);

pub fn trials() -> Vec<Named> {
    vec![
        ("a judgement ends with the code of its word, as text and as json", codes),
        ("the stage of a time in the past is the recorded one, never that of now", then),
        ("what cannot be judged ends with 3 and one sentence", untold),
        ("a command line that is wrong never ends as a verdict would", misread),
        ("a verdict as json is the record, with what it is of", as_json),
        ("a past is told with its turns, and its last word is the code", past),
        ("a past is told by the stages that were recorded, and what was not replayed is said", staged),
        ("a policy of the folder is explained, and chosen by annotation or selector", folder),
        ("a broken policy in the folder keeps nobody from linting it", broken),
        ("a policy is linted beside a rollout that is named", beside),
        ("the schema that is printed is the one in the documentation", schema),
        ("a verdict is written as page and as picture, which stand alone", written),
    ]
}

const WORSE: Course = Course { factor: 1.6, from_minute: 0, wobble: 0.02 };
const THRICE: Course = Course { factor: 3.0, from_minute: 70, wobble: 0.02 };

fn run(desk: &Desk, at: &str, more: &str) -> crate::desk::Said {
    desk.rollgate(&format!(
        "gates run checkout --from rollout.yaml --policy shop.yaml --recorded recorded.json --at {at} {more}"
    ))
}

fn codes() -> Outcome {
    let desk = Desk::new();
    for (errors, queue, at, word, code) in [
        (SAME, SAME, NOON, "pass", 0),
        (SAME, WORSE, NOON, "hold", 1),
        (WORSE, SAME, NOON, "fail", 2),
        (SAME, SAME, "2026-11-21T10:30:00Z", "cannot tell", 3),
        (SAME, SAME, "2026-11-21T13:00:00Z", "cannot tell", 3),
    ] {
        desk.record(errors, queue);
        let (text, json) = (run(&desk, at, ""), run(&desk, at, "-o json"));
        assert_eq!((text.code, json.code), (code, code), "{}{}", text.out, text.err);
        assert!(text.out.lines().nth(1).unwrap().starts_with(&format!("{word}: ")), "{}", text.out);
        assert_eq!(json.json()["word"], word);
    }
    Ok(())
}

/// Keeps that the canary came from one stage into another, as a session would.
pub fn keep(desk: &Desk, stages: &[(&str, &str, &str)]) {
    let ledger = Ledger::open(&desk.path("ledger")).unwrap();
    let sighting = |(from, to, at): &(&str, &str, &str)| {
        let at = at.parse().unwrap();
        let stage = |name: &str| record::stage_named(name).unwrap();
        let (uid, canary) = ("u-1".into(), "6c9f".into());
        let entered = Entered { uid, canary, from: stage(from), to: stage(to), at };
        let key = Key { namespace: "shop".into(), name: "checkout".into() };
        let line = Sighting::ours(Source::Gate, key, Scene::default(), "a stage".to_owned(), at);
        Sighting { mark: entered.mark(), ..line }
    };
    ledger.keep(stages.iter().map(sighting).collect(), 0);
    assert!(ledger.close(Duration::from_secs(60)));
}

fn then() -> Outcome {
    let desk = Desk::new();
    desk.record(SAME, SAME);
    let at =
        |time: &str, more: &str| run(&desk, &format!("2026-11-21T{time}:00Z"), &format!("-o json {more}"));
    let told = |said: &crate::desk::Said| {
        let value = said.json();
        let notes: Vec<String> =
            value["notes"].as_array().unwrap().iter().map(|note| note["what"].to_string()).collect();
        (said.code, value["stage"].clone(), notes.join("; "))
    };
    let (code, stage, note) = told(&at("12:00", ""));
    assert_eq!((code, &stage), (0, &"canary 2".into()), "it has paused since ten: {note}");
    assert!(note.contains("known to have been since 2026-11-21T10:00:00Z"), "{note}");
    // A Rollout that moves says nothing of its past.
    let moving = ROLLOUT.replace("  pauseConditions:", "  other:");
    desk.write("rollout.yaml", &moving);
    let (code, stage, note) = told(&at("12:00", ""));
    assert_eq!((code, &stage), (3, &Value::Null), "{note}");
    assert!(note.contains("is not known") && note.contains("name it with --stage"), "{note}");
    // Now it is known where it is, and not since when: the points before that are not of there.
    let present =
        "gates run checkout --from rollout.yaml --policy shop.yaml --recorded recorded.json -o json";
    let (code, stage, note) = told(&desk.rollgate(present));
    assert_eq!((code, &stage), (3, &"canary 2".into()), "{note}");
    assert!(note.contains("since when this canary is in canary 2 is not known"), "{note}");
    let (code, stage, _) = told(&at("12:00", "--stage canary-1"));
    assert_eq!((code, stage), (0, "canary 1".into()));
    keep(
        &desk,
        &[("shadow", "canary 1", "2026-11-21T10:10:00Z"), ("canary 1", "canary 2", "2026-11-21T11:30:00Z")],
    );
    let at = |time: &str, more: &str| at(time, &format!("--ledger ledger {more}"));
    let (code, stage, note) = told(&at("11:00", ""));
    assert_eq!((code, stage), (0, "canary 1".into()), "{note}");
    assert!(note.contains("known to have been since 2026-11-21T10:10:00Z"), "{note}");
    assert_eq!(told(&at("12:00", "")).1, "canary 2", "where it still is");
    assert_eq!(told(&at("10:05", "")).1, Value::Null, "before the first record");
    // Another version of the same Rollout was never in that stage.
    let other = at("11:00", "--canary 5b8e");
    assert_eq!(told(&other).1, Value::Null);
    let why = other.json()["metrics"][0]["why"].to_string();
    assert!(why.contains("the recording is of 6c9f beside 7d8c"), "{why}");
    for wrong in ["--stage done", "--stage canary"] {
        let said = at("12:00", wrong);
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{wrong}");
    }
    Ok(())
}

fn untold() -> Outcome {
    let desk = Desk::new();
    desk.record(SAME, SAME);
    desk.write("stable.yaml", &ROLLOUT.replace("6c9f", "7d8c"));
    for (words, why) in [
        ("gates run nobody --from rollout.yaml --policy shop.yaml", "\"nobody\" not found"),
        ("gates run checkout --from rollout.yaml", "no policy is meant for this Rollout"),
        ("gates run checkout --from stable.yaml --policy shop.yaml", "nothing is being brought in"),
        (
            "gates run checkout --from rollout.yaml --policy shop.yaml --recorded none.json",
            "cannot read none.json",
        ),
        ("gates run checkout --policy shop.yaml", "kubeconfig"),
        ("gates run checkout --config none.toml", "none.toml"),
        ("gates report checkout --from rollout.yaml --policy none.yaml -o v.html", "cannot read none.yaml"),
        (
            "gates backtest shop.yaml --recorded recorded.json --from soon --to 2026-11-21T12:00:00Z",
            "not `soon`",
        ),
    ] {
        let said = desk.rollgate(words);
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{words}: {}", said.err);
        assert!(said.err.contains(why), "{words}: {}", said.err);
    }
    assert!(!desk.path("v.html").exists());
    Ok(())
}

fn misread() -> Outcome {
    let desk = Desk::new();
    for words in ["gates run --oops", "gates report checkout", "gates backtest shop.yaml --to soon"] {
        assert_eq!(desk.rollgate(words).code, 3, "{words}");
    }
    for words in ["gates lint", "gates oops", "list --oops"] {
        assert_eq!(desk.rollgate(words).code, 2, "{words}");
    }
    assert_eq!(desk.rollgate("gates run --help").code, 0);
    Ok(())
}

fn as_json() -> Outcome {
    let desk = Desk::new();
    desk.record(WORSE, SAME);
    let value = run(&desk, NOON, "-o json").json();
    assert_eq!(
        (&value["schema"], &value["namespace"], &value["name"]),
        (&"rollgate/v1".into(), &"shop".into(), &"checkout".into())
    );
    assert_eq!(
        (&value["canary"], &value["stable"], &value["stage"]),
        (&"6c9f".into(), &"7d8c".into(), &"canary 2".into())
    );
    let errors = &value["metrics"][0];
    assert_eq!(
        (&errors["metric"], &errors["class"], &errors["points"]["canary"]),
        (&"errors".into(), &"high".into(), &121.into())
    );
    assert_eq!(errors["digest"].as_str().unwrap().len(), 64);
    let hostile =
        desk.write("hostile.yaml", &POLICY.replace("name: shop", r#"name: "a\u202eb\u009bc\u0007""#));
    let words = format!(
        "checkout --from rollout.yaml --recorded recorded.json --at {NOON} --policy {}",
        hostile.display()
    );
    let (text, json) =
        (desk.rollgate(&format!("gates run {words}")), desk.rollgate(&format!("gates run {words} -o json")));
    assert!(
        json.out.is_ascii() && json.json()["policy"].as_str().unwrap().contains('\u{202e}'),
        "{}",
        json.out
    );
    assert!(text.out.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{}", text.out);
    let described = of_repository("assets/schema/gates.md");
    let mut names = Vec::new();
    fields(&value, &mut names);
    let words: Vec<&str> = described.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let missing: Vec<&String> = names.iter().filter(|name| !words.contains(&name.as_str())).collect();
    assert!(names.len() > 30 && missing.is_empty(), "not described in assets/schema/gates.md: {missing:?}");
    Ok(())
}

fn fields(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            into.push(key.clone());
            fields(value, into);
        }),
        Value::Array(items) => items.iter().for_each(|item| fields(item, into)),
        _ => {}
    }
}

fn past() -> Outcome {
    let desk = Desk::new();
    desk.record(THRICE, SAME);
    let words = format!("gates backtest shop.yaml --recorded recorded.json --from {TEN} --to {NOON}");
    let said = desk.rollgate(&words);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    // The fiftieth point is that of minute 49; the errors triple at minute 70.
    assert!(said.out.contains("it would first have passed at 2026-11-21T10:49:00Z"), "{}", said.out);
    assert!(said.out.contains("it would first have failed at 2026-11-21T11:1"), "{}", said.out);
    assert!(said.out.contains("an abort would first have been proposed at 2026-11-21T11:1"), "{}", said.out);
    let value = desk.rollgate(&format!("{words} -o json")).json();
    assert_eq!(value["looks"].as_array().unwrap().len(), 121);
    assert_eq!(value["first_pass"], "2026-11-21T10:49:00Z");
    let seldom = desk.rollgate(&format!("{words} --every 1h -o json")).json();
    assert_eq!(seldom["looks"].as_array().unwrap().len(), 3);
    // One that begins late has the points of before, as a judgement of that time.
    let late = "gates backtest shop.yaml --recorded recorded.json --from 2026-11-21T10:59:00Z --to 2026-11-21T11:00:00Z -o json";
    assert_eq!(desk.rollgate(late).json()["looks"][1], value["looks"][60]);
    // The same at a time, whether looked back at or judged then.
    let then = run(&desk, "2026-11-21T11:00:00Z", "-o json").json();
    assert_eq!(seldom["looks"][1]["score"], then["score"]);
    assert_eq!(seldom["looks"][1]["word"], "pass");
    Ok(())
}

fn staged() -> Outcome {
    let desk = Desk::new();
    desk.record(SAME, SAME);
    let first = "2026-11-21T10:10:00Z";
    let back = "2026-11-21T11:30:00Z";
    keep(&desk, &[("shadow", "canary 1", first), ("canary 1", "rolled back", back)]);
    let words =
        format!("gates backtest shop.yaml --recorded recorded.json --from {TEN} --to {NOON} --ledger ledger");
    let named = words.replace("shop.yaml", "shop.yaml checkout -n shop");
    let value = desk.rollgate(&format!("{named} -o json")).json();
    let look = |at: usize| (value["looks"][at]["stage"].clone(), value["looks"][at]["word"].clone());
    assert_eq!(look(9).0, Value::Null, "before the first record");
    assert_eq!(look(60), ("canary 1".into(), "pass".into()));
    assert_eq!(look(100).0, Value::Null, "whether it stayed rolled back is not known");
    assert_eq!(value["not_replayed"].as_array().unwrap().len(), 1, "{}", value["not_replayed"]);
    let said = desk.rollgate(&named);
    assert!(said.out.contains("not replayed: the stage of 41 of 121 looks"), "{}", said.out);
    // Without a name nobody can know whose stages they were.
    let nameless = desk.rollgate(&words);
    assert!(nameless.out.contains("not replayed: the stage of 121 of 121 looks"), "{}", nameless.out);
    assert!(
        nameless.out.contains("not replayed: stages: name the Rollout and its namespace"),
        "{}",
        nameless.out
    );
    // What the policy wants and the past does not have.
    desk.write("served.yaml", &format!("{POLICY}policy_service: {{topic: job.refund}}\n"));
    let served = desk.rollgate(&named.replace("shop.yaml", "served.yaml"));
    assert!(served.out.contains("not replayed: policy simulation and trigger overload"), "{}", served.out);
    Ok(())
}

fn folder() -> Outcome {
    let desk = Desk::new();
    desk.write("gates/shop.yaml", POLICY);
    desk.write(
        "gates/other.yaml",
        &POLICY.replace("name: shop", "name: strict\napplies_to: {names: [nobody]}"),
    );
    desk.record(SAME, SAME);
    let explained = desk.rollgate("gates explain strict --gates gates --noise 5");
    assert_eq!(explained.code, 0, "{}", explained.err);
    assert!(explained.out.starts_with("policy strict, for nobody in all namespaces\n"), "{}", explained.out);
    assert!(explained.out.contains("group queue: weight 20 %"), "{}", explained.out);
    let unknown = desk.rollgate("gates explain lax --gates gates");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("there is no policy `lax`: there are strict, shop"), "{}", unknown.err);
    let judged = |rollout: &str| {
        let words =
            format!("gates run checkout --from {rollout} --gates gates --recorded recorded.json --at {NOON}");
        desk.rollgate(&words)
    };
    assert!(judged("rollout.yaml").out.contains("policy shop,"), "{}", judged("rollout.yaml").err);
    let named = |name: &str| {
        let annotated = format!("uid: u-1, annotations: {{rollgate.io/gate-policy: {name}}}");
        desk.write("named.yaml", &ROLLOUT.replace("uid: u-1", &annotated));
        judged("named.yaml")
    };
    assert!(named("strict").out.contains("policy strict,"));
    let missing = named("lost");
    assert_eq!(missing.code, 3);
    assert!(missing.err.contains("names the policy `lost`, which is not there"), "{}", missing.err);
    Ok(())
}

fn broken() -> Outcome {
    let desk = Desk::new();
    desk.write(".config/rollgate/gates/bad.yaml", &POLICY.replace("pass: 95", "pass: 950"));
    let said = desk.rollgate("gates lint .config/rollgate/gates/bad.yaml shop.yaml");
    assert_eq!(said.code, 1);
    let mut lines = said.out.lines();
    assert_eq!(
        lines.next().unwrap(),
        ".config/rollgate/gates/bad.yaml:7: error: 950 does not lie between 0 and 100"
    );
    assert!(lines.any(|line| line == "shop.yaml: in order: policy shop"), "{}", said.out);
    assert_eq!(desk.rollgate("gates run checkout --from rollout.yaml --policy shop.yaml").code, 3);
    Ok(())
}

fn schema() -> Outcome {
    let said = Desk::new().rollgate("gates schema");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(said.out, of_repository("docs/gate-policy.schema.json"));
    assert_eq!(said.json()["type"], "object");
    Ok(())
}

fn beside() -> Outcome {
    let desk = Desk::new();
    let timed = ROLLOUT.replace("{pause: {}}", "{pause: {duration: 20m}}, {setWeight: 50}");
    desk.write("rollout.yaml", &timed);
    let lint = |more: &str| desk.rollgate(&format!("gates lint shop.yaml {more}"));
    assert_eq!(lint("").code, 0);
    let said = lint("--rollout checkout --from rollout.yaml -n shop");
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("shop/checkout: step 2 pauses for 20m"), "{}", said.out);
    // Where it cannot be read it is not told that all is in order.
    for (words, why) in [
        ("--rollout checkout -n shop", "kubeconfig"),
        ("--rollout nobody --from rollout.yaml", "not found"),
        ("--rollout checkout --steps rollout.yaml", "cannot be used with"),
    ] {
        let said = lint(words);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{words}");
        assert!(said.err.contains(why), "{words}: {}", said.err);
    }
    Ok(())
}

fn written() -> Outcome {
    let desk = Desk::new();
    desk.record(WORSE, SAME);
    for (name, begins) in [("v.html", "<!DOCTYPE html>"), ("v.svg", "<svg xmlns=")] {
        let words = format!(
            "gates report checkout --from rollout.yaml --policy shop.yaml --recorded recorded.json --at {NOON} -o {name}"
        );
        let said = desk.rollgate(&words);
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.out.starts_with(&format!("{name}: fail: ")), "{}", said.out);
        let text = std::fs::read_to_string(desk.path(name)).unwrap();
        assert!(text.starts_with(begins));
        for outside in ["<script", "<link", "<img", "<iframe", "@import", "url(", " href=", " src="] {
            assert!(!text.contains(outside), "{name} has {outside}");
        }
    }
    Ok(())
}
