//! The orders that need a person, key by key.

use super::*;
use crate::app::orders::Told;
use crate::operation::unsettled::{Ordered, Owner, Standing, Unsettled};
use crate::operation::{Id, Kind};

/// An order on `shop/NAME`, as the ledger tells of it.
fn order(id: &str, kind: Kind, name: &str, standing: Standing) -> Unsettled {
    let owner = if standing == Standing::Open { Owner::Here } else { Owner::Ended };
    Unsettled {
        id: Id(id.into()),
        standing,
        owner,
        known: "sent; the answer was lost".into(),
        order: Ok(Ordered {
            word: kind.word().into(),
            kind: Some(kind),
            context: "prod".into(),
            server: "https://127.0.0.1:6443".into(),
            key: Key { namespace: "shop".into(), name: name.into() },
            uid: format!("uid-{name}").into(),
            consequence: "It goes on.".into(),
            facts: Vec::new(),
            request: Vec::new(),
            digest: "d".into(),
        }),
        user: "ada".into(),
        person: "ada at desk".into(),
        at: Some("2026-11-21T08:00:00Z".parse().unwrap()),
        records: Vec::new(),
    }
}

fn listed(orders: Vec<Unsettled>) -> Event {
    Event::Orders(Told::Listed(Ok(orders)))
}

/// Of each standing one, the newest first; the dead one is of the paused Rollout.
fn all() -> Vec<Unsettled> {
    vec![
        order("dead", Kind::Promote, "web", Standing::Dead),
        order("doubt", Kind::Abort, "cart", Standing::InDoubt),
        order("left", Kind::Pause, "api", Standing::Left),
        order("open", Kind::Pause, "api", Standing::Open),
    ]
}

fn at_desk(rules: &[&str], orders: Vec<Unsettled>) -> World {
    let mut world = World::new(rules);
    assert_eq!(world.press("d"), [Effect::LookAtOrders]);
    world.event(listed(orders));
    world.draw();
    world
}

fn typed(world: &mut World, text: &str) {
    for character in text.chars() {
        world.press(&if character == ' ' { "space".to_owned() } else { character.to_string() });
    }
}

#[test]
fn the_list_opens_from_the_fleet_and_from_a_rollout_and_back_leads_there() {
    let mut world = World::new(&["prod/shop"]);
    world.press("d");
    assert_eq!(world.app.page, Page::Unsettled);
    world.press("esc");
    assert_eq!(world.app.page, Page::Fleet);
    world.press("enter");
    let page = world.app.page.clone();
    world.press("d");
    world.press("esc");
    assert_eq!(world.app.page, page);
}

#[test]
fn while_it_is_open_the_ledger_is_looked_at_every_few_seconds_and_a_quiet_one_draws_nothing() {
    let mut world = at_desk(&["prod/shop"], all());
    world.app.prepare();
    let due = world.app.wake().keys.unwrap();
    world.millis = u64::try_from(due.as_millis()).unwrap() - 1;
    assert_eq!(world.wait(0), []);
    assert_eq!(world.wait(1), [Effect::LookAtOrders]);
    assert_eq!(world.wait(1), []);
    // What works is judged meanwhile, for the first time.
    world.app.prepare();
    world.event(listed(all()));
    assert!(!world.app.is_dirty(), "the same again changes nothing");
    world.press("esc");
    let later = world.app.wake().keys.unwrap();
    assert!(later > due + std::time::Duration::from_secs(10), "seldom while it is closed: {later:?}");
    world.event(listed(Vec::new()));
    assert_eq!(world.app.wake().keys, None, "and never where nothing needs anybody");
}

#[test]
fn what_needs_a_person_is_counted_and_what_is_looked_after_or_under_way_is_not() {
    let mut world = World::new(&["prod/shop"]);
    world.event(listed(all()));
    assert_eq!(world.app.needing_person(), 2, "dead, and in doubt");
    let mut reading = World::new(&[]);
    reading.event(listed(all()));
    assert_eq!(reading.app.needing_person(), 3, "nobody here reads what became of one that was left");
    let mut elsewhere = all();
    for order in &mut elsewhere {
        order.order.as_mut().unwrap().server = "https://another".into();
    }
    world.event(listed(elsewhere));
    assert_eq!((world.app.needing_person(), world.app.unsettled_elsewhere()), (0, 4));
}

