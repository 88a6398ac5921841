//! Owns the table of every state and every event: what follows, and what is to be done.
//!
//! In a cell stands the state that follows and the commands: `+R` record, `+S` send, `+Q` read, `+A` announce; `.` means that nothing
//! changes and nothing is done. Final states are not in the table: every one of them takes every event with `.`.

use jiff::Timestamp;

use super::fixture::*;
use crate::operation::life::Announced;
use crate::operation::{Acknowledgement, Answer, Command, Event, Kind, Operation, SiteReading};

const TABLE: &str = "
event            staged      armed          acknowledged sent            delayed         accepted     in-doubt        unobserved
armed            armed       .              .            .               .               .            .               .
disarmed         .           staged         .            .               .               .            .               .
acknowledged     .           acknowledged+R .            .               .               .            .               .
forged           .           denied+R       .            .               .               .            .               .
recorded         .           .              sent+S       .               .               .            .               .
recorded-other   .           .              .            .               .               .            .               .
record-failed    .           .              denied+R     .               .               .            .               .
failed-other     .           .              .            .               .               .            .               .
sending          .           .              .            .               .               .            .               .
accepted         .           .              .            accepted+R      .               .            accepted+R      .
refused          .           .              .            sent+Q          .               .            .               .
unknown          .           .              .            in-doubt+R+Q    .               .            .               .
undelivered      .           .              .            delayed+R       .               .            not-delivered+R .
undelivered-long .           .              .            not-delivered+R .               .            not-delivered+R .
same             .           .              .            .               .               .            .               .
same-newer       .           .              .            .               .               unclear+R    .               unclear+R
same-read        .           .              .            .               .               .            .               .
marked-read      overtaken+R overtaken+R    overtaken+R  .               overtaken+R     .            accepted+R      .
counted          .           .              .            .               .               .            .               .
other            overtaken+R overtaken+R    overtaken+R  .               overtaken+R     unclear+R    .               unclear+R
other-read       overtaken+R overtaken+R    overtaken+R  .               overtaken+R     unclear+R    unclear+R       unclear+R
visible          overtaken+R overtaken+R    overtaken+R  .               overtaken+R     .            .               .
done             overtaken+R overtaken+R    overtaken+R  .               overtaken+R     observed+R   .               observed+R
read-failed      .           .              .            .               .               .            .               .
deleted          overtaken+R overtaken+R    overtaken+R  .               overtaken+R     unclear+R    unclear+R       unclear+R
site             .           .              .            .               .               .            .               .
site-gone        .           .              .            .               .               .            .               .
withdrawn        withdrawn+R withdrawn+R    withdrawn+R  .               withdrawn+R     .            .               .
announced        .           .              .            .               .               .            .               .
tick             .           .              .            .               sent+S          .            .               .
lapsed           expired+R   expired+R      denied+R     .               not-delivered+R .            .               .
tick-late        expired+R   expired+R      denied+R     in-doubt+R+Q    not-delivered+R unobserved+R in-doubt+Q      .
";

const FINAL: [&str; 9] = [
    "refused",
    "observed",
    "not-applied",
    "not-delivered",
    "unclear",
    "withdrawn",
    "denied",
    "expired",
    "overtaken",
];

/// Brings an operation into the state of that name, at latest at `at(100)`.
fn in_state(name: &str) -> Operation {
    let rollout = waiting_canary();
    let begun = || sent(Kind::Promote, &rollout).0;
    let mut operation = match name {
        "staged" | "armed" | "acknowledged" | "withdrawn" | "denied" | "expired" | "overtaken" => {
            staged(Kind::Promote, &rollout)
        }
        _ => begun(),
    };
    for (event, seconds) in way_to(name, &operation) {
        operation.on(event, at(seconds));
    }
    assert_eq!(operation.state().word(), name);
    operation
}

fn way_to(name: &str, operation: &Operation) -> Vec<(Event, i64)> {
    let rollout = waiting_canary();
    let acknowledged = acknowledged_event(operation);
    match name {
        "armed" => vec![(Event::Armed, 0)],
        "acknowledged" => vec![(Event::Armed, 0), (acknowledged, 0)],
        "accepted" => vec![(accepted(), 0)],
        "refused" => vec![(refused(), 0), (watched(&rollout, "101"), 1), (read(&rollout, "101"), 1)],
        "delayed" => vec![(undelivered(None), 0), (Event::Recorded { entry: 2 }, 0)],
        "not-delivered" => vec![(undelivered(Some(200)), 0)],
        "in-doubt" => vec![(unknown(), 0)],
        "unobserved" => vec![(accepted(), 0), (Event::Tick, 30)],
        "observed" => vec![(accepted(), 0), (watched(&advanced(&rollout), "102"), 0)],
        "not-applied" => std::iter::once((unknown(), 0))
            .chain(
                (0..)
                    .step_by(5)
                    .take(17)
                    .flat_map(|second| [(Event::Tick, second + 5), (read(&rollout, "100"), second + 5)]),
            )
            .collect(),
        "unclear" => vec![(accepted(), 0), (Event::Deleted, 0)],
        "withdrawn" => vec![(Event::Withdrawn, 0)],
        "denied" => vec![
            (Event::Armed, 0),
            (acknowledged, 0),
            (Event::RecordFailed { entry: 1, why: "full".into() }, 0),
        ],
        "expired" => vec![(Event::Tick, 120)],
        "overtaken" => vec![(Event::Deleted, 0)],
        _ => Vec::new(),
    }
}

