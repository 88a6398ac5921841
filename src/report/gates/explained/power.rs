//! Owns how much a policy would see: how often a regression is caught, how often an equal canary passes, and how many points that takes.
//!
//! It speaks of made-up points around one mean, as noisy as the reader says. Invariant: the noise stands beside every figure.

use jiff::SignedDuration;

use super::super::{number, span};
use crate::gate::judge::metric::{Measure, Rule};
use crate::gate::policy::{Metric, Policy};
use crate::gate::power::{self, MOST, Question, Scene};
use crate::report::table;
use crate::text::Printable;

/// Regression that is always told of.
const FIFTH: f64 = 0.2;

/// Says it for each metric; those that are judged alike stand in one line.
pub(super) fn text(policy: &Policy, noise: f64) -> String {
    let mut alike: Vec<(&Metric, Vec<String>)> = Vec::new();
    for metric in &policy.metrics {
        let name = Printable::from(&*metric.name).to_string();
        match alike.iter_mut().find(|(other, _)| is_alike(&other.rule, &metric.rule)) {
            Some((_, names)) => names.push(name),
            None => alike.push((metric, vec![name])),
        }
    }
    if alike.is_empty() {
        return String::new();
    }
    let points = policy.least_points;
    let header = [
        "METRIC".to_owned(),
        "CANARY".to_owned(),
        "IS ANSWERED".to_owned(),
        format!("WITH {points} POINTS"),
        "80 % TAKE".to_owned(),
        "95 % TAKE".to_owned(),
    ];
    let rows = alike.iter().flat_map(|(metric, names)| rows(policy, metric, &names.join(", "), noise));
    format!(
        "How much that sees, where a point scatters by {} % of its mean (--noise), from {} made-up canaries each\n{}",
        number(noise * 100.0),
        power::ROUNDS,
        table::lay(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
    )
}

fn is_alike(one: &Rule, other: &Rule) -> bool {
    (one.direction, one.nan, one.outliers, one.effects)
        == (other.direction, other.nan, other.outliers, other.effects)
}

fn rows(policy: &Policy, metric: &Metric, names: &str, noise: f64) -> Vec<[String; 6]> {
    let effects = &metric.rule.effects;
    let mut sizes = vec![FIFTH];
    if effects.measure == Measure::MeanRatio {
        let thresholds = [effects.allowed_increase - 1.0, effects.critical_increase - 1.0];
        sizes.extend(thresholds.into_iter().filter(|size| *size > 0.0));
    }
    sizes.sort_by(f64::total_cmp);
    sizes.dedup_by(|one, other| (*one - *other).abs() < 1e-9);
    let mut rows = vec![row(policy, metric, names, Question::Passed, power::regression(metric, 0.0, noise))];
    for size in sizes {
        rows.push(row(policy, metric, names, Question::Caught, power::regression(metric, size, noise)));
    }
    rows
}

fn row(policy: &Policy, metric: &Metric, names: &str, question: Question, scene: Scene) -> [String; 6] {
    let share = power::share(question, policy.method, metric, scene, policy.least_points);
    let points = |wanted: f64| power::points(wanted, question, policy.method, metric, scene);
    let most = points(0.8);
    // Where that many do not do for the one, they do not for the other.
    let takes = [most, most.and_then(|_| points(0.95))].map(|points| {
        points.map_or_else(
            || format!("more than {MOST}"),
            |points| format!("{points} ({})", lasting(policy, points)),
        )
    });
    let [most, nearly_all] = takes;
    let canary = match scene.ratio {
        1.0 => "equal".to_owned(),
        ratio => format!("{}{} %", if ratio > 1.0 { "+" } else { "-" }, number((ratio - 1.0).abs() * 100.0)),
    };
    let answer = match question {
        Question::Passed => "passed",
        Question::Caught => "called bad",
    };
    [names.to_owned(), canary, answer.to_owned(), format!("{:.0} %", share * 100.0), most, nearly_all]
}

fn lasting(policy: &Policy, points: usize) -> String {
    let count = i32::try_from(points).unwrap_or(i32::MAX);
    let lasts: SignedDuration = policy.resolution.saturating_mul(count);
    span(lasts)
}