#[test]
fn an_order_stays_selected_when_others_come_and_the_newest_is_selected_unless_one_was_chosen() {
    let mut world = at_desk(&["prod/shop"], all());
    assert_eq!(world.app.selected_order(), 0);
    world.press("j");
    let mut more = all();
    more.insert(0, order("newest", Kind::Retry, "cart", Standing::Dead));
    world.event(listed(more.clone()));
    assert_eq!(world.app.selected_order(), 2);
    world.press("g");
    more.insert(0, order("newer still", Kind::Retry, "cart", Standing::Dead));
    world.event(listed(more));
    assert_eq!(world.app.selected_order(), 0);
    world.press("G");
    assert_eq!(world.app.selected_order(), 5);
}

#[test]
fn enter_shows_one_whole_and_back_leads_to_the_list() {
    let mut world = at_desk(&["prod/shop"], all());
    world.press("j");
    world.press("enter");
    assert!(world.app.desk.is_whole());
    world.press("esc");
    assert!(!world.app.desk.is_whole() && world.app.selected_order() == 1);
    world.press("enter");
    world.event(listed(Vec::new()));
    assert!(!world.app.desk.is_whole(), "it has its end now");
}

#[test]
fn a_dead_letter_is_staged_anew_from_the_state_as_it_is_now_through_the_same_confirmation() {
    let mut world = at_desk(&["prod/shop"], all());
    world.press("a");
    let modal = world.app.modal.as_ref().expect("a confirmation");
    let staged = world.app.operations.get(modal.id()).unwrap();
    assert_eq!((staged.kind(), &*staged.target().key.name), (Kind::Promote, "web"));
    assert_ne!(&*staged.id().0, "dead", "a new order, with an id of its own");
    world.wait(500);
    world.press("esc");
    assert_eq!(world.app.page, Page::Unsettled);
}

#[test]
fn staging_anew_is_refused_where_it_makes_no_sense_and_says_why() {
    let mut world = at_desk(&["prod/shop"], all());
    // Not paused any more: the list of orders says why.
    world.tell(Delta::Seen(source(), canary("web", 20, 2, false)));
    world.press("a");
    assert!(world.app.modal.is_none());
    let said = world.app.choosing.as_ref().unwrap().said().unwrap().to_string();
    assert!(said.contains("not paused"), "{said}");
    world.press("esc");
    world.press("G");
    world.press("a");
    assert!(world.notice().contains("this session is about it"), "{}", world.notice());
    let mut anew = all();
    anew[0].order.as_mut().unwrap().uid = "uid-of-one-before".into();
    world.event(listed(anew));
    world.press("g");
    world.press("a");
    assert!(world.notice().contains("the one that has its name now"), "{}", world.notice());
    assert!(world.app.modal.is_none() && world.app.choosing.is_none());
}

#[test]
fn where_nothing_may_be_written_staging_anew_says_so() {
    let mut world = at_desk(&[], all());
    world.press("a");
    let said = world.app.choosing.as_ref().unwrap().said().unwrap().to_string();
    assert!(said.contains("only read"), "{said}");
}

