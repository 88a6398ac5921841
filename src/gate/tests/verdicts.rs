use proptest::prelude::*;

use super::*;

fn judged(errors: Evidence, latency: Evidence) -> verdict::Verdict {
    verdict::judge(&policy(), &[errors, latency], now())
}

fn same(mean: f64, points: i64) -> Evidence {
    beside(around(mean, points), around(mean, points))
}

#[test]
fn a_canary_that_is_no_worse_passes() {
    let verdict = judged(same(1.0, 60), same(120.0, 60));
    assert_eq!((verdict.word, verdict.score), (Word::Pass, Some(100.0)));
}

#[test]
fn a_canary_with_twice_the_latency_is_not_promoted() {
    let verdict = judged(same(1.0, 60), beside(around(240.0, 60), around(120.0, 60)));
    assert_eq!((verdict.word, verdict.score), (Word::Fail, Some(50.0)));
    let latency = &verdict.parts[1];
    assert_eq!((latency.class, latency.points), (Class::High, (60, 60)));
    assert!(latency.why.as_str().starts_with("the canary lies higher by +1"), "{}", latency.why);
}

#[test]
fn few_points_may_show_that_it_is_worse_but_not_that_it_is_no_worse() {
    let worse = judged(same(1.0, 30), beside(around(240.0, 30), around(120.0, 30)));
    assert_eq!(worse.parts[1].class, Class::High);
    let same = judged(same(1.0, 30), same(120.0, 30));
    assert_eq!((same.word, same.parts[0].class), (Word::CannotTell, Class::TooFew));
    assert_eq!(same.parts[0].why.as_str(), "30 of 50 points");
    assert_eq!(same.earliest, Some(now() + SignedDuration::from_mins(20)));
}

#[test]
fn a_critical_metric_alone_fails_the_whole() {
    let verdict = judged(beside(around(5.0, 60), around(1.0, 60)), same(120.0, 60));
    assert_eq!((verdict.word, verdict.score), (Word::Fail, Some(0.0)));
}

#[test]
fn a_difference_within_the_tolerance_passes_where_the_stable_version_has_none() {
    let verdict = judged(beside(around(0.05, 60), around(0.0, 60)), same(120.0, 60));
    assert_eq!(verdict.parts[0].class, Class::Pass);
    let verdict = judged(beside(around(0.5, 60), around(0.0, 60)), same(120.0, 60));
    assert_eq!(verdict.parts[0].class, Class::High);
}

#[test]
fn what_cannot_be_had_is_too_old_or_does_not_meet_cannot_be_told() {
    let why = Printable::ours("connection refused");
    let missing = judged(Evidence::Missing { why, of: of() }, same(120.0, 60));
    assert_eq!(missing.word, Word::CannotTell);
    assert_eq!(missing.parts[0].why.as_str(), "connection refused");
    let mut old = around(1.0, 60);
    old.points.iter_mut().for_each(|(at, _)| *at -= SignedDuration::from_mins(6));
    assert_eq!(judged(beside(old.clone(), around(1.0, 60)), same(120.0, 60)).word, Word::CannotTell);
    let mut shifted = around(1.0, 60);
    shifted.points.iter_mut().for_each(|(at, _)| *at -= SignedDuration::from_secs(30));
    let unmet = judged(beside(shifted, around(1.0, 60)), same(120.0, 60));
    assert_eq!((unmet.word, unmet.parts[0].class), (Word::CannotTell, Class::NoData));
    assert_eq!(
        verdict::judge(&policy(), &[same(1.0, 60)], now()).word,
        Word::CannotTell,
        "a metric was not gathered"
    );
}

fn weighed(measured: Measured) -> verdict::Part {
    judged(Evidence::Measured { measured, of: of() }, same(120.0, 60)).parts.remove(0)
}

#[test]
fn measurements_of_an_analysis_run_count_by_its_own_conditions() {
    for (phase, class) in [
        ("Successful", Class::Pass),
        ("Failed", Class::High),
        ("Running", Class::Unclear),
        ("Error", Class::Undecidable),
        ("", Class::NoData),
    ] {
        assert_eq!(weighed(measured(phase)).class, class, "{phase}");
    }
}

