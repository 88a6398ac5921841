//! Owns the table of every kind of order in every situation: staged, or refused with a reason and what to do instead.

use super::fixture::*;
use super::situations::{self, order, parsed, stored};
use crate::operation::Kind;

/// `s` staged, `.` refused. Second opinion: Argo CD's Rollout/actions/discovery.lua.
const TABLE: &str = "
situation    promote promote-to promote-full pause resume abort cancel retry undo set-image restart terminate
waiting      s       s          s            s     .      s     s      .     s    s         s       s
moving       .       s          s            s     .      s     s      .     s    s         s       s
in-flight    .       .          s            s     .      s     s      .     s    s         s       s
held         .       .          .            .     s      s     s      .     s    s         s       s
healthy      .       .          .            .     .      .     .      .     s    s         s       s
aborted      .       .          .            .     .      .     s      s     s    s         s       s
aborting     .       .          .            .     .      .     s      .     s    s         s       s
full         .       .          .            s     .      s     s      .     s    s         s       s
first        .       .          .            s     .      .     .      .     s    s         s       s
unobserved   .       .          .            s     .      .     .      .     .    .         s       s
inconclusive s       s          s            s     .      s     s      .     s    s         s       s
restarting   .       s          s            s     .      s     s      .     s    s         .       s
bg-waiting   s       .          s            s     .      s     s      .     s    s         s       s
bg-switched  .       .          s            s     .      s     s      .     s    s         s       s
no-steps     .       .          s            s     .      s     s      .     s    s         s       s
unknown      .       .          .            s     .      .     s      .     s    s         s       s
deleted      .       .          .            .     .      .     .      .     .    .         .       .
";

pub fn rows() -> Vec<Vec<&'static str>> {
    TABLE.trim().lines().map(|line| line.split_whitespace().collect()).collect()
}

/// All (kind, situation) that are staged.
pub fn staged_cells() -> Vec<(Kind, &'static str)> {
    let rows = rows();
    let cells = rows[1..].iter().flat_map(|row| {
        let kinds = Kind::ALL.into_iter().zip(&row[1..]);
        kinds.filter(|(_, cell)| **cell == "s").map(|(kind, _)| (kind, row[0])).collect::<Vec<_>>()
    });
    cells.collect()
}

#[test]
fn every_kind_in_every_situation_is_staged_or_refused_as_the_table_says() {
    let rows = rows();
    assert_eq!(rows[0][1..], Kind::ALL.map(Kind::word));
    assert_eq!(rows[1..].iter().map(|row| row[0]).collect::<Vec<_>>(), situations::ALL);
    let mut wrong = Vec::new();
    for row in &rows[1..] {
        let rollout = stored(row[0]);
        for (kind, expected) in Kind::ALL.into_iter().zip(&row[1..]) {
            match try_stage(order(kind, &rollout), &parsed(&rollout)) {
                Ok(_) if *expected == "s" => {}
                Err(_) if *expected == "." => {}
                Ok(operation) => {
                    wrong.push(format!("{} × {}: {}", row[0], kind.word(), operation.consequence()))
                }
                Err(refusal) => wrong.push(format!("{} × {}: {refusal}", row[0], kind.word())),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_refusal_is_two_sentences_and_a_staged_order_says_what_it_brings_about() {
    for situation in situations::ALL {
        let rollout = stored(situation);
        for kind in Kind::ALL {
            match try_stage(order(kind, &rollout), &parsed(&rollout)) {
                Err(refusal) => {
                    for sentence in [&refusal.why, &refusal.instead] {
                        assert!(sentence.as_str().len() > 8 && sentence.as_str().ends_with('.'), "{refusal}");
                    }
                }
                Ok(operation) => {
                    let said = operation.consequence().as_str();
                    assert!(said.ends_with('.') && !said.contains("  "), "{said}");
                    assert_eq!(operation.kind(), kind);
                    assert!(operation.guards().len() >= 4, "{kind:?}");
                    assert!(operation.kubectl().as_str().contains("kubectl"));
                }
            }
        }
    }
}

#[test]
fn the_same_situation_gives_the_same_bytes() {
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let request = || staged(order(kind, &rollout), &parsed(&rollout)).request().clone();
        assert_eq!(request(), request(), "{kind:?} × {situation}");
    }
}

#[test]
fn only_ending_a_pause_and_the_pause_by_hand_are_light() {
    let light = [Kind::Promote, Kind::Pause, Kind::Resume];
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let heavy = !light.contains(&kind) || (kind == Kind::Promote && situation == "inconclusive");
        assert_eq!(operation.weighty(), heavy, "{kind:?} × {situation}");
        assert!(operation.weighty() || !kind.is_destructive());
    }
}

#[test]
fn the_word_of_a_kind_is_its_key_in_a_configuration() {
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        assert_eq!(serde_json::from_value::<Kind>(kind.word().into()).unwrap(), kind);
    }
}
