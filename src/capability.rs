//! Owns what each integration lets a person do, how well that works, and how it is known.
//!
//! Pure: rows ([`Capability`]), what looking brought ([`Sight`], kept on a [`Board`]), and rules from these to a [`State`].
//! It never asks anything and reads no clock. Invariants: nothing is [`State::Available`] without an observation younger
//! than its limit ([`limits`]); what is not known is [`State::Unknown`], and that is never good; there is no sum of it all.

use std::sync::Arc;

use crate::text::Printable;

pub mod board;
pub mod chronicle;
mod dated;
mod follow;
pub mod judge;
pub mod limits;
pub mod mark;
pub mod need;
pub mod remedy;
pub mod right;
pub mod sight;
pub mod state;
#[cfg(test)]
mod tests;
pub mod wish;

pub use board::{Board, Viewer};
pub use chronicle::Chronicle;
pub use dated::Dated;
pub use follow::Course;
pub use judge::{is_analysed, judge};
pub use mark::{Family, Mark, marks};
pub use need::{Standing, needed};
pub use sight::{Answer, Sight};
pub use state::{Evidence, Health, Remedy, State};

/// A row: one thing that a person relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Rollouts are listed and followed.
    ReadRollouts,
    /// ReplicaSets and Pods are listed and followed.
    ReadRevisions,
    /// AnalysisRuns and Experiments are listed and followed.
    ReadAnalysis,
    /// Events are listed and followed.
    ReadEvents,
    /// A confirmation can be opened and acknowledged here.
    ApprovalGate,
    /// Promotions are taken.
    Promote,
    /// `spec.paused` is taken.
    PauseResume,
    /// Abort and retry are taken.
    AbortRetry,
    /// Undo, cancel, set image and restart are taken.
    ChangeTemplate,
    /// The revisions that an undo could go to can be seen.
    RollbackVisibility,
    /// A controller acts on what is accepted.
    Reconciling,
    /// The controller's version is one whose rules are known here.
    ControllerVersion,
    /// The weights that are shown are the weights of the traffic.
    WeightsVerified,
    /// The objects that carry the traffic are named and can be read.
    TrafficProvider,
    /// The providers of the fleet's metrics answer.
    AnalysisProviders,
    /// Notifications are configured.
    Notifications,
    /// Nobody puts back what is ordered here.
    Ownership,
    /// Admission does not refuse what is ordered here.
    Admission,
    /// The policy service answers.
    PolicyService,
    /// Orders are announced as Events on their Rollout.
    Announcing,
    /// Orders that are under way are kept and followed.
    Outbox,
    /// What was decided can be recorded, and the record is whole.
    Ledger,
    /// This machine's clock agrees with the server's.
    Clock,
    /// Promotion without a person.
    Autonomy,
    /// One status that says that all is well.
    SingleStatus,
}

/// What orders ask of the API server, by the endpoint and rights they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Promote, promote to a step, promote fully: `rollouts/status`.
    Promote,
    /// Pause and resume: `rollouts`.
    PauseResume,
    /// Abort and retry: `rollouts/status`.
    AbortRetry,
    /// Undo, cancel, set image, restart: `rollouts`, or the object that holds the template.
    ChangeTemplate,
}

/// Where a row holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere in this cluster.
    Cluster,
    /// In one namespace.
    Namespace(Arc<str>),
}

/// That a row came into another state.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The row.
    pub capability: Capability,
    /// Where.
    pub scope: Scope,
    /// The word of the state before; `None` at the first sight.
    pub from: Option<&'static str>,
    /// The state.
    pub to: State,
    /// When it was noticed.
    pub at: jiff::Timestamp,
}

impl Capability {
    /// Every row, in the order in which they are shown.
    pub const ALL: [Self; 25] = [
        Self::ReadRollouts,
        Self::ReadRevisions,
        Self::ReadAnalysis,
        Self::ReadEvents,
        Self::ApprovalGate,
        Self::Promote,
        Self::PauseResume,
        Self::AbortRetry,
        Self::ChangeTemplate,
        Self::RollbackVisibility,
        Self::Reconciling,
        Self::ControllerVersion,
        Self::WeightsVerified,
        Self::TrafficProvider,
        Self::AnalysisProviders,
        Self::Notifications,
        Self::Ownership,
        Self::Admission,
        Self::PolicyService,
        Self::Announcing,
        Self::Outbox,
        Self::Ledger,
        Self::Clock,
        Self::Autonomy,
        Self::SingleStatus,
    ];

