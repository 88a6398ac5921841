//! Owns how changes of health stand in the timeline.
//!
//! Which change is worth a line is decided by [`crate::capability::Chronicle`]. Invariant: what happens in many namespaces at
//! once is one line.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::capability::{Capability, Change, Scope, State};
use crate::rollout::Key;
use crate::timeline::{Scene, Sighting, Source};

/// In how many namespaces the same change is told one by one.
const ONE_BY_ONE: usize = 3;

/// Writes changes as lines.
pub(super) fn lines(changes: &[Change], scene: &Scene) -> Vec<Sighting> {
    let mut alike: BTreeMap<(Capability, Option<&str>, &str), Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|change| !is_set_up_so(change)) {
        alike.entry((change.capability, change.from, change.to.word())).or_default().push(change);
    }
    let mut lines = Vec::new();
    for changes in alike.values() {
        match changes.as_slice() {
            [first, ..] if changes.len() > ONE_BY_ONE => {
                let words = format!("{} in {} namespaces", arrow(first), changes.len());
                lines.push(line(first, (Arc::default(), words), scene));
            }
            few => lines.extend(few.iter().map(|change| {
                let namespace = match &change.scope {
                    Scope::Cluster => Arc::default(),
                    Scope::Namespace(name) => name.clone(),
                };
                line(change, (namespace, arrow(change)), scene)
            })),
        }
    }
    lines
}

/// Tells whether a row was merely seen for the first time, and is as somebody set it up.
fn is_set_up_so(change: &Change) -> bool {
    change.from.is_none() && matches!(change.to, State::ConfigurationDependent { .. })
}

fn line(change: &Change, (namespace, words): (Arc<str>, String), scene: &Scene) -> Sighting {
    let words = match change.to.reason() {
        Some(why) => format!("{words}: {why}"),
        None => words,
    };
    let key = Key { namespace, name: Arc::default() };
    Sighting::ours(Source::Health, key, scene.clone(), words, change.at)
}

fn arrow(change: &Change) -> String {
    let (name, to) = (change.capability.name(), change.to.word());
    match change.from {
        Some(from) => format!("{name} {from} -> {to}"),
        None => format!("{name} is {to}"),
    }
}
