//! Owns what is said of templates that can be put back or changed: revisions, containers, the image being named.
//!
//! Invariant: a revision that cannot be put back bears a mark, and its reason once it is selected.

use super::{Sheet, warned};
use crate::app::App;
use crate::app::choosing::{Naming, Stage, Templates};
use crate::operation::template::{Revision, differences};
use crate::operation::{Kind, stage};
use crate::rollout::Rollout;
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

/// Puts the rows of a stage and what is known of the selected one.
pub(super) fn fill(
    sheet: &mut Sheet,
    (app, rollout, selected): (&App, &Rollout, usize),
    stage: &Stage,
    ages: &mut Ages,
) {
    match stage {
        Stage::Reading(kind) => sheet.about.push(Line::of(Role::Text, reading(*kind))),
        Stage::Revisions(read) => {
            let rows = read.revisions.iter().map(|one| revision((app, rollout), read, one, ages));
            sheet.rows = rows.collect();
            let chosen = read.revisions.get(selected);
            sheet.about.extend(chosen.map(|one| about_revision(rollout, read, one, ages)));
        }
        Stage::Containers(read) => {
            let rows = read.containers().into_iter().map(|(name, image)| {
                Line::of(Role::Strong, Printable::from_cluster(&format!("{name:<20}")))
                    .blank()
                    .text(Role::Text, image.as_deref().map(Printable::from_cluster).unwrap_or_default())
            });
            sheet.rows = rows.collect();
        }
        Stage::Image(naming) => image(sheet, naming),
        _ => {}
    }
}

fn reading(kind: Kind) -> &'static str {
    match kind {
        Kind::SetImage => "Reading the pod template. Nothing has been sent but this question.",
        _ => "Reading the revisions. Nothing has been sent but this question.",
    }
}

fn revision(
    (app, rollout): (&App, &Rollout),
    read: &Templates,
    revision: &Revision,
    ages: &mut Ages,
) -> Line {
    let refused =
        stage::course(&read.undo(revision, rollout.status.stable_hash.as_deref()), rollout, ages.now())
            .is_err();
    let line = if refused {
        Line::new().sign(Role::Muted, Sign::Degraded).blank()
    } else {
        Line::of(Role::Text, "  ")
    };
    let line = line.text(Role::Strong, format!("{:<5}", revision.number));
    let set = app.store.replica_sets_of(rollout).into_iter().find(|set| set.meta.key.name == revision.name);
    let age = set.and_then(|set| set.meta.created).map(|created| ages.since(created));
    let line = line.text(Role::Muted, format!("{:<8}", age.unwrap_or_default().as_str()));
    let is = |hash: &Option<std::sync::Arc<str>>| hash.as_deref() == Some(&*revision.hash);
    let word = match (is(&rollout.status.stable_hash), is(&rollout.status.current_pod_hash)) {
        (true, _) => "stable",
        (false, true) => "wanted",
        _ => "",
    };
    let images: Vec<String> =
        set.map(|set| set.containers.iter().map(|one| one.image.to_string()).collect()).unwrap_or_default();
    line.text(Role::Good, format!("{word:<8}")).text(Role::Text, images.join(" "))
}

fn about_revision(rollout: &Rollout, read: &Templates, revision: &Revision, ages: &Ages) -> Line {
    if let Err(refusal) =
        stage::course(&read.undo(revision, rollout.status.stable_hash.as_deref()), rollout, ages.now())
    {
        return warned(Printable::from(refusal.to_string()));
    }
    let found = differences(&read.holder.template, &revision.template);
    let places: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
    Line::of(Role::Muted, "changes ").text(Role::Text, places.join(", "))
}

fn image(sheet: &mut Sheet, naming: &Naming) {
    let was = naming.templates.containers().into_iter().find(|(name, _)| *name == naming.container);
    let was = was.and_then(|(_, image)| image).unwrap_or_default();
    let now = Line::of(Role::Strong, Printable::from_cluster(&naming.container))
        .text(Role::Muted, "  is ")
        .text(Role::Text, Printable::from_cluster(&was));
    sheet.selected = None;
    sheet.rows = vec![now];
    let typed = Printable::from(naming.input.value());
    if naming.finished {
        sheet.rows.push(Line::of(Role::Muted, "will be  ").text(Role::Strong, typed));
        sheet.about.push(Line::of(Role::Text, "Nothing has been sent."));
    } else {
        sheet.about.push(Line::of(Role::Accent, "Nothing has been sent. Name the image:"));
        sheet.typing = Some((typed, naming.input.visual_cursor()));
    }
}
