//! The judge beside other implementations, beside rules, and beside worse data.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::metric::{self, Class, Direction, Effects, Measure, Rule};
use super::rank::Sample;
use super::score::{Counted, Thresholds, Word, score};
use super::sequence::Sequence;
use super::series::{self, NanStrategy, OutlierStrategy};
use super::whitney::{self, Alternative};
use super::{interval, normal};

mod worse;

/// A case as SciPy 1.17 (`mannwhitneyu`) and R 4.2 (`wilcox.test`, not exact, 98 %) answered it.
#[derive(Deserialize)]
struct Recorded {
    canary: Vec<Box<RawValue>>,
    stable: Vec<Box<RawValue>>,
    u: Box<RawValue>,
    two_sided: Box<RawValue>,
    less: Box<RawValue>,
    greater: Box<RawValue>,
    lower: Option<Box<RawValue>>,
    upper: Option<Box<RawValue>>,
}

/// Rust's own reading of a number: the JSON library's may be off by the last digit, and a search takes another way then.
fn number(raw: &RawValue) -> f64 {
    raw.get().parse().unwrap()
}

fn sample(raw: &[Box<RawValue>]) -> Sample {
    Sample::of(raw.iter().map(|value| number(value)))
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("tests/recorded.json")).unwrap()
}

pub(super) fn rule() -> Rule {
    Rule {
        direction: Direction::Increase,
        nan: NanStrategy::Remove,
        outliers: OutlierStrategy::Keep,
        critical: false,
        must_have_data: false,
        effects: Effects {
            measure: Measure::MeanRatio,
            allowed_increase: 1.0,
            allowed_decrease: 1.0,
            critical_increase: 1.0,
            critical_decrease: 1.0,
        },
        least_points: 2,
    }
}

#[test]
fn a_zero_has_no_sign_whatever_came_first() {
    let positive = |values: &[f64]| values.iter().all(|value| value.is_sign_positive());
    for zeros in [[0.0, -0.0, 1.0], [-0.0, 0.0, 1.0], [-0.0, -0.0, 0.5]] {
        let sample = Sample::of(zeros);
        assert!(positive(sample.values()), "{sample:?}");
        let shift = interval::shift(&sample, &Sample::of([-0.0, 0.0, 0.0]), interval::CONFIDENCE).unwrap();
        assert!(shift.lower != 0.0 || positive(&[shift.lower]), "{shift:?}");
    }
}

#[test]
fn u_and_p_are_those_of_another_implementation() {
    let mut exact = 0;
    for case in recorded() {
        let (x, y) = (sample(&case.canary), sample(&case.stable));
        for (alternative, expected) in [
            (Alternative::TwoSided, &case.two_sided),
            (Alternative::Less, &case.less),
            (Alternative::Greater, &case.greater),
        ] {
            let outcome = whitney::test(&x, &y, alternative).unwrap();
            assert_eq!(outcome.u, number(&case.u));
            let expected = number(expected);
            assert!((outcome.p - expected).abs() <= 1e-9 * expected, "{} is not {expected}", outcome.p);
            exact += usize::from(outcome.exact);
        }
    }
    assert!(exact > 20, "only {exact} were counted out");
}

