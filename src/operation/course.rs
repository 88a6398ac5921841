//! Owns the course that an order takes in a given situation: the same key means different writes in different states.
//!
//! Decided once, at staging, from the facts; it never changes afterwards. Invariant: the facts that a course names
//! as guards are the facts that are shown, tested by the API server and watched for changes.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::facts::Fact;
use super::site::{Site, SiteKind};
use super::template::Difference;
use super::{Goal, Kind};
use crate::text::Printable;

mod guards;

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
    /// Writes the step index, and clears what the controller waits for.
    GoTo {
        /// Step index that is written, counted from 0.
        index: i64,
        /// What was asked for.
        goal: Goal,
    },
    /// Sets `status.promoteFull`.
    PromoteFull {
        /// How many steps the ladder has; `None` where the strategy has none.
        steps: Option<i64>,
    },
    /// Sets `spec.paused`.
    Pause,
    /// Clears `spec.paused`.
    Resume,
    /// Sets `status.abort`, and takes back an unfinished full promotion.
    Abort,
    /// Clears `status.abort`, and takes back an unfinished full promotion.
    Retry,
    /// Replaces the pod template by that of a revision.
    Rewrite(Box<Rewrite>),
    /// Replaces the image of one container.
    SetImage(Box<Image>),
    /// Sets `spec.restartAt`.
    Restart {
        /// Value that is written, in whole seconds.
        at: Timestamp,
    },
    /// Sets `spec.terminate` of a run.
    Terminate(Box<Termination>),
}

/// The template of a revision, put where the Rollout's template lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// Whether this is a cancel: back to the stable version, and nothing else was asked for.
    pub cancels: bool,
    /// What holds the template.
    pub site: Site,
    /// Number of the revision.
    pub revision: i64,
    /// Name of the revision's ReplicaSet.
    pub set: Arc<str>,
    /// Uid of the revision's ReplicaSet.
    pub set_uid: Arc<str>,
    /// Hash of the revision's template.
    pub hash: Arc<str>,
    /// The template that is written.
    pub template: Arc<Value>,
    /// How it differs from the template that is there.
    pub differences: Vec<Difference>,
    /// Who keeps what holds the template in step with a repository, if anyone.
    pub tracked_by: Option<Printable>,
}

/// Another image for one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What holds the template.
    pub site: Site,
    /// Name of the container.
    pub container: Arc<str>,
    /// JSON pointer of the container in the stored object.
    pub pointer: String,
    /// The image that is there.
    pub was: Option<Arc<str>>,
    /// The image that is written.
    pub is: Arc<str>,
    /// Who keeps what holds the template in step with a repository, if anyone.
    pub tracked_by: Option<Printable>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    /// The AnalysisRun or Experiment.
    pub site: Site,
    /// What the Rollout has it for.
    pub role: Role,
}

/// What a Rollout has a run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The step in progress waits for it.
    Step,
    /// It runs beside the steps.
    Background,
    /// It runs before a blue-green switch.
    BeforeSwitch,
    /// It runs after a blue-green switch.
    AfterSwitch,
    /// The Rollout's status does not name it.
    Other,
}

impl Course {
    /// Returns the kind of order that takes this course.
    pub fn kind(&self) -> Kind {
        match self {
            Self::EndPause { .. } | Self::SkipInconclusive { .. } => Kind::Promote,
            Self::GoTo { .. } => Kind::PromoteTo,
            Self::PromoteFull { .. } => Kind::PromoteFull,
            Self::Pause => Kind::Pause,
            Self::Resume => Kind::Resume,
            Self::Abort => Kind::Abort,
            Self::Retry => Kind::Retry,
            Self::Rewrite(rewrite) if rewrite.cancels => Kind::Cancel,
            Self::Rewrite(_) => Kind::Undo,
            Self::SetImage(_) => Kind::SetImage,
            Self::Restart { .. } => Kind::Restart,
            Self::Terminate(_) => Kind::Terminate,
        }
    }

    /// Returns the object whose pod template or run it writes; `None` where it writes the Rollout's own fields.
    pub fn site(&self) -> Option<&Site> {
        match self {
            Self::Rewrite(rewrite) => Some(&rewrite.site),
            Self::SetImage(image) => Some(&image.site),
            Self::Terminate(end) => Some(&end.site),
            Self::EndPause { .. }
            | Self::SkipInconclusive { .. }
            | Self::GoTo { .. }
            | Self::PromoteFull { .. }
            | Self::Pause
            | Self::Resume
            | Self::Abort
            | Self::Retry
            | Self::Restart { .. } => None,
        }
    }

    /// Tells whether the request goes to another object than the Rollout.
    pub fn is_elsewhere(&self) -> bool {
        self.site().is_some_and(|site| site.kind != SiteKind::Rollout)
    }

    /// Tells whether it writes the status subresource of the Rollout; otherwise it writes an object itself.
    pub fn on_status(&self) -> bool {
        match self {
            Self::EndPause { .. }
            | Self::SkipInconclusive { .. }
            | Self::GoTo { .. }
            | Self::PromoteFull { .. }
            | Self::Abort
            | Self::Retry => true,
            Self::Pause
            | Self::Resume
            | Self::Rewrite(_)
            | Self::SetImage(_)
            | Self::Restart { .. }
            | Self::Terminate(_) => false,
        }
    }

    /// Returns the facts that the API server tests, in the order in which they are shown and tested.
    pub fn guards(&self) -> &'static [Fact] {
        guards::tested(self)
    }

    /// Returns the facts of the Rollout that are watched until it is sent, because the API server cannot test them:
    /// the request goes to another object.
    pub fn watched(&self) -> &'static [Fact] {
        guards::watched(self)
    }

    /// Returns all facts on which it depends: tested, then watched.
    pub fn facts(&self) -> Vec<Fact> {
        [self.guards(), self.watched()].concat()
    }
}