#[test]
fn an_order_is_closed_with_a_reason_that_is_typed() {
    let mut world = at_desk(&[], all());
    world.press("j");
    world.press("e");
    assert_eq!(world.app.place(), crate::keymap::Place::Typing);
    assert_eq!(world.press("enter"), []);
    assert!(world.notice().contains("Say why"), "{}", world.notice());
    typed(&mut world, "seen in the audit log");
    let effects = world.press("enter");
    let [Effect::CloseOrder(id, reason)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((&*id.0, reason.text().as_str()), ("doubt", "seen in the audit log"));
    world.event(Event::Orders(Told::Closed(id.clone(), Ok(7))));
    assert!(world.notice().contains("record 7"), "{}", world.notice());
    world.event(Event::Orders(Told::Closed(id.clone(), Err("the disk is full".into()))));
    assert!(world.notice().contains("not closed: the disk is full"), "{}", world.notice());
}

#[test]
fn nothing_is_closed_that_was_not_meant_to_be() {
    let mut world = at_desk(&["prod/shop"], all());
    world.press("e");
    typed(&mut world, "never mind");
    assert_eq!(world.press("esc"), []);
    assert!(world.app.desk.typed().is_none());
    world.press("G");
    world.press("e");
    assert!(world.app.desk.typed().is_none() && world.notice().contains("still about it"));
    let mut beside = all();
    beside[3].owner = Owner::Beside(4242);
    world.event(listed(beside));
    world.press("e");
    assert!(world.app.desk.typed().is_none() && world.notice().contains("4242"), "{}", world.notice());
    // It gets its end while the reason is typed.
    world.press("g");
    world.press("e");
    world.event(listed(all().split_off(1)));
    assert!(world.app.desk.typed().is_none() && world.notice().contains("has its end"), "{}", world.notice());
}

#[test]
fn a_reason_takes_a_paste_and_no_more_than_fits() {
    let mut world = at_desk(&["prod/shop"], all());
    world.press("e");
    world.event(Event::Paste(format!("\u{1b}[31m{}\n", "x".repeat(500))));
    let (text, _) = world.app.desk.typed().unwrap();
    assert_eq!(text.chars().count(), crate::operation::Reason::LONGEST);
    assert!(!text.contains(['\u{1b}', '\n']));
    world.press("x");
    assert_eq!(world.app.desk.typed().unwrap().0.chars().count(), crate::operation::Reason::LONGEST);
}

#[test]
fn a_dump_has_no_orders() {
    let mut world = World::new(&[]);
    world.app.session.origin = crate::app::session::Origin::Dump { path: "f".into(), dated: true };
    assert_eq!(world.press("d"), []);
    assert_eq!(world.app.page, Page::Fleet);
    assert!(world.notice().contains("dump"));
}

#[test]
fn without_a_ledger_every_order_but_an_abort_says_why_and_an_abort_says_how_it_is_done_by_hand() {
    let mut world = World::new(&["prod/shop"]);
    world.app.unrecorded = Some("Nothing can be ordered, only read: the disk is full.".into());
    for key in ["p", "w"] {
        assert_eq!(world.press(key), []);
        assert!(world.app.modal.is_none() && world.notice().contains("the disk is full"), "{key}");
    }
    world.press("x");
    assert!(world.app.modal.as_ref().unwrap().is_held());
    // Neither the name nor the key that confirms does anything, however long one waits.
    for key in ["w", "e", "b", "y"] {
        world.wait(600);
        let effects = world.press(key);
        assert!(
            !sent(&effects) && effects.iter().all(|effect| !matches!(effect, Effect::Order(_))),
            "{effects:?}"
        );
        assert!(world.wait(100).is_empty());
    }
    let effects = world.press("c");
    let line = "kubectl patch rollouts.argoproj.io web --subresource=status --type=merge -p \
                '{\"status\":{\"abort\":true}}' -n shop --context prod";
    assert_eq!(effects, [Effect::Copy(line.to_owned())]);
    world.press("esc");
    assert!(world.app.modal.is_none() && world.notice().contains("nothing was sent"), "{}", world.notice());
}

#[test]
fn an_abort_that_the_ledger_did_not_take_names_the_lines_and_copies_one() {
    let mut world = World::new(&["prod/shop"]);
    world.press("x");
    typed(&mut world, "web");
    world.wait(500);
    world.press("y");
    let effects = world.wait(100);
    let [Effect::Order(Command::Record(entry))] = effects.as_slice() else { panic!("{effects:?}") };
    let (id, number) = (entry.operation.clone(), entry.number);
    let why = "the ledger takes nothing more".into();
    world.event(Event::Operation(id, operation::Event::RecordFailed { entry: number, why }));
    world.draw();
    let effects = world.press("c");
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(line)] if line.starts_with("kubectl patch")),
        "{effects:?}"
    );
}
