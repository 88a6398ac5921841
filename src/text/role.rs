//! Owns the closed set of roles: what a piece of the screen means, never how it looks.
//!
//! A new meaning is added here and then to every theme file, which refuse to load without it.
//! Invariant: [`Role::ALL`] lists the roles in the order of their declaration, so that `role as usize` is an index.

/// What a piece of the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Plain text.
    Text,
    /// Text that matters less: labels, units.
    Muted,
    /// Text that matters more: names.
    Strong,
    /// Headings.
    Title,
    /// Waits for a person.
    Accent,
    /// Healthy, passed, observed.
    Good,
    /// Under way.
    Progress,
    /// Needs watching.
    Warn,
    /// Failed, degraded, refused.
    Bad,
    /// Not known: in doubt, not observed, no evidence.
    Unknown,
    /// The selected row.
    Selected,
    /// Lines between regions.
    Border,
    /// Observed too long ago to count as current.
    Stale,
    /// What an acknowledgement would do.
    Danger,
    /// A key to press.
    Key,
    /// Text being typed.
    Input,
    /// The part of a text that a filter matched.
    Match,
}

impl Role {
    /// Every role, in the order of declaration.
    pub const ALL: [Self; 17] = [
        Self::Text,
        Self::Muted,
        Self::Strong,
        Self::Title,
        Self::Accent,
        Self::Good,
        Self::Progress,
        Self::Warn,
        Self::Bad,
        Self::Unknown,
        Self::Selected,
        Self::Border,
        Self::Stale,
        Self::Danger,
        Self::Key,
        Self::Input,
        Self::Match,
    ];

    /// Returns the role's name in a theme file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Strong => "strong",
            Self::Title => "title",
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Progress => "progress",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
            Self::Selected => "selected",
            Self::Border => "border",
            Self::Stale => "stale",
            Self::Danger => "danger",
            Self::Key => "key",
            Self::Input => "input",
            Self::Match => "match",
        }
    }

    /// Finds a role by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Tells whether the role must stay visible without colour, because nothing else on the screen says it.
    pub fn needs_attribute(self) -> bool {
        matches!(self, Self::Selected | Self::Danger | Self::Accent | Self::Bad)
    }
}