#[test]
fn measurements_speak_of_a_canary_for_as_long_as_one_is_looked_at() {
    let aged = |minutes| Measured { at: Some(minutes_ago(minutes)), ..measured("Successful") };
    let young = weighed(aged(180));
    assert_eq!((young.class, young.age), (Class::Pass, Some(SignedDuration::from_hours(3))));
    let old = weighed(aged(181));
    assert_eq!((old.class, old.why.as_str()), (Class::NoData, "its newest measurement is older than 3h"));
    let later = weighed(aged(-2));
    assert_eq!(later.class, Class::NoData, "it was not there yet: {}", later.why);
    assert_eq!(weighed(aged(-1)).class, Class::Pass, "clocks differ a little");
    let undated = weighed(Measured { at: None, ..measured("Successful") });
    assert_eq!((undated.class, undated.why.as_str()), (Class::NoData, "when it was measured is not known"));
}

#[test]
fn a_run_that_calls_itself_successful_because_it_was_ended_does_not_pass() {
    let ended = weighed(Measured { cut_short: true, ..measured("Successful") });
    assert_eq!(ended.class, Class::Unclear);
    assert!(ended.why.as_str().ends_with("the run was ended before it was through"), "{}", ended.why);
    assert_eq!(weighed(Measured { cut_short: true, ..measured("Failed") }).class, Class::High);
    let nothing = Measured { successful: 0, failed: 0, ..measured("Successful") };
    assert_eq!(weighed(nothing).class, Class::NoData, "it measured nothing");
}

#[test]
fn evidence_is_named_by_a_digest_of_all_of_it() {
    let (first, again) = (same(1.0, 60), same(1.0, 60));
    assert_eq!(first.digest(), again.digest());
    let mut other = around(1.0, 60);
    other.points[30].1 += 1e-9;
    assert_ne!(beside(other, around(1.0, 60)).digest(), first.digest());
    assert_eq!(first.digest().len(), 64);
}

proptest! {
    #[test]
    fn making_data_worse_never_turns_a_refusal_into_a_pass(
        canary in prop::collection::vec(80.0..200.0_f64, 0..80),
        stable in prop::collection::vec(80.0..160.0_f64, 0..80),
        broken in prop::collection::vec(any::<(u8, bool)>(), 1..40),
    ) {
        let timed = |values: &[f64]| {
            let points = values.len() as i64;
            let at = |place: usize| minutes_ago(points - 1 - place as i64);
            Series { points: values.iter().enumerate().map(|(place, value)| (at(place), *value)).collect() }
        };
        let before = judged(same(1.0, 60), beside(timed(&canary), timed(&stable)));
        let mut worse = timed(&canary);
        for (place, gone) in broken {
            let place = usize::from(place);
            match gone {
                true if place < worse.points.len() => { worse.points.remove(place); }
                _ => if let Some(point) = worse.points.get_mut(place) { point.1 = f64::NAN },
            }
        }
        let left = worse.points.iter().filter(|(_, value)| value.is_finite()).count();
        let after = judged(same(1.0, 60), beside(worse, timed(&stable)));
        if left < 50 {
            prop_assert_ne!(after.word, Word::Pass);
        }
        if before.word == Word::CannotTell {
            prop_assert_ne!(after.word, Word::Pass, "from {:?}", before.parts[1].class);
        }
    }
}

/// Twenty metrics that count alike: one that fails leaves a score of 95, which passes.
fn crowd(of_one: &str) -> Policy {
    let metrics = (0..20).map(|nth| {
        let own = if nth == 0 { of_one } else { "" };
        format!("  - {{name: m{nth}, direction: increase, query: 'm{{h=\"{{{{canary}}}}\"}}'{own}}}\n")
    });
    file::read(&format!("{CORE}metrics:\n{}", metrics.collect::<String>()), "x").unwrap()
}

fn judged_by(policy: &Policy, first: Evidence) -> verdict::Verdict {
    let mut all = vec![first];
    all.resize_with(policy.metrics.len(), || same(100.0, 60));
    verdict::judge(policy, &all, now())
}

