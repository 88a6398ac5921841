//! Owns the configuration: flags, environment and file, resolved once into one immutable [`Config`].
//!
//! Flags win over the environment, the environment over the file; what may be written is said by flags and file, never
//! by the environment, and there the file's rules come after the flags, so that the last word is theirs. It never talks to a cluster or
//! draws. Invariant: a `Config` does not change while the program runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::operation::Policy;
use crate::operation::policy::{Freeze, Rule};
use crate::text::Printable;

pub mod connection;
pub mod environment;
mod error;
pub mod file;
pub mod gates;
mod policy;
pub mod services;
mod table;
#[cfg(test)]
mod tests;

pub use connection::Connection;
pub use environment::{Environment, Pod};
pub use error::Error;
pub use file::File;
pub use gates::Gates;
pub use services::Services;

/// What the command line says; every field is absent or empty where nothing was said.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config PATH`.
    pub config: Option<PathBuf>,
    /// `--allow CONTEXT/NAMESPACE`, as written.
    pub allow: Vec<String>,
    /// `--role NAME`.
    pub role: Option<String>,
    /// `--theme NAME`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub glyphs: Option<Glyphs>,
    /// `--colour DEPTH`.
    pub colour: Option<Colour>,
    /// `--ledger PATH`.
    pub ledger: Option<PathBuf>,
    /// `--gates FOLDER`.
    pub gates: Option<PathBuf>,
    /// How to reach the cluster.
    pub connection: Connection,
}

/// Characters that may be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Box drawing and symbols.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// How many colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// As many as the terminal says it has.
    #[default]
    Auto,
    /// None.
    Never,
    /// The sixteen named ones.
    Sixteen,
    /// The palette of 256.
    Palette,
    /// 24 bits.
    True,
}

impl Colour {
    /// Words by which a colour depth is named in flags and in the file.
    pub const WORDS: [&'static str; 5] = ["auto", "never", "16", "256", "true"];
}

impl std::str::FromStr for Colour {
    type Err = String;

    /// Reads one of [`Colour::WORDS`].
    ///
    /// # Errors
    /// Names the words, in one sentence.
    fn from_str(written: &str) -> Result<Self, Self::Err> {
        match written {
            "auto" => Ok(Self::Auto),
            "never" => Ok(Self::Never),
            "16" => Ok(Self::Sixteen),
            "256" => Ok(Self::Palette),
            "true" => Ok(Self::True),
            _ => Err(format!("`{written}` is not a colour depth: use {}", Self::WORDS.join(", "))),
        }
    }
}

/// The configuration of one run.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// How to reach the cluster.
    pub connection: Connection,
    /// What may be ordered where, and what that wants.
    pub policy: Arc<Policy>,
    /// The role that the person claims.
    pub role: Option<Printable>,
    /// Name of the theme; `None` for the default one.
    pub theme: Option<String>,
    /// Characters that may be drawn.
    pub glyphs: Glyphs,
    /// How many colours are used.
    pub colour: Colour,
    /// Whether the terminal's bell rings when an abort is proposed.
    pub bell: bool,
    /// Remapped keys: name of the action → chords, as written.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Path of the ledger; `None` for the default one.
    pub ledger: Option<PathBuf>,
    /// Services beside the cluster that may be asked.
    pub services: Services,
    /// The policies by which promotions are judged.
    pub gates: Gates,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
}

impl Config {
    /// Resolves flags, environment and file; reads the file if there is one.
    ///
    /// # Errors
    /// Says which flag, or which file and line, cannot be used and why.
    pub fn resolve(flags: Flags, environment: &Environment) -> Result<Self, Error> {
        let file = match (&flags.config, &environment.config) {
            (Some(named), _) | (None, Some(named)) => Some(File::read(named)?),
            (None, None) => {
                environment.default_config().map(|path| File::read_if_there(&path)).transpose()?.flatten()
            }
        };
        let file = file.unwrap_or_default();
        let gates = gates(flags.gates.as_deref(), &file, environment)?;
        let policy = policy(&flags.allow, file.allow.into_iter().chain(file.rules), file.freezes)?
            .announcing(file.announce.unwrap_or(true));
        let role = flags.role.or(file.role).filter(|role| !role.trim().is_empty());
        let colour = flags.colour.or(environment.no_colour.then_some(Colour::Never)).or(file.colour);
        Ok(Self {
            connection: flags.connection,
            policy: Arc::new(policy),
            role: role.map(|role| Printable::from(role.trim())),
            theme: flags.theme.or_else(|| environment.theme.clone()).or(file.theme),
            glyphs: flags.glyphs.or(file.glyphs).unwrap_or_default(),
            colour: colour.unwrap_or_default(),
            bell: file.bell.unwrap_or_default(),
            keys: file.keys,
            ledger: flags.ledger.or_else(|| environment.ledger.clone()).or(file.ledger),
            services: file.services,
            gates,
            file: file.path,
        })
    }
}

/// Reads the folder of gates that is named, or the one beside the configuration file.
fn gates(flag: Option<&Path>, file: &File, environment: &Environment) -> Result<Gates, Error> {
    if let Some(named) = flag.or(file.gates.as_deref()) {
        return Gates::read(named);
    }
    let file = file.path.clone().or_else(|| environment.default_config());
    let beside = file.and_then(|file| Some(file.parent()?.join(gates::FOLDER)));
    beside.map_or_else(|| Ok(Gates::default()), |folder| Gates::read_if_there(&folder))
}

/// Puts together what was allowed, the weakest first: of the rules that cover an order the last one counts.
fn policy(flags: &[String], file: impl Iterator<Item = Rule>, freezes: Vec<Freeze>) -> Result<Policy, Error> {
    let mut rules: Vec<Rule> = Vec::new();
    for written in flags {
        rules.push(written.parse().map_err(|why| Error::Flag { flag: "--allow", why })?);
    }
    rules.extend(file);
    Ok(Policy::new(rules, freezes))
}
