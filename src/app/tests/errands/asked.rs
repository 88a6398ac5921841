//! The confirmation of an order to the policy service: what acknowledges it, what voids it, and what is said with it.

use super::*;
use crate::app::tests::hand::{self, Hand};

/// Keys that a random hand presses: all that choose, stage, confirm, cancel and move.
const KEYS: &[&str] =
    &["o", "o", "o", "W", "y", "y", "y", "up", "down", "esc", "enter", "space", "n", "x", "p"];

#[test]
fn name_and_reason_are_typed_where_the_rule_wants_them_and_are_recorded() {
    let mut world = begun(Terms { name: true, reason: true, ..Terms::default() });
    world.app.session.role = Some("captain".into());
    assert_eq!(world.app.place(), Place::Typing);
    world.event(Event::Paste("web".to_owned()));
    assert!(world.app.modal.as_ref().unwrap().was_too_fast(), "a name is typed, not pasted");
    type_text(&mut world, "web");
    type_text(&mut world, "refunds are late");
    world.press("enter");
    let body = of(&acknowledge(&mut world), "acknowledged").unwrap();
    assert_eq!((&body["reason"], &body["role"]), (&json!("refunds are late"), &json!("captain")));
    let said = errand(&world).said().unwrap();
    assert_eq!(said.reason.as_ref().map(Reason::text), Some(&"refunds are late".into()));
}

#[test]
fn a_paste_enter_space_and_type_ahead_acknowledge_nothing() {
    let mut world = begun(Terms::default());
    world.wait(500);
    for paste in ["y", "y\ny"] {
        world.event(Event::Paste(paste.to_owned()));
        assert_eq!(world.wait(40), []);
    }
    world.draw();
    for key in ["enter", "space", "o", "f", "p"] {
        world.press(key);
        assert_eq!(world.wait(40), [], "{key}");
        world.wait(500);
    }
    // What came in a burst with other bytes confirms nothing either.
    world.event(Event::CrowdedKey("y".parse().unwrap()));
    assert_eq!(world.wait(40), []);
    assert_eq!(word(&world), "staged");

    let mut world = listed(Terms::default());
    for key in ["up", "up", "o", "y"] {
        world.event(Event::Key(key.parse().unwrap()));
    }
    for _ in 0..10 {
        assert_eq!(world.wait(100), []);
    }
    assert_eq!(word(&world), "staged", "nobody saw it yet");
}

#[test]
fn what_is_not_what_was_shown_is_denied_and_never_posted() {
    let mut world = begun(Terms::default());
    world.wait(500);
    let digest = errand(&taken_up()).digest();
    assert_ne!(digest, errand(&world).digest());
    let actor = Box::new(world.app.session.actor());
    let effects = tell(&mut world, errand::Event::Acknowledged { digest, actor, said: Default::default() });
    assert!(of(&effects, "denied").is_some() && posts(&effects) == 0);
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 0);
}

#[test]
fn another_revision_overtakes_it_before_it_is_sent_and_changes_nothing_after() {
    let mut world = begun(Terms::default());
    world.wait(500);
    let effects = world.tell(Delta::Seen(source(), rollout(12, "newer", true)));
    assert!(of(&effects, "overtaken").is_some(), "{effects:?}");
    world.press("y");
    assert_eq!(posts(&world.wait(40)), 0);

    let mut world = sent(begun(Terms::default()));
    assert_eq!(world.tell(Delta::Seen(source(), rollout(12, "newer", true))), []);
    assert_eq!(word(&world), "sent");
}

#[test]
fn what_an_abort_asked_for_is_overtaken_once_the_abort_is_taken_back() {
    let mut world = taken_up();
    world.tell(Delta::Seen(source(), rollout(12, "new", false)));
    assert_eq!(word(&world), "overtaken");
}

#[test]
fn a_rollout_that_is_gone_takes_it_back() {
    let mut world = begun(Terms::default());
    world.tell(Delta::Gone(source(), web()));
    assert_eq!(word(&world), "overtaken");
}

#[test]
fn escape_n_and_q_withdraw_it_and_leave_the_program_running() {
    for key in ["esc", "n", "q", "ctrl-c"] {
        let mut world = begun(Terms::default());
        let effects = world.press(key);
        assert!(
            of(&effects, "withdrawn").is_some() && !effects.contains(&Effect::Quit),
            "{key}: {effects:?}"
        );
        assert!(
            world.app.modal.is_none() && world.notice().contains("nothing was sent"),
            "{}",
            world.notice()
        );
        assert!(!world.app.is_awaiting());
    }
}

#[test]
fn it_rests_on_what_is_live_and_a_lost_watch_disarms_it() {
    let mut world = begun(Terms::default());
    world.wait(500);
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Retrying { why: "reset".into(), next: at }, at));
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    world.press("y");
    assert_eq!(world.wait(40), []);
    assert_eq!(word(&world), "staged");
}

#[test]
fn it_does_not_outlive_its_time_while_the_machine_sleeps_or_its_clock_is_set_back() {
    for (slept, set_back) in [(119, 0), (121, 0), (121, 119), (100_000, 99_990)] {
        let mut world = begun(Terms::default());
        world.wait(500);
        world.slept = Duration::from_secs(slept);
        world.set_back = Duration::from_secs(set_back);
        world.press("y");
        let recorded = of(&world.wait(40), "acknowledged").is_some();
        assert_eq!(recorded, slept < 120, "slept {slept} s, set back {set_back} s: {}", word(&world));
    }
}

#[test]
fn the_copied_request_says_where_it_goes_and_no_secret() {
    let mut world = begun(Terms::default());
    let effects = world.press("c");
    let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
    let id = errand(&world).id();
    assert_eq!(
        *text,
        format!(
            "POST https://cordum.example/api/v1/workflows/refunds/runs\nContent-Type: application/json\nX-Tenant-ID: shop\nIdempotency-Key: {id}\n\n{{}}\n"
        )
    );
}

proptest::proptest! {
    #[test]
    fn no_random_hand_begins_a_run_by_accident(steps in hand::steps(KEYS.len())) {
        let mut world = listed(Terms::default());
        let opened = (world.millis, "W");
        Hand::after(KEYS, opened).play(&mut world, steps, |world, which| match which {
            6 => world.event(told(Ok(runs()))),
            _ => world.tell(Delta::Seen(source(), rollout(20 + world.millis, "new", true))),
        })?;
    }
}
