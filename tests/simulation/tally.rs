//! What schedules came to, counted.

use std::collections::BTreeMap;

/// What many schedules came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Schedules played.
    pub schedules: u64,
    /// Programs that were killed.
    pub crashes: u64,
    /// Orders that changed the Rollout.
    pub effects: u64,
    /// Requests that came to the server twice.
    pub doubled: u64,
    /// Requests that were lost on their way.
    pub lost: u64,
    /// Clocks that were set.
    pub jumps: u64,
    /// Records that the disk did not take.
    pub unrecorded: u64,
    /// Changes by somebody else.
    pub by_others: u64,
    /// Orders whose outcome was unknown for a while.
    pub doubts: u64,
    /// Orders that found the Rollout changed by somebody else.
    pub overtaken: u64,
    /// Tries that did not get there, and were followed by others or by the dead letter.
    pub undelivered: u64,
    /// Orders that were sent more than once, because the try before did not get there.
    pub tried_again: u64,
    /// Orders of which an Event told.
    pub announced: u64,
    /// How the orders to the cluster ended, by word.
    pub ends: BTreeMap<String, u64>,
    /// What became of the orders to the policy service.
    pub posts: Posts,
}

/// What the orders to the policy service came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posts {
    /// Posts that left a program.
    pub posts: u64,
    /// Runs that they began.
    pub runs: u64,
    /// Those that were held back when they were to leave: too late, or a freeze was on.
    pub held: u64,
    /// Those for which no connection came about.
    pub unreached: u64,
    /// Those that were lost on their way.
    pub lost: u64,
    /// Those that came to the service twice.
    pub doubled: u64,
    /// Those whose answer did not come, or left it open what was done.
    pub unanswered: u64,
    /// Orders whose run was told by its own key alone.
    pub found_by_key: u64,
    /// Reruns that were posted and whose answer did not say what was done.
    pub lost_reruns: u64,
    /// Equal orders by somebody else.
    pub equal: u64,
    /// How the orders ended, by what was ordered and word.
    pub ends: BTreeMap<String, u64>,
}
