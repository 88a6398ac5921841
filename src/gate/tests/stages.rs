use super::stage::{Facts, Outcome, Requirement, Seen, Stage};
use super::trigger::{Approvals, Cause, Reading, Signs};
use super::*;

const UNDER_WAY: Seen = Seen { under_way: true, aborted: false, weight: None, full_since: None };

fn facts(verdict: Option<&verdict::Verdict>) -> Facts<'_> {
    Facts { verdict, simulation: None, deny_rate: None, troubled: None }
}

#[test]
fn the_stage_follows_from_the_weight_that_is_seen() {
    let ladder = policy().ladder;
    for (weight, expected) in [
        (Some(0), Some(Stage::Shadow)),
        (Some(5), Some(Stage::First)),
        (Some(10), Some(Stage::First)),
        (Some(25), Some(Stage::Second)),
        (Some(50), Some(Stage::Second)),
        (Some(80), Some(Stage::Second)),
        (Some(100), Some(Stage::Full)),
        (None, None),
    ] {
        assert_eq!(stage::stage(&ladder, &Seen { weight, ..UNDER_WAY }, now()), expected, "{weight:?}");
    }
    let aborted = Seen { aborted: true, weight: Some(50), ..UNDER_WAY };
    assert_eq!(stage::stage(&ladder, &aborted, now()), Some(Stage::RolledBack));
}

#[test]
fn a_canary_that_was_taken_back_passes_nothing() {
    let seen = Seen { aborted: true, weight: Some(20), ..UNDER_WAY };
    let (standing, _) = stage::advance(&policy(), None, &seen, &facts(None), now()).unwrap();
    assert_eq!((standing.stage, standing.word()), (Stage::RolledBack, Word::CannotTell));
    let idle = Seen { under_way: false, ..UNDER_WAY };
    let (standing, _) = stage::advance(&policy(), None, &idle, &facts(None), now()).unwrap();
    assert_eq!((standing.stage, standing.word()), (Stage::Idle, Word::CannotTell));
}

#[test]
fn all_traffic_is_watched_through_a_business_cycle() {
    let ladder = policy().ladder;
    let full = |hours: i64| Seen {
        under_way: false,
        full_since: Some(now() - SignedDuration::from_hours(hours)),
        ..UNDER_WAY
    };
    assert_eq!(stage::stage(&ladder, &full(23), now()), Some(Stage::Full));
    assert_eq!(stage::stage(&ladder, &full(24), now()), Some(Stage::Done));
}

#[test]
fn how_long_all_traffic_is_watched_is_said_so_that_it_stays_true_while_time_goes_by() {
    let seen = Seen { weight: Some(100), ..UNDER_WAY };
    let said = |now: Timestamp, before: Option<&stage::Standing>| {
        let (standing, _) = stage::advance(&policy(), before, &seen, &facts(None), now).unwrap();
        let why = match standing.requirements.as_slice() {
            [(Requirement::QuietCycle, Outcome::Held(why))] => why.to_string(),
            other => panic!("{other:?}"),
        };
        (standing, why)
    };
    let (standing, first) = said(now(), None);
    assert_eq!(first, "watched until 2026-11-22 12:00 UTC");
    assert_eq!(said(now() + SignedDuration::from_hours(20), Some(&standing)).1, first);
}

#[test]
fn a_business_cycle_begins_at_its_hour_where_the_business_is() {
    let text = format!(
        "{CORE}{METRICS}stages:\n  business_cycle:\n    lasts: 8h\n    from: '09:00'\n    zone: Europe/Berlin\n"
    );
    let cycle = file::read(&text, "x").unwrap().ladder.cycle;
    // 12:00 UTC is 13:00 in Berlin: the next 09:00 there is tomorrow, 08:00 UTC.
    assert_eq!(stage::end(&cycle, now()), "2026-11-22T16:00:00Z".parse().unwrap());
    let early: Timestamp = "2026-11-21T05:00:00Z".parse().unwrap();
    assert_eq!(stage::end(&cycle, early), "2026-11-21T16:00:00Z".parse().unwrap());
}

