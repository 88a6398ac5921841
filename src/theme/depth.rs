//! Owns the choice of colour depth and charset from flag, configuration and environment, as pure functions.
//!
//! The terminal is never asked: a late reply over SSH would arrive as key presses. Over SSH normally only `TERM`
//! travels, so the 16 names of the person's own palette are the default.
//! Invariant: `TERM=dumb` (or none) never gets a screen, whatever the flags say, since it cannot place the cursor.

/// How many colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 24-bit colours.
    TrueColor,
    /// The terminal's 16 named colours.
    Ansi16,
    /// None: attributes alone.
    Mono,
}

/// Why there can be no screen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepthError {
    /// The terminal cannot place a cursor.
    #[error("the terminal (TERM={0}) cannot show a screen; use `rollgate list` or `rollgate get`")]
    Dumb(String),
}

/// The environment variables that bear on the choice, as read once at start.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `NO_COLOR` (no-color.org: counts when not empty).
    pub no_color: Option<String>,
    /// `LC_ALL`.
    pub lc_all: Option<String>,
    /// `LC_CTYPE`.
    pub lc_ctype: Option<String>,
    /// `LANG`.
    pub lang: Option<String>,
}

impl Environment {
    /// Reads the variables through `lookup`, for example `|name| std::env::var(name).ok()`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            term: lookup("TERM"),
            colorterm: lookup("COLORTERM"),
            no_color: lookup("NO_COLOR"),
            lc_all: lookup("LC_ALL"),
            lc_ctype: lookup("LC_CTYPE"),
            lang: lookup("LANG"),
        }
    }

    /// Tells whether the locale's charset is UTF-8: the first variable of `LC_ALL`, `LC_CTYPE`, `LANG` that is not
    /// empty decides (POSIX, Base Definitions 8.2).
    pub fn is_utf8(&self) -> bool {
        [&self.lc_all, &self.lc_ctype, &self.lang]
            .into_iter()
            .filter_map(|value| value.as_deref())
            .find(|value| !value.is_empty())
            .is_some_and(|locale| {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            })
    }
}

impl Depth {
    /// Chooses the depth: a dumb terminal is refused; then flag, configuration, `NO_COLOR`, a `TERM` without 16
    /// colours, `COLORTERM`; else the 16 names.
    ///
    /// # Errors
    /// Returns [`DepthError::Dumb`] where `TERM` is `dumb`, empty or missing.
    pub fn choose(
        flag: Option<Self>,
        config: Option<Self>,
        environment: &Environment,
    ) -> Result<Self, DepthError> {
        let term = environment.term.as_deref().unwrap_or_default();
        if matches!(term, "" | "dumb") {
            return Err(DepthError::Dumb(term.to_owned()));
        }
        if let Some(asked) = flag.or(config) {
            return Ok(asked);
        }
        let no_color = environment.no_color.as_deref().is_some_and(|value| !value.is_empty());
        if no_color || term == "linux" || term.starts_with("vt") || term.ends_with("-mono") {
            return Ok(Self::Mono);
        }
        Ok(match environment.colorterm.as_deref() {
            Some("truecolor" | "24bit") => Self::TrueColor,
            _ => Self::Ansi16,
        })
    }

    /// Finds a depth by its name in flags and in the configuration file: `true`, `16` or `mono`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "true" => Some(Self::TrueColor),
            "16" => Some(Self::Ansi16),
            "mono" => Some(Self::Mono),
            _ => None,
        }
    }
}
