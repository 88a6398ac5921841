//! The Rollout's controller, driven to a standstill over stored objects.
//!
//! `stage` carries writes out, lets ReplicaSets have their pods at once, and moves the time. Expectations are what Argo
//! v1.9.1 does, by its own rules or as a real controller was seen to do it.

mod blue_green;
mod canary;
mod interruptions;
mod measured;
mod replicas;
mod routed;
mod stage;
mod surroundings;
mod trouble;
