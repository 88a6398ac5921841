//! Health in a person's hands: what is looked at, what is tried, what stands in the way of a confirmation.

use super::*;
use crate::capability::sight::{Answer as Seen, Answering, Provider, Recording, Ruling, Trial};
use crate::capability::wish::Attention;
use crate::capability::{Act, Capability, Sight, right};

fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

/// What was wished to be looked at since this was last asked.
fn looks(world: &mut World) -> Vec<(Attention, Vec<String>)> {
    let effects = std::mem::take(&mut world.aside);
    let wishes = effects.iter().filter_map(|effect| match effect {
        Effect::Look(wish) => Some(wish),
        _ => None,
    });
    wishes
        .map(|wish| (wish.attention, wish.namespaces.iter().map(|name| name.to_string()).collect()))
        .collect()
}

/// What was to be tried since this was last asked.
fn tries(world: &mut World) -> Vec<(Key, String)> {
    let effects = std::mem::take(&mut world.aside);
    let tries = effects.iter().filter_map(|effect| match effect {
        Effect::Try(rehearsal) => Some((rehearsal.target().key.clone(), rehearsal.request().body.clone())),
        _ => None,
    });
    tries.collect()
}

/// What came of something, and of nothing before it.
fn after<T>(world: &mut World, happens: impl FnOnce(&mut World), read: fn(&mut World) -> T) -> T {
    world.aside.clear();
    happens(world);
    read(world)
}

fn see(world: &mut World, sight: Sight) -> Vec<Effect> {
    let at = world.now().wall;
    world.event(Event::Sight(sight, at))
}

fn obstacle(world: &World) -> String {
    world.app.health.obstacle().map(ToString::to_string).unwrap_or_default()
}

/// Draws, waits, confirms; tells whether that was recorded.
fn confirms(world: &mut World) -> bool {
    world.draw();
    world.wait(500);
    world.press("y");
    recorded(&world.wait(40))
}

fn promoting(ruling: Ruling) -> Sight {
    Sight::Right("shop".into(), Act::Promote.rights()[0].clone(), Seen::Seen(ruling))
}

fn denied() -> Ruling {
    Ruling::Denied { why: "no RBAC policy matched".into() }
}

#[test]
fn a_key_opens_health_and_escape_leads_back_to_where_one_came_from() {
    let mut world = World::new(&[]);
    world.press("enter");
    world.press("l");
    assert_eq!((&world.app.page, world.app.place()), (&Page::Health, Place::Health));
    world.press("esc");
    assert_eq!(world.app.page, Page::Rollout(web()));
    world.press("esc");
    world.press("l");
    world.press("esc");
    assert_eq!(world.app.page, Page::Fleet);
}

#[test]
fn rows_are_walked_opened_and_left_again_with_the_same_row_selected() {
    let mut world = World::new(&[]);
    world.press("l");
    assert_eq!(world.app.health.visit.row(), Capability::ReadRollouts);
    world.press("j");
    world.press("down");
    world.press("enter");
    assert!(world.app.health.visit.opened);
    world.press("esc");
    assert_eq!((&world.app.page, world.app.health.visit.opened), (&Page::Health, false));
    assert_eq!(world.app.health.visit.row(), Capability::ReadAnalysis);
    world.press("G");
    assert_eq!(world.app.health.visit.row(), Capability::SingleStatus);
    world.press("g");
    assert_eq!(world.app.health.visit.row(), Capability::ReadRollouts);
}

#[test]
fn no_key_orders_anything_while_health_is_looked_at() {
    let mut world = World::new(&["prod/shop"]);
    world.press("l");
    for key in ["p", "x", "w", "u", "o", "y"] {
        world.press(key);
        assert!(world.app.modal.is_none() && world.app.choosing.is_none(), "{key}");
    }
}