#[test]
fn a_canary_goes_on_only_with_a_verdict_that_passes() {
    let policy = policy();
    let seen = Seen { weight: Some(10), ..UNDER_WAY };
    let word = |verdict: Option<&verdict::Verdict>| {
        let (standing, transition) = stage::advance(&policy, None, &seen, &facts(verdict), now()).unwrap();
        assert_eq!((standing.stage, transition), (Stage::First, None));
        standing.word()
    };
    assert_eq!(word(None), Word::CannotTell);
    let good = verdict::judge(
        &policy,
        &[beside(around(1.0, 60), around(1.0, 60)), beside(around(120.0, 60), around(120.0, 60))],
        now(),
    );
    assert_eq!(word(Some(&good)), Word::Pass);
    let bad = verdict::judge(
        &policy,
        &[beside(around(5.0, 60), around(1.0, 60)), beside(around(120.0, 60), around(120.0, 60))],
        now(),
    );
    assert_eq!(word(Some(&bad)), Word::Fail);
}

/// What a policy asks for before there is traffic, by what it holds: requirements, and their words for a verdict.
#[test]
fn without_traffic_it_takes_what_can_be_known_without_it() {
    use Requirement::{Analysis, Critical, Simulation};
    let reads =
        |metrics: &str, more: &str| file::read(&format!("{CORE}metrics:\n{metrics}{more}"), "x").unwrap();
    let queried = "  - {name: errors, query: 'e{h=\"{{canary}}\"}'}\n";
    let critical = "  - {name: errors, critical: true, query: 'e{h=\"{{canary}}\"}'}\n";
    let analysed = "  - {name: smoke}\n";
    let service = "policy_service: {topic: job.refund}\n";
    for (metrics, more, asked) in [
        (queried.to_owned(), "", vec![Simulation]),
        (queried.to_owned(), service, vec![Simulation]),
        (critical.to_owned(), "", vec![Simulation, Critical]),
        (analysed.to_owned(), "", vec![Analysis]),
        (format!("{queried}{analysed}"), service, vec![Simulation, Analysis]),
        (format!("{critical}{analysed}"), "", vec![Analysis, Critical]),
    ] {
        assert_eq!(stage::requirements(&reads(&metrics, more), Stage::Shadow), asked, "{metrics}{more}");
    }
}

#[test]
fn a_preview_goes_on_with_an_analysis_that_passes_and_with_nothing_less() {
    let text = format!(
        "{CORE}metrics:\n  - {{name: smoke}}\n  - {{name: errors, critical: true, query: 'e{{h=\"{{{{canary}}}}\"}}'}}\n"
    );
    let policy = file::read(&text, "x").unwrap();
    let measured = |phase| Evidence::Measured { measured: measured(phase), of: of() };
    let none = || Evidence::Missing { why: Printable::ours("it has no traffic"), of: of() };
    let word = |smoke: Evidence, errors: Evidence| {
        let verdict = verdict::judge(&policy, &[smoke, errors], now());
        let seen = Seen { weight: Some(0), ..UNDER_WAY };
        let (standing, _) = stage::advance(&policy, None, &seen, &facts(Some(&verdict)), now()).unwrap();
        assert_eq!(standing.stage, Stage::Shadow);
        standing.word()
    };
    assert_eq!(word(measured("Successful"), none()), Word::Pass);
    assert_eq!(word(measured("Running"), none()), Word::Hold);
    assert_eq!(word(measured("Inconclusive"), none()), Word::Hold);
    assert_eq!(word(measured("Failed"), none()), Word::Fail);
    assert_eq!(word(measured("Error"), none()), Word::CannotTell);
    assert_eq!(word(none(), none()), Word::CannotTell);
    // Traffic that is mirrored to it tells more.
    assert_eq!(word(measured("Successful"), beside(around(1.0, 60), around(1.0, 60))), Word::Pass);
    assert_eq!(word(measured("Successful"), beside(around(9.0, 60), around(1.0, 60))), Word::Fail);
}

#[test]
fn a_change_of_stage_is_told_once() {
    let policy = policy();
    let first = Seen { weight: Some(10), ..UNDER_WAY };
    let (before, _) = stage::advance(&policy, None, &first, &facts(None), minutes_ago(30)).unwrap();
    let (same, none) = stage::advance(&policy, Some(&before), &first, &facts(None), now()).unwrap();
    assert_eq!((same.entered, none), (minutes_ago(30), None));
    let second = Seen { weight: Some(25), ..UNDER_WAY };
    let (after, told) = stage::advance(&policy, Some(&same), &second, &facts(None), now()).unwrap();
    let told = told.unwrap();
    assert_eq!((told.from, told.to, after.entered), (Stage::First, Stage::Second, now()));
}

