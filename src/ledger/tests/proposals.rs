//! Proposals on disk: by several programs, across ends without notice, and within their limits.

use std::os::unix::fs::MetadataExt;

use jiff::{Timestamp, ToSpan};

use super::fixture::{append, entry, open, raw};
use crate::ledger::proposals::{DENIED, Decider, Held, Holder, MOST, Proposals, Unkept};
use crate::ledger::{Ledger, Reader};
use crate::operation;
use crate::proposal::{Draft, Event, Id, Intent, Proposed, State, Target};
use crate::rollout::Key;
use crate::text::Printable;

fn now() -> Timestamp {
    "2026-11-21T08:10:00Z".parse().unwrap()
}

fn proposed(id: &str, client: &str, name: &str, at: Timestamp) -> Proposed {
    let target = Target {
        context: "prod".into(),
        server: "https://127.0.0.1:6443".into(),
        key: Key { namespace: "shop".into(), name: name.into() },
        uid: "uid".into(),
    };
    let draft = Draft { reason: Some("graphs are flat"), client, ..Draft::default() };
    Proposed::new(Id(id.into()), (Intent::Promote, target), &draft, Vec::new(), at).unwrap()
}

fn ada() -> Decider {
    Decider { actor: operation::Actor { uid: 1000, ..operation::Actor::default() }, user: "ada".into() }
}

fn taken(operation: &str) -> Event {
    Event::Taken { by: "ada".into(), operation: operation::Id(operation.into()) }
}

fn denied(reason: &str) -> Event {
    Event::Denied { by: "ada".into(), reason: reason.into() }
}

fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("ledger.sqlite3");
    (folder, path)
}

#[test]
fn whoever_starts_first_makes_the_file_and_the_other_finds_all_in_it() {
    let (_folder, path) = place();
    let mut agent = Proposals::open(&path).unwrap();
    assert_eq!(agent.propose(&proposed("1", "claude", "web", now()), now()), Ok(Id("1".into())));
    let terminal = open(&path);
    append(&terminal, entry("op", 1, "acknowledged")).unwrap();
    assert_eq!(terminal.reader().unwrap().proposals(9, now()).unwrap().len(), 1);
    // And the other way round.
    let (_folder, path) = place();
    drop(open(&path));
    assert_eq!(Reader::open(&path).unwrap().proposals(9, now()).unwrap(), []);
    Proposals::open(&path).unwrap().propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    assert_eq!(Reader::open(&path).unwrap().proposals(9, now()).unwrap().len(), 1);
}

#[test]
fn nobody_else_can_read_the_file_that_an_agents_program_makes() {
    let (_folder, path) = place();
    let mut agent = Proposals::open(&path).unwrap();
    agent.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o077, 0, "{}", file.path().display());
    }
    assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o077, 0);
}

#[test]
fn what_was_answered_is_there_after_an_end_without_notice_and_the_chain_is_whole() {
    let (_folder, path) = place();
    let mut agent = Proposals::open(&path).unwrap();
    let asked = proposed("1", "claude", "web", now());
    agent.propose(&asked, now()).unwrap();
    // Neither closes its connection: as after a kill, the log is left beside the file.
    std::mem::forget(agent);
    let kept = Reader::open(&path).unwrap().proposals(9, now()).unwrap();
    assert_eq!(kept.iter().map(|kept| &kept.proposed).collect::<Vec<_>>(), [&asked]);
    let verdict = Reader::open(&path).unwrap().verify(&[]).unwrap();
    assert!(matches!(verdict, crate::ledger::Verdict::Whole(_)), "{verdict:?}");
}

