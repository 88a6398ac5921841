//! Owns the verdict on one metric: pass, high, low, or that it cannot be told, each with its numbers.
//!
//! Kayenta's `NetflixACAJudge` and `MannWhitneyClassifier`, but for two things: a metric that cannot be judged is never left out
//! silently, and constants are told apart without dice. It never sees a clock or a query.

use super::interval::{self, CONFIDENCE, Shift};
use super::rank::Sample;
use super::series::{self, Cleaned, NanStrategy, OutlierStrategy};

/// Share of the estimate that a bound has to exceed (Kayenta: 0.25).
pub const BAND: f64 = 0.25;
/// Spread given to constants, as a share of their value (Kayenta: 1e-5).
const SPREAD: f64 = 1e-5;

/// Which way a metric may not go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Up: errors, latency.
    Increase,
    /// Down: throughput, hit rate.
    Decrease,
    /// Neither way.
    #[default]
    Either,
}

/// How the size of an effect is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Mean of the canary over mean of the stable version; 1 is no effect.
    #[default]
    MeanRatio,
    /// Chance that a value of the canary is the greater one; 0.5 is no effect.
    CommonLanguage,
}

/// Sizes of an effect from which on it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// How they are measured.
    pub measure: Measure,
    /// A rise below this passes.
    pub allowed_increase: f64,
    /// A fall above this passes.
    pub allowed_decrease: f64,
    /// A rise from here on is critical, where the metric is.
    pub critical_increase: f64,
    /// A fall from here on is critical, where the metric is.
    pub critical_decrease: f64,
}

/// How a metric is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Which way it may not go.
    pub direction: Direction,
    /// Values that are no number.
    pub nan: NanStrategy,
    /// Values far out.
    pub outliers: OutlierStrategy,
    /// Whether its failure alone fails the whole.
    pub critical: bool,
    /// Whether it fails where there are no values.
    pub must_have_data: bool,
    /// From which size on an effect counts.
    pub effects: Effects,
    /// Fewest points in either series.
    pub least_points: usize,
}

/// How a metric came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// No difference that counts.
    Pass,
    /// The canary lies higher than it may.
    High,
    /// The canary lies lower than it may.
    Low,
    /// There is enough to compare, and it does not show yet which way it is.
    Unclear,
    /// There is nothing to compare.
    NoData,
    /// There is nothing to compare, and the rule calls that a failure.
    NoDataFail,
    /// There is too little to compare.
    TooFew,
    /// It could not be computed.
    Undecidable,
}

/// The verdict on a metric, with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How it came out.
    pub class: Class,
    /// Whether that alone fails the whole.
    pub critical: bool,
    /// By how much the canary lies above the stable version, in the metric's unit.
    pub shift: Option<Shift>,
    /// Size of the effect, in the rule's measure.
    pub effect: Option<f64>,
    /// The canary's values as compared.
    pub canary: Cleaned,
    /// The stable version's values as compared.
    pub stable: Cleaned,
    /// Whether the search for the bounds was coarser than the difference that counts: feed a larger unit.
    pub too_small_a_unit: bool,
}

/// Judges a metric by its two series.
pub fn judge(rule: &Rule, canary: &[f64], stable: &[f64]) -> Verdict {
    let canary = series::clean(canary, rule.nan, rule.outliers);
    let stable = series::clean(stable, rule.nan, rule.outliers);
    let (class, shift, effect) = if canary.points.min(stable.points) < rule.least_points.max(1) {
        (too_few(rule, &canary, &stable), None, effect(rule.effects.measure, &canary.sample, &stable.sample))
    } else {
        classify(rule, &canary.sample, &stable.sample)
    };
    let critical = rule.critical && is_critical(rule, class, effect);
    let too_small_a_unit = shift.is_some_and(|shift| is_coarse(&shift, &stable.sample));
    Verdict { class, critical, shift, effect, canary, stable, too_small_a_unit }
}

fn too_few(rule: &Rule, canary: &Cleaned, stable: &Cleaned) -> Class {
    match (canary.points.min(stable.points), rule.must_have_data) {
        (0, true) => Class::NoDataFail,
        (0, false) => Class::NoData,
        _ => Class::TooFew,
    }
}

fn classify(rule: &Rule, canary: &Sample, stable: &Sample) -> (Class, Option<Shift>, Option<f64>) {
    if canary == stable {
        return (Class::Pass, None, effect(rule.effects.measure, canary, stable));
    }
    let is_huge = |sample: &Sample| sample.values().iter().any(|value| value.abs() > series::LARGEST);
    if is_huge(canary) || is_huge(stable) {
        return (Class::Undecidable, None, None);
    }
    let spread = (canary.is_constant() && stable.is_constant()).then(|| (spread(canary), spread(stable)));
    let (x, y) = spread.as_ref().map_or((canary, stable), |(x, y)| (x, y));
    let effect = effect(rule.effects.measure, canary, stable);
    let Some(shift) = interval::shift(x, y, CONFIDENCE) else {
        return (Class::Undecidable, None, effect);
    };
    (side(rule, &shift, effect), Some(shift), effect)
}

/// Tells on which side of what is allowed a shift lies; high is looked at first.
fn side(rule: &Rule, shift: &Shift, effect: Option<f64>) -> Class {
    let band = BAND * shift.estimate.abs();
    let effects = &rule.effects;
    let risen = rule.direction != Direction::Decrease
        && shift.lower > band
        && effect.is_none_or(|effect| effect >= effects.allowed_increase);
    let fallen = rule.direction != Direction::Increase
        && shift.upper < -band
        && effect.is_none_or(|effect| effect <= effects.allowed_decrease);
    match (risen, fallen) {
        (true, _) => Class::High,
        (false, true) => Class::Low,
        (false, false) => Class::Pass,
    }
}

fn is_critical(rule: &Rule, class: Class, effect: Option<f64>) -> bool {
    match class {
        Class::High => effect.is_none_or(|effect| effect >= rule.effects.critical_increase),
        Class::Low => effect.is_none_or(|effect| effect <= rule.effects.critical_decrease),
        Class::NoData | Class::NoDataFail => true,
        Class::Pass | Class::Unclear | Class::TooFew | Class::Undecidable => false,
    }
}

/// Returns the size of the effect; `None` where a mean is zero.
fn effect(measure: Measure, canary: &Sample, stable: &Sample) -> Option<f64> {
    match measure {
        Measure::MeanRatio => {
            let (ours, theirs) = (canary.mean()?, stable.mean()?);
            (ours != 0.0 && theirs != 0.0).then(|| ours / theirs)
        }
        Measure::CommonLanguage => {
            let pairs = (canary.len() * stable.len()) as f64;
            Some(canary.among(stable, 0.0).above / pairs)
        }
    }
}

/// Spreads a constant a little and evenly, so that ranks exist; Kayenta throws dice for it.
fn spread(constant: &Sample) -> Sample {
    let count = constant.len() as f64;
    let spread = |(place, value): (usize, &f64)| {
        value + value.abs() * SPREAD * super::normal::quantile((place as f64 + 0.5) / count)
    };
    Sample::of(constant.values().iter().enumerate().map(spread))
}

/// Tells whether the tolerance of the search is more than a hundredth of what the values are about.
fn is_coarse(shift: &Shift, stable: &Sample) -> bool {
    let about = stable.range().map_or(0.0, |(least, most)| (most - least).abs().max(shift.estimate.abs()));
    about < 100.0 * interval::TOLERANCE
}
