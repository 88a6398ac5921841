//! What a session kept of the policy service, judged again: as of a time, and looked back at.

use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::time::Duration;

use rollgate::gate::answered::Answered;
use rollgate::gate::policy::file;
use rollgate::gate::stage::Outcome as Stood;
use rollgate::gate::trigger::Approvals;
use rollgate::gate::wish::Gathered;
use rollgate::ledger::Ledger;
use rollgate::rollout::Key;
use rollgate::timeline::{Answer, Unkept};
use serde_json::Value;

use crate::Outcome;
use crate::desk::{Desk, NOON, POLICY, SAME, Said, TEN};
use crate::words::keep;

type Named = (&'static str, fn() -> Outcome);

pub fn trials() -> Vec<Named> {
    vec![
        (
            "what the policy service said is judged as a session heard it, and cannot be told where none did",
            then,
        ),
        ("a past is told by what sessions heard of the policy service, and by how much of it they did", past),
        ("a policy service is asked about now, and never about the past", unasked),
    ]
}

fn key() -> Key {
    Key { namespace: "shop".into(), name: "checkout".into() }
}

fn served() -> String {
    let limit = "    max_policy_deny_rate: 0.03\n";
    let limits = format!("{limit}    max_approvals_waiting: 1\n");
    format!("{}policy_service: {{topic: job.refund}}\n", POLICY.replace(limit, &limits))
}

/// Keeps what was heard at a time, as a session would; the first answer of one breaks the row.
fn hears(desk: &Desk, (uid, breaks): (&str, bool), at: &str, (lacked, waiting): (usize, usize)) {
    let at = at.parse().unwrap();
    let gathered = Gathered {
        key: key(),
        hash: "6c9f".into(),
        policy: file::read(&served(), "served").unwrap().into(),
        at,
        evidence: Vec::new(),
        simulation: Some(Stood::Met),
        reasons: Some(Ok(vec![(at, "no_workers".to_owned()); lacked])),
        approvals: Some(Ok(Approvals { waiting, oldest: (waiting > 0).then_some(at), whole: true })),
    };
    let body = Answered::of(&gathered, at).unwrap().written().unwrap();
    let answer = Answer { key: key(), uid: uid.into(), version: "6c9f".into(), at, body, breaks };
    let ledger = Ledger::open(&desk.path("ledger")).unwrap();
    ledger.keeper().keep(Unkept { answers: vec![answer], ..Unkept::default() });
    assert!(ledger.close(Duration::from_secs(60)));
}

/// A canary at 10 % whose numbers are good, heard of from 10:50 to 11:03: workers lack at 10:57, approvals wait at 11:00.
fn told() -> Desk {
    let desk = Desk::new();
    desk.record(SAME, SAME);
    desk.write("served.yaml", &served());
    let first = ("shadow", "canary 1", "2026-11-21T10:10:00Z");
    keep(&desk, &[first, ("canary 1", "rolled back", "2026-11-21T11:30:00Z")]);
    for (place, (time, said)) in
        [("10:50", (0, 0)), ("10:54", (0, 1)), ("10:57", (3, 0)), ("11:00", (0, 2)), ("11:03", (0, 0))]
            .into_iter()
            .enumerate()
    {
        hears(&desk, ("u-1", place == 0), &format!("2026-11-21T{time}:00Z"), said);
    }
    desk
}

fn at(desk: &Desk, time: &str, more: &str) -> Said {
    desk.rollgate(&format!(
        "gates run checkout --from rollout.yaml --policy served.yaml --recorded recorded.json --ledger ledger \
         --at 2026-11-21T{time}:00Z -o json {more}"
    ))
}

fn state(value: &Value, trigger: &str) -> String {
    let triggers = value["triggers"].as_array().unwrap();
    let found = triggers.iter().find(|it| it["trigger"] == trigger).unwrap();
    format!("{} {}", found["state"].as_str().unwrap(), found["why"].as_str().unwrap_or_default())
}

fn then() -> Outcome {
    let desk = told();
    let note = |value: &Value| value["notes"].to_string();
    let said = at(&desk, "10:52", "");
    let value = said.json();
    assert_eq!(
        (said.code, &value["word"], &value["stage"]),
        (0, &"pass".into(), &"canary 1".into()),
        "{value:#}"
    );
    assert!(note(&value).contains("is from the ledger, as a session heard it 2m before"), "{}", note(&value));
    for (time, trigger, why) in [
        ("10:58", "overload", "fires 3 times overloaded within 5m"),
        ("11:02", "approvals", "fires 2 approvals wait for a person, more than 1"),
    ] {
        let said = at(&desk, time, "");
        assert_eq!((said.code, state(&said.json(), trigger)), (2, why.to_owned()), "{}", said.out);
    }
    for (time, more) in [("10:49", ""), ("11:03", ""), ("10:52", "--canary 5b8e --stage canary-1")] {
        let said = at(&desk, time, more);
        let value = said.json();
        assert_eq!((said.code, &value["word"]), (3, &"cannot tell".into()), "{time}: {value:#}");
        let why =
            "cannot-tell why jobs failed is not known: no session recorded what the policy service said then";
        assert_eq!(state(&value, "overload"), why);
        assert!(
            note(&value).contains("is not known, since no session recorded its answer"),
            "{}",
            note(&value)
        );
    }
    // A shadow asks for the simulation: it was allowed.
    let shadow = at(&desk, "10:52", "--stage shadow").json();
    assert_eq!(
        (&shadow["requirements"][0]["requirement"], &shadow["requirements"][0]["word"]),
        (&"policy simulation".into(), &"pass".into())
    );
    let unheard = at(&desk, "10:49", "--stage shadow").json();
    assert_eq!(unheard["requirements"][0]["word"], "cannot tell");
    // A policy that asks for another topic was not answered.
    desk.write("served.yaml", &served().replace("job.refund", "job.ship"));
    let other = at(&desk, "10:52", "");
    assert_eq!(other.code, 3, "{}", other.out);
    assert!(state(&other.json(), "overload").ends_with("is the answer to another question"), "{}", other.out);
    Ok(())
}

fn past() -> Outcome {
    let desk = told();
    let words = format!(
        "gates backtest served.yaml checkout -n shop --recorded recorded.json --from {TEN} --to {NOON} --ledger ledger"
    );
    let value = desk.rollgate(&format!("{words} -o json")).json();
    let word = |minute: usize| value["looks"][minute]["word"].as_str().unwrap().to_owned();
    assert_eq!(
        [49, 50, 54, 57, 59, 60, 62, 63].map(word),
        ["cannot tell", "pass", "pass", "fail", "fail", "fail", "fail", "cannot tell"]
    );
    let age = |minute: usize| value["looks"][minute]["service_age_seconds"].clone();
    assert_eq!((age(49), age(53), age(57)), (Value::Null, 180.0.into(), 0.0.into()));
    assert_eq!(value["first_fired"], "2026-11-21T10:57:00Z");
    let text = desk.rollgate(&words).out;
    for told in [
        "the policy service at 13 of 121 looks: from the ledger, as sessions heard it, at most 3m before",
        "not replayed: policy simulation, triggers overload and approvals at 108 of 121 looks, since no session recorded",
        "it would first have passed at 2026-11-21T10:50:00Z",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // Another Rollout of this name, in another cluster: whose answers they were nobody knows.
    hears(&desk, ("u-2", true), "2026-11-21T11:10:00Z", (0, 0));
    let text = desk.rollgate(&words).out;
    assert!(text.contains("at 121 of 121 looks, since no session recorded"), "{text}");
    Ok(())
}

fn unasked() -> Outcome {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (told, came) = channel();
    // It hangs up on who comes, and ends with the process.
    std::thread::spawn(move || listener.incoming().try_for_each(|_| told.send(())));
    let came = || came.try_iter().count() > 0;
    desk.write("served.yaml", &served());
    desk.write("key", "sekret");
    desk.write(
        "config.toml",
        &format!(
            "[policy-service]\nurl = 'http://{address}'\ntenant = 'shop'\napi-key-file = '{}'\n",
            desk.path("key").display()
        ),
    );
    let run = |more: &str| {
        desk.rollgate(&format!(
            "gates run checkout --from rollout.yaml --policy served.yaml --config config.toml --ledger ledger {more}"
        ))
    };
    let said = run(&format!("--at {NOON}"));
    assert!(said.code == 3 && !came(), "{}{}", said.out, said.err);
    let said = run("");
    assert!(said.code == 3 && came(), "{}{}", said.out, said.err);
    Ok(())
}
