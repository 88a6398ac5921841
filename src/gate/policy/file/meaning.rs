//! Owns what the written settings mean: defaults, bounds, and which do not go together.

use jiff::{SignedDuration, tz::TimeZone};
use serde_saphyr::Spanned;

use super::written::{self, Written};
use super::{Fault, at, duration, word};
use crate::gate::judge::metric::{Direction, Effects, Measure, Rule};
use crate::gate::judge::score::Thresholds;
use crate::gate::judge::series::{NanStrategy, OutlierStrategy};
use crate::gate::policy::{
    Backlog, Cycle, Ladder, Method, Metric, Origin, Overload, Policy, Selector, Simulation, Triggers,
};

/// Group of a metric that names none.
const UNGROUPED: &str = "metrics";
/// Reason codes of overload that Cordum's scheduler gives.
const OVERLOADED: [&str; 2] = ["pool_overloaded", "no_workers"];

pub(super) fn policy(written: Written, name: &str) -> Result<Policy, Fault> {
    let gates = &written.rollout_gates;
    let method = method(gates)?;
    let least_points = whole(gates.min_data_points_per_metric.as_ref(), 50, 2..=100_000)?;
    let metrics: Vec<Metric> = written
        .metrics
        .iter()
        .map(|metric| self::metric(metric, method, least_points, &written.args))
        .collect::<Result<_, _>>()?;
    distinct(&written.metrics)?;
    let known = |name: &Spanned<String>| match metrics.iter().any(|metric| metric.name == name.value) {
        true => Ok(name.value.clone()),
        false => Err(at(name, format!("there is no metric `{}` in this file", name.value))),
    };
    Ok(Policy {
        name: written.name.as_ref().map_or(name, |name| name.value.as_str()).into(),
        applies_to: Selector { namespaces: written.applies_to.namespaces, names: written.applies_to.names },
        least_points,
        lifetime: hours(gates.canary_lifetime_hours.as_ref(), 3.0)?,
        interval: hours(gates.metric_interval_hours.as_ref(), 1.0)?,
        resolution: gates.metric_resolution.as_ref().map_or(Ok(SignedDuration::from_mins(1)), duration)?,
        thresholds: thresholds(gates.score.as_ref())?,
        method,
        groups: groups(&written.groups, &metrics)?,
        triggers: triggers(&gates.rollback_triggers, known, &metrics, written.policy_service.is_some())?,
        ladder: ladder(&written.stages)?,
        provider: written.provider,
        simulation: written.policy_service.map(simulation).transpose()?,
        metrics,
    })
}

/// Topics that are none of `job.…` are denied by the service whatever its rules say.
fn simulation(written: written::PolicyService) -> Result<Simulation, Fault> {
    let written::PolicyService { topic, bundle, workflow } = written;
    let empty = [&topic, &bundle, &workflow].into_iter().flatten().find(|it| it.value.trim().is_empty());
    if let Some(empty) = empty {
        return Err(at(empty, "it is empty: leave it out, or write what is to be asked"));
    }
    if let Some(topic) = topic.as_ref().filter(|topic| !topic.value.starts_with("job.")) {
        return Err(at(topic, format!("`{}` is no topic: they begin with job.", topic.value)));
    }
    match (&topic, &bundle, &workflow) {
        (None, Some(bundle), _) => Err(at(bundle, "a bundle is asked about a topic: add one")),
        (None, None, None) => Err(Fault {
            line: None,
            why: "policy_service asks nothing: write a topic, a workflow or both".to_owned(),
        }),
        _ => {
            let value = |written: Option<Spanned<String>>| written.map(|written| written.value);
            Ok(Simulation { topic: value(topic), bundle: value(bundle), workflow: value(workflow) })
        }
    }
}

fn method(gates: &written::Gates) -> Result<Method, Fault> {
    let confidence = number(gates.confidence.as_ref(), 0.98, 0.5, 0.9999)?;
    let Some(method) = &gates.method else { return Ok(Method::Sequential { confidence }) };
    let method =
        word(method, &[("sequential", Method::Sequential { confidence }), ("kayenta", Method::Kayenta)])?;
    match (&gates.confidence, method) {
        (Some(given), Method::Kayenta) => Err(at(given, "kayenta's confidence is always 0.98: leave it out")),
        _ => Ok(method),
    }
}