#[test]
fn what_is_looked_at_follows_the_eyes_of_the_person() {
    let mut world = World::unheard(&["prod/shop"]);
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), canary("web", 10, 1, true)));
    world.tell(Delta::Done(source()));
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    let shop = || vec!["shop".to_owned()];
    assert_eq!(after(&mut world, |world| _ = world.wait(1_000), looks), [(Attention::Glance, shop())]);
    world.draw();
    assert_eq!(after(&mut world, |world| _ = world.press("l"), looks), [(Attention::Close, shop())]);
    assert_eq!(after(&mut world, |world| _ = world.press("esc"), looks), [(Attention::Glance, shop())]);
    assert_eq!(
        after(&mut world, |world| _ = world.press("p"), looks),
        [(Attention::Close, shop())],
        "a confirmation is looked at closely"
    );
    assert_eq!(after(&mut world, |world| _ = world.press("esc"), looks), [(Attention::Glance, shop())]);
    assert_eq!(
        after(&mut world, |world| _ = world.event(Event::Focus(false)), looks),
        [(Attention::None, shop())],
        "nobody looks"
    );
    assert_eq!(world.app.wake().health, None, "and nobody is woken");
    assert_eq!(
        after(&mut world, |world| _ = world.event(Event::Focus(true)), looks),
        [(Attention::Glance, shop())]
    );
    assert!(
        after(&mut world, |world| _ = world.wait(5_000), looks).is_empty(),
        "what is wished already is not wished again"
    );
}

#[test]
fn in_a_dump_nothing_is_looked_at_and_the_key_says_why() {
    let mut world = World::unheard(&[]);
    world.app.session.origin = Origin::Dump { path: "fleet.json".into(), dated: true };
    assert!(
        after(&mut world, |world| _ = world.wait(2_000), looks).is_empty()
            && world.app.wake().health.is_none()
    );
    world.press("l");
    assert_eq!(world.app.page, Page::Fleet);
    assert!(world.notice().contains("dump"), "{}", world.notice());
}

#[test]
fn nothing_is_judged_more_often_than_once_a_second() {
    let mut world = World::new(&[]);
    world.wait(1_000);
    let judged = Duration::from_millis(world.millis);
    for version in 11..60 {
        world.millis += 10;
        world.tell(Delta::Seen(source(), canary("cart", version, 1, false)));
        assert!(world.app.wake().health.unwrap() >= judged + Duration::from_secs(1));
    }
}

#[test]
fn the_staged_request_is_tried_when_its_confirmation_opens_and_once_a_minute_after_that() {
    let mut world = World::new(&["prod/shop"]);
    let opened = after(&mut world, |world| _ = world.press("p"), tries);
    let [(key, body)] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(*key, web());
    let request = world.app.operations.on(&web()).unwrap().request();
    assert_eq!(*body, request.body, "byte for byte what would be sent");
    for _ in 0..59 {
        assert!(after(&mut world, |world| _ = world.wait(1_000), tries).is_empty());
    }
    assert_eq!(after(&mut world, |world| _ = world.wait(1_500), tries).len(), 1);
    world.event(Event::Focus(false));
    assert!(after(&mut world, |world| _ = world.wait(120_000), tries).is_empty(), "nobody looks");
    world.event(Event::Focus(true));
    world.press("esc");
    assert!(after(&mut world, |world| _ = world.wait(120_000), tries).is_empty(), "nothing is staged");
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    assert_eq!(after(&mut world, |world| _ = world.press("p"), tries).len(), 1, "a new order is tried anew");
}

#[test]
fn what_is_being_sent_is_not_tried_any_more() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.press("y");
    world.wait(40);
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id, operation::Event::Recorded { entry: 1 }));
    assert!(after(&mut world, |world| _ = world.wait(61_000), tries).is_empty());
}

#[test]
fn a_right_that_goes_disarms_with_the_sentence_why_and_arms_again_when_it_is_back() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    see(&mut world, promoting(denied()));
    assert!(
        obstacle(&world).contains("may not patch rollouts.argoproj.io/status in shop"),
        "{}",
        obstacle(&world)
    );
    assert!(!confirms(&mut world), "the server would refuse it");
    world.millis += 1_000;
    see(&mut world, promoting(Ruling::Allowed));
    assert_eq!(obstacle(&world), "");
    assert!(confirms(&mut world));
}

