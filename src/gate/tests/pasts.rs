use super::*;
use crate::gate::past::{self, Entered, Present, Stages};
use crate::gate::stage::{Seen, Stage};
use crate::rollout::sample;
use serde_json::json;

fn entered(from: Stage, to: Stage, minutes: i64) -> Entered {
    Entered { uid: "u-1".into(), canary: "6c9f".into(), from, to, at: minutes_ago(minutes) }
}

/// Shadow, 10 % forty minutes ago, 25 % ten minutes ago.
fn recorded() -> Vec<Entered> {
    vec![entered(Stage::First, Stage::Second, 10), entered(Stage::Shadow, Stage::First, 40)]
}

fn stage(stages: &Stages, minutes: i64) -> Option<Stage> {
    stages.at(minutes_ago(minutes)).map(|(stage, _)| stage)
}

#[test]
fn what_is_recorded_is_found_again_by_its_mark_and_nothing_else_is_taken_for_it() {
    let all = Stage::ALL;
    for (from, to) in all.iter().zip(all.iter().rev()) {
        let entered = entered(*from, *to, 7);
        assert_eq!(Entered::read(&entered.mark()), Some(entered));
    }
    let mark = entered(Stage::Shadow, Stage::First, 7).mark();
    for other in
        ["", "stage", "u-1@12/phase", &mark[1..], &format!("{mark}/more"), &mark.replace("canary", "")]
    {
        assert_eq!(Entered::read(other), None, "{other}");
    }
}

#[test]
fn a_stage_lasts_from_its_record_to_the_next_one() {
    let stages = Stages::of(recorded(), &[], None);
    assert_eq!(stages.at(minutes_ago(39)), Some((Stage::First, minutes_ago(40))));
    assert_eq!(stage(&stages, 40), Some(Stage::First), "from its first moment");
    assert_eq!(stage(&stages, 11), Some(Stage::First));
    assert_eq!(stage(&stages, 41), None, "what was before was not recorded");
    assert_eq!(stage(&stages, 10), None, "and not to the first moment of the next");
    assert_eq!(stage(&stages, 9), None, "whether it stayed is not known");
}

#[test]
fn the_last_stage_lasts_until_now_where_it_is_the_one_of_now() {
    let present = |stage| Some(Present { stage, since: None, at: now() });
    let stayed = Stages::of(recorded(), &[], present(Stage::Second));
    assert_eq!([10, 5, 0].map(|minutes| stage(&stayed, minutes)), [Some(Stage::Second); 3]);
    assert_eq!(stage(&stayed, -1), None, "the future is not known");
    let moved = Stages::of(recorded(), &[], present(Stage::RolledBack));
    assert_eq!([5, 0].map(|minutes| stage(&moved, minutes)), [None; 2]);
    let none = Stages::of(Vec::new(), &[], present(Stage::Second));
    assert_eq!(stage(&none, 5), None);
}

#[test]
fn records_that_do_not_fit_together_or_were_not_whole_leave_a_hole() {
    let mut unfit = recorded();
    unfit[0].from = Stage::Shadow;
    assert_eq!(stage(&Stages::of(unfit, &[], None), 20), None);
    assert_eq!(
        stage(&Stages::of(recorded(), &[minutes_ago(20)], None), 30),
        None,
        "nobody looked for a while"
    );
    let before = Stages::of(recorded(), &[minutes_ago(40), minutes_ago(60)], None);
    assert_eq!(
        stage(&before, 30),
        Some(Stage::First),
        "what was missed before it came there does not matter"
    );
}

#[test]
fn a_rollout_that_pauses_says_itself_since_when_it_stands() {
    let since = |patch: serde_json::Value, seen: Seen| seen.stands_since(&sample::canary(patch));
    let under_way = Seen { under_way: true, aborted: false, weight: Some(20), full_since: None, since: None };
    let pauses = |times: &[&str]| {
        let each: Vec<_> =
            times.iter().map(|at| json!({"reason": "CanaryPauseStep", "startTime": at})).collect();
        json!({"status": {"pauseConditions": each}})
    };
    let (early, late) = ("2026-11-21T11:00:00Z", "2026-11-21T11:30:00Z");
    assert_eq!(since(pauses(&[early]), under_way), early.parse().ok());
    assert_eq!(since(pauses(&[late, early]), under_way), late.parse().ok());
    assert_eq!(since(json!({"status": {"pauseConditions": []}}), under_way), None, "it moves");
    let aborted = Seen { aborted: true, ..under_way };
    let patch = json!({"status": {"abort": true, "abortedAt": late}});
    assert_eq!(since(patch, aborted), late.parse().ok());
    assert_eq!(since(json!({}), aborted), None);
    let full = Seen { under_way: false, full_since: Some(minutes_ago(5)), ..under_way };
    assert_eq!(since(json!({}), full), Some(minutes_ago(5)));
    let standing = Present { stage: Stage::Second, since: Some(minutes_ago(30)), at: now() };
    let stages = Stages::of(Vec::new(), &[], Some(standing));
    assert_eq!(
        [31, 30, 0].map(|minutes| stage(&stages, minutes)),
        [None, Some(Stage::Second), Some(Stage::Second)]
    );
}

#[test]
fn within_the_second_that_a_rollout_names_a_record_knows_better() {
    let millis = |millis: i64| minutes_ago(10) + SignedDuration::from_millis(millis);
    let back = Entered { at: millis(600), ..entered(Stage::Second, Stage::RolledBack, 0) };
    let recorded = vec![entered(Stage::First, Stage::Second, 30), back];
    let standing = Present { stage: Stage::RolledBack, since: Some(millis(0)), at: now() };
    let stages = Stages::of(recorded, &[], Some(standing));
    let stage = |at: i64| stages.at(millis(at)).map(|(stage, _)| stage);
    assert_eq!([-1, 0, 599].map(stage), [Some(Stage::Second); 3], "it was seen there until then");
    assert_eq!([600, 999, 1000, 5000].map(stage), [Some(Stage::RolledBack); 4]);
    // Where nobody looked, what it says is all there is.
    let alone = Stages::of(Vec::new(), &[], Some(standing));
    assert_eq!(alone.at(millis(0)), Some((Stage::RolledBack, millis(0))));
    // A record that is more than that behind was late.
    let late = Entered { at: millis(5000), ..entered(Stage::Second, Stage::RolledBack, 0) };
    let stages = Stages::of(vec![entered(Stage::First, Stage::Second, 30), late], &[], Some(standing));
    assert_eq!(stages.at(millis(1500)), Some((Stage::RolledBack, millis(0))));
}

#[test]
fn a_stage_that_is_named_is_the_one_that_is_judged() {
    let ladder = policy().ladder;
    for stage in Stage::ALL {
        let seen = past::seen_in(stage, &ladder);
        assert_eq!(super::stage::stage(&ladder, &seen, now()), Some(stage));
    }
    assert_eq!(super::stage::stage(&ladder, &past::UNKNOWN, now()), None);
}
