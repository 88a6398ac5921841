//! Plays one script of operations on two clusters, the real one and the embedded one, and tells where they differ.
//!
//! Owns the scripts, the playing and the comparison; where a cluster comes from is its caller's concern: a kubeconfig is
//! all that is asked for. Never treats the two differently: the same requests, the same watches, the same plugin.
//! See `tests/twin/README.md`.
#![allow(dead_code, unused_imports, reason = "each program that includes this file uses its own part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests; an absent field of a JSON value is null"
)]

pub mod answers;
pub mod canon;
pub mod compare;
pub mod embedded;
pub mod fence;
pub mod observer;
pub mod operate;
pub mod play;
pub mod plugin;
pub mod random;
pub mod script;
pub mod side;
pub mod table;
pub mod tuple;

pub use answers::Answers;
pub use compare::differences;
pub use operate::Place;
pub use play::{Record, play};
pub use script::Script;
pub use side::Side;
