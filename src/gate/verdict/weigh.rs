//! Owns how one metric is weighed, by either method, and the sentence that says so.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::gate::evidence::{Measured, Series};
use crate::gate::judge::metric::{self, Class, Direction};
use crate::gate::judge::sequence::{Bounds, Sequence};
use crate::gate::judge::series::{LARGEST, NanStrategy};
use crate::gate::policy::{Method, Metric};
use crate::gate::verdict::AHEAD;
use crate::text::Printable;

/// A metric, weighed.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    pub(super) class: Class,
    pub(super) critical: bool,
    pub(super) why: Printable,
    pub(super) difference: Option<(f64, f64, f64)>,
    pub(super) ratio: Option<f64>,
    pub(super) points: (usize, usize),
}

impl Weighed {
    /// Says that it cannot be told, and why.
    pub(super) fn untold(class: Class, why: Printable) -> Self {
        Self { class, critical: false, why, difference: None, ratio: None, points: (0, 0) }
    }
}

/// Weighs two series.
pub(super) fn series(method: Method, metric: &Metric, canary: &Series, stable: &Series) -> Weighed {
    match method {
        Method::Kayenta => once(metric, canary, stable),
        Method::Sequential { confidence } => always(metric, confidence, canary, stable),
    }
}

/// What is said of values among which the search for bounds is too coarse.
const TOO_SMALL: &str =
    "these values are too small for kayenta's search: feed per cent or ppm, not shares of one";

/// Weighs as Kayenta does; a difference within the tolerance passes.
fn once(metric: &Metric, canary: &Series, stable: &Series) -> Weighed {
    let values = |series: &Series| series.points.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    let judged = metric::judge(&metric.rule, &values(canary), &values(stable));
    let difference = judged.shift.map(|shift| (shift.lower, shift.estimate, shift.upper));
    let within = judged.shift.is_some_and(|shift| shift.estimate.abs() <= metric.tolerance);
    let class = if within { Class::Pass } else { judged.class };
    let points = (judged.canary.points, judged.stable.points);
    let mut why = why(metric, class, difference, points);
    if judged.too_small_a_unit {
        why = Printable::from(format!("{why}; {TOO_SMALL}"));
    }
    Weighed {
        class,
        critical: judged.critical && class != Class::Pass,
        why,
        difference,
        ratio: judged.effect,
        points,
    }
}

/// Weighs pairs of the same time, so that it may be looked at at any time.
fn always(metric: &Metric, confidence: f64, canary: &Series, stable: &Series) -> Weighed {
    let others: BTreeMap<_, _> = stable.points.iter().copied().collect();
    let pairs = canary.points.iter().filter_map(|(at, value)| Some((*value, *others.get(at)?)));
    let (mut sequence, mut sums, mut count) = (Sequence::default(), (0.0, 0.0), 0_usize);
    for (ours, theirs) in pairs {
        let filled = |value: f64| match (value.is_finite(), metric.rule.nan) {
            (false, NanStrategy::Replace) => 0.0,
            _ => value,
        };
        let measured = ours.is_finite() && theirs.is_finite();
        let (ours, theirs) = (filled(ours), filled(theirs));
        if !(ours.is_finite() && theirs.is_finite()) {
            continue;
        }
        if ours.abs().max(theirs.abs()) > LARGEST {
            return Weighed::untold(Class::Undecidable, why(metric, Class::Undecidable, None, (0, 0)));
        }
        sequence.take(ours, theirs);
        sums = (sums.0 + ours, sums.1 + theirs);
        count += usize::from(measured);
    }
    let ratio = (sums.0 != 0.0 && sums.1 != 0.0).then(|| sums.0 / sums.1);
    let points = (count, count);
    let least = metric.rule.least_points;
    let Some(bounds) = sequence.bounds(confidence, least) else {
        let class = match (count, metric.rule.must_have_data) {
            (0, true) => Class::NoDataFail,
            (0, false) => Class::NoData,
            _ => Class::TooFew,
        };
        let why = why(metric, class, None, points);
        let critical = metric.rule.critical && class == Class::NoDataFail;
        return Weighed { ratio, points, critical, ..Weighed::untold(class, why) };
    };
    let mean = sums.1 / bounds.pairs.max(1) as f64;
    // Few points may show that it is worse; that it is not, only enough of them.
    let class = match side(metric, &bounds, mean) {
        Class::Pass | Class::Unclear if count < least => Class::TooFew,
        class => class,
    };
    let difference = Some((bounds.lower, bounds.estimate, bounds.upper));
    // Beside a version below zero the ratio of a rise is less than one.
    let size = (mean != 0.0).then(|| 1.0 + bounds.estimate / mean.abs());
    let critical = metric.rule.critical && is_critical(metric, class, size);
    Weighed { class, critical, why: why(metric, class, difference, points), difference, ratio, points }
}

