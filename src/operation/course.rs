//! Owns the course that an order takes in a given situation: the same key means different writes in different states.
//!
//! Decided once, at staging, from the facts; it never changes afterwards. Invariant: the facts that a course names
//! as guards are the facts that are shown, tested by the API server and watched for changes.

use jiff::Timestamp;

use super::Kind;
use super::facts::Fact;

/// What exactly will be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Clears the reasons for which the controller waits.
    EndPause {
        /// When the pause would end by itself, if it has a duration.
        ends: Option<Timestamp>,
    },
    /// Goes past a step whose analysis was inconclusive.
    SkipInconclusive {
        /// Step index that is written.
        next: i64,
    },
    /// Sets `spec.paused`.
    Pause,
    /// Clears `spec.paused`.
    Resume,
    /// Sets `status.abort`, and takes back an unfinished full promotion.
    Abort,
}

const END_PAUSE: &[Fact] = &[
    Fact::Uid,
    Fact::Generation,
    Fact::ObservedGeneration,
    Fact::PodHash,
    Fact::StableHash,
    Fact::ManualPause,
    Fact::Step,
    Fact::Pauses,
    Fact::ControllerPause,
    Fact::Abort,
    Fact::FullPromotion,
];

const SKIP_INCONCLUSIVE: &[Fact] = &[
    Fact::Uid,
    Fact::Generation,
    Fact::ObservedGeneration,
    Fact::PodHash,
    Fact::StableHash,
    Fact::ManualPause,
    Fact::Step,
    Fact::Pauses,
    Fact::ControllerPause,
    Fact::Abort,
    Fact::FullPromotion,
    Fact::AnalysisName,
    Fact::AnalysisStatus,
];

const ABORT: &[Fact] = &[
    Fact::Uid,
    Fact::Generation,
    Fact::ObservedGeneration,
    Fact::PodHash,
    Fact::StableHash,
    Fact::ManualPause,
    Fact::Abort,
    Fact::FullPromotion,
];

/// Pausing must be possible while the controller lags (a bad release was pushed a second ago), so its observed
/// generation is no guard here; nor is the step, which the order does not touch.
const MANUAL_PAUSE: &[Fact] =
    &[Fact::Uid, Fact::Generation, Fact::PodHash, Fact::StableHash, Fact::ManualPause, Fact::Abort];

impl Course {
    /// Returns the facts on which it depends, in the order in which they are shown and tested.
    pub fn guards(&self) -> &'static [Fact] {
        match self {
            Self::EndPause { .. } => END_PAUSE,
            Self::SkipInconclusive { .. } => SKIP_INCONCLUSIVE,
            Self::Abort => ABORT,
            Self::Pause | Self::Resume => MANUAL_PAUSE,
        }
    }

    /// Returns the kind of order that takes this course.
    pub fn kind(&self) -> Kind {
        match self {
            Self::EndPause { .. } | Self::SkipInconclusive { .. } => Kind::Promote,
            Self::Pause => Kind::Pause,
            Self::Resume => Kind::Resume,
            Self::Abort => Kind::Abort,
        }
    }

    /// Tells whether it writes the spec; otherwise it writes the status subresource.
    pub fn on_spec(&self) -> bool {
        matches!(self, Self::Pause | Self::Resume)
    }
}
