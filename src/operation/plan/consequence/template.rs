//! Owns what is said of orders that change the pod template: undo, cancel, another image.
//!
//! It says whether the steps are taken again, where the template lies, and who may put the old one back. Invariant: an
//! undo to another version than the stable one says that it begins as a new update.

use super::tracked;
use crate::operation::course::{Image, Rewrite};
use crate::operation::facts::known;
use crate::operation::site::Site;
use crate::operation::{Facts, SiteKind};
use crate::rollout::{Rollout, Strategy};
use crate::text::Printable;

/// Says what putting the stable version's template back brings about.
pub(super) fn cancel(rewrite: &Rewrite, rollout: &Rollout, facts: &Facts) -> String {
    let new = known(&facts.pod_hash).unwrap_or_default();
    let mut text = format!(
        "Puts the template of the stable version {} (revision {}) back{}, and all traffic with it: version {new} is no \
         longer wanted, and the Rollout ends Healthy. An abort leaves {new} in the spec and the Rollout Degraded, for a \
         retry.",
        rewrite.hash,
        rewrite.revision,
        place(&rewrite.site)
    );
    if switched(rollout, facts) {
        text.push_str(
            " The active service has switched already and switches back, perhaps after a pause of its own.",
        );
    }
    text + &held(facts) + &owner(rewrite.tracked_by.as_ref(), rollout)
}

/// Says what putting a revision's template back brings about.
pub(super) fn undo(rewrite: &Rewrite, rollout: &Rollout, facts: &Facts) -> String {
    let begins = if known(&facts.stable_hash) == Some(&*rewrite.hash) {
        "it is the stable version, so its traffic comes back at once, without steps"
    } else {
        match rollout.spec.strategy {
            Strategy::Canary(_) => {
                "it is not the stable version, so it begins as a new update at the first step"
            }
            _ => "it is not the stable version, so it begins as a new update, before the switch",
        }
    };
    let ended = if facts.fully_promoted() { "" } else { " The update in progress ends." };
    format!(
        "Puts the template of revision {} ({}) back{}: {begins}.{ended}{}{}",
        rewrite.revision,
        rewrite.hash,
        place(&rewrite.site),
        held(facts),
        owner(rewrite.tracked_by.as_ref(), rollout)
    )
}

/// Says what another image brings about.
pub(super) fn image(image: &Image, rollout: &Rollout, facts: &Facts) -> String {
    let begins = match &rollout.spec.strategy {
        Strategy::Canary(canary) if !canary.steps.is_empty() => "a new update begins at the first step",
        Strategy::BlueGreen(_) => "a new update begins, before the switch",
        _ => "a new update begins",
    };
    let ended = match known(&facts.pod_hash) {
        Some(version) if !facts.fully_promoted() => {
            format!(" It takes the place of version {version}, which is not stable yet.")
        }
        _ => String::new(),
    };
    format!(
        "Container {} gets the image {}{}: {begins}.{ended}{}{}",
        image.container,
        image.is,
        place(&image.site),
        held(facts),
        owner(image.tracked_by.as_ref(), rollout)
    )
}

/// Says who may put the template back: who keeps its holder as a repository has it, or else the Rollout.
fn owner(holder: Option<&Printable>, rollout: &Rollout) -> String {
    tracked(holder.or(rollout.tracked_by.as_ref()))
}

/// Names the object that holds the template, where that is not the Rollout.
fn place(site: &Site) -> String {
    match site.kind {
        SiteKind::Rollout => String::new(),
        kind => format!(", in the {} {}", kind.word(), site.name),
    }
}

fn switched(rollout: &Rollout, facts: &Facts) -> bool {
    matches!(rollout.spec.strategy, Strategy::BlueGreen(_))
        && known(&facts.pod_hash).is_some()
        && facts.active_selector == facts.pod_hash
}

fn held(facts: &Facts) -> String {
    if facts.paused == Some(true) {
        return " It is paused by hand, so no pod is scaled until it is resumed.".into();
    }
    String::new()
}
