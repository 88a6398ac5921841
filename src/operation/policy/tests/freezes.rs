//! Windows of time: cron's fields, the days on which clocks are moved, and what overrides a freeze.

use jiff::civil::{date, time as clock};

use super::*;

fn cron(written: &str) -> Cron {
    Cron::parse(written).unwrap_or_else(|why| panic!("{why}"))
}

fn freeze(begins: Begin, lasts: &str, zone: &str) -> Freeze {
    Freeze {
        begins,
        lasts: lasts.parse().unwrap(),
        zone: TimeZone::get(zone).unwrap(),
        ..weekend(Grip::Yields)
    }
}

fn each(written: &str, lasts: &str, zone: &str) -> Freeze {
    freeze(Begin::Each(cron(written)), lasts, zone)
}

/// When it ends, in UTC; nothing where it is not on.
fn ends(freeze: &Freeze, now: &str) -> Option<String> {
    freeze.ends(time(now)).map(|end| end.timestamp().to_string())
}

#[test]
fn the_five_fields_are_read_as_cron_reads_them() {
    for (written, day, begins) in [
        ("0 18 * * fri", date(2026, 11, 20), true),
        ("0 18 * * fri", date(2026, 11, 21), false),
        ("0 18 * * 5", date(2026, 11, 20), true),
        ("0 0 * * 0", date(2026, 11, 22), true),
        ("0 0 * * 7", date(2026, 11, 22), true),
        ("0 0 * * SUN", date(2026, 11, 22), true),
        ("0 0 * * fri-sun", date(2026, 11, 22), true),
        ("0 0 * * fri-sun", date(2026, 11, 19), false),
        ("0 0 20 dec *", date(2026, 12, 20), true),
        ("0 0 20 dec *", date(2026, 11, 20), false),
        ("0 0 */10 * *", date(2026, 11, 21), true),
        ("0 0 */10 * *", date(2026, 11, 20), false),
        ("0 0 1,15 * *", date(2026, 11, 15), true),
        // Either is enough where both are restricted: crontab(5).
        ("0 0 13 * fri", date(2026, 11, 20), true),
        ("0 0 13 * fri", date(2026, 12, 13), true),
        ("0 0 13 * fri", date(2026, 11, 21), false),
        ("0 0 29 feb *", date(2028, 2, 29), true),
    ] {
        assert_eq!(cron(written).falls_on(day), begins, "{written} on {day}");
    }
    let times: Vec<_> = cron("0,30 8-17/4 * * *").times().collect();
    let wanted = [(8, 0), (8, 30), (12, 0), (12, 30), (16, 0), (16, 30)];
    assert_eq!(times, wanted.map(|(hour, minute)| clock(hour, minute, 0, 0)));
}

