//! Owns the rules that a keymap must obey before the program starts; breaking one is a start-up error.
//!
//! The reason behind most of them: an escape sequence torn apart by a slow link arrives as single keys, and a finger
//! slips. It never repairs a keymap.
//! Invariant: for every keymap that passes [`check`], no key or slip that a torn sequence, Enter, Space, Escape or
//! type-ahead can produce stages or confirms anything.

use super::{Action, Code, Danger, Entry, Key, KeyError, Keymap, Place};

/// Characters of the escape sequences of cursor and function keys (xterm, `ctlseqs`): torn ones type them.
const IN_ESCAPE_SEQUENCES: &str = "ABCDFHPQRS[O~0123456789";

/// Why a keymap is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The configuration names an action that does not exist.
    #[error("there is no action \"{0}\"")]
    UnknownAction(String),
    /// A key of an action cannot be read.
    #[error("key \"{key}\" of {}: {why}", .action.name())]
    BadKey {
        /// The action.
        action: Action,
        /// The text that is no key.
        key: String,
        /// What is wrong with it.
        why: KeyError,
    },
    /// An action is left without a key.
    #[error("{} has no key", .0.name())]
    NoKey(Action),
    /// Two actions share a key in a place.
    #[error("key {key} means both {} and {} in {}", .first.name(), .second.name(), .place.title())]
    Conflict {
        /// The shared key.
        key: Key,
        /// Where both work.
        place: Place,
        /// The action that stands first in the table.
        first: Action,
        /// The other action.
        second: Action,
    },
    /// A key is not fit for an action that can lead to a write.
    #[error("key {key} must not mean {}: {why}", .action.name())]
    Unfit {
        /// The key.
        key: Key,
        /// The action that can lead to a write.
        action: Action,
        /// The rule it breaks.
        why: Unfit,
    },
    /// A place where one types cannot be left.
    #[error("{} needs a key that types no text", .0.name())]
    NoWayOut(Action),
}

/// Why a key is not fit for an action that can lead to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A torn escape sequence types it.
    #[error("an arrow or function key torn apart by a slow link types it")]
    TornSequence,
    /// It is pressed without thought.
    #[error("enter, space, tab and escape are pressed without thought")]
    Reflex,
    /// The key confirms what it stages.
    #[error("the same key stages an operation ({})", .0.name())]
    StagesToo(Action),
    /// It is a slip away from a key that only reads.
    #[error("it is one modifier away from {} ({})", .1, .0.name())]
    SlipFrom(Action, Key),
}

/// Judges a keymap.
///
/// # Errors
/// Returns the first rule broken, in the order: conflicts, unfit keys, no way out.
pub fn check(keymap: &Keymap) -> Result<(), KeymapError> {
    for place in Place::ALL {
        check_conflicts(keymap, *place)?;
    }
    for entry in keymap.bindings().filter(|entry| entry.binding.danger != Danger::Reads) {
        for key in entry.keys {
            if let Some(why) = unfit(keymap, &entry, *key) {
                return Err(KeymapError::Unfit { key: *key, action: entry.action, why });
            }
        }
    }
    for action in [Action::Accept, Action::Cancel] {
        if keymap.keys(action).iter().all(|key| key.text().is_some()) {
            return Err(KeymapError::NoWayOut(action));
        }
    }
    Ok(())
}

fn check_conflicts(keymap: &Keymap, place: Place) -> Result<(), KeymapError> {
    let mut seen: Vec<(Key, Action)> = Vec::new();
    for entry in keymap.entries(place) {
        for key in entry.keys.iter().filter(|key| place != Place::Typing || key.text().is_none()) {
            if let Some((_, first)) = seen.iter().find(|(other, _)| other == key) {
                return Err(KeymapError::Conflict { key: *key, place, first: *first, second: entry.action });
            }
            seen.push((*key, entry.action));
        }
    }
    Ok(())
}

fn unfit(keymap: &Keymap, entry: &Entry<'_>, key: Key) -> Option<Unfit> {
    match key.code() {
        Code::Char(c) if IN_ESCAPE_SEQUENCES.contains(c) => return Some(Unfit::TornSequence),
        Code::Enter | Code::Esc | Code::Tab | Code::Char(' ') => return Some(Unfit::Reflex),
        _ => {}
    }
    for other in keymap.bindings() {
        let stages_too = entry.binding.danger == Danger::Confirms && other.binding.danger == Danger::Stages;
        if stages_too && other.keys.contains(&key) {
            return Some(Unfit::StagesToo(other.action));
        }
        if other.binding.danger == Danger::Reads
            && let Some(near) = other.keys.iter().find(|near| key.is_one_modifier_from(**near))
        {
            return Some(Unfit::SlipFrom(other.action, *near));
        }
    }
    None
}
