//! Owns what holds for every order of events: nothing unacknowledged or unrecorded is sent, and nothing twice.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::fixture::*;
use crate::operation::{Command, Event, Kind, Operation, Origin, SiteFacts, SiteReading, State};
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
    Event::SeenSite(Box::new(SiteReading { facts, resource_version: "104".into(), origin }))
}

/// What a life has shown so far.
#[derive(Default)]
struct Witness {
    acknowledged: bool,
    recorded: bool,
    sends: usize,
    entries: u32,
}

impl Witness {
    fn take(&mut self, event: &Event, before: &State, commands: &[Command]) {
        let in_time = matches!(before, State::Acknowledged { .. });
        self.recorded |= in_time && matches!(event, Event::Recorded { entry: 1 });
        for command in commands {
            match command {
                Command::Record(entry) => {
                    self.entries += 1;
                    assert_eq!(entry.number, self.entries);
                    self.acknowledged |= &*entry.event == "acknowledged";
                    serde_json::from_str::<serde_json::Value>(&entry.body).unwrap();
                }
                Command::Send(_) => {
                    assert!(self.acknowledged && self.recorded, "sent without a recorded acknowledgement");
                    assert!(in_time);
                    self.sends += 1;
                }
                Command::Read { .. } => assert_eq!(self.sends, 1, "read for what was never sent"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_sends_what_it_should_not(
        kind in 0usize..12,
        steps in prop::collection::vec((0u8..40, 0i64..40_000), 1..60),
    ) {
        let rollout = begin(KINDS[kind]);
        let mut operation = staged(KINDS[kind], &rollout);
        let mut witness = Witness::default();
        let mut now = at(0);
        for (which, millis) in steps {
            // Most steps are quick; some are long enough to pass a limit.
            now += SignedDuration::from_millis(if which % 3 == 0 { millis } else { millis / 100 });
            let event = event(which, &operation, &rollout);
            let before = operation.state().clone();
            let commands = operation.on(event.clone(), now);
            witness.take(&event, &before, &commands);
            prop_assert!(witness.sends <= 1, "sent twice");
            if before.is_final() {
                prop_assert!(commands.is_empty());
                prop_assert_eq!(&before, operation.state(), "a final state changed");
            }
            let unsent = matches!(
                operation.state(),
                State::Staged | State::Armed { .. } | State::Acknowledged { .. } | State::Withdrawn { .. }
                    | State::Denied { .. } | State::Expired { .. } | State::Overtaken { .. }
            );
            prop_assert_eq!(witness.sends, usize::from(!unsent), "{:?}", operation.state());
        }
    }
}
