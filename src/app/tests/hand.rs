//! Owns the random hand: any keys, pauses, frames, pastes and news, in any order.

use super::*;

/// Keys that a random hand presses: all that stage, confirm, cancel, move and type.
const HAND: &[&str] =
    &["p", "x", "w", "u", "y", "y", "y", "esc", "enter", "space", "w", "e", "b", "/", "j", "?", "ctrl-l"];

proptest::proptest! {
    /// Whatever keys, pauses, frames, pastes and news come: an order leaves the modal only through a lone `y`, after
    /// the modal was drawn and 400 ms without input, and never twice.
    #[test]
    fn no_random_hand_orders_by_accident(steps in proptest::collection::vec((0u8..8, 0usize..HAND.len(), 0u64..900), 1..120)) {
        let mut world = World::new(&["prod/shop"]);
        let (mut inputs, mut acknowledged) = (vec![(0, "")], std::collections::BTreeSet::new());
        for (kind, key, gap) in steps {
            world.millis += gap;
            let effects = match kind {
                0..=3 => {
                    inputs.push((world.millis, HAND[key]));
                    world.event(Event::Key(HAND[key].parse().unwrap()))
                }
                4 => {
                    world.draw();
                    Vec::new()
                }
                5 => {
                    inputs.push((world.millis, "paste"));
                    world.event(Event::Paste("y".to_owned()))
                }
                6 => world.tell(Delta::Seen(source(), canary("cart", 20 + world.millis, 1, false))),
                _ => world.event(Event::Tick),
            };
            for effect in &effects {
                proptest::prop_assert!(!sent(std::slice::from_ref(effect)), "nothing is sent that the ledger did not confirm");
                let Effect::Order(Command::Record(entry)) = effect else { continue };
                if &*entry.event != "acknowledged" {
                    continue;
                }
                let (last, before) = (inputs[inputs.len() - 1], inputs[inputs.len() - 2]);
                proptest::prop_assert_eq!(last.1, "y");
                proptest::prop_assert!(world.millis - last.0 >= 30, "it was alone after");
                proptest::prop_assert!(last.0 - before.0 >= 400, "it was alone before");
                proptest::prop_assert!(acknowledged.insert(entry.operation.clone()), "only once");
            }
        }
    }
}
