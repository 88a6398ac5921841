//! Owns which changes of health are worth a line of the timeline, and their words.
//!
//! It keeps the word that was last told of each row. Invariants: what is merely there at first is no change; neither is
//! that nobody looked for a while; what happens in many namespaces at once is one line.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::capability::{Capability, Health, Scope, State};
use crate::rollout::Key;
use crate::text::Printable;
use crate::timeline::{Dial, LONGEST, Scene, Sighting, Source};

/// In how many namespaces the same change is told one by one.
const ONE_BY_ONE: usize = 3;

/// What was last told of each row.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<(Capability, Scope), &'static str>);

impl Told {
    /// Says what changed; `quiet` while what is not known is so because nobody looked.
    pub(super) fn lines(
        &mut self,
        list: &[Health],
        quiet: bool,
        (scene, now): (&Scene, Timestamp),
    ) -> Vec<Sighting> {
        let mut alike: BTreeMap<(Capability, &'static str, &'static str), Vec<&Health>> = BTreeMap::new();
        for health in list {
            if let Some(from) = self.changed(health, quiet) {
                alike.entry((health.capability, from, health.state.word())).or_default().push(health);
            }
        }
        let mut lines = Vec::new();
        for ((_, from, _), changed) in alike {
            let sighting = |health: &Health, namespace: Arc<str>, text: String| {
                let text = health.state.reason().map_or(text.clone(), |why| format!("{text}: {why}"));
                let text: String = Printable::from(text).as_str().chars().take(LONGEST).collect();
                let key = Key { namespace, name: Arc::default() };
                let (scene, source) = (scene.clone(), Source::Health);
                Sighting { at: now, dial: Dial::Ours, seen_at: now, scene, key, source, text: text.into() }
            };
            match changed.as_slice() {
                [first, ..] if changed.len() > ONE_BY_ONE => {
                    let text = format!("{} in {} namespaces", arrow(first, from), changed.len());
                    lines.push(sighting(first, Arc::default(), text));
                }
                few => lines.extend(few.iter().map(|health| {
                    let namespace = match &health.scope {
                        Scope::Cluster => Arc::default(),
                        Scope::Namespace(name) => name.clone(),
                    };
                    sighting(health, namespace, arrow(health, from))
                })),
            }
        }
        lines
    }

    /// Returns the word that was told before, where it is another one and worth a line.
    fn changed(&mut self, health: &Health, quiet: bool) -> Option<&'static str> {
        let (at, word) = ((health.capability, health.scope.clone()), health.state.word());
        let known = self.0.get(&at).copied();
        let unknown = matches!(health.state, State::Unknown { .. });
        if known == Some(word) || unknown && (quiet || known.is_none()) {
            return None;
        }
        self.0.insert(at, word);
        known.filter(|known| !(is_calm(known) && is_calm(word)))
    }
}

fn arrow(health: &Health, from: &str) -> String {
    format!("{} {from} -> {}", health.capability.name(), health.state.word())
}

/// Tells whether a word needs nobody: that a dry run grew old is no news.
fn is_calm(word: &str) -> bool {
    ["available", "supported", "not available by design"].contains(&word)
}
