//! Proposals of agents, key by key: what they can do, and above all what they cannot.

use jiff::ToSpan;

use super::*;
use crate::app::inbox::Told;
use crate::operation;
use crate::operation::Channel;
use crate::proposal::{Draft, Event as Happened, Id, Intent, Kept, Proposed, State as Stands, Target, facts};
use crate::rollout::delta::Object;

fn kept(world: &World, id: &str, intent: Intent, name: &str) -> Kept {
    let key = Key { namespace: "shop".into(), name: name.into() };
    let seen = world.app.store.rollout(&key).map(|rollout| facts::told(rollout)).unwrap_or_default();
    let target = Target {
        context: "prod".into(),
        server: "https://127.0.0.1:6443".into(),
        key,
        uid: format!("uid-{name}").into(),
    };
    let draft = Draft { reason: Some("graphs are flat"), client: "claude", version: "1", ..Draft::default() };
    let proposed = Proposed::new(Id(id.into()), (intent, target), &draft, seen, world.now().wall).unwrap();
    Kept { proposed, state: Stands::Open }
}

fn listed(world: &mut World, all: Vec<Kept>) -> Vec<Effect> {
    world.event(Event::Proposals(Told::Listed(Ok(all))))
}

/// The inbox with a proposal to promote the paused Rollout, and one to abort another.
fn at_inbox(rules: &[&str]) -> World {
    let mut world = World::new(rules);
    let all = vec![kept(&world, "p1", Intent::Promote, "web"), kept(&world, "p2", Intent::Abort, "api")];
    listed(&mut world, all);
    assert_eq!(world.press("i"), []);
    world
}

fn decisions(effects: &[Effect]) -> Vec<(&str, &Happened)> {
    let mut decisions = Vec::new();
    for effect in effects {
        if let Effect::Decide(id, event) = effect {
            decisions.push((&*id.0, event));
        }
    }
    decisions
}

fn recorded(effects: &[Effect]) -> Option<&operation::Entry> {
    effects.iter().find_map(|effect| match effect {
        Effect::Order(operation::Command::Record(entry)) => Some(&**entry),
        _ => None,
    })
}

#[test]
fn a_proposal_that_comes_changes_neither_page_nor_confirmation_nor_what_is_selected() {
    let mut world = World::new(&["prod/shop"]);
    let page = world.app.page.clone();
    let selected = world.app.browse.selected().cloned();
    let all = vec![kept(&world, "p1", Intent::Abort, "web")];
    assert_eq!(listed(&mut world, all.clone()), []);
    assert_eq!((&world.app.page, world.app.browse.selected().cloned()), (&page, selected));
    assert!(world.app.modal.is_none() && world.app.notice.is_none());
    // Nor one that is being armed for something else, or is armed.
    world.armed();
    let look = world.app.look();
    assert_eq!(listed(&mut world, Vec::new()), []);
    assert_eq!(listed(&mut world, all), []);
    assert_eq!(world.app.look(), look);
    assert!(world.app.modal.as_ref().unwrap().is_armed());
}

