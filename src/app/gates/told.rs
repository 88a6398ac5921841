//! Owns how gates stand in the timeline.
//!
//! Which change is worth a line is decided by [`crate::gate::Gate`]. Invariant: each line says why.

use std::sync::Arc;

use jiff::Timestamp;

use crate::gate::past::Entered;
use crate::gate::record;
use crate::gate::stage::{Seen, Stage, Transition};
use crate::gate::watched::Told;
use crate::rollout::Key;
use crate::timeline::{Scene, Sighting, Source};

/// Writes what a gate tells as a line.
pub(super) fn line(told: &Told, key: &Key, seen: &Seen, scene: &Scene, now: Timestamp) -> Sighting {
    Sighting::ours(Source::Gate, key.clone(), scene.clone(), words(told, seen), now)
}

/// Marks the line of a stage, so that looking back finds of which canary it was; other lines keep none.
pub(super) fn mark(told: &Told, uid: &Arc<str>) -> Arc<str> {
    match told {
        Told::Entered { canary, transition } => {
            let (uid, canary) = (uid.clone(), canary.clone());
            let Transition { from, to, at } = *transition;
            Entered { uid, canary, from, to, at }.mark()
        }
        _ => Arc::default(),
    }
}

fn words(told: &Told, seen: &Seen) -> String {
    match told {
        Told::Entered { transition, .. } => {
            let (from, to) = (record::stage(transition.from), record::stage(transition.to));
            format!("stage {from} -> {to}: {}", cause(transition.to, seen))
        }
        Told::Judged { was, is, why } => {
            format!("gates {} -> {}: {why}", record::word(*was), record::word(*is))
        }
        Told::Fired(cause, why) => {
            format!("trigger {} fires: {why}; an abort is proposed", record::cause(*cause))
        }
        Told::Calmed(cause) => format!("trigger {} no longer fires", record::cause(*cause)),
    }
}

/// Says what brought a canary into a stage.
fn cause(stage: Stage, seen: &Seen) -> String {
    match (stage, seen.weight) {
        (Stage::RolledBack, _) => "it was taken back".to_owned(),
        (Stage::Done, _) => "it was watched through a business cycle".to_owned(),
        _ if !seen.under_way => "it is the stable version now".to_owned(),
        (_, Some(weight)) => format!("it has {weight} % of the traffic"),
        (_, None) => "its weight is not known".to_owned(),
    }
}
