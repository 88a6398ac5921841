//! Owns the strip of health marks over the fleet: a name, a sign and, where a person is needed, the state's word.
//!
//! A mark stands for rows that are used together and shows the worst of them; it never adds marks up. Invariants: marks that
//! need a person come first, in a fixed order among equals; no mark is shown as good that was not observed.

use super::look;
use crate::app::App;
use crate::capability::{Capability, Health};
use crate::screen::{Line, Sign};
use crate::text::Role;

/// The marks: their names, and the rows that each stands for.
const MARKS: [(&str, &[Capability]); 10] = [
    (
        "read",
        &[
            Capability::ReadRollouts,
            Capability::ReadRevisions,
            Capability::ReadAnalysis,
            Capability::ReadEvents,
        ],
    ),
    (
        "act",
        &[
            Capability::Promote,
            Capability::PauseResume,
            Capability::AbortRetry,
            Capability::ChangeTemplate,
        ],
    ),
    ("controller", &[Capability::Reconciling, Capability::ControllerVersion]),
    ("traffic", &[Capability::WeightsVerified, Capability::TrafficProvider]),
    ("ledger", &[Capability::Ledger, Capability::Outbox]),
    ("admission", &[Capability::Admission]),
    ("metrics", &[Capability::AnalysisProviders]),
    ("clock", &[Capability::Clock]),
    ("policy", &[Capability::PolicyService]),
    ("notify", &[Capability::Notifications]),
];

/// From which severity on a mark says its word.
const SPOKEN: u8 = 2;

/// Lists the marks, those that need a person most first; none where nothing is looked at.
pub(in crate::screen) fn build(app: &App) -> Vec<Line> {
    if !app.has_strip() {
        return Vec::new();
    }
    let worst = |rows: &[Capability]| {
        let accounts = rows.iter().filter_map(|row| app.health.worst(*row));
        accounts.rev().max_by_key(|account| account.state.severity())
    };
    let mut marks: Vec<_> = MARKS.iter().map(|(name, rows)| (*name, worst(rows))).collect();
    marks.sort_by_key(|(_, account)| {
        std::cmp::Reverse(account.map_or(SPOKEN, |account| account.state.severity()))
    });
    marks.into_iter().map(|(name, account)| mark(name, account)).collect()
}

fn mark(name: &'static str, account: Option<&Health>) -> Line {
    let (role, sign) = account.map_or((Role::Unknown, Sign::Unknown), |account| look(&account.state));
    let spoken = account.filter(|account| account.state.severity() >= SPOKEN);
    let line = Line::new().sign(role, sign).blank();
    match spoken {
        Some(account) => line.text(Role::Text, format!("{name} ")).text(role, account.state.word()),
        None => line.text(Role::Muted, name),
    }
}
