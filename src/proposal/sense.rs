//! Owns whether a proposal makes sense now: the same rules and sentences as for a person's order, with nothing staged.
//!
//! It looks at what was observed alone. What an order needs to be read for is judged as far as the Rollout tells; the rest is
//! judged when a person takes it up. Invariant: what is refused here would be refused a person, too.

use jiff::Timestamp;

use super::Intent;
use crate::operation::order::Run;
use crate::operation::{Facts, Order, Refusal, SiteKind, stage};
use crate::rollout::Rollout;
use crate::text::Printable;

/// Judges an order on a Rollout as observed at `now`; `runs` are its AnalysisRuns and Experiments, where they
/// are known.
///
/// # Errors
/// Says what stands in the way, and what to do instead.
pub fn judge(
    intent: &Intent,
    rollout: &Rollout,
    runs: Option<&[Run]>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if let Some(order) = intent.order() {
        return stage::course(&order, rollout, now).map(drop);
    }
    match intent {
        Intent::Terminate { run, name } => terminate((*run).into(), name, rollout, (runs, now)),
        Intent::Cancel if Facts::of(rollout).fully_promoted() => Err(refusal(
            "There is no update to cancel: the wanted version is the stable one.",
            "To go back to an earlier version, undo.",
        )),
        Intent::SetImage { container, image } => set_image(container.as_deref(), image, rollout),
        _ => Ok(()),
    }
}

fn refusal(why: &'static str, instead: &'static str) -> Refusal {
    Refusal { why: Printable::ours(why), instead: Printable::ours(instead) }
}

fn terminate(
    kind: SiteKind,
    name: &str,
    rollout: &Rollout,
    (runs, now): (Option<&[Run]>, Timestamp),
) -> Result<(), Refusal> {
    let Some(runs) = runs else { return Ok(()) };
    match runs.iter().find(|run| run.site.kind == kind && &*run.site.name == name) {
        Some(run) => stage::course(&Order::Terminate(Box::new(run.clone())), rollout, now).map(drop),
        None => Err(Refusal {
            why: Printable::from(format!("No {} {name} of this Rollout is known.", kind.word())),
            instead: Printable::ours("List its runs, and name one that is under way."),
        }),
    }
}

/// Judges an image where the Rollout holds its template itself; where another object does, that is read later.
fn set_image(container: Option<&str>, image: &str, rollout: &Rollout) -> Result<(), Refusal> {
    let all = &rollout.spec.containers;
    if all.is_empty() {
        return Ok(());
    }
    let names = || all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = match (container, all.as_slice()) {
        (Some(name), _) => all.iter().find(|one| one.name.as_str() == name),
        (None, [only]) => Some(only),
        (None, _) => {
            return Err(Refusal {
                why: Printable::ours("The template has more than one container."),
                instead: Printable::from(format!("Name one of {}.", names())),
            });
        }
    };
    match found {
        // Containers that run first are not told by the watch.
        None => Ok(()),
        Some(one) if one.image.as_str() == image => Err(Refusal {
            why: Printable::from(format!("Container {} already has that image.", one.name)),
            instead: Printable::ours(
                "To have its pods made anew, restart; to go to another version, name another image.",
            ),
        }),
        Some(_) => Ok(()),
    }
}
