//! Owns what agents propose: an order on one Rollout, with the agent's words and what it saw, until a person disposes.
//!
//! Pure: it stores, stages and sends nothing, and has no clock. A proposal is no operation and never becomes one: whoever
//! takes it up stages anew, from the state as it is then. Invariants: all words of an agent are [`Said`], sanitised,
//! short, and never shown without a mark; nothing but a person's decision leads to [`State::Approved`].

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::operation::Shown;
use crate::rollout::Key;
use crate::text::Printable;

pub mod facts;
pub mod intent;
pub mod limits;
pub mod said;
pub mod sense;
pub mod state;
mod stored;
#[cfg(test)]
mod tests;

pub use facts::{Compared, compare, differences};
pub use intent::{Aim, Intent, RunKind};
pub use limits::{Admitted, Refused};
pub use said::Said;
pub use state::{Event, Misfit, State};

/// How long a proposal stands unless the agent asks for another time.
pub const STANDS: SignedDuration = SignedDuration::from_mins(10);
/// The shortest time for which a proposal may stand.
pub const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
/// The longest time for which a proposal may stand.
pub const LONGEST: SignedDuration = SignedDuration::from_mins(60);

/// Identity of a proposal: a UUID, version 7, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id(pub Arc<str>);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// On what an order is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Kubeconfig context.
    pub context: Printable,
    /// URL of the API server.
    pub server: Printable,
    /// Namespace and name.
    pub key: Key,
    /// Uid of the Rollout that the agent saw.
    pub uid: Arc<str>,
}

/// Which program proposes, as it calls itself: nothing proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub name: Said,
    /// Its version.
    pub version: Said,
}

/// Who tells what the agent saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The agent itself, which may be wrong.
    Agent,
    /// This program, at the moment of the proposal.
    Program,
}

/// What the agent saw when it proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saw {
    /// Who says so.
    pub witness: Witness,
    /// By name.
    pub facts: Vec<Shown>,
}

/// One proposal, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Its identity.
    pub id: Id,
    /// What is to be done.
    pub intent: Intent,
    /// On what.
    pub target: Target,
    /// Why, in the agent's words; empty where it gave no reason.
    pub reason: Said,
    /// What the agent refers to, in its words.
    pub evidence: Vec<Said>,
    /// What the agent saw.
    pub saw: Saw,
    /// Which program proposes.
    pub client: Client,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it stands.
    pub expires_at: Timestamp,
}

/// A proposal and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As it was made.
    pub proposed: Proposed,
    /// How it stands.
    pub state: State,
}

/// A request for a proposal, as an agent sends it: raw text, nothing of it trusted.
#[derive(Clone, Debug, Default)]
pub struct Draft<'a> {
    /// Why, where something is said.
    pub reason: Option<&'a str>,
    /// What is referred to.
    pub evidence: Vec<&'a str>,
    /// What the agent says it saw, by name; where it says nothing, what this program knows takes its place.
    pub saw: Vec<(&'a str, &'a str)>,
    /// Name of the program that proposes.
    pub client: &'a str,
    /// Its version.
    pub version: &'a str,
    /// For how long it should stand.
    pub stands: Option<SignedDuration>,
}

impl Proposed {
    /// Makes a proposal of what an agent sent, on a Rollout as this program sees it at `now`.
    ///
    /// # Errors
    /// Refuses text that is missing, too long or too much, and arguments that can mean nothing.
    pub fn new(
        id: Id,
        (intent, target): (Intent, Target),
        draft: &Draft<'_>,
        seen: Vec<Shown>,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        intent.check()?;
        let stands = draft.stands.unwrap_or(STANDS).clamp(SHORTEST, LONGEST);
        let expires_at = now.checked_add(stands).unwrap_or(Timestamp::MAX);
        let evidence: Result<Vec<Said>, Refused> =
            limits::few("evidence", limits::EVIDENCE, &draft.evidence)?
                .iter()
                .map(|one| Said::new("evidence", one, said::EVIDENCE))
                .collect();
        Ok(Self {
            id,
            intent,
            target,
            reason: draft
                .reason
                .map_or(Ok(Said::default()), |reason| Said::new("reason", reason, said::REASON))?,
            evidence: evidence?,
            saw: Saw::new(&draft.saw, seen)?,
            client: Client {
                name: Said::new("client", draft.client, said::CLIENT)?,
                version: Said::maybe("version", draft.version, said::CLIENT)?,
            },
            made_at: now,
            expires_at,
        })
    }

    /// Tells whether `other` proposes the same: the same client, order and Rollout.
    pub fn repeats(&self, other: &Self) -> bool {
        self.client.name == other.client.name && self.intent == other.intent && self.target == other.target
    }
}

impl Saw {
    fn new(claimed: &[(&str, &str)], seen: Vec<Shown>) -> Result<Self, Refused> {
        if claimed.is_empty() {
            return Ok(Self { witness: Witness::Program, facts: seen });
        }
        let fact = |(name, value): &(&str, &str)| {
            Ok(Shown {
                name: Said::new("name of a fact", name, said::FACT_NAME)?.into_text(),
                value: Said::maybe("value of a fact", value, said::FACT_VALUE)?.into_text(),
            })
        };
        let facts: Result<Vec<Shown>, Refused> =
            limits::few("facts", limits::FACTS, claimed)?.iter().map(fact).collect();
        Ok(Self { witness: Witness::Agent, facts: facts? })
    }
}

impl Kept {
    /// Tells how it stands at `now`: what nobody decided in its time has expired, and one that was taken up and left lying
    /// is open again.
    pub fn at(self, now: Timestamp) -> Self {
        let expires_at = self.proposed.expires_at;
        Self { state: self.state.at(now, expires_at), ..self }
    }

    /// Tells whether it still waits for a decision.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Taken { .. })
    }
}
