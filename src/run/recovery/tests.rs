//! Owns the expectations of what a record tells of a Rollout's Events.

use serde_json::json;

use super::*;

#[test]
fn events_since_the_acknowledgement_are_told_oldest_first_and_the_newest_of_many() {
    let since: Timestamp = "2026-11-21T08:10:00.7Z".parse().unwrap();
    let event = |at: &str, reason: &str| json!({"lastTimestamp": at, "reason": reason, "message": "so"});
    let few = [
        event("2026-11-21T08:11:00Z", "Late"),
        // The same second: an Event has no fractions.
        event("2026-11-21T08:10:00Z", "Soon"),
        event("2026-11-21T08:09:59Z", "Before"),
        json!({"reason": "Undated"}),
    ];
    let told = told_since(&few, since);
    let words: Vec<&str> = told.iter().map(Printable::as_str).collect();
    assert_eq!(words, ["2026-11-21T08:10:00Z Soon: so", "2026-11-21T08:11:00Z Late: so"]);
    let many: Vec<Value> =
        (0..20).map(|nth| event(&format!("2026-11-21T08:20:{nth:02}Z"), &format!("N{nth}"))).collect();
    let told = told_since(&many, since);
    assert_eq!(told.len(), EVENTS);
    assert!(told.last().unwrap().as_str().contains("N19"));
}
