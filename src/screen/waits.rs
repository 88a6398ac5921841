//! Owns how it is said what a Rollout waits for: in a few words for a row, in a sentence for its own screen.
//!
//! What is awaited is decided by [`mod@crate::rollout::step::wait`]; here it only gets words and emphasis. Invariant: what
//! only a person can end begins with "you" and bears the one accent.

use jiff::Timestamp;

use super::{Ages, Line};
use crate::rollout::step::{Decision, Wait, wait};
use crate::store::Standing;
use crate::text::{Printable, Role};

/// Says it in a few words, with its age or what is left of it.
pub(super) fn brief(standing: &Standing, ages: &mut Ages) -> Line {
    match wait(&standing.rollout) {
        Wait::Nothing => Line::new(),
        Wait::Person(decision) => {
            let line = Line::of(Role::Accent, format!("you: {}", asked(&decision)));
            match since(standing) {
                Some(since) => line.text(Role::Muted, format!(" {}", ages.since(since))),
                None => line,
            }
        }
        Wait::Timer(Some(end)) => Line::of(Role::Text, format!("timer {}", ages.until(end))),
        other => Line::of(Role::Muted, few_words(&other)),
    }
}

/// Says it in a sentence that completes "waits for".
pub(super) fn sentence(standing: &Standing, ages: &mut Ages) -> Line {
    match wait(&standing.rollout) {
        Wait::Person(decision) => {
            let line = Line::of(Role::Accent, decision.text());
            match since(standing) {
                Some(since) => line.text(Role::Muted, format!("  for {}", ages.since(since))),
                None => line,
            }
        }
        Wait::Timer(Some(end)) => {
            let left = ages.until(end);
            Line::of(Role::Text, "the pause to end by itself in ").text(Role::Strong, left)
        }
        other => Line::of(Role::Text, other.text(ages.now())),
    }
}

fn since(standing: &Standing) -> Option<Timestamp> {
    let pauses = &standing.rollout.status.pauses.list;
    pauses.iter().filter_map(|pause| pause.since).min().or(standing.changed)
}

fn asked(decision: &Decision) -> &'static str {
    match decision {
        Decision::PauseStep | Decision::Switch => "promote",
        Decision::ManualPause => "resume",
        Decision::InconclusiveAnalysis | Decision::InconclusiveExperiment => "judge",
        Decision::OtherPause(_) => "paused",
        Decision::Aborted => "aborted",
        Decision::InvalidSpec => "fix spec",
        Decision::TimedOut => "timed out",
        Decision::Degraded => "degraded",
    }
}

fn few_words(wait: &Wait) -> Printable {
    Printable::from(match wait {
        Wait::Nothing => String::new(),
        Wait::Person(decision) => asked(decision).to_owned(),
        Wait::Timer(_) => "timer".to_owned(),
        Wait::Analysis(_) => "analysis".to_owned(),
        Wait::Experiment(_) => "experiment".to_owned(),
        Wait::Plugin(_) => "step plugin".to_owned(),
        Wait::Weight(weight) => format!("weight {weight}"),
        Wait::Confirmation(weight) => format!("router at {weight}"),
        Wait::Scale => "canary size".to_owned(),
        Wait::NewPods { updated, desired } => format!("new pods {updated}/{desired}"),
        Wait::Availability { available, updated } => format!("pods {available}/{updated}"),
        Wait::OldPods(old) => format!("old pods {old}"),
        Wait::Restart => "restart".to_owned(),
        Wait::Switch => "switch".to_owned(),
        Wait::Verification => "verification".to_owned(),
        Wait::Controller(_) => "controller".to_owned(),
    })
}
