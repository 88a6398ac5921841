//! Owns what the app notes for the timeline as the cluster tells it: changes, Events, measurements, and how Rollouts stand.
//!
//! It never judges and never orders. Invariants: what is told again is noted once; a first look tells only what differs
//! from how the same Rollout was last seen to stand, if that is known.

use std::sync::Arc;

use jiff::Timestamp;

use super::App;
use crate::rollout::delta::{Delta, Kind as Watched, Object};
use crate::rollout::{AnalysisRun, Event, Key, Rollout, event};
use crate::timeline::{self, Sight};

/// What a delta is about to replace or take away.
pub(super) enum Before {
    /// A Rollout.
    Rollout(Arc<Rollout>),
    /// An AnalysisRun.
    Run(Box<AnalysisRun>),
}

impl App {
    /// Returns what a delta replaces or takes away.
    pub(super) fn about_to_change(&self, delta: &Delta) -> Option<Before> {
        let key = match delta {
            Delta::Seen(_, Object::Rollout(rollout)) => &rollout.meta.key,
            Delta::Gone(source, key) if source.kind == Watched::Rollouts => key,
            Delta::Seen(_, Object::AnalysisRun(run)) => {
                let known = self.store.analysis_runs.get(&run.meta.key)?;
                return Some(Before::Run(Box::new(known.clone())));
            }
            _ => return None,
        };
        self.store.rollout(key).cloned().map(Before::Rollout)
    }

    /// Notes what a Rollout's new version tells beside the one before, or beside how it last stood when somebody looked.
    pub(super) fn note_changes(&mut self, before: Option<&Before>, key: &Key, now: Timestamp) {
        let Some(after) = self.store.rollout(key).cloned() else { return };
        let scene = self.session.scene();
        if let Some(Before::Rollout(before)) = before {
            let lines = timeline::changes(before, &after, &scene, now);
            if !lines.is_empty() {
                self.timeline.stands(Sight::of(&after, &scene, now));
            }
            lines.into_iter().for_each(|line| self.timeline.see(line));
            return;
        }
        let sight = Sight::of(&after, &scene, now);
        let known = self.timeline.take_sight(key);
        if let Some(line) = known.as_ref().and_then(|known| known.differs(&after, now)) {
            self.timeline.see(line);
        }
        if known.is_none_or(|known| known.facts != sight.facts) {
            self.timeline.stands(sight);
        }
    }

    /// Notes that a Rollout is gone.
    pub(super) fn note_gone(&mut self, before: Option<&Before>, key: &Key, now: Timestamp) {
        let scene = self.session.scene();
        if let Some(Before::Rollout(rollout)) = before {
            self.timeline.see(timeline::changes::gone(rollout, &scene, now));
        }
        self.timeline.stands(Sight::gone(key, &scene, now));
    }

    /// Notes what a complete list lacks: Rollouts that were known, and those that stood there when somebody last looked.
    pub(super) fn note_swept(&mut self, swept: &[Key], namespace: Option<&str>, now: Timestamp) {
        let scene = self.session.scene();
        for key in swept {
            self.timeline.see(timeline::changes::swept(key, &scene, now));
            self.timeline.stands(Sight::gone(key, &scene, now));
        }
        for missing in self.timeline.take_sights(namespace) {
            self.timeline.see(missing.missing(now));
            self.timeline.stands(Sight::gone(&missing.key, &scene, now));
        }
    }

    /// Notes what the controller said, if it is about a Rollout that is known, or that is gone.
    pub(super) fn note_said(&mut self, said: &Event, now: Timestamp) {
        self.health.hear(said, now);
        let Some(key) = said.rollout(|key| self.store.rollout(key).is_some()) else { return };
        self.timeline.see(timeline::told(said, key, &self.session.scene(), now));
        self.dirty |= self.is_looking_back();
    }

    /// Notes what an AnalysisRun has measured since it was last seen.
    pub(super) fn note_measured(&mut self, before: Option<&Before>, now: Timestamp) {
        let Some(Before::Run(before)) = before else { return };
        let Some(after) = self.store.analysis_runs.get(&before.meta.key) else { return };
        let Some(key) = event::owner(&after.meta.key, |key| self.store.rollout(key).is_some()) else {
            return;
        };
        for line in timeline::measured(before, after, &key, &self.session.scene(), now) {
            self.timeline.see(line);
        }
    }

    /// Notes until when the Rollouts were watched, while what is shown of them is live.
    pub fn note_watch(&mut self, now: Timestamp) {
        if !self.store.freshness(Watched::Rollouts, now).is_live() {
            return;
        }
        let scene = self.session.scene();
        let everywhere = [Arc::<str>::default()];
        let namespaces =
            if self.session.namespaces.is_empty() { &everywhere[..] } else { &self.session.namespaces };
        for namespace in namespaces {
            self.timeline.stands(Sight::watched(namespace, &scene, now));
        }
    }

    /// Does the same now and then.
    pub(super) fn note_watch_in_passing(&mut self, now: Timestamp) {
        if self.timeline.is_watch_due(now) {
            self.note_watch(now);
        }
    }
}
