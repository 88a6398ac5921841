//! Owns what a canary's ladder says: where the Rollout stands on it, what it waits for, and for how long.
//!
//! It never decides whether a promotion is wise. Invariant: an index beyond the ladder means that all steps are done.

pub mod duration;