#[test]
fn taking_one_up_stages_anew_from_the_state_as_it_is_now_and_only_then_the_same_keys_send_it() {
    let mut world = at_inbox(&["prod/shop"]);
    // What the agent saw is old by now: another version of the object, with another generation of facts.
    let mut later = canary("web", 11, 1, true);
    if let Object::Rollout(rollout) = &mut later {
        rollout.meta.generation = 3;
        rollout.status.observed_generation = Some("3".into());
    }
    world.tell(Delta::Seen(source(), later));
    let effects = world.press("a");
    let operation = world.app.modal.as_ref().expect("a confirmation").id().clone();
    assert_eq!(
        decisions(&effects),
        [("p1", &Happened::Taken { by: "ada".into(), operation: operation.clone() })]
    );
    assert!(recorded(&effects).is_none(), "{effects:?}");
    let staged = world.app.operations.get(&operation).unwrap();
    assert_eq!(staged.facts().generation, 3, "the facts of now, not those that the agent saw");
    assert!(matches!(world.state(), State::Staged));
    world.wait(500);
    let mut effects = world.press("y");
    effects.extend(world.wait(500));
    let entry = recorded(&effects).unwrap_or_else(|| panic!("{effects:?}"));
    assert!(
        entry.body.contains(r#""channel":"proposal""#) && entry.body.contains(r#""proposal":"p1""#),
        "{}",
        entry.body
    );
}

#[test]
fn an_acknowledgement_that_is_recorded_approves_and_one_that_cannot_be_does_not() {
    for (answer, approved) in [
        (operation::Event::Recorded { entry: 1 }, true),
        (operation::Event::RecordFailed { entry: 1, why: "full".into() }, false),
    ] {
        let mut world = at_inbox(&["prod/shop"]);
        world.press("a");
        let id = world.app.modal.as_ref().unwrap().id().clone();
        world.wait(500);
        let mut effects = world.press("y");
        effects.extend(world.wait(500));
        assert!(recorded(&effects).is_some() && decisions(&effects).is_empty(), "{effects:?}");
        let effects = world.event(Event::Operation(id.clone(), answer));
        let end = match approved {
            true => Happened::Approved { by: "ada".into(), operation: id },
            false => Happened::PutBack { operation: id },
        };
        assert_eq!(decisions(&effects), [("p1", &end)]);
        assert!(decisions(&world.wait(1)).is_empty(), "and that is told once");
    }
}

#[test]
fn a_confirmation_that_is_closed_puts_the_proposal_back() {
    let mut world = at_inbox(&["prod/shop"]);
    world.press("a");
    let operation = world.app.modal.as_ref().unwrap().id().clone();
    let effects = world.press("esc");
    assert_eq!(decisions(&effects), [("p1", &Happened::PutBack { operation })]);
    assert!(world.app.modal.is_none());
}

#[test]
fn a_keyboards_order_is_recorded_as_one_even_while_proposals_wait() {
    let mut world = World::new(&["prod/shop"]);
    let all = vec![kept(&world, "p1", Intent::Promote, "web")];
    listed(&mut world, all);
    world.armed();
    let mut effects = world.press("y");
    effects.extend(world.wait(500));
    let entry = recorded(&effects).unwrap();
    assert!(
        entry.body.contains(r#""channel":"keyboard""#) && !entry.body.contains("proposal"),
        "{}",
        entry.body
    );
    assert!(decisions(&effects).is_empty());
    assert_eq!(Channel::default(), Channel::Keyboard);
}

#[test]
fn where_a_person_may_not_order_a_proposal_cannot_either() {
    let mut world = at_inbox(&[]);
    assert_eq!(world.press("a"), []);
    assert!(world.app.modal.is_none());
    assert!(world.notice().starts_with("This session may only read in prod/shop."), "{}", world.notice());
}

#[test]
fn one_that_makes_no_sense_any_more_or_is_for_a_rollout_made_anew_is_refused_with_a_sentence() {
    let mut world = at_inbox(&["prod/shop"]);
    world.tell(Delta::Seen(source(), canary("web", 12, 2, false)));
    assert_eq!(world.press("a"), []);
    assert!(world.app.modal.is_none() && !world.notice().is_empty());
    let mut anew = canary("web", 13, 1, true);
    if let Object::Rollout(rollout) = &mut anew {
        rollout.meta.uid = "another".into();
    }
    world.tell(Delta::Seen(source(), anew));
    assert_eq!(world.press("a"), []);
    assert!(world.notice().contains("was made after it"), "{}", world.notice());
}

#[test]
fn denying_takes_a_reason_and_hands_it_on() {
    let mut world = at_inbox(&["prod/shop"]);
    world.press("x");
    assert_eq!(world.app.place(), Place::Typing);
    world.press("enter");
    assert!(world.notice().starts_with("Say why"), "{}", world.notice());
    for key in ["n", "o", "space", "y"] {
        world.press(key);
    }
    let effects = world.press("enter");
    assert_eq!(decisions(&effects), [("p1", &Happened::Denied { by: "ada".into(), reason: "no y".into() })]);
    assert!(world.app.modal.is_none() && recorded(&effects).is_none());
    let denied = Stands::Denied { at: world.now().wall, by: "ada".into(), reason: "no y".into() };
    world.event(Event::Proposals(Told::Decided(Id("p1".into()), Ok(denied))));
    assert_eq!(world.app.proposed().len(), 1);
    assert!(world.notice().starts_with("Denied"), "{}", world.notice());
}

#[test]
fn the_selected_one_stays_selected_when_others_come_before_it() {
    let mut world = at_inbox(&["prod/shop"]);
    assert_eq!(world.app.selected_proposal(), 0);
    let mut all: Vec<Kept> = world.app.proposed().into_iter().cloned().collect();
    all.insert(0, kept(&world, "p0", Intent::Abort, "cart"));
    listed(&mut world, all);
    assert_eq!(
        world.app.chosen_proposal().unwrap().proposed.id,
        Id("p1".into()),
        "no other slips under the key"
    );
    let effects = world.press("a");
    assert_eq!(decisions(&effects)[0].0, "p1");
}

#[test]
fn one_that_expires_vanishes_with_a_word_and_cannot_be_taken_up() {
    let mut world = at_inbox(&["prod/shop"]);
    let due = world.app.wake().orders.expect("it wakes for that");
    assert_eq!(due, world.app.proposed()[0].proposed.expires_at);
    let at = world.now().wall + 10.minutes();
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.wait(10 * 60 * 1000);
    assert!(world.app.proposed().is_empty());
    assert!(world.notice().contains("expired: nobody decided in its time"), "{}", world.notice());
    assert_eq!(world.press("a"), []);
    assert!(world.app.modal.is_none());
}

#[test]
fn one_that_another_session_took_up_says_by_whom() {
    let mut world = World::new(&["prod/shop"]);
    let held = kept(&world, "p1", Intent::Promote, "web");
    let state =
        Stands::Taken { at: world.now().wall, by: "bob".into(), operation: operation::Id("op".into()) };
    listed(&mut world, vec![Kept { state, ..held }]);
    world.press("i");
    assert_eq!(world.press("a"), []);
    assert_eq!(world.notice(), "bob is looking at it, in another session.");
}

#[test]
fn what_needs_a_template_is_read_first_and_any_key_gives_that_up() {
    let mut world = World::new(&["prod/shop"]);
    let image = Intent::SetImage { container: None, image: "app:3".into() };
    let all = vec![kept(&world, "p1", image, "web")];
    listed(&mut world, all);
    world.press("i");
    let effects = world.press("a");
    assert!(matches!(effects.as_slice(), [Effect::Study(study)] if &*study.key.name == "web"), "{effects:?}");
    world.press("j");
    let key = Key { namespace: "shop".into(), name: "web".into() };
    world.event(Event::Studied(key.clone(), Box::new(Err("late".into()))));
    assert!(world.app.modal.is_none());
    world.press("a");
    world.event(Event::Studied(key, Box::new(Err("The templates could not be read: no.".into()))));
    assert_eq!(world.notice(), "The templates could not be read: no.");
}

#[test]
fn those_of_another_cluster_are_counted_and_cannot_be_taken_up_here() {
    let mut world = World::new(&["prod/shop"]);
    let mut other = kept(&world, "p1", Intent::Promote, "web");
    other.proposed.target.server = "https://another".into();
    listed(&mut world, vec![other]);
    world.press("i");
    assert_eq!((world.app.proposed().len(), world.app.proposed_elsewhere()), (0, 1));
    assert_eq!(world.press("a"), []);
    assert!(world.app.modal.is_none());
}

#[test]
fn no_key_of_the_list_confirms_anything() {
    for key in ["y", "enter", "space", "o", "p", "w", "u"] {
        let mut world = at_inbox(&["prod/shop"]);
        let effects = world.press(key);
        assert!(
            world.app.modal.is_none() && decisions(&effects).is_empty() && recorded(&effects).is_none(),
            "{key}"
        );
    }
}
