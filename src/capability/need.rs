//! Owns which rows an order rests on, and what is said of several rows together to a script.
//!
//! It never sums rows to a state: the answer is whether each is there, not how good all is. Invariant: "all" is said only
//! where each needed row was judged, and none of them is unknown.

use super::{Act, Capability, Health};

/// Whether the needed rows are there.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Each was seen working, or nothing stands in its way as far as can be asked without ordering something.
    All,
    /// These are not, whatever else is not known.
    SomeNot(Vec<Capability>),
    /// None is known not to be, but these are not known.
    CannotTell(Vec<Capability>),
}

impl Standing {
    /// Judges the needed rows, each in every scope in which it was judged.
    pub fn of(needed: &[Capability], healths: &[Health]) -> Self {
        let worst = |wanted: &Capability| {
            healths.iter().filter(|health| health.capability == *wanted).map(|h| h.need()).max()
        };
        let such = |need: Need| {
            let rows = needed.iter().filter(|wanted| worst(wanted).unwrap_or(Need::Unknown) == need);
            rows.copied().collect::<Vec<_>>()
        };
        let (not, unknown) = (such(Need::Not), such(Need::Unknown));
        match (not.is_empty(), unknown.is_empty()) {
            (false, _) => Self::SomeNot(not),
            (true, false) => Self::CannotTell(unknown),
            (true, true) => Self::All,
        }
    }

    /// Returns the code with which a command ends: 0, 1 or 2.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::All => 0,
            Self::SomeNot(_) => 1,
            Self::CannotTell(_) => 2,
        }
    }
}

/// What a row is to somebody who needs it, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Met,
    Unknown,
    Not,
}

impl Health {
    fn need(&self) -> Need {
        use super::State as S;
        match self.state {
            S::Available { .. } | S::Supported => Need::Met,
            S::Unknown { .. } => Need::Unknown,
            S::ConfigurationDependent { .. }
            | S::Degraded { .. }
            | S::Unavailable { .. }
            | S::NotByDesign => Need::Not,
        }
    }
}

/// Lists the rows that an order rests on, its own first.
pub fn needed(act: Act) -> &'static [Capability] {
    use Capability as C;
    match act {
        Act::Promote => &[C::Promote, C::ApprovalGate, C::ReadRollouts, C::Ledger, C::Reconciling],
        Act::PauseResume => &[C::PauseResume, C::ApprovalGate, C::ReadRollouts, C::Ledger, C::Reconciling],
        Act::AbortRetry => &[C::AbortRetry, C::ApprovalGate, C::ReadRollouts, C::Ledger, C::Reconciling],
        Act::ChangeTemplate => &[
            C::ChangeTemplate,
            C::ApprovalGate,
            C::ReadRollouts,
            C::RollbackVisibility,
            C::Ledger,
            C::Reconciling,
        ],
    }
}