fn thresholds(score: Option<&written::Score>) -> Result<Thresholds, Fault> {
    let Some(score) = score else { return Ok(Thresholds { pass: 95.0, marginal: 75.0 }) };
    let pass = number(Some(&score.pass), 95.0, 0.0, 100.0)?;
    if pass <= 1.0 {
        return Err(at(
            &score.pass,
            format!("from {pass} on all would pass: scores are per cent, write 95 for 95 %"),
        ));
    }
    let marginal = number(Some(&score.marginal), 75.0, 0.0, 100.0)?;
    if marginal > pass {
        return Err(at(&score.marginal, "marginal lies above pass: nothing would ever be held"));
    }
    Ok(Thresholds { pass, marginal })
}

fn metric(
    written: &written::Metric,
    method: Method,
    least_points: usize,
    args: &std::collections::BTreeMap<String, String>,
) -> Result<Metric, Fault> {
    let origin = match (&written.query, &written.stable_query) {
        (None, None) => Origin::Analysis,
        (None, Some(alone)) => return Err(at(alone, "stable_query needs a query beside it")),
        (Some(query), stable) => queries(query, stable.as_ref(), args)?,
    };
    let direction = written.direction.as_ref().map(|direction| {
        word(
            direction,
            &[
                ("increase", Direction::Increase),
                ("decrease", Direction::Decrease),
                ("either", Direction::Either),
            ],
        )
    });
    let nan = written
        .nan
        .as_ref()
        .map(|nan| word(nan, &[("remove", NanStrategy::Remove), ("replace", NanStrategy::Replace)]));
    let rule = Rule {
        direction: direction.transpose()?.unwrap_or_default(),
        nan: nan.transpose()?.unwrap_or_default(),
        outliers: outliers(written)?,
        critical: written.critical,
        must_have_data: written.must_have_data,
        effects: effects(written.effect_size.as_ref(), method)?,
        least_points,
    };
    let groups = written.groups.clone().filter(|groups| !groups.is_empty());
    Ok(Metric {
        name: written.name.value.clone(),
        origin,
        groups: groups.unwrap_or_else(|| vec![UNGROUPED.to_owned()]),
        rule,
        tolerance: number(written.tolerance.as_ref(), 0.0, 0.0, f64::MAX)?,
    })
}

/// Writes both queries: that of the stable version is the canary's with the other hash, unless it is given.
fn queries(
    query: &Spanned<String>,
    stable: Option<&Spanned<String>>,
    args: &std::collections::BTreeMap<String, String>,
) -> Result<Origin, Fault> {
    let filled = |written: &Spanned<String>| {
        let text = args.iter().fold(tidy(&written.value), |text, (name, value)| {
            text.replace(&format!("{{{{{name}}}}}"), value)
        });
        match unknown(&text) {
            Some(name) => Err(at(
                written,
                format!("`{{{{{name}}}}}` is neither canary, stable, namespace, name nor one of args"),
            )),
            None => Ok(text),
        }
    };
    let canary = filled(query)?;
    let stable = match stable {
        Some(stable) => filled(stable)?,
        None if canary.contains("{{canary}}") => canary.replace("{{canary}}", "{{stable}}"),
        None => {
            return Err(at(
                query,
                "a query without {{canary}} cannot tell the two apart: put it in, or add a stable_query",
            ));
        }
    };
    Ok(Origin::Query { canary, stable })
}

/// Takes the room out of `{{ name }}`, so that a name is found however it is written.
fn tidy(query: &str) -> String {
    let mut parts = query.split("{{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once("}}") {
        Some((name, rest)) => format!("{text}{{{{{}}}}}{rest}", name.trim()),
        None => format!("{text}{{{{{part}"),
    })
}

