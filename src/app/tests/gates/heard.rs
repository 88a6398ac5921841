//! What the policy service answered: what of it is handed over to be kept, and when.

use super::*;
use crate::gate::answered::{Answers, Row};
use crate::gate::stage::Outcome;
use crate::timeline::Answer;

fn asking() -> Policy {
    file::read(&format!("{POLICY}policy_service: {{workflow: refunds}}\n"), "frontend").unwrap()
}

/// Brings what the service says, and returns what is handed over.
fn hears(world: &mut World, outcome: Outcome, lacked: usize) -> Vec<Answer> {
    let reasons = Some(Ok(vec![(world.now().wall, "no_workers".to_owned()); lacked]));
    let gathered = Gathered { simulation: Some(outcome), reasons, ..gathered(world, Vec::new()) };
    world.event(Event::Gathered(Box::new(gathered)));
    world.app.timeline.take_unkept().answers
}

fn minute(world: &mut World) {
    world.wait(60_000);
    world.app.timeline.take_unkept();
}

#[test]
fn an_answer_is_handed_over_when_it_is_another_and_before_the_last_one_is_too_old() {
    let mut world = gated_by(vec![asking()], json!({}));
    let first = hears(&mut world, Outcome::Met, 0);
    let [Answer { key, uid, version, at, breaks: true, .. }] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((key, &**uid, &**version, *at), (&web(), "uid-web", "new", world.now().wall));
    let mut kept = Vec::new();
    for _ in 0..8 {
        minute(&mut world);
        kept.push(hears(&mut world, Outcome::Met, 0).len());
    }
    assert_eq!(kept, [0, 0, 0, 1, 0, 0, 0, 1], "a verdict counts for five minutes");
    minute(&mut world);
    let news = hears(&mut world, Outcome::Met, 3);
    assert!(matches!(news.as_slice(), [Answer { breaks: false, .. }]), "{news:?}");
    assert_eq!(hears(&mut world, Outcome::Met, 3).len(), 0);
}

#[test]
fn what_was_handed_over_tells_of_the_past_what_was_said_then() {
    let mut world = gated_by(vec![asking()], json!({}));
    let mut rows = Vec::new();
    let begun = world.now().wall;
    for lacked in [0, 3, 0] {
        for Answer { uid, version: canary, at, body, breaks, .. } in hears(&mut world, Outcome::Met, lacked) {
            let number = rows.last().map_or(0, |row: &Row| row.number) + if breaks { 2 } else { 1 };
            rows.push(Row { uid, canary, number, at, body });
        }
        minute(&mut world);
    }
    let answers = Answers::of(rows);
    let lacked = |seconds: i64| {
        let then = answers.as_of(&asking(), begun + SignedDuration::from_secs(seconds));
        then.reasons.unwrap().map(|reasons| reasons.len()).ok()
    };
    assert_eq!([-1, 0, 59, 61, 119].map(lacked), [None, Some(0), Some(0), Some(3), Some(3)]);
    assert_eq!(lacked(125), None, "whether the last one was the last is not known");
}

#[test]
fn what_was_gathered_for_another_canary_or_of_a_policy_that_asks_nothing_is_not_kept() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    assert_eq!(world.app.timeline.take_unkept().answers, []);
    let mut world = gated_by(vec![asking()], json!({}));
    let policy = world.app.gates.shelf().policies()[0].clone();
    let at = world.now().wall;
    let (evidence, simulation, reasons) = (Vec::new(), Some(Outcome::Met), Some(Ok(Vec::new())));
    let gathered = Gathered {
        key: web(),
        hash: "newer".into(),
        policy,
        at,
        evidence,
        simulation,
        reasons,
        approvals: None,
    };
    world.event(Event::Gathered(Box::new(gathered)));
    assert_eq!(world.app.timeline.take_unkept().answers, []);
}
