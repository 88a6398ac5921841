//! Owns how triggers are said: which fire and why, and how much of their limits the others have used.
//!
//! Invariant: what cannot be told is said as that, never as room that is left.

use crate::gate::record;
use crate::gate::trigger::{Cause, Reading};
use crate::screen::{Line, Sign};
use crate::text::Role;

use super::metric::aged;

/// Columns of a trigger's bar.
const CELLS: u16 = 10;

/// Writes one line a trigger; those that the policy does not use share the last.
pub(super) fn lines(triggers: &[(Cause, Reading)], fresh: bool) -> Vec<Line> {
    let mut lines: Vec<Line> =
        triggers.iter().filter_map(|(cause, reading)| line(*cause, reading, fresh)).collect();
    let unused = triggers.iter().filter(|(_, reading)| *reading == Reading::Unused);
    let unused: Vec<&str> = unused.map(|(cause, _)| record::cause(*cause)).collect();
    if triggers.is_empty() {
        lines.push(Line::of(Role::Muted, "not read yet"));
    } else if !unused.is_empty() {
        lines.push(Line::of(Role::Muted, format!("not watched by this policy: {}", unused.join(", "))));
    }
    lines
}

fn line(cause: Cause, reading: &Reading, fresh: bool) -> Option<Line> {
    let named = |role: Role, sign: Sign| {
        Line::new().sign(role, sign).blank().text(Role::Text, format!("{:<18}", record::cause(cause)))
    };
    Some(match reading {
        Reading::Fires(why) => {
            named(Role::Bad, Sign::Warning).text(Role::Bad, "fires: ").text(Role::Text, why.clone())
        }
        Reading::Rests { headroom } => {
            // Rounded up, but for the dust of computing: what is nearly used up has no room left on the screen.
            let used = ((1.0 - headroom).clamp(0.0, 1.0) * 100.0 - 1e-6).ceil() as i64;
            let (role, sign) = aged((Role::Good, Sign::Healthy), fresh);
            named(role, sign)
                .bar((used, used, 100), CELLS)
                .text(Role::Text, format!(" {used:>3} %"))
                .text(Role::Muted, " of its limit")
        }
        Reading::Untold(why) => named(Role::Unknown, Sign::Unknown)
            .text(Role::Unknown, "cannot tell: ")
            .text(Role::Text, why.clone()),
        Reading::Unused => return None,
    })
}
