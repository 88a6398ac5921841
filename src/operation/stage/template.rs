//! Owns when a pod template may be replaced: undo, cancel, another image.
//!
//! It checks that what was read belongs to this Rollout and is not older than what is shown. Invariant: an order that
//! would write what is there already is refused.

use super::{Refusal, first_version, is_dns_name, wait_for_observation};
use crate::operation::course::{Image, Rewrite};
use crate::operation::facts::{ImageFacts, known};
use crate::operation::order::{SetImage, Undo};
use crate::operation::template::{Holder, containers, differences};
use crate::operation::{Course, Facts, SiteFacts, SiteKind};
use crate::rollout::Rollout;

const READ_AGAIN: &str = "Have it read again, then order again.";

/// Decides whether the template of a revision may be put back.
///
/// # Errors
/// Refuses where the revision is not this Rollout's, where its template is there already, or where what was read is old.
pub(super) fn undo(undo: &Undo, rollout: &Rollout, facts: &mut Facts) -> Result<Course, Refusal> {
    wait_for_observation(rollout, facts)?;
    rewrite(undo, false, rollout, facts)
}

/// Decides whether the update may be cancelled by putting the stable version's template back.
///
/// # Errors
/// Refuses where no update is in progress, where the revision is not the stable one, and as [`undo`] does.
pub(super) fn cancel(undo: &Undo, rollout: &Rollout, facts: &mut Facts) -> Result<Course, Refusal> {
    wait_for_observation(rollout, facts)?;
    let Some(stable) = known(&facts.stable_hash) else {
        return Err(first_version("has no stable one before it to go back to"));
    };
    if facts.fully_promoted() {
        return Err(Refusal::new(
            format!("Version {stable} is already the stable one: there is no update to cancel."),
            "To go back to an earlier version, undo.",
        ));
    }
    if &*undo.revision.hash != stable {
        return Err(Refusal::new(
            format!("Revision {} is not the stable version {stable}.", undo.revision.number),
            "Cancel puts the stable version back; to go to another one, undo.",
        ));
    }
    rewrite(undo, true, rollout, facts)
}

fn rewrite(undo: &Undo, cancels: bool, rollout: &Rollout, facts: &mut Facts) -> Result<Course, Refusal> {
    let Undo { holder, revision, .. } = undo;
    check_holder(holder, rollout)?;
    if revision.owner != rollout.meta.uid {
        return Err(Refusal::new(
            format!("The ReplicaSet {} does not belong to this Rollout.", revision.name),
            "Choose one of its own revisions.",
        ));
    }
    // The plugin's revision 0 is "the second highest number", which need not be the stable version.
    if revision.number < 1 || revision.hash.is_empty() {
        return Err(Refusal::new(
            format!("The ReplicaSet {} bears no revision and hash.", revision.name),
            "Choose a revision by its number, from 1.",
        ));
    }
    let differences = differences(&holder.template, &revision.template);
    if differences.is_empty() {
        return Err(Refusal::new(
            format!("The template is already that of revision {}.", revision.number),
            if facts.abort == Some(true) {
                "Retry it to bring it in."
            } else {
                "There is nothing to put back."
            },
        ));
    }
    facts.site = Some(SiteFacts::of_holder(holder));
    Ok(Course::Rewrite(Box::new(Rewrite {
        cancels,
        site: holder.site.clone(),
        revision: revision.number,
        set: revision.name.clone(),
        set_uid: revision.uid.clone(),
        hash: revision.hash.clone(),
        template: revision.template.clone(),
        differences,
        tracked_by: holder.tracked_by.clone(),
    })))
}

/// Decides whether a container may get another image.
///
/// # Errors
/// Refuses where there is no such container, where it has that image already, or where the text is no image.
pub(super) fn image(order: &SetImage, rollout: &Rollout, facts: &mut Facts) -> Result<Course, Refusal> {
    let SetImage { holder, container, image } = order;
    wait_for_observation(rollout, facts)?;
    check_holder(holder, rollout)?;
    if !is_image(image) {
        return Err(Refusal::new(
            "That is not an image reference, so no pod could start with it.",
            "Write it as registry/name:tag or name@sha256:digest, without blanks.",
        ));
    }
    let found = containers(&holder.template).find(|(_, name, _)| name == container);
    let Some((within, name, was)) = found else {
        let names: Vec<&str> = containers(&holder.template).map(|(_, name, _)| name).collect();
        return Err(Refusal::new(
            format!("There is no container {container} in the template."),
            format!("It has {}.", names.join(", ")),
        ));
    };
    if was == Some(image) {
        return Err(Refusal::new(
            format!("Container {name} already has that image."),
            "To have its pods made anew, restart; to go to another version, name another image.",
        ));
    }
    let pointer = format!("{}{within}", holder.site.kind.template().unwrap_or_default());
    let stood = ImageFacts { pointer: pointer.clone(), container: name.into(), image: was.map(Into::into) };
    facts.site = Some(SiteFacts { image: Some(stood), ..SiteFacts::of_holder(holder) });
    Ok(Course::SetImage(Box::new(Image {
        site: holder.site.clone(),
        container: name.into(),
        pointer,
        was: was.map(Into::into),
        is: image.as_str().into(),
        tracked_by: holder.tracked_by.clone(),
    })))
}

/// Tells whether a text can be an image reference (distribution/reference: letters, digits and a few signs).
fn is_image(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@+".contains(&b);
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let ends = text.bytes().next_back().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    starts && ends && text.len() <= 512 && text.bytes().all(inner)
}

/// Refuses a template that is not the one which this Rollout uses now.
fn check_holder(holder: &Holder, rollout: &Rollout) -> Result<(), Refusal> {
    let kind = holder.site.kind;
    if holder.namespace != rollout.meta.key.namespace || !is_dns_name(&holder.site.name) {
        return Err(Refusal::new("What was read is not in the Rollout's namespace.", READ_AGAIN));
    }
    let Some(reference) = &rollout.spec.workload_ref else {
        if kind != SiteKind::Rollout || holder.site.uid != rollout.meta.uid {
            return Err(Refusal::new(
                "What was read is not this Rollout, which holds its template itself.",
                READ_AGAIN,
            ));
        }
        if holder.generation != rollout.meta.generation {
            return Err(Refusal::new("The spec has changed since its template was read.", READ_AGAIN));
        }
        return Ok(());
    };
    let supported = [SiteKind::Deployment, SiteKind::ReplicaSet, SiteKind::PodTemplate];
    if !supported.iter().any(|kind| kind.word() == reference.kind.as_str()) {
        return Err(Refusal::new(
            format!("Its template lies in a {}, a kind that the controller does not follow.", reference.kind),
            "Change that object with kubectl, after looking at it.",
        ));
    }
    if kind.word() != reference.kind.as_str() || &*holder.site.name != reference.name.as_str() {
        return Err(Refusal::new(
            format!(
                "What was read is not the {} {} that holds the template.",
                reference.kind, reference.name
            ),
            READ_AGAIN,
        ));
    }
    Ok(())
}
