//! Owns what holds for every order of events: nothing unacknowledged or unrecorded is sent, and nothing twice.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::fixture::*;
use crate::operation::life::{Announced, TTL};
use crate::operation::{Command, Event, Kind, Mark, Operation, Origin, SiteFacts, SiteReading, State};
use crate::rollout::Rollout;

const KINDS: [Kind; 12] = Kind::ALL;

fn begin(kind: Kind) -> Rollout {
    match kind {
        Kind::Promote | Kind::PromoteTo => waiting_canary(),
        Kind::Resume => held_canary(),
        Kind::Retry => aborted_canary(),
        Kind::PromoteFull
        | Kind::Pause
        | Kind::Abort
        | Kind::Cancel
        | Kind::Undo
        | Kind::SetImage
        | Kind::Restart
        | Kind::Terminate => moving_canary(),
    }
}

/// The `which`-th of all events that may reach an operation, sensible or not.
fn event(which: u8, operation: &Operation, rollout: &Rollout) -> Event {
    let mut other = rollout.clone();
    other.status.current_pod_hash = Some("newer".into());
    let mut aborted = rollout.clone();
    aborted.status.abort = Some(true);
    aborted.status.aborted_at = Some(SINCE.into());
    match which {
        0..=3 => Event::Armed,
        4 => Event::Disarmed,
        5..=8 => acknowledged_event(operation),
        9 => Event::Acknowledged {
            digest: operation.request().digest(),
            actor: actor(),
            said: Default::default(),
        },
        10..=13 => Event::Recorded { entry: 1 },
        14 => Event::Recorded { entry: 2 },
        15 => Event::RecordFailed { entry: 1, why: "full".into() },
        16 => Event::Sending,
        17 | 18 => accepted(),
        19 => refused(),
        20 | 21 => unknown(),
        22 => watched(rollout, "100"),
        23 => read(rollout, "100"),
        24 => watched(&other, "102"),
        25 => read(&cleared(rollout), "101"),
        26 => watched(&advanced(rollout), "102"),
        27 => read(&aborted, "103"),
        28 => Event::ReadFailed { why: "reset".into() },
        29 => Event::Deleted,
        30 => Event::Withdrawn,
        31 => site_seen(Origin::Watch, false),
        32 => site_seen(Origin::Read, false),
        33 => site_seen(Origin::Read, true),
        34 => Event::SiteGone,
        35..=40 => undelivered(None),
        41 => undelivered(Some(30)),
        42..=44 => Event::Recorded { entry: operation.tries() + 1 },
        45 => Event::RecordFailed { entry: operation.tries() + 1, why: "full".into() },
        46 => Event::Announced(Announced::Made),
        47 => Event::Lapsed,
        48 => read_marked(&cleared(rollout), "101"),
        _ => Event::Tick,
    }
}

/// What an order changes besides the Rollout, as it was or with a run that is over.
fn site_seen(origin: Origin, over: bool) -> Event {
    let mut run = running();
    run.phase = if over { "Successful".into() } else { run.phase };
    run.terminate = over.then_some(true);
    let mut facts = SiteFacts::of_holder(&holder(7));
    facts.uid = run.meta.uid.clone();
    let facts = if over { SiteReading::watched_analysis(&run).facts } else { facts };
    let mark = if over { Mark::Borne } else { Mark::Missing };
    Event::SeenSite(Box::new(SiteReading { facts, resource_version: "104".into(), origin, mark }))
}

/// What a life has shown so far.
#[derive(Default)]
struct Witness {
    acknowledged: bool,
    recorded: bool,
    sends: usize,
    /// Tries of which it is known that they did not get there, and whether that of the last one is recorded.
    failures: usize,
    failure_recorded: bool,
    last: Option<u32>,
    reached: bool,
    announcements: usize,
    entries: u32,
}

impl Witness {
    fn take(&mut self, event: &Event, before: &State, commands: &[Command], now: Timestamp) {
        let in_time = matches!(before, State::Acknowledged { .. });
        self.recorded |= in_time && matches!(event, Event::Recorded { entry: 1 });
        self.failure_recorded |= matches!(event, Event::Recorded { entry } if Some(*entry) == self.last);
        let in_flight = matches!(before, State::Sent { .. });
        for command in commands {
            match command {
                Command::Record(entry) => {
                    self.entries += 1;
                    assert_eq!(entry.number, self.entries);
                    self.acknowledged |= &*entry.event == "acknowledged";
                    if &*entry.event == "delayed" {
                        assert!(in_flight, "delayed without a try");
                        self.failures += 1;
                        self.failure_recorded = false;
                        self.last = Some(entry.number);
                    }
                    self.reached |= &*entry.event == "accepted";
                    serde_json::from_str::<serde_json::Value>(&entry.body).unwrap();
                }
                Command::Send(dispatch) => {
                    assert!(self.acknowledged && self.recorded, "sent without a recorded acknowledgement");
                    self.sends += 1;
                    assert!(in_time || matches!(before, State::Delayed { .. }));
                    assert_eq!(
                        self.sends,
                        self.failures + 1,
                        "a try before the one before it was known to fail"
                    );
                    assert!(
                        self.failures == 0 || self.failure_recorded,
                        "a try whose failure is not recorded"
                    );
                    assert!(self.failures == 0 || dispatch.not_after() <= at(0) + TTL, "{now}: fires late");
                }
                Command::Read { .. } => assert!(self.sends > self.failures, "read for what was never sent"),
                Command::Announce(_) => {
                    self.announcements += 1;
                    assert!(
                        self.reached && self.announcements == 1,
                        "told of what was not accepted, or twice"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_sends_what_it_should_not(
        kind in 0usize..12,
        steps in prop::collection::vec((0u8..56, 0i64..40_000), 1..80),
    ) {
        let rollout = begin(KINDS[kind]);
        let mut operation = announcing(KINDS[kind], &rollout);
        let mut witness = Witness::default();
        let mut now = at(0);
        for (which, millis) in steps {
            // Most steps are quick; some are long enough to pass a limit.
            now += SignedDuration::from_millis(if which % 3 == 0 { millis } else { millis / 100 });
            let event = event(which, &operation, &rollout);
            let before = operation.state().clone();
            let commands = operation.on(event.clone(), now);
            witness.take(&event, &before, &commands, now);
            if before.is_final() {
                let noted = matches!(event, Event::Announced(_)) && commands.len() == 1;
                prop_assert!(commands.is_empty() || noted);
                prop_assert_eq!(&before, operation.state(), "a final state changed");
            }
            let unsent = matches!(operation.state(), State::Staged | State::Armed { .. } | State::Acknowledged { .. });
            prop_assert!(!unsent || witness.sends == 0, "{:?}", operation.state());
            let denied = matches!(
                operation.state(),
                State::Withdrawn { .. } | State::Denied { .. } | State::Expired { .. } | State::Overtaken { .. }
                    | State::Delayed { .. }
            );
            // What is said not to have been sent has no try of which more is known than that it failed.
            prop_assert!(!denied || witness.sends == witness.failures, "{:?}", operation.state());
        }
    }
}