    /// Names the row in options and JSON.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// Names the row on the screen, in at most 20 columns.
    pub fn title(self) -> &'static str {
        self.words().1
    }

    /// Says what it lets a person do.
    pub fn serves(self) -> &'static str {
        match self {
            Self::ReadRollouts => "see phase, step and weight as they are",
            Self::ReadRevisions => "see which versions run, in which pods",
            Self::ReadAnalysis => "see AnalysisRuns, Experiments and their measurements",
            Self::ReadEvents => "see what the controller says that it did",
            Self::ApprovalGate => "open a confirmation and acknowledge it",
            Self::Promote => "let a Rollout go on, to a step or to the end",
            Self::PauseResume => "hold a Rollout where it is, and let it go",
            Self::AbortRetry => "send the traffic back to the stable version",
            Self::ChangeTemplate => "change the version that is wanted",
            Self::RollbackVisibility => "see which revisions an undo could go to",
            Self::Reconciling => "rely on it that what was accepted is acted upon",
            Self::ControllerVersion => "rely on the rules that are shown for it",
            Self::WeightsVerified => "trust that the weight shown is that of the traffic",
            Self::TrafficProvider => "see the object that splits the traffic",
            Self::AnalysisProviders => "rely on analysis having something to measure",
            Self::Notifications => "rely on others being told",
            Self::Ownership => "know whether an order would be put back",
            Self::Admission => "know who may refuse an order",
            Self::PolicyService => "have an order judged by the policy service",
            Self::Announcing => "leave an Event on the Rollout for others",
            Self::Outbox => "know of each order how it ended",
            Self::Ledger => "record a decision; without it nothing is sent",
            Self::Clock => "trust ages and expiry",
            Self::Autonomy => "nothing: promotion without a person does not exist here",
            Self::SingleStatus => "nothing: it would hide the rows above",
        }
    }

    /// Returns the row of a name in options.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }

    /// Tells whether the row is one for the whole cluster.
    pub fn is_of_cluster(self) -> bool {
        matches!(
            self,
            Self::Reconciling
                | Self::ControllerVersion
                | Self::Notifications
                | Self::Admission
                | Self::PolicyService
                | Self::Outbox
                | Self::Ledger
                | Self::Clock
                | Self::Autonomy
                | Self::SingleStatus
        )
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ReadRollouts => ("read-rollouts", "Rollouts"),
            Self::ReadRevisions => ("read-revisions", "Revisions and Pods"),
            Self::ReadAnalysis => ("read-analysis", "Analysis"),
            Self::ReadEvents => ("read-events", "Events"),
            Self::ApprovalGate => ("approval-gate", "Approval gate"),
            Self::Promote => ("promote", "Promote"),
            Self::PauseResume => ("pause-resume", "Pause and resume"),
            Self::AbortRetry => ("abort-retry", "Abort and retry"),
            Self::ChangeTemplate => ("change-template", "Undo, cancel, image"),
            Self::RollbackVisibility => ("rollback", "Rollback targets"),
            Self::Reconciling => ("controller", "Controller"),
            Self::ControllerVersion => ("controller-version", "Controller version"),
            Self::WeightsVerified => ("weights", "Weights verified"),
            Self::TrafficProvider => ("traffic", "Traffic objects"),
            Self::AnalysisProviders => ("analysis-providers", "Metric providers"),
            Self::Notifications => ("notifications", "Notifications"),
            Self::Ownership => ("ownership", "GitOps ownership"),
            Self::Admission => ("admission", "Admission"),
            Self::PolicyService => ("policy-service", "Policy service"),
            Self::Announcing => ("announce", "Event of an order"),
            Self::Outbox => ("outbox", "Orders under way"),
            Self::Ledger => ("ledger", "Ledger"),
            Self::Clock => ("clock", "Clock"),
            Self::Autonomy => ("autonomous-promotion", "Autonomy"),
            Self::SingleStatus => ("single-status", "One status for all"),
        }
    }
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 4] = [Self::Promote, Self::PauseResume, Self::AbortRetry, Self::ChangeTemplate];

    /// Returns the row that speaks of it.
    pub fn capability(self) -> Capability {
        match self {
            Self::Promote => Capability::Promote,
            Self::PauseResume => Capability::PauseResume,
            Self::AbortRetry => Capability::AbortRetry,
            Self::ChangeTemplate => Capability::ChangeTemplate,
        }
    }
}

impl Scope {
    /// Names it on the screen.
    pub fn title(&self) -> Printable {
        match self {
            Self::Cluster => Printable::ours("cluster"),
            Self::Namespace(name) => Printable::from_cluster(name),
        }
    }
}
