//! The scenarios that are shipped, as text in the program.
//!
//! It owns their names and their order, in which they are listed: from the first to see to the largest.

/// The scenario that plays where none is named.
pub const DEFAULT: &str = "first-shift";

/// Every scenario: its name and its text.
pub const SHIPPED: [(&str, &str); 16] = [
    (DEFAULT, include_str!("../../../assets/scenarios/first-shift.toml")),
    ("healthy-canary", include_str!("../../../assets/scenarios/healthy-canary.toml")),
    ("bad-canary", include_str!("../../../assets/scenarios/bad-canary.toml")),
    ("stuck-pods", include_str!("../../../assets/scenarios/stuck-pods.toml")),
    ("controller-down", include_str!("../../../assets/scenarios/controller-down.toml")),
    ("lost-right", include_str!("../../../assets/scenarios/lost-right.toml")),
    ("change-freeze", include_str!("../../../assets/scenarios/change-freeze.toml")),
    ("gate-bad", include_str!("../../../assets/scenarios/gate-bad.toml")),
    ("gate-good", include_str!("../../../assets/scenarios/gate-good.toml")),
    ("gate-unclear", include_str!("../../../assets/scenarios/gate-unclear.toml")),
    ("gate-shadow", include_str!("../../../assets/scenarios/gate-shadow.toml")),
    ("lost-watch", include_str!("../../../assets/scenarios/lost-watch.toml")),
    ("colleague", include_str!("../../../assets/scenarios/colleague.toml")),
    ("gateway-timeout", include_str!("../../../assets/scenarios/gateway-timeout.toml")),
    ("release-day", include_str!("../../../assets/scenarios/release-day.toml")),
    ("ten-thousand", include_str!("../../../assets/scenarios/ten-thousand.toml")),
];
