use serde_json::json;

use super::*;

const NOON: i64 = 1_795_262_400_000_000;

fn asked() -> Simulation {
    Simulation { topic: Some("job.refund".to_owned()), workflow: Some("refunds".to_owned()), bundle: None }
}

/// An entry that waits, so many seconds before noon.
fn entry(id: usize, seconds: i64, topic: &str) -> Value {
    json!({
        "job": {"id": format!("job-{id}"), "topic": topic, "updated_at": NOON - seconds * 1_000_000},
        "approval_status": "pending",
        "approval_actionability": "actionable",
    })
}

fn page(items: &[Value], next: Value) -> Value {
    json!({"items": items, "next_cursor": next})
}

#[test]
fn what_waits_of_the_topic_or_the_workflow_is_counted_and_nothing_else() {
    let asked = asked();
    let mut listing = Listing::of(&asked);
    let mut of_workflow = entry(3, 90, "sys.approval");
    of_workflow["workflow_id"] = json!("refunds");
    let mut resolved = entry(4, 500, "job.refund");
    resolved["approval_status"] = json!("approved");
    let mut expired = entry(5, 600, "job.refund");
    expired["approval_actionability"] = json!("expired");
    let mut foreign = entry(6, 700, "job.other");
    foreign["approval_status"] = json!("whatever");
    let items = [entry(1, 60, "job.refund"), of_workflow, resolved, expired, foreign];
    assert_eq!(listing.take(&page(&items, Value::Null)), Some(false));
    let oldest = Timestamp::from_microsecond(NOON - 90_000_000).unwrap();
    assert_eq!(listing.found(), Approvals { waiting: 2, oldest: Some(oldest), whole: true });
}

#[test]
fn a_page_with_an_entry_that_is_not_understood_is_no_page() {
    let asked = asked();
    let mut without = entry(1, 60, "job.refund");
    without.as_object_mut().unwrap().remove("approval_status");
    let mut new_word = entry(1, 60, "job.refund");
    new_word["approval_actionability"] = json!("escalated");
    let mut undated = entry(1, 60, "job.refund");
    undated["job"].as_object_mut().unwrap().remove("updated_at");
    for strange in [without, new_word, undated, json!({}), json!("job")] {
        let items = [entry(2, 10, "job.refund"), strange.clone()];
        assert_eq!(Listing::of(&asked).take(&page(&items, Value::Null)), None, "{strange}");
    }
    for strange in [json!({"items": null}), json!([]), page(&[], json!("soon"))] {
        assert_eq!(Listing::of(&asked).take(&strange), None, "{strange}");
    }
}

#[test]
fn behind_a_full_page_it_is_read_on_from_its_own_last_entry_and_none_counts_twice() {
    let asked = asked();
    let mut listing = Listing::of(&asked);
    let all: Vec<Value> = (0..115).map(|number| entry(number, number as i64, "job.refund")).collect();
    // The service looked at 110, gave 100, and would go on behind the 110th.
    let next = json!(NOON - 109 * 1_000_000 - 1);
    assert_eq!(listing.take(&page(&all[..LIMIT], next)), Some(true));
    assert!(listing.path().ends_with(&format!("&cursor={}", NOON - 99 * 1_000_000)), "{}", listing.path());
    assert_eq!(listing.take(&page(&all[99..], Value::Null)), Some(false));
    let found = listing.found();
    assert_eq!((found.waiting, found.whole), (115, true));
}

#[test]
fn a_cursor_that_does_not_go_on_ends_the_reading_without_an_end_of_the_list() {
    let asked = asked();
    let mut listing = Listing::of(&asked);
    let same = page(&[entry(1, 60, "job.refund")], json!(NOON));
    assert_eq!(listing.take(&same), Some(true));
    assert_eq!(listing.take(&same), Some(false));
    let found = listing.found();
    assert_eq!((found.waiting, found.whole), (1, false));
}