#[test]
fn the_bounds_are_those_of_another_implementation() {
    let mut seen = 0;
    for case in recorded() {
        let (Some(lower), Some(upper)) = (&case.lower, &case.upper) else { continue };
        let shift = interval::shift(&sample(&case.canary), &sample(&case.stable), 0.98).unwrap();
        assert!((shift.lower - number(lower)).abs() <= 1e-6, "{shift:?} {lower}");
        assert!((shift.upper - number(upper)).abs() <= 1e-6, "{shift:?} {upper}");
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn three_above_three_is_one_order_of_twenty() {
    let (x, y) = (Sample::of([4.0, 5.0, 6.0]), Sample::of([1.0, 2.0, 3.0]));
    let greater = whitney::test(&x, &y, Alternative::Greater).unwrap();
    assert_eq!((greater.u, greater.exact), (9.0, true));
    assert!((greater.p - 1.0 / 20.0).abs() < 1e-15);
    assert!((whitney::test(&x, &y, Alternative::TwoSided).unwrap().p - 0.1).abs() < 1e-15);
    assert!((whitney::test(&y, &x, Alternative::Greater).unwrap().p - 1.0).abs() < 1e-15);
}

#[test]
fn an_empty_sample_is_not_tested() {
    assert_eq!(whitney::test(&Sample::default(), &Sample::of([1.0]), Alternative::Less), None);
    assert_eq!(interval::shift(&Sample::of([1.0]), &Sample::default(), 0.98), None);
}

#[test]
fn quantiles_of_the_normal_distribution_lead_back() {
    for p in [1e-300, 1e-12, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0 - 1e-12] {
        let back = normal::below(normal::quantile(p));
        assert!((back - p).abs() <= 1e-12 * p, "{p} {back}");
    }
    assert!((normal::quantile(0.01) + 2.326_347_874_040_841).abs() < 1e-15);
    assert!(normal::quantile(0.0).is_infinite() && normal::quantile(1.5).is_nan());
}

#[test]
fn a_quantile_lies_between_its_neighbours_by_line() {
    let sample = Sample::of([10.0, 20.0, 30.0, 40.0]);
    assert_eq!(sample.quantile(0.25), Some(17.5));
    assert_eq!(sample.quantile(0.0), Some(10.0));
    assert_eq!(sample.quantile(1.0), Some(40.0));
    assert_eq!(Sample::default().quantile(0.5), None);
}

#[test]
fn what_is_no_number_is_left_out_or_taken_as_nothing() {
    let raw = [1.0, f64::NAN, 3.0, f64::INFINITY];
    let removed = series::clean(&raw, NanStrategy::Remove, OutlierStrategy::Keep);
    assert_eq!((removed.sample.values(), removed.not_numbers), ([1.0, 3.0].as_slice(), 2));
    let replaced = series::clean(&raw, NanStrategy::Replace, OutlierStrategy::Keep);
    assert_eq!(replaced.sample.values(), [0.0, 0.0, 1.0, 3.0]);
    assert_eq!(replaced.points, 2, "what was made up is no point");
}

#[test]
fn an_outlier_is_left_out_only_where_the_rule_says_so() {
    let mut raw: Vec<f64> = (0..200).map(|step| 100.0 + f64::from(step % 7)).collect();
    raw.push(9_000.0);
    let kept = series::clean(&raw, NanStrategy::Remove, OutlierStrategy::Keep);
    assert_eq!(kept.sample.len(), 201);
    let cut = series::clean(&raw, NanStrategy::Remove, OutlierStrategy::Remove { factor: 3.0 });
    assert_eq!((cut.sample.len(), cut.outliers), (200, 1));
}

#[test]
fn a_canary_that_lies_higher_is_high_where_up_is_bad_and_passes_where_down_is() {
    let stable: Vec<f64> = (0..60).map(|step| 100.0 + f64::from(step * 37 % 20)).collect();
    let canary: Vec<f64> = stable.iter().map(|value| value * 1.5).collect();
    let high = metric::judge(&rule(), &canary, &stable);
    assert_eq!(high.class, Class::High);
    assert!(high.shift.unwrap().lower > 40.0);
    assert_eq!(high.effect, Some(1.5));
    let downward = Rule { direction: Direction::Decrease, ..rule() };
    assert_eq!(metric::judge(&downward, &canary, &stable).class, Class::Pass);
    assert_eq!(metric::judge(&downward, &stable, &canary).class, Class::Low);
    let either = Rule { direction: Direction::Either, ..rule() };
    assert_eq!(metric::judge(&either, &stable, &canary).class, Class::Low);
}

#[test]
fn a_rise_that_is_allowed_passes_and_one_that_is_critical_is_told() {
    let stable: Vec<f64> = (0..60).map(|step| 100.0 + f64::from(step * 37 % 20)).collect();
    let canary: Vec<f64> = stable.iter().map(|value| value * 1.2).collect();
    let effects = Effects { allowed_increase: 1.25, ..rule().effects };
    assert_eq!(metric::judge(&Rule { effects, ..rule() }, &canary, &stable).class, Class::Pass);
    let effects = Effects { critical_increase: 1.15, ..rule().effects };
    let verdict = metric::judge(&Rule { effects, critical: true, ..rule() }, &canary, &stable);
    assert_eq!((verdict.class, verdict.critical), (Class::High, true));
    let effects = Effects { critical_increase: 1.4, ..rule().effects };
    let verdict = metric::judge(&Rule { effects, critical: true, ..rule() }, &canary, &stable);
    assert_eq!((verdict.class, verdict.critical), (Class::High, false));
}

#[test]
fn equal_series_pass_and_constants_are_told_apart() {
    assert_eq!(metric::judge(&rule(), &[0.0; 50], &[0.0; 50]).class, Class::Pass);
    assert_eq!(metric::judge(&rule(), &[7.0; 50], &[5.0; 50]).class, Class::High);
    assert_eq!(metric::judge(&rule(), &[5.0; 50], &[7.0; 50]).class, Class::Pass);
}

#[test]
fn a_unit_that_is_too_small_for_the_search_is_told() {
    let shares: Vec<f64> = (0..60).map(|step| 0.001 + 0.000_01 * f64::from(step * 37 % 20)).collect();
    let worse: Vec<f64> = shares.iter().map(|share| share * 1.1).collect();
    assert!(metric::judge(&rule(), &worse, &shares).too_small_a_unit);
    let in_ppm = |series: &[f64]| series.iter().map(|share| share * 1e6).collect::<Vec<_>>();
    assert!(!metric::judge(&rule(), &in_ppm(&worse), &in_ppm(&shares)).too_small_a_unit);
}

#[test]
fn a_score_is_the_weighted_share_of_metrics_that_pass() {
    let (errors, latency) = (vec!["errors".to_owned()], vec!["latency".to_owned()]);
    let counted = |groups, class| Counted { groups, class, critical: false };
    let metrics = [
        counted(errors.as_slice(), Class::Pass),
        counted(latency.as_slice(), Class::Pass),
        counted(latency.as_slice(), Class::High),
    ];
    let thresholds = Thresholds { pass: 95.0, marginal: 75.0 };
    let scored = score(&metrics, &[("errors".to_owned(), 60.0)], thresholds);
    assert_eq!((scored.total, scored.word), (Some(80.0), Word::Hold));
    let unweighted = score(&metrics, &[], thresholds);
    assert_eq!((unweighted.total, unweighted.word), (Some(75.0), Word::Hold));
    let good = score(&metrics[..2], &[], thresholds);
    assert_eq!((good.total, good.word), (Some(100.0), Word::Pass));
}

#[test]
fn a_critical_metric_fails_the_whole_and_an_unknown_one_holds_it() {
    let group = vec!["all".to_owned()];
    let counted = |class, critical| Counted { groups: &group, class, critical };
    let thresholds = Thresholds { pass: 95.0, marginal: 75.0 };
    let many = || std::iter::repeat_n(counted(Class::Pass, false), 40);
    let fatal: Vec<_> = many().chain([counted(Class::High, true)]).collect();
    assert_eq!(score(&fatal, &[], thresholds).word, Word::Fail);
    assert_eq!(score(&fatal, &[], thresholds).total, Some(0.0));
    for unknown in [Class::NoData, Class::TooFew, Class::Undecidable] {
        let unclear: Vec<_> = many().chain([counted(unknown, false)]).collect();
        assert_eq!(score(&unclear, &[], thresholds).word, Word::CannotTell, "{unknown:?}");
    }
    assert_eq!(score(&[], &[], thresholds).word, Word::CannotTell);
}

#[test]
fn a_sequence_knows_the_mean_and_how_surely() {
    let mut sequence = Sequence::default();
    for step in 0..19 {
        sequence.take(10.0 + f64::from(step % 3), 9.0);
    }
    assert_eq!(sequence.bounds(0.98, 50), None, "nineteen pairs are too few");
    for step in 19..60 {
        sequence.take(10.0 + f64::from(step % 3), 9.0);
    }
    sequence.take(f64::NAN, 9.0);
    let bounds = sequence.bounds(0.98, 50).unwrap();
    assert_eq!(bounds.pairs, 60);
    assert!((bounds.estimate - 2.0).abs() < 1e-12);
    // α = 0.02, 50 pairs in mind: ρ² = (7.824 + 2.057 + 1) / 50; half = σ √(2 (60ρ² + 1) / (60² ρ²) · ln(√(60ρ² + 1) / α)).
    let mixing: f64 = (7.824_046_010_856_292 + 7.824_046_010_856_292_f64.ln() + 1.0) / 50.0;
    let grown = 60.0 * mixing + 1.0;
    let half = (2.0_f64 / 3.0).sqrt() * (2.0 * grown / (3600.0 * mixing) * (grown.sqrt() / 0.02).ln()).sqrt();
    assert!((bounds.upper - 2.0 - half).abs() < 1e-9, "{bounds:?} {half}");
}

#[test]
fn neighbours_that_resemble_each_other_say_less() {
    let (mut smooth, mut rough) = (Sequence::default(), Sequence::default());
    for step in 0..64 {
        smooth.take(f64::from((step / 8) % 2), 0.0);
        rough.take(f64::from(step % 2), 0.0);
    }
    let width = |sequence: &Sequence| {
        let bounds = sequence.bounds(0.98, 50).unwrap();
        bounds.upper - bounds.lower
    };
    assert!(width(&smooth) > 2.0 * width(&rough));
}
