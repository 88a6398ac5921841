//! Owns the selection of places and operations by pattern: contexts, namespaces, Rollouts, kinds.
//!
//! A pattern is a text in which `*` stands for any run of characters, also none; all else, case too, must be the
//! same. It never decides what follows from a match. Invariant: a list without patterns leaves everything open.

use crate::operation::Kind;
use crate::rollout::Key;

/// A text with `*` for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a pattern as written.
    pub fn new(written: impl Into<String>) -> Self {
        Self(written.into())
    }

    /// Returns it as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether `text` is of this form.
    pub fn matches(&self, text: &str) -> bool {
        let Some((begin, mut rest)) = self.0.split_once('*') else { return self.0 == text };
        let Some(mut text) = text.strip_prefix(begin) else { return false };
        while let Some((part, after)) = rest.split_once('*') {
            let Some(at) = text.find(part) else { return false };
            let behind = text.get(at + part.len()..).unwrap_or_default();
            (text, rest) = (behind, after);
        }
        text.ends_with(rest)
    }

    /// Tells whether it is nothing but stars, so that it names nothing.
    pub fn is_open(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'*')
    }

    /// Tells whether it names one text alone.
    pub fn is_plain(&self) -> bool {
        !self.0.contains('*')
    }
}

/// What a rule or a freeze is about; an empty list means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Kubeconfig contexts.
    pub contexts: Vec<Pattern>,
    /// Namespaces.
    pub namespaces: Vec<Pattern>,
    /// Names of Rollouts.
    pub rollouts: Vec<Pattern>,
    /// Kinds of operations, by [`Kind::word`].
    pub operations: Vec<Pattern>,
}

impl Scope {
    /// Tells whether an operation of that kind, on that Rollout of that context, is meant.
    pub fn covers(&self, context: &str, key: &Key, kind: Kind) -> bool {
        self.covers_word(context, key, kind.word())
    }

    /// Tells whether an order of that word, for that Rollout of that context, is meant.
    pub(super) fn covers_word(&self, context: &str, key: &Key, word: &str) -> bool {
        any(&self.contexts, context)
            && any(&self.namespaces, &key.namespace)
            && any(&self.rollouts, &key.name)
            && any(&self.operations, word)
    }

    /// Tells whether it names an order by its own word, and not by all or by a pattern.
    pub(super) fn names(&self, word: &str) -> bool {
        self.operations.iter().any(|pattern| pattern.as_str() == word)
    }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}
