//! The ledger as others meet it: its commands in the real binary, its chain beside a verifier written a second time from
//! `assets/schema/ledger.md` alone, what a vandal with the file in hand can do, and what must never be in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "../support/pty.rs"]
mod pty;

mod auditor;
mod commands;
mod exported;
mod faults;
mod fixture;
mod orders;
mod secrets;
mod tampered;
mod timeline;
