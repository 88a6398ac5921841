//! Owns why a service gave no answer, in one sentence each.
//!
//! It never asks. No secret is part of a sentence.

use std::time::Duration;

/// How long a question may take, from resolving the name to the last byte of the answer.
pub(super) const LONGEST: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("nothing is reached at {at}: {why}")]
    Unreachable { at: String, why: String },
    #[error("{at} is not asked: {why}")]
    Barred { at: String, why: String },
    #[error("{at} is not trusted: {why}")]
    Distrusted { at: String, why: String },
    #[error("{at} did not answer within {} s", LONGEST.as_secs())]
    Silent { at: String },
    #[error("{at} broke off: {why}")]
    Broken { at: String, why: String },
    #[error("{at} answers with more than {} MiB", largest >> 20)]
    Large { at: String, largest: usize },
    #[error("{at} answers in an encoding that was not asked for")]
    Encoded { at: String },
    #[error("{why}")]
    Secret { why: String },
}