#[test]
fn what_cron_would_not_read_is_refused_with_the_field() {
    for (written, said) in [
        ("0 18 * *", "has 4 fields, not five"),
        ("60 18 * * *", "`60` is no minute (from 0 to 59)"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 0 0 * *", "`0` is no day of the month"),
        ("0 0 * 13 *", "`13` is no month"),
        ("0 0 * * 8", "`8` is no day of the week"),
        ("0 0 * * friday", "`friday` is no day of the week"),
        ("0 9-8 * * *", "`9-8` is no hour"),
        ("0 5-0 * * *", "`5-0` is no hour"),
        ("0 */0 * * *", "`*/0` is no hour"),
        ("0 +5 * * *", "`+5` is no hour"),
        ("0 0 ,1 * *", "`` is no day of the month"),
        ("* * * * *", "begins more than 24 times a day"),
        ("0 0 31 feb,apr *", "names a day that no month has"),
    ] {
        let refused = Cron::parse(written).unwrap_err();
        assert!(refused.contains(said), "{written}: {refused}");
    }
}

#[test]
fn a_window_is_on_from_its_first_moment_until_before_its_last() {
    // Friday 18:00 in Berlin is 17:00 UTC in winter; 62 hours later it is Monday 08:00.
    let weekend = weekend(Grip::Yields);
    assert_eq!(ends(&weekend, "2026-11-20T16:59:59.999Z"), None);
    assert_eq!(ends(&weekend, "2026-11-20T17:00:00Z").as_deref(), Some("2026-11-23T07:00:00Z"));
    assert_eq!(ends(&weekend, SATURDAY).as_deref(), Some("2026-11-23T07:00:00Z"));
    assert_eq!(ends(&weekend, "2026-11-23T06:59:59Z").as_deref(), Some("2026-11-23T07:00:00Z"));
    assert_eq!(ends(&weekend, "2026-11-23T07:00:00Z"), None);
    assert_eq!(ends(&weekend, WEDNESDAY), None);
}

#[test]
fn days_are_counted_by_the_calendar_and_hours_as_they_pass() {
    // In the night to 2026-10-25 the clocks of Berlin go from 03:00 CEST to 02:00 CET.
    let hours = each("0 18 * * fri", "62h", "Europe/Berlin");
    let days = each("0 18 * * fri", "2d 14h", "Europe/Berlin");
    let saturday = "2026-10-24T12:00:00Z";
    assert_eq!(ends(&hours, saturday).as_deref(), Some("2026-10-26T06:00:00Z"), "07:00 by the clock");
    assert_eq!(ends(&days, saturday).as_deref(), Some("2026-10-26T07:00:00Z"), "08:00 by the clock");
}

#[test]
fn a_beginning_that_the_clock_skips_counts_from_the_jump() {
    // In the night to 2026-03-29 the clocks of Berlin go from 02:00 CET to 03:00 CEST, at 01:00 UTC.
    let nightly = each("30 2 * * *", "2h", "Europe/Berlin");
    assert_eq!(ends(&nightly, "2026-03-29T00:59:59Z"), None);
    assert_eq!(ends(&nightly, "2026-03-29T01:00:00Z").as_deref(), Some("2026-03-29T03:00:00Z"));
    assert_eq!(ends(&nightly, "2026-03-29T03:00:00Z"), None);
    assert_eq!(ends(&nightly, "2026-03-30T00:30:00Z").as_deref(), Some("2026-03-30T02:30:00Z"));
}

#[test]
fn a_beginning_that_comes_twice_counts_twice() {
    // 02:30 comes at 00:30 UTC (CEST) and again at 01:30 UTC (CET).
    let nightly = each("30 2 * * *", "30m", "Europe/Berlin");
    for (now, on) in [
        ("2026-10-25T00:29:59Z", false),
        ("2026-10-25T00:30:00Z", true),
        ("2026-10-25T00:59:59Z", true),
        ("2026-10-25T01:00:00Z", false),
        ("2026-10-25T01:30:00Z", true),
        ("2026-10-25T02:00:00Z", false),
    ] {
        assert_eq!(ends(&nightly, now).is_some(), on, "{now}");
    }
    let longer = each("30 2 * * *", "90m", "Europe/Berlin");
    assert_eq!(ends(&longer, "2026-10-25T00:45:00Z").as_deref(), Some("2026-10-25T03:00:00Z"), "as one");
}

#[test]
fn a_jump_across_midnight_is_seen() {
    // Beirut's clocks went from 00:00 to 01:00 on 2026-03-29 (no 00:00 there), and go back from 00:00 to 23:00.
    let midnight = each("0 0 * * *", "1h", "Asia/Beirut");
    assert_eq!(ends(&midnight, "2026-03-28T22:30:00Z").as_deref(), Some("2026-03-28T23:00:00Z"));
    let late = each("30 23 24 oct *", "30m", "Asia/Beirut");
    assert!(ends(&late, "2026-10-24T20:45:00Z").is_some(), "the first 23:45");
    assert!(ends(&late, "2026-10-24T21:45:00Z").is_some(), "the second 23:45");
}

#[test]
fn a_year_end_is_one_window_across_the_year() {
    let quiet = each("0 12 19 dec *", "16d", "UTC");
    assert_eq!(ends(&quiet, "2027-01-04T11:59:00Z").as_deref(), Some("2027-01-04T12:00:00Z"));
    assert_eq!(ends(&quiet, "2027-01-04T12:00:00Z"), None);
    assert_eq!(ends(&quiet, "2026-12-19T11:59:00Z"), None);
}

#[test]
fn windows_that_touch_are_one() {
    let daily = each("0 0 * * mon-fri", "24h", "UTC");
    assert_eq!(ends(&daily, "2026-11-18T09:00:00Z").as_deref(), Some("2026-11-21T00:00:00Z"));
}

#[test]
fn a_freeze_may_be_for_one_day_alone() {
    let once = freeze(Begin::Once("2026-11-27T08:00".parse().unwrap()), "16h", "America/New_York");
    assert_eq!(ends(&once, "2026-11-27T13:00:00Z").as_deref(), Some("2026-11-28T05:00:00Z"));
    assert_eq!(ends(&once, "2027-11-27T13:00:00Z"), None);
}

#[test]
fn a_freeze_that_is_on_wants_its_phrase_and_a_reason() {
    let policy = Policy::new(vec![allow(scope("prod", &[]), Terms::default())], vec![weekend(Grip::Yields)]);
    let key = key();
    let frozen = policy.judge(&ask(Kind::Promote, &key, SATURDAY)).unwrap();
    assert_eq!(frozen.needs(), [Need::Phrase("override weekend".into()), Need::Reason]);
    assert_eq!(frozen.frozen().unwrap().as_str(), "weekend until Mon 2026-11-23 08:00 CET");
    let open = policy.judge(&ask(Kind::Promote, &key, WEDNESDAY)).unwrap();
    assert_eq!((open.needs(), open.frozen()), (&[][..], None));
}

#[test]
fn a_freeze_that_nobody_may_override_refuses_all_but_the_way_back() {
    let policy = Policy::new(vec![allow(scope("prod", &[]), Terms::default())], vec![weekend(Grip::Holds)]);
    let key = key();
    for kind in Kind::ALL {
        let verdict = policy.judge(&ask(kind, &key, SATURDAY));
        assert_eq!(verdict.is_ok(), kind.takes_back(), "{kind:?}");
        if let Err(refusal) = verdict {
            let said = refusal.to_string();
            assert!(said.contains("The freeze weekend is on"), "{said}");
            assert!(said.contains("Wait until Mon 2026-11-23 08:00 CET"), "{said}");
        }
    }
}

#[test]
fn an_undo_is_frozen_unless_it_leads_back_to_what_was_stable() {
    let rules = || vec![allow(scope("prod", &[]), Terms { reason: true, ..Terms::default() })];
    let key = key();
    let back = |kind| Ask { goes_back: true, ..ask(kind, &key, SATURDAY) };
    for grip in [Grip::Holds, Grip::Yields] {
        let policy = Policy::new(rules(), vec![weekend(grip)]);
        let leave = policy.judge(&back(Kind::Undo)).unwrap();
        assert_eq!((leave.needs(), leave.frozen()), (&[Need::Reason][..], None), "{grip:?}: the rule counts");
    }
    let held = Policy::new(rules(), vec![weekend(Grip::Holds)]);
    let said = why(held.judge(&ask(Kind::Undo, &key, SATURDAY)));
    assert!(said.contains("undo to what was stable"), "{said}");
    let shortly = Ask { goes_back: true, ..ask(Kind::Undo, &key, "2026-11-20T16:59:30Z") };
    assert_eq!(held.judge(&shortly).unwrap().expires_after().as_secs(), 120, "a freeze ahead is none either");
}

#[test]
fn an_approval_does_not_reach_into_a_freeze_that_begins_meanwhile() {
    let rules = || vec![allow(scope("prod", &[]), Terms::default())];
    let policy = Policy::new(rules(), vec![weekend(Grip::Holds)]);
    let key = key();
    let lives = |kind, now| policy.judge(&ask(kind, &key, now)).unwrap().expires_after().as_secs();
    assert_eq!(lives(Kind::Promote, "2026-11-20T16:57:00Z"), 120);
    assert_eq!(lives(Kind::Promote, "2026-11-20T16:59:30Z"), 30);
    assert_eq!(lives(Kind::Abort, "2026-11-20T16:59:30Z"), 120, "the way back is not frozen");
    // A freeze that is on and was overridden does not end the approval by beginning once more.
    let daily = Freeze { grip: Grip::Yields, ..each("0 0 * * *", "24h", "UTC") };
    let policy = Policy::new(rules(), vec![daily]);
    let leave = policy.judge(&ask(Kind::Promote, &key, "2026-11-20T23:59:30Z")).unwrap();
    assert_eq!(leave.expires_after().as_secs(), 120);
    let once = freeze(Begin::Once("2026-11-27T08:00".parse().unwrap()), "16h", "America/New_York");
    let within = SignedDuration::from_secs(60);
    assert_eq!(once.begins_within(time("2026-11-27T12:59:30Z"), within), Some(time("2026-11-27T13:00:00Z")));
    assert_eq!(once.begins_within(time("2026-11-27T12:58:59Z"), within), None);
    assert_eq!(once.begins_within(time("2026-11-27T13:00:00Z"), within), None);
}

#[test]
fn two_freezes_are_overridden_by_one_phrase_that_names_both() {
    let sale = Freeze { name: "big sale".into(), ..each("0 0 * * *", "24h", "UTC") };
    let elsewhere = Freeze { scope: scope("staging", &[]), name: "elsewhere".into(), ..sale.clone() };
    let rules = vec![allow(scope("prod", &[]), Terms::default())];
    let policy = Policy::new(rules, vec![weekend(Grip::Yields), sale, elsewhere]);
    let leave = policy.judge(&ask(Kind::Promote, &key(), SATURDAY)).unwrap();
    assert_eq!(leave.needs()[0], Need::Phrase("override weekend and big sale".into()));
}
