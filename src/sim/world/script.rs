//! The script of a scenario: what happens without the person, and when.
//!
//! It owns the cues: a time, or something seen, whichever comes first. It never acts: [`act`] does. Invariant: each step
//! happens once.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Author, Deed, Moment, What};
use crate::sim::objects::{Objects, Place};

pub mod act;

pub use act::Act;

/// When a step happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cue {
    /// At the latest this long after the beginning.
    pub at: Option<SignedDuration>,
    /// Or when this is seen, if that is earlier.
    pub on: Option<Sign>,
    /// How long after that sign.
    pub delay: SignedDuration,
}

/// Something that can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A client opens a Rollout: it reads the pods that belong to it.
    Opened(Place),
    /// A Rollout comes into a phase.
    Phase(Place, Arc<str>),
    /// The new version gets at least this share of the traffic, in per cent.
    Weight(Place, i64),
    /// The person at the keyboard does this to a Rollout.
    Ordered(Place, Deed),
}

/// One step of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When it happens.
    pub cue: Cue,
    /// In whose name.
    pub by: Arc<str>,
    /// What happens.
    pub act: Act,
}

/// Whether a step has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Waiting,
    Cued,
    Begun,
}

/// All steps.
#[derive(Clone, Debug, Default)]
pub struct Script {
    steps: Vec<(Step, Stand)>,
}

impl Step {
    /// Says what happens, for the record.
    pub(super) fn words(&self) -> Arc<str> {
        format!("{}: {}", self.by, self.act).into()
    }
}

impl Script {
    /// Makes a script of steps.
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps: steps.into_iter().map(|step| (step, Stand::Waiting)).collect() }
    }

    /// Lists the steps that have a time, with that time.
    pub(super) fn timed(&self, begins: Timestamp) -> Vec<(usize, Timestamp)> {
        let timed = self.steps.iter().enumerate();
        timed.filter_map(|(index, (step, _))| Some((index, begins.checked_add(step.cue.at?).ok()?))).collect()
    }

    /// Lists the steps for which a moment is the sign, with the time at which each is to happen.
    pub(super) fn heed(&mut self, moment: &Moment, objects: &Objects) -> Vec<(usize, Timestamp)> {
        let mut cued = Vec::new();
        for (index, (step, stand)) in self.steps.iter_mut().enumerate() {
            let seen = step.cue.on.as_ref().is_some_and(|sign| sign.is_in(&moment.what, objects));
            if *stand == Stand::Waiting && seen {
                *stand = Stand::Cued;
                cued.push((index, moment.at.checked_add(step.cue.delay).unwrap_or(moment.at)));
            }
        }
        cued
    }

    /// Takes a step that is to happen now, unless it has happened.
    pub(super) fn begin(&mut self, index: usize) -> Option<Step> {
        let (step, stand) = self.steps.get_mut(index)?;
        let first = *stand != Stand::Begun;
        *stand = Stand::Begun;
        first.then(|| step.clone())
    }
}

impl Sign {
    fn is_in(&self, what: &What, objects: &Objects) -> bool {
        match (self, what) {
            (Self::Opened(place), What::Looked(seen)) => place == seen,
            (Self::Phase(place, phase), What::Changed { place: seen, standing: Some(standing), .. }) => {
                place == seen && standing.phase == *phase && objects.get(seen).is_some()
            }
            (Self::Weight(place, least), What::Changed { place: seen, standing: Some(standing), .. }) => {
                place == seen && !standing.settled && standing.weight >= *least
            }
            (
                Self::Ordered(place, deed),
                What::Asked { author: Author::Client, asked, deed: Some(seen), .. },
            ) => asked.place.as_ref() == Some(place) && deed == seen,
            _ => false,
        }
    }
}
