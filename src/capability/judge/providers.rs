//! Owns the row of the providers of metrics that the fleet's templates name.
//!
//! Invariant: a provider is available only where it answered, or a measurement by it succeeded, within [`limits::SERVICE`];
//! one that cannot be asked from here is at best supported.

use jiff::Timestamp;

use super::finding::{Finding, worst};
use super::look::{Look, look, unseen};
use super::{Place, Scene, reads};
use crate::capability::dated::{Dated, is_within};
use crate::capability::sight::{Answer, Answering, Provider};
use crate::capability::{State, limits, remedy};
use crate::rollout::{Rollout, Step, Strategy};
use crate::text::Printable;

/// Judges the providers that a place's templates name.
pub(super) fn judge(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let first = Provider { kind: "".into(), address: "".into() };
    let named = scene.board.providers.range((place.namespace.clone(), first)..);
    let named = named.take_while(|((namespace, _), _)| *namespace == place.namespace);
    let findings = named.map(|((_, provider), dated)| one(provider, dated, scene)).collect();
    worst(findings).unwrap_or_else(|| none(place, scene))
}

/// Where no template names a provider, it matters whether one is wanted.
fn none(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let at = match reads::live(place, scene) {
        Ok(at) => at,
        Err(obstacle) => return obstacle,
    };
    match place.rollouts.iter().find(|rollout| is_analysed(rollout)) {
        None => Finding::supported().seen("watch", "no Rollout here declares an analysis", at),
        Some(rollout) => Finding::unknown("its templates were not read yet").seen(
            "watch",
            format!("{} declares an analysis", rollout.meta.key.name),
            at,
        ),
    }
}

/// Tells whether a Rollout declares an analysis, so that providers of metrics judge its updates.
pub fn is_analysed(rollout: &Rollout) -> bool {
    let steps = match &rollout.spec.strategy {
        Strategy::Canary(canary) => {
            let measures = |step: &Step| matches!(step, Step::Analysis(_) | Step::Experiment);
            canary.background_analysis || canary.steps.iter().any(measures)
        }
        Strategy::BlueGreen(blue_green) => blue_green.post_promotion_analysis,
        Strategy::Unknown => false,
    };
    let status = &rollout.status;
    steps || status.pre_promotion.is_some() || status.step_analysis.is_some()
}

fn one(provider: &Provider, dated: &Dated<Answering>, scene: &Scene<'_>) -> Finding {
    const HOW: &str = "request";
    let name = if provider.address.is_empty() {
        Printable::from_cluster(&provider.kind)
    } else {
        Printable::from(format!("{} {}", provider.kind, provider.address))
    };
    let (now, viewer) = (scene.now, &scene.board.viewer);
    // That one is named is read off templates, which change as rarely as any configuration.
    let named = matches!(dated.answer, Answer::Seen(Answering::Named { .. }));
    let limit = if named { limits::CONFIGURED } else { limits::SERVICE };
    match look(Some(dated), limit, now) {
        Look::Seen { what: Answering::Well { version }, at } => {
            let version = if version.is_empty() { String::new() } else { format!(" ({version})") };
            Finding::available(at, now).seen(HOW, format!("{name}: answered{version}"), at)
        }
        Look::Seen { what: Answering::Wrongly { what }, at } => {
            Finding::degraded(at, format!("{name}: {what}"))
                .seen(HOW, what.clone(), at)
                .advised("Check the address in the templates: what answers there is no such provider.")
        }
        Look::Seen { what: Answering::Named { last }, at } => {
            let finding = measured(&name, last.as_ref(), at, now);
            match remedy::reach(provider, viewer).filter(|_| finding.state == State::Supported) {
                Some(reach) => finding.remedied(reach),
                None => finding,
            }
        }
        Look::Missing { why, at } => Finding::lacking(format!("{name}: {why}")).seen(HOW, why.clone(), at),
        Look::Forbidden { why, at } => Finding::lacking(format!("{name}, from here: {why}"))
            .seen(HOW, why.clone(), at)
            .advised("Analysis asks with the controller's credentials; from here it was refused."),
        Look::Failed { why, at, since, seen: Some(_) } => {
            Finding::degraded(since, format!("{name}: {why}")).seen(HOW, why.clone(), at).advised(
                "See that it runs before anything is promoted: analysis that fails to measure more than 4 times in a row \
                 (consecutiveErrorLimit) ends in Error, and aborts.",
            )
        }
        Look::Failed { why, at, .. } => Finding::unknown(format!("{name}, from here: {why}"))
            .seen(HOW, why.clone(), at)
            .advised(
                "It was never reached from here, though the controller may reach it: see that it runs, and check the \
                 address of its [[provider]] in the configuration (rollgate config).",
            ),
        Look::Old { at } => unseen(HOW, name.as_str(), Some(at)),
        Look::Never => unseen(HOW, name.as_str(), None),
    }
}

/// What cannot be asked from here shows itself in measurements alone.
fn measured(
    name: &Printable,
    last: Option<&(Timestamp, Printable)>,
    at: Timestamp,
    now: Timestamp,
) -> Finding {
    const HOW: &str = "measurement";
    match last {
        None => Finding::supported().seen("templates", format!("{name}: named; no measurement was seen"), at),
        Some((when, phase)) if phase.as_str() == "Error" => {
            Finding::degraded((*when).min(now), format!("{name}: the newest measurement ended in Error"))
                .seen(HOW, format!("{name}: {phase}"), *when)
                .advised("Open the AnalysisRun: its message has the provider's words.")
        }
        // A measurement that failed its condition was answered.
        Some((when, phase))
            if is_within(*when, limits::SERVICE, now)
                && matches!(phase.as_str(), "Successful" | "Failed" | "Inconclusive") =>
        {
            Finding::available(*when, now).seen(HOW, format!("{name}: {phase}"), (*when).min(now))
        }
        Some((when, phase)) => Finding::supported().seen(HOW, format!("{name}: {phase}"), *when),
    }
}