#[test]
fn the_second_stage_wants_latency_to_be_stable() {
    let policy = policy();
    let slow = verdict::judge(
        &policy,
        &[beside(around(1.0, 60), around(1.0, 60)), beside(around(200.0, 60), around(120.0, 60))],
        now(),
    );
    let seen = Seen { weight: Some(25), ..UNDER_WAY };
    let (standing, _) = stage::advance(&policy, None, &seen, &facts(Some(&slow)), now()).unwrap();
    let latency = standing.requirements.iter().find(|(requirement, _)| *requirement == Requirement::Latency);
    assert!(
        matches!(latency, Some((_, Outcome::Failed(why))) if why.as_str().starts_with("latency: the canary lies higher"))
    );
}

fn with_triggers() -> Policy {
    let text = format!(
        "{CORE}    error_rate_metric: errors\n    error_rate_floor: 0.5\n    policy_deny_metric: latency\n{METRICS}"
    );
    file::read(&text, "x").unwrap()
}

#[test]
fn an_error_rate_above_twice_the_stable_one_fires() {
    let read =
        |errors| trigger::read(&with_triggers(), &Signs { errors, ..Signs::default() }, now()).remove(0);
    assert!(matches!(read(Some((2.1, 1.0))), (Cause::ErrorRate, Reading::Fires(_))));
    assert_eq!(read(Some((1.0, 1.0))), (Cause::ErrorRate, Reading::Rests { headroom: 0.5 }));
    assert!(matches!(read(None), (_, Reading::Untold(_))));
    assert!(matches!(read(Some((f64::NAN, 1.0))), (_, Reading::Untold(_))));
}

#[test]
fn a_stable_version_without_errors_counts_as_the_floor() {
    let read = |errors| {
        trigger::read(&with_triggers(), &Signs { errors: Some(errors), ..Signs::default() }, now())
            .remove(0)
            .1
    };
    assert!(matches!(read((0.9, 0.0)), Reading::Rests { .. }));
    assert!(matches!(read((1.1, 0.0)), Reading::Fires(_)));
}

#[test]
fn what_a_metric_always_allows_is_no_trigger_either() {
    let text = format!("{CORE}    error_rate_metric: errors\n    parser_failure_metric: latency\n{METRICS}");
    let policy = file::read(&text, "x").unwrap();
    let read = |signs: Signs| {
        let read = trigger::read(&policy, &signs, now());
        [0, 3].map(|at| matches!(read[at].1, Reading::Fires(_)))
    };
    let errors = |errors| read(Signs { errors: Some(errors), ..Signs::default() })[0];
    // Errors in per cent, of which a tenth is always allowed: one request of three thousand is no reason to go back.
    assert!(!errors((0.033, 0.0)) && !errors((0.2, 0.0)) && errors((0.21, 0.0)));
    let parser = |parser| read(Signs { parser: Some(parser), ..Signs::default() })[1];
    assert!(!parser((20.1, 20.0)) && !parser((23.0, 20.0)) && parser((23.1, 20.0)));
    assert!(parser((0.1, 0.0)) && !parser((0.0, 0.0)), "without a tolerance one failure is more than none");
}

#[test]
fn overload_fires_when_it_lasts() {
    let read = |ages: &[i64]| {
        let reasons = ages.iter().map(|age| (minutes_ago(*age), "no_workers".to_owned()));
        let signs = Signs { reasons: Some(Ok(reasons.collect())), ..Signs::default() };
        trigger::read(&with_triggers(), &signs, now()).remove(2).1
    };
    assert!(matches!(read(&[1, 2, 4]), Reading::Fires(_)));
    assert!(matches!(read(&[1, 2, 6]), Reading::Rests { .. }), "one is too old");
    assert!(matches!(read(&[1, 2, -1]), Reading::Rests { .. }), "one is yet to come");
}

#[test]
fn overload_that_could_not_be_asked_for_cannot_be_told_where_the_policy_asks_the_service_and_is_not_used_elsewhere()
 {
    let read = |policy: &Policy, reasons| {
        trigger::read(policy, &Signs { reasons, ..Signs::default() }, now()).remove(2).1
    };
    let text = format!("{CORE}{METRICS}policy_service: {{topic: job.refund}}\n");
    let asking = file::read(&text, "x").unwrap();
    let Reading::Untold(why) = read(&asking, Some(Err(Printable::ours("answered 503")))) else { panic!() };
    assert_eq!(why.as_str(), "why jobs failed is not known: answered 503");
    assert!(matches!(read(&asking, None), Reading::Untold(_)), "nobody asked");
    assert_eq!(read(&asking, Some(Ok(Vec::new()))), Reading::Rests { headroom: 1.0 });
    assert_eq!(read(&policy(), None), Reading::Unused);
}