fn unknown(query: &str) -> Option<String> {
    let named =
        query.split("{{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(name, _)| name.trim()));
    named
        .into_iter()
        .find(|name| !["canary", "stable", "namespace", "name"].contains(name))
        .map(str::to_owned)
}

fn outliers(written: &written::Metric) -> Result<OutlierStrategy, Fault> {
    let factor = number(written.outlier_factor.as_ref(), 3.0, 0.1, 100.0)?;
    let Some(outliers) = &written.outliers else { return Ok(OutlierStrategy::Keep) };
    word(outliers, &[("keep", OutlierStrategy::Keep), ("remove", OutlierStrategy::Remove { factor })])
}

/// Kayenta's sizes are 1 (any effect counts); the other method needs room in which "no worse" can be shown.
fn effects(written: Option<&written::EffectSize>, method: Method) -> Result<Effects, Fault> {
    let measure = written.and_then(|sizes| sizes.measure.as_ref());
    let measure = measure.map(|measure| {
        word(measure, &[("mean_ratio", Measure::MeanRatio), ("cles", Measure::CommonLanguage)])
    });
    let measure = measure.transpose()?.unwrap_or_default();
    if let (Method::Sequential { .. }, Measure::CommonLanguage, Some(given)) =
        (method, measure, written.and_then(|sizes| sizes.measure.as_ref()))
    {
        let why = "cles is a measure of ranks, which only `method: kayenta` compares: take mean_ratio, where 1 is no effect";
        return Err(at(given, why));
    }
    let (more, less) = match (method, measure) {
        (Method::Sequential { .. }, _) => (1.15, 0.85),
        (Method::Kayenta, Measure::MeanRatio) => (1.0, 1.0),
        (Method::Kayenta, Measure::CommonLanguage) => (0.5, 0.5),
    };
    let of = |pick: fn(&written::EffectSize) -> Option<&Spanned<f64>>, usual| {
        number(written.and_then(pick), usual, 0.0, 1_000_000.0)
    };
    Ok(Effects {
        measure,
        allowed_increase: of(|sizes| sizes.allowed_increase.as_ref(), more)?,
        allowed_decrease: of(|sizes| sizes.allowed_decrease.as_ref(), less)?,
        critical_increase: of(|sizes| sizes.critical_increase.as_ref(), more)?,
        critical_decrease: of(|sizes| sizes.critical_decrease.as_ref(), less)?,
    })
}

fn distinct(metrics: &[written::Metric]) -> Result<(), Fault> {
    let twice = metrics.iter().enumerate().find(|(place, metric)| {
        metrics.iter().take(*place).any(|before| before.name.value == metric.name.value)
    });
    twice.map_or(Ok(()), |(_, metric)| {
        Err(at(&metric.name, format!("there are two metrics `{}`", metric.name.value)))
    })
}

fn groups(
    written: &std::collections::BTreeMap<String, Spanned<f64>>,
    metrics: &[Metric],
) -> Result<Vec<(String, f64)>, Fault> {
    let mut sum = 0.0;
    for (name, weight) in written {
        sum += number(Some(weight), 0.0, 0.0, 100.0)?;
        if !metrics.iter().any(|metric| metric.groups.contains(name)) {
            return Err(at(weight, format!("no metric is in group `{name}`")));
        }
        // Decimals add up to a little more or less than they say.
        if sum > 100.0 + 1e-6 {
            return Err(at(weight, "the weights of the groups are more than 100 together"));
        }
    }
    Ok(written.iter().map(|(name, weight)| (name.clone(), weight.value)).collect())
}

fn triggers(
    written: &written::Triggers,
    known: impl Fn(&Spanned<String>) -> Result<String, Fault>,
    metrics: &[Metric],
    asks: bool,
) -> Result<Triggers, Fault> {
    let metric = |name: &Option<Spanned<String>>| name.as_ref().map(&known).transpose();
    // What is always allowed is no trigger: the floor is at least that, unless somebody says another.
    let errors = written.error_rate_metric.as_ref();
    let errors = metrics.iter().find(|metric| errors.is_some_and(|name| name.value == metric.name));
    let floor = errors.map_or(0.001, |metric| metric.tolerance.max(0.001));
    Ok(Triggers {
        error_ratio: number(written.max_error_rate_delta.as_ref(), 2.0, 1.0, 1_000_000.0)?,
        error_metric: metric(&written.error_rate_metric)?,
        error_floor: number(written.error_rate_floor.as_ref(), floor, f64::MIN_POSITIVE, f64::MAX)?,
        deny_rate: number(written.max_policy_deny_rate.as_ref(), 0.03, 0.0, 1.0)?,
        deny_metric: metric(&written.policy_deny_metric)?,
        overload: overload(written.sustained_overload.as_ref(), asks)?,
        parser_metric: metric(&written.parser_failure_metric)?,
        backlog: backlog(written, asks)?,
    })
}

/// Without a topic or a workflow nobody could say whose approvals are meant.
fn backlog(written: &written::Triggers, asks: bool) -> Result<Backlog, Fault> {
    let (most, longest) = (&written.max_approvals_waiting, &written.max_approval_wait);
    let why = "whose approvals? name the topic or the workflow under policy_service";
    match (most, longest) {
        (Some(most), _) if !asks => Err(at(most, why)),
        (None, Some(longest)) if !asks => Err(at(longest, why)),
        _ => Ok(Backlog {
            most: most.as_ref().map(|most| whole(Some(most), 0, 0..=1_000_000)).transpose()?,
            longest: longest.as_ref().map(duration).transpose()?,
        }),
    }
}

/// Reasons come from the policy service alone; without it, or without a reason, nothing would ever be counted.
fn overload(written: Option<&written::Overload>, asks: bool) -> Result<Overload, Fault> {
    let Some(written) = written else {
        return Ok(Overload {
            reasons: OVERLOADED.map(str::to_owned).to_vec(),
            at_least: 3,
            within: SignedDuration::from_mins(5),
        });
    };
    if !asks {
        let line = written.at_least.as_ref().map(|it| it.referenced.line());
        let line = line.or(written.within.as_ref().map(|it| it.referenced.line()));
        let why =
            "sustained_overload watches whose jobs? name the topic or the workflow under policy_service";
        return Err(Fault { line: line.filter(|line| *line > 0), why: why.to_owned() });
    }
    let reasons = written.reasons.clone().unwrap_or_else(|| OVERLOADED.map(str::to_owned).to_vec());
    if reasons.is_empty() {
        let why =
            "sustained_overload has no reasons, so it would never fire: name some, or leave `reasons` out";
        return Err(Fault { line: None, why: why.to_owned() });
    }
    Ok(Overload {
        reasons,
        at_least: whole(written.at_least.as_ref(), 3, 1..=100)?,
        within: written.within.as_ref().map(duration).transpose()?.unwrap_or(SignedDuration::from_mins(5)),
    })
}

fn ladder(written: &written::Stages) -> Result<Ladder, Fault> {
    let first = whole(written.canary_1_up_to.as_ref(), 10, 1..=99)? as i64;
    let second = whole(written.canary_2_up_to.as_ref(), 50, 1..=99)? as i64;
    if let Some(given) =
        written.canary_2_up_to.as_ref().or(written.canary_1_up_to.as_ref()).filter(|_| second <= first)
    {
        return Err(at(given, "canary_2_up_to has to lie above canary_1_up_to"));
    }
    Ok(Ladder {
        first_up_to: first,
        second_up_to: second,
        latency_groups: written.latency_groups.clone().unwrap_or_else(|| vec!["latency".to_owned()]),
        cycle: cycle(written.business_cycle.as_ref())?,
    })
}

fn cycle(written: Option<&written::Cycle>) -> Result<Cycle, Fault> {
    let Some(written) = written else {
        return Ok(Cycle { lasts: SignedDuration::from_hours(24), from: None, zone: TimeZone::UTC });
    };
    let zone = written.zone.as_ref().map(|zone| {
        TimeZone::get(&zone.value)
            .map_err(|_| at(zone, format!("`{}` is no time zone: write Europe/Berlin or UTC", zone.value)))
    });
    let from = written.from.as_ref().map(|from| {
        from.value.parse().map_err(|_| at(from, format!("`{}` is no time of day: write 09:00", from.value)))
    });
    Ok(Cycle {
        lasts: written.lasts.as_ref().map_or(Ok(SignedDuration::from_hours(24)), duration)?,
        from: from.transpose()?,
        zone: zone.transpose()?.unwrap_or(TimeZone::UTC),
    })
}

fn number(written: Option<&Spanned<f64>>, usual: f64, least: f64, most: f64) -> Result<f64, Fault> {
    let Some(written) = written else { return Ok(usual) };
    match (least..=most).contains(&written.value) {
        true => Ok(written.value),
        false => Err(at(written, format!("{} does not lie between {least} and {most}", written.value))),
    }
}

fn hours(written: Option<&Spanned<f64>>, usual: f64) -> Result<SignedDuration, Fault> {
    let hours = number(written, usual, 1.0 / 60.0, 24.0 * 31.0)?;
    Ok(SignedDuration::from_secs_f64(hours * 3600.0))
}

fn whole(
    written: Option<&Spanned<i64>>,
    usual: usize,
    between: std::ops::RangeInclusive<i64>,
) -> Result<usize, Fault> {
    let Some(written) = written else { return Ok(usual) };
    let fits = between.contains(&written.value).then(|| usize::try_from(written.value).ok()).flatten();
    fits.ok_or_else(|| {
        at(
            written,
            format!("{} does not lie between {} and {}", written.value, between.start(), between.end()),
        )
    })
}
