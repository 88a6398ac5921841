//! Owns a policy in plain words: what it wants, by which method, at which stage, what proposes an abort, and how much it would see.
//!
//! It changes nothing and asks nobody. Invariant: every number of the policy that decides something is named, also where it is the usual
//! one that the file leaves out.

use std::fmt::Write;

use super::{number, span};
use crate::gate::judge::interval;
use crate::gate::judge::metric::{Direction, Measure};
use crate::gate::judge::series::{NanStrategy, OutlierStrategy};
use crate::gate::policy::lint::{self, Finding};
use crate::gate::policy::{Backlog, Ladder, Method, Metric, Origin, Policy, Simulation};
use crate::gate::{record, stage};
use crate::report::{Answer, table};
use crate::rollout::Step;
use crate::text::Printable;

mod power;

/// Explains a policy, for points that scatter by `noise` (standard deviation over mean), and for the steps of a Rollout where there is one.
pub fn text(policy: &Policy, noise: f64, ladder: Option<&[Step]>) -> Answer {
    let mut out = format!("policy {}, for {}\n\n", Printable::from(&*policy.name), selector(policy));
    out.push_str(&wants(policy));
    let _ = write!(out, "\n{}", metrics(policy));
    let _ = write!(out, "\n{}", stages(policy));
    let _ = write!(out, "\n{}", triggers(policy));
    if let Some(simulation) = &policy.simulation {
        let _ = write!(out, "\n{}", service(simulation));
    }
    if let Some(steps) = ladder {
        let _ = write!(out, "\n{}", earliest(policy, steps));
    }
    let _ = write!(out, "\n{}", power::text(policy, noise));
    let _ = write!(out, "\n{}", scale(policy));
    let findings = lint::lint(policy, ladder);
    if !findings.is_empty() {
        out.push_str("\nLint\n");
    }
    for Finding { grade, what, .. } in &findings {
        let _ = writeln!(out, "  {}: {what}", grade.word());
    }
    Answer::told(out)
}

fn selector(policy: &Policy) -> String {
    let list = |patterns: &[String], all: &str| match patterns {
        [] => all.to_owned(),
        some => some.iter().map(|text| Printable::from(&**text).to_string()).collect::<Vec<_>>().join(", "),
    };
    let names = list(&policy.applies_to.names, "all Rollouts");
    format!("{names} in {}", list(&policy.applies_to.namespaces, "all namespaces"))
}

fn wants(policy: &Policy) -> String {
    let thresholds = policy.thresholds;
    let mut out = format!(
        "A promotion is offered as passed where the score is {} or more. From {} on a person decides, with a reason; below it, and \
         wherever it cannot be told, it takes an override.\n",
        number(thresholds.pass),
        number(thresholds.marginal)
    );
    let _ = writeln!(
        out,
        "Each metric wants {} points of both versions, one every {}: {} at the least. Older than {}, nothing counts.",
        policy.least_points,
        span(policy.resolution),
        span(lint::shortest(policy)),
        span(policy.lifetime)
    );
    let _ = match policy.method {
        Method::Sequential { confidence } => writeln!(
            out,
            "Method: sequential. Pairs of the same time are compared; the interval of their difference holds with {} % however often it is \
             looked at. A metric passes only when the whole interval lies within what is allowed.",
            number(confidence * 100.0)
        ),
        Method::Kayenta => writeln!(
            out,
            "Method: kayenta. Mann and Whitney's test with 98 %, good for one look at the end of each interval of {}; looking every minute makes \
             false alarms more often than that. No difference shown counts as a pass.",
            span(policy.interval)
        ),
    };
    out
}

fn metrics(policy: &Policy) -> String {
    if policy.metrics.is_empty() {
        return "There are no metrics: nothing can be told, so nothing passes.\n".to_owned();
    }
    let header =
        ["METRIC", "GROUPS", "MAY NOT", "UNLESS BELOW", "ALONE FAILS", "NO NUMBER", "OUTLIERS", "FROM"];
    let rows = policy.metrics.iter().map(|metric| {
        let groups: Vec<String> =
            metric.groups.iter().map(|name| Printable::from(&**name).to_string()).collect();
        [
            Printable::from(&*metric.name).to_string(),
            groups.join(", "),
            bad(metric),
            number(metric.tolerance),
            critical(metric),
            match metric.rule.nan {
                NanStrategy::Remove => "left out".to_owned(),
                NanStrategy::Replace => "counts as 0".to_owned(),
            },
            match metric.rule.outliers {
                _ if policy.method != Method::Kayenta => "kept".to_owned(),
                OutlierStrategy::Keep => "kept".to_owned(),
                OutlierStrategy::Remove { factor } => format!("left out beyond {} IQR", number(factor)),
            },
            match metric.origin {
                Origin::Query { .. } => "query".to_owned(),
                Origin::Analysis => "the AnalysisRuns' metric of this name".to_owned(),
            },
        ]
    });
    let table = table::lay(&std::iter::once(header.map(str::to_owned)).chain(rows).collect::<Vec<_>>());
    format!("{table}\n{}", groups(policy))
}