#[test]
fn a_metric_that_must_have_data_and_has_none_passes_nothing_however_many_others_pass() {
    let bad = judged_by(&crowd(""), beside(around(200.0, 60), around(100.0, 60)));
    assert_eq!((bad.word, bad.score), (Word::Pass, Some(95.0)), "one in twenty may fail");
    let none = || beside(around(f64::NAN, 60), around(100.0, 60));
    let must = judged_by(&crowd(", must_have_data: true"), none());
    assert_eq!((must.parts[0].class, must.word), (Class::NoDataFail, Word::CannotTell));
    let critical = judged_by(&crowd(", must_have_data: true, critical: true"), none());
    assert_eq!((critical.parts[0].critical, critical.word), (true, Word::Fail));
}

#[test]
fn a_metric_that_fails_with_too_few_points_is_still_one_with_too_few() {
    let few = judged_by(&crowd(""), beside(around(200.0, 30), around(100.0, 30)));
    assert_eq!((few.parts[0].class, few.parts[0].points), (Class::High, (30, 30)));
    assert_eq!(few.word, Word::CannotTell);
}

/// Sixty points of which the newest, so many, are no numbers.
fn falling_silent(mean: f64, silent: usize) -> Series {
    let mut series = around(mean, 60);
    series.points.iter_mut().rev().take(silent).for_each(|(_, value)| *value = f64::NAN);
    series
}

#[test]
fn a_canary_that_fell_silent_is_as_old_as_its_last_number() {
    // Without requests a rate of rates is NaN, and Prometheus goes on to answer that each minute.
    let verdict = judged(beside(falling_silent(1.0, 8), around(1.0, 60)), same(120.0, 60));
    assert_eq!(verdict.parts[0].age, Some(SignedDuration::from_mins(8)));
    assert_eq!((verdict.parts[0].class, verdict.word), (Class::NoData, Word::CannotTell));
    let still = judged(beside(falling_silent(1.0, 5), around(1.0, 60)), same(120.0, 60));
    assert_eq!((still.parts[0].class, still.word), (Class::Pass, Word::Pass));
}

#[test]
fn points_of_the_future_are_no_evidence() {
    let mut later = around(1.0, 60);
    later.points.iter_mut().for_each(|(at, _)| *at += SignedDuration::from_mins(9));
    let verdict = judged(beside(later.clone(), later), same(120.0, 60));
    assert_eq!((verdict.parts[0].class, verdict.word), (Class::NoData, Word::CannotTell));
}

#[test]
fn the_longest_resolution_there_is_can_be_judged() {
    let text = format!("{CORE}  metric_resolution: 2562047788015215h\n{METRICS}");
    if let Ok(policy) = file::read(&text, "x") {
        assert_ne!(verdict::judge(&policy, &[same(1.0, 20), same(1.0, 20)], now()).word, Word::Pass);
    }
}

#[test]
fn values_too_large_to_add_up_pass_nothing() {
    for method in ["sequential", "kayenta"] {
        let text = format!("{CORE}  method: {method}\n{METRICS}");
        let policy = file::read(&text, "x").unwrap();
        let huge = beside(around(1.6e308, 60), around(1e308, 60));
        let verdict = verdict::judge(&policy, &[same(1.0, 60), huge], now());
        assert_ne!(verdict.parts[1].class, Class::Pass, "{method}");
        assert!(verdict.word >= Word::Hold, "{method}: {:?}", verdict.word);
    }
}

#[test]
fn a_rise_from_below_zero_is_as_critical_as_any_other() {
    let text = format!(
        "{CORE}metrics:\n  - {{name: balance, direction: increase, critical: true, query: 'b{{h=\"{{{{canary}}}}\"}}'}}\n"
    );
    let policy = file::read(&text, "x").unwrap();
    for (canary, stable) in [(-50.0, -100.0), (50.0, -100.0), (150.0, 100.0)] {
        let evidence = beside(around(canary, 60), around(stable, 60));
        let verdict = verdict::judge(&policy, &[evidence], now());
        let part = &verdict.parts[0];
        assert_eq!((part.class, part.critical), (Class::High, true), "{stable} to {canary}");
    }
}
