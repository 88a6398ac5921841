//! What health rests on, broken one by one on the real cluster while the real program runs in a terminal: its health screen,
//! `rollgate health -o json` and the open confirmation say so within the stated time, in words that say what to do.
//!
//! `README.md` beside this has the table of what is broken and which test shows it. Invariant of each case: nothing is sent
//! that it did not mean to order, and what was broken is whole again at its end, however it ends.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::{CONTEXT, Namespace, User};
use crate::harness::Case;
use crate::health::{self, paused};
use crate::person::{Person, Seat};

mod around;
mod inside;
mod rows;

type Outcome = Result<(), String>;

/// The cases of these files.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "broken: weights that contradict their traffic object are told with both numbers",
            inside::traffic,
        ),
        Case::new("broken: a ledger that may no longer be written holds orders back", around::ledger),
        Case::new(
            "broken: a ledger that is made read-only under a session that has it open is written all the same",
            around::open_ledger,
        ),
        Case::new("broken: a login that has ended is told as one, and a new one is taken up", around::login),
        Case::new(
            "broken: a policy of the cluster that refuses promotions disarms them in its words",
            inside::admission,
        ),
        Case::new("broken: a clock that is ahead of the server's is told by how much", around::clock_ahead),
        Case::new("broken: a clock that is behind the server's is told by how much", around::clock_behind),
        Case::new(
            "broken: definitions that are removed are told with how to install them",
            inside::definitions,
        ),
        Case::new(
            "broken: a prometheus that is gone, or is something else, is told by its address",
            around::metrics,
        ),
        Case::new(
            "broken: rights to all but Rollouts are missing, each row says which, and has them when they are given",
            rows::rights,
        ),
        Case::disruptive(
            "broken: notifications, an old controller, Argo CD and a policy service are told as they are configured",
            rows::configured,
        ),
        Case::disruptive(
            "broken: a controller that stands still is told, and what waits for it",
            inside::controller,
        ),
        Case::disruptive(
            "broken: an API server that is gone holds orders back until it is live again",
            around::server,
        ),
    ]
}

/// Undoes what a case did, however that ends.
pub struct Mended<F: FnMut() -> Outcome>(pub F);

impl<F: FnMut() -> Outcome> Drop for Mended<F> {
    fn drop(&mut self) {
        let mended = (self.0)();
        // A case that has failed already is told by its own words.
        assert!(mended.is_ok() || std::thread::panicking(), "{mended:?}");
    }
}

/// Sits an operator down before a namespace, with leave to order.
fn before(namespace: &Namespace<'_>) -> Person {
    let mut person = Seat::of(namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person
}

/// Names the rollout of a confirmation.
fn title(namespace: &Namespace<'_>) -> String {
    format!("promote {}/web", namespace.name())
}

/// Asks `rollgate health` as a user, with leave to order; returns its exit code and what it printed.
fn asked(namespace: &Namespace<'_>, user: User, need: &str) -> Result<(i32, Value), String> {
    let leave = format!("{CONTEXT}/{}", namespace.name());
    let said = health::asked(namespace, user, &["--allow", &leave, "--need", need])?;
    Ok((said.code, said.json()?))
}

/// Opens health, from wherever the person is, and in it the row of this title.
#[track_caller]
pub fn opens_row(person: &mut Person, title: &str) {
    person.types("l");
    person.sees("what works, and how that is known");
    // The row that was opened last is still the selected one.
    person.screen.read_for(Duration::from_millis(40));
    person.types("g");
    person.screen.wait_until("the first row is selected", |screen| {
        selected(screen).is_some_and(|(_, text)| text.contains(" Rollouts "))
    });
    for _ in 0..30 {
        let at = selected(person.screen.screen());
        if at.as_ref().is_some_and(|(_, text)| text.contains(&format!(" {title} "))) {
            break;
        }
        // Keys that follow each other at once are taken for a paste.
        person.screen.read_for(Duration::from_millis(40));
        person.types("j");
        let at = at.map(|(at, _)| at);
        person
            .screen
            .wait_until("another row is selected", |screen| selected(screen).map(|(now, _)| now) != at);
    }
    person.types("\r");
    person.sees("How that is known");
    person.sees(title);
}

/// Goes back to where health was opened.
#[track_caller]
fn goes_back(person: &mut Person) {
    person.types("\x1b");
    person.sees("CAPABILITY");
    person.types("\x1b");
    person.sees_no_more("CAPABILITY");
}

/// Returns the row of the health screen that is selected: its place, and its text.
fn selected(screen: &vt100::Screen) -> Option<(usize, String)> {
    let is_selected = |row: usize| {
        let cell = u16::try_from(row).ok().and_then(|row| screen.cell(row, 3));
        cell.is_some_and(|cell| cell.inverse() || cell.bgcolor() != vt100::Color::Default)
    };
    screen.rows(0, screen.size().1.get()).enumerate().find(|(row, _)| is_selected(*row))
}

/// Asserts that something took no longer than it may.
#[track_caller]
fn assert_within(since: Instant, limit: Duration, what: &str) {
    let took = since.elapsed();
    assert!(took <= limit, "{what}: after {took:?}, not {limit:?}");
}

/// Says what a row has to paste.
fn paste(read: &Value, capability: &str) -> String {
    health::row(read, capability)["remedy"]["paste"].as_str().unwrap_or_default().to_owned()
}
