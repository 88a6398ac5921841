//! Owns what an operation is expected to bring about: weight, step and images before and after, and the consequence.
//!
//! It foretells by Argo's rules and never claims: what happened is said by the life ([`super::life`]). Invariant: a
//! weight or step is given only where the strategy has one.

use super::facts::known;
use super::template::{Difference, containers};
use super::{Course, Facts, Operation};
use crate::rollout::step::INCONCLUSIVE_ANALYSIS;
use crate::rollout::{ReplicaSet, Rollout};
use crate::text::Printable;

mod consequence;
mod ladder;
mod turns;

pub(super) use consequence::consequence;
pub(super) use turns::weight_after;
pub use turns::{skipped, weight_there};

/// A value now, and as foretold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<T> {
    /// Now.
    pub now: T,
    /// After the operation.
    pub after: T,
}

/// What an operation is expected to bring about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Wanted weight of the new version, for example `20 %`; `None` without a ladder or services to switch.
    pub weight: Option<Turn<Printable>>,
    /// Step, for example `3/8 pause`; `None` without steps.
    pub step: Option<Turn<Printable>>,
    /// Blue-green: hash of the version that production traffic goes to.
    pub active: Option<Turn<Printable>>,
    /// Blue-green: hash of the version that the preview service shows.
    pub preview: Option<Turn<Printable>>,
    /// Images of the stable version; empty where its ReplicaSet is not known.
    pub stable_images: Vec<Printable>,
    /// Images of the new version; where the order brings in another template, those of that one.
    pub new_images: Vec<Printable>,
    /// Steps that are passed over, each as `3/8 pause: 5m`; the one in progress comes first.
    pub skipped: Vec<Printable>,
    /// Where the pod template changes.
    pub differences: Vec<Difference>,
    /// One or two sentences.
    pub consequence: Printable,
    /// Whether acknowledging it wants the Rollout's name typed.
    pub weighty: bool,
    /// Whether it ends something that another order cannot simply bring back.
    pub destructive: bool,
}

impl Plan {
    /// Foretells what `operation` does to `rollout`, whose ReplicaSets are among `sets`.
    pub fn of<'a>(
        operation: &Operation,
        rollout: &Rollout,
        sets: impl IntoIterator<Item = &'a ReplicaSet>,
    ) -> Self {
        let own: Vec<&ReplicaSet> =
            sets.into_iter().filter(|set| set.meta.owners.contains(&rollout.meta.uid)).collect();
        let images = |hash: Option<&str>| -> Vec<Printable> {
            let set = hash.and_then(|hash| own.iter().find(|set| &*set.hash == hash));
            set.map(|set| set.containers.iter().map(|container| container.image.clone()).collect())
                .unwrap_or_default()
        };
        let mut new_images = images(known(&rollout.status.current_pod_hash));
        if new_images.is_empty() {
            new_images = rollout.spec.containers.iter().map(|container| container.image.clone()).collect();
        }
        if let Some(written) = written_images(operation.course(), operation.facts()) {
            new_images = written;
        }
        let (weight, step) = turns::turns(operation.course(), rollout);
        let (active, preview) = turns::services(operation.course(), rollout);
        Self {
            weight,
            step,
            active,
            preview,
            stable_images: images(known(&rollout.status.stable_hash)),
            new_images,
            skipped: turns::skipped(operation.course(), rollout),
            differences: differences(operation.course()),
            consequence: operation.consequence().clone(),
            weighty: operation.weighty(),
            destructive: operation.kind().is_destructive(),
        }
    }
}

/// Lists where the pod template changes by `course`.
fn differences(course: &Course) -> Vec<Difference> {
    match course {
        Course::Rewrite(rewrite) => rewrite.differences.clone(),
        Course::SetImage(image) => vec![Difference {
            path: format!("spec.containers[{}].image", image.container).into(),
            was: image.was.as_deref().map(Printable::from_cluster),
            is: Some(Printable::from_cluster(&image.is)),
        }],
        _ => Vec::new(),
    }
}

/// Lists the images of the template that `course` writes; `None` where it writes none.
fn written_images(course: &Course, facts: &Facts) -> Option<Vec<Printable>> {
    let images = |template: &serde_json::Value| -> Vec<(String, Printable)> {
        let regular = containers(template).filter(|(pointer, ..)| pointer.starts_with("/spec/containers"));
        regular
            .map(|(_, name, image)| (name.to_owned(), Printable::from_cluster(image.unwrap_or_default())))
            .collect()
    };
    let all = match course {
        Course::Rewrite(rewrite) => images(&rewrite.template),
        Course::SetImage(change) => {
            let mut all = images(facts.site.as_ref()?.template.as_ref()?);
            for (_, image) in all.iter_mut().filter(|(name, _)| **name == *change.container) {
                *image = Printable::from_cluster(&change.is);
            }
            all
        }
        _ => return None,
    };
    Some(all.into_iter().map(|(_, image)| image).collect())
}

/// Tells whether `course` is heavy enough to want a name typed: it turns traffic back, skips or overrides a check, brings
/// in another version, or ends pods or runs.
pub(super) fn weighty(course: &Course, facts: &Facts) -> bool {
    match course {
        Course::EndPause { .. } => facts.waits_for(INCONCLUSIVE_ANALYSIS),
        Course::Pause | Course::Resume => false,
        Course::Abort
        | Course::SkipInconclusive { .. }
        | Course::GoTo { .. }
        | Course::PromoteFull { .. }
        | Course::Retry
        | Course::Rewrite(_)
        | Course::SetImage(_)
        | Course::Restart { .. }
        | Course::Terminate(_) => true,
    }
}
