//! Patterns match as Go's would.

use super::*;

#[test]
fn a_name_matches_itself_and_wherever_it_stands() {
    assert!(matches("error-rate", "error-rate"));
    assert!(matches("rate", "error-rate"));
    assert!(!matches("latency", "error-rate"));
}

#[test]
fn anchors_hold_a_pattern_to_the_ends() {
    assert!(matches("^error", "error-rate") && !matches("^rate", "error-rate"));
    assert!(matches("rate$", "error-rate") && !matches("error$", "error-rate"));
}

#[test]
fn repetitions_give_back_what_the_rest_needs() {
    assert!(matches(".*", "") && matches("^.*$", "anything"));
    assert!(matches("^a.*c$", "abcabc") && !matches("^a.*d$", "abcabc"));
    assert!(matches("^p9+$", "p999") && !matches("^p9+$", "p"));
    assert!(matches("^colou?r$", "color") && matches("^colou?r$", "colour"));
}

#[test]
fn a_backslash_takes_a_sign_at_its_word() {
    assert!(matches(r"^v1\.2$", "v1.2") && !matches(r"^v1\.2$", "v1x2"));
}
