//! The parts of a world by themselves: what is due, and the wire.

use super::super::queue::{Due, Queue};
use super::super::wire::{Meets, Mishap, Wire};
use super::*;

fn place(name: &str) -> Place {
    Place::new(&ROLLOUT, "shop", name)
}

fn taken(queue: &mut Queue) -> Vec<Due> {
    std::iter::from_fn(|| queue.take(begins() + seconds(1_000))).map(|(_, due)| due).collect()
}

#[test]
fn what_is_due_comes_by_time_and_then_in_the_order_of_asking() {
    let mut queue = Queue::default();
    queue.look(place("late"), begins() + seconds(9));
    queue.step(7, begins() + seconds(5));
    queue.look(place("b"), begins() + seconds(5));
    queue.look(place("a"), begins() + seconds(5));
    assert_eq!(queue.next(), Some(begins() + seconds(5)));
    assert_eq!(queue.take(begins() + seconds(4)), None, "not yet");
    let expected = [Due::Step(7), Due::Look(place("b")), Due::Look(place("a")), Due::Look(place("late"))];
    assert_eq!(taken(&mut queue), expected);
}

#[test]
fn an_object_waits_for_one_look_the_earliest_asked_for() {
    let mut queue = Queue::default();
    for at in [5, 3, 8] {
        queue.look(place("a"), begins() + seconds(at));
    }
    assert_eq!(queue.looks().map(|(at, _)| at).collect::<Vec<_>>(), [begins() + seconds(3)]);
    assert_eq!(taken(&mut queue).len(), 1);
    queue.look(place("a"), begins() + seconds(8));
    assert_eq!(taken(&mut queue).len(), 1, "it can be asked for again");
}

#[test]
fn a_look_that_is_forgotten_does_not_come() {
    let mut queue = Queue::default();
    queue.look(place("a"), begins());
    queue.forget(&place("a"));
    assert_eq!(queue.next(), None);
}

#[test]
fn a_mishap_is_met_by_as_many_requests_of_its_sort_as_were_said() {
    let mut wire = Wire::default();
    wire.expect(Meets::Writes, 2, Mishap::LostAnswer);
    wire.expect(Meets::All, 1, Mishap::Refused(429));
    assert_eq!(wire.meet(false), Some(Mishap::Refused(429)), "a read meets what is for all");
    assert_eq!([wire.meet(true), wire.meet(true)], [Some(Mishap::LostAnswer); 2]);
    assert_eq!([wire.meet(true), wire.meet(false)], [None; 2]);
}

#[test]
fn silence_ends_by_itself() {
    let mut wire = Wire::default();
    assert_eq!(wire.silent_until(begins()), None);
    wire.silence(begins() + seconds(5));
    assert_eq!(wire.silent_until(begins() + seconds(4)), Some(begins() + seconds(5)));
    assert_eq!(wire.silent_until(begins() + seconds(5)), None);
}
