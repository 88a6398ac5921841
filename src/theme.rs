//! Owns how meaning looks: [`Role`]s become ratatui styles for a [`Depth`] of colour, and [`Glyphs`] for a charset.
//!
//! Views name a role or a glyph by what it means; no other module names a colour. It reads no environment itself
//! (see [`Environment`]) and never asks the terminal.
//! Invariant: a [`Theme`] has a style for every role; at [`Depth::Mono`] no style has a colour, because a cell with
//! one makes crossterm reset the attributes under `NO_COLOR`.

use std::io;

use ratatui::style::Style;

mod colour;
mod depth;
mod file;
mod glyphs;

#[cfg(test)]
mod tests;

pub use crate::text::Role;
pub use depth::{Depth, DepthError, Environment};
pub use file::ThemeError;
pub use glyphs::{Charset, Glyphs};

/// The themes that are part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Builtin {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// Without colour.
    Mono,
}

impl Builtin {
    /// Every theme that is part of the program.
    pub const ALL: &'static [Self] = &[Self::Dark, Self::Light, Self::Mono];

    /// Returns the name used in flags and in the configuration file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
        }
    }

    /// Finds a theme by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|theme| theme.name() == name)
    }

    fn source(self) -> &'static str {
        match self {
            Self::Dark => include_str!("../themes/dark.toml"),
            Self::Light => include_str!("../themes/light.toml"),
            Self::Mono => include_str!("../themes/mono.toml"),
        }
    }
}

/// A style for every role, at one depth of colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    depth: Depth,
    styles: [Style; Role::ALL.len()],
}

/// Why a theme cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Neither the name of a theme of the program nor a path.
    #[error("there is no theme \"{0}\": use dark, light, mono or the path of a theme file (with a / in it)")]
    Unknown(String),
    /// The file cannot be read.
    #[error("theme file {path}: {error}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// The file has a mistake.
    #[error("{path}: {mistake}")]
    Mistaken {
        /// The path as given, or the theme's name.
        path: String,
        /// The mistake, with its line.
        mistake: ThemeError,
    },
}

impl Theme {
    /// Loads a theme as the person names it: by the name of a theme of the program, or by the path of a file.
    ///
    /// # Errors
    /// Returns what is wrong with the name or the file.
    pub fn load(choice: &str, depth: Depth) -> Result<Self, LoadError> {
        let path = choice.to_owned();
        let loaded = match Builtin::named(choice) {
            Some(theme) => Self::builtin(theme, depth),
            None if choice.contains('/') => match std::fs::read_to_string(choice) {
                Ok(text) => Self::parse(&text, depth),
                Err(error) => return Err(LoadError::Unreadable { path, error }),
            },
            None => return Err(LoadError::Unknown(path)),
        };
        loaded.map_err(|mistake| LoadError::Mistaken { path, mistake })
    }

    /// Loads a theme of the program; at [`Depth::Mono`] that is always the one without colour, whose attributes
    /// were chosen for it.
    ///
    /// # Errors
    /// Returns what is wrong with the embedded file; a test keeps it from being so.
    pub fn builtin(theme: Builtin, depth: Depth) -> Result<Self, ThemeError> {
        let theme = if depth == Depth::Mono { Builtin::Mono } else { theme };
        Self::parse(theme.source(), depth)
    }

    /// Reads a theme from the text of a theme file; at [`Depth::Mono`] its colours are left out.
    ///
    /// # Errors
    /// Returns the first mistake with its line: an unknown or missing role, an unknown attribute, a bad colour, a
    /// colour that 16-colour terminals cannot show, or a role that would be invisible without colour.
    pub fn parse(text: &str, depth: Depth) -> Result<Self, ThemeError> {
        Ok(Self { depth, styles: file::read(text, depth)? })
    }

    /// Returns the style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Returns the depth of colour that the styles were made for.
    pub fn depth(&self) -> Depth {
        self.depth
    }
}
