//! What chance must not do: change its mind, favour a place, or leave the alphabet.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_same_question_has_the_same_answer() {
    assert_eq!(suffix(&["uid", "1"]), suffix(&["uid", "1"]));
    assert_ne!(suffix(&["uid", "1"]), suffix(&["uid", "2"]));
}

#[test]
fn where_one_part_ends_matters() {
    assert_ne!(mix(&["ab", "c"]), mix(&["a", "bc"]));
}

#[test]
fn a_thousand_suffixes_are_five_letters_each_and_nearly_all_different() {
    let made: Vec<String> = (0..1000).map(|n| suffix(&["web", &n.to_string()])).collect();
    assert!(made.iter().all(|text| text.len() == 5 && text.bytes().all(|b| LETTERS.contains(&b))));
    assert!(made.iter().collect::<BTreeSet<_>>().len() > 990);
}

#[test]
fn jitter_stays_below_its_limit_and_uses_its_room() {
    let limit = SignedDuration::from_secs(1);
    let chosen: Vec<_> = (0..200).map(|n| jitter(&["pod", &n.to_string()], limit)).collect();
    assert!(chosen.iter().all(|d| *d >= SignedDuration::ZERO && *d < limit));
    assert!(chosen.iter().any(|d| d.as_millis() < 200) && chosen.iter().any(|d| d.as_millis() > 800));
}

#[test]
fn wobble_goes_both_ways() {
    let drawn: Vec<f64> = (0..200).map(|n| wobble(&["noise", &n.to_string()])).collect();
    assert!(drawn.iter().all(|x| (-1.0..=1.0).contains(x)));
    assert!(drawn.iter().any(|x| *x < -0.5) && drawn.iter().any(|x| *x > 0.5));
}