/// Says which way a metric may not go, and from which size on that counts.
fn bad(metric: &Metric) -> String {
    let effects = &metric.rule.effects;
    let by = |size: f64, neutral: f64| match effects.measure {
        Measure::MeanRatio if size == neutral => "at all".to_owned(),
        Measure::MeanRatio => format!("by {} %", number((size - 1.0).abs() * 100.0)),
        Measure::CommonLanguage => format!("to a chance of {}", number(size)),
    };
    let up = format!("rise {}", by(effects.allowed_increase, 1.0));
    let down = format!("fall {}", by(effects.allowed_decrease, 1.0));
    match metric.rule.direction {
        Direction::Increase => up,
        Direction::Decrease => down,
        Direction::Either => format!("{up} or {down}"),
    }
}

fn critical(metric: &Metric) -> String {
    let mut when = Vec::new();
    if metric.rule.critical {
        when.push("it does");
    }
    if metric.rule.must_have_data {
        when.push(if metric.rule.critical {
            "there is nothing"
        } else {
            "there is nothing (it cannot be told)"
        });
    }
    if when.is_empty() { "-".to_owned() } else { format!("where {}", when.join(" or ")) }
}

/// Says what each group weighs, and what one failing metric of it costs.
fn groups(policy: &Policy) -> String {
    let mut names: Vec<&String> = policy.metrics.iter().flat_map(|metric| &metric.groups).collect();
    names.sort();
    names.dedup();
    let listed =
        |name: &String| policy.groups.iter().find(|(listed, _)| listed == name).map(|(_, weight)| *weight);
    let given: f64 = names.iter().filter_map(|name| listed(name)).sum();
    let others = names.iter().filter(|name| listed(name).is_none()).count().max(1);
    let mut out = String::new();
    for name in names {
        let weight = listed(name).unwrap_or((100.0 - given) / others as f64);
        let members = policy.metrics.iter().filter(|metric| metric.groups.contains(name)).count().max(1);
        let left = 100.0 - weight / members as f64;
        let word = match () {
            () if left >= policy.thresholds.pass => "still a pass",
            () if left >= policy.thresholds.marginal => "a hold",
            () => "a fail",
        };
        let _ = writeln!(
            out,
            "group {}: weight {} %, {members} of the metrics; one that fails leaves a score of {}: {word}",
            Printable::from(&**name),
            number(weight),
            number(left)
        );
    }
    out
}

