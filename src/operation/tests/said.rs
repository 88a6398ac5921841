//! Owns the expectation that the ledger is told where an order came from.

use super::fixture::*;
use crate::operation::{Acknowledgement, Actor, Channel, Command, Event, Kind};

#[test]
fn where_an_order_came_from_is_recorded_with_the_acknowledgement() {
    for (channel, word) in [(Channel::Keyboard, "keyboard"), (Channel::Proposal, "proposal")] {
        let mut operation = staged(Kind::Promote, &waiting_canary());
        operation.on(Event::Armed, at(0));
        let said = Acknowledgement { channel, ..Acknowledgement::default() };
        let acknowledged = Event::Acknowledged { digest: operation.digest(), actor: Actor::default(), said };
        let commands = operation.on(acknowledged, at(1));
        let [Command::Record(entry)] = commands.as_slice() else { panic!("{commands:?}") };
        let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
        assert_eq!(body["channel"], word);
    }
}
