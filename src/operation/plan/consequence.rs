//! Owns the sentence that says what an order will bring about, for each course and situation.
//!
//! It says what the plugin does not: what is skipped, what keeps running, what comes back. Invariant: it is made from
//! the Rollout alone, so nobody else's words can stand in it.

use super::ladder;
use crate::operation::facts::known;
use crate::operation::{Course, Facts};
use crate::rollout::step::INCONCLUSIVE_ANALYSIS;
use crate::rollout::{Canary, Rollout, Strategy};
use crate::text::Printable;

mod promotion;
mod run;
mod template;

/// Says what `course`, staged on `facts`, brings about for `rollout`, in one or two sentences.
pub(in crate::operation) fn consequence(course: &Course, rollout: &Rollout, facts: &Facts) -> Printable {
    let text = match course {
        Course::EndPause { .. } => end_pause(rollout, facts, course),
        Course::SkipInconclusive { .. } => skip(rollout, facts, course),
        Course::GoTo { index, .. } => promotion::go_to(*index, rollout, facts),
        Course::PromoteFull { .. } => promotion::full(rollout, facts),
        Course::Pause => pause(rollout),
        Course::Resume => resume(rollout, facts),
        Course::Abort => abort(rollout, facts),
        Course::Retry => promotion::retry(rollout, facts),
        Course::Rewrite(rewrite) if rewrite.cancels => template::cancel(rewrite, rollout, facts),
        Course::Rewrite(rewrite) => template::undo(rewrite, rollout, facts),
        Course::SetImage(image) => template::image(image, rollout, facts),
        Course::Restart { at } => run::restart(*at, rollout),
        Course::Terminate(end) => run::terminate(end, rollout, facts),
    };
    Printable::from(text)
}

fn end_pause(rollout: &Rollout, facts: &Facts, course: &Course) -> String {
    let goes_on = match &rollout.spec.strategy {
        Strategy::Canary(canary) => format!("Ends the pause: {}.", goes_on(canary, facts, course)),
        _ => {
            let version = known(&facts.pod_hash).unwrap_or_default();
            format!("Ends the pause: all production traffic switches to the new version {version}.")
        }
    };
    if facts.waits_for(INCONCLUSIVE_ANALYSIS) {
        // Measured with v1.9.1: a pause for the analysis reads as "a person ended the pause" at the next pause step.
        return format!(
            "{goes_on} An analysis was inconclusive; the controller runs it anew, and should it be inconclusive \
             again, may pass over the next pause step."
        );
    }
    goes_on
}

fn skip(rollout: &Rollout, facts: &Facts, course: &Course) -> String {
    let run = facts.step_analysis.as_ref().map_or("of this step", |run| run.0.as_str());
    let goes_on = match &rollout.spec.strategy {
        Strategy::Canary(canary) => goes_on(canary, facts, course),
        _ => String::new(),
    };
    format!("Overrides the inconclusive analysis {run}: {goes_on}.")
}

fn goes_on(canary: &Canary, facts: &Facts, course: &Course) -> String {
    let (stop, weight) = ladder::next_wait(canary, ladder::resumes_at(course, facts));
    if ladder::step(canary, stop).is_none() {
        return "no step waits any more, so the new version gets all traffic and becomes the stable one"
            .into();
    }
    format!(
        "it goes on to step {}, with {} for the new version",
        ladder::rung(canary, stop),
        ladder::share(canary, weight)
    )
}

fn pause(rollout: &Rollout) -> String {
    let kept = "Holds the update where it is: no step completes and no pod is scaled until it is resumed, while \
                traffic, running analyses and the clock of a timed pause go on.";
    format!("{kept}{}", tracked(rollout.tracked_by.as_ref()))
}

fn resume(rollout: &Rollout, facts: &Facts) -> String {
    let then = if facts.abort == Some(true) {
        "Clears the pause by hand: the controller finishes the abort."
    } else if facts.fully_promoted() {
        "Clears the pause by hand: no update is in progress, and the next one is no longer held."
    } else if facts.waits() {
        "Clears the pause by hand only: it still waits in a pause of its own."
    } else {
        "Clears the pause by hand: the controller goes on with the step in progress."
    };
    format!("{then}{}", tracked(rollout.tracked_by.as_ref()))
}

/// Who keeps the spec in step with a repository may revert what is written into it (argo-rollouts#3720).
fn tracked(by: Option<&Printable>) -> String {
    by.map_or_else(String::new, |by| {
        format!(" It is kept as a repository has it by {by}, whose self-heal may take the change back.")
    })
}

fn abort(rollout: &Rollout, facts: &Facts) -> String {
    let stable = known(&facts.stable_hash).unwrap_or_default();
    let mut text = match rollout.spec.strategy {
        Strategy::Canary(_) => format!(
            "All traffic goes back to the stable version {stable}, and a later retry begins at the first step."
        ),
        _ => format!("The active service goes back to, or stays with, the stable version {stable}."),
    };
    if facts.promote_full == Some(true) {
        text.push_str(" The full promotion under way is taken back.");
    }
    if facts.paused == Some(true) {
        text.push_str(
            " It is paused by hand, so no pod is scaled and no service is switched until it is resumed.",
        );
    }
    text
}
