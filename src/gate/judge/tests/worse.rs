//! Whatever is done to the data, a refusal does not become a pass; and numbers follow the units they are in.

use proptest::prelude::*;

use super::*;

fn series(longest: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![50.0..150.0_f64, Just(100.0), Just(0.0)], 0..longest)
}

fn word(verdicts: &[Class]) -> Word {
    let group = ["all".to_owned()];
    let metrics: Vec<_> =
        verdicts.iter().map(|class| Counted { groups: &group, class: *class, critical: false }).collect();
    score(&metrics, &[], Thresholds { pass: 95.0, marginal: 75.0 }).word
}

proptest! {
    #[test]
    fn points_taken_away_never_turn_a_refusal_into_a_pass(
        canary in series(80), stable in series(80), cut in 0_usize..80, least in 10_usize..60,
    ) {
        let rule = Rule { least_points: least, ..rule() };
        let shorter = &canary[..cut.min(canary.len())];
        if shorter.len() < least {
            let class = metric::judge(&rule, shorter, &stable).class;
            prop_assert!(!matches!(class, Class::Pass), "{class:?}");
            prop_assert_ne!(word(&[Class::Pass, class]), Word::Pass);
        }
    }

    #[test]
    fn a_value_that_is_no_number_never_makes_a_metric_pass_that_had_too_little(
        canary in series(40), stable in series(40), least in 20_usize..60,
    ) {
        let rule = Rule { least_points: least, ..rule() };
        let before = metric::judge(&rule, &canary, &stable).class;
        let broken: Vec<f64> = canary.iter().copied().chain([f64::NAN; 50]).collect();
        prop_assert_eq!(metric::judge(&rule, &broken, &stable).class, before);
    }

    #[test]
    fn an_unknown_verdict_never_makes_the_word_better(
        classes in prop::collection::vec(
            prop_oneof![Just(Class::Pass), Just(Class::High), Just(Class::NoData), Just(Class::TooFew)], 1..12),
        which in 0_usize..12,
    ) {
        let mut worse = classes.clone();
        let at = which % worse.len();
        worse[at] = Class::NoData;
        if word(&classes) != Word::Pass {
            prop_assert_ne!(word(&worse), Word::Pass);
        }
    }

    #[test]
    fn u_and_its_counterpart_are_all_pairs(x in series(40), y in series(40)) {
        let (x, y) = (Sample::of(x), Sample::of(y));
        let (there, back) = (x.among(&y, 0.0), y.among(&x, 0.0));
        prop_assert_eq!(there.above + back.above, (x.len() * y.len()) as f64);
        prop_assert_eq!(there.ties, back.ties);
    }

    #[test]
    fn pairs_and_ties_are_those_of_plain_counting(x in series(20), y in series(20)) {
        let (x, y) = (Sample::of(x), Sample::of(y));
        let mut above = 0.0;
        for a in x.values() {
            for b in y.values() {
                above += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            }
        }
        let mut all: Vec<f64> = x.values().iter().chain(y.values()).copied().collect();
        all.sort_by(f64::total_cmp);
        let ties: f64 = all.chunk_by(|a, b| a == b).map(|group| (group.len() as f64).powi(3) - group.len() as f64).sum();
        let among = x.among(&y, 0.0);
        prop_assert_eq!((among.above, among.ties), (above, ties));
    }

    #[test]
    fn bounds_hold_the_estimate_between_them(x in series(40), y in series(40)) {
        let (x, y) = (Sample::of(x), Sample::of(y));
        if let Some(shift) = interval::shift(&x, &y, 0.98) {
            prop_assert!(shift.lower <= shift.estimate + 2e-4 && shift.estimate <= shift.upper + 2e-4, "{:?}", shift);
        }
    }
}