#[test]
fn the_same_proposal_from_two_programs_at_once_is_kept_once() {
    let (_folder, path) = place();
    drop(Proposals::open(&path).unwrap());
    let ids: Vec<Id> = std::thread::scope(|scope| {
        let each = (0..4).map(|nth| {
            let path = &path;
            scope.spawn(move || {
                let mut agent = Proposals::open(path).unwrap();
                agent.propose(&proposed(&nth.to_string(), "claude", "web", now()), now()).unwrap()
            })
        });
        let each: Vec<_> = each.collect();
        each.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(Reader::open(&path).unwrap().proposals(9, now()).unwrap().len(), 1);
}

#[test]
fn a_no_is_a_record_of_the_chain_with_who_and_why() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    let id = proposals.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    let kept = proposals.decide(&id, denied("not at noon"), &ada(), now()).unwrap();
    assert_eq!(kept.state.word(), "denied");
    let rows = Reader::open(&path).unwrap().operation("1").unwrap();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.event.as_str(), row.api_user.as_str()), (DENIED, "ada"));
    assert!(row.actor.as_ref().unwrap().contains("1000"), "{row:?}");
    for said in ["not at noon", "graphs are flat", "claude", "\"promote\""] {
        assert!(row.body.contains(said), "{said}: {}", row.body);
    }
    let verdict = Reader::open(&path).unwrap().verify(&[]).unwrap();
    assert!(matches!(verdict, crate::ledger::Verdict::Whole(_)), "{verdict:?}");
    // A second no changes nothing.
    let again = proposals.decide(&id, denied("again"), &ada(), now());
    assert!(matches!(again, Err(Unkept::Misfit(_))), "{again:?}");
    assert_eq!(Reader::open(&path).unwrap().operation("1").unwrap().len(), 1);
    let outcome = proposals.outcome(&id, now()).unwrap().unwrap();
    assert_eq!(
        outcome.kept.state.sentence().as_str(),
        "ada said no at 2026-11-21T08:10:00Z: not at noon. Nothing was sent."
    );
}

#[test]
fn an_acknowledgement_in_the_chain_counts_even_if_its_program_ended_before_it_said_so() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    let id = proposals.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    proposals.decide(&id, taken("op"), &ada(), now()).unwrap();
    let ledger: Ledger = open(&path);
    append(&ledger, entry("op", 1, "acknowledged")).unwrap();
    append(&ledger, entry("op", 2, "sent")).unwrap();
    let later = now() + 3.hours();
    let outcome = proposals.outcome(&id, later).unwrap().unwrap();
    assert_eq!(outcome.kept.state.word(), "approved");
    let words: Vec<&str> = outcome.operation.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["acknowledged", "sent"]);
    let denied = proposals.decide(&id, denied("too late"), &ada(), later);
    assert!(matches!(denied, Err(Unkept::Misfit(_))), "{denied:?}");
}

#[test]
fn one_that_was_taken_up_and_put_back_waits_again_and_then_expires() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    let id = proposals.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    proposals.decide(&id, taken("op"), &ada(), now()).unwrap();
    let put_back = Event::PutBack { operation: operation::Id("op".into()) };
    assert_eq!(proposals.decide(&id, put_back, &ada(), now()).unwrap().state, State::Open);
    let late = now() + 10.minutes();
    assert_eq!(proposals.list(9, late).unwrap()[0].state, State::Expired { at: late });
    let taken = proposals.decide(&id, taken("op"), &ada(), late);
    assert!(matches!(taken, Err(Unkept::Misfit(_))), "{taken:?}");
}

#[test]
fn only_the_client_that_made_a_proposal_takes_it_back() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    let id = proposals.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    assert_eq!(proposals.withdraw(&id, "cursor", now()), Err(Unkept::Unknown));
    assert_eq!(proposals.withdraw(&id, "claude", now()).unwrap().state.word(), "withdrawn");
    assert!(
        Reader::open(&path).unwrap().operation("1").unwrap().is_empty(),
        "nobody but a person is recorded"
    );
}

