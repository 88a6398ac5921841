//! The gate of one Rollout: what it takes in, what it says, what it tells, and what it proposes.

use proptest::prelude::*;

use super::*;
use crate::gate::Gate;
use crate::gate::stage::{Seen, Stage};
use crate::gate::trigger::Cause;
use crate::gate::watched::Told;
use crate::gate::wish::Gathered;
use crate::rollout::Key;

const AT_TEN: Seen =
    Seen { under_way: true, aborted: false, weight: Some(10), full_since: None, since: None };

pub(super) fn gate() -> Gate {
    Gate::new(watching().into(), "new".into())
}

/// The policy with its error rate as a trigger.
fn watching() -> Policy {
    let text = format!("{CORE}    error_rate_metric: errors\n{METRICS}");
    file::read(&text, "frontend").unwrap()
}

pub(super) fn bring(gate: &Gate, evidence: Vec<Evidence>) -> Gathered {
    Gathered {
        key: Key { namespace: "shop".into(), name: "web".into() },
        hash: gate.canary.clone(),
        policy: gate.policy.clone(),
        at: now(),
        evidence,
        simulation: None,
        reasons: None,
        approvals: None,
    }
}

/// Errors in times of the stable version's, and the same latency.
pub(super) fn errors(times: f64, points: i64) -> Vec<Evidence> {
    vec![
        beside(around(times, points), around(1.0, points)),
        beside(around(120.0, points), around(120.0, points)),
    ]
}

fn take(gate: &mut Gate, evidence: Vec<Evidence>) -> Vec<Told> {
    gate.take(bring(gate, evidence), &AT_TEN, now())
}

#[test]
fn a_gate_begins_without_a_word_on_its_canary() {
    let gate = gate();
    assert_eq!((gate.word(now()), gate.is_fresh(now())), (Word::CannotTell, false));
    assert_eq!(gate.why(now()).as_str(), "its weight is not known");
    assert!(!gate.proposes_abort() && gate.firing().next().is_none());
}

#[test]
fn what_is_seen_alone_makes_no_word_better() {
    let mut gate = gate();
    assert_eq!(gate.see(&AT_TEN, now()), None, "it is the first time that it is seen");
    assert_eq!(
        (gate.word(now()), gate.why(now()).as_str()),
        (Word::CannotTell, "there is no fresh judgement")
    );
}

