//! Owns what is told an agent of a Rollout as facts to propose on, and how they differ later.
//!
//! The names and words are those of the confirmation. It never judges whether a difference matters. Invariant: a fact whose
//! name this program does not know is never called equal or different.

use super::{Said, said};
use crate::operation::facts::Fact;
use crate::operation::{Change, Facts, Shown};
use crate::rollout::phase::{self, Reader};
use crate::rollout::{Rollout, weight};
use crate::text::Printable;

/// The facts of the confirmation that are told, in this order.
const TOLD: [Fact; 9] = [
    Fact::Step,
    Fact::Pauses,
    Fact::ManualPause,
    Fact::Abort,
    Fact::FullPromotion,
    Fact::PodHash,
    Fact::StableHash,
    Fact::AnalysisStatus,
    Fact::Generation,
];

/// One fact as the agent saw it, beside how it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub name: Printable,
    /// As the agent saw it; `None` where it did not say.
    pub saw: Option<Printable>,
    /// As it is now; `None` where this program knows no fact of that name.
    pub now: Option<Printable>,
}

impl Compared {
    /// Tells whether it is known to be another than the agent saw.
    pub fn differs(&self) -> bool {
        self.saw.is_some() && self.now.is_some() && self.saw != self.now
    }
}

/// Lists what is true of a Rollout as observed, by name.
pub fn told(rollout: &Rollout) -> Vec<Shown> {
    let own = |name, value| Shown { name: Printable::ours(name), value };
    let mut told = vec![own("phase", phase::word(rollout, Reader::Screen))];
    told.extend(weight::desired(rollout).map(|weight| own("weight", Printable::from(weight.to_string()))));
    told.extend(Facts::of(rollout).shown(&TOLD));
    // As short as an agent may repeat them, so that what it repeats is the same.
    for fact in &mut told {
        fact.value = Said::cut(fact.value.as_str(), said::FACT_VALUE).into_text();
    }
    told
}

/// Puts what an agent saw beside what is true now: first what this program tells of, then what only the agent named.
pub fn compare(saw: &[Shown], rollout: &Rollout) -> Vec<Compared> {
    let now = told(rollout);
    let known = now.iter().map(|fact| Compared {
        name: fact.name.clone(),
        saw: saw.iter().find(|saw| saw.name == fact.name).map(|saw| saw.value.clone()),
        now: Some(fact.value.clone()),
    });
    let strange = saw.iter().filter(|saw| now.iter().all(|fact| fact.name != saw.name));
    let strange =
        strange.map(|saw| Compared { name: saw.name.clone(), saw: Some(saw.value.clone()), now: None });
    known.chain(strange).collect()
}

/// Lists what is no longer as the agent saw it.
pub fn differences(saw: &[Shown], rollout: &Rollout) -> Vec<Change> {
    let changed = compare(saw, rollout).into_iter().filter(Compared::differs);
    changed.filter_map(|fact| Some(Change { name: fact.name, was: fact.saw?, is: fact.now? })).collect()
}