#[test]
fn the_table_forgets_the_oldest_and_never_grows_beyond_its_limit() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    let vandal = raw(&path);
    let filler = proposed("f", "flood", "web", now()).to_json();
    let (made, expires) = (now().as_microsecond(), (now() + 1.minute()).as_microsecond());
    for nth in 0..MOST + 50 {
        let sql = "INSERT INTO proposal (id, made_at, expires_at, body, state, at) VALUES (?1, ?2, ?3, ?4, 'withdrawn', ?2)";
        vandal.execute(sql, rusqlite::params![format!("old-{nth}"), made, expires, filler]).unwrap();
    }
    let later = now() + 2.hours();
    proposals.propose(&proposed("new", "claude", "web", later), later).unwrap();
    let count = |at| -> usize { proposals.list(usize::MAX, at).unwrap().len() };
    assert_eq!(count(later), usize::try_from(MOST).unwrap());
    let next_month = now() + (24 * 30).hours();
    proposals.propose(&proposed("newest", "claude", "web", next_month), next_month).unwrap();
    assert_eq!(proposals.list(9, next_month).unwrap().len(), 1, "the old ones are forgotten");
}

#[test]
fn rows_that_nobody_of_ours_wrote_are_sanitised_or_skipped() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    proposals.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    proposals.propose(&proposed("2", "claude", "api", now()), now()).unwrap();
    let vandal = raw(&path);
    let long = "x".repeat(5000);
    vandal
        .execute(
            "UPDATE proposal SET body = replace(body, 'graphs are flat', ?1) WHERE id = '1'",
            [format!(r"\u001b[31m{long}")],
        )
        .unwrap();
    vandal.execute("UPDATE proposal SET state = 'decreed' WHERE id = '2'", []).unwrap();
    let kept = proposals.list(9, now()).unwrap();
    let [one] = kept.as_slice() else { panic!("{kept:?}") };
    let reason: &Printable = one.proposed.reason.text();
    assert!(reason.as_str().chars().count() <= 280 && !reason.as_str().contains('\u{1b}'), "{reason}");
}

#[test]
fn a_table_of_a_newer_form_is_left_alone_with_a_sentence() {
    let (_folder, path) = place();
    drop(Proposals::open(&path).unwrap());
    raw(&path).execute("UPDATE proposal_form SET form = 2", []).unwrap();
    let refused = Proposals::open(&path).err().unwrap().to_string();
    assert!(refused.contains("use the newer rollgate"), "{refused}");
    // The records are still taken.
    append(&open(&path), entry("op", 1, "acknowledged")).unwrap();
}

#[test]
fn a_table_from_before_holders_were_named_is_read_and_names_them_from_then_on() {
    let (_folder, path) = place();
    Proposals::open(&path).unwrap().propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    raw(&path).execute("ALTER TABLE proposal DROP COLUMN holder", []).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.held().unwrap(), []);
    let process = operation::Process { pid: 7, started: 9, boot: "boot".into(), space: "pid:[1]".into() };
    let actor = operation::Actor {
        host: Some("desk".into()),
        process: Some(Box::new(process.clone())),
        ..operation::Actor::default()
    };
    let at_desk = Decider { actor, user: "ada".into() };
    let mut proposals = Proposals::open(&path).unwrap();
    proposals.decide(&Id("1".into()), taken("op"), &at_desk, now()).unwrap();
    let holder = Holder { host: "desk".into(), process };
    let held = Held { id: Id("1".into()), operation: operation::Id("op".into()), holder };
    assert_eq!(reader.held().unwrap(), [held]);
    let put_back = Event::PutBack { operation: operation::Id("op".into()) };
    proposals.decide(&Id("1".into()), put_back, &at_desk, now()).unwrap();
    assert_eq!(reader.held().unwrap(), []);
}

#[test]
fn a_look_tells_that_somebody_else_wrote_and_nothing_else() {
    let (_folder, path) = place();
    let mut proposals = Proposals::open(&path).unwrap();
    let reader = Reader::open(&path).unwrap();
    let before = reader.pulse().unwrap();
    assert_eq!(reader.pulse().unwrap(), before);
    proposals.propose(&proposed("1", "claude", "web", now()), now()).unwrap();
    assert_ne!(reader.pulse().unwrap(), before);
}
