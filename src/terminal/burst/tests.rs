use proptest::prelude::*;

use super::*;

const Y: Key = Key::char('y');
const J: Key = Key::char('j');

struct Clock(Instant);

impl Clock {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn at(&self, milliseconds: u64) -> Instant {
        self.0 + Duration::from_millis(milliseconds)
    }
}

fn seen(presses: impl IntoIterator<Item = Option<Press>>) -> Vec<(Key, Manner)> {
    presses.into_iter().flatten().map(|press| (press.key, press.manner)).collect()
}

#[test]
fn keys_that_nobody_asked_to_judge_pass_at_once() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    for tick in 0..5 {
        assert_eq!(seen(solitude.press(J, clock.at(tick * 10), false)), [(J, Manner::Free)]);
        assert_eq!(solitude.until(), None);
    }
}

#[test]
fn a_judged_key_is_alone_only_after_its_quiet_time() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    assert_eq!(seen(solitude.press(Y, clock.at(100), true)), []);
    assert_eq!(solitude.until(), Some(clock.at(130)));
    assert_eq!(solitude.elapsed(clock.at(129)), None);
    let press = solitude.elapsed(clock.at(130)).unwrap();
    assert_eq!(press, Press { key: Y, at: clock.at(100), manner: Manner::Alone });
    assert_eq!(solitude.elapsed(clock.at(500)), None, "a press is given once");
}

#[test]
fn a_key_within_thirty_milliseconds_before_voids_it_at_once() {
    for (gap, expected) in [(0, true), (1, true), (29, true), (30, false)] {
        let (clock, mut solitude) = (Clock::new(), Solitude::new());
        solitude.press(J, clock.at(1000), false);
        let given = seen(solitude.press(Y, clock.at(1000 + gap), true));
        assert_eq!(given == [(Y, Manner::Crowded)], expected, "gap {gap}");
        assert_eq!(solitude.until().is_none(), expected);
    }
}

#[test]
fn a_key_within_thirty_milliseconds_after_voids_it_and_keeps_the_order() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    solitude.press(Y, clock.at(0), true);
    assert_eq!(seen(solitude.press(J, clock.at(29), false)), [(Y, Manner::Crowded), (J, Manner::Free)]);
    assert_eq!(solitude.elapsed(clock.at(100)), None);
}

#[test]
fn a_verdict_that_was_not_fetched_before_the_next_input_is_void() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    solitude.press(Y, clock.at(0), true);
    assert_eq!(seen(solitude.press(J, clock.at(31), false)), [(Y, Manner::Crowded), (J, Manner::Free)]);
    solitude.press(Y, clock.at(100), true);
    assert_eq!(seen([solitude.void()]), [(Y, Manner::Crowded)]);
    assert_eq!(solitude.elapsed(clock.at(200)), None);
}

#[test]
fn bytes_without_a_known_time_are_no_company_for_the_key_that_they_become() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    assert_eq!(solitude.void(), None);
    solitude.press(Y, clock.at(0), true);
    assert_eq!(seen([solitude.elapsed(clock.at(30))]), [(Y, Manner::Alone)]);
}

#[test]
fn any_other_input_voids_a_held_key() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    solitude.press(Y, clock.at(0), true);
    let released = solitude.disturb(clock.at(10)).unwrap();
    assert_eq!(released.manner, Manner::Crowded);
    assert_eq!(seen(solitude.press(Y, clock.at(35), true)), [(Y, Manner::Crowded)], "too soon after it");
}

#[test]
fn a_held_down_confirming_key_is_never_alone_twice_in_a_row() {
    // Key repeat at 60/s: the first press is voided by the second, and each by the one before.
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    let mut given = Vec::new();
    for tick in 0..30 {
        given.extend(seen(solitude.press(Y, clock.at(tick * 16), true)));
    }
    assert_eq!(given.len(), 30);
    assert!(given.iter().all(|(_, manner)| *manner == Manner::Crowded), "{given:?}");
}

#[test]
fn an_unbracketed_paste_is_a_burst_after_its_first_character() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    let manners: Vec<_> =
        "checkout".chars().flat_map(|c| seen(solitude.press(Key::char(c), clock.at(7), false))).collect();
    assert_eq!(manners[0].1, Manner::Free);
    assert!(manners[1..].iter().all(|(_, manner)| *manner == Manner::Burst));
}

#[test]
fn a_confirming_key_inside_a_paste_is_never_alone() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    let mut given = Vec::new();
    for c in "\u{1}yyny".chars() {
        let key = Key::char(c);
        given.extend(seen(solitude.press(key, clock.at(50), key == Y)));
    }
    assert!(given.iter().filter(|(key, _)| *key == Y).all(|(_, manner)| *manner == Manner::Crowded));
    assert_eq!(solitude.until(), None);
}

#[test]
fn a_clock_that_stands_still_or_goes_back_never_makes_a_key_alone() {
    let (clock, mut solitude) = (Clock::new(), Solitude::new());
    solitude.press(J, clock.at(100), false);
    assert_eq!(seen(solitude.press(Y, clock.at(90), true)), [(Y, Manner::Crowded)]);
}

/// One step of input: milliseconds since the step before, and what comes.
#[derive(Clone, Debug)]
enum Step {
    Press { judged: bool },
    Other,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        4 => any::<bool>().prop_map(|judged| Step::Press { judged }),
        1 => Just(Step::Other),
        2 => Just(Step::Wait),
    ];
    proptest::collection::vec((0u64..70, step), 1..40)
}

proptest! {
    #[test]
    fn every_press_leaves_once_in_order_and_alone_means_alone(steps in steps()) {
        let (clock, mut solitude) = (Clock::new(), Solitude::new());
        let (mut now, mut inputs, mut pressed, mut given) = (0, Vec::new(), Vec::new(), Vec::new());
        for (gap, step) in steps {
            now += gap;
            let at = clock.at(now);
            given.extend(solitude.elapsed(at));
            match step {
                Step::Press { judged } => {
                    // Each press gets a key of its own, so that it can be followed.
                    let key = Key::char(char::from_u32(0x4e00 + pressed.len() as u32).unwrap());
                    inputs.push(at);
                    pressed.push((key, at, judged));
                    given.extend(solitude.press(key, at, judged).into_iter().flatten());
                }
                Step::Other => {
                    inputs.push(at);
                    given.extend(solitude.disturb(at));
                }
                Step::Wait => {}
            }
        }
        given.extend(solitude.elapsed(clock.at(now + 1000)));
        let order: Vec<_> = given.iter().map(|press| (press.key, press.at)).collect();
        let expected: Vec<_> = pressed.iter().map(|(key, at, _)| (*key, *at)).collect();
        prop_assert_eq!(order, expected);
        for (press, (_, at, judged)) in given.iter().zip(&pressed) {
            let near = inputs.iter().filter(|other| {
                other.saturating_duration_since(*at).max(at.saturating_duration_since(**other)) < QUIET
            });
            let alone = near.count() == 1;
            match press.manner {
                Manner::Alone => prop_assert!(*judged && alone),
                Manner::Crowded => prop_assert!(*judged && !alone),
                Manner::Free | Manner::Burst => prop_assert!(!*judged),
            }
        }
    }
}
