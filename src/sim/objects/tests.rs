//! The API's rules, each against what the real server does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod recorded;

use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}
