//! Which evidence is wished for, when, and for whom; what was gathered for another is not taken.

use super::*;

#[test]
fn evidence_is_wished_for_what_is_under_way_and_closely_where_somebody_looks() {
    let mut world = gated();
    world.tell(Delta::Seen(source(), canary("api", 10, 1, true)));
    let who = |names: [&str; 2]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    world.wait(1_000);
    let wished = wishes(&mut world);
    assert_eq!(wished.last().unwrap(), &Wished { who: who(["api", "web"]), close: false, attended: true });
    world.wait(60_000);
    assert!(wishes(&mut world).is_empty(), "what is wished already is not wished again");
    world.tell(Delta::Seen(source(), routed(12, 20, json!({}))));
    world.wait(2_000);
    assert!(wishes(&mut world).is_empty(), "another weight wants no other evidence");
    world.app.browse.show_all();
    world.app.page = Page::Rollout(web());
    world.wait(1);
    world.wait(100);
    assert_eq!(wishes(&mut world), [Wished { who: who(["web", "api"]), close: true, attended: true }]);
    world.event(Event::Focus(false));
    world.wait(100);
    assert_eq!(wishes(&mut world), [Wished { who: who(["web", "api"]), close: true, attended: false }]);
}

#[test]
fn a_key_is_not_what_gathers_it_only_sets_the_time() {
    let mut world = gated();
    world.wait(1_000);
    wishes(&mut world);
    world.millis += 200;
    world.event(Event::Key("enter".parse().unwrap()));
    assert!(wishes(&mut world).is_empty());
    assert!(world.app.wake().health.unwrap() > Duration::from_millis(world.millis), "the key is drawn first");
    world.wait(100);
    assert_eq!(wishes(&mut world).len(), 1);
}

#[test]
fn what_was_taken_back_is_asked_about_no_more() {
    let mut world = gated();
    world.wait(1_000);
    wishes(&mut world);
    let aborted = json!({"status": {"abort": true, "phase": "Degraded"}});
    world.tell(Delta::Seen(source(), routed(11, 0, aborted)));
    world.wait(2_000);
    assert_eq!(wishes(&mut world), [Wished { who: Vec::new(), close: false, attended: true }]);
    world.tell(Delta::Gone(source(), web()));
    assert!(world.app.gates.of(&web()).is_none());
}

#[test]
fn many_that_come_at_once_are_wished_for_once_a_second() {
    let mut world = gated();
    world.wait(2_000);
    wishes(&mut world);
    for nth in 0..50 {
        world.millis += 10;
        world.tell(Delta::Seen(source(), canary(&format!("n{nth}"), 10, 1, true)));
        world.event(Event::Tick);
    }
    world.wait(1_000);
    let wished = wishes(&mut world);
    assert!(wished.len() <= 2, "{}", wished.len());
    assert_eq!(wished.last().unwrap().who.len(), 51);
}

#[test]
fn what_was_gathered_for_another_canary_is_not_taken() {
    let mut world = gated();
    world.tell(Delta::Seen(source(), routed(11, 10, json!({"status": {"currentPodHash": "newer"}}))));
    gather(&mut world, 1.0, 60);
    assert_eq!(word(&world), Word::CannotTell);
}
