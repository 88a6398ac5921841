//! Owns the named marks of the fleet's header: one for each family of rows, with the worst state of that family.
//!
//! It never sums families. Invariant: every family has a mark; one of which nothing was judged is unknown.

use super::{Capability, Health, Scope, State};
use crate::text::Printable;

/// Rows that a person thinks of together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What is read from the API server.
    Read,
    /// What can be ordered.
    Act,
    /// Who carries orders out.
    Controller,
    /// What carries the traffic.
    Traffic,
    /// What analysis measures by.
    Metrics,
    /// What is kept of orders here.
    Record,
    /// Who else may judge, refuse, undo or be told.
    Others,
}

/// A family, and the worst of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The family.
    pub family: Family,
    /// The row that is worst; `None` where none was judged.
    pub capability: Option<Capability>,
    /// Where that is; of several the first.
    pub scope: Scope,
    /// In how many scopes rows of this family are that bad.
    pub scopes: usize,
    /// How well that row works there.
    pub state: State,
}

impl Family {
    /// Every family, in the order in which they are shown.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Act, Self::Controller, Self::Traffic, Self::Metrics, Self::Record, Self::Others];

    /// Names it on the screen, in at most 10 columns.
    pub fn title(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Act => "act",
            Self::Controller => "controller",
            Self::Traffic => "traffic",
            Self::Metrics => "metrics",
            Self::Record => "record",
            Self::Others => "others",
        }
    }

    /// Returns the family of a row; `None` for what is left out by design.
    pub fn of(capability: Capability) -> Option<Self> {
        use Capability as C;
        Some(match capability {
            C::ReadRollouts | C::ReadRevisions | C::ReadAnalysis | C::ReadEvents | C::RollbackVisibility => {
                Self::Read
            }
            C::ApprovalGate | C::Promote | C::PauseResume | C::AbortRetry | C::ChangeTemplate => Self::Act,
            C::Reconciling | C::ControllerVersion => Self::Controller,
            C::WeightsVerified | C::TrafficProvider => Self::Traffic,
            C::AnalysisProviders => Self::Metrics,
            C::Announcing | C::Outbox | C::Ledger | C::Clock => Self::Record,
            C::Notifications | C::Ownership | C::Admission | C::PolicyService => Self::Others,
            C::Autonomy | C::SingleStatus => return None,
        })
    }
}

/// Makes the mark of each family, the worst first, and equally bad ones in the order of [`Family::ALL`].
pub fn marks(healths: &[Health]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Family::ALL.into_iter().map(|family| mark(family, healths)).collect();
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.state.severity()));
    marks
}

fn mark(family: Family, healths: &[Health]) -> Mark {
    let mut rows = healths.iter().filter(|health| Family::of(health.capability) == Some(family));
    let Some(first) = rows.next() else {
        let state = State::Unknown { why: Printable::ours("nothing of it was judged yet") };
        return Mark { family, capability: None, scope: Scope::Cluster, scopes: 0, state };
    };
    let mut worst = first;
    let mut scopes = vec![&first.scope];
    for health in rows {
        match health.state.severity().cmp(&worst.state.severity()) {
            std::cmp::Ordering::Greater => (worst, scopes) = (health, vec![&health.scope]),
            std::cmp::Ordering::Equal => scopes.push(&health.scope),
            std::cmp::Ordering::Less => {}
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    Mark {
        family,
        capability: Some(worst.capability),
        scope: worst.scope.clone(),
        scopes: scopes.len(),
        state: worst.state.clone(),
    }
}
