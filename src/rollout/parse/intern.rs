//! Owns sharing: equal ladders, images and names of many objects point to one allocation.
//!
//! It never decides what is equal beyond byte equality and keeps no global state: whoever parses owns one.
//! Invariant: what nobody else holds any more is let go before the set doubles.

use std::collections::HashSet;
use std::sync::Arc;

use crate::rollout::Step;
use crate::text::Printable;

/// Hands out shared copies of values that repeat across objects.
#[derive(Debug, Default)]
pub struct Interner {
    names: Pool<str>,
    texts: HashSet<Printable>,
    texts_limit: usize,
    ladders: Pool<[Step]>,
}

const SMALLEST_LIMIT: usize = 1024;

impl Interner {
    /// Makes an interner that shares nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the shared copy of a name as the cluster spells it.
    pub fn name(&mut self, raw: &str) -> Arc<str> {
        self.names.share(raw)
    }

    /// Returns the shared copy of a printable text.
    ///
    /// Text that quotes a name is returned as it is: it belongs to one object and would only fill the pool.
    pub fn text(&mut self, text: Printable) -> Printable {
        if text.as_str().contains('"') {
            return text;
        }
        if let Some(known) = self.texts.get(&text) {
            return known.clone();
        }
        if self.texts.len() >= self.texts_limit {
            self.texts.retain(|known| !known.is_sole_copy());
            self.texts_limit = (self.texts.len() * 2).max(SMALLEST_LIMIT);
        }
        self.texts.insert(text.clone());
        text
    }

    /// Returns the shared copy of a ladder.
    pub fn ladder(&mut self, steps: &[Step]) -> Arc<[Step]> {
        self.ladders.share(steps)
    }

    /// Returns how many distinct names, texts and ladders are held.
    pub fn held(&self) -> usize {
        self.names.known.len() + self.texts.len() + self.ladders.known.len()
    }
}

#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: HashSet<Arc<T>>,
    limit: usize,
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { known: HashSet::new(), limit: 0 }
    }
}

impl<T: ?Sized + Eq + std::hash::Hash> Pool<T> {
    fn share<'a>(&mut self, wanted: &'a T) -> Arc<T>
    where
        Arc<T>: From<&'a T>,
    {
        if let Some(known) = self.known.get(wanted) {
            return Arc::clone(known);
        }
        if self.known.len() >= self.limit {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.limit = (self.known.len() * 2).max(SMALLEST_LIMIT);
        }
        let fresh: Arc<T> = wanted.into();
        self.known.insert(Arc::clone(&fresh));
        fresh
    }
}
