//! Owns the keymap: which key means which [`Action`] in which [`Place`].
//!
//! One const table ([`Action::binding`]) feeds key resolution, the help screen, the footer and the configuration
//! file, so that they cannot disagree. It never reads a terminal and never acts.
//! Invariant of a [`Keymap`]: no two actions share a key in a place, and every key that can lead to a write obeys
//! the rules of [`rules`] (it cannot come out of a torn escape sequence, and is no slip away from a reading key).

mod action;
mod key;
pub mod rules;
mod table;
#[cfg(test)]
mod tests;

pub use action::{Action, Binding, Danger, Place, Rank};
pub use key::{Code, Key, KeyError, Spelling};
pub use rules::KeymapError;

/// Which key means which action, place by place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// Keys of each action, in the order of [`Action::ALL`].
    keys: Vec<(Action, Vec<Key>)>,
}

/// One line of help: an action that works in a place, with its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The action.
    pub action: Action,
    /// Its row of the table: words for help and footer.
    pub binding: &'static Binding,
    /// The keys that mean it, the first is the one to show where there is room for one.
    pub keys: &'a [Key],
}

impl Entry<'_> {
    /// Writes the first key, or nothing where the action has none.
    pub fn first_key(&self, spelling: Spelling) -> String {
        self.keys.first().map(|key| key.spelled(spelling)).unwrap_or_default()
    }

    /// Writes all keys, separated by a blank.
    pub fn all_keys(&self, spelling: Spelling) -> String {
        let keys: Vec<String> = self.keys.iter().map(|key| key.spelled(spelling)).collect();
        keys.join(" ")
    }
}

impl Keymap {
    /// Builds the keymap of the table.
    ///
    /// # Errors
    /// Returns the first rule that the table breaks; a test keeps it from doing so.
    pub fn defaults() -> Result<Self, KeymapError> {
        Self::with_overrides(std::iter::empty::<(&str, &str)>())
    }

    /// Builds the keymap with some actions on other keys: pairs of an action's name and its keys, separated by
    /// blanks (`("page-down", "ctrl-d page-down")`). An override replaces all default keys of its action.
    ///
    /// # Errors
    /// Returns the first unknown action, unreadable key, conflict (naming both actions) or forbidden key.
    pub fn with_overrides<N, K>(overrides: impl IntoIterator<Item = (N, K)>) -> Result<Self, KeymapError>
    where
        N: AsRef<str>,
        K: AsRef<str>,
    {
        let mut keys = Vec::with_capacity(Action::ALL.len());
        for action in Action::ALL {
            keys.push((*action, parse_keys(*action, action.binding().keys)?));
        }
        for (name, text) in overrides {
            let (name, text) = (name.as_ref(), text.as_ref());
            let action = Action::named(name).ok_or_else(|| KeymapError::UnknownAction(name.to_owned()))?;
            let chosen = parse_keys(action, text)?;
            if let Some(slot) = keys.iter_mut().find(|(other, _)| *other == action) {
                slot.1 = chosen;
            }
        }
        let keymap = Self { keys };
        rules::check(&keymap)?;
        Ok(keymap)
    }

    /// Finds what a key means in a place. Where text is typed ([`Place::Typing`]) a key that is text means nothing.
    pub fn resolve(&self, place: Place, key: Key) -> Option<Action> {
        if place == Place::Typing && key.text().is_some() {
            return None;
        }
        self.keys.iter().find(|(action, keys)| action.works_in(place) && keys.contains(&key)).map(|(a, _)| *a)
    }

    /// Returns the keys of an action.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.iter().find(|(other, _)| *other == action).map_or(&[], |(_, keys)| keys)
    }

    /// Writes the first key of an action, for a sentence that names it; nothing where it has none.
    pub fn spelled(&self, action: Action, spelling: Spelling) -> String {
        self.keys(action).first().map(|key| key.spelled(spelling)).unwrap_or_default()
    }

    /// Lists what works in a place, in the order of the table: for the help screen.
    pub fn entries(&self, place: Place) -> impl Iterator<Item = Entry<'_>> {
        self.bindings().filter(move |entry| entry.action.works_in(place))
    }

    /// Lists what the footer of a place shows, the most needed first, so that a narrow footer cuts the tail.
    pub fn footer(&self, place: Place) -> Vec<Entry<'_>> {
        let mut entries: Vec<_> =
            self.entries(place).filter(|entry| entry.binding.rank != Rank::HelpOnly).collect();
        entries.sort_by_key(|entry| entry.binding.rank);
        entries
    }

    /// Lists every action with its keys.
    pub fn bindings(&self) -> impl Iterator<Item = Entry<'_>> {
        self.keys.iter().map(|(action, keys)| Entry { action: *action, binding: action.binding(), keys })
    }
}

fn parse_keys(action: Action, text: &str) -> Result<Vec<Key>, KeymapError> {
    let mut keys = Vec::new();
    for word in text.split_whitespace() {
        let key = word.parse().map_err(|why| KeymapError::BadKey { action, key: word.to_owned(), why })?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    if keys.is_empty() {
        return Err(KeymapError::NoKey(action));
    }
    Ok(keys)
}
