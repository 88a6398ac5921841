//! Owns the random hand: any keys, pauses, frames, pastes and news, in any order, before whatever stands on the screen.

use std::collections::BTreeSet;

use proptest::strategy::Strategy;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::operation::{Id, errand};

/// Keys that a random hand presses: all that stage, confirm, cancel, move and type.
const KEYS: &[&str] =
    &["p", "x", "w", "u", "y", "y", "y", "esc", "enter", "space", "w", "e", "b", "/", "j", "?", "ctrl-l"];

/// What it does, with which of its keys, and how many milliseconds after what it did before.
type Step = (u8, usize, u64);

/// A hand that presses some keys, and what it did so far: when, and what.
pub(super) struct Hand {
    keys: &'static [&'static str],
    inputs: Vec<(u64, &'static str)>,
    acknowledged: BTreeSet<Id>,
}

/// Any steps of a hand with so many keys.
pub(super) fn steps(keys: usize) -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((0u8..9, 0..keys, 0u64..900), 1..120)
}

impl Hand {
    /// A hand that has pressed this before.
    pub(super) fn after(keys: &'static [&'static str], pressed: (u64, &'static str)) -> Self {
        Self { keys, inputs: vec![(0, ""), pressed], acknowledged: BTreeSet::new() }
    }

    /// Plays on a world, to which `news` tells what comes from elsewhere: 6 or 7. An order leaves its confirmation only through a lone `y`, after that was
    /// drawn and 400 ms without input, and never twice; nothing is sent, since the ledger answers nothing.
    pub(super) fn play(
        mut self,
        world: &mut World,
        steps: Vec<Step>,
        news: impl Fn(&mut World, u8) -> Vec<Effect>,
    ) -> Result<(), TestCaseError> {
        for (kind, key, gap) in steps {
            world.millis += gap;
            let effects = match kind {
                0..=3 => {
                    self.inputs.push((world.millis, self.keys[key]));
                    world.event(Event::Key(self.keys[key].parse().unwrap()))
                }
                4 => {
                    world.draw();
                    Vec::new()
                }
                5 => {
                    self.inputs.push((world.millis, "paste"));
                    world.event(Event::Paste("y".to_owned()))
                }
                6 | 7 => news(world, kind),
                _ => world.event(Event::Tick),
            };
            effects.iter().try_for_each(|effect| self.judge(effect, world.millis))?;
        }
        Ok(())
    }

    fn judge(&mut self, effect: &Effect, now: u64) -> Result<(), TestCaseError> {
        let sent =
            matches!(effect, Effect::Order(Command::Send(_)) | Effect::Errand(_, errand::Command::Send(_)));
        proptest::prop_assert!(!sent, "nothing is sent that the ledger did not confirm");
        let (Effect::Order(Command::Record(entry)) | Effect::Errand(_, errand::Command::Record(entry))) =
            effect
        else {
            return Ok(());
        };
        if !entry.is_acknowledgement() {
            return Ok(());
        }
        let [.., before, last] = self.inputs[..] else { panic!("two inputs at least") };
        proptest::prop_assert_eq!(last.1, "y");
        proptest::prop_assert!(now - last.0 >= 30, "it was alone after");
        proptest::prop_assert!(last.0 - before.0 >= 400, "it was alone before");
        proptest::prop_assert!(self.acknowledged.insert(entry.operation.clone()), "only once");
        Ok(())
    }
}

proptest::proptest! {
    #[test]
    fn no_random_hand_orders_by_accident(steps in steps(KEYS.len())) {
        let mut world = World::new(&["prod/shop"]);
        Hand::after(KEYS, (0, "")).play(&mut world, steps, |world, _| {
            world.tell(Delta::Seen(source(), canary("cart", 20 + world.millis, 1, false)))
        })?;
    }
}
