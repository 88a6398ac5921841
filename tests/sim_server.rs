//! The embedded cluster's wire, asked by plain requests and by the program's own client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "sim_server/answers.rs"]
mod answers;
#[path = "support/embedded.rs"]
mod embedded;
#[path = "sim_server/health.rs"]
mod health;
#[path = "sim_server/lists.rs"]
mod lists;
#[path = "sim_server/mishaps.rs"]
mod mishaps;
#[path = "sim_server/program.rs"]
mod program;
#[path = "sim_server/watches.rs"]
mod watches;
#[path = "sim_server/writes.rs"]
mod writes;
