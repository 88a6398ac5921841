//! Owns what `--need` means: names of rows, words for orders, and what is needed where nobody says.
//!
//! It judges nothing. Invariant: a word that means no row is refused, with the one that may be meant.

use std::collections::BTreeSet;

use super::{Account, is_granted};
use crate::capability::judge::Place;
use crate::capability::{Act, Capability, Scope, needed};
use crate::text::Printable;
use crate::text::spelling::nearest;

/// Words for orders, and what each is.
const ORDERS: [(&str, Act); 9] = [
    ("promote", Act::Promote),
    ("pause", Act::PauseResume),
    ("resume", Act::PauseResume),
    ("abort", Act::AbortRetry),
    ("retry", Act::AbortRetry),
    ("undo", Act::ChangeTemplate),
    ("cancel", Act::ChangeTemplate),
    ("image", Act::ChangeTemplate),
    ("restart", Act::ChangeTemplate),
];

/// The word for what is read of Rollouts.
const READ: &str = "read";
const READS: &[Capability] = &[Capability::ReadRollouts, Capability::ReadRevisions];

/// What is needed.
pub(super) struct Needs {
    /// The rows, in the order in which they are shown.
    pub(super) rows: Vec<Capability>,
    /// Of whom nobody said what they need: namespaces in which a row is not minded, since nothing may be ordered there.
    ignored: BTreeSet<(Capability, Scope)>,
}

/// Reads one word of `--need`.
///
/// # Errors
/// Says which words there are, or which may be meant.
pub(super) fn checked(written: &str) -> Result<String, String> {
    let known = known();
    let word = written.trim();
    if known.contains(&word) {
        return Ok(word.to_owned());
    }
    let shown = Printable::from(word);
    Err(match nearest(word, &known) {
        Some(meant) => format!("there is no capability `{shown}`: did you mean `{meant}`?"),
        None => format!("there is no capability `{shown}`: there are {}", known.join(", ")),
    })
}

/// Lists every word that means something, each once.
fn known() -> Vec<&'static str> {
    let mut words: Vec<&str> = ORDERS.iter().map(|(word, _)| *word).collect();
    words.push(READ);
    words.extend(Capability::ALL.map(Capability::name).iter().filter(|name| **name != "promote"));
    words
}

fn meant(word: &str) -> Vec<Capability> {
    if let Some((_, act)) = ORDERS.iter().find(|(order, _)| *order == word) {
        return needed(*act).to_vec();
    }
    match word {
        READ => READS.to_vec(),
        name => Capability::named(name).into_iter().collect(),
    }
}

impl Needs {
    /// Takes the words of `--need`; without any, what reading and the granted orders rest on.
    pub(super) fn of(words: &[String], places: &[Place<'_>]) -> Self {
        let mut wanted: BTreeSet<Capability> = words.iter().flat_map(|word| meant(word)).collect();
        let mut ignored = BTreeSet::new();
        if words.is_empty() {
            wanted.extend(READS);
            wanted.insert(Capability::Reconciling);
            let of_orders: BTreeSet<Capability> =
                Act::ALL.iter().flat_map(|act| needed(*act)).copied().collect();
            for capability in of_orders.into_iter().filter(|row| !wanted.contains(row)).collect::<Vec<_>>() {
                let (granting, others): (Vec<_>, Vec<_>) =
                    places.iter().partition(|place| is_granted(place, capability));
                if !granting.is_empty() {
                    wanted.insert(capability);
                    let scope = |place: &&Place<'_>| Scope::Namespace(place.namespace.clone());
                    ignored.extend(others.iter().map(|place| (capability, scope(place))));
                }
            }
        }
        Self { rows: Capability::ALL.into_iter().filter(|row| wanted.contains(row)).collect(), ignored }
    }

    /// Tells whether an account counts.
    pub(super) fn minds(&self, health: &Account) -> bool {
        !self.ignored.contains(&(health.capability, health.scope.clone()))
    }
}
