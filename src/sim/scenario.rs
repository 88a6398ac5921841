//! Stories that can be played: a cast in some state, a script, and what a good operator would have done.
//!
//! It owns reading a scenario (a TOML file, unknown keys refused) and making a [`World`] of it. It never plays it: time and
//! the person do. Invariant: at the beginning the cast stands as the model's own controllers left it, so that nothing
//! stirs until the script or a person stirs it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::sim::metrics::Story;
use crate::sim::policy::Workflow;
use crate::sim::world::World;
use crate::sim::world::script::Script;
use crate::text::spelling::nearest;

mod account;
mod cast;
pub mod file;
mod home;
mod measures;
mod mold;
pub mod name;
mod series;
mod shipped;
mod steps;
#[cfg(test)]
mod tests;
mod time;
pub mod verdict;
pub mod workflows;

pub use measures::Measures;
pub use shipped::{DEFAULT, SHIPPED};
pub use verdict::Finding;

/// A story that can be played.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The word by which it is called.
    pub name: Arc<str>,
    /// What it is about, in a few words.
    pub title: Arc<str>,
    /// One paragraph for the person, told before it begins.
    pub story: Arc<str>,
    /// What a good operator would have done, told afterwards.
    pub good: Arc<str>,
    /// The time at which it begins.
    pub begins: Timestamp,
    file: file::File,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// There is no scenario of that name.
    #[error("There is no scenario `{name}`{} There are:\n{}", alike(name), listed())]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("The scenario {path} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The file says something that cannot be understood.
    #[error("The scenario {path} is not one: {why}")]
    Malformed {
        /// The file.
        path: String,
        /// Where, and what is wrong.
        why: String,
    },
}

impl Scenario {
    /// Finds a scenario: one that is shipped by its name, or a file by its path, which ends in `.toml`.
    ///
    /// # Errors
    /// Says which there are where none has that name, and what is wrong with a file.
    pub fn find(name: &str) -> Result<Self, ScenarioError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text);
        }
        if !name.ends_with(".toml") {
            return Err(ScenarioError::Unknown { name: name.to_owned() });
        }
        let text = std::fs::read_to_string(name)
            .map_err(|error| ScenarioError::Unreadable { path: name.to_owned(), why: error.to_string() })?;
        let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Self::parse(&stem.unwrap_or_default(), &text)
    }

    /// Reads a scenario's text.
    ///
    /// # Errors
    /// Says what in it cannot be understood.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let malformed = |why: String| ScenarioError::Malformed { path: format!("{name}.toml"), why };
        let file: file::File = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        file.check().map_err(malformed)?;
        Ok(Self {
            name: name.into(),
            title: file.title.as_str().into(),
            story: paragraphs(&file.story).into(),
            good: paragraphs(&file.good).into(),
            begins: file.begins,
            file,
        })
    }

    /// Has it begin at another time than its own.
    #[must_use]
    pub fn at(mut self, begins: Timestamp) -> Self {
        self.begins = begins;
        self.file.begins = begins;
        self
    }

    /// Makes the cluster in which it plays, and begins to play it.
    ///
    /// # Errors
    /// As [`Scenario::assemble`] and [`Scenario::script`].
    pub fn begin(&self, seed: u64) -> Result<World, ScenarioError> {
        let mut world = self.assemble(seed)?;
        world.follow(self.script()?);
        Ok(world)
    }

    /// Makes the cluster in which it plays, as it stands at the beginning.
    ///
    /// # Errors
    /// Says which part of the cast the API refuses.
    pub fn assemble(&self, seed: u64) -> Result<World, ScenarioError> {
        cast::assemble(&self.file, seed).map_err(|why| self.malformed(why))
    }

    /// Tells what a Prometheus beside the cluster has to tell, of a world as it stands at the beginning; nothing where there is none.
    ///
    /// # Errors
    /// Says which Rollout is not in the cast.
    pub fn stories(&self, world: &World, seed: u64) -> Result<Vec<Story>, ScenarioError> {
        series::stories(&self.file.series, world, seed).map_err(|why| self.malformed(why))
    }

    /// Returns the name of the policy by which its gates judge.
    pub fn gate(&self) -> &str {
        &self.file.gate
    }

    /// Tells what a policy service beside the cluster knows, of a world as it stands at the beginning; nothing where there is none.
    ///
    /// # Errors
    /// Says of which workflow something is not there.
    pub fn workflows(&self, world: &World) -> Result<Vec<Workflow>, ScenarioError> {
        workflows::told(&self.file.workflow, world).map_err(|why| self.malformed(why))
    }

    /// Reads what happens in it without the person; a world follows it from when it is given it.
    ///
    /// # Errors
    /// Says which step of it cannot be.
    pub fn script(&self) -> Result<Script, ScenarioError> {
        steps::read(&self.file).map(Script::new).map_err(|why| self.malformed(why))
    }

    fn malformed(&self, why: String) -> ScenarioError {
        ScenarioError::Malformed { path: format!("{}.toml", self.name), why }
    }

    /// Tells what happened in a world in which it was played: lines with their time.
    pub fn account(&self, world: &World) -> Vec<String> {
        account::tell(world)
    }

    /// Says of each thing that a good operator would have done whether it was done.
    pub fn judge(&self, world: &World) -> Vec<Finding> {
        verdict::judge(&self.file.verdict, world)
    }
}

/// Lists the scenarios that are shipped: name and title, a line each.
pub fn listed() -> String {
    let line = |(name, text): &(&str, &str)| {
        // Help is made each time the program starts: the title is found without reading the rest.
        let title = text.lines().find_map(|line| line.strip_prefix("title = ")).unwrap_or_default();
        format!("  {name:<16} {}\n", title.trim_matches('"'))
    };
    SHIPPED.iter().map(line).collect()
}

/// Asks whether the name that is most like a wrong one was meant; nothing where none is much like it.
fn alike(wrong: &str) -> String {
    let names = SHIPPED.map(|(name, _)| name);
    nearest(wrong, &names).map_or(".".to_owned(), |name| format!(": did you mean `{name}`?"))
}

/// Joins the lines of a paragraph; an empty line begins another.
fn paragraphs(text: &str) -> String {
    let paragraphs =
        text.trim().split("\n\n").map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
