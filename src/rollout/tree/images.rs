//! Owns which images run, and as what (Argo: `Images`, `ExperimentImages`).
//!
//! It counts ReplicaSets that have pods, with their regular containers only. Invariant: one entry for an image, sorted;
//! tags stand as first seen until a second ReplicaSet runs the same image, then sorted by their text, as the plugin's.

use std::fmt;

use super::{SetBranch, Tree};
use crate::text::Printable;

/// An image that runs, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningImage {
    /// Image reference.
    pub image: Printable,
    /// What runs it; empty for an old revision.
    pub tags: Vec<Tag>,
}

/// As what an image runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// The new version of a canary.
    Canary,
    /// The version that is fallen back to.
    Stable,
    /// The version with production traffic (blue-green).
    Active,
    /// The version shown before the switch (blue-green).
    Preview,
    /// On the ping service.
    Ping,
    /// On the pong service.
    Pong,
    /// A template of an experiment, by name.
    Experiment(Printable),
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Canary => f.write_str("canary"),
            Self::Stable => f.write_str("stable"),
            Self::Active => f.write_str("active"),
            Self::Preview => f.write_str("preview"),
            Self::Ping => f.write_str("ping"),
            Self::Pong => f.write_str("pong"),
            Self::Experiment(template) => write!(f, "Σ:{template}"),
        }
    }
}

pub(super) fn running(tree: &Tree<'_>) -> Vec<RunningImage> {
    let mut images = Vec::new();
    for branch in tree.sets() {
        add(&mut images, branch, &tags_of_roles(branch));
    }
    for experiment in tree.revisions.iter().flat_map(|it| &it.experiments) {
        for branch in &experiment.replica_sets {
            let template = branch.set.experiment_template.clone();
            let tags: Vec<Tag> =
                template.filter(|it| !it.is_empty()).map(Tag::Experiment).into_iter().collect();
            add(&mut images, branch, &tags);
        }
    }
    images.sort_by(|a, b| a.image.cmp(&b.image));
    images
}

fn add(images: &mut Vec<RunningImage>, branch: &SetBranch<'_>, tags: &[Tag]) {
    if branch.set.current <= 0 {
        return;
    }
    for container in &branch.set.containers {
        match images.iter_mut().find(|it| it.image == container.image) {
            Some(known) => unite(&mut known.tags, tags),
            None => images.push(RunningImage { image: container.image.clone(), tags: tags.to_vec() }),
        }
    }
}

fn unite(known: &mut Vec<Tag>, more: &[Tag]) {
    known.extend_from_slice(more);
    known.sort_by_cached_key(Tag::to_string);
    known.dedup();
}

fn tags_of_roles(branch: &SetBranch<'_>) -> Vec<Tag> {
    let roles = &branch.roles;
    [
        (roles.canary, Tag::Canary),
        (roles.stable, Tag::Stable),
        (roles.active, Tag::Active),
        (roles.preview, Tag::Preview),
        (roles.ping, Tag::Ping),
        (roles.pong, Tag::Pong),
    ]
    .into_iter()
    .filter_map(|(has, tag)| has.then_some(tag))
    .collect()
}