/// Passes what surely lies within what is allowed; fails what surely is worse, and may lie beyond it.
fn side(metric: &Metric, bounds: &Bounds, mean: f64) -> Class {
    let effects = &metric.rule.effects;
    let up = ((effects.allowed_increase - 1.0) * mean.abs()).max(metric.tolerance);
    let down = ((effects.allowed_decrease - 1.0) * mean.abs()).min(-metric.tolerance);
    let (wary_up, wary_down) =
        (metric.rule.direction != Direction::Decrease, metric.rule.direction != Direction::Increase);
    let within = (!wary_up || bounds.upper <= up) && (!wary_down || bounds.lower >= down);
    match () {
        () if within => Class::Pass,
        () if wary_up && bounds.lower > 0.0 && bounds.estimate > up => Class::High,
        () if wary_down && bounds.upper < 0.0 && bounds.estimate < down => Class::Low,
        () => Class::Unclear,
    }
}

/// `size` is 1 where the two do not differ.
fn is_critical(metric: &Metric, class: Class, size: Option<f64>) -> bool {
    let effects = &metric.rule.effects;
    match class {
        Class::High => size.is_none_or(|size| size >= effects.critical_increase),
        Class::Low => size.is_none_or(|size| size <= effects.critical_decrease),
        _ => false,
    }
}

/// Weighs what an AnalysisRun says; its own conditions have judged already. It speaks of a canary for as long as a canary is looked at:
/// between two steps with an analysis there is no newer one.
pub(super) fn measured(
    measured: &Measured,
    age: Option<SignedDuration>,
    lifetime: SignedDuration,
) -> Weighed {
    let untold = |why: String| Weighed::untold(Class::NoData, Printable::from(why));
    match age {
        None => return untold("when it was measured is not known".to_owned()),
        Some(age) if age > lifetime => {
            return untold(format!("its newest measurement is older than {lifetime:#}"));
        }
        Some(age) if age < -AHEAD => {
            return untold("it was measured after the time as of which it is judged".to_owned());
        }
        Some(_) => {}
    }
    let count = measured.successful + measured.failed + measured.inconclusive;
    let class = match measured.phase.as_str() {
        "Successful" if measured.cut_short => Class::Unclear,
        "Successful" if count <= 0 => Class::NoData,
        "Successful" => Class::Pass,
        "Failed" => Class::High,
        "Running" | "Pending" | "Inconclusive" => Class::Unclear,
        "Error" => Class::Undecidable,
        _ => Class::NoData,
    };
    let points = usize::try_from(count).unwrap_or_default();
    let said = if measured.message.is_empty() { String::new() } else { format!(": {}", measured.message) };
    let cut = if measured.cut_short { "; the run was ended before it was through" } else { "" };
    let why = format!(
        "{} of its measurements succeeded, {} failed, {} were inconclusive{said}{cut}",
        measured.successful, measured.failed, measured.inconclusive
    );
    Weighed { points: (points, points), ..Weighed::untold(class, Printable::from(why)) }
}

fn why(
    metric: &Metric,
    class: Class,
    difference: Option<(f64, f64, f64)>,
    points: (usize, usize),
) -> Printable {
    let least = metric.rule.least_points;
    let shown = difference.map(|(lower, _, upper)| format!("{} to {}", brief(lower), brief(upper)));
    let by = shown.map(|shown| format!(" by {shown}")).unwrap_or_default();
    Printable::from(match class {
        Class::Pass => "no difference that counts".to_owned(),
        Class::High => format!("the canary lies higher{by}"),
        Class::Low => format!("the canary lies lower{by}"),
        Class::Unclear => format!("it may differ{by}: more points will tell"),
        Class::NoData => "there are no points to compare".to_owned(),
        Class::NoDataFail => "there are no points, and the policy wants some".to_owned(),
        Class::TooFew => format!("{} of {least} points", points.0.min(points.1)),
        Class::Undecidable => "it cannot be computed from these points".to_owned(),
    })
}

/// Writes a number with its sign, in at most three digits that count.
fn brief(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if size >= 100.0 => format!("{value:+.0}"),
        _ if size >= 10.0 => format!("{value:+.1}"),
        _ if size >= 0.01 => format!("{value:+.3}"),
        _ => format!("{value:+.1e}"),
    }
}