fn event(name: &str, operation: &Operation) -> (Event, Timestamp) {
    let rollout = waiting_canary();
    let mut other = rollout.clone();
    other.status.current_pod_hash = Some("newer".into());
    let mut counted = rollout.clone();
    counted.status.replicas.ready = 4;
    let event = match name {
        "armed" => Event::Armed,
        "disarmed" => Event::Disarmed,
        "acknowledged" => acknowledged_event(operation),
        "forged" => Event::Acknowledged {
            digest: operation.request().digest(),
            actor: actor(),
            said: Acknowledgement::default(),
        },
        "recorded" => Event::Recorded { entry: 1 },
        "recorded-other" => Event::Recorded { entry: 9 },
        "record-failed" => Event::RecordFailed { entry: 1, why: "disk full".into() },
        "failed-other" => Event::RecordFailed { entry: 9, why: "disk full".into() },
        "sending" => Event::Sending,
        "accepted" => accepted(),
        "refused" => refused(),
        "unknown" => unknown(),
        "undelivered" => undelivered(None),
        "undelivered-long" => undelivered(Some(200)),
        "marked-read" => read_marked(&cleared(&rollout), "101"),
        "same" => watched(&rollout, "100"),
        "same-newer" => watched(&rollout, "102"),
        "same-read" => read(&rollout, "100"),
        "counted" => watched(&counted, "100"),
        "other" => watched(&other, "102"),
        "other-read" => read(&other, "102"),
        "visible" => watched(&cleared(&rollout), "101"),
        "done" => watched(&advanced(&rollout), "102"),
        "read-failed" => Event::ReadFailed { why: "timeout".into() },
        "deleted" => Event::Deleted,
        "site" => Event::SeenSite(Box::new(SiteReading::watched_analysis(&running()))),
        "site-gone" => Event::SiteGone,
        "withdrawn" => Event::Withdrawn,
        "announced" => Event::Announced(Announced::Made),
        "lapsed" => Event::Lapsed,
        "tick" | "tick-late" => Event::Tick,
        _ => panic!("no event {name}"),
    };
    let since = operation.state().since().unwrap_or(operation.staged_at());
    let wait = if name == "tick-late" { 120 } else { 1 };
    (event, since + jiff::SignedDuration::from_secs(wait))
}

fn outcome(operation: &mut Operation, name: &str) -> String {
    let before = operation.state().word();
    let (event, now) = event(name, operation);
    let commands = operation.on(event, now);
    let done: String = commands
        .iter()
        .map(|command| match command {
            Command::Record(_) => "+R",
            Command::Send(_) => "+S",
            Command::Read { .. } => "+Q",
            Command::Announce(_) => "+A",
        })
        .collect();
    let after = operation.state().word();
    if after == before && done.is_empty() { ".".to_owned() } else { format!("{after}{done}") }
}

fn rows() -> Vec<Vec<&'static str>> {
    TABLE.trim().lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn every_state_takes_every_event_as_the_table_says() {
    let rows = rows();
    let mut wrong = Vec::new();
    for row in &rows[1..] {
        assert_eq!(row.len(), 9, "{row:?}");
        for (state, expected) in rows[0].iter().zip(row).skip(1) {
            let got = outcome(&mut in_state(state), row[0]);
            if got != *expected {
                wrong.push(format!("{state} × {}: {got}, not {expected}", row[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_final_takes_nothing() {
    for state in FINAL {
        for row in &rows()[1..] {
            let mut operation = in_state(state);
            assert!(operation.state().is_final(), "{state}");
            assert_eq!(outcome(&mut operation, row[0]), ".", "{state} × {}", row[0]);
            assert_eq!(operation.wake_at(), None, "{state}");
        }
    }
}

#[test]
fn every_state_has_words_and_what_was_not_sent_says_so() {
    let unsent =
        ["staged", "armed", "acknowledged", "not-delivered", "withdrawn", "denied", "expired", "overtaken"];
    for state in rows()[0][1..].iter().chain(&FINAL) {
        let words = words(&in_state(state));
        assert!(words.len() > 4, "{state}: {words}");
        assert_eq!(words.contains("nothing was sent"), unsent.contains(state), "{state}: {words}");
        assert_eq!(words.starts_with("done"), *state == "observed", "{state}: {words}");
    }
}

#[test]
fn what_a_person_can_act_on_comes_with_advice() {
    let advised = [
        "delayed",
        "in-doubt",
        "unobserved",
        "refused",
        "not-applied",
        "not-delivered",
        "unclear",
        "expired",
        "overtaken",
    ];
    for state in rows()[0][1..].iter().chain(&FINAL) {
        let advice = crate::operation::words::advice(&in_state(state));
        assert_eq!(advice.is_some(), advised.contains(state), "{state}");
    }
}

#[test]
fn an_answer_of_each_kind_is_a_state_of_its_own() {
    let word = |answer: Answer| {
        let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
        operation.on(Event::Answered(answer), at(1));
        operation.state().word()
    };
    assert_eq!(word(Answer::Accepted { resource_version: "1".into() }), "accepted");
    assert_eq!(word(Answer::Refused { code: 403, why: "no".into() }), "refused");
    assert_eq!(word(Answer::Unknown { why: "reset".into() }), "in-doubt");
}