fn stages(policy: &Policy) -> String {
    let Ladder { first_up_to, second_up_to, latency_groups, cycle } = &policy.ladder;
    let asked = |stage| {
        let asked = stage::requirements(policy, stage).into_iter().map(record::requirement);
        asked.collect::<Vec<_>>().join(", ")
    };
    let zone = cycle.zone.iana_name().unwrap_or("its own time zone");
    let from = cycle.from.map_or_else(|| "at once".to_owned(), |from| format!("at {from} {zone}"));
    let groups: Vec<String> =
        latency_groups.iter().map(|name| Printable::from(&**name).to_string()).collect();
    let rows = [
        ["shadow".to_owned(), "0 %".to_owned(), asked(stage::Stage::Shadow)],
        ["canary 1".to_owned(), format!("up to {first_up_to} %"), asked(stage::Stage::First)],
        [
            "canary 2".to_owned(),
            format!("up to {second_up_to} %, and above"),
            format!("{} (latency: group {})", asked(stage::Stage::Second), groups.join(" or ")),
        ],
        [
            "full".to_owned(),
            "100 %".to_owned(),
            format!("{}: {} that begins {from}", asked(stage::Stage::Full), span(cycle.lasts)),
        ],
    ];
    let header = ["STAGE", "WEIGHT", "ASKS FOR"].map(str::to_owned);
    table::lay(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

fn triggers(policy: &Policy) -> String {
    let triggers = &policy.triggers;
    let of = |metric: &Option<String>| {
        metric.as_deref().map_or_else(
            || "not used: no metric is named".to_owned(),
            |name| Printable::from(name).to_string(),
        )
    };
    let overload = &triggers.overload;
    let reasons: Vec<String> =
        overload.reasons.iter().map(|code| Printable::from(&**code).to_string()).collect();
    let rows = [
        [
            "error rate".to_owned(),
            format!(
                "more than {} times the stable version's, which counts as {} at the least",
                number(triggers.error_ratio),
                number(triggers.error_floor)
            ),
            of(&triggers.error_metric),
        ],
        [
            "deny rate".to_owned(),
            format!("more than {} %", number(triggers.deny_rate * 100.0)),
            of(&triggers.deny_metric),
        ],
        [
            "overload".to_owned(),
            format!("{} times within {}: {}", overload.at_least, span(overload.within), reasons.join(", ")),
            match policy.simulation {
                Some(_) => "the policy service's reason codes".to_owned(),
                None => "not used: no policy_service is named".to_owned(),
            },
        ],
        [
            "parser failures".to_owned(),
            "more than in the stable version, beyond what the metric allows".to_owned(),
            of(&triggers.parser_metric),
        ],
        approvals(&triggers.backlog),
    ];
    let header = ["AN ABORT IS PROPOSED FOR", "WHERE IT IS", "READ FROM"].map(str::to_owned);
    table::lay(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

fn approvals(backlog: &Backlog) -> [String; 3] {
    let most = backlog.most.map(|most| format!("more than {most} wait"));
    let longest = backlog.longest.map(|longest| format!("one waits for longer than {}", span(longest)));
    let limits: Vec<String> = most.into_iter().chain(longest).collect();
    let (limits, from) = match limits.is_empty() {
        true => ("-".to_owned(), "not used: no limit is named"),
        false => (limits.join(", or "), "the policy service's approvals"),
    };
    ["approvals".to_owned(), limits, from.to_owned()]
}

/// Says what the policy service is asked before a canary has traffic.
fn service(simulation: &Simulation) -> String {
    let Simulation { topic, bundle, workflow } = simulation;
    let name = |text: &String| Printable::from(&**text);
    let mut out = "The policy service is asked about each canary, at most every ten minutes; the stage shadow wants it to allow\n".to_owned();
    if let Some(topic) = topic {
        let rules = bundle.as_ref().map_or_else(
            || "all rules that hold".to_owned(),
            |bundle| format!("all rules that hold, and by the bundle {} alone", name(bundle)),
        );
        let _ = writeln!(out, "  a job of the topic {}, by {rules}", name(topic));
    }
    if let Some(workflow) = workflow {
        let _ = writeln!(out, "  each step of the workflow {}, in a dry run", name(workflow));
    }
    out
}

/// Says for each weight of a ladder how long it lasts by itself, and when it could pass at the earliest.
fn earliest(policy: &Policy, steps: &[Step]) -> String {
    let least = lint::shortest(policy);
    let mut out = "Steps of the Rollout\n".to_owned();
    for (place, step) in steps.iter().enumerate() {
        let place = place + 1;
        let _ = match step {
            Step::SetWeight(weight) => {
                writeln!(out, "  {place} weight {weight}: could pass {} after it began", span(least))
            }
            Step::Pause(None) => writeln!(out, "  {place} pause until a person decides"),
            Step::Pause(Some(pause)) => writeln!(out, "  {place} pause {}", pause.written),
            _ => writeln!(out, "  {place} another step"),
        };
    }
    out
}

fn scale(policy: &Policy) -> String {
    match policy.method {
        Method::Kayenta => format!(
            "The judge is not indifferent to the unit: its search stops at {}. Feed per cent or ppm, not shares of 1. Where the values of a run lie \
             closer together than {}, the run warns.\n",
            interval::TOLERANCE,
            interval::TOLERANCE * 100.0
        ),
        Method::Sequential { .. } => {
            "The interval is computed, not searched, so that the unit does not matter; the tolerance (UNLESS BELOW) is in the metric's own unit.\n"
                .to_owned()
        }
    }
}
