//! Owns the score: verdicts on metrics, by groups and weights, to one number and one word.
//!
//! Kayenta's `WeightedSumScorer` and `ThresholdScoreClassifier`, but fail-closed: what could not be judged holds the whole,
//! where Kayenta leaves it out of the sum. Invariant: taking data away never makes the word better.

use super::metric::Class;

/// A metric as it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted<'a> {
    /// Groups it counts in.
    pub groups: &'a [String],
    /// How it came out.
    pub class: Class,
    /// Whether that alone fails the whole.
    pub critical: bool,
}

/// Thresholds of the score, in per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// From here on it passes.
    pub pass: f64,
    /// From here on a person decides.
    pub marginal: f64,
}

/// The word on the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// The evidence speaks for a promotion.
    Pass,
    /// A person has to decide.
    Hold,
    /// The evidence cannot tell: a refusal.
    CannotTell,
    /// The evidence speaks against it.
    Fail,
}

/// The score, and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// In per cent, to two decimals; `None` where nothing could be counted.
    pub total: Option<f64>,
    /// Group, weight and score of each, in order of name.
    pub groups: Vec<(String, f64, Option<f64>)>,
    /// The word.
    pub word: Word,
}

/// Scores metrics; `weights` names groups and their weight in per cent, the rest is shared by the others.
pub fn score(metrics: &[Counted<'_>], weights: &[(String, f64)], thresholds: Thresholds) -> Score {
    let groups = groups(metrics, weights, |class| is_told(class).then(|| class == Class::Pass));
    let at_best =
        total(&self::groups(metrics, weights, |class| Some(class == Class::Pass || !is_told(class))));
    let fatal =
        metrics.iter().any(|metric| metric.critical && is_told(metric.class) && metric.class != Class::Pass);
    let told = metrics.iter().all(|metric| is_told(metric.class));
    let known = metrics.iter().all(|metric| is_told(metric.class) || metric.class == Class::Unclear);
    // It counts as a failure, and still nothing was seen: with enough others beside it the score alone would let it pass.
    let unseen = metrics.iter().any(|metric| metric.class == Class::NoDataFail);
    let total = if fatal { Some(0.0) } else { total(&groups) };
    let word = match total {
        _ if fatal || at_best.is_some_and(|best| best < thresholds.marginal) => Word::Fail,
        _ if unseen => Word::CannotTell,
        Some(total) if told && total >= thresholds.pass => Word::Pass,
        _ if known && !metrics.is_empty() => Word::Hold,
        _ => Word::CannotTell,
    };
    Score { total, groups, word }
}

/// Tells whether a verdict says anything about the canary.
fn is_told(class: Class) -> bool {
    matches!(class, Class::Pass | Class::High | Class::Low | Class::NoDataFail)
}

fn total(groups: &[(String, f64, Option<f64>)]) -> Option<f64> {
    let sum = groups
        .iter()
        .map(|(_, weight, score)| score.map(|score| score * weight / 100.0))
        .sum::<Option<f64>>()?;
    (!groups.is_empty()).then(|| (sum * 100.0).round() / 100.0)
}

fn groups(
    metrics: &[Counted<'_>],
    weights: &[(String, f64)],
    passed: impl Fn(Class) -> Option<bool>,
) -> Vec<(String, f64, Option<f64>)> {
    let mut names: Vec<&String> = metrics.iter().flat_map(|metric| metric.groups).collect();
    names.sort();
    names.dedup();
    let listed = |name: &str| weights.iter().find(|(listed, _)| listed == name).map(|(_, weight)| *weight);
    let given: f64 = names.iter().filter_map(|name| listed(name)).sum();
    let others = names.iter().filter(|name| listed(name).is_none()).count();
    let share = (100.0 - given) / others.max(1) as f64;
    let of_group = |name: &String| {
        let own = metrics.iter().filter(|metric| metric.groups.contains(name));
        let judged: Vec<bool> = own.filter_map(|metric| passed(metric.class)).collect();
        let good = judged.iter().filter(|passed| **passed).count();
        (!judged.is_empty()).then(|| 100.0 * good as f64 / judged.len() as f64)
    };
    names.into_iter().map(|name| (name.clone(), listed(name).unwrap_or(share), of_group(name))).collect()
}