#[test]
fn approvals_that_wait_fire_beyond_either_limit_and_rest_with_the_room_of_the_nearer() {
    let limiting = |limits: &str| {
        let text = format!("{CORE}{limits}{METRICS}policy_service: {{workflow: refunds}}\n");
        file::read(&text, "x").unwrap()
    };
    let both = limiting("    max_approvals_waiting: 4\n    max_approval_wait: 1h\n");
    let read = |policy: &Policy, approvals| {
        trigger::read(policy, &Signs { approvals, ..Signs::default() }, now()).remove(4)
    };
    let of = |waiting, minutes| {
        let oldest = (waiting > 0).then(|| minutes_ago(minutes));
        Some(Ok(Approvals { waiting, oldest, whole: true }))
    };
    assert_eq!(read(&both, of(4, 15)), (Cause::Approvals, Reading::Rests { headroom: 0.0 }));
    assert_eq!(read(&both, of(1, 45)).1, Reading::Rests { headroom: 0.25 });
    assert_eq!(read(&both, of(0, 0)).1, Reading::Rests { headroom: 1.0 });
    assert_eq!(read(&both, of(1, 60)).1, Reading::Rests { headroom: 0.0 });
    let Reading::Fires(why) = read(&both, of(5, 61)).1 else { panic!() };
    let told = "5 approvals wait for a person, more than 4; an approval has waited for 1h 1m, longer than 1h";
    assert_eq!(why.as_str(), told);
    let none = limiting("    max_approvals_waiting: 0\n");
    assert!(matches!(read(&none, of(1, 1)).1, Reading::Fires(_)));
    assert_eq!(read(&none, of(0, 0)).1, Reading::Rests { headroom: 0.0 });
    assert_eq!(read(&policy(), of(99, 999)).1, Reading::Unused, "without a limit nothing is watched");
}

#[test]
fn approvals_that_cannot_be_told_are_said_so_and_rest_never() {
    let text = format!("{CORE}    max_approval_wait: 1h\n{METRICS}policy_service: {{workflow: refunds}}\n");
    let policy = file::read(&text, "x").unwrap();
    let untold = |approvals| {
        let read = trigger::read(&policy, &Signs { approvals, ..Signs::default() }, now()).remove(4).1;
        let Reading::Untold(why) = read else { panic!("{read:?}") };
        why.to_string()
    };
    let of = |oldest, whole| Some(Ok(Approvals { waiting: 1, oldest: Some(oldest), whole }));
    assert_eq!(untold(None), "the policy service was not asked");
    let refused = Some(Err(Printable::ours("answered 403")));
    assert_eq!(untold(refused), "which approvals wait is not known: answered 403");
    assert!(untold(of(minutes_ago(1), false)).contains("has no end"));
    assert!(untold(of(minutes_ago(-2), true)).contains("of the future"));
}

#[test]
fn a_trigger_without_its_metric_is_not_used() {
    let read = trigger::read(&policy(), &Signs::default(), now());
    assert!(read.iter().all(|(_, reading)| *reading == Reading::Unused), "{read:?}");
}

#[test]
fn what_is_held_says_which_metric_is_unclear_and_no_score_is_rounded_up_to_the_threshold() {
    let policy = policy();
    let seen = Seen { weight: Some(10), ..UNDER_WAY };
    let mut judged = verdict::judge(
        &policy,
        &[beside(around(1.0, 60), around(1.0, 60)), beside(around(120.0, 60), around(120.0, 60))],
        now(),
    );
    let mut held = |class, score| {
        (judged.word, judged.score, judged.parts[1].class) = (Word::Hold, score, class);
        judged.parts[1].why = Printable::ours("it may differ");
        let (standing, _) = stage::advance(&policy, None, &seen, &facts(Some(&judged)), now()).unwrap();
        match standing.requirements.first() {
            Some((Requirement::Score, Outcome::Held(why))) => why.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(held(Class::Unclear, None), "latency: it may differ");
    assert_eq!(held(Class::High, Some(94.96)), "score 94.9, 95 passes: a person decides");
    assert_eq!(held(Class::High, Some(90.0)), "score 90, 95 passes: a person decides");
}