#[test]
fn a_right_that_another_order_needs_or_in_another_namespace_stands_in_no_way() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    see(&mut world, Sight::Right("shop".into(), right::ANNOUNCE, Seen::Seen(denied())));
    see(&mut world, Sight::Right("bank".into(), Act::Promote.rights()[0].clone(), Seen::Seen(denied())));
    see(&mut world, Sight::Right("shop".into(), Act::PauseResume.rights()[0].clone(), Seen::Seen(denied())));
    assert_eq!(obstacle(&world), "");
    assert!(confirms(&mut world));
}

#[test]
fn a_denial_that_was_seen_too_long_ago_counts_no_more() {
    let mut world = World::new(&["prod/shop"]);
    let old = world.now().wall - jiff::SignedDuration::from_mins(26);
    world.event(Event::Sight(promoting(denied()), old));
    world.armed();
    assert_eq!(obstacle(&world), "");
}

#[test]
fn a_dry_run_that_was_let_through_since_outweighs_an_old_denial() {
    let mut world = World::new(&["prod/shop"]);
    see(&mut world, promoting(denied()));
    world.millis += 1_000;
    world.press("p");
    assert_ne!(obstacle(&world), "");
    see(&mut world, Sight::Trial(web(), Act::Promote, Seen::Seen(Trial::Accepted)));
    assert!(confirms(&mut world), "the right is back, whatever was ruled ten minutes ago");
}

#[test]
fn a_refused_dry_run_disarms_in_the_servers_words_and_one_of_an_earlier_order_does_not() {
    let refused = || {
        let why = "admission webhook \"freeze.example\" denied the request: change freeze".into();
        Sight::Trial(web(), Act::Promote, Seen::Seen(Trial::Refused { why }))
    };
    let mut world = World::new(&["prod/shop"]);
    see(&mut world, refused());
    world.millis += 1_000;
    world.armed();
    assert_eq!(obstacle(&world), "", "that was another request");
    world.millis += 100;
    see(&mut world, refused());
    assert!(obstacle(&world).contains("change freeze"), "{}", obstacle(&world));
    assert!(!confirms(&mut world));
    world.millis += 1_000;
    see(&mut world, Sight::Trial(web(), Act::Promote, Seen::Seen(Trial::Accepted)));
    assert!(confirms(&mut world), "the freeze is over");
}

#[test]
fn a_dry_run_without_an_answer_or_on_a_rollout_that_moved_stands_in_no_way() {
    for answer in [
        Seen::Failed { why: "timed out".into() },
        Seen::Seen(Trial::Overtaken),
        Seen::Missing { why: "gone".into() },
    ] {
        let mut world = World::new(&["prod/shop"]);
        world.armed();
        see(&mut world, Sight::Trial(web(), Act::Promote, answer.clone()));
        assert!(confirms(&mut world), "{answer:?}");
    }
}

#[test]
fn a_ledger_that_cannot_be_written_disarms_until_it_can() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    see(&mut world, Sight::Recording(Seen::Failed { why: "read-only file system".into() }));
    assert!(obstacle(&world).contains("read-only file system"), "{}", obstacle(&world));
    assert!(!confirms(&mut world));
    world.millis += 1_000;
    let whole = Recording { head: Some(4), verified: None, open: 0, waiting: 0 };
    see(&mut world, Sight::Recording(Seen::Seen(whole)));
    assert!(confirms(&mut world));
}