#[test]
fn good_evidence_passes_and_the_change_of_the_word_is_told_once() {
    let mut gate = gate();
    let told = take(&mut gate, errors(1.0, 60));
    let [Told::Judged { was: Word::CannotTell, is: Word::Pass, why }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(why.as_str(), "all that this stage asks for is met");
    assert_eq!(take(&mut gate, errors(1.0, 60)), []);
}

#[test]
fn a_trigger_that_fires_does_not_become_a_pass_by_being_unreadable() {
    let text =
        format!("{CORE}    error_rate_metric: errors\n{METRICS}policy_service: {{topic: job.refund}}\n");
    let mut gate = Gate::new(file::read(&text, "x").unwrap().into(), "new".into());
    let mut said = |reasons| {
        let gathered = Gathered { reasons: Some(reasons), ..bring(&gate, errors(1.0, 60)) };
        gate.take(gathered, &AT_TEN, now());
        (gate.word(now()), gate.why(now()).to_string(), gate.proposes_abort())
    };
    let overloaded = Ok(vec![(minutes_ago(1), "no_workers".to_owned()); 3]);
    let (word, _, proposes) = said(overloaded);
    assert_eq!((word, proposes), (Word::Fail, true));
    let (word, why, _) = said(Err(Printable::ours("answered 500")));
    assert_eq!(word, Word::CannotTell);
    assert_eq!(why, "trigger overload: why jobs failed is not known: answered 500");
    assert_eq!(said(Ok(Vec::new())).0, Word::Pass);
}

#[test]
fn what_was_gathered_for_another_canary_or_by_another_policy_is_not_taken() {
    let mut gate = gate();
    take(&mut gate, errors(5.0, 60));
    let before = gate.clone();
    let other = Gathered { hash: "newer".into(), ..bring(&gate, errors(1.0, 60)) };
    assert_eq!((gate.take(other, &AT_TEN, now()), &gate), (Vec::new(), &before));
    let other = Gathered { policy: policy().into(), ..bring(&gate, errors(1.0, 60)) };
    assert_eq!((gate.take(other, &AT_TEN, now()), &gate), (Vec::new(), &before));
}

#[test]
fn a_verdict_passes_nothing_once_it_is_too_old() {
    let mut gate = gate();
    take(&mut gate, errors(1.0, 60));
    let until = gate.fresh_until().unwrap();
    // Five points of a minute (verdict: STALE_AFTER).
    assert_eq!(until, now() + SignedDuration::from_mins(5));
    assert_eq!(gate.word(until), Word::Pass);
    let late = until + SignedDuration::from_millis(1);
    assert_eq!((gate.word(late), gate.why(late).as_str()), (Word::CannotTell, "there is no fresh judgement"));
}

#[test]
fn a_failure_stays_one_however_old_it_is() {
    let mut gate = gate();
    take(&mut gate, errors(5.0, 60));
    assert_eq!(gate.word(now() + SignedDuration::from_hours(9)), Word::Fail);
}

#[test]
fn a_trigger_is_told_when_it_begins_to_fire_and_when_it_ceases() {
    let mut gate = gate();
    let told = take(&mut gate, errors(5.0, 60));
    assert!(matches!(&told[0], Told::Fired(Cause::ErrorRate, _)), "{told:?}");
    assert!(gate.proposes_abort() && gate.troubled == Some(now()));
    let told = take(&mut gate, errors(5.0, 60));
    assert_eq!(told, [], "it still fires");
    let told = take(&mut gate, errors(1.0, 60));
    assert_eq!(told[0], Told::Calmed(Cause::ErrorRate));
    assert!(!gate.proposes_abort());
}

#[test]
fn a_trigger_that_cannot_be_read_any_more_has_not_calmed() {
    let mut gate = gate();
    take(&mut gate, errors(5.0, 60));
    let missing = || Evidence::Missing { why: "connection refused".into(), of: of() };
    let told = take(&mut gate, vec![missing(), missing()]);
    assert!(!told.iter().any(|told| matches!(told, Told::Calmed(_))), "{told:?}");
    assert_eq!(gate.word(now()), Word::CannotTell);
}

#[test]
fn a_firing_trigger_fails_the_word_whatever_the_score_says() {
    let text = format!(
        "{CORE}    error_rate_metric: errors\n{METRICS}  - name: health\n    query: up{{hash=\"{{{{canary}}}}\"}}\n    \
         direction: decrease\n    groups: [errors]\n"
    );
    let mut policy = file::read(&text, "frontend").unwrap();
    // A score to which errors alone count for nothing.
    policy.metrics[0].groups.clear();
    policy.metrics[0].rule.critical = false;
    let mut gate = Gate::new(policy.into(), "new".into());
    let mut evidence = errors(5.0, 60);
    evidence.push(beside(around(1.0, 60), around(1.0, 60)));
    take(&mut gate, evidence);
    assert_eq!(gate.verdict.as_ref().unwrap().word, Word::Pass);
    assert_eq!(gate.word(now()), Word::Fail);
    assert!(gate.why(now()).as_str().contains("times the errors"), "{}", gate.why(now()));
}

#[test]
fn an_abort_is_proposed_only_while_the_canary_may_still_be_taken_back() {
    let mut gate = gate();
    take(&mut gate, errors(5.0, 60));
    for (seen, proposed) in [
        (AT_TEN, true),
        (Seen { weight: Some(100), ..AT_TEN }, true),
        (Seen { aborted: true, ..AT_TEN }, false),
        (Seen { under_way: false, ..AT_TEN }, false),
    ] {
        gate.see(&seen, now());
        assert_eq!(gate.proposes_abort(), proposed, "{seen:?}");
    }
}

#[test]
fn a_change_of_stage_is_told_with_both_ends() {
    let mut gate = gate();
    take(&mut gate, errors(1.0, 60));
    let told = gate.see(&Seen { weight: Some(40), ..AT_TEN }, now()).unwrap();
    let Told::Entered { canary, transition } = told else { panic!("{told:?}") };
    assert_eq!(canary, gate.canary);
    assert_eq!((transition.from, transition.to, transition.at), (Stage::First, Stage::Second, now()));
    assert_eq!(gate.see(&Seen { weight: None, ..AT_TEN }, now()), None, "an unknown weight moves nothing");
    assert_eq!(gate.standing.as_ref().unwrap().stage, Stage::Second);
}

#[test]
fn what_was_seen_under_a_tenth_of_the_traffic_passes_nothing_under_more_of_it() {
    let mut gate = gate();
    take(&mut gate, errors(1.0, 60));
    assert_eq!(gate.word(now()), Word::Pass);
    let at_forty = Seen { weight: Some(40), ..AT_TEN };
    gate.see(&at_forty, now());
    assert_eq!(gate.word(now()), Word::CannotTell, "from the moment on in which it came there");
    gate.take(bring(&gate, errors(1.0, 60)), &at_forty, now());
    assert_eq!(gate.word(now()), Word::CannotTell);
    assert_eq!(
        gate.why(now()).as_str(),
        "latency: 1 of 50 points, counted since 2026-11-21 12:00 UTC",
        "the one of this very minute"
    );
    // A Rollout that has paused there for an hour has what it takes; one that has for forty minutes has not.
    for (minutes, word) in [(60, Word::Pass), (40, Word::CannotTell)] {
        let paused = Seen { since: Some(minutes_ago(minutes)), ..at_forty };
        gate.take(bring(&gate, errors(1.0, 90)), &paused, now());
        assert_eq!(gate.word(now()), word, "{minutes}");
    }
}

#[test]
fn a_metric_that_must_have_data_is_not_called_silent_when_the_weight_has_just_moved() {
    let text = format!("{CORE}{METRICS}")
        .replace("    critical: true\n", "    critical: true\n    must_have_data: true\n");
    let policy = file::read(&text, "x").unwrap();
    let (verdict, _) =
        verdict::judge_since(&policy, errors(1.0, 60), Some(now() + SignedDuration::from_secs(1)), now());
    assert_eq!((verdict.word, verdict.parts[0].class), (Word::CannotTell, Class::TooFew), "{verdict:?}");
    assert_eq!(verdict.earliest, Some(now() + SignedDuration::from_mins(50)));
}

#[test]
fn what_failed_under_a_tenth_of_the_traffic_is_not_forgotten_under_more_of_it() {
    // Twice the latency: no trigger fires.
    let slow =
        || vec![beside(around(1.0, 60), around(1.0, 60)), beside(around(240.0, 60), around(120.0, 60))];
    let mut gate = gate();
    take(&mut gate, slow());
    assert_eq!((gate.word(now()), gate.proposes_abort()), (Word::Fail, true));
    let at_forty = Seen { weight: Some(40), ..AT_TEN };
    gate.see(&at_forty, now());
    assert_eq!((gate.word(now()), gate.proposes_abort()), (Word::Fail, true));
    gate.take(bring(&gate, slow()), &at_forty, now());
    assert_eq!((gate.word(now()), gate.proposes_abort()), (Word::Fail, true));
}

#[test]
fn latency_that_rose_before_it_was_asked_for_is_told_as_soon_as_it_is() {
    let mut gate = gate();
    let mild =
        || vec![beside(around(1.0, 60), around(1.0, 60)), beside(around(170.0, 60), around(120.0, 60))];
    let at_forty = Seen { weight: Some(40), ..AT_TEN };
    gate.take(bring(&gate, mild()), &at_forty, now());
    let standing = gate.standing.as_ref().unwrap();
    let latency =
        standing.requirements.iter().find(|(asked, _)| *asked == stage::Requirement::Latency).unwrap();
    assert_eq!(latency.1.word(), Word::Fail, "{latency:?}");
    assert_eq!(gate.verdict.as_ref().unwrap().parts[0].class, Class::TooFew, "the errors are counted anew");
}

proptest! {
    #[test]
    fn leaving_out_what_was_measured_before_a_time_never_makes_the_word_better(
        times in prop_oneof![Just(1.0), 0.5..4.0_f64],
        slower in prop_oneof![Just(1.0), 0.8..2.0_f64],
        points in 0_i64..120,
        begin in 0_i64..120,
    ) {
        let evidence =
            vec![beside(around(times, points), around(1.0, points)), beside(around(120.0 * slower, points), around(120.0, points))];
        let whole = verdict::judge(&policy(), &evidence, now());
        let (own, rests_on) = verdict::judge_since(&policy(), evidence, Some(minutes_ago(begin)), now());
        prop_assert!(own.word >= whole.word, "{:?} {:?}", own.word, whole.word);
        let digests: Vec<_> = rests_on.iter().map(Evidence::digest).collect();
        prop_assert_eq!(own.parts.iter().map(|part| part.digest.clone()).collect::<Vec<_>>(), digests);
    }
}

#[test]
fn a_trigger_does_not_rest_because_the_weight_moved() {
    let mut gate = gate();
    take(&mut gate, errors(4.0, 60));
    gate.take(bring(&gate, errors(4.0, 60)), &Seen { weight: Some(40), ..AT_TEN }, now());
    assert_eq!(gate.firing().map(|(cause, _)| cause).collect::<Vec<_>>(), [Cause::ErrorRate]);
}

#[test]
fn bad_evidence_counts_where_the_weight_is_not_known_any_more_and_good_evidence_passes_nothing() {
    let unseen = Seen { weight: None, ..AT_TEN };
    let mut gate = gate();
    take(&mut gate, errors(1.0, 60));
    assert_eq!(gate.word(now()), Word::Pass);
    // Twice the latency: no trigger fires.
    let slow = vec![beside(around(1.0, 60), around(1.0, 60)), beside(around(240.0, 60), around(120.0, 60))];
    gate.take(bring(&gate, slow), &unseen, now());
    assert_eq!(gate.word(now()), Word::Fail);
    gate.take(bring(&gate, errors(1.0, 60)), &unseen, now());
    assert_eq!((gate.word(now()), gate.why(now()).as_str()), (Word::CannotTell, "its weight is not known"));
    take(&mut gate, errors(1.0, 60));
    assert_eq!(gate.word(now()), Word::Pass);
}

#[test]
fn a_trigger_is_not_read_from_what_was_hours_ago() {
    let mut gate = gate();
    // One burst two hours ago, and since then hardly a minute that has a number.
    let mut sparse = around(9.0, 120);
    for (nth, point) in sparse.points.iter_mut().rev().enumerate() {
        match nth {
            0 => point.1 = 1.0,
            1..60 => point.1 = f64::NAN,
            _ => {}
        }
    }
    let latency = || beside(around(120.0, 120), around(120.0, 120));
    take(&mut gate, vec![beside(sparse, around(1.0, 120)), latency()]);
    assert!(gate.firing().next().is_none(), "{:?}", gate.triggers);
    assert!(gate.word(now()) >= Word::CannotTell, "what cannot be read does not rest");
}

/// What is done to the evidence of one metric.
fn harmed(evidence: &Evidence, how: u8) -> Evidence {
    let Evidence::Series { canary, stable, of } = evidence else { return evidence.clone() };
    let (mut canary, mut stable) = (canary.clone(), stable.clone());
    let late = SignedDuration::from_mins(20);
    match how % 6 {
        0 => return Evidence::Missing { why: "connection refused".into(), of: of.clone() },
        1 => canary.points.clear(),
        2 => stable.points.truncate(49),
        3 => canary.points.iter_mut().for_each(|(_, value)| *value = f64::INFINITY),
        4 => canary.points.iter_mut().chain(&mut stable.points).for_each(|(at, _)| *at -= late),
        _ => canary.points.iter_mut().for_each(|(at, _)| *at += SignedDuration::from_secs(7)),
    }
    Evidence::Series { canary, stable, of: of.clone() }
}

proptest! {
    #[test]
    fn making_data_worse_never_lowers_the_word_below_a_refusal(
        times in prop_oneof![Just(1.0), 0.5..4.0_f64],
        points in 0_i64..90,
        which in 0_usize..2,
        how in any::<u8>(),
        weight in prop_oneof![Just(10_i64), Just(40)],
        before in any::<bool>(),
    ) {
        let seen = Seen { weight: Some(weight), since: Some(minutes_ago(200)), ..AT_TEN };
        let whole = errors(times, points);
        let mut worse = whole.clone();
        worse[which] = harmed(&whole[which], how);
        let mut gate = gate();
        if before {
            gate.take(bring(&gate, whole), &seen, now());
        }
        gate.take(bring(&gate, worse), &seen, now());
        prop_assert!(gate.word(now()) >= Word::CannotTell, "{:?}", gate.word(now()));
    }

    #[test]
    fn time_alone_never_makes_a_word_better(times in 0.5..4.0_f64, points in 0_i64..90, later in 0_i64..10_000) {
        let mut gate = gate();
        take(&mut gate, errors(times, points));
        let later = now() + SignedDuration::from_secs(later);
        prop_assert!(gate.word(later) >= gate.word(now()));
    }

    #[test]
    fn a_metric_that_was_not_gathered_passes_nothing(times in 0.5..4.0_f64, left in 0_usize..2) {
        let mut gate = gate();
        let mut evidence = errors(times, 60);
        evidence.truncate(left);
        take(&mut gate, evidence);
        prop_assert!(gate.word(now()) >= Word::CannotTell);
    }
}
