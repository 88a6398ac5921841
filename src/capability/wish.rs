//! Owns what the edges are asked to look at.
//!
//! Written by the app from what is on the screen and in the fleet; carried out by the edges, at their own bounded pace. It
//! never says how. Invariant: a wish replaces the one before it; what is no longer wished is no longer looked at.

use std::sync::Arc;

use super::sight::Provider;
use crate::rollout::Key;
use crate::rollout::traffic::TrafficRef;

/// How much looking is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Attention {
    /// Nobody looks at the terminal: nothing is asked.
    #[default]
    None,
    /// The fleet is looked at: everything at its period.
    Glance,
    /// Health or a confirmation is looked at: what is older than half its age that counts is asked again now.
    Close,
}

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Wish {
    /// Namespaces in which there are Rollouts, the one looked at first.
    pub namespaces: Vec<Arc<str>>,
    /// Traffic objects of Rollouts that are under way or opened, the opened one first
    /// ([`crate::rollout::Rollout::traffic_refs`]).
    pub traffic: Vec<(Key, TrafficRef)>,
    /// Providers that templates of this fleet name, by namespace.
    pub providers: Vec<(Arc<str>, Provider)>,
    /// How much looking is called for.
    pub attention: Attention,
    /// How often a person has asked for a look; one more than in the wish before asks for all of it now.
    pub urged: u32,
}