#[test]
fn an_order_that_was_taken_shows_that_its_path_works_and_one_that_was_not_recorded_that_the_ledger_does_not()
{
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    let id = world.app.modal.as_ref().unwrap().id().clone();
    let answer = Answer::Accepted { resource_version: "11".into() };
    world.event(Event::Operation(id.clone(), operation::Event::Answered(answer)));
    let trial = &world.app.health.board.trials[&(web(), Act::Promote)];
    assert_eq!(trial.answer, Seen::Seen(Trial::Accepted));
    world.event(Event::Operation(id, operation::Event::RecordFailed { entry: 2, why: "disk full".into() }));
    let recording = world.app.health.board.recording.as_ref().unwrap();
    assert_eq!(recording.answer, Seen::Failed { why: "disk full".into() });
}

/// The Rollout as the watch tells of it once its canary is judged by an analysis in the background.
fn analysed(world: &mut World) {
    let Object::Rollout(mut web) = canary("web", 11, 1, true) else { unreachable!() };
    let crate::rollout::Strategy::Canary(steps) = &mut web.spec.strategy else { unreachable!() };
    steps.background_analysis = true;
    world.tell(Delta::Seen(source(), Object::Rollout(web)));
}

/// Whether the open confirmation says how the metric providers stand.
fn says_providers(world: &World) -> bool {
    let operation = world.app.operations.get(world.app.modal.as_ref().unwrap().id()).unwrap();
    world.app.concerns(operation).iter().any(|account| account.capability == Capability::AnalysisProviders)
}

fn prometheus(answer: Seen<Answering>) -> Sight {
    let provider = Provider { kind: "prometheus".into(), address: "http://prometheus:9090".into() };
    Sight::Provider("shop".into(), provider, answer)
}

#[test]
fn a_provider_that_is_gone_or_wrong_is_said_where_a_rollout_that_it_judges_is_to_go_on() {
    let gone = || prometheus(Seen::Failed { why: "nothing is reached".into() });
    let wrong = || prometheus(Seen::Seen(Answering::Wrongly { what: "a page".into() }));
    let well = || prometheus(Seen::Seen(Answering::Well { version: "3.5".into() }));
    for (sights, said) in [
        (vec![], false),
        (vec![well()], false),
        (vec![well(), gone()], true),
        (vec![gone()], true),
        (vec![wrong()], true),
    ] {
        let mut world = World::new(&["prod/shop"]);
        analysed(&mut world);
        world.press("p");
        for sight in sights.clone() {
            see(&mut world, sight);
            world.wait(1_100);
        }
        assert_eq!(says_providers(&world), said, "{sights:?}");
        assert_eq!(obstacle(&world), "", "a person may know better");
    }
}

#[test]
fn a_provider_that_judges_nothing_of_it_is_not_said_of_an_order() {
    let gone = || prometheus(Seen::Failed { why: "nothing is reached".into() });
    let mut plain = World::new(&["prod/shop"]);
    plain.press("p");
    see(&mut plain, gone());
    plain.wait(1_100);
    assert!(!says_providers(&plain), "no analysis is declared");
    let mut stopped = World::new(&["prod/shop"]);
    analysed(&mut stopped);
    stopped.press("x");
    see(&mut stopped, gone());
    stopped.wait(1_100);
    assert!(!says_providers(&stopped), "an abort waits for no measurement");
}

/// How often a person was seen to ask for a look, in the wishes since this was last asked.
fn urges(world: &mut World) -> Vec<u32> {
    let effects = std::mem::take(&mut world.aside);
    let wishes = effects.iter().filter_map(|effect| match effect {
        Effect::Look(wish) => Some(wish.urged),
        _ => None,
    });
    wishes.collect()
}

#[test]
fn a_key_has_what_health_rests_on_looked_at_anew_where_health_is_looked_at() {
    let mut world = World::new(&[]);
    assert!(after(&mut world, |world| _ = world.press("r"), urges).iter().all(|urged| *urged == 0));
    world.press("l");
    assert_eq!(after(&mut world, |world| _ = world.press("r"), urges), [1]);
    assert_eq!(after(&mut world, |world| _ = world.press("r"), urges), [2], "at once, each time");
}
