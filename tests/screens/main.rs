//! Whole screens as a person sees them, at three sizes and in every depth: drawn from objects that a real controller
//! wrote (`tests/fixtures/fleet.json`), on a terminal in memory, and kept as snapshots.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod against;
mod approval;
mod broken;
mod choosing;
mod confirm;
mod errands;
mod evidence;
mod fleet;
mod gates;
mod health;
mod hostile;
mod orders;
mod proposals;
mod rollout;
mod sights;
mod story;
mod timeline;
mod world;
