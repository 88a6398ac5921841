//! What is looked at in the end, and whether it was done.
//!
//! It owns the rules by which a history is judged, and judges what was ordered and what became of it, never how fast
//! somebody typed. Invariant: each rule ends in one sentence, whatever happened.

use jiff::Timestamp;
use serde::Deserialize;

use super::name;
use super::time::Span;
use crate::sim::objects::Place;
use crate::sim::world::{Author, Deed, History, Standing, What, World};

/// One thing that a good operator would have done, or left.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verdict {
    /// The sentence where it was done.
    pub done: String,
    /// The sentence where it was not.
    pub missed: String,
    /// What counts as done.
    pub rule: Rule,
}

/// What counts as done.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// The person did this.
    Did(Did),
    /// The person never did this.
    Never {
        /// What.
        deed: Deed,
        /// On which Rollout.
        on: String,
    },
    /// The API got no more writes than this from the person.
    Writes {
        /// On which Rollout; on any where it is left out.
        on: Option<String>,
        /// How many at most.
        at_most: usize,
        /// How many at least.
        #[serde(default)]
        at_least: usize,
    },
    /// A Rollout stands like this in the end.
    Ends {
        /// Which.
        on: String,
        /// `status.phase`.
        phase: String,
    },
    /// The new version of a Rollout never got this share of the traffic, though it got some.
    StayedBelow {
        /// Which.
        on: String,
        /// The share, in per cent.
        weight: i64,
    },
}

/// What the person did, and when that counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Did {
    /// What.
    pub deed: Deed,
    /// On which Rollout.
    pub on: String,
    /// It counts only while the new version gets less than this share of the traffic, in per cent.
    pub below: Option<i64>,
    /// It counts only while the new version gets at least this share of the traffic, in per cent.
    pub from: Option<i64>,
    /// It counts only this long after the beginning.
    pub within: Option<Span>,
    /// It must have been done exactly so often.
    pub times: Option<usize>,
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it was done.
    pub done: bool,
    /// The sentence.
    pub words: String,
}

/// Judges a history by all rules.
pub(super) fn judge(rules: &[Verdict], world: &World) -> Vec<Finding> {
    let judged = rules.iter().map(|verdict| {
        let done = holds(&verdict.rule, world);
        Finding { done, words: if done { verdict.done.clone() } else { verdict.missed.clone() } }
    });
    judged.collect()
}

fn holds(rule: &Rule, world: &World) -> bool {
    let history = world.history();
    match rule {
        Rule::Did(did) => was_done(did, world),
        Rule::Never { deed, on } => !deeds(history, on).any(|(_, seen)| seen == *deed),
        Rule::Writes { on, at_most, at_least } => {
            (*at_least..=*at_most).contains(&writes(history, on.as_deref()))
        }
        Rule::Ends { on, phase } => {
            standing_now(world, on).is_some_and(|standing| *standing.phase == **phase)
        }
        Rule::StayedBelow { on, weight } => name::place(on).is_ok_and(|place| {
            let all: Vec<&Standing> = history.standings(&place).map(|(_, standing)| standing).collect();
            let Some(first) = all.first() else { return false };
            let updating = |standing: &&&Standing| !standing.settled;
            // A version that has become the stable one has all of the traffic.
            all.iter().filter(updating).count() > 0
                && all.iter().filter(updating).all(|standing| standing.weight < *weight)
                && all.iter().all(|standing| standing.stable == first.stable)
        }),
    }
}

fn was_done(did: &Did, world: &World) -> bool {
    let history = world.history();
    let counts = |at: Timestamp| {
        let weight = weight_at(history, &did.on, at);
        did.below.is_none_or(|below| weight < below)
            && did.from.is_none_or(|from| weight >= from)
            && did.within.is_none_or(|within| at.duration_since(world.begins()) <= within.0)
    };
    let all: Vec<Timestamp> =
        deeds(history, &did.on).filter(|(_, deed)| *deed == did.deed).map(|(at, _)| at).collect();
    all.iter().any(|at| counts(*at)) && did.times.is_none_or(|times| all.len() == times)
}

fn deeds<'a>(history: &'a History, on: &str) -> impl Iterator<Item = (Timestamp, Deed)> + use<'a> {
    let place = name::place(on).ok();
    history.deeds().filter(move |(_, seen, _)| Some(*seen) == place.as_ref()).map(|(at, _, deed)| (at, deed))
}

fn weight_at(history: &History, on: &str, at: Timestamp) -> i64 {
    let Ok(place) = name::place(on) else { return 0 };
    let before = history.standings(&place).take_while(|(seen, _)| *seen <= at).filter(|(_, it)| !it.aborted);
    before.last().map_or(0, |(_, standing)| if standing.settled { 0 } else { standing.weight })
}

fn writes(history: &History, on: Option<&str>) -> usize {
    let wanted: Option<Place> = on.and_then(|on| name::place(on).ok());
    let counts = |what: &What| match what {
        What::Asked { author: Author::Client, asked, .. } => on.is_none() || asked.place == wanted,
        _ => false,
    };
    history.moments().iter().filter(|moment| counts(&moment.what)).count()
}

fn standing_now(world: &World, on: &str) -> Option<Standing> {
    let place = name::place(on).ok()?;
    world.objects.get(&place).map(|stored| Standing::of(&stored.value))
}
